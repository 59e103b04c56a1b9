//! What is uploaded and which tags move in the registry.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::observe::{LABEL_REBUILT, Observed};
use crate::plan::{Action, Decision, Move, Plan, PlannedImage, Reason, Step, StepIndex};
use crate::planner::build::{BuildIntent, plan_build};
use crate::planner::versions::told;
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Workspace};

/// The steps that have prepared what is published.
pub(super) struct Made {
    /// Those that make images available.
    pub by: BTreeMap<ImageIndex, StepIndex>,
    /// Those that find tags.
    pub versions: Vec<StepIndex>,
}

/// Adds the two phases of publishing to a plan: every image of the run is uploaded under its content tag, and only
/// when all of them are there do the moving tags of the selected ones move, in one step.
///
/// Without content tags there is nothing but a moving tag to upload to: the uploads then wait until everything is
/// built, and move the first tag.
pub(super) fn publish(plan: &mut Plan, workspace: &Workspace, observed: &Observed, intent: &BuildIntent, made: &Made) {
    let made_by = &made.by;
    let content_tags = workspace.options.content_tags;
    let images = plan.images.clone();
    let (mut before, mut uploads) = (Vec::new(), BTreeMap::new());
    let of_this_run =
        |image: &PlannedImage| intent.selected.contains(&image.index) || image.decision == Decision::Build;
    let (uploaded, there): (Vec<_>, Vec<_>) =
        images.iter().partition(|image| of_this_run(image) && needs_upload(workspace, observed, image));
    // A pull has to succeed too: a set of images appears as a whole. What the engine calls them is no part of it.
    let available = there.iter().filter_map(|image| made_by.get(&image.index));
    before.extend(available.filter(|step| !is_local_tag(&plan.steps[step.0])));
    for image in &uploaded {
        if intent.uploads_itself() && image.decision == Decision::Build {
            // The build itself ends in the registry.
            before.extend(made_by.get(&image.index));
            continue;
        }
        let Some(reference) = upload_target(image, content_tags) else { continue };
        // After its parents' uploads: layers that the registry has from them are not sent twice.
        let parents = workspace.parents_in_workspace(image.index).filter_map(|parent| uploads.get(&parent));
        let mut after: Vec<StepIndex> = made_by.get(&image.index).into_iter().chain(parents).copied().collect();
        if !content_tags {
            after.extend(made_by.values());
            after.extend(&made.versions);
        }
        after.sort();
        after.dedup();
        let is_rebuilt = intent.rebuild.is_some() && image.decision == Decision::Build;
        let step = plan.add(Step {
            subject: image.full_name(),
            action: Action::Upload {
                replaces: !content_tags || is_rebuilt || observed.published.contains_key(&reference),
                reference,
                key: Some(image.key),
            },
            after,
            reason: Reason::NotPublished,
        });
        uploads.insert(image.index, step);
        before.push(step);
    }
    before.extend(&made.versions);
    before.sort();
    if intent.only_uploads {
        return;
    }
    let mut moves = Vec::new();
    for image in images.iter().filter(|image| intent.selected.contains(&image.index)) {
        let tags = outdated_tags(workspace, observed, image, content_tags);
        let known = observed.published_with_key(workspace, image.index, &image.key);
        let source = match known.filter(|_| !needs_upload(workspace, observed, image)) {
            Some((reference, published)) => Some((reference, Some(published.digest.clone()))),
            None => upload_target(image, content_tags).map(|reference| (reference, None)),
        };
        let told = told(observed, image.index);
        if let Some((from, digest)) = source.filter(|_| !tags.is_empty() || !told.is_empty()) {
            let facts = observed.images.get(&image.index);
            let is_fixed =
                |tag: &&Reference| facts.is_some_and(|facts| tag.tag().is_some_and(|tag| facts.fixed.contains(tag)));
            let fixed = tags.iter().filter(is_fixed).cloned().collect();
            let found = facts.map(|facts| facts.found.clone()).unwrap_or_default();
            moves.push(Move { told, fixed, found, ..Move::new(image.full_name(), from, digest, tags) });
        }
    }
    publish_set(plan, observed, moves, before);
}

