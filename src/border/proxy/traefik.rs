//! Traefik (<https://doc.traefik.io/traefik/>) in a container, which reads its routes from the labels of containers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{Record, Runs, Started, USUAL_PORTS, Wanted};
use crate::border::credentials;
use crate::border::engine::{Engine, EngineContainer, Service};
use crate::border::registry::Registry;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::reference::Reference;
use crate::settings::Settings;

/// Traefik's image unless keg.yml names another one.
pub const IMAGE: &str = "traefik:v3";
/// The name of its container, and of the network that it shares with taps.
pub const NAME: &str = "keg-proxy";
/// The label that tells keg's own container and network from others.
const LABEL: &str = "dev.keg.proxy";
/// The port on which it listens in its container.
const CONTAINER_PORT: u16 = 80;
/// How long a registry may take to say whether it has the image, where there is another way.
const LONGEST_QUESTION: Duration = Duration::from_secs(10);

/// Whether the engine has the image, or its registry says that it has it.
pub async fn can_be_had(engine: &Engine, registry: &Registry, image: &str) -> Result<bool> {
    let reference = reference(image)?;
    if engine.inspect(&reference.to_string()).await?.is_some() {
        return Ok(true);
    }
    let asked = tokio::time::timeout(LONGEST_QUESTION, registry.head(&reference)).await;
    Ok(matches!(asked, Ok(Ok(Some(_)))))
}

/// The container, if it runs.
pub async fn running(engine: &Engine) -> Result<Option<Record>> {
    Ok(own(engine).await?.into_iter().find(|container| container.state == "running").and_then(|container| {
        let port = container.ports.iter().find(|port| port.container_port == CONTAINER_PORT)?;
        let address: IpAddr = port.host_ip.parse().unwrap_or(Ipv4Addr::LOCALHOST.into());
        Some(Record {
            address: SocketAddr::new(address, port.host_port),
            engine: engine.address(),
            runs: Runs::Traefik { container: container.name.clone(), image: reference_shown(&container.image) },
        })
    }))
}

/// Starts it, after pulling the image where the engine does not have it.
///
/// # Errors
/// The image cannot be had, or the port is taken.
pub async fn start(
    engine: &Engine,
    settings: &Settings,
    wanted: Wanted,
    image: &str,
    events: &Events,
) -> Result<Started> {
    if let Some(record) = running(engine).await? {
        return Ok(Started::Before(record));
    }
    let reference = reference(image)?;
    if engine.inspect(&reference.to_string()).await?.is_none() {
        let credential = credentials::lookup(settings, reference.domain()).await?;
        engine.pull(&reference, None, credential, &format!("pull {}", reference.familiar()), events).await?;
    }
    for stale in own(engine).await? {
        engine.remove_container(&stale.id).await?;
    }
    let labels = HashMap::from([(LABEL.to_owned(), "traefik".to_owned())]);
    engine.ensure_network(NAME, labels.clone()).await?;
    let ports = wanted.port.map_or(USUAL_PORTS.to_vec(), |port| vec![port]);
    let mut failure = None;
    for port in ports {
        let service = Service {
            name: NAME.to_owned(),
            image: reference.to_string(),
            address: wanted.address,
            port,
            container_port: CONTAINER_PORT,
            binds: vec![format!("{}:/var/run/docker.sock:ro", engine.socket())],
            arguments: arguments(),
            network: Some(NAME.to_owned()),
            labels: labels.clone(),
        };
        match engine.start_service(&service).await {
            Ok(()) => {
                let missing =
                    || Error::failed(format!("the container {NAME} ended at once")).help(format!("docker logs {NAME}"));
                return Ok(Started::New(running(engine).await?.ok_or_else(missing)?));
            }
            Err(error) => failure = Some(error),
        }
    }
    engine.remove_network(NAME).await.ok();
    Err(failure.unwrap_or_else(|| Error::failed("starting Traefik")))
}

/// Ends it and removes the network, unless taps are still in it; `None` where it does not run.
///
/// # Errors
/// The engine is out of reach.
pub async fn stop(engine: &Engine) -> Result<Option<Record>> {
    let record = running(engine).await?;
    for container in own(engine).await? {
        engine.remove_container(&container.id).await?;
    }
    for network in engine.networks(&[LABEL.to_owned()]).await? {
        // It stays as long as taps use it, and goes with the next stop.
        engine.remove_network(&network).await.ok();
    }
    Ok(record)
}

/// The settings: routes come from the labels of containers in the common network that ask for it.
fn arguments() -> Vec<String> {
    let network = format!("--providers.docker.network={NAME}");
    let entry = format!("--entrypoints.web.address=:{CONTAINER_PORT}");
    ["--providers.docker=true", "--providers.docker.exposedbydefault=false", &network, &entry].map(str::to_owned).into()
}

async fn own(engine: &Engine) -> Result<Vec<EngineContainer>> {
    engine.containers(&[LABEL.to_owned()]).await
}

fn reference_shown(image: &str) -> String {
    Reference::parse(image).map_or_else(|_| image.to_owned(), |reference| reference.familiar())
}

fn reference(image: &str) -> Result<Reference> {
    Reference::parse(image)
        .map(|reference| reference.with_default_tag())
        .map_err(|error| Error::request(format!("`{image}` is no image reference")).cause(error))
}
