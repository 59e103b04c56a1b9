//! The earlier image that an image is compared with.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::command::App;
use crate::history::short;
use crate::key::Key;
use crate::observe::{self, LABEL_DIRTY, LABEL_IMAGE, LABEL_PLAN, LABEL_REVISION, LookUp, Observed};
use crate::package;
use crate::reference::Reference;
use crate::workspace::{Image, ImageIndex, Workspace};

/// An image that keg built earlier, and what its labels say.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Since {
    /// The tag that names it.
    pub reference: String,
    /// Where it was found.
    pub place: Place,
    pub key: Key,
    /// The commit.
    pub revision: Option<String>,
    /// Whether there were uncommitted changes.
    pub dirty: bool,
    /// When a container of it was packaged, which the tag names since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packaged: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Registry,
    Engine,
}

/// The tags under which an image may have been built earlier: that of the branch, and the default tag.
pub(super) fn tags(workspace: &Workspace, observed: &Observed, index: ImageIndex) -> Vec<Reference> {
    let Some(image) = observed.images.get(&index) else { return Vec::new() };
    let repository = workspace.repository(index);
    let of_branch = image.usual_tag();
    let mut tags = vec![of_branch];
    tags.extend(image.default_tag.as_deref().filter(|tag| *tag != of_branch));
    tags.into_iter().map(|tag| repository.with_tag(tag)).collect()
}

/// Looks up the default tags of those images that have no tag of their branch.
pub(super) async fn look_up_default_tags(
    app: &App,
    workspace: &Workspace,
    observed: &mut Observed,
    images: &[ImageIndex],
) {
    let missing: BTreeSet<Reference> = images
        .iter()
        .filter_map(|index| {
            let tags = tags(workspace, observed, *index);
            let (of_branch, default) = (tags.first()?, tags.get(1)?);
            Since::under(workspace.image(*index), observed, of_branch).is_none().then(|| default.clone())
        })
        .filter(|tag| !observed.published.contains_key(tag))
        .collect();
    if missing.is_empty() {
        return;
    }
    let Ok(borders) = app.borders() else { return };
    match observe::look_up(&borders, missing, LookUp::Labels).await {
        Ok(found) => observed.published.extend(found),
        Err(error) => app.ui.note(format!("working without the registry: {}", error.one_line())),
    }
}

impl Since {
    /// The image under the branch tag, else that under the default tag; of the registry, else of the engine.
    pub fn of(workspace: &Workspace, observed: &Observed, index: ImageIndex) -> Option<Self> {
        let image = workspace.image(index);
        tags(workspace, observed, index).iter().find_map(|tag| Self::under(image, observed, tag))
    }

    fn under(image: &Image, observed: &Observed, tag: &Reference) -> Option<Self> {
        let published = observed.published.get(tag).map(|tag| (Place::Registry, &tag.labels));
        let local = observed.engine.get(tag).map(|image| (Place::Engine, &image.labels));
        [published, local].into_iter().flatten().find_map(|(place, labels)| Self::read(image, tag, place, labels))
    }

    /// Labels are inherited: another image's mean that keg did not build this one.
    fn read(image: &Image, tag: &Reference, place: Place, labels: &BTreeMap<String, String>) -> Option<Self> {
        let label = |label: &str| labels.get(label).map(String::as_str).filter(|value| !value.is_empty());
        if label(LABEL_IMAGE) != Some(&image.name) || label(LABEL_PLAN) != image.plan() {
            return None;
        }
        let key = package::labels::key(labels)?;
        Some(Self {
            reference: tag.familiar(),
            place,
            key,
            revision: label(LABEL_REVISION).map(str::to_owned),
            dirty: label(LABEL_DIRTY).is_some(),
            packaged: package::packaged(labels).map(str::to_owned),
        })
    }

    /// The image with its commit, for people.
    pub fn shown(&self) -> String {
        let changes = if self.dirty { " with uncommitted changes" } else { "" };
        let place = match self.place {
            Place::Registry => "",
            Place::Engine => " on the engine",
        };
        let packaged = self.packaged.as_ref().map(|time| format!(", packaged on {time}")).unwrap_or_default();
        match &self.revision {
            Some(revision) => format!("{}{place}{packaged} (commit {}{changes})", self.reference, short(revision)),
            None => format!("{}{place}{}", self.reference, packaged),
        }
    }

    /// Why a comparison with the commit may not be with what the image was built from.
    pub fn doubt(&self) -> String {
        let commit = self
            .revision
            .as_deref()
            .map_or_else(|| "its commit".to_owned(), |revision| format!("commit {}", short(revision)));
        let what = if self.dirty {
            "uncommitted changes, of which this workspace has no record"
        } else {
            "something else than its commit: git-ignored files, --build-arg, --base, or changes elsewhere"
        };
        format!("{} was built from {what}; the comparison is with {commit}", self.reference)
    }
}
