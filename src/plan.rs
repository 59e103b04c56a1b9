//! The steps that a command would carry out, each with its reason.
//!
//! A plan is plain data: `--dry-run` prints it, tests compare its text, and the executor carries it out
//! without deciding anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::key::Key;
use crate::reference::Reference;
use crate::versions::Found;
use crate::workspace::{ImageIndex, Kind, full_name};

mod hook;
mod making;
mod reason;
mod removal;
mod test;
mod version;

pub use hook::{HookAction, Moment};
pub use making::{BuildAction, BuildParent, PackageAction};
pub use reason::Reason;
pub use removal::{Deletion, Doomed, Sighting};
pub use test::{Purpose, TestAction};
pub use version::{FoundTags, VersionAction};

/// The place of a step in [`Plan::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StepIndex(pub usize);

/// What a command would do.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What becomes of each image that the command is about, in the order of the workspace's graph.
    pub images: Vec<PlannedImage>,
    /// The steps; each comes after those that it waits for.
    pub steps: Vec<Step>,
    /// Sentences that the user should read before the work begins.
    pub notes: Vec<String>,
}

/// One image of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedImage {
    /// Its place in the workspace.
    #[serde(skip)]
    pub index: ImageIndex,
    /// Its name.
    pub name: String,
    /// The plan whose variant of the image it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Base, hub or tap.
    pub kind: Kind,
    /// Its key.
    pub key: Key,
    /// What is done to make it available.
    pub decision: Decision,
    /// Why that is done.
    pub reason: Reason,
    /// The content tag.
    #[serde(serialize_with = "reference_text")]
    pub content: Reference,
    /// The moving tags that it gets; the branch tag is the first.
    #[serde(serialize_with = "reference_texts")]
    pub tags: Vec<Reference>,
}

impl PlannedImage {
    /// The name by which steps know it: `web`, or `web [gpu]`.
    pub fn full_name(&self) -> String {
        full_name(&self.name, self.plan.as_deref())
    }
}

/// How an image is made available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The engine has it.
    Reuse,
    /// The registry has it, and only the registry's copy is needed.
    Published,
    /// The registry has it; it is pulled.
    Pull,
    /// It is built.
    Build,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it works on, for bars and prefixes: an image's name, with its plan.
    pub subject: String,
    /// What is done.
    pub action: Action,
    /// The steps that must have succeeded before.
    pub after: Vec<StepIndex>,
    /// Why.
    pub reason: Reason,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Builds an image, tags it with its content tag and then with its moving tags.
    Build(Box<BuildAction>),
    /// Pulls an image by a reference that pins it, and gives it further tags on the engine.
    Pull {
        /// What is pulled.
        reference: Reference,
        /// The tags that it gets on the engine.
        tags: Vec<Reference>,
    },
    /// Tags an image on the engine.
    Tag {
        /// The image that is there.
        from: Reference,
        /// Its new tags.
        tags: Vec<Reference>,
    },
    /// Takes tags from images on the engine.
    Untag {
        /// The tags.
        tags: Vec<Reference>,
    },
    /// Makes an image of a running container, and tags it on the engine.
    Package(Box<PackageAction>),
    /// Uploads an image from the engine to the registry.
    Upload {
        /// Its content tag; a moving tag where content tags are turned off, and of a packaged image.
        reference: Reference,
        /// The image's key; a packaged image has none.
        key: Option<Key>,
        /// Whether an image of this key that the registry has meanwhile got from elsewhere is overwritten: one that is
        /// rebuilt under its old key is another image.
        replaces: bool,
    },
    /// Moves the tags of a whole set in the registry by manifest PUT: all of them or none. No layer is sent.
    Publish {
        /// What each image gets.
        moves: Vec<Move>,
    },
    /// Takes names from images on the engine that nothing needs; an image goes with its last one.
    Remove {
        /// The names, with the images that they should still mean.
        names: Vec<Sighting>,
    },
    /// Deletes from a repository of the registry what nothing needs.
    Delete(Box<Deletion>),
    /// Runs a command of the image's manifest.
    Hook(Box<HookAction>),
    /// Runs a test or `info` command of an image.
    Test(Box<TestAction>),
    /// Finds tags by running a command in an image.
    Version(Box<VersionAction>),
    /// Gives an image on the engine the tags that were found in it.
    TagFound {
        /// The image that is there.
        from: Reference,
        /// The tags before they are found.
        told: Vec<String>,
    },
}

/// The tags that one image gets in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The image's name, with its plan.
    pub image: String,
    /// The image as the registry has it: a content tag, or any other reference.
    pub from: Reference,
    /// The digest of `from`, where it is known before the run; one that the run uploads gets it there.
    pub digest: Option<String>,
    /// The tags that it gets.
    pub tags: Vec<Reference>,
    /// The digests that the tags name, `None` for those that the registry does not have; only where the tags move as
    /// soon as the plan is made. Otherwise they are asked for before they move.
    pub before: BTreeMap<Reference, Option<String>>,
    /// Tags that it gets as well and that are found during the run, as they are told before.
    pub told: Vec<String>,
    /// Tags that say which commit the image is of: where they name something else already, they do not move.
    pub fixed: BTreeSet<Reference>,
    /// What was found in the image before, for the record beside it.
    pub found: Vec<Found>,
}

impl Move {
    /// A move of nothing yet.
    pub fn new(image: String, from: Reference, digest: Option<String>, tags: Vec<Reference>) -> Self {
        let (before, told, fixed, found) = Default::default();
        Self { image, from, digest, tags, before, told, fixed, found }
    }
}

