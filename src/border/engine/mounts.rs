//! What containers have mounted.

use bollard::models::{ContainerInspectResponse, HostConfig, MountPoint};

use super::Engine;
use crate::error::Result;

/// Something that is mounted in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What it is.
    pub kind: MountKind,
    /// The name of a volume; empty for all else.
    pub name: String,
    /// The folder of the engine's machine.
    pub source: String,
    /// Where in the container.
    pub destination: String,
}

/// Kinds of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A folder of the engine's machine.
    Bind,
    /// A volume.
    Volume,
    /// In memory.
    Temporary,
}

impl Engine {
    /// What is mounted in a container, sorted by the place.
    ///
    /// # Errors
    /// There is no such container, or the engine is out of reach.
    pub async fn mounts(&self, container: &str) -> Result<Vec<Mount>> {
        let found = self.docker.inspect_container(container, None).await;
        let found = found.map_err(|error| self.error(&format!("looking at the container {container}"), error))?;
        let mut mounts = mounts(&found);
        mounts.sort_by(|one, other| one.destination.cmp(&other.destination));
        Ok(mounts)
    }
}

/// What is mounted, in the engine's order.
pub(super) fn mounts(container: &ContainerInspectResponse) -> Vec<Mount> {
    let mounts = container.mounts.iter().flatten().map(Mount::from);
    let memory = container.host_config.as_ref().map(temporary).unwrap_or_default();
    mounts.chain(memory).collect()
}

/// `tmpfs`, which stands elsewhere.
fn temporary(host: &HostConfig) -> Vec<Mount> {
    let places = host.tmpfs.iter().flatten().map(|(destination, _)| Mount {
        kind: MountKind::Temporary,
        name: String::new(),
        source: String::new(),
        destination: destination.clone(),
    });
    places.collect()
}

impl From<&MountPoint> for Mount {
    fn from(mount: &MountPoint) -> Self {
        Self {
            kind: match mount.typ.as_deref() {
                Some("bind") => MountKind::Bind,
                Some("tmpfs") => MountKind::Temporary,
                _ => MountKind::Volume,
            },
            name: mount.name.clone().unwrap_or_default(),
            source: mount.source.clone().unwrap_or_default(),
            destination: mount.destination.clone().unwrap_or_default(),
        }
    }
}
