//! Programs that keg runs: the one place that starts processes.
//!
//! Programs get keg's own environment and what [`Options`] adds. Secrets go to their standard input or environment,
//! never into arguments, which every user of the machine can read.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::error::{Error, Result};
use crate::interrupt;

/// How long output is waited for after a program has ended.
const LEFT_OUTPUT: Duration = Duration::from_secs(2);

/// How long the last output of a companion may take after its end.
pub const LAST_WORDS: Duration = Duration::from_millis(50);

/// How a program is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder that it runs in; else keg's own.
    pub cwd: Option<PathBuf>,
    /// Variables beside keg's own environment.
    pub env: Vec<(String, String)>,
    /// What it reads on its standard input.
    pub stdin: Vec<u8>,
    /// Whether it goes on when keg is killed, out of reach of the terminal's Ctrl-C and when the future is dropped.
    pub outlives: bool,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// Whether it is ended together with everything that it has started, out of reach of the terminal's Ctrl-C.
    pub own_group: bool,
    /// Whether a program on keg's own terminal has nothing to read, instead of what keg reads.
    pub no_input: bool,
}

/// What a program left behind. Output that is not UTF-8 has replacement characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; 128 and the signal's number where a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    /// Whether it ended with 0.
    pub fn is_success(&self) -> bool {
        self.code == 0
    }
}

/// Runs a program to its end and gives its output, whatever its exit code. Dropping the future kills it.
///
/// # Errors
/// The program is missing or cannot be started, or it took longer than its time limit.
pub async fn run<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
) -> Result<Finished> {
    run_streaming(program, arguments, options, |_| {}).await
}

/// Runs a program as [`run`] does, and gives each line of either output as it comes, without its line end.
///
/// # Errors
/// As [`run`].
pub async fn run_streaming<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
    on_line: impl FnMut(&str),
) -> Result<Finished> {
    let program = program.as_ref();
    let mut command = command(program, arguments, options);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(!options.outlives);
    if options.outlives || options.own_group {
        command.process_group(0);
    }
    let child = command.spawn().map_err(|error| not_started(program, options, error))?;
    let _group = options.own_group.then(|| Group::of(&child));
    let finished = finish(child, &options.stdin, on_line);
    let finished = match options.timeout {
        Some(limit) => tokio::time::timeout(limit, finished).await.map_err(|_| {
            Error::failed(format!("`{}` did not end within {} seconds", shown(program), limit.as_secs_f64().ceil()))
        })?,
        None => finished.await,
    };
    finished.map_err(|error| not_watched(program, error))
}

/// Runs a program on keg's own terminal and gives its exit code. Ctrl-C is for the program to judge.
///
/// # Errors
/// The program is missing or cannot be started.
pub async fn run_attached<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
) -> Result<i32> {
    let program = program.as_ref();
    let mut command = command(program, arguments, options);
    if options.no_input {
        command.stdin(Stdio::null());
    }
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| not_started(program, options, error))?;
    let mut handled = interrupt::handled();
    loop {
        tokio::select! {
            status = child.wait() => return Ok(code(status.map_err(|error| not_watched(program, error))?)),
            // A terminal sends Ctrl-C to both; a supervisor sends it to keg alone, so it is passed on.
            () = handled.requested() => pass_on_interrupt(&child),
        }
    }
}

/// Sends SIGINT to a program; one that has ended needs none.
fn pass_on_interrupt(child: &Child) {
    let process = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(process) = process {
        send_signal(process, Signal::INT);
    }
}

/// A program that runs beside keg and ends with it.
#[derive(Debug)]
pub struct Companion {
    child: tokio::sync::Mutex<Child>,
    said: Arc<Mutex<String>>,
}

impl Companion {
    /// Its exit code, if it has ended.
    pub async fn ended(&self) -> Option<i32> {
        let status = self.child.lock().await.try_wait().ok().flatten();
        if status.is_some() {
            // Its last words may still be on their way.
            tokio::time::sleep(LAST_WORDS).await;
        }
        status.map(code)
    }

    /// What it has written to its standard error so far, without white space around it.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).trim().to_owned()
    }
}

/// Starts a program that is killed when the value is dropped, out of reach of the terminal's Ctrl-C. Its standard input
/// is open as long as keg lives, however keg ends.
///
/// # Errors
/// The program is missing or cannot be started.
pub fn start_beside<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
) -> Result<Companion> {
    let program = program.as_ref();
    let mut command = command(program, arguments, options);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.kill_on_drop(true).process_group(0);
    let mut child = command.spawn().map_err(|error| not_started(program, options, error))?;
    let said = Arc::<Mutex<String>>::default();
    if let Some(stderr) = child.stderr.take() {
        let said = Arc::clone(&said);
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.push_str(&line);
                said.push('\n');
            }
        });
    }
    Ok(Companion { child: tokio::sync::Mutex::new(child), said })
}

/// Starts a program that goes on after keg has ended, out of reach of the terminal's Ctrl-C, and gives its
/// process id. What it prints is appended to `log`.
///
/// # Errors
/// The program is missing or cannot be started, or the log cannot be written.
pub fn start_in_background<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
    log: &Path,
) -> Result<u32> {
    in_background(program.as_ref(), arguments, options, log, Stdio::null())
}

/// Starts a program as [`start_in_background`] does, with a socket to listen on in the place of its standard input.
///
/// # Errors
/// As [`start_in_background`].
pub fn start_server_in_background<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
    log: &Path,
    socket: OwnedFd,
) -> Result<u32> {
    in_background(program.as_ref(), arguments, options, log, Stdio::from(socket))
}

