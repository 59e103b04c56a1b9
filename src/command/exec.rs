//! `keg exec`

use crate::border::engine::{Engine, EngineContainer, ExecRequest, Seat};
use crate::border::terminal;
use crate::command::session::{Ending, Session};
use crate::command::{App, running, selection};
use crate::error::{Error, Result};

/// The shell of a container: bash where it is, else sh.
const SHELL: [&str; 3] = ["sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/// Arguments of `keg exec`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg exec web                       a shell in web: bash, else sh
  keg exec web ls -l /               one command
  keg exec --service db web psql     a command in its service db

It gets a terminal where keg has one, and its exit code becomes keg's. Ctrl-P Ctrl-Q leaves it running.")]
pub struct Args {
    /// The service; without it, the one that runs the tap's image
    #[arg(long, short, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Runs the command as this user
    #[arg(long, short, value_name = "USER")]
    pub user: Option<String>,
    /// Runs the command in this folder of the container
    #[arg(long, short, value_name = "FOLDER")]
    pub workdir: Option<String>,
    /// Sets a variable for the command; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// The command and its arguments; a shell if there is none
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// Runs `keg exec`. It gets a terminal where keg has one, and its exit code becomes keg's.
///
/// # Errors
/// The tap does not run, there is no such service, or the command's own exit code.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let tap = found.tap(&args.tap)?;
    let running = found.choose_one(app, &tap)?;
    let container = running.container(args.service.as_deref().unwrap_or_else(|| running.main_service()))?;
    let shell = || SHELL.map(str::to_owned).to_vec();
    let env = args.env.iter().map(|flag| super::variables::read_flag(app, flag)).collect::<Result<_>>()?;
    let request = ExecRequest {
        command: if args.command.is_empty() { shell() } else { args.command.clone() },
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
