//! A Docker engine of a test's own, which the test may end.

use tempfile::TempDir;

use super::daemon::Daemon;
use super::engine::{docker, engine};
use super::process::command;
use super::unique;

/// An engine on a socket in a temporary folder, with a bridge of its own; ends when dropped. Needs root or sudo.
#[derive(Debug)]
pub struct OwnEngine {
    daemon: Daemon,
    network: String,
}

impl OwnEngine {
    /// An engine that answers.
    pub fn start() -> Self {
        let mut daemon = Daemon::new();
        // The shared engine makes the bridge. One that is told to have none removes the `docker0` of all others.
        engine();
        let network = unique("engine");
        let option = format!("com.docker.network.bridge.name={}", bridge(daemon.folder()));
        docker(["network", "create", "--opt", &option, &network]).success();
        let bridge = bridge(daemon.folder());
        daemon.arguments(["--bridge", &bridge, "--iptables=false", "--ip-masq=false"]);
        daemon.run(command(Daemon::program()));
        Self { daemon, network }
    }

    /// Starts it again with the images that it had.
    pub fn run(&mut self) {
        self.daemon.run(command(Daemon::program()));
    }

    /// What `DOCKER_HOST` says of it.
    pub fn address(&self) -> String {
        self.daemon.address()
    }

    /// Ends it at once, with its helper process.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        self.daemon.kill();
        docker(["network", "rm", &self.network]);
    }
}

/// The interface of its bridge: the random end of its folder's name, since 15 characters are allowed.
fn bridge(folder: &TempDir) -> String {
    let name = folder.path().to_str().unwrap();
    format!("kegt-{}", &name[name.len() - 6..])
}
