//! `keg push`

use crate::command::order::{Order, Publish};
use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, manifest, selection};
use crate::error::Result;
use crate::observe::{OutsideUse, RegistryUse, UsualTags};
use crate::workspace::Overrides;

/// Arguments of `keg push`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg push                      all images
  keg push 'taps/*'             those of a folder
  keg push --changed            those that the branch has changed
  keg push web --and-parents    one image, and what it is built on")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// A further tag beside the branch tag
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// How many uploads run at once [default: 8]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Describes the images in the registry too, as keg manifest --push does
    #[arg(long)]
    pub manifest: bool,
    /// Overwrites a tag that another branch made
    #[arg(long)]
    pub force: bool,
    /// Fails if keg.lock does not name every image from outside that the images are built on
    #[arg(long)]
    pub locked: bool,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg push`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    app.require_registry(&workspace)?;
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let order = Order {
        selected,
        tags: args.tags.clone(),
        usual_tags: UsualTags::OfBranch,
        publish: Publish::Tags,
        builds: false,
        tested: false,
        rebuild: false,
        registry: RegistryUse::Required,
        // What the environment gives as a base is not locked.
        outside: if args.locked && selection::environment(app, &args.images) == Overrides::default() {
            OutsideUse::Locked
        } else {
            OutsideUse::Ask
        },
        force: args.force,
        builder: None,
    };
    let prepared = order.prepare(app, &workspace).await?;
    if args.dry_run {
        return app.print_plan(&prepared.plan);
    }
    let report = prepared.carry_out(app, &workspace, Run { jobs: args.jobs, ..Run::default() }, None).await?;
    report.error().map_or(Ok(()), Err)?;
    if args.manifest {
        manifest::describe_done(app, &workspace, prepared.selected(), true, args.jobs).await?;
    }
    Ok(())
}
