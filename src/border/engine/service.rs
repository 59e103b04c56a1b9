//! Containers that serve something on a port of this machine.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{
    ContainerCreateBody, HostConfig, NetworkCreateRequest, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, StartContainerOptions};

use super::Engine;
use super::address::Address;
use super::ssh::SOCKET;
use crate::error::Result;

/// A container that serves on a port of this machine.
#[derive(Debug, Clone)]
pub struct Service {
    /// The container's name.
    pub name: String,
    /// The image, which must be on the engine.
    pub image: String,
    /// The address of this machine that it listens on.
    pub address: IpAddr,
    /// The port there.
    pub port: u16,
    /// The port in the container.
    pub container_port: u16,
    /// Volumes and folders of the machine, each `source:target[:ro]`.
    pub binds: Vec<String>,
    /// Arguments of the image's program, instead of the image's own.
    pub arguments: Vec<String>,
    /// The network that it is in, if it is not the engine's usual one.
    pub network: Option<String>,
    /// Labels of the container.
    pub labels: HashMap<String, String>,
}

impl Engine {
    /// Creates and starts the container of a service. One that cannot be started is removed again.
    ///
    /// # Errors
    /// The name or port is taken, the image is not there, or the engine is out of reach.
    pub async fn start_service(&self, service: &Service) -> Result<()> {
        let doing = format!("starting the container {}", service.name);
        let port = format!("{}/tcp", service.container_port);
        let host_ip = Some(service.address.to_string());
        let binding = PortBinding { host_ip, host_port: Some(service.port.to_string()) };
        let body = ContainerCreateBody {
            image: Some(service.image.clone()),
            cmd: (!service.arguments.is_empty()).then(|| service.arguments.clone()),
            labels: Some(service.labels.clone()),
            exposed_ports: Some(vec![port.clone()]),
            host_config: Some(HostConfig {
                binds: Some(service.binds.clone()),
                network_mode: service.network.clone(),
                port_bindings: Some(HashMap::from([(port, Some(vec![binding]))])),
                restart_policy: Some(RestartPolicy {
                    name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
                    maximum_retry_count: None,
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&service.name).build();
        self.docker.create_container(Some(options), body).await.map_err(|error| self.error(&doing, error))?;
        let started = self.docker.start_container(&service.name, None::<StartContainerOptions>).await;
        if let Err(error) = started {
            self.remove_container(&service.name).await.ok();
            return Err(self.error(&doing, error));
        }
        Ok(())
    }

    /// Makes a network, unless one of this name is there.
    ///
    /// # Errors
    /// The engine refuses or is out of reach.
    pub async fn ensure_network(&self, name: &str, labels: HashMap<String, String>) -> Result<()> {
        let found = self.docker.inspect_network(name, None).await;
        if found.is_ok() {
            return Ok(());
        }
        let request =
            NetworkCreateRequest { name: name.to_owned(), labels: Some(labels), ..NetworkCreateRequest::default() };
        let made = self.docker.create_network(request).await;
        made.map(|_| ()).map_err(|error| self.error(&format!("making the network {name}"), error))
    }

    /// The socket of the engine, on the engine's machine.
    pub fn socket(&self) -> String {
        match &*self.address {
            Address::Unix(path) => path.display().to_string(),
            Address::Ssh(tunnel) => tunnel.destination().socket().to_owned(),
            Address::Tcp(_) | Address::Tls { .. } => SOCKET.to_owned(),
        }
    }
}
