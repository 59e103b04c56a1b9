//! Containers with what it takes to reach them, and word of their coming and going.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::ContainerSummary;
use bollard::query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder};
use futures_util::{Stream, StreamExt};

use super::{Engine, EngineContainer};
use crate::error::Result;

/// What happens to a container that may change how it is reached.
const EVENTS: [&str; 10] =
    ["create", "start", "restart", "rename", "pause", "unpause", "die", "stop", "destroy", "health_status"];

/// A container and where it is in the engine's networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingContainer {
    /// The container.
    pub container: EngineContainer,
    /// TCP ports that it publishes or its image exposes; none are known of a container that does not run.
    pub tcp_ports: Vec<u16>,
    /// The networks in which it has an address.
    pub networks: Vec<AttachedNetwork>,
    /// Whether it uses the network of the machine.
    pub has_host_network: bool,
}

/// A container's place in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedNetwork {
    /// The container's address.
    pub address: IpAddr,
    /// The address of the machine that the network belongs to.
    pub gateway: Option<IpAddr>,
}

impl Engine {
    /// Containers that have all these labels, each `name` or `name=value`.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn serving_containers(&self, label_filters: &[String]) -> Result<Vec<ServingContainer>> {
        let filters = HashMap::from([("label".to_owned(), label_filters.to_vec())]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let containers = self.docker.list_containers(Some(options)).await;
        let containers = containers.map_err(|error| self.error("listing the engine's containers", error))?;
        Ok(containers.into_iter().map(ServingContainer::from).collect())
    }

    /// Says each time that a container with this label may be reached otherwise than before, from `since` on, in seconds
    /// since 1970. It ends with an error when the engine goes away.
    pub fn changes(&self, label: &str, since: i64) -> impl Stream<Item = Result<()>> {
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), EVENTS.map(str::to_owned).to_vec()),
            ("label".to_owned(), vec![label.to_owned()]),
        ]);
        let options = EventsOptionsBuilder::default().filters(&filters).since(&since.to_string()).build();
        let engine = self.clone();
        self.docker.events(Some(options)).map(move |event| {
            event.map(|_| ()).map_err(|error| engine.error("listening to the engine's events", error))
        })
    }
}

impl From<ContainerSummary> for ServingContainer {
    fn from(container: ContainerSummary) -> Self {
        let ports = container.ports.iter().flatten();
        let mut tcp_ports: Vec<u16> = ports
            .filter(|port| port.typ.is_some_and(|protocol| protocol.to_string() == "tcp"))
            .map(|port| port.private_port)
            .collect();
        tcp_ports.sort_unstable();
        tcp_ports.dedup();
        let attached = container.network_settings.iter().filter_map(|settings| settings.networks.as_ref()).flatten();
        let mut networks: Vec<AttachedNetwork> = attached
            .filter_map(|(_, network)| {
                let address = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
                Some(AttachedNetwork { address: address(&network.ip_address)?, gateway: address(&network.gateway) })
            })
            .collect();
        networks.sort();
        let mode = container.host_config.as_ref().and_then(|config| config.network_mode.as_deref());
        let has_host_network = mode == Some("host");
        Self { tcp_ports, networks, has_host_network, container: container.into() }
    }
}
