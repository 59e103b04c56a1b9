//! `keg ci`: what a CI system does, from the workspace and the event.

mod activate;
mod check;
pub mod init;
pub mod plan;
mod rebuild;
pub mod run;
mod site;
mod situation;
mod standing;
mod tell;

use crate::command::App;
use crate::error::Result;

/// Arguments of `keg ci`.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// What is to be done.
    #[command(subcommand)]
    pub command: CiCommand,
}

/// The commands of `keg ci`.
#[derive(Debug, clap::Subcommand)]
pub enum CiCommand {
    /// Shows what a run of CI does with each image, and why
    Plan(plan::Args),
    /// Builds, tests and publishes what the event asks for
    Run(run::Args),
    /// Writes the workflows of GitHub for this workspace, or writes them anew
    Init(init::Args),
    /// Lets changes start the workflows of images
    Activate(activate::Args),
    /// Leaves the workflows of images to be started by hand
    Deactivate(activate::Args),
    /// Checks that workflows are up to date, that no environment file is forgotten, and the two-step rule
    Check(check::Args),
}

impl Args {
    /// Whether it only shows what would be done.
    pub fn is_plan(&self) -> bool {
        matches!(self.command, CiCommand::Plan(_))
    }

    /// The words that name images.
    pub fn names(&self) -> Vec<String> {
        match &self.command {
            CiCommand::Plan(args) => args.images.clone(),
            CiCommand::Run(args) => args.images.clone(),
            // What is written belongs to the workspace here, whatever is linked elsewhere.
            CiCommand::Init(_) | CiCommand::Activate(_) | CiCommand::Deactivate(_) | CiCommand::Check(_) => Vec::new(),
        }
    }
}

/// Runs `keg ci`.
///
/// # Errors
/// Those of its commands.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    match &args.command {
        CiCommand::Plan(args) => plan::run(args, app).await,
        CiCommand::Run(args) => run::run(args, app).await,
        CiCommand::Init(args) => init::run(args, app),
        CiCommand::Activate(args) => activate::run(args, true, app),
        CiCommand::Deactivate(args) => activate::run(args, false, app),
        CiCommand::Check(args) => check::run(args, app),
    }
}