/// What an image is uploaded as: its content tag, else its first moving tag; nothing if it has no tags at all.
fn upload_target(image: &PlannedImage, content_tags: bool) -> Option<Reference> {
    if content_tags { Some(image.content.clone()) } else { image.tags.first().cloned() }
}

/// Adds the step that moves the tags of a set, after all of `before`.
pub(super) fn publish_set(plan: &mut Plan, observed: &Observed, mut moves: Vec<Move>, before: Vec<StepIndex>) {
    let subject = match &moves[..] {
        [] => return,
        [only] => only.image.clone(),
        several => format!("{} images", several.len()),
    };
    // Nothing that takes long comes before: what was observed a moment ago still holds.
    for one in moves.iter_mut().filter(|_| plan.steps.iter().all(is_local_tag)) {
        let digest = |tag: &Reference| observed.published.get(tag).map(|there| there.digest.clone());
        one.before = one.tags.iter().map(|tag| (tag.clone(), digest(tag))).collect();
    }
    let is_there = |tag: &Reference| observed.published.contains_key(tag);
    let moves_any = moves.iter().flat_map(|one| &one.tags).any(is_there);
    plan.add(Step {
        subject,
        action: Action::Publish { moves },
        after: before,
        reason: if moves_any { Reason::TagOlder } else { Reason::TagMissing },
    });
}

fn is_local_tag(step: &Step) -> bool {
    matches!(step.action, Action::Tag { .. })
}

/// Whether the registry lacks the image: no image of this key, or one that was not rebuilt since this one was.
fn needs_upload(workspace: &Workspace, observed: &Observed, image: &PlannedImage) -> bool {
    let rebuilt = |labels: &BTreeMap<String, String>| labels.get(LABEL_REBUILT).cloned().unwrap_or_default();
    let published = observed.published_with_key(workspace, image.index, &image.key);
    let Some((_, published)) = published.filter(|_| image.decision != Decision::Build) else { return true };
    let local = observed.engine.get(&image.content).filter(|_| image.decision == Decision::Reuse);
    local.is_some_and(|local| rebuilt(&local.labels) > rebuilt(&published.labels))
}

/// The moving tags that the registry lacks or that name another image there; without the one that the upload moves.
fn outdated_tags(
    workspace: &Workspace,
    observed: &Observed,
    image: &PlannedImage,
    content_tags: bool,
) -> Vec<Reference> {
    if needs_upload(workspace, observed, image) {
        return image.tags.iter().skip(usize::from(!content_tags)).cloned().collect();
    }
    let published = observed.published_with_key(workspace, image.index, &image.key);
    let is_outdated = |tag: &&Reference| match (&published, observed.published.get(tag)) {
        (Some((_, published)), Some(tag)) => published.digest != tag.digest,
        _ => true,
    };
    image.tags.iter().filter(is_outdated).cloned().collect()
}

/// The plan of `keg push`: what `build --push` does after building.
///
/// # Errors
/// An image that is not fresh: push builds nothing.
pub fn plan_push(workspace: &Workspace, observed: &Observed, selected: &BTreeSet<ImageIndex>) -> Result<Plan> {
    let intent = BuildIntent { selected: selected.clone(), push: true, ..BuildIntent::default() };
    let plan = plan_build(workspace, observed, &intent);
    let stale: Vec<&PlannedImage> = plan
        .images
        .iter()
        .filter(|image| selected.contains(&image.index) && image.decision == Decision::Build)
        .collect();
    if stale.is_empty() {
        return Ok(plan);
    }
    let list: Vec<String> = stale.iter().map(|image| format!("{} ({})", image.full_name(), image.reason)).collect();
    let mut names: Vec<&str> = stale.iter().map(|image| image.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
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
    let intent = BuildIntent { selected: selected.clone(), ..BuildIntent::default() };
    let plan = plan_build(workspace, observed, &intent);
    match plan.images.iter().find(|image| image.decision == Decision::Build) {
        None => Ok(plan),
        Some(image) => {
            Err(Error::request(format!("cannot tag {}, which is not built: {}", image.full_name(), image.reason))
                .help(format!("build and tag in one: keg build {} --tag …", image.name)))
        }
    }
}
