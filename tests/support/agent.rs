//! An ssh agent of a test's own, with one key.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{command, run};
use super::{ensure_with, has_program};

/// The agent; ends when dropped.
#[derive(Debug)]
pub struct Agent {
    child: Child,
    folder: TempDir,
}

impl Agent {
    /// One that answers, with a new key in it.
    pub fn start() -> Self {
        ensure_with("the program `ssh-agent`", &["openssh-client"], || has_program("ssh-agent"));
        let folder = tempfile::Builder::new().prefix("kegtest-agent").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let mut agent = command("ssh-agent");
        agent.args(["-D", "-a", &path("sock")]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = agent.spawn().unwrap();
        run(command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", &path("key")]), b"")
            .success();
        let began = Instant::now();
        while run(command("ssh-add").env("SSH_AUTH_SOCK", path("sock")).arg(path("key")), b"").code != Some(0) {
            assert!(began.elapsed() < Duration::from_secs(30), "the agent takes no key");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, folder }
    }

    /// Its socket, as `SSH_AUTH_SOCK` names it.
    pub fn socket(&self) -> String {
        self.folder.path().join("sock").to_str().unwrap().to_owned()
    }

    /// The public key, a line.
    pub fn public_key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("key.pub")).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The program `ssh-add` and what it needs to run in an image that has nothing, as absolute paths of this machine.
pub fn client() -> Vec<PathBuf> {
    let program = which::which("ssh-add").unwrap();
    let libraries = run(command("ldd").arg(&program), b"").success();
    let words = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    std::iter::once(program.clone()).chain(words.map(PathBuf::from)).collect()
}
