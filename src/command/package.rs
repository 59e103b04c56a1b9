//! `keg package`

mod facts;
mod run;

use crate::border::engine::EngineContainer;
use crate::command::home::name_of;
use crate::command::{App, Run, running, selection, summary};
use crate::error::{Error, Result};
use crate::package::{self, Choice};
use crate::planner::{PackageIntent, plan_package};
use crate::reference::Reference;
use crate::settings::Format;
use crate::start::running::{Running, service};

use facts::{intent, left_out, look, notes, unknown};

/// Arguments of `keg package`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  keg package web                     the running web becomes web:BRANCH, and is published
  keg package web --tag demo          and web:demo as well
  keg package web --no-push           only on this engine
  keg package run web:feature-x       run it, on any machine

The tag is that of the branch on which the tap was started. Variables, labels and the command that
the container was started with do not become part of the image; volumes and folders of this machine
neither. The next `keg build` of the branch gives the tag back to what is built."
)]
pub struct Args {
    /// What else can be done.
    #[command(subcommand)]
    pub command: Option<PackageCommand>,
    /// Name or alias; the tap of the current folder, or the only one that runs, if none is named
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: Option<String>,
    /// A further tag beside the branch tag
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// The service or container, where several run the tap's image
    #[arg(long, short, value_name = "SERVICE")]
    pub service: Option<String>,
    /// What was changed, for the history of the image
    #[arg(long, short, value_name = "TEXT")]
    pub message: Option<String>,
    /// Publishes nothing
    #[arg(long)]
    pub no_push: bool,
    /// Overwrites a tag that another branch made
    #[arg(long)]
    pub force: bool,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What can be done with packaged images.
#[derive(Debug, clap::Subcommand)]
pub enum PackageCommand {
    /// Runs an image by itself, packaged or built, after pulling the newest
    Run(run::Args),
}

impl Args {
    /// The words that name images.
    pub fn names(&self) -> Vec<String> {
        match &self.command {
            Some(PackageCommand::Run(run)) => vec![name_of(&run.reference).to_owned()],
            None => self.tap.clone().into_iter().collect(),
        }
    }
}

/// Runs `keg package`.
///
/// # Errors
/// It is not clear which container is meant, or none runs; a tag of another branch; an engine or registry that fails.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    if let Some(PackageCommand::Run(args)) = &args.command {
        return run::run(args, app).await;
    }
    let borders = app.borders()?;
    let found = running::find(app, &borders.engine).await?;
    let workspace = found.workspace.clone()?;
    let tap = match &args.tap {
        Some(word) => found.tap(word)?,
        None => running::tap_here(app, &found, "Which tap is packaged?")?,
    };
    let index = selection::tap(&workspace, &tap)?;
    let running = found.choose_one(app, &tap)?;
    let index = workspace.variant(index, running.plan.as_deref()).unwrap_or(index);
    let container = container(app, running, args.service.as_deref())?;
    let image = borders.engine.inspect(&container.image_id).await?.unwrap_or_else(|| unknown(container));
    let intent = intent(args, app, &workspace, index, running, container, &image)?;
    let observed = look(app, &workspace, &intent).await?;
    let mut plan = plan_package(&observed, &intent)?;
    plan.notes = notes(app, &workspace, index, running, container, &borders.engine).await?;
    if args.dry_run {
        return app.print_plan(&plan);
    }
    let report = app.perform(&workspace, &observed, &plan, Run::default()).await?;
    let is_complete = report.error().is_none();
    if app.settings.format == Format::Json {
        let tags: Vec<String> = intent.tags.iter().map(Reference::familiar).collect();
        app.ui.print_json(&serde_json::json!({
            "image": intent.image,
            "branch": intent.branch,
            "container": container.name,
            "tags": tags,
            "pushed": intent.push && is_complete,
            "left_out": left_out(&borders.engine, container).await.unwrap_or_default(),
            "steps": summary::steps(&plan, &report),
            "interrupted": report.interrupted,
        }))?;
    } else {
        summary::print_steps(&app.ui, app.settings.format, &plan, &report)?;
        if is_complete {
            say_done(app, &intent);
        }
    }
    report.error().map_or(Ok(()), Err)
}

fn say_done(app: &App, intent: &PackageIntent) {
    if let Some(first) = intent.tags.first() {
        let is_here = app.borders().is_ok_and(|borders| borders.engine.is_local());
        let place = match (intent.push, is_here) {
            (true, _) => "on any machine",
            (false, true) => "on this machine",
            (false, false) => "on this engine",
        };
        app.ui.note(format!("`keg package run {}` runs it, {place}", first.familiar()));
    }
}

/// The container that is meant; with several the user is asked, where there is one to ask.
fn container<'a>(app: &App, running: &'a Running, asked: Option<&str>) -> Result<&'a EngineContainer> {
    let several = match package::choose(running, asked)? {
        Choice::One(container) => return Ok(container),
        Choice::Several(several) => several,
    };
    let shown = |container: &&EngineContainer| format!("{} ({})", container.name, service(container));
    let choices: Vec<String> = several.iter().map(shown).collect();
    if app.settings.interactive && app.settings.format != Format::Json {
        let place = app.ui.choose(&format!("Which container of {} is packaged?", running.tap), &choices)?;
        return several.get(place).copied().ok_or_else(|| Error::request("no container was chosen"));
    }
    Err(Error::request(format!("it is not clear which container of {} is packaged", running.tap))
        .help(format!("say which: --service NAME, with one of these: {}", choices.join(", "))))
}
