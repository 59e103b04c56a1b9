//! Everything that there is of the workspace's images, on the engine and in the registry, and the branches that there
//! are to need it: for those who clean up.

mod branches;
mod engine;
mod registry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::OffsetDateTime;

use crate::border::git::Repository;
use crate::error::Result;
use crate::event::Events;
use crate::key::{Key, is_content_tag};
use crate::observe::{Borders, LABEL_BRANCH, LABEL_IMAGE, LABEL_PARENT, LABEL_PLAN};
use crate::package;
use crate::reference::Reference;
use crate::settings::Settings;
use crate::workspace::{ImageIndex, Workspace};

/// The label with the commit that an image was built from.
const LABEL_REVISION: &str = "org.opencontainers.image.revision";

/// Where images are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the engine.
    Engine,
    /// In the registry.
    Registry,
}

/// All that there is.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// When it was looked at, in seconds since 1970.
    pub now: i64,
    /// The branches of the repository that holds each image.
    pub branches: BTreeMap<ImageIndex, Arc<Branches>>,
    /// What each place has of each image; nothing where it has none.
    pub shelves: Vec<Shelf>,
    /// All images on the engine by their ids, also those of others.
    pub engine: BTreeMap<String, EngineLayers>,
}

/// The branches that there are in one git repository and on its remotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branches {
    /// Branches that exist, by their tags.
    pub by_tag: BTreeMap<String, String>,
    /// The names of branches that exist.
    pub names: BTreeSet<String>,
    /// git tags, as image tags.
    pub versions: BTreeSet<String>,
    /// Names that were checked out in this clone, some of them branches that are gone.
    pub visited: BTreeSet<String>,
    /// The tag of the default branch.
    pub default_tag: Option<String>,
    /// Whether there is no repository, as in an unpacked archive. Then nothing can be told of branches.
    pub unknown: bool,
}

/// What one place has of one image.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The place.
    pub place: Place,
    /// The image; of several variants the first.
    pub image: ImageIndex,
    /// Its repository.
    pub repository: Reference,
    /// Its names and what they name: the key in `contents`.
    pub names: BTreeMap<Name, String>,
    /// By image id on the engine, by the manifest's digest in the registry.
    pub contents: BTreeMap<String, Content>,
}

/// What an image is known by in its repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A tag.
    Tag(String),
    /// Its digest: an image on the engine that has no tag any more.
    Digest(String),
}

/// One image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Who made it.
    pub maker: Maker,
    /// When it was made, in seconds since 1970: not before this time. Builds from cached layers have old times, so the
    /// commit that an image was built from counts too, and on the engine when it was tagged.
    pub made: i64,
    /// Its size in bytes: on the engine with all its layers, in the registry what is stored of it.
    pub size: u64,
    /// A container that uses it.
    pub used_by: Option<String>,
    /// Whether it has tags on the engine in repositories that are no image's of the workspace, which keep it there.
    pub named_elsewhere: bool,
    /// What is stored of it in the registry, by digest, with sizes.
    pub blobs: Vec<(Arc<str>, u64)>,
    /// The digests of the manifests that it names, if it is an index.
    pub parts: Vec<String>,
}

/// Who made an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// keg, for this workspace.
    Keg(Origin),
    /// keg, for a workspace that has an image of the same name: without a registry they share their names.
    OtherWorkspace,
    /// Somebody else.
    Other,
}

/// What keg wrote into an image's labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The key.
    pub key: Key,
    /// The branch that it was built on.
    pub branch: String,
    /// The plan that it was built by; empty without one.
    pub plan: String,
    /// The images of the workspace that it was built on, each with its content tag.
    pub parents: Vec<(ImageIndex, String)>,
}

/// How an image lies on the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineLayers {
    /// Its size, with all its layers.
    pub size: u64,
    /// The image whose layers are the lower ones of this one, the nearest if there are several.
    pub above: Option<String>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct InventoryScope {
    /// The engine.
    pub engine: bool,
    /// The registry.
    pub registry: bool,
    /// Whether git's remotes are asked for their branches; else what was last fetched counts.
    pub remotes: bool,
}

