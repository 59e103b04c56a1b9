//! `keg exec`

use std::io::IsTerminal;

use crate::border::compose::{Compose, Exec};
use crate::command::{App, running, selection};
use crate::error::{Error, Result};

/// Arguments of `keg exec`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg exec web                       a shell in web
  keg exec web ls -l /               one command
  keg exec --service db web psql     a command in its service db")]
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
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true, default_values = ["sh"])]
    pub command: Vec<String>,
}

/// Runs `keg exec`. It gets a terminal where keg has one, and its exit code becomes keg's.
///
/// # Errors
/// The tap does not run, there is no such service, or the command's own exit code.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let found = running::find(app, &app.borders()?.engine).await?;
    let tap = found.tap(&args.tap)?;
    let running = found.choose_one(app, &tap)?;
    let service = match &args.service {
        Some(service) => service.as_str(),
        None => running.main_service(),
    };
    running.require_service(service)?;
    let compose = Compose::find(&app.settings).await?;
    let labelled = compose.labelled(running)?;
    let exec = Exec {
        service: service.to_owned(),
        command: args.command.clone(),
        terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        user: args.user.clone(),
        folder: args.workdir.clone(),
        ..Exec::default()
    };
    Error::of_exit(compose.exec(&labelled.project, &exec).await?)
}
