//! `keg pull`

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, Run, selection};
use crate::error::Result;
use crate::observe::{Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::planner::{PullIntent, plan_pull};
use crate::tagging;

/// Arguments of `keg pull`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// The tag to pull, instead of the branch tag, else the default tag; may have {prefix} {plan}
    #[arg(long, short, value_name = "TAG")]
    pub tag: Option<String>,
    /// How many pulls run at once [default: 8]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg pull`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace()?, &args.images)?;
    if let Some(tag) = &args.tag {
        for (_, image) in workspace.iter() {
            tagging::check_tag(&image.tag_in_plan(tag))?;
        }
    }
    app.require_registry(&workspace)?;
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let intent = PullIntent { selected: selected.clone(), tag: args.tag.clone() };
    let scope = Scope {
        selected,
        registry: RegistryUse::Required,
        moving_tags: true,
        tags: Vec::new(),
        depth: Depth::Tags,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::default(),
        builds: Builds::OnEngine,
    };
    let mut observed = app.observe(&workspace, scope).await?;
    let candidates = intent.all_candidates(&workspace, &observed);
    app.look_up(&mut observed, candidates).await?;
    let plan = plan_pull(&workspace, &observed, &intent)?;
    if args.dry_run {
        return app.print_plan(&plan);
    }
    app.carry_out(&workspace, &observed, &plan, Run { jobs: args.jobs, ..Run::default() }).await
}