/// The user and the group of this process, by number.
pub fn caller() -> (u32, u32) {
    (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
}

/// Whether a process runs; one that has ended and that nobody has waited for counts as running.
pub fn is_alive(process: u32) -> bool {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // One of another user is there too, though no signal may be sent to it.
    process.is_some_and(|process| {
        matches!(rustix::process::test_kill_process(process), Ok(()) | Err(rustix::io::Errno::PERM))
    })
}

/// Sends a signal; a process that has ended needs none.
pub fn send_signal(process: Pid, signal: Signal) {
    rustix::process::kill_process(process, signal).ok();
}

/// The group of a program and of everything that it has started; killed when dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // One in which nobody is left needs no signal.
            rustix::process::kill_process_group(group, Signal::KILL).ok();
        }
    }
}

fn in_background<A: AsRef<OsStr>>(
    program: &OsStr,
    arguments: impl IntoIterator<Item = A>,
    options: &Options,
    log: &Path,
    stdin: Stdio,
) -> Result<u32> {
    let log_failed = |error| {
        Error::request(format!("the log {} of `{}` cannot be written", log.display(), shown(program))).cause(error)
    };
    let stdout = std::fs::File::options().create(true).append(true).open(log).map_err(log_failed)?;
    let stderr = stdout.try_clone().map_err(log_failed)?;
    let mut command = command(program, arguments, options);
    command.stdin(stdin).stdout(stdout).stderr(stderr).process_group(0);
    let child = command.spawn().map_err(|error| not_started(program, options, error))?;
    child.id().ok_or_else(|| Error::failed(format!("`{}` ended at once", shown(program))))
}

#[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
fn command<A: AsRef<OsStr>>(program: &OsStr, arguments: impl IntoIterator<Item = A>, options: &Options) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command.envs(options.env.iter().map(|(name, value)| (name, value)));
    if let Some(folder) = &options.cwd {
        command.current_dir(folder);
    }
    command
}

async fn finish(mut child: Child, input: &[u8], mut on_line: impl FnMut(&str)) -> io::Result<Finished> {
    let (sender, mut lines) = unbounded_channel();
    let stdout = read_lines(child.stdout.take(), Stream::Stdout, sender.clone());
    let stderr = read_lines(child.stderr.take(), Stream::Stderr, sender);
    let mut finished = Finished::default();
    let receive = async {
        while let Some((stream, line)) = lines.recv().await {
            on_line(line.trim_end_matches(['\n', '\r']));
            match stream {
                Stream::Stdout => finished.stdout.push_str(&line),
                Stream::Stderr => finished.stderr.push_str(&line),
            }
        }
    };
    let stdin = child.stdin.take();
    let status = {
        let talk = async { tokio::join!(write(stdin, input), stdout, stderr, receive) };
        tokio::pin!(talk);
        tokio::select! {
            ((), stdout, stderr, ()) = &mut talk => {
                stdout.and(stderr)?;
                child.wait().await?
            }
            status = child.wait() => {
                // What it left in the background may hold its output open for ever.
                tokio::time::timeout(LEFT_OUTPUT, &mut talk).await.ok();
                status?
            }
        }
    };
    finished.code = code(status);
    Ok(finished)
}

/// Where a line came from.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

/// Writes the input; a program that does not read it to the end is its own business.
async fn write(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        stdin.write_all(input).await.ok();
    }
}

async fn read_lines(
    reader: Option<impl AsyncRead + Unpin>,
    stream: Stream,
    sender: UnboundedSender<(Stream, String)>,
) -> io::Result<()> {
    let Some(reader) = reader else { return Ok(()) };
    let (mut reader, mut line) = (BufReader::new(reader), Vec::new());
    while reader.read_until(b'\n', &mut line).await? > 0 {
        sender.send((stream, String::from_utf8_lossy(&line).into_owned())).ok();
        line.clear();
    }
    Ok(())
}

/// The exit code as shells give it.
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

fn shown(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}

fn not_started(program: &OsStr, options: &Options, error: io::Error) -> Error {
    if let Some(folder) = options.cwd.as_ref().filter(|folder| !folder.is_dir()) {
        let message = format!("`{}` cannot run in {}: there is no such folder", shown(program), folder.display());
        return Error::request(message);
    }
    let path = Path::new(program);
    let name = shown(program);
    match error.kind() {
        io::ErrorKind::NotFound if path.components().count() > 1 && path.exists() => {
            Error::request(format!("{} cannot be run", path.display()))
                .help("its first line names an interpreter that is not there")
        }
        io::ErrorKind::NotFound => Error::request(format!("`{name}` is needed, and it is not installed"))
            .help(format!("install {}, or add its folder to PATH", product(&name))),
        io::ErrorKind::PermissionDenied => Error::request(format!("`{name}` may not be run"))
            .help(format!("make it executable: chmod +x {}", path.display())),
        _ => Error::failed(format!("`{name}` cannot be started")).cause(error),
    }
}

fn not_watched(program: &OsStr, error: io::Error) -> Error {
    Error::failed(format!("`{}` ran, and its output or its end could not be read", shown(program))).cause(error)
}

/// What to install to get a program.
fn product(program: &str) -> String {
    match program {
        "docker" => "Docker's command line (package `docker-cli` or `docker.io`)".to_owned(),
        "docker-compose" => "Docker Compose".to_owned(),
        "docker-registry" => "the CNCF distribution registry (package `docker-registry`)".to_owned(),
        _ => match program.strip_prefix("docker-credential-") {
            Some(helper) => format!("Docker's credential helper `{helper}`"),
            None => format!("`{program}`"),
        },
    }
}

#[cfg(test)]
#[path = "process/tests.rs"]
mod tests;
