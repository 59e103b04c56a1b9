//! `keg logs`

use std::io::IsTerminal;

use crate::border::compose::{Compose, Logs};
use crate::command::{App, running, selection};
use crate::env_vars;
use crate::error::{Error, Result};

/// Arguments of `keg logs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg logs web                 show what the containers of web have printed
  keg logs web --follow        and go on showing it
  keg logs web db --tail 20    show the last 20 lines of its service db")]
pub struct Args {
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// Services of the tap; all if none is named
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Goes on showing what is printed
    #[arg(long, short)]
    pub follow: bool,
    /// Shows only so many lines of each container
    #[arg(long, value_name = "N")]
    pub tail: Option<usize>,
}

/// Runs `keg logs`.
///
/// # Errors
/// The tap does not run, there is no such service, or Compose fails.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let found = running::find(app, &app.borders()?.engine).await?;
    let tap = found.tap(&args.tap)?;
    let running = found.choose_one(app, &tap)?;
    for service in &args.services {
        running.require_service(service)?;
    }
    let compose = Compose::find(&app.settings).await?;
    let labelled = compose.labelled(running)?;
    let logs = Logs { follow: args.follow, tail: args.tail, color: color(app) };
    Error::of_exit(compose.logs(&labelled.project, &args.services, logs).await?)
}

/// Whether what Compose prints itself may have colours.
pub fn color(app: &App) -> bool {
    std::io::stdout().is_terminal() && app.settings.variables.get(env_vars::NO_COLOR).is_none()
}
