//! Mounted files and folders of this machine, which an engine on another one does not have. Pure.

use std::path::Path;

use crate::border::compose::model::ComposeModel;

/// What belongs to the engine's machine, wherever it is.
const OF_ENGINE: [&str; 6] = ["/var/run", "/run", "/dev", "/sys", "/proc", "/etc/localtime"];

/// A clause for each mount whose source is there on this machine and is meant to be seen in the container.
pub fn of_this_machine(model: &ComposeModel, is_there: impl Fn(&Path) -> bool) -> Vec<String> {
    let all = model.services.iter().flat_map(|(name, service)| service.binds.iter().map(move |bind| (name, bind)));
    let here = all.filter(|(_, (source, _))| !is_of_engine(Path::new(source)) && is_there(Path::new(source)));
    here.map(|(service, (source, target))| format!("{service} mounts {source} of this machine at {target}")).collect()
}

/// Whether a path means the engine's machine, wherever that is: its own socket, devices and clock.
pub fn is_of_engine(path: &Path) -> bool {
    OF_ENGINE.iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_has() {
        let text = r#"{"services": {
          "web": {"volumes": [{"type": "bind", "source": "/home/me/web", "target": "/web"},
                              {"type": "bind", "source": "/srv/data", "target": "/data"},
                              {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"},
                              {"type": "volume", "source": "cache", "target": "/cache"}]},
          "db": {"volumes": []}}}"#;
        let model = ComposeModel::parse(text).unwrap();
        let found = of_this_machine(&model, |path| !path.starts_with("/srv"));
        assert_eq!(found, ["web mounts /home/me/web of this machine at /web"]);
    }
}
