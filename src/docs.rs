//! Pages about images and builds: a static site, and a page about one run.
//!
//! Every page is one file that needs no other one, no script and no network. Values reach a page through templates that
//! escape them: names, commits and what images print are data.

pub mod difference;
mod gather;
pub mod packages;
mod page;
mod records;
pub mod report;
mod site;
mod write;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::runs::RunRecord;

pub use gather::{State, add_promotions, gather, stale};
pub use records::builds;
pub use site::pages;
pub use write::{check, write};

/// A page: its path in the site's folder, with `/` between names, and its HTML.
pub type Page = (String, String);

/// What the site is about.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The workspace's name.
    pub title: String,
    /// The moment at which it is made, in UTC: `2026-11-20T12:00:00Z`.
    pub made: String,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The commit that is checked out.
    pub revision: Option<String>,
    /// The registry.
    pub registry: Option<String>,
    /// The images, in the order in which they are shown.
    pub images: Vec<DocumentedImage>,
    /// The graph as SVG.
    pub graph: String,
    /// The latest runs, the newest first.
    pub runs: Vec<RunRecord>,
    /// What the reader should know of the site itself.
    pub notes: Vec<String>,
}

/// One image, or one variant of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DocumentedImage {
    /// Its name, with its plan where it has one.
    pub name: String,
    /// `base`, `hub` or `tap`.
    pub kind: String,
    /// A second name.
    pub alias: Option<String>,
    /// Its folder in the workspace.
    pub folder: String,
    /// Whether it is fresh, where that is known.
    pub state: Option<State>,
    /// What it is built on: names, and whether they are images of the workspace.
    pub parents: Vec<(String, bool)>,
    /// What is built on it.
    pub children: Vec<String>,
    /// Its builds, the newest first.
    pub builds: Vec<ImageBuild>,
    /// Tags that it was promoted to.
    pub promotions: Vec<Promoted>,
}

/// One build of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ImageBuild {
    /// When it was built, in UTC.
    pub created: String,
    /// The branch.
    pub branch: Option<String>,
    /// The commit.
    pub revision: Option<String>,
    /// Whether there were uncommitted changes.
    pub dirty: bool,
    /// The full key.
    pub key: String,
    /// The reference with the content tag.
    pub reference: Option<String>,
    /// The digest of its manifest in the registry, or where it is on the engine only its id.
    pub digest: Option<String>,
    /// Its moving tags.
    pub tags: Vec<String>,
    /// What is sent for it, in bytes.
    pub compressed_size: Option<u64>,
    /// What it takes on an engine, in bytes.
    pub size: Option<u64>,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
    /// The image that it stands on, and that one's digest.
    pub parent: Option<(String, Option<String>)>,
    /// Build args; secret ones are masked.
    pub build_args: BTreeMap<String, String>,
    /// What its info commands print.
    pub info: Vec<Info>,
    /// Its tests, where it has any.
    pub tests: Option<Tests>,
}

/// A layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Layer {
    /// Its digest.
    pub digest: String,
    /// Its size in bytes, compressed where the registry has it.
    pub size: Option<u64>,
}

/// What an info command prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Info {
    /// The command's name.
    pub name: String,
    /// What the output is.
    pub description: Option<String>,
    /// The output.
    pub output: String,
}

/// The tests of a build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tests {
    /// How many there are.
    pub count: usize,
    /// Whether it is known to have passed all of them.
    pub passed: bool,
}

/// A tag that an image was promoted to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Promoted {
    /// The tag.
    pub tag: String,
    /// The tag that it had before.
    pub from: String,
    /// The digest.
    pub digest: String,
    /// When.
    pub when: String,
    /// Who.
    pub who: Option<String>,
    /// Whether the newest build is what has the tag, where that can be told.
    pub is_newest: Option<bool>,
}
