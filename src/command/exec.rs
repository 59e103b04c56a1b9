//! `keg exec`

mod arguments;
mod container;
mod image;

use crate::border::engine::{Engine, EngineContainer, ExecRequest, Seat};
use crate::border::terminal;
use crate::command::session::{Ending, Session};
use crate::command::{App, running, selection};
use crate::error::{Error, Result};
use crate::start::Pull;

pub use arguments::separated;

/// The shell of a container: bash where it is, else sh.
const SHELL: [&str; 3] = ["sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/// Arguments of `keg exec`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg exec web                       a shell in web: bash, else sh
  keg exec web ls -l /               one command
  keg exec --service db web psql     a command in its service db

It gets a terminal where keg has one, and its exit code becomes keg's. Ctrl-P Ctrl-Q leaves it running.

  keg exec --image web pytest -q               in web's image, with the work tree
  keg exec --image web:feature-x -- bash run.sh
  keg exec --image web --mount . --mount ~/data:/data:ro --env TOKEN pytest

--image needs nothing that runs: keg pulls the image, by the tag of the branch if there is one, else by the
default tag, and runs the command in a container of its own, which is removed whatever happens. The git work
tree that holds the current folder (else the workspace, else the current folder) is mounted where this machine
has it, and the command begins in the current folder, so that relative paths, git and the paths in messages
are right on both sides. The command is run by the calling user, to whom the files that it writes belong; if
the image says nothing else, that user's HOME is /tmp. The image's entrypoint is kept, as `docker run` keeps
it. Variables of this machine are passed on with --env only. Signals go to the command; 10 seconds after
Ctrl-C, or at the second one, it is ended.")]
pub struct Args {
    /// Runs the command in a new container of this image: NAME, NAME:TAG of this workspace, or any reference
    #[arg(long, value_name = "REFERENCE", conflicts_with = "service", add = selection::completer())]
    pub image: Option<String>,
    /// Mounts this folder or file instead of the work tree, at its own path or at PATH; :ro lets it only be read
    #[arg(
        long = "mount",
        value_name = "FOLDER[:PATH][:ro]",
        requires = "image",
        value_hint = clap::ValueHint::AnyPath
    )]
    pub mounts: Vec<String>,
    /// Mounts nothing
    #[arg(long, requires = "image", conflicts_with = "mounts")]
    pub no_mount: bool,
    /// When the image is pulled before
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", requires = "image")]
    pub pull: Pull,
    /// Runs this program with the command as its arguments, instead of the image's entrypoint; '' for none
    #[arg(long, value_name = "PROGRAM", requires = "image")]
    pub entrypoint: Option<String>,
    /// Shows what would be done, and does nothing
    #[arg(long, requires = "image")]
    pub dry_run: bool,
    /// The service; without it, the one that runs the tap's image
    #[arg(long, short, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Runs the command as this user [default with --image: the calling user]
    #[arg(long, short, value_name = "USER")]
    pub user: Option<String>,
    /// Runs the command in this folder of the container; with --image a relative one counts from the current folder
    #[arg(long, short, value_name = "FOLDER")]
    pub workdir: Option<String>,
    /// Sets a variable for the command; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Name or alias; absent with --image
    #[arg(value_name = "TAP", required_unless_present = "image", add = selection::tap_completer())]
    pub tap: Option<String>,
    /// The command and its arguments; a shell if there is none
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// The command with its arguments.
fn command(args: &Args) -> Vec<String> {
    // Where there is an image, the first word is no tap.
    let first = args.tap.iter().filter(|_| args.image.is_some());
    let words: Vec<String> = first.chain(&args.command).cloned().collect();
    if words.is_empty() { SHELL.map(str::to_owned).to_vec() } else { words }
}

/// Runs `keg exec`. The command gets a terminal where keg has one, and its exit code becomes keg's.
///
/// # Errors
/// The tap does not run, there is no such service, or the command's own exit code.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    if let Some(reference) = &args.image {
        return image::run(args, reference, app).await;
    }
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let tap = found.tap(args.tap.as_deref().unwrap_or_default())?;
    let running = found.choose_one(app, &tap)?;
    let container = running.container(args.service.as_deref().unwrap_or_else(|| running.main_service()))?;
    let env = args.env.iter().map(|flag| super::variables::read_flag(app, flag)).collect::<Result<_>>()?;
    let request = ExecRequest {
        command: command(args),
        user: args.user.clone(),
        folder: args.workdir.clone(),
        env,
        terminal: terminal::is_there(),
        input: true,
    };
    Error::of_exit(execute(app, &engine, container, &request).await?)
}

/// Runs a command in a container on keg's own terminal or streams, and gives its exit code; 0 where it is left running.
///
/// # Errors
/// The container has ended, or the engine goes away.
pub async fn execute(app: &App, engine: &Engine, container: &EngineContainer, request: &ExecRequest) -> Result<i32> {
    let exec = engine.create_exec(&container.id, request).await?;
    let (output, input) = engine.start_exec(&exec, request.terminal).await?;
    let seat = request.terminal.then(|| Seat::Exec(exec.clone()));
    let session = Session { engine, output, input: request.input.then_some(input), seat, signalled: None };
    let ending = session.run(app).await?;
    match (ending, engine.exec_code(&exec).await) {
        (Ending::Left, _) | (_, Ok(None)) => {
            app.ui.note(format!("left it running in {}", container.name));
            Ok(0)
        }
        (_, code) => Ok(i32::try_from(code?.unwrap_or_default()).unwrap_or(1)),
    }
}
