//! `keg start`

pub(super) mod asked;
pub(super) mod image;
mod launch;
mod mounted;
pub(super) mod project;
mod settled;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;

use crate::border::compose::Compose;
use crate::border::engine::Engine;
use crate::command::plans::{self, Plans};
use crate::command::variables::TapVariables;
use crate::command::{App, build, proxy, selection, watch};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::observe;
use crate::settings::Format;
use crate::start::{Pull, StartDecision, Tags, project_name};
use crate::tagging::Branch;
use crate::workspace::{ImageIndex, Workspace};

use project::ProjectFiles;

/// How many seconds containers have to come up.
const USUAL_TIMEOUT: u64 = 120;

/// Arguments of `keg start`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  keg start web                        start web from the image of the current branch, else from the default one
  keg start web --from web:my-try      start it from another tag
  keg start web --pull never           start it from what the engine has
  keg start web --build                build what has changed first
  keg start web --watch                and copy files into it as they change")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "TAP", required = true, add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Starts this image: NAME:TAG of this workspace, or any reference
    #[arg(long, value_name = "REFERENCE")]
    pub from: Option<String>,
    /// Starts the image of this plan [default: the first in keg.yml that the tap has]
    #[arg(long, value_name = "PLAN", conflicts_with = "from", add = plans::completer())]
    pub plan: Option<String>,
    /// When the image is pulled before
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub pull: Pull,
    /// Builds the tap first, if anything has changed
    #[arg(long, conflicts_with = "from")]
    pub build: bool,
    /// Shows what the containers print, until Ctrl-C
    #[arg(long)]
    pub attach: bool,
    /// Copies files into the taps as they change, until Ctrl-C
    #[arg(long, conflicts_with = "attach")]
    pub watch: bool,
    /// Watches also where that overwrites another branch's work in the container
    #[arg(long, requires = "watch")]
    pub force_sync: bool,
    /// Sets a variable for Compose and for the container; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// How many seconds the containers have to come up
    #[arg(long, value_name = "SECONDS", default_value_t = USUAL_TIMEOUT)]
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
    let workspace = args.workspace(app)?;
    let engine = app.borders()?.engine;
    let mut indexes = BTreeSet::new();
    // A name and its alias are one tap.
    let is_new = |word: &&String| selection::tap(&workspace, word).map_or(true, |index| indexes.insert(index));
    let taps: Vec<&String> = args.taps.iter().filter(is_new).collect();
    let prepared = join_all(taps.into_iter().map(|word| prepare(args, word, app, &workspace, &engine))).await;
    let prepared = Error::each(prepared)?;
    let mut plans = Vec::new();
    for one in prepared.iter().filter(|_| args.watch) {
        // Before anything is started: a tap without rules cannot be watched.
        plans.push(watch::plan(app, &workspace, one.index, Some(&one.decision.image)).await?);
    }
    if args.dry_run {
        mounted::point_out_ahead(&prepared, app, &engine).await?;
        return match (app.settings.format, prepared.as_slice()) {
            (Format::Json, all) => {
                let rules = plans
                    .iter()
                    .map(|plan| serde_json::json!(plan.documents()))
                    .map(Some)
                    .chain(std::iter::repeat(None));
                let documents = all.iter().zip(rules).map(|(one, rules)| {
                    let mut document = one.document();
                    rules.into_iter().for_each(|rules| document["watch"] = rules);
                    document
                });
                app.ui.print_taps(all.len(), documents.collect())
            }
            (_, all) => {
                let rules = plans.iter().map(watch::Plan::text);
                app.ui.print(&all.iter().map(Prepared::text).chain(rules).collect::<String>())
            }
        };
    }
    launch::pull_images(&prepared, app, &engine).await?;
    launch::launch(&prepared, args, app, &engine).await?;
    if plans.is_empty() {
        return Ok(());
    }
    let projects = prepared.iter().map(|one| (one.project_name.clone(), one.branch.name.clone()));
    let watched = plans.into_iter().zip(projects).map(|(plan, (project, branch))| {
        let start = Args { taps: vec![plan.tap.clone()], ..args.clone() };
        watch::Watched { plan, project, branch, start }
    });
    watch::watch(&workspace, watched.collect(), args.force_sync, app).await
}

