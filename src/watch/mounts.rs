//! Whether files can be put into a folder of a container, by what is mounted there.

use crate::border::engine::{Mount, MountKind};

/// Why nothing is copied to `folder` of a container, if that is so: to follow the name of the rule.
pub fn obstacle(mounts: &[Mount], folder: &str) -> Option<String> {
    let mount = mounts.iter().filter(|mount| holds(&mount.destination, folder));
    let mount = mount.max_by_key(|mount| mount.destination.len())?;
    let at = &mount.destination;
    match mount.kind {
        MountKind::Volume => None,
        MountKind::Bind => Some(format!(
            "the folder {} of this machine is mounted at {at}, so the container has it already",
            mount.source
        )),
        MountKind::Temporary => {
            Some(format!("a temporary file system is mounted at {at}, which the engine cannot write"))
        }
    }
}

fn holds(destination: &str, folder: &str) -> bool {
    let destination = destination.trim_end_matches('/');
    folder.strip_prefix(destination).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_decides() {
        let mount = |kind, destination: &str| Mount {
            kind,
            name: String::new(),
            source: "/host".into(),
            destination: destination.into(),
        };
        let mounts = [
            mount(MountKind::Volume, "/data"),
            mount(MountKind::Bind, "/app"),
            mount(MountKind::Volume, "/app/cache"),
            mount(MountKind::Temporary, "/tmp"),
        ];
        assert_eq!(obstacle(&mounts, "/srv"), None);
        assert_eq!(obstacle(&mounts, "/data/x"), None);
        assert_eq!(obstacle(&mounts, "/app/cache"), None);
        assert_eq!(obstacle(&mounts, "/application"), None);
        assert_eq!(obstacle(&mounts, "/"), None);
        assert!(obstacle(&mounts, "/app/src").unwrap().contains("/host of this machine is mounted at /app"));
        assert!(obstacle(&mounts, "/tmp").unwrap().contains("temporary"));
    }
}
