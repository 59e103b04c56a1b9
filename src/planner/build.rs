//! Which images are reused, pulled and built, and which tags they get.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::key::Key;
use crate::observe::{self, Builds, Observed, OutsideImage};
use crate::package;
use crate::plan::{Action, Decision, Plan, PlannedImage, Reason, Step, StepIndex};
use crate::planner::handover;
use crate::planner::packaged::taken_from_packaged;
use crate::planner::push::{Made, publish};
use crate::planner::versions::add_versions;
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Workspace};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct BuildIntent {
    /// The images that the command is about.
    pub selected: BTreeSet<ImageIndex>,
    /// Rebuild the selected images even where their keys are unchanged. An image that is rebuilt under the same key is
    /// a new image, so the selection should hold its descendants too.
    ///
    /// The value is the time of the rebuild, as `2026-11-20T12:00:00Z`: of two images with one key the one that was
    /// rebuilt last counts. An empty one means that they are only listed as if they were to be built for the first time.
    pub rebuild: Option<String>,
    /// Publish the selected images.
    pub push: bool,
    /// Publish them under their content tags alone: no moving tag moves.
    pub only_uploads: bool,
    /// Who builds.
    pub builds: Builds,
    /// Whether the builder cannot use what the engine has: it is another machine, or keeps to itself.
    pub is_apart: bool,
    /// Selected images that have to pass their tests before they get a tag that they do not have yet.
    pub untested: BTreeSet<ImageIndex>,
}

impl BuildIntent {
    /// Whether builds end in the registry, under the content tags.
    pub fn uploads_itself(&self) -> bool {
        self.builds == Builds::Published
    }
}

/// The plan of `keg build`.
pub fn plan_build(workspace: &Workspace, observed: &Observed, intent: &BuildIntent) -> Plan {
    let draft = Draft::new(workspace, observed, intent);
    let mut plan = Plan { images: draft.images.clone(), ..Plan::default() };
    let mut made_by: BTreeMap<ImageIndex, StepIndex> = BTreeMap::new();
    let mut outside = OutsidePulls::default();
    let untag = untag_rebuilt(&mut plan, observed, &draft);
    for image in &draft.images {
        let after = workspace.parents_in_workspace(image.index).filter_map(|parent| made_by.get(&parent).copied());
        let mut after: Vec<_> = after.collect();
        if image.decision == Decision::Build {
            // A builder gets them itself.
            if intent.builds == Builds::OnEngine {
                after.extend(outside.add(&mut plan, workspace, observed, image.index));
            }
            after.extend(untag);
        }
        after.sort();
        after.dedup();
        let action = match image.decision {
            Decision::Build => {
                Action::Build(Box::new(handover::build_action(workspace, observed, &draft, image, intent)))
            }
            Decision::Pull => {
                let tags = std::iter::once(&image.content).chain(&image.tags).cloned().collect();
                let found = observed.published_with_key(workspace, image.index, &image.key);
                let digest = found.map(|(_, published)| published.digest.as_str()).unwrap_or_default();
                Action::Pull { reference: image.content.by_digest(digest), tags }
            }
            Decision::Reuse => {
                let tags = missing_tags(observed, image);
                if tags.is_empty() {
                    continue;
                }
                Action::Tag { from: image.content.clone(), tags }
            }
            Decision::Published => continue,
        };
        let reason = match &action {
            Action::Tag { tags, .. } if tags.iter().any(|tag| observed.engine.get(tag).is_some()) => Reason::TagOlder,
            Action::Tag { .. } => Reason::TagMissing,
            _ => image.reason.clone(),
        };
        let after = if image.decision == Decision::Build { after } else { Vec::new() };
        let step = plan.add(Step { subject: image.full_name(), action, after, reason });
        made_by.insert(image.index, step);
    }
    let versions = add_versions(&mut plan, workspace, observed, intent, &made_by);
    if intent.push {
        publish(&mut plan, workspace, observed, intent, &Made { by: made_by, versions });
    }
    let notes = taken_from_packaged(&plan, observed);
    plan.notes.extend(notes);
    plan
}