/// Starts a tap anew from the image of its branch that was just built; Compose keeps what that does not change.
///
/// # Errors
/// See [`run`].
pub async fn anew(args: &Args, app: &App, events: &Events) -> Result<()> {
    let args = Args { from: None, pull: Pull::Missing, build: true, rollback: false, ..args.clone() };
    let (workspace, engine) = (args.workspace(app)?, app.borders()?.engine);
    for word in &args.taps {
        let prepared = prepare(&args, word, app, &workspace, &engine).await?;
        let proxy = proxy::for_start(app, Some(&workspace), &engine, events).await;
        launch::steps(&prepared, &args, app, &engine, proxy.as_ref(), events).await?;
    }
    Ok(())
}

/// Builds the taps first, as `--build` asks; with `--dry-run` shows what would be built.
///
/// # Errors
/// See [`build::run`].
pub async fn build(args: &Args, app: &App) -> Result<()> {
    let workspace = args.workspace(app)?;
    let started = args.taps.iter().filter_map(|word| workspace.find(word));
    let mut plans: Vec<String> = started.filter_map(|index| Some(workspace.image(index).plan()?.to_owned())).collect();
    plans.sort_unstable();
    plans.dedup();
    let (images, plans) = (args.taps.clone(), Plans { plans });
    let build = build::Args { images, plans, dry_run: args.dry_run, ..build::Args::default() };
    build::run(&build, app).await
}

impl Args {
    /// As `keg start TAP` without any flag.
    pub fn of(tap: String) -> Self {
        Self {
            taps: vec![tap],
            from: None,
            plan: None,
            pull: Pull::default(),
            build: false,
            attach: false,
            watch: false,
            force_sync: false,
            env: Vec::new(),
            timeout: USUAL_TIMEOUT,
            rollback: false,
            dry_run: false,
        }
    }

    /// The workspace, with the variants of `--plan` alone.
    ///
    /// # Errors
    /// It does not load, or one of the taps is not built in that plan.
    pub fn workspace(&self, app: &App) -> Result<Workspace> {
        app.workspace()?.in_plans(self.plan.as_slice(), &self.taps)
    }

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
    let branch = observe::branch_of_image(workspace, &app.settings, tap)?;
    let default = observe::default_tag_of(workspace, &app.settings, tap)?;
    let usual = observe::usual_tag_of(workspace, &app.settings, index)?;
    let tags = Tags { branch: &usual, default: &default };
    let variables = TapVariables::read(app, workspace, Some(tap), &args.env)?;
    let files = ProjectFiles::read(workspace, tap)?;
    let compose = app.compose().await?;
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

    fn plan(&self) -> Option<&str> {
        self.workspace.image(self.index).plan()
    }

    fn with_plan(&self, mut document: serde_json::Value) -> serde_json::Value {
        if let Some(plan) = self.plan() {
            document["plan"] = plan.into();
        }
        document
    }

    /// What would be done, for programs.
    fn document(&self) -> serde_json::Value {
        self.with_plan(serde_json::json!({
            "tap": self.tap(),
            "branch": self.branch.name,
            "image": self.decision.image.familiar(),
            "from": self.decision.origin.to_string(),
            "pull": self.decision.pull,
            "project": self.project_name,
            "compose_file": self.files.shown(self.workspace),
            "service": self.files.image_service,
            "notes": self.decision.notes,
        }))
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
        let (tap, origin) = (self.workspace.image(self.index).full_name(), self.decision.origin);
        let project = &self.project_name;
        text.push_str(&format!("start {tap} from {image} ({origin}) as {project}, with {compose_file}\n"));
        text
    }
}
