//! `keg completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::command::App;
use crate::error::{Error, Result};

/// Arguments of `keg completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg completions bash > ~/.local/share/bash-completion/completions/keg
  source <(COMPLETE=bash keg)     the same, with the names of images and taps")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Runs `keg completions`.
///
/// # Errors
/// Stdout cannot be written to.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "keg", &mut script);
    let script = String::from_utf8(script).map_err(|error| Error::failed("making the script").cause(error))?;
    app.ui.print(&script)
}
