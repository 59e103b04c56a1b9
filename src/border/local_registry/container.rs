//! The registry in a container.

use std::collections::HashMap;

use super::Runs;
use crate::border::credentials;
use crate::border::engine::{Engine, EngineContainer, Service};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::reference::Reference;
use crate::settings::Settings;

/// The image of the CNCF distribution registry.
pub const IMAGE: &str = "registry:2";
/// The label that tells keg's own container from others.
const LABEL: &str = "dev.keg.registry";
/// The port on which the image serves.
const CONTAINER_PORT: u16 = 5000;
/// The folder in which the image keeps its data.
const FOLDER: &str = "/var/lib/registry";

/// Starts the container, after pulling its image where the engine does not have it.
pub async fn start(
    engine: &Engine,
    settings: &Settings,
    port: u16,
    image: Option<&str>,
    events: &Events,
) -> Result<Runs> {
    let image = image.unwrap_or(IMAGE);
    let reference = Reference::parse(image)
        .map_err(|error| Error::request(format!("`{image}` is no image reference")).cause(error))?
        .with_default_tag();
    let name = if port == CONTAINER_PORT { "keg-registry".to_owned() } else { format!("keg-registry-{port}") };
    // What an earlier run left behind goes; its volume stays.
    for stale in own(engine).await?.iter().filter(|container| container.name == name) {
        engine.remove_container(&stale.id).await?;
    }
    if engine.inspect(&reference.to_string()).await?.is_none() {
        let credential = credentials::lookup(settings, reference.domain()).await?;
        let step = format!("pull {}", reference.familiar());
        engine.pull(&reference, None, credential, &step, events).await?;
    }
    let service = Service {
        name: name.clone(),
        image: reference.to_string(),
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        port,
        container_port: CONTAINER_PORT,
        binds: vec![format!("{name}:{FOLDER}")],
        arguments: Vec::new(),
        network: None,
        labels: HashMap::from([(LABEL.to_owned(), port.to_string())]),
    };
    engine.start_service(&service).await?;
    Ok(Runs::Container { volume: name.clone(), name, image: reference.familiar() })
}

/// Whether keg's container of this name runs.
pub async fn runs(engine: &Engine, name: &str) -> Result<bool> {
    Ok(own(engine).await?.iter().any(|container| container.name == name && container.state == "running"))
}

async fn own(engine: &Engine) -> Result<Vec<EngineContainer>> {
    engine.containers(&[LABEL.to_owned()]).await
}
