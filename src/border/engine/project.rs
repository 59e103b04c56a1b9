//! Taking apart what Compose has made, by its labels: for a project whose files are gone or have changed.

use std::collections::HashMap;

use bollard::query_parameters::{ListNetworksOptionsBuilder, RemoveContainerOptionsBuilder};

use super::Engine;
use crate::error::Result;

impl Engine {
    /// What a container ended with; `None` while it runs or when it is gone.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn exit_code(&self, container: &str) -> Result<Option<i64>> {
        match self.docker.inspect_container(container, None).await {
            Ok(found) => {
                let state = found.state.filter(|state| state.running != Some(true));
                Ok(state.and_then(|state| state.exit_code))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.error(&format!("looking at the container {container}"), error)),
        }
    }

    /// Stops a container as it wants to be stopped, with its own signal and time, and removes it. Its volumes are kept.
    /// One that is gone is no error.
    ///
    /// # Errors
    /// The engine refuses or is out of reach.
    pub async fn remove_container(&self, container: &str) -> Result<()> {
        match self.docker.stop_container(container, None).await {
            Err(error) if !is_missing(&error) && !is_unchanged(&error) => {
                return Err(self.error(&format!("stopping the container {container}"), error));
            }
            _ => {}
        }
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        match self.docker.remove_container(container, Some(options)).await {
            Err(error) if !is_missing(&error) => Err(self.error(&format!("removing the container {container}"), error)),
            _ => Ok(()),
        }
    }

    /// Names of the networks that have all these labels, each `name` or `name=value`.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn networks(&self, label_filters: &[String]) -> Result<Vec<String>> {
        let filters = HashMap::from([("label".to_owned(), label_filters.to_vec())]);
        let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
        let networks = self.docker.list_networks(Some(options)).await;
        let networks = networks.map_err(|error| self.error("listing the engine's networks", error))?;
        Ok(networks.into_iter().filter_map(|network| network.name).collect())
    }

    /// Removes a network; one that is gone is no error.
    ///
    /// # Errors
    /// It is in use, or the engine is out of reach.
    pub async fn remove_network(&self, network: &str) -> Result<()> {
        match self.docker.remove_network(network).await {
            Err(error) if !is_missing(&error) => Err(self.error(&format!("removing the network {network}"), error)),
            _ => Ok(()),
        }
    }
}

pub(super) fn is_missing(error: &bollard::errors::Error) -> bool {
    status(error) == Some(404)
}

/// It was stopped already.
fn is_unchanged(error: &bollard::errors::Error) -> bool {
    status(error) == Some(304)
}

pub(super) fn status(error: &bollard::errors::Error) -> Option<u16> {
    match error {
        bollard::errors::Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}