impl Name {
    /// The name in full.
    pub fn reference(&self, repository: &Reference) -> Reference {
        match self {
            Self::Tag(tag) => repository.with_tag(tag),
            Self::Digest(digest) => repository.by_digest(digest),
        }
    }

    /// The tag, if it is one.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Digest(_) => None,
        }
    }
}

impl Content {
    /// What keg wrote into its labels.
    pub fn origin(&self) -> Option<&Origin> {
        match &self.maker {
            Maker::Keg(origin) => Some(origin),
            Maker::OtherWorkspace | Maker::Other => None,
        }
    }
}

/// Looks at every image of the workspace, also where only some are to be cleaned up: the others may need what these
/// have.
///
/// # Errors
/// Engine, registry or a git remote is out of reach: what is not known cannot be judged.
pub async fn take_inventory(
    workspace: &Workspace,
    settings: &Settings,
    borders: &Borders,
    scope: InventoryScope,
    events: &Events,
) -> Result<Inventory> {
    let repositories = branches::repositories(workspace, settings)?;
    let branches = branches::read(workspace, settings, &repositories, scope.remotes).await?;
    let reader = Reader { workspace, borders, repositories: &repositories };
    let mut inventory = Inventory { now: OffsetDateTime::now_utc().unix_timestamp(), branches, ..Inventory::default() };
    if scope.engine {
        let (shelves, layers) = engine::read(&reader).await?;
        inventory.shelves.extend(shelves);
        inventory.engine = layers;
    }
    if scope.registry {
        inventory.shelves.extend(registry::read(&reader, events).await?);
    }
    Ok(inventory)
}

/// What both places are read with.
struct Reader<'a> {
    workspace: &'a Workspace,
    borders: &'a Borders,
    repositories: &'a BTreeMap<ImageIndex, Option<Repository>>,
}

/// The labels that matter, read once and kept in place of all of them.
#[derive(Debug, Clone, Default)]
struct Facts {
    image: String,
    origin: Option<Origin>,
    revision: String,
    created: i64,
}

impl Reader<'_> {
    /// The images of the workspace by their repositories; all variants of one are in one repository.
    fn by_repository(&self) -> BTreeMap<String, ImageIndex> {
        self.workspace.named().map(|(index, _)| (self.workspace.repository(index).repository(), index)).collect()
    }

    fn facts(labels: &BTreeMap<String, String>, created: i64, by_repository: &BTreeMap<String, ImageIndex>) -> Facts {
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let parents = label(LABEL_PARENT);
        let parents = parents.split_whitespace().filter_map(|text| {
            let reference = Reference::parse(text).ok()?;
            let tag = reference.tag().filter(|tag| is_content_tag(tag))?;
            Some((*by_repository.get(&reference.repository())?, tag.to_owned()))
        });
        let parents = parents.collect();
        // A packaged image has the origin of the one that it was made from.
        let key = package::labels::key(labels);
        Facts {
            image: label(LABEL_IMAGE),
            origin: key.map(|key| Origin { key, branch: label(LABEL_BRANCH), plan: label(LABEL_PLAN), parents }),
            revision: label(LABEL_REVISION),
            created,
        }
    }

    /// Who made an image that lies in the repository of `index`. Labels are inherited by what is built on an image, so
    /// the name in them must be the image's own.
    fn maker(&self, index: ImageIndex, facts: &Facts) -> Maker {
        let Some(origin) = facts.origin.as_ref().filter(|_| facts.image == self.workspace.image(index).name) else {
            return Maker::Other;
        };
        // In a registry the namespace tells workspaces apart. On the engine alone a commit that this repository does
        // not have is of another one.
        let is_shared = self.workspace.options.registry.is_none();
        if is_shared && !facts.revision.is_empty() && self.commit_time(index, facts).is_none() {
            return Maker::OtherWorkspace;
        }
        Maker::Keg(origin.clone())
    }

    fn commit_time(&self, index: ImageIndex, facts: &Facts) -> Option<i64> {
        self.repositories.get(&index)?.as_ref()?.commit_time(&facts.revision)
    }

    /// When an image was made, as far as can be told. An image is built after the commit that it is built from.
    fn made(&self, index: ImageIndex, facts: &Facts) -> i64 {
        facts.created.max(self.commit_time(index, facts).unwrap_or_default())
    }
}
