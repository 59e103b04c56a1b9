//! Containers on the engine, and what they said last.

use std::collections::{BTreeMap, HashMap};

use bollard::models::ContainerSummary;
use bollard::query_parameters::{ListContainersOptionsBuilder, LogsOptionsBuilder};
use futures_util::StreamExt;

use super::Engine;
use crate::error::Result;

/// A container on the engine, running or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineContainer {
    /// Its full id.
    pub id: String,
    /// Its name, without the leading slash.
    pub name: String,
    /// The id of the image that it was made from.
    pub image_id: String,
    /// The image as it was named when the container was made.
    pub image: String,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub state: String,
    /// `starting`, `healthy` or `unhealthy`, if it runs and has a health check.
    pub health: Option<String>,
    /// Its labels, those of its image among them.
    pub labels: BTreeMap<String, String>,
    /// Ports that can be reached from outside.
    pub ports: Vec<PublishedPort>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
}

/// A port of a container that can be reached through one of the host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedPort {
    /// The address that the host listens on, as `0.0.0.0`.
    pub host_ip: String,
    /// The port that the host listens on.
    pub host_port: u16,
    /// The port in the container.
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl Engine {
    /// Containers that have all these labels, each `name` or `name=value`; newest first.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn containers(&self, label_filters: &[String]) -> Result<Vec<EngineContainer>> {
        let filters = HashMap::from([("label".to_owned(), label_filters.to_vec())]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let containers = self.docker.list_containers(Some(options)).await;
        let containers = containers.map_err(|error| self.error("listing the engine's containers", error))?;
        Ok(containers.into_iter().map(EngineContainer::from).collect())
    }

    /// The last `count` lines that the container printed, to stdout and stderr.
    ///
    /// # Errors
    /// There is no such container, its log driver cannot be read, or the engine is out of reach.
    pub async fn logs_tail(&self, container: &str, count: usize) -> Result<Vec<String>> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&count.to_string()).build();
        let mut stream = self.docker.logs(container, Some(options));
        let mut text = Vec::new();
        while let Some(part) = stream.next().await {
            let part = part.map_err(|error| self.error(&format!("reading the log of container {container}"), error))?;
            text.extend_from_slice(&part.into_bytes());
        }
        let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect::<Vec<_>>();
        Ok(lines[lines.len().saturating_sub(count)..].to_vec())
    }
}

impl From<ContainerSummary> for EngineContainer {
    fn from(container: ContainerSummary) -> Self {
        let names = container.names.unwrap_or_default();
        // A name with a second slash is that of a link from another container.
        let name = names.iter().map(|name| name.trim_start_matches('/')).find(|name| !name.contains('/'));
        let mut ports = container.ports.unwrap_or_default();
        let ports = ports.drain(..).filter_map(|port| {
            Some(PublishedPort {
                host_ip: port.ip.unwrap_or_default(),
                host_port: port.public_port?,
                container_port: port.private_port,
                protocol: port.typ.map(|protocol| protocol.to_string()).unwrap_or_default(),
            })
        });
        let mut ports = ports.collect::<Vec<_>>();
        ports.sort();
        Self {
            name: name.unwrap_or_default().to_owned(),
            id: container.id.unwrap_or_default(),
            image_id: container.image_id.unwrap_or_default(),
            image: container.image.unwrap_or_default(),
            state: container.state.map(|state| state.to_string()).unwrap_or_default(),
            health: container.status.as_deref().and_then(health).map(str::to_owned),
            labels: container.labels.unwrap_or_default().into_iter().collect(),
            ports,
            created: container.created.unwrap_or_default(),
        }
    }
}

/// The health that ends a status as `Up 5 seconds (health: starting)`; the list has it nowhere else on old engines.
fn health(status: &str) -> Option<&str> {
    let (_, rest) = status.rsplit_once('(')?;
    let word = rest.strip_suffix(')')?.trim_start_matches("health: ");
    matches!(word, "starting" | "healthy" | "unhealthy").then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_of_status() {
        assert_eq!(health("Up 5 seconds (health: starting)"), Some("starting"));
        assert_eq!(health("Up 2 hours (healthy)"), Some("healthy"));
        assert_eq!(health("Up 2 hours (Paused)"), None);
        assert_eq!(health("Exited (137) 3 minutes ago"), None);
        assert_eq!(health("Up 2 hours"), None);
    }
}