/// Takes their content tags from images that are rebuilt under the same key: if the rebuild ends half-way, no child
/// counts as fresh that was built on the parent of before.
fn untag_rebuilt(plan: &mut Plan, observed: &Observed, draft: &Draft) -> Option<StepIndex> {
    draft.rebuild.as_ref()?;
    let rebuilt = draft.images.iter().filter(|image| image.decision == Decision::Build);
    let tags: Vec<Reference> =
        rebuilt.map(|image| image.content.clone()).filter(|content| observed.engine.get(content).is_some()).collect();
    let subject = draft.images.iter().find(|image| tags.contains(&image.content))?.full_name();
    Some(plan.add(Step { subject, action: Action::Untag { tags }, after: Vec::new(), reason: Reason::Forced }))
}

/// Pulls of outside images that are built upon, each once. The engine pulls them and not the builder: so the engine
/// has them for builds without a network, and its own settings for registries count.
#[derive(Default)]
struct OutsidePulls(BTreeMap<Reference, StepIndex>);

impl OutsidePulls {
    /// Adds the pulls that a build of `image` needs and gives their steps.
    fn add(
        &mut self,
        plan: &mut Plan,
        workspace: &Workspace,
        observed: &Observed,
        image: ImageIndex,
    ) -> Vec<StepIndex> {
        let mut steps = Vec::new();
        for reference in observe::outside_references(workspace, &BTreeSet::from([image])) {
            let Some(OutsideImage::Locked(digest) | OutsideImage::Resolved(digest)) = observed.outside.get(&reference)
            else {
                continue;
            };
            if observed.engine.has_digest(&reference, digest) {
                continue;
            }
            let step = self.0.entry(reference.clone()).or_insert_with(|| {
                plan.add(Step {
                    subject: reference.familiar(),
                    action: Action::Pull { reference: reference.by_digest(digest), tags: Vec::new() },
                    after: Vec::new(),
                    reason: Reason::NotHere,
                })
            });
            steps.push(*step);
        }
        steps
    }
}

/// The moving tags that the engine lacks or that name another image there.
fn missing_tags(observed: &Observed, image: &PlannedImage) -> Vec<Reference> {
    let Some(local) = observed.engine.get(&image.content) else { return image.tags.clone() };
    let is_missing = |tag: &&Reference| observed.engine.get(tag).is_none_or(|other| other.id != local.id);
    image.tags.iter().filter(is_missing).cloned().collect()
}

/// What is decided for each image, before there are steps.
pub(super) struct Draft {
    /// The images that are needed, parents first.
    pub images: Vec<PlannedImage>,
    /// The keys of these and of all their ancestors.
    pub keys: BTreeMap<ImageIndex, Key>,
    /// When images are rebuilt without cached layers, the time of it.
    pub rebuild: Option<String>,
}

impl Draft {
    fn new(workspace: &Workspace, observed: &Observed, intent: &BuildIntent) -> Self {
        let selected = intent.selected.clone();
        let forced = if intent.rebuild.is_some() { selected.clone() } else { BTreeSet::new() };
        let graph = Graph::new(workspace);
        let order = graph.order_with_ancestors(&selected);
        let keys =
            if observed.keys.is_empty() { observe::keys(workspace, observed, &order) } else { observed.keys.clone() };
        let facts = Facts { workspace, observed, keys: &keys, forced: &forced };

        // Children first: an ancestor that was not asked for is needed only where a child has to be built.
        let mut needed: BTreeMap<ImageIndex, Option<ImageIndex>> =
            selected.iter().map(|index| (*index, None)).collect();
        let mut decisions: BTreeMap<ImageIndex, Decision> = BTreeMap::new();
        for &index in order.iter().rev() {
            if !needed.contains_key(&index) {
                continue;
            }
            let has_built_child = matches!(needed.get(&index), Some(Some(_)))
                || graph.children(index).iter().any(|child| decisions.get(child) == Some(&Decision::Build));
            let is_tested = intent.untested.contains(&index) && facts.gets_tags(index);
            // What it prints has to be seen.
            let has_unknown = observed.images.get(&index).is_some_and(|image| !image.rules.is_empty());
            let is_built_upon_here = has_built_child && intent.builds == Builds::OnEngine;
            let is_only_built_upon = has_built_child && intent.builds != Builds::OnEngine && !selected.contains(&index);
            let suffices = (intent.push || is_only_built_upon) && !is_built_upon_here && !is_tested && !has_unknown;
            let decision = facts.decision(index, suffices, has_built_child && intent.is_apart);
            if decision == Decision::Build {
                for parent in workspace.parents_in_workspace(index) {
                    needed.entry(parent).or_insert(Some(index));
                }
            }
            decisions.insert(index, decision);
        }

        let mut images: Vec<PlannedImage> = Vec::new();
        for &index in order.iter().filter(|index| decisions.contains_key(index)) {
            let image = workspace.image(index);
            let repository = workspace.repository(index);
            let decision = decisions[&index];
            let reason = facts.reason(index, decision, &decisions, needed[&index]);
            let tags = observed.images.get(&index).map(|image| image.tags.as_slice()).unwrap_or_default();
            let is_tagged = selected.contains(&index) || decision == Decision::Build;
            let tags = tags.iter().filter(|_| is_tagged).map(|tag| repository.with_tag(tag)).collect();
            images.push(PlannedImage {
                index,
                name: image.name.clone(),
                plan: image.plan().map(str::to_owned),
                kind: image.kind,
                key: keys[&index],
                decision,
                reason,
                content: repository.with_tag(&keys[&index].content_tag()),
                tags,
            });
        }
        Self { images, keys, rebuild: intent.rebuild.clone() }
    }
}