impl Action {
    /// Whether it is waited for when the run is interrupted: tags of a set move together, and the engine does not stop
    /// to package a container when nobody waits for it.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Publish { .. } | Self::Package(_))
    }

    /// The verb, as in `build web`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Build(_) => "build",
            Self::Pull { .. } => "pull",
            Self::Tag { .. } | Self::TagFound { .. } => "tag",
            Self::Untag { .. } => "untag",
            Self::Package(_) => "package",
            Self::Upload { .. } => "upload",
            Self::Publish { .. } => "publish",
            Self::Remove { .. } => "remove",
            Self::Delete(_) => "delete",
            Self::Hook(hook) => hook.moment.key(),
            Self::Test(test) => test.purpose.verb(),
            Self::Version(_) => Purpose::Version.verb(),
        }
    }

    /// The verb while it happens, as in `building`.
    pub fn doing(&self) -> &'static str {
        match self {
            Self::Build(_) => "building",
            Self::Pull { .. } => "pulling",
            Self::Tag { .. } | Self::TagFound { .. } => "tagging",
            Self::Untag { .. } => "untagging",
            Self::Package(_) => "packaging",
            Self::Upload { .. } => "uploading",
            Self::Publish { .. } => "publishing",
            Self::Remove { .. } => "removing",
            Self::Delete(_) => "deleting",
            Self::Hook(_) => "running a hook",
            Self::Test(test) => test.purpose.doing(),
            Self::Version(_) => Purpose::Version.doing(),
        }
    }

    /// What it makes or reads, in short references.
    fn objects(&self) -> String {
        let list = |tags: &[Reference]| tags.iter().map(tag_text).collect::<Vec<_>>().join(", ");
        match self {
            Self::Build(build) if build.tags.is_empty() => tag_text(&build.content),
            Self::Build(build) => list(&build.tags),
            Self::Package(package) => list(&package.tags),
            Self::Pull { reference, tags } if tags.is_empty() => tag_text(reference),
            Self::Pull { tags, .. } | Self::Tag { tags, .. } | Self::Untag { tags } => list(tags),
            Self::Upload { reference, .. } => tag_text(reference),
            Self::Remove { names } => names.iter().map(|name| tag_text(&name.reference)).collect::<Vec<_>>().join(", "),
            Self::Delete(deletion) => deletion.to_string(),
            Self::Hook(hook) => hook.command.trim().replace('\n', "; "),
            Self::Test(test) => test.test.command(),
            Self::Version(version) => version.told().join(", "),
            Self::TagFound { told, .. } => told.join(", "),
            Self::Publish { moves } => match &moves[..] {
                [only] => all_tags(only),
                moves => grouped(moves.iter().map(|one| (one.image.as_str(), all_tags(one)))),
            },
        }
    }
}

fn all_tags(one: &Move) -> String {
    one.tags.iter().map(tag_text).chain(one.told.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// `a, b: x; c: y`: names that have the same text stand together.
fn grouped<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, text) in pairs {
        match groups.iter_mut().find(|(_, other)| *other == text) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], text)),
        }
    }
    groups.iter().map(|(names, text)| format!("{}: {text}", names.join(", "))).collect::<Vec<_>>().join("; ")
}

fn tag_text(reference: &Reference) -> String {
    reference.tag().or(reference.digest()).unwrap_or("latest").to_owned()
}

impl Step {
    /// Whether it works on this image.
    pub fn concerns(&self, image: &str) -> bool {
        match &self.action {
            Action::Publish { moves } => moves.iter().any(|one| one.image == image),
            Action::Test(test) => test.image == image,
            Action::Version(version) => version.command.image == image,
            _ => self.subject == image,
        }
    }

    /// The step's name, as `build web`.
    pub fn name(&self) -> String {
        format!("{} {}", self.action.verb(), self.subject)
    }
}

impl Plan {
    /// Adds a step and gives its place.
    pub fn add(&mut self, step: Step) -> StepIndex {
        self.steps.push(step);
        StepIndex(self.steps.len() - 1)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The planned image with this index.
    pub fn image(&self, index: ImageIndex) -> Option<&PlannedImage> {
        self.images.iter().find(|image| image.index == index)
    }

    /// The plan as JSON.
    pub fn json(&self) -> serde_json::Value {
        let steps: Vec<_> = self
            .steps
            .iter()
            .enumerate()
            .map(|(number, step)| {
                let plan = self.images.iter().find(|image| image.full_name() == step.subject);
                let mut value = serde_json::json!({
                    "step": number + 1,
                    "action": step.action.verb(),
                    "subject": step.subject,
                    "objects": step.action.objects(),
                    "after": step.after.iter().map(|index| index.0 + 1).collect::<Vec<_>>(),
                    "reason": step.reason,
                });
                if let Some(plan) = plan.and_then(|image| image.plan.as_ref()) {
                    value["plan"] = plan.as_str().into();
                }
                value
            })
            .collect();
        serde_json::json!({ "images": self.images, "steps": steps, "notes": self.notes })
    }
}

/// One line a step: number, verb, subject, what it makes, what it waits for, and why.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        if self.steps.is_empty() {
            return writeln!(f, "nothing to do");
        }
        let width = self.steps.len().to_string().len();
        for (number, step) in self.steps.iter().enumerate() {
            write!(f, "{:>width$}. {} ({})", number + 1, step.name(), step.action.objects())?;
            if !step.after.is_empty() {
                let after: Vec<_> = step.after.iter().map(|index| (index.0 + 1).to_string()).collect();
                write!(f, " after {}", after.join(", "))?;
            }
            writeln!(f, ": {}", step.reason)?;
        }
        Ok(())
    }
}

fn reference_text<S: serde::Serializer>(reference: &Reference, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&reference.familiar())
}

fn reference_texts<S: serde::Serializer>(references: &[Reference], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(references.iter().map(Reference::familiar))
}
