//! `keg manifest`

mod gather;
mod publish;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, selection, test};
use crate::error::Result;
use crate::image_record::{self, Record};
use crate::observe::{Builds, Depth, Observed, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::planner::plan_info;
use crate::settings::Format;
use crate::testing::info_commands;
use crate::ui::human_size;
use crate::workspace::{ImageIndex, Workspace};

/// Arguments of `keg manifest`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg manifest                    describe all images as they are built now
  keg manifest web --push         and store what describes web in the registry, beside it
  keg build --push --manifest     at once with what is built

A manifest says what an image is built on, its digest, layers and sizes, and what the `info` commands of its image.yml
and of the images that it stands on print. It is written to .keg/manifests/IMAGE/TAG.json and .md.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// Stores the manifests in the registry too, beside their images
    #[arg(long)]
    pub push: bool,
    /// How many commands run at once [default: the number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Shows what would be run, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg manifest`.
///
/// # Errors
/// An image that is not built, an `info` command that fails or prints nothing, a registry that is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    if args.push {
        app.require_registry(&workspace)?;
    }
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let written = describe(app, &workspace, &selected, args).await?;
    let Some(written) = written else { return Ok(()) };
    if app.settings.format == Format::Json {
        let records: Vec<&Record> = written.iter().map(|one| &one.record).collect();
        return app.ui.print_json(&serde_json::json!({ "manifests": records }));
    }
    let rows = written.iter().map(|one| {
        let build = one.record.builds.first();
        let size = build.map(|build| human_size(build.size.unpacked)).unwrap_or_default();
        let digest = build.and_then(|build| build.digest.as_deref()).unwrap_or_default();
        vec![
            one.record.image.clone(),
            one.record.tag.clone(),
            digest.chars().take(19).collect(),
            size,
            build.map(|build| build.info.len().to_string()).unwrap_or_default(),
            one.file.display().to_string(),
        ]
    });
    app.ui.print_table(&["image", "tag", "digest", "size", "info", "written to"], rows.collect())
}

/// A manifest that was written down.
pub struct Written {
    /// The manifest, of one build.
    pub record: Record,
    /// Its file, relative to the workspace.
    pub file: PathBuf,
}

/// Writes the manifests of what a command has built or published, also into the registry with `push`, and says how many.
///
/// # Errors
/// As [`run`].
pub async fn describe_done(
    app: &App,
    workspace: &Workspace,
    selected: &BTreeSet<ImageIndex>,
    push: bool,
    jobs: Option<usize>,
) -> Result<()> {
    let args = Args { push, jobs, ..Args::default() };
    let count = describe(app, workspace, selected, &args).await?.unwrap_or_default().len();
    let are = if count == 1 { "manifest is" } else { "manifests are" };
    app.ui.note(format!("{count} {are} written to .keg/manifests"));
    Ok(())
}

/// Writes the manifests of images that are built; nothing with `--dry-run`, which prints what would be run.
///
/// # Errors
/// As [`run`].
async fn describe(
    app: &App,
    workspace: &Workspace,
    selected: &BTreeSet<ImageIndex>,
    args: &Args,
) -> Result<Option<Vec<Written>>> {
    let has_registry = workspace.options.registry.is_some();
    let scope = Scope {
        selected: selected.clone(),
        registry: if args.push { RegistryUse::Required } else { RegistryUse::IfReachable },
        moving_tags: has_registry,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::Ask,
        builds: Builds::OnEngine,
    };
    let observed = app.observe(workspace, scope).await?;
    let commands = info_commands(workspace, selected);
    let plan = plan_info(workspace, &observed, selected, &commands)?;
    if args.dry_run {
        app.print_plan(&plan)?;
        return Ok(None);
    }
    let tests = test::begin(app, workspace).await?;
    let run = Run { jobs: args.jobs, tests: Some(tests.clone()), ..Run::default() };
    let report = app.perform(workspace, &observed, &plan, run).await?;
    if let Some(error) = report.error() {
        return Err(error);
    }
    let own_tests = test::gather(app, workspace, selected)?.tests;
    let facts = gather::Facts { app, workspace, observed: &observed, commands: &commands, run: &tests, own_tests };
    let mut records = Vec::new();
    for image in &plan.images {
        records.extend(facts.records(image).await?);
    }
    let files = image_record::write(&workspace.root, &records)?;
    if args.push {
        publish::publish(app, &records).await?;
    }
    Ok(Some(records.into_iter().zip(files).map(|(record, file)| Written { record, file }).collect()))
}

/// What the registry has of an image of the present key.
fn published<'a>(
    workspace: &Workspace,
    observed: &'a Observed,
    index: ImageIndex,
) -> Option<&'a crate::observe::PublishedTag> {
    let key = observed.keys.get(&index)?;
    observed.published_with_key(workspace, index, key).map(|(_, published)| published)
}
