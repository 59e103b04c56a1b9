//! How images are made: by a build, or of a container.

use std::collections::BTreeMap;

use crate::key::Key;
use crate::reference::Reference;
use crate::workspace::ImageIndex;

/// How an image is built: all that the planner knows. What is bulky (the context) or secret is added when the
/// step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildAction {
    /// The image.
    pub image: ImageIndex,
    /// Its key.
    pub key: Key,
    /// The content tag.
    pub content: Reference,
    /// The moving tags that it gets on the engine.
    pub tags: Vec<Reference>,
    /// The Dockerfile's text with the parents' references put in.
    pub dockerfile: String,
    /// Build args, the handed-over base image among them.
    pub build_args: BTreeMap<String, String>,
    /// The stage to build.
    pub target: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether cached layers are used.
    pub cache: bool,
    /// The platforms that it is built for.
    pub platforms: Vec<String>,
    /// The images of the workspace that it is built on or copies from.
    pub parents: Vec<BuildParent>,
    /// The tags under which layers are kept in the registry: that of the branch, then that of the default branch.
    pub cache_tags: Vec<Reference>,
    /// The agents that the Dockerfile asks for to log in elsewhere.
    pub ssh: Vec<String>,
    /// Whether it ends in the registry, under its content tag, and not on the engine.
    pub uploads: bool,
}

/// An image of the workspace that a build needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildParent {
    /// The image.
    pub image: ImageIndex,
    /// How the Dockerfile that is built names it.
    pub reference: Reference,
    /// The digest under which the registry has it, as far as that is known before the run.
    pub published: Option<Reference>,
}

/// Which container is packaged, and what the image gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageAction {
    /// The container's id.
    pub container: String,
    /// All labels of the image.
    pub labels: BTreeMap<String, String>,
    /// What the user says about it.
    pub message: Option<String>,
    /// The tags that it gets on the engine.
    pub tags: Vec<Reference>,
}
