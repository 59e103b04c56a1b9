//! `keg ci run`

use std::ffi::OsString;
use std::path::PathBuf;

use crate::ci::{Provider, Standing, github};
use crate::command::build::parse_secret;
use crate::command::builder::{self, BuilderFlags};
use crate::command::ci::situation::{EventArgs, Situation, app_of};
use crate::command::ci::tell;
use crate::command::order::{Order, Prepared, Publish};
use crate::command::{App, Run, hooks, selection};
use crate::error::{Error, Result};
use crate::execute::Report;
use crate::history::short;
use crate::plan::Action;

/// Arguments of `keg ci run`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg ci run                            everything that the event asks for, on this machine
  keg ci run web --stage build          the part of a job: build and test web, upload it, move no tag
  keg ci run --stage publish            when all jobs are done: move the tags of the whole set
  keg ci run --event push --dry-run     show what a push of this branch would do

No tag moves before everything is built and has passed its tests, and none goes back: the run of an older commit leaves
the tags of its branch to the newer one.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// What has happened.
    #[command(flatten)]
    pub event: EventArgs,
    /// The part of the work [default: both, one after the other]
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Option<Stage>,
    /// Writes what became of the tests into this file, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE
    #[arg(long = "secret", value_name = "id=…")]
    pub secrets: Vec<OsString>,
    /// How many builds, and how many transfers, run at once [default: the number of processors; 8 transfers]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Stage {
    /// Builds and tests images, and uploads them under their content tags where the event publishes
    Build,
    /// Moves the tags of what is built
    Publish,
}

/// Runs `keg ci run`.
///
/// # Errors
/// Nobody says what has happened, a step fails, or the registry is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let app = &app_of(app, &args.event)?;
    if args.event.event.is_none() && Provider::of(&app.settings.variables) == Provider::Other {
        return Err(Error::request("no CI system says what has happened")
            .help("name it: keg ci run --event push; keg ci plan shows what would be done"));
    }
    let result = match Situation::find(app, &args.event, &args.images).await {
        Ok(situation) => carry_out(args, app, &situation).await,
        Err(error) => Err(error),
    };
    result.inspect_err(|error| tell::annotate(app, error))
}

async fn carry_out(args: &Args, app: &App, situation: &Situation) -> Result<()> {
    let aim = &situation.aim;
    app.ui.note(&aim.title);
    aim.notes.iter().for_each(|note| app.ui.note(note));
    if situation.selected.is_empty() {
        app.ui.note("no image is concerned: nothing is to do");
        return finish(app, situation, &[], false);
    }
    let in_stages = situation.workspace.options.content_tags;
    if !in_stages && args.stage.is_some() && situation.publishes() {
        return Err(Error::request(
            "with `content_tags: false` in keg.yml nothing can be uploaded before its tags move",
        )
        .help("leave --stage out: one job does the whole work"));
    }
    if args.dry_run {
        let publish = if args.stage == Some(Stage::Build) { Publish::Uploads } else { Publish::Tags };
        let order =
            if args.stage == Some(Stage::Publish) { situation.order_of_tags() } else { situation.order(publish) };
        return app.print_plan(&order.prepare(app, &situation.workspace).await?.plan);
    }
    let mut rows = Vec::new();
    if args.stage != Some(Stage::Publish) {
        if situation.publishes() && !in_stages && !may_move(app, situation).await? {
            return finish(app, situation, &[], false);
        }
        let publish = if in_stages { Publish::Uploads } else { Publish::Tags };
        hooks::before_build(app, &situation.workspace, &situation.selected).await?;
        let prepared = situation.order(publish).prepare(app, &situation.workspace).await?;
        let report = perform(args, app, situation, &prepared).await?;
        rows = tell::rows(&prepared, &report);
        if let Some(error) = report.error() {
            finish(app, situation, &rows, false)?;
            return Err(error);
        }
    }
    let is_due = situation.publishes() && in_stages && args.stage != Some(Stage::Build);
    if !is_due || !may_move(app, situation).await? {
        return finish(app, situation, &rows, situation.publishes() && !in_stages);
    }
    let published = move_tags(args, app, situation, situation.order_of_tags(), &mut rows).await;
    finish(app, situation, &rows, published.is_ok())?;
    published
}

async fn perform(args: &Args, app: &App, situation: &Situation, prepared: &Prepared) -> Result<Report> {
    let secrets = args.secrets.iter().map(|secret| parse_secret(secret, app)).collect::<Result<Vec<_>>>()?;
    let builder = BuilderFlags::default().builder(app, &situation.workspace)?;
    let baker = builder::baker(app, &situation.workspace, builder).await?;
    let run = Run { secrets, jobs: args.jobs, baker, ..Run::default() };
    prepared.carry_out(app, &situation.workspace, run, args.junit.clone()).await
}

/// Whether the commit is still the one that the tags are to follow.
async fn may_move(app: &App, situation: &Situation) -> Result<bool> {
    let branch = situation.aim.branch.clone().unwrap_or_default();
    match situation.standing(app).await? {
        Standing::Newest => Ok(true),
        Standing::Superseded(by) => {
            app.ui.note(format!("{branch} is at {} by now: the run of that commit moves the tags", short(&by)));
            Ok(false)
        }
        Standing::SameImages(commit) => {
            let images = if situation.selected.len() == 1 { "the image" } else { "the images" };
            app.ui.note(format!("{branch} is at {} by now, where {images} would be the same", short(&commit)));
            Ok(true)
        }
        Standing::Gone => {
            app.ui.note(format!("the branch {branch} is gone: its tags are left alone"));
            Ok(false)
        }
        Standing::Unknown(reason) => {
            let help = "tags may go back where an older run ends after a newer one".to_owned();
            app.ui.warn(format!("nobody says whether {branch} has a newer commit: {reason}"), Some(help));
            Ok(true)
        }
    }
}

/// Moves the tags of the set, and says which.
async fn move_tags(
    args: &Args,
    app: &App,
    situation: &Situation,
    order: Order,
    rows: &mut Vec<github::Row>,
) -> Result<()> {
    let workspace = &situation.workspace;
    let prepared = order.prepare(app, workspace).await?;
    let report =
        app.perform(workspace, &prepared.observed, &prepared.plan, Run { jobs: args.jobs, ..Run::default() }).await?;
    let moved = prepared.plan.steps.iter().zip(&report.steps).filter(|(_, ended)| ended.result.is_success());
    let moves = moved.filter_map(|(step, _)| match &step.action {
        Action::Publish { moves } => Some(moves),
        _ => None,
    });
    let mut count = 0;
    for one in moves.flatten() {
        count += 1;
        let tags: Vec<String> = one.tags.iter().filter_map(|tag| tag.tag().map(str::to_owned)).collect();
        app.ui.note(format!("{}: published as {}", one.image, tags.join(", ")));
        match rows.iter_mut().find(|row| row.image == one.image) {
            Some(row) => row.tags = tags,
            None => rows.push(github::Row {
                image: one.image.clone(),
                result: "published".to_owned(),
                reason: String::new(),
                tags,
                span: (0.0, 0.0),
            }),
        }
    }
    report.error().map_or(Ok(()), Err)?;
    if count == 0 {
        app.ui.note("every tag is where it should be");
    }
    Ok(())
}

/// Writes outputs and summary for the CI system.
fn finish(app: &App, situation: &Situation, rows: &[github::Row], published: bool) -> Result<()> {
    tell::append(app, "GITHUB_OUTPUT", &format!("published={published}\n"))?;
    tell::append(app, "GITHUB_STEP_SUMMARY", &github::summary(&situation.aim.title, rows, &situation.aim.notes))
}