struct Facts<'a> {
    workspace: &'a Workspace,
    observed: &'a Observed,
    keys: &'a BTreeMap<ImageIndex, Key>,
    forced: &'a BTreeSet<ImageIndex>,
}

impl Facts<'_> {
    /// Fresh on the engine, else in the registry, else to be built. `registry_suffices`: nothing on this machine
    /// needs the image itself. `must_travel`: a builder needs it that does not have what the engine has.
    fn decision(&self, index: ImageIndex, registry_suffices: bool, must_travel: bool) -> Decision {
        let repository = self.workspace.repository(index);
        let key = &self.keys[&index];
        if self.forced.contains(&index) {
            Decision::Build
        } else if self.observed.engine.with_key(&repository, key).is_some()
            && (!must_travel || self.observed.published_with_key(self.workspace, index, key).is_some())
        {
            Decision::Reuse
        } else if self.observed.published_with_key(self.workspace, index, key).is_some() {
            if registry_suffices { Decision::Published } else { Decision::Pull }
        } else {
            Decision::Build
        }
    }

    /// Whether one of the image's tags in the registry does not name it yet.
    fn gets_tags(&self, index: ImageIndex) -> bool {
        let Some(image) = self.observed.images.get(&index) else { return false };
        let Some((found, published)) = self.observed.published_with_key(self.workspace, index, &self.keys[&index])
        else {
            return true;
        };
        let names_it = |tag: &String| {
            self.observed.published.get(&found.with_tag(tag)).is_some_and(|there| there.digest == published.digest)
        };
        !image.tags.iter().all(names_it)
    }

    fn reason(
        &self,
        index: ImageIndex,
        decision: Decision,
        decisions: &BTreeMap<ImageIndex, Decision>,
        needed_by: Option<ImageIndex>,
    ) -> Reason {
        match decision {
            Decision::Reuse | Decision::Published => return Reason::Unchanged,
            Decision::Pull => {
                return match needed_by {
                    Some(child) => Reason::NeededBy { child: self.workspace.image(child).full_name() },
                    None => Reason::BuiltBefore,
                };
            }
            Decision::Build => {}
        }
        let parent_is_built =
            self.workspace.parents_in_workspace(index).find(|parent| decisions.get(parent) == Some(&Decision::Build));
        if self.forced.contains(&index) {
            return match parent_is_built {
                Some(parent) => Reason::ParentChanged { parent: self.workspace.image(parent).full_name() },
                None => Reason::Forced,
            };
        }
        if self.observed.engine.with_key(&self.workspace.repository(index), &self.keys[&index]).is_some() {
            return Reason::NotOnBuilder;
        }
        let Some(since) = self.earlier_tag(index) else { return Reason::NotBuilt };
        match parent_is_built {
            Some(parent) => Reason::ParentChanged { parent: self.workspace.image(parent).full_name() },
            None => Reason::InputsChanged { since },
        }
    }

    /// The branch tag, if the engine has an image of ours under it.
    fn earlier_tag(&self, index: ImageIndex) -> Option<String> {
        let repository = self.workspace.repository(index);
        let tag = self.observed.images.get(&index)?.usual_tag();
        let local = self.observed.engine.get(&repository.with_tag(tag))?;
        package::labels::key(&local.labels).map(|_| tag.to_owned())
    }
}
