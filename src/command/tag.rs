//! `keg tag`

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, selection};
use crate::error::Result;
use crate::observe::{Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::planner::{BuildIntent, allow_clashes, check_clashes, check_platforms, plan_tag, with_hooks};

/// Arguments of `keg tag`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// The tag; may have {branch} {sha} {sha7} {date} {version} {prefix} {plan}
    #[arg(long = "tag", short, value_name = "TAG", required = true)]
    pub tags: Vec<String>,
    /// Gives the tags in the registry too
    #[arg(long)]
    pub push: bool,
    /// Overwrites a tag that another branch made
    #[arg(long)]
    pub force: bool,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg tag`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    if args.push {
        app.require_registry(&workspace)?;
    }
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let scope = Scope {
        selected: selected.clone(),
        registry: if args.push { RegistryUse::Required } else { RegistryUse::No },
        moving_tags: args.push,
        tags: args.tags.clone(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::None,
        outside: OutsideUse::default(),
        builds: Builds::OnEngine,
    };
    let observed = app.observe(&workspace, scope).await?;
    let mut plan = plan_tag(&workspace, &observed, &selected, args.push)?;
    let intent = BuildIntent { selected, push: args.push, ..BuildIntent::default() };
    check_platforms(&plan, &workspace, &observed, &intent)?;
    if args.force {
        allow_clashes(&mut plan);
    } else {
        check_clashes(&plan, &observed)?;
    }
    let plan = with_hooks(plan, &workspace, &observed);
    if args.dry_run {
        return app.print_plan(&plan);
    }
    app.carry_out(&workspace, &observed, &plan, Run::default()).await
}
