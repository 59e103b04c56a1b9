//! What is pulled, by which tag.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::observe::Observed;
use crate::plan::{Action, Plan, Reason, Step};
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Workspace};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct PullIntent {
    /// The images that the command is about.
    pub selected: BTreeSet<ImageIndex>,
    /// The tag to pull, instead of the branch tag, else the default tag.
    pub tag: Option<String>,
}

impl PullIntent {
    /// The references of `image` that may be pulled, in their order.
    pub fn candidates(&self, workspace: &Workspace, observed: &Observed, image: ImageIndex) -> Vec<Reference> {
        let repository = workspace.repository(image);
        if let Some(tag) = &self.tag {
            return vec![repository.with_tag(&workspace.image(image).tag_in_plan(tag))];
        }
        let Some(observed) = observed.images.get(&image) else { return Vec::new() };
        let branch = std::iter::once(observed.usual_tag());
        let mut tags: Vec<&str> = branch.chain(observed.default_tag.as_deref()).collect();
        tags.dedup();
        tags.iter().map(|tag| repository.with_tag(tag)).collect()
    }

    /// The references that have to be looked up in the registry.
    pub fn all_candidates(&self, workspace: &Workspace, observed: &Observed) -> BTreeSet<Reference> {
        self.selected.iter().flat_map(|index| self.candidates(workspace, observed, *index)).collect()
    }
}

/// The plan of `keg pull`: each image by its branch tag, else by the default tag; nothing where the engine has the
/// registry's image already.
///
/// # Errors
/// An image of which the registry has none of the tags.
pub fn plan_pull(workspace: &Workspace, observed: &Observed, intent: &PullIntent) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut errors = Vec::new();
    for &index in &intent.selected {
        let name = &workspace.image(index).name;
        let candidates = intent.candidates(workspace, observed, index);
        let found = candidates.iter().find_map(|reference| Some((reference, observed.published.get(reference)?)));
        let Some((reference, published)) = found else {
            let tried: Vec<String> = candidates.iter().map(Reference::familiar).collect();
            let error = Error::failed(format!("the registry has no {}", tried.join(" and no ")));
            errors.push(match &intent.tag {
                Some(tag) => {
                    error.help(format!("publish it under that tag first: keg build {name} --tag {tag} --push"))
                }
                None => error.help(format!("publish it first: keg build {name} --push")),
            });
            continue;
        };
        if candidates.first() != Some(reference) {
            let missing = candidates.first().map(Reference::familiar).unwrap_or_default();
            plan.notes.push(format!("{missing} is not published: using {}", reference.familiar()));
        }
        let local = observed.engine.get(reference);
        let digest = local.and_then(|image| image.digest_in(&workspace.repository(index)));
        // A tag that somebody names may be the same for several variants.
        let pulled = |step: &Step| matches!(&step.action, Action::Pull { reference: other, .. } if other == reference);
        if digest == Some(published.digest.as_str()) || plan.steps.iter().any(pulled) {
            continue;
        }
        plan.add(Step {
            subject: workspace.image(index).full_name(),
            action: Action::Pull { reference: reference.clone(), tags: Vec::new() },
            after: Vec::new(),
            reason: if local.is_some() { Reason::Newer } else { Reason::Asked },
        });
    }
    Error::all(errors).map_or(Ok(plan), Err)
}
