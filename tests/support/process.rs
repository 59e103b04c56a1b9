//! Programs that tests run beside keg.

use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longer than any program takes on a busy machine. One that hangs fails its test instead of holding up all tests.
const LONGEST: Duration = Duration::from_secs(600);
/// How long a program that is asked to end may take.
const LONGEST_END: Duration = Duration::from_secs(90);

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
}

impl Finished {
    /// Standard output of a program that had to succeed.
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "the program failed: {self:#?}");
        self.stdout
    }
}

/// The one place of the tests that makes a command.
#[expect(clippy::disallowed_methods, reason = "the one place of the tests that starts programs")]
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

/// Runs `command` to its end with `input` on its standard input.
pub fn run(command: &mut Command, input: &[u8]) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that reads nothing closes its input: no failure of the test.
    let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
    let id = child.id();
    let (done, is_done) = mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let hangs = is_done.recv_timeout(LONGEST) == Err(mpsc::RecvTimeoutError::Timeout);
        if hangs {
            self::command("kill").args(["-KILL", &id.to_string()]).status().ok();
        }
        hangs
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    writer.join().unwrap();
    assert!(!watchdog.join().unwrap(), "{command:?} does not end: {output:#?}");
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits for the end of a program that was started in the background.
#[track_caller]
pub fn end(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if began.elapsed() > LONGEST_END {
            child.kill().ok();
            panic!("a program does not end: {:?}", child.wait());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
