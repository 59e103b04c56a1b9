//! The process of a Docker engine, with everything that it keeps in a temporary folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{command, run};
use super::set_up;

/// An engine that listens on a socket in its folder; ends when dropped. Needs root.
#[derive(Debug)]
pub struct Daemon {
    folder: TempDir,
    arguments: Vec<String>,
    /// Whether its processes have numbers of their own, and end with it.
    is_apart: bool,
    running: Option<Child>,
}

impl Daemon {
    /// One that does not run yet.
    pub fn new() -> Self {
        set_up::ensure("the program `dockerd`", || daemon().is_some());
        // Short, since the path of a socket must be.
        let folder = tempfile::Builder::new().prefix("kegtest-engine").tempdir_in("/tmp").unwrap();
        Self { folder, arguments: Vec::new(), is_apart: false, running: None }
    }

    /// The program.
    pub fn program() -> PathBuf {
        daemon().unwrap()
    }

    /// What it keeps.
    pub fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Further arguments of the program.
    pub fn arguments<A: Into<String>>(&mut self, arguments: impl IntoIterator<Item = A>) {
        self.arguments.extend(arguments.into_iter().map(Into::into));
    }

    /// For an engine whose command puts it into a process namespace, with which everything ends that it has started.
    pub fn apart(&mut self) {
        self.is_apart = true;
    }

    /// Starts it, by a command that runs the program, with the images that it had before.
    pub fn run(&mut self, mut program: Command) {
        let log = File::create(self.path("log")).unwrap();
        program.arg("--data-root").arg(self.path("data")).arg("--exec-root").arg(self.path("exec"));
        program.arg("--pidfile").arg(self.path("pid")).args(["--host", &self.address()]).args(&self.arguments);
        program.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.running = Some(program.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        let answers = || run(command("docker").args(["--host", &self.address(), "version"]), b"").code == Some(0);
        while !answers() {
            let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "the engine does not start (it needs root):\n{log}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `DOCKER_HOST` says of it on this machine.
    pub fn address(&self) -> String {
        format!("unix://{}", self.path("sock").display())
    }

    /// Ends it at once, with its helper processes.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        running.kill().ok();
        running.wait().ok();
        let helper = self.path("exec/containerd/containerd.pid");
        // In a namespace of its own it has ended already, and its number means another process here.
        if self.is_apart {
            std::fs::remove_file(helper).ok();
        } else if let Ok(id) = std::fs::read_to_string(&helper) {
            run(command("kill").args(["-9", id.trim()]), b"");
            std::fs::remove_file(helper).ok();
        }
        std::fs::remove_file(self.path("pid")).ok();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        // File systems of images that were being worked on.
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let mine =
            |line: &&str| line.split(' ').nth(1).is_some_and(|path| Path::new(path).starts_with(self.folder.path()));
        for line in mounts.lines().filter(mine) {
            run(command("umount").args(["--lazy", line.split(' ').nth(1).unwrap()]), b"");
        }
    }
}

/// Daemons live in sbin, which is not on every user's PATH.
fn daemon() -> Option<PathBuf> {
    which::which_in("dockerd", Some("/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"), "/").ok()
}
