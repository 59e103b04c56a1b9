//! A Docker engine of a test's own, which the test may end.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::engine::{docker, engine};
use super::process::{command, run};
use super::{set_up, unique};

/// An engine on a socket in a temporary folder, with a bridge of its own; ends when dropped. Needs root or sudo.
#[derive(Debug)]
pub struct OwnEngine {
    folder: TempDir,
    network: String,
    running: Option<Child>,
}

impl OwnEngine {
    /// An engine that answers.
    pub fn start() -> Self {
        set_up::ensure("the program `dockerd`", || daemon().is_some());
        // Short, since the path of a socket must be.
        let folder = tempfile::Builder::new().prefix("kegtest-engine").tempdir_in("/tmp").unwrap();
        // The shared engine makes the bridge. One that is told to have none removes the `docker0` of all others.
        engine();
        let network = unique("engine");
        let option = format!("com.docker.network.bridge.name={}", bridge(&folder));
        docker(["network", "create", "--opt", &option, &network]).success();
        let mut engine = Self { folder, network, running: None };
        engine.run();
        engine
    }

    /// Starts it again with the images that it had.
    pub fn run(&mut self) {
        let path = |name: &str| self.folder.path().join(name);
        let log = File::create(path("log")).unwrap();
        let mut daemon = command(daemon().unwrap());
        daemon.arg("--data-root").arg(path("data")).arg("--exec-root").arg(path("exec"));
        daemon.arg("--pidfile").arg(path("pid")).args(["--host", &self.address()]);
        daemon.args(["--bridge", &bridge(&self.folder), "--iptables=false", "--ip-masq=false"]);
        daemon.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.running = Some(daemon.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        let answers = || run(command("docker").args(["--host", &self.address(), "version"]), b"").code == Some(0);
        while !answers() {
            let log = std::fs::read_to_string(path("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "the engine does not start (it needs root):\n{log}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `DOCKER_HOST` says of it.
    pub fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("sock").display())
    }

    /// Ends it at once, with its helper process.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        running.kill().ok();
        running.wait().ok();
        let helper = self.folder.path().join("exec/containerd/containerd.pid");
        if let Ok(id) = std::fs::read_to_string(&helper) {
            run(command("kill").args(["-9", id.trim()]), b"");
            std::fs::remove_file(helper).ok();
        }
        std::fs::remove_file(self.folder.path().join("pid")).ok();
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        self.kill();
        // File systems of images that were being worked on.
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let mine =
            |line: &&str| line.split(' ').nth(1).is_some_and(|path| Path::new(path).starts_with(self.folder.path()));
        for line in mounts.lines().filter(mine) {
            run(command("umount").args(["--lazy", line.split(' ').nth(1).unwrap()]), b"");
        }
        docker(["network", "rm", &self.network]);
    }
}

/// The interface of its bridge: the random end of its folder's name, since 15 characters are allowed.
fn bridge(folder: &TempDir) -> String {
    let name = folder.path().to_str().unwrap();
    format!("kegt-{}", &name[name.len() - 6..])
}

/// Daemons live in sbin, which is not on every user's PATH.
fn daemon() -> Option<std::path::PathBuf> {
    which::which_in("dockerd", Some("/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"), "/").ok()
}
