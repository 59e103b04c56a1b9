//! `keg tap`: new, list, link, unlink and convert.

mod convert;
mod link;
mod list;
mod new;
mod unlink;

use std::ffi::OsString;

use clap::Subcommand;

use crate::command::App;
use crate::error::{Error, Result};

/// Arguments of `keg tap`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: TapCommand,
}

/// What can be done with taps.
#[derive(Debug, Subcommand)]
pub enum TapCommand {
    /// Makes a tap from a template, builds it, tags it with the default tag and publishes it
    New(new::Args),
    /// Lists the taps of the workspace and all linked ones
    List(list::Args),
    /// Links a tap in another repository, so that its name works in any folder
    Link(link::Args),
    /// Forgets a linked tap
    Unlink(unlink::Args),
    /// Writes the tap.yml of a tap of the Keg CLI
    Convert(convert::Args),
    /// `keg tap build`, where an image is named tap.
    #[command(external_subcommand)]
    External(Vec<OsString>),
}

/// Runs `keg tap`.
///
/// # Errors
/// See the subcommands.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    match &args.command {
        TapCommand::New(args) => new::run(args, app).await,
        TapCommand::List(args) => list::run(args, app),
        TapCommand::Link(args) => link::run(args, app).await,
        TapCommand::Unlink(args) => unlink::run(args, app).await,
        TapCommand::Convert(args) => convert::run(args, app),
        TapCommand::External(_) => Err(Error::request("there is no such command").help("keg tap --help")),
    }
}
