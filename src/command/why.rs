//! `keg why`

mod answer;
mod since;

use std::collections::BTreeMap;

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, selection};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::history::{Past, explain};
use crate::key::Inputs;
use crate::observe::{self, Builds, Depth, Observed, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::plan::{Decision, Plan, PlannedImage};
use crate::planner::{BuildIntent, plan_build};
use crate::settings::{Format, Settings};
use crate::workspace::{ImageIndex, Workspace};

use answer::{Answer, State};
use since::Since;

/// Arguments of `keg why`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg why           one line for each image that is to be built, with the first cause
  keg why web       everything that has changed since the image that web's branch tag names

An image is compared with the one under the tag of the branch, else under the default tag: in the
registry, else on the engine. What that was built from is read from its commit, or from the record
that a build of uncommitted changes leaves in .keg/.")]
pub struct Args {
    /// Names, aliases or globs; all images that are to be built if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// Asks no registry: compares with what the engine has
    #[arg(long)]
    pub offline: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

/// Runs `keg why`.
///
/// # Errors
/// A workspace that does not load, an engine that is out of reach, a named image of which nobody knows what it was
/// built from.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    let selected = args.selectors.images(app, &workspace, &args.images).await?;
    let scope = Scope {
        selected: selected.clone(),
        registry: if args.offline { RegistryUse::No } else { RegistryUse::IfReachable },
        moving_tags: true,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: if args.offline { OutsideUse::Offline } else { OutsideUse::Ask },
        builds: Builds::OnEngine,
    };
    let mut observed = app.observe(&workspace, scope).await?;
    let plan = plan_build(&workspace, &observed, &BuildIntent { selected: selected.clone(), ..BuildIntent::default() });
    let is_meant = |image: &&PlannedImage| {
        selected.contains(&image.index) && (!args.images.is_empty() || image.decision == Decision::Build)
    };
    let meant: Vec<ImageIndex> = plan.images.iter().filter(is_meant).map(|image| image.index).collect();
    let asks = !args.offline && workspace.options.registry.is_some() && observed.registry_unreachable.is_none();
    if asks {
        since::look_up_default_tags(app, &workspace, &mut observed, &meant).await;
    }
    let settings = app.settings.clone();
    let task = move || answers(&workspace, &observed, &settings, &plan, &meant);
    let answers = tokio::task::spawn_blocking(task)
        .await
        .map_err(|error| Error::failed("comparing with earlier builds").cause(error))?;
    match app.settings.format {
        Format::Json => app.ui.print_json(&serde_json::json!({ "images": answers }))?,
        _ if args.images.is_empty() => answer::print_overview(app, &answers)?,
        _ => answer::print_each(app, &answers)?,
    }
    // In an overview the line of the image says it.
    let unknown = answers.into_iter().filter(|_| !args.images.is_empty()).filter_map(|answer| answer.error);
    Error::all(unknown.collect()).map_or(Ok(()), Err)
}

fn answers(
    workspace: &Workspace,
    observed: &Observed,
    settings: &Settings,
    plan: &Plan,
    meant: &[ImageIndex],
) -> Vec<Answer> {
    let present = present(workspace, observed, meant);
    let since: Vec<Option<Since>> = meant.iter().map(|index| Since::of(workspace, observed, *index)).collect();
    let wanted = meant.iter().zip(&since).filter_map(|(index, since)| {
        let revision = since.as_ref()?.revision.clone().filter(|_| workspace.is_own(*index))?;
        Some((revision, workspace.image(*index).full_name()))
    });
    let mut past = Past::new(workspace, observed, settings, wanted);
    let images = meant.iter().zip(since);
    images
        .filter_map(|(index, since)| {
            let planned = plan.image(*index)?;
            Some(answer(workspace, observed, planned, since, &present, &mut past))
        })
        .collect()
}

/// The inputs of all images that `meant` are or are built on, by name.
fn present(workspace: &Workspace, observed: &Observed, meant: &[ImageIndex]) -> BTreeMap<String, Inputs> {
    let order = Graph::new(workspace).order_with_ancestors(&meant.iter().copied().collect());
    let around = observed.around(&observed.keys);
    let inputs = order.into_iter().filter_map(|index| {
        let own = &observed.images.get(&index)?.inputs;
        let inputs = own.with(observe::further_inputs(workspace, index, &around));
        Some((workspace.image(index).full_name(), inputs))
    });
    inputs.collect()
}

fn answer(
    workspace: &Workspace,
    observed: &Observed,
    planned: &PlannedImage,
    since: Option<Since>,
    present: &BTreeMap<String, Inputs>,
    past: &mut Past<'_>,
) -> Answer {
    let name = &planned.full_name();
    let mut answer = Answer::new(planned, since.clone());
    let Some(since) = since else {
        answer.tried = since::tags(workspace, observed, planned.index).iter().map(|tag| tag.familiar()).collect();
        return answer;
    };
    if since.key == planned.key {
        answer.state = State::Unchanged;
        return answer;
    }
    // The commit of a linked tap is one of another repository; of its builds there are records.
    let revision = since.revision.as_deref().filter(|_| workspace.is_own(planned.index));
    let old = match past.inputs(name, &since.key, revision) {
        Ok(old) => old,
        Err(error) => {
            answer.fail(&since, &error);
            return answer;
        }
    };
    let explanation = explain(name, &old, present, &mut |name, key| past.inputs(name, key, revision).ok());
    answer.state = State::Changed;
    answer.causes = explanation.causes;
    answer.exact = explanation.is_exact;
    if !explanation.is_exact {
        answer.note = Some(since.doubt());
    }
    answer
}
