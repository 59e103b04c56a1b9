//! `keg deploy`

mod failure;
mod logs;
mod prepare;
mod remove;
mod rollout;
mod status;

use std::path::PathBuf;

use crate::border::engine::Engine;
use crate::command::{App, plans, selection};
use crate::deploy::deployed::{Deployed, choose, deployed};
use crate::error::{Error, Result, nearest};
use crate::observe;
use crate::settings::Format;

use prepare::{Prepared, prepare};

/// How many seconds a deployment may take.
const USUAL_TIMEOUT: u64 = 600;

/// Arguments of `keg deploy`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  keg deploy web --dry-run                   what a Swarm would get, and what it cannot do
  keg deploy web --context prod              the published image of the current branch, to the Swarm of that context
  keg deploy web --from web:2026.3 --replicas 3
  keg deploy status                          what is deployed, and where it runs
  keg deploy logs web --follow
  keg deploy remove web

The engine has to be a manager of the Swarm. The image is the registry's, by its digest, and has to be published
before: keg build web --push. Containers are replaced one after the other; each has to run, and to pass its health
check, before the next one is. As soon as one fails, the Swarm goes back to what ran before, and keg ends with 1.
`deploy.update_config` in the compose file changes that. After Ctrl-C, and when the time is over, the Swarm goes on;
the same command again waits for it."
)]
pub struct Args {
    /// What else can be done.
    #[command(subcommand)]
    pub command: Option<DeployCommand>,
    /// Names or aliases
    #[arg(value_name = "TAP", required = true, add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// How many containers run the tap's image [default: the compose file's, else 1]
    #[arg(long, value_name = "N")]
    pub replicas: Option<u64>,
    /// Deploys this image: NAME:TAG of this workspace, or any reference
    #[arg(long, value_name = "REFERENCE")]
    pub from: Option<String>,
    /// Deploys the image of this plan [default: the first in keg.yml that the tap has]
    #[arg(long, value_name = "PLAN", conflicts_with = "from", add = plans::completer())]
    pub plan: Option<String>,
    /// A compose file with what is different in the Swarm, on top of the tap's own
    #[arg(long = "file", short, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Sets a variable for Compose and for the containers; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Leaves out what a stack cannot do, even where the services need it
    #[arg(long)]
    pub accept: bool,
    /// How many seconds it may take until all containers run; the Swarm goes on after that
    #[arg(long, value_name = "SECONDS", default_value_t = USUAL_TIMEOUT,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,
    /// Shows what would be deployed, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What can be done with deployed taps.
#[derive(Debug, clap::Subcommand)]
pub enum DeployCommand {
    /// Shows what is deployed, which image it runs, and on which nodes
    Status(status::Args),
    /// Shows what the containers of a deployed tap print
    Logs(logs::Args),
    /// Removes deployed taps from the Swarm
    Remove(remove::Args),
}

impl Args {
    /// The words that name images.
    pub fn names(&self) -> Vec<String> {
        match &self.command {
            Some(DeployCommand::Status(args)) => args.taps.clone(),
            Some(DeployCommand::Logs(args)) => vec![args.tap.clone()],
            Some(DeployCommand::Remove(args)) => args.taps.clone(),
            None => self.taps.clone(),
        }
    }
}

/// Runs `keg deploy`.
///
/// # Errors
/// The engine manages no Swarm; the image is not published; the compose file says what a stack cannot do; the new
/// containers fail, or are not up in time.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    match &args.command {
        Some(DeployCommand::Status(args)) => return status::run(args, app).await,
        Some(DeployCommand::Logs(args)) => return logs::run(args, app).await,
        Some(DeployCommand::Remove(args)) => return remove::run(args, app).await,
        None => {}
    }
    if args.from.is_some() && args.taps.len() > 1 {
        return Err(Error::request("--from names one image, and there are several taps")
            .help("deploy the taps one after the other"));
    }
    let workspace = app.workspace()?.in_plans(args.plan.as_slice(), &args.taps)?;
    let mut indexes = Vec::new();
    for word in &args.taps {
        let index = selection::tap(&workspace, word)?;
        // A name and its alias are one tap.
        if !indexes.contains(&index) {
            indexes.push(index);
        }
    }
    let mut prepared = Vec::new();
    for index in indexes {
        prepared.push(prepare(args, index, app, &workspace).await?);
    }
    let refused = prepared.iter().filter_map(|one| one.stack.check(&one.tap, args.accept).err());
    if let Some(error) = Error::all(refused.collect()).filter(|_| !args.dry_run) {
        return Err(error);
    }
    let engine = app.borders()?.engine;
    let membership = engine.require_manager().await?;
    for one in &mut prepared {
        one.compare(&engine, &membership).await?;
    }
    if args.dry_run {
        return show(app, &prepared);
    }
    rollout::run(args, app, &engine, &prepared).await
}

/// What would be deployed.
fn show(app: &App, prepared: &[Prepared]) -> Result<()> {
    if app.settings.format == Format::Json {
        return app.ui.print_taps(prepared.len(), prepared.iter().map(Prepared::document).collect());
    }
    let texts = prepared.iter().map(Prepared::text).collect::<Result<Vec<_>>>()?;
    app.ui.print(&texts.join("\n"))
}

/// Everything that is deployed in the Swarm.
///
/// # Errors
/// The engine manages no Swarm, or is out of reach.
async fn all(engine: &Engine) -> Result<Vec<Deployed>> {
    engine.require_manager().await?;
    Ok(deployed(engine.swarm_services(&[crate::border::compose::overlay::LABEL_TAP.to_owned()]).await?))
}

/// The deployments that a word means: by the workspace as it is, else by what is deployed.
///
/// # Errors
/// See [`choose`].
fn meant<'a>(app: &App, list: &'a [Deployed], word: &str, is_all: bool) -> Result<Vec<&'a Deployed>> {
    let workspace = app.workspace().ok();
    let known = workspace.as_ref().and_then(|workspace| Some((workspace, workspace.image(workspace.find(word)?))));
    let tap = known.map_or(word, |(_, image)| &image.name);
    if let (Some(workspace), None, false) = (&workspace, known, list.iter().any(|one| one.tap == tap)) {
        let of_workspace = workspace.named().filter(|(_, image)| image.tap.is_some()).map(|(_, image)| &image.name);
        let names = list.iter().map(|one| &one.tap).chain(of_workspace).map(String::as_str);
        let error = Error::request(format!("{tap} is neither deployed in this Swarm nor a tap of this workspace"));
        return Err(match nearest(tap, names) {
            Some(near) => error.help(format!("did you mean {near}? keg deploy status shows all")),
            None => error.help("keg deploy status shows what is deployed"),
        });
    }
    let current = known.and_then(|(workspace, image)| observe::branch_of_image(workspace, &app.settings, image).ok());
    let current = current.map(|branch| branch.name);
    choose(list, tap, app.settings.branch.as_deref(), current.as_deref(), is_all)
}
