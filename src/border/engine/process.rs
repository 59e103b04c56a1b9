//! Containers of keg's own: made, joined, waited for and asked to end.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{ContainerCreateBody, HealthConfig, HostConfig, Mount, MountType, PortBinding};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, KillContainerOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
    WaitContainerOptions,
};
use futures_util::StreamExt;

use super::Engine;
use super::conversation::{Listener, Speaker};
use super::project::is_missing;
use super::stream::with_query;
use crate::error::Result;
use crate::exec::Mounted;

/// A container to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerRequest {
    /// Its name.
    pub name: String,
    /// The image, which must be on the engine.
    pub image: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// What is run in place of the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// What is run in place of the image's command.
    pub command: Option<Vec<String>>,
    /// The user in place of the image's.
    pub user: Option<String>,
    /// The folder in place of the image's.
    pub folder: Option<String>,
    /// Whether a small init process looks after the others.
    pub init: Option<bool>,
    /// Whether it gets a terminal.
    pub terminal: bool,
    /// The ports that can be reached from outside.
    pub ports: Vec<PortRequest>,
    /// Folders and files of this machine that it gets.
    pub mounts: Vec<Mounted>,
    /// Whether it reads, until whoever has joined it says that there is no more.
    pub input: bool,
    /// Whether the image's health check is left out: what runs is not what it asks about.
    pub unchecked: bool,
}

/// How the main process of a container is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Whether it reads what it is sent.
    pub input: bool,
}

/// A port that can be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRequest {
    /// The host's address; `None` means all of them.
    pub address: Option<String>,
    /// The host's port; `None` leaves it to the engine.
    pub host: Option<u16>,
    /// The container's port, as `80/tcp`.
    pub container: String,
}

impl Engine {
    /// Makes a container, and gives its id. It does not run yet.
    ///
    /// # Errors
    /// The name is taken, the image is not there, or the engine is out of reach.
    pub async fn create_container(&self, request: &ContainerRequest) -> Result<String> {
        let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
        for port in &request.ports {
            let binding = PortBinding {
                host_ip: port.address.clone(),
                host_port: Some(port.host.map(|port| port.to_string()).unwrap_or_default()),
            };
            bindings.entry(port.container.clone()).or_default().get_or_insert_default().push(binding);
        }
        let mounts = request.mounts.iter().map(|mounted| Mount {
            typ: Some(MountType::BIND),
            source: Some(mounted.source.display().to_string()),
            target: Some(mounted.target.display().to_string()),
            read_only: Some(mounted.read_only),
            ..Mount::default()
        });
        let no_check = HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() };
        let body = ContainerCreateBody {
            image: Some(request.image.clone()),
            healthcheck: request.unchecked.then_some(no_check),
            labels: Some(request.labels.clone().into_iter().collect()),
            env: Some(request.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
            entrypoint: request.entrypoint.clone(),
            cmd: request.command.clone(),
            user: request.user.clone(),
            working_dir: request.folder.clone(),
            tty: Some(request.terminal),
            open_stdin: Some(request.input),
            stdin_once: Some(request.input),
            exposed_ports: Some(bindings.keys().cloned().collect()),
            host_config: Some(HostConfig {
                port_bindings: Some(bindings),
                init: request.init,
                mounts: Some(mounts.collect()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&request.name).build();
        let made = self.docker.create_container(Some(options), body).await;
        Ok(made.map_err(|error| self.error(&format!("making the container {}", request.name), error))?.id)
    }

    /// Starts a container that was made or has ended.
    ///
    /// # Errors
    /// A port is taken, the command is not in the image, or the engine is out of reach.
    pub async fn start_container(&self, container: &str) -> Result<()> {
        let started = self.docker.start_container(container, None::<StartContainerOptions>).await;
        started.map_err(|error| self.error(&format!("starting the container {container}"), error))
    }

    /// Joins what a container prints and reads, from now on. `detach_keys` are the keys that end it, as
    /// `ctrl-p,ctrl-q`; without them it only listens.
    ///
    /// # Errors
    /// There is no such container, it does not run, or the engine is out of reach.
    pub async fn join_container(
        &self,
        container: &str,
        has_terminal: bool,
        detach_keys: Option<&str>,
    ) -> Result<(Listener, Speaker)> {
        let mut query = vec![("stream", "1"), ("stdout", "1"), ("stderr", "1")];
        if let Some(keys) = detach_keys {
            query.extend([("stdin", "1"), ("detachKeys", keys)]);
        }
        let path = with_query(&format!("/containers/{container}/attach"), &query);
        self.converse(&format!("joining the container {container}"), &path, Vec::new(), has_terminal).await
    }

    /// Whether the main process of a container has a terminal, and whether it reads.
    ///
    /// # Errors
    /// There is no such container, or the engine is out of reach.
    pub async fn streams(&self, container: &str) -> Result<Streams> {
        let found = self.docker.inspect_container(container, None).await;
        let found = found.map_err(|error| self.error(&format!("looking at the container {container}"), error))?;
        let config = found.config.unwrap_or_default();
        Ok(Streams { terminal: config.tty.unwrap_or_default(), input: config.open_stdin.unwrap_or_default() })
    }

    /// Waits until a container ends, and gives its exit code.
    ///
    /// # Errors
    /// There is no such container, or the engine goes away.
    pub async fn wait_container(&self, container: &str) -> Result<i64> {
        let mut stream = self.docker.wait_container(container, None::<WaitContainerOptions>);
        match stream.next().await {
            Some(Ok(ended)) => Ok(ended.status_code),
            // bollard takes every exit code but 0 for an error.
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.error(&format!("waiting for the container {container}"), error)),
            None => Err(self.lost(&format!("waiting for the container {container}"))),
        }
    }

    /// Sends a signal, as `SIGINT`, to the main process of a container. One that has ended gets none.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn signal_container(&self, container: &str, signal: &str) -> Result<()> {
        let options = KillContainerOptionsBuilder::default().signal(signal).build();
        match self.docker.kill_container(container, Some(options)).await {
            Err(error) if matches!(super::project::status(&error), Some(404 | 409)) => Ok(()),
            Err(error) => Err(self.error(&format!("sending {signal} to the container {container}"), error)),
            Ok(()) => Ok(()),
        }
    }

    /// Removes a container at once, with the volumes that have no name. One that is gone is no error.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn discard_container(&self, container: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.docker.remove_container(container, Some(options)).await {
            // 409: it is being removed already.
            Err(error) if !is_missing(&error) && super::project::status(&error) != Some(409) => {
                Err(self.error(&format!("removing the container {container}"), error))
            }
            _ => Ok(()),
        }
    }
}
