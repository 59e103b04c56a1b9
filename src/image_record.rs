//! Manifests of images for people and programs: what an image consists of, what it was built from, and what its `info`
//! commands print. They lie in `.keg/manifests/<image>/<tag>.json`, with the same in Markdown beside them, and in the
//! registry beside the image.
//!
//! The structure is versioned: keys may be added to it, and whoever reads it passes over those that it does not know.
//! Where a key changes its meaning or goes, [`VERSION`] grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::workspace::Kind;

mod markdown;
mod store;

pub use markdown::markdown;
pub use store::{read, read_all, write};

/// The version of the structure.
pub const VERSION: u32 = 1;
/// What a manifest is called in registries (`artifactType`).
pub const MEDIA_TYPE: &str = "application/vnd.keg.manifest.v1+json";

/// What a tag of an image names, and what it named before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the structure: 1.
    pub version: u32,
    /// The image's name.
    pub image: String,
    /// Base, hub or tap.
    pub kind: Kind,
    /// The tag.
    pub tag: String,
    /// The tag's builds, the newest first. In the registry it is one.
    pub builds: Vec<Build>,
}

/// One build of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// The key: the digest of everything that went into it.
    pub key: String,
    /// The reference that names this build and no other.
    pub reference: String,
    /// The id of the image on the engine: the digest of its settings.
    pub id: String,
    /// The digest of its manifest in the registry, where it is published.
    pub digest: Option<String>,
    /// The plan of keg.yml that it is a variant by.
    pub plan: Option<String>,
    /// The branch that it was built on.
    pub branch: Option<String>,
    /// The commit that it was built from.
    pub revision: Option<String>,
    /// Whether there were uncommitted changes.
    pub dirty: bool,
    /// When it was built, as `2026-11-20T12:00:00Z`.
    pub created: Option<String>,
    /// What it runs on, as `linux/amd64`.
    pub platform: String,
    /// What it is built on; the first is what it stands on, if that is known.
    pub parents: Vec<Parent>,
    /// Build args; values that look secret are masked.
    pub build_args: BTreeMap<String, String>,
    /// The stage that was built, if not the last.
    pub target: Option<String>,
    /// How large it is.
    pub size: Size,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
    /// What its `info` commands print.
    pub info: Vec<Info>,
    /// Its tests.
    pub tests: Tests,
    /// When this was written down, as `2026-11-20T12:00:00Z`.
    pub recorded: String,
}

/// What an image is built on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parent {
    /// The name of an image of the workspace, or the reference of another one.
    pub name: String,
    /// Whether it is an image of the workspace.
    pub in_workspace: bool,
    /// Whether the image stands on it, and does not only copy from it.
    pub is_base: bool,
    /// The key, of an image of the workspace.
    pub key: Option<String>,
    /// The digest in its registry, where it has one.
    pub digest: Option<String>,
}

/// Sizes in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Size {
    /// On the engine, with all layers.
    pub unpacked: u64,
    /// Of all layers as the registry holds them; nothing where it is not published.
    pub compressed: Option<u64>,
}

/// A layer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layer {
    /// The digest of its files, unpacked: the same wherever the layer is used.
    pub diff: String,
    /// Its digest as the registry holds it.
    pub digest: Option<String>,
    /// Its size there, in bytes.
    pub compressed: Option<u64>,
}

/// What an `info` command prints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// Its name in keg.yml.
    pub name: String,
    /// What the output is.
    pub description: Option<String>,
    /// The command, in one line.
    pub command: String,
    /// The output.
    pub output: String,
}

/// The tests of a build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tests {
    /// How many keg runs.
    pub count: usize,
    /// Whether this build is known to have passed all of them, as they are now.
    pub passed: bool,
}

impl Record {
    /// A manifest of one build.
    pub fn new(image: &str, kind: Kind, tag: &str, build: Build) -> Self {
        Self { version: VERSION, image: image.to_owned(), kind, tag: tag.to_owned(), builds: vec![build] }
    }
}
