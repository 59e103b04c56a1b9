//! What is uploaded and which tags move in the registry.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::observe::{LABEL_BRANCH, LABEL_REBUILT, Observed};
use crate::plan::{Action, Decision, Plan, PlannedImage, Reason, Step, StepIndex};
use crate::planner::build::{BuildIntent, plan_build};
use crate::reference::Reference;
use crate::tagging;
use crate::workspace::{ImageIndex, Workspace};

/// Adds the two phases of publishing to a plan: every image of the run is uploaded under its content tag, and only
/// when all of them are there do the moving tags of the selected ones move.
pub(super) fn publish(
    plan: &mut Plan,
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    made_by: &BTreeMap<ImageIndex, StepIndex>,
) {
    let images = plan.images.clone();
    let (mut before, mut uploads) = (Vec::new(), BTreeMap::new());
    for image in &images {
        let is_built = image.decision == Decision::Build;
        let of_this_run = is_built || selected.contains(&image.index);
        if !of_this_run || !needs_upload(observed, image) {
            // A pull or local tag has to succeed too: a set of images appears as a whole.
            before.extend(made_by.get(&image.index));
            continue;
        }
        // After its parents' uploads: layers that the registry has from them are not sent twice.
        let parents = workspace.parents_in_workspace(image.index).filter_map(|parent| uploads.get(&parent));
        let mut after: Vec<StepIndex> = made_by.get(&image.index).into_iter().chain(parents).copied().collect();
        after.sort();
        let step = plan.add(Step {
            subject: image.name.clone(),
            action: Action::Upload { content: image.content.clone() },
            after,
            reason: Reason::NotPublished,
        });
        uploads.insert(image.index, step);
        before.push(step);
    }
    for image in &images {
        let tags = outdated_tags(observed, image);
        if selected.contains(&image.index) && !tags.is_empty() {
            let moves = tags.iter().any(|tag| observed.published.contains_key(tag));
            plan.add(Step {
                subject: image.name.clone(),
                action: Action::Publish { from: image.content.clone(), tags },
                after: before.clone(),
                reason: if moves { Reason::TagOlder } else { Reason::TagMissing },
            });
        }
    }
}

/// Whether the registry lacks the image: no image of this key, or one that was not rebuilt since this one was.
fn needs_upload(observed: &Observed, image: &PlannedImage) -> bool {
    let rebuilt = |labels: &BTreeMap<String, String>| labels.get(LABEL_REBUILT).cloned().unwrap_or_default();
    let published = observed.published.get(&image.content).filter(|tag| tag.has_key(&image.key));
    let Some(published) = published.filter(|_| image.decision != Decision::Build) else { return true };
    let local = observed.engine.get(&image.content).filter(|_| image.decision == Decision::Reuse);
    local.is_some_and(|local| rebuilt(&local.labels) > rebuilt(&published.labels))
}

/// The moving tags that the registry lacks or that name another image there.
fn outdated_tags(observed: &Observed, image: &PlannedImage) -> Vec<Reference> {
    let content = observed.published.get(&image.content).filter(|_| !needs_upload(observed, image));
    let is_outdated = |tag: &&Reference| match (content, observed.published.get(tag)) {
        (Some(content), Some(tag)) => content.digest != tag.digest,
        _ => true,
    };
    image.tags.iter().filter(is_outdated).cloned().collect()
}

/// The plan of `keg push`: what `build --push` does after building.
///
/// # Errors
/// An image that is not fresh: push builds nothing.
pub fn plan_push(workspace: &Workspace, observed: &Observed, selected: &BTreeSet<ImageIndex>) -> Result<Plan> {
    let intent = BuildIntent { selected: selected.clone(), rebuild: None, push: true };
    let plan = plan_build(workspace, observed, &intent);
    let stale: Vec<&PlannedImage> = plan
        .images
        .iter()
        .filter(|image| selected.contains(&image.index) && image.decision == Decision::Build)
        .collect();
    if stale.is_empty() {
        return Ok(plan);
    }
    let list: Vec<String> = stale.iter().map(|image| format!("{} ({})", image.name, image.reason)).collect();
    let names: Vec<&str> = stale.iter().map(|image| image.name.as_str()).collect();
    Err(Error::request(format!("cannot push what is not built: {}", list.join(", ")))
        .help(format!("build first: keg build {} --push", names.join(" "))))
}

/// The plan of `keg tag`: gives fresh images their tags on the engine, and in the registry with `push`.
///
/// # Errors
/// An image that is not on the engine with its current key.
pub fn plan_tag(
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    push: bool,
) -> Result<Plan> {
    if push {
        return plan_push(workspace, observed, selected);
    }
    let intent = BuildIntent { selected: selected.clone(), rebuild: None, push: false };
    let plan = plan_build(workspace, observed, &intent);
    match plan.images.iter().find(|image| image.decision == Decision::Build) {
        None => Ok(plan),
        Some(image) => Err(Error::request(format!("cannot tag {}, which is not built: {}", image.name, image.reason))
            .help(format!("build and tag in one: keg build {} --tag …", image.name))),
    }
}

/// Tags of the registry or engine that another branch made, which would be overwritten: `feature/x` and `feature-x` give the
/// same tag. A tag whose image was built on a third branch and only retagged is no clash.
///
/// # Errors
/// Names the tags and the branches.
pub fn check_clashes(plan: &Plan, observed: &Observed) -> Result<()> {
    let mut errors = Vec::new();
    for step in &plan.steps {
        let (tags, is_published): (&[Reference], bool) = match &step.action {
            Action::Publish { tags, .. } => (tags, true),
            Action::Build(build) => (&build.tags, false),
            Action::Tag { tags, .. } | Action::Pull { tags, .. } => (tags, false),
            Action::Untag { .. } | Action::Upload { .. } => continue,
        };
        let Some(planned) = plan.images.iter().find(|image| image.name == step.subject) else { continue };
        let Some(image) = observed.images.get(&planned.index) else { continue };
        for tag in tags {
            let labels = if is_published {
                observed.published.get(tag).map(|tag| &tag.labels)
            } else {
                observed.engine.get(tag).map(|image| &image.labels)
            };
            let Some(other) = labels.and_then(|labels| labels.get(LABEL_BRANCH)) else { continue };
            let is_branch_tag = tag.tag() == Some(image.branch.tag.as_str());
            let clashes = tagging::sanitise(other).is_ok_and(|sanitised| Some(sanitised.as_str()) == tag.tag());
            if is_branch_tag && clashes && *other != image.branch.name {
                errors.push(
                    Error::request(format!(
                        "{} was made by branch `{other}`, and branch `{}` would overwrite it",
                        tag.familiar(),
                        image.branch.name
                    ))
                    .help("rename one of the branches, choose another tag with --branch, or pass --force"),
                );
            }
        }
    }
    Error::all(errors).map_or(Ok(()), Err)
}
