//! Containers that serve something on a port of this machine.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum};
use bollard::query_parameters::{CreateContainerOptionsBuilder, StartContainerOptions};

use super::Engine;
use crate::error::Result;

/// A container that serves on a port of 127.0.0.1 and keeps its data in a volume.
#[derive(Debug, Clone)]
pub struct Service {
    /// The container's name.
    pub name: String,
    /// The image, which must be on the engine.
    pub image: String,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The port in the container.
    pub container_port: u16,
    /// The volume that keeps the data.
    pub volume: String,
    /// The folder in the container where it is.
    pub folder: String,
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
        let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(service.port.to_string()) };
        let body = ContainerCreateBody {
            image: Some(service.image.clone()),
            labels: Some(service.labels.clone()),
            exposed_ports: Some(vec![port.clone()]),
            host_config: Some(HostConfig {
                binds: Some(vec![format!("{}:{}", service.volume, service.folder)]),
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
}
