//! A keg that watches in the background, and looks into containers.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::start::parts::Taps;
use crate::support::{command, docker, run};

/// Longer than anything takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// A keg in the background; it is ended when the value is dropped.
pub struct Watching {
    child: Child,
    log: tempfile::NamedTempFile,
}

impl Watching {
    /// Starts it, and waits until it watches.
    #[track_caller]
    pub fn start(taps: &Taps, arguments: &[&str]) -> Self {
        let mut watching = Self::spawn(taps, arguments);
        eventually("watching", || {
            let has_ended = watching.child.try_wait().unwrap();
            assert!(has_ended.is_none(), "{has_ended:?}: {}", watching.told());
            watching.told().contains("watching")
        });
        watching
    }

    fn spawn(taps: &Taps, arguments: &[&str]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut keg = taps.workspace.keg_command(arguments);
        keg.stdin(Stdio::null()).stdout(log.reopen().unwrap()).stderr(log.reopen().unwrap());
        Self { child: keg.spawn().unwrap(), log }
    }

    /// What it has printed so far.
    pub fn told(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log.path()).unwrap()).into_owned()
    }

    /// Presses Ctrl-C, and gives the exit code and all that was printed.
    pub fn interrupt(self) -> (Option<i32>, String) {
        run(command("kill").args(["-INT", &self.child.id().to_string()]), b"").success();
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < LONGEST, "it does not end:\n{}", self.told());
            std::thread::sleep(Duration::from_millis(20));
        }
        (self.child.wait().unwrap().code(), self.told())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "a test that fails should say what keg said")]
            {
                eprintln!("keg said:\n{}", self.told());
            }
        }
    }
}

/// Waits until it is so.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONGEST, "not within {} seconds: {what}", LONGEST.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The id of a tap's only running container.
pub fn container(tap: &str) -> String {
    let label = format!("label=dev.keg.tap={tap}");
    docker(["ps", "--quiet", "--filter", &label]).success().trim().to_owned()
}

/// What a command prints in a container, its lines in one; empty while the container does not run.
pub fn inside(container: &str, script: &str) -> String {
    docker(["exec", container, "sh", "-c", script]).stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}
