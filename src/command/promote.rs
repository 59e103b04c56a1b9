//! `keg promote`

use std::collections::BTreeMap;

use serde::Serialize;

use crate::border::git::Repository;
use crate::command::plans::Plans;
use crate::command::{App, Run, selection};
use crate::error::{Error, Result};
use crate::execute::{Report, StepResult};
use crate::moment;
use crate::observe::{self, LookUp, Observed, PublishedTag, Repositories};
use crate::plan::Plan;
use crate::planner::{PromoteIntent, has_prefix, plan_promote, tag_of};
use crate::promotions::{PROMOTIONS, PromotedImage, Promotion};
use crate::reference::{self, Reference};
use crate::settings::Format;
use crate::tagging;
use crate::workspace::{Variant, Workspace, full_name};

/// Arguments of `keg promote`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg promote 2026.3-fix stable          what was tested becomes what everybody uses
  keg promote main production web api    two images only
  keg promote stable previous --dry-run  show what would move

With plans, each variant has the tags behind its plan's prefix: `keg promote main stable` moves
gpu-main to gpu-stable, and the same for every other plan. A first tag with a prefix means that plan
alone; with --all-plans it stands for the tag of every plan.

All images move or none: where one lacks the first tag, nothing is changed. No layer is sent.")]
pub struct Args {
    /// The tag that every image has in the registry
    #[arg(value_name = "FROM-TAG")]
    pub from: String,
    /// The tag that they get
    #[arg(value_name = "TO-TAG")]
    pub to: String,
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// The variants of all plans, also where the first tag has the prefix of one
    #[arg(long, conflicts_with = "plans")]
    pub all_plans: bool,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The result of an image whose tag has moved.
const PROMOTED: &str = "promoted";

#[derive(Debug, Serialize)]
struct Row {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    from: String,
    to: String,
    digest: String,
    result: &'static str,
}

/// Runs `keg promote`.
///
/// # Errors
/// A tag that cannot be, an image that lacks the first tag, a registry that refuses or is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = of_plans(args, app.workspace()?)?;
    let (from, to) = tags(args, &workspace);
    for (_, image) in workspace.iter() {
        check(&tag_of(image, from), &tag_of(image, to))?;
    }
    app.require_registry(&workspace)?;
    if args.images.is_empty()
        && let Some(index) = workspace.find(&args.to)
    {
        let (from, image) = (&args.from, &workspace.image(index).name);
        return Err(Error::request(format!("`{}` is an image: the tag that the images get is missing", args.to))
            .help(format!("write keg promote {from} TO-TAG {image}, or name the images if the tag is called so")));
    }
    let selected = selection::images(app, &workspace, &args.images)?;
    let intent = PromoteIntent { selected, from: from.to_owned(), to: to.to_owned() };
    let borders = app.borders()?;
    let published = observe::look_up(&borders, intent.references(&workspace), LookUp::Digest).await?;
    let missing = intent.missing(&workspace, &published);
    let tags = observe::list_tags(&borders, &workspace, &missing).await?;
    let plan = plan_promote(&workspace, &published, &tags, &intent)?;
    if args.dry_run {
        return app.print_plan(&plan);
    }
    if plan.is_empty() && app.settings.format != Format::Json {
        return app.ui.print(&format!("nothing to do: `{to}` names the images of `{from}` already\n"));
    }
    let observed = Observed { published, ..Observed::default() };
    let report = app.perform(&workspace, &observed, &plan, Run::default()).await?;
    let rows = rows(&workspace, &intent, &observed.published, &plan, &report);
    remember(app, &workspace, &rows);
    if app.settings.format == Format::Json {
        app.ui.print_json(&serde_json::json!({ "images": rows, "interrupted": report.interrupted }))?;
    } else {
        let cells = rows.iter().map(|row| {
            vec![
                full_name(&row.image, row.plan.as_deref()),
                row.from.clone(),
                row.to.clone(),
                row.result.to_owned(),
                row.digest.clone(),
            ]
        });
        app.ui.print_table(&["image", "from", "to", "result", "digest"], cells.collect())?;
    }
    report.error().map_or(Ok(()), Err)
}

