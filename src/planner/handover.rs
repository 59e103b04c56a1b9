//! How a build is told which images its parents are.

use std::collections::BTreeMap;

use crate::env_vars::KEG_BASE_IMAGE;
use crate::observe::{
    LABEL_BRANCH, LABEL_DIRTY, LABEL_IMAGE, LABEL_KEY, LABEL_PARENT, LABEL_PLAN, LABEL_REBUILT, LABEL_REVISION,
    Observed,
};
use crate::plan::{BuildAction, BuildParent, PlannedImage};
use crate::planner::build::{BuildIntent, Draft};
use crate::reference::Reference;
use crate::tagging;
use crate::workspace::{Handover, ImageIndex, Parent, ParentImage, Workspace};

/// The build of `planned`: its Dockerfile and build args name the parents by content tag or digest.
pub(super) fn build_action(
    workspace: &Workspace,
    observed: &Observed,
    draft: &Draft,
    planned: &PlannedImage,
    intent: &BuildIntent,
) -> BuildAction {
    let image = workspace.image(planned.index);
    let mut build_args: BTreeMap<String, String> =
        image.build_args.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut replacements = Vec::new();
    for parent in &image.parents {
        let Some(reference) = pinned(workspace, observed, draft, parent) else { continue };
        match &parent.handover {
            Handover::BaseArgument => {
                build_args.insert(KEG_BASE_IMAGE.to_owned(), reference);
            }
            Handover::Rewrite(spans) => {
                replacements.extend(spans.iter().map(|span| (span.clone(), reference.clone())));
            }
            Handover::Nothing => {}
        }
    }
    BuildAction {
        image: planned.index,
        key: planned.key,
        content: planned.content.clone(),
        tags: planned.tags.clone(),
        dockerfile: image.dockerfile.rewritten(&replacements),
        build_args,
        target: image.target.clone(),
        labels: labels(workspace, observed, draft, planned),
        cache: draft.rebuild.as_deref().is_none_or(str::is_empty),
        platforms: observed.platforms(workspace, planned.index),
        parents: parents(workspace, observed, draft, planned.index),
        cache_tags: cache_tags(workspace, observed, planned.index),
        ssh: image.dockerfile.agents.clone(),
        uploads: intent.uploads_itself(),
    }
}

/// Where a builder keeps layers, and where it looks for them.
fn cache_tags(workspace: &Workspace, observed: &Observed, index: ImageIndex) -> Vec<Reference> {
    let Some(image) = observed.images.get(&index).filter(|_| workspace.options.registry.is_some()) else {
        return Vec::new();
    };
    let repository = workspace.repository(index);
    let mut tags = vec![repository.with_tag(&tagging::cache_tag(&image.branch.tag))];
    let default = image.default_tag.iter().map(|tag| repository.with_tag(&tagging::cache_tag(tag)));
    tags.extend(default);
    tags.dedup();
    tags
}

/// The images of the workspace that a build needs, for a builder that has to be told where each of them is.
fn parents(workspace: &Workspace, observed: &Observed, draft: &Draft, image: ImageIndex) -> Vec<BuildParent> {
    let parents = workspace.parents_in_workspace(image);
    let parent = |parent: ImageIndex| {
        let key = draft.keys.get(&parent)?;
        let reference = workspace.repository(parent).with_tag(&key.content_tag());
        let published = observed.published_with_key(workspace, parent, key);
        let published = published.map(|(found, published)| found.by_digest(&published.digest));
        Some(BuildParent { image: parent, reference, published })
    };
    parents.filter_map(parent).collect()
}

/// The exact reference of a parent: the content tag of a workspace image, the digest of an outside one.
fn pinned(workspace: &Workspace, observed: &Observed, draft: &Draft, parent: &Parent) -> Option<String> {
    match &parent.image {
        ParentImage::Workspace(index) => {
            let key = draft.keys.get(index)?;
            Some(workspace.repository(*index).with_tag(&key.content_tag()).familiar())
        }
        ParentImage::Outside(reference) => {
            let outside = observed.outside.get(&reference.with_default_tag())?;
            Some(outside.pinned(reference).familiar())
        }
    }
}

/// keg's labels and the standard ones
/// (<https://github.com/opencontainers/image-spec/blob/main/annotations.md>). None has a time in it, so that the
/// same inputs give the same image.
fn labels(
    workspace: &Workspace,
    observed: &Observed,
    draft: &Draft,
    planned: &PlannedImage,
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut set = |name: &str, value: String| labels.insert(name.to_owned(), value);
    set(LABEL_KEY, planned.key.to_string());
    set(LABEL_IMAGE, planned.name.clone());
    let parents: Vec<String> = workspace
        .image(planned.index)
        .parents
        .iter()
        .filter_map(|parent| pinned(workspace, observed, draft, parent))
        .collect();
    set(LABEL_PARENT, parents.join(" "));
    // Labels are inherited from the parent image: what does not apply here has to be emptied, or the parent's stays.
    set(LABEL_PLAN, planned.plan.clone().unwrap_or_default());
    set("org.opencontainers.image.title", planned.name.clone());
    let image = observed.images.get(&planned.index);
    set(LABEL_BRANCH, image.map(|image| image.branch.name.clone()).unwrap_or_default());
    set(LABEL_REBUILT, draft.rebuild.clone().unwrap_or_default());
    set(LABEL_DIRTY, if image.is_some_and(|image| image.dirty) { "true" } else { "" }.to_owned());
    set(LABEL_REVISION, image.and_then(|image| image.revision.clone()).unwrap_or_default());
    set("org.opencontainers.image.version", image.and_then(|image| image.version.clone()).unwrap_or_default());
    set("org.opencontainers.image.base.name", parents.first().cloned().unwrap_or_default());
    labels
}
