//! `keg status`

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use serde::Serialize;

use crate::command::plans::Plans;
use crate::command::selectors::Selectors;
use crate::command::{App, selection};
use crate::error::Result;
use crate::event::Events;
use crate::observe::{self, Builds, Depth, Observed, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::package::packaged;
use crate::plan::{Decision, Plan, PlannedImage};
use crate::planner::{BuildIntent, plan_build};
use crate::selection::{Reason, Selection};
use crate::settings::Format;
use crate::workspace::{ImageIndex, Workspace, full_name};

mod outside;

/// Arguments of `keg status`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg status                    all images
  keg status 'hub/*' --kind hub those of a folder, and of a kind
  keg status --changed          those that the branch has changed, committed or not
  keg status --changed v1.2.0   those that have changed since a tag, a branch or a commit
  keg status web --and-parents  one image, and what it is built on")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Which variants of them.
    #[command(flatten)]
    pub plans: Plans,
    /// Asks no registry
    #[arg(long)]
    pub offline: bool,
    /// Which images, beside their names.
    #[command(flatten)]
    pub selectors: Selectors,
}

#[derive(Debug, Serialize)]
struct Row {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    kind: String,
    branch: String,
    tag: String,
    state: &'static str,
    reason: String,
    published: &'static str,
    key: String,
    /// Why the image is among those that are shown, where --changed and its like say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<Reason>,
}

/// Runs `keg status`.
///
/// # Errors
/// A workspace that does not load, an engine that is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = args.plans.of(app.workspace_for(&args.images)?, &args.images)?;
    let selection = args.selectors.select(app, &workspace, &args.images).await?;
    let selected = selection.indexes();
    let broken =
        workspace.links.iter().filter(|_| args.images.is_empty()).filter_map(|linked| linked.image.as_ref().err());
    for error in broken {
        app.ui.warn(error.one_line(), error.remedy().map(Into::into));
    }
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
    // While files are read, registries have time to answer.
    let (observed, present) = if args.offline {
        (app.observe(&workspace, scope).await?, None)
    } else {
        let present = async { Ok(Some(outside::present(app, &workspace, &selected).await)) };
        tokio::try_join!(app.observe(&workspace, scope), present)?
    };
    // The process is about to end. To free what is known of a large workspace piece by piece takes longer than to judge
    // it.
    let observed = ManuallyDrop::new(observed);
    let intent = BuildIntent { selected: selected.clone(), ..BuildIntent::default() };
    let plan = plan_build(&workspace, &observed, &intent);
    let rows = rows(&workspace, &observed, &plan, &selection, args.offline);
    let outside = present.map(|present| outside::rows(&observed, &present));
    let engine = app.borders()?.engine;
    if app.settings.format == Format::Json {
        let mut json = serde_json::json!({ "workspace": workspace.root, "engine": engine.address(), "images": rows });
        if let Some(outside) = &outside {
            json["outside"] = serde_json::json!(outside);
        }
        return app.ui.print_json(&json);
    }
    if !engine.is_local() {
        app.ui.note(format!("on the engine at {} ({})", engine.address(), engine.endpoint().origin));
    }
    let cells = rows.iter().map(|row| {
        vec![
            full_name(&row.image, row.plan.as_deref()),
            row.kind.clone(),
            row.tag.clone(),
            row.state.to_owned(),
            row.reason.clone(),
            row.published.to_owned(),
        ]
    });
    app.ui.print_table(&["image", "kind", "tag", "state", "reason", "published"], cells.collect())?;
    outside::print(app, &outside.unwrap_or_default())
}

/// What the engine has of the workspace, and what a build would do. Registries are not asked: what one of them has
/// counts as to be built. Nothing is said meanwhile.
///
/// # Errors
/// An engine that is out of reach.
pub async fn look(app: &App, workspace: &Workspace) -> Result<(Observed, Plan)> {
    let selected: BTreeSet<ImageIndex> = workspace.iter().map(|(index, _)| index).collect();
    let scope = Scope {
        selected: selected.clone(),
        registry: RegistryUse::No,
        moving_tags: true,
        tags: Vec::new(),
        depth: Depth::Keys,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::Offline,
        builds: Builds::OnEngine,
    };
    let observed = observe::observe(workspace, &app.settings, &app.borders()?, &scope, &Events::none()).await?;
    let plan = plan_build(workspace, &observed, &BuildIntent { selected, ..BuildIntent::default() });
    Ok((observed, plan))
}

fn rows(workspace: &Workspace, observed: &Observed, plan: &Plan, selection: &Selection, offline: bool) -> Vec<Row> {
    let wanted = plan.images.iter().filter(|image| selection.images.contains_key(&image.index));
    wanted
        .map(|image| {
            let branch = observed.images.get(&image.index).map(|image| &image.branch);
            Row {
                image: image.name.clone(),
                plan: image.plan.clone(),
                kind: image.kind.to_string(),
                branch: branch.map(|branch| branch.name.clone()).unwrap_or_default(),
                tag: image.tags.first().and_then(|tag| tag.tag()).map(str::to_owned).unwrap_or_default(),
                state: match image.decision {
                    Decision::Reuse => "fresh",
                    Decision::Pull | Decision::Published => "to pull",
                    Decision::Build => "to build",
                },
                reason: match image.decision {
                    Decision::Reuse => packaged_tag(observed, image).unwrap_or_default(),
                    _ => image.reason.to_string(),
                },
                published: published(workspace, observed, image, offline),
                key: image.key.to_string(),
                selected: selection.reason(image.index).cloned(),
            }
        })
        .collect()
}

/// That the branch tag names what was packaged, and not what was built.
fn packaged_tag(observed: &Observed, image: &PlannedImage) -> Option<String> {
    let tag = image.tags.first()?;
    packaged(&observed.engine.get(tag)?.labels)?;
    Some(format!("{} is packaged", tag.tag().unwrap_or_default()))
}

/// Whether the registry's branch tag is the image of this key.
fn published(workspace: &Workspace, observed: &Observed, image: &PlannedImage, offline: bool) -> &'static str {
    if workspace.options.registry.is_none() || offline {
        return "-";
    }
    if observed.registry_unreachable.is_some() {
        return "unknown";
    }
    let found = observed.published_with_key(workspace, image.index, &image.key);
    let tag = image.tags.first().and_then(|tag| observed.published.get(tag));
    match (found, tag) {
        (Some((_, found)), Some(tag)) if found.digest == tag.digest => "yes",
        (_, Some(tag)) if packaged(&tag.labels).is_some() => "packaged",
        (_, Some(_)) => "older",
        (_, None) => "no",
    }
}