/// The workspace with the plans of `--plan`, or with that whose prefix the first tag has; with all for `--all-plans`.
fn of_plans(args: &Args, workspace: Workspace) -> Result<Workspace> {
    let of_tag = plan_of(&args.from, &workspace).map(|plan| plan.plan.clone());
    match of_tag.filter(|_| args.plans.plans.is_empty() && !args.all_plans) {
        Some(plan) => workspace.in_plans(&[plan], &args.images),
        None => args.plans.of(workspace, &args.images),
    }
}

/// The plan whose prefix a tag has.
fn plan_of<'a>(tag: &str, workspace: &'a Workspace) -> Option<&'a Variant> {
    let fitting = workspace.options.plans.iter().filter(|plan| has_prefix(tag, &plan.prefix));
    fitting.max_by_key(|plan| plan.prefix.len())
}

/// The tags that the images have and get. For all plans they stand without a prefix, which each plan puts before them.
fn tags<'a>(args: &'a Args, workspace: &Workspace) -> (&'a str, &'a str) {
    let plain = |tag: &'a str| match plan_of(tag, workspace).filter(|_| args.all_plans) {
        Some(plan) => tag.get(plan.prefix.len() + 1..).unwrap_or(tag),
        None => tag,
    };
    (plain(&args.from), plain(&args.to))
}

/// Writes down who promoted what. The tags have moved: what cannot be written is only said.
fn remember(app: &App, workspace: &Workspace, rows: &[Row]) {
    let promoted = rows.iter().filter(|row| row.result == PROMOTED);
    let images: Vec<PromotedImage> = promoted
        .map(|row| PromotedImage {
            name: full_name(&row.image, row.plan.as_deref()),
            from: row.from.clone(),
            to: row.to.clone(),
            digest: row.digest.clone(),
        })
        .collect();
    if images.is_empty() {
        return;
    }
    let mut repositories = Repositories::default();
    let repository = repositories.of(&workspace.root, &app.settings).ok().flatten();
    let who = repository.and_then(Repository::user);
    if let Err(error) = PROMOTIONS.keep(&workspace.root, &Promotion::new(moment::now(), who, images)) {
        app.ui.warn(format!("cannot write a record of the promotion: {error}"), Some("free some space".to_owned()));
    }
}

fn check(from: &str, to: &str) -> Result<()> {
    if !reference::is_tag(from) {
        let reason = reference::ReferenceError::Tag(from.to_owned());
        let error = Error::request("cannot promote what is no tag").cause(reason);
        return Err(match tagging::sanitise(from) {
            Ok(tag) => error.help(format!("did you mean `{tag}`?")),
            Err(_) => error,
        });
    }
    tagging::check_tag(to)
}

fn rows(
    workspace: &Workspace,
    intent: &PromoteIntent,
    published: &BTreeMap<Reference, PublishedTag>,
    plan: &Plan,
    report: &Report,
) -> Vec<Row> {
    let result = match report.steps.first().map(|step| &step.result) {
        Some(StepResult::Failed(_) | StepResult::Blocked(_)) => "failed",
        Some(StepResult::Cancelled) => "cancelled",
        _ => PROMOTED,
    };
    let row = |index| {
        let image = workspace.image(index);
        let (source, target) = intent.of(workspace, index);
        Row {
            result: if plan.steps.iter().any(|step| step.concerns(&image.full_name())) {
                result
            } else {
                "there already"
            },
            image: image.name.clone(),
            plan: image.plan().map(str::to_owned),
            from: source.tag().unwrap_or_default().to_owned(),
            to: target.tag().unwrap_or_default().to_owned(),
            digest: published.get(&source).map(|there| there.digest.clone()).unwrap_or_default(),
        }
    };
    intent.selected.iter().copied().map(row).collect()
}
