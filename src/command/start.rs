//! `keg start`

mod image;
mod launch;
mod project;
mod settled;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;

use crate::border::compose::Compose;
use crate::border::engine::Engine;
use crate::command::variables::TapVariables;
use crate::command::{App, build, selection};
use crate::error::{Error, Result};
use crate::observe;
use crate::settings::Format;
use crate::start::{Pull, StartDecision, Tags, project_name};
use crate::tagging::Branch;
use crate::workspace::{ImageIndex, Workspace};

use project::ProjectFiles;

/// Arguments of `keg start`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  keg start web                        start web from the image of the current branch, else from the default one
  keg start web --from web:my-try      start it from another tag
  keg start web --pull never           start it from what the engine has
  keg start web --build                build what has changed first")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "TAP", required = true, add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Starts this image: NAME:TAG of this workspace, or any reference
    #[arg(long, value_name = "REFERENCE")]
    pub from: Option<String>,
    /// When the image is pulled before
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub pull: Pull,
    /// Builds the tap first, if anything has changed
    #[arg(long, conflicts_with = "from")]
    pub build: bool,
    /// Shows what the containers print, until Ctrl-C
    #[arg(long)]
    pub attach: bool,
    /// Sets a variable for Compose and for the container; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// How many seconds the containers have to come up
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub timeout: u64,
    /// Removes the containers again when they do not come up
    #[arg(long)]
    pub rollback: bool,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg start`.
///
/// # Errors
/// No image to start, a compose file that Compose refuses, containers that do not come up.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    if args.from.is_some() && args.taps.len() > 1 {
        return Err(Error::request("--from names one image, and there are several taps")
            .help("start the taps one after the other"));
    }
    if args.attach && args.taps.len() > 1 {
        return Err(Error::request("--attach shows one tap, and there are several")
            .help("start them, and look with keg logs TAP --follow"));
    }
    if args.build {
        build(args, app).await?;
        if args.dry_run {
            return Ok(());
        }
    }
    let workspace = app.workspace()?;
    let engine = app.borders()?.engine;
    let mut indexes = BTreeSet::new();
    // A name and its alias are one tap.
    let is_new = |word: &&String| selection::tap(&workspace, word).map_or(true, |index| indexes.insert(index));
    let taps: Vec<&String> = args.taps.iter().filter(is_new).collect();
    let prepared = join_all(taps.into_iter().map(|word| prepare(args, word, app, &workspace, &engine))).await;
    let prepared = Error::each(prepared)?;
    if args.dry_run {
        return match (app.settings.format, prepared.as_slice()) {
            (Format::Json, [only]) => app.ui.print_json(&only.document()),
            (Format::Json, all) => {
                let taps: Vec<_> = all.iter().map(Prepared::document).collect();
                app.ui.print_json(&serde_json::json!({ "taps": taps }))
            }
            (_, all) => app.ui.print(&all.iter().map(Prepared::text).collect::<String>()),
        };
    }
    launch::pull_images(&prepared, app, &engine).await?;
    launch::launch(&prepared, args, app, &engine).await
}

/// Builds the taps first, as `--build` asks; with `--dry-run` shows what would be built.
///
/// # Errors
/// See [`build::run`].
pub async fn build(args: &Args, app: &App) -> Result<()> {
    let build = build::Args { images: args.taps.clone(), dry_run: args.dry_run, ..build::Args::default() };
    build::run(&build, app).await
}

impl Args {
    /// When to pull once the taps are built: the registry may have an older image than the one just built.
    pub fn pull_after_build(&self) -> Pull {
        if self.pull == Pull::Newer { Pull::Missing } else { self.pull }
    }
}

/// Everything that is known before anything is changed.
pub struct Prepared<'a> {
    workspace: &'a Workspace,
    index: ImageIndex,
    branch: Branch,
    decision: StartDecision,
    compose: Compose,
    project_name: String,
    files: ProjectFiles,
    variables: TapVariables,
    timeout: Duration,
}

/// Decides what is started and how, and checks that it can be.
///
/// # Errors
/// See [`run`].
pub async fn prepare<'a>(
    args: &Args,
    word: &str,
    app: &App,
    workspace: &'a Workspace,
    engine: &Engine,
) -> Result<Prepared<'a>> {
    let index = selection::tap(workspace, word)?;
    let tap = workspace.image(index);
    let branch = observe::branch_of(workspace, &app.settings, &tap.folder)?;
    let default = observe::default_tag(workspace, &app.settings, &tap.folder)?;
    let tags = Tags { branch: &branch.tag, default: &default };
    let variables = TapVariables::read(app, workspace, Some(tap), &args.env)?;
    let files = ProjectFiles::read(workspace, tap)?;
    let compose = Compose::find(&app.settings).await?;
    let decision = image::decide(args, app, workspace, index, tags, &variables).await?;
    let project_name = project_name(&tap.name, &branch.tag);
    project::check_free(engine, &project_name, workspace, &tap.name, &branch.name).await?;
    let timeout = Duration::from_secs(args.timeout);
    Ok(Prepared { workspace, index, branch, decision, compose, project_name, files, variables, timeout })
}

impl Prepared<'_> {
    fn tap(&self) -> &str {
        &self.workspace.image(self.index).name
    }

    /// What would be done, for programs.
    fn document(&self) -> serde_json::Value {
        serde_json::json!({
            "tap": self.tap(),
            "branch": self.branch.name,
            "image": self.decision.image.familiar(),
            "from": self.decision.origin.to_string(),
            "pull": self.decision.pull,
            "project": self.project_name,
            "compose_file": self.files.shown(self.workspace),
            "service": self.files.image_service,
            "notes": self.decision.notes,
        })
    }

    /// What would be done.
    fn text(&self) -> String {
        let (image, compose_file) = (self.decision.image.familiar(), self.files.shown(self.workspace));
        let mut text = String::new();
        for note in &self.decision.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        if self.decision.pull {
            text.push_str(&format!("pull {image}\n"));
        }
        let (tap, origin, project) = (self.tap(), self.decision.origin, &self.project_name);
        text.push_str(&format!("start {tap} from {image} ({origin}) as {project}, with {compose_file}\n"));
        text
    }
}
