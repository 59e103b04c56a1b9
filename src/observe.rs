//! What there is before a command begins: files, git, the engine, the registry. The only read pass, and plain data
//! for the planners.

mod files;
mod inventory;
mod keys;
mod look_up;
mod outside;
mod read;
mod tags;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::border::engine::EngineImage;
use crate::context::Context;
use crate::key::{Inputs, Key};
use crate::lock::Lock;
use crate::reference::Reference;
use crate::tagging::{Branch, Naming, TagRule, TemplateValues};
use crate::versions::Found;
use crate::workspace::{ImageIndex, ParentImage, Workspace};

pub use inventory::{
    Branches, Content, EngineLayers, Inventory, InventoryScope, Maker, Name, Origin, Place, Shelf, take_inventory,
};
pub use keys::{Around, further_inputs, keys};
pub use look_up::{LookUp, list_tags, look_up};
pub use outside::{OutsideUse, no_such_image, present_digests, present_digests_within, unclear};
pub use read::{Borders, Builds, Depth, RegistryUse, Scope, UsualTags, observe};
pub use tags::{
    Repositories, branch_of, branch_of_image, branches_of, checked_out, default_tag, default_tag_of, usual_tag_of,
};

/// How many requests the registry gets at once.
const LOOK_UPS: usize = 32;

/// The label with the full key.
pub const LABEL_KEY: &str = "dev.keg.key";
/// The label with the image's name.
pub const LABEL_IMAGE: &str = "dev.keg.image";
/// The label with the plan, empty for images without one.
pub const LABEL_PLAN: &str = "dev.keg.plan";
/// The label with the branch, as git has it, that the image was built on.
pub const LABEL_BRANCH: &str = "dev.keg.branch";
/// The label with the references of the parents.
pub const LABEL_PARENT: &str = "dev.keg.parent";
/// The label with the time at which an image was rebuilt under the same key, with `--no-cache`.
pub const LABEL_REBUILT: &str = "dev.keg.rebuilt";
/// The label that marks a build of a tree with uncommitted changes.
pub const LABEL_DIRTY: &str = "dev.keg.dirty";
/// The standard label with the commit.
pub const LABEL_REVISION: &str = "org.opencontainers.image.revision";

/// Everything that the planners look at.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The engine's platform, as `linux/amd64`.
    pub platform: String,
    /// Images on the engine.
    pub engine: LocalImages,
    /// What was read of each image in question.
    pub images: BTreeMap<ImageIndex, ObservedImage>,
    /// Outside images by their reference as written, with the default tag filled in.
    pub outside: BTreeMap<Reference, OutsideImage>,
    /// What the registry has of the tags in question; a tag that it lacks is not in here.
    pub published: BTreeMap<Reference, PublishedTag>,
    /// Why the registry could not be asked, when that is no error.
    pub registry_unreachable: Option<String>,
    /// The keys of the images in question. Where they are missing they are formed anew.
    pub keys: BTreeMap<ImageIndex, Key>,
    /// Images for several platforms of which only the engine's own counts here: nobody has the whole, and this run does
    /// not make it.
    pub narrowed: BTreeSet<ImageIndex>,
    /// keg.lock as it is on disk.
    pub lock: Lock,
    /// How the tags of branches are formed.
    pub naming: Naming,
}

/// What was read of one image.
#[derive(Debug, Clone)]
pub struct ObservedImage {
    /// The inputs of its key, without parents and platform.
    pub inputs: Inputs,
    /// The files that would be sent to the builder.
    pub context: Arc<Context>,
    /// The branch of the repository that holds it.
    pub branch: Branch,
    /// Its tags, as far as they are known, the branch tag first.
    pub tags: Vec<String>,
    /// Those of them that say which commit the image is of: they never move.
    pub fixed: BTreeSet<String>,
    /// Rules of further tags that have to be found in the image.
    pub rules: Vec<TagRule>,
    /// What was found in the image before.
    pub found: Vec<Found>,
    /// What the words of templates stand for.
    pub values: TemplateValues,
    /// The tag of the default branch, where one can be told.
    pub default_tag: Option<String>,
    /// The commit, 40 hexadecimal digits.
    pub revision: Option<String>,
    /// Whether its folder has uncommitted changes; read only of images that will be built.
    pub dirty: bool,
    /// Files of the context that git ignores, relative to it; read only of images that will be built.
    pub git_ignored: Vec<String>,
    /// Whether everything in its repository is committed; read only of images that will be built.
    pub is_committed: bool,
    /// The exact git tag on HEAD.
    pub version: Option<String>,
}

impl ObservedImage {
    /// The tag by which the branch's image is known: one that moves with the branch, else the first.
    pub fn usual_tag(&self) -> &str {
        match self.tags.first() {
            Some(first) if !self.tags.contains(&self.branch.tag) => first,
            _ => &self.branch.tag,
        }
    }

    /// The tags under which the registry may have the image of this key: its content tag, or where those are turned
    /// off the tags of its branch and the default tag.
    pub fn published_tags(&self, key: &Key, content_tags: bool) -> impl Iterator<Item = String> {
        let content = content_tags.then(|| key.content_tag());
        let moving = self.tags.iter().chain(&self.default_tag).filter(|_| !content_tags).cloned();
        content.into_iter().chain(moving.collect::<Vec<_>>())
    }
}

/// Images on the engine by reference.
#[derive(Debug, Clone, Default)]
pub struct LocalImages {
    by_tag: BTreeMap<String, LocalImage>,
    /// `repository@digest` of every image, tagged or not.
    digests: BTreeSet<String>,
}

/// One image on the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// The image id.
    pub id: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Bytes, shared layers counted in.
    pub size: u64,
    /// `repository@digest` of each registry it was pulled from or pushed to.
    pub repository_digests: Vec<String>,
}

impl LocalImages {
    /// Takes the engine's list: each image with its tags as the engine shows them.
    pub fn new(images: impl IntoIterator<Item = (Vec<String>, LocalImage)>) -> Self {
        let mut by_tag = BTreeMap::new();
        let mut digests = BTreeSet::new();
        for (tags, image) in images {
            let parsed = image.repository_digests.iter().filter_map(|text| Reference::parse(text).ok());
            digests.extend(parsed.map(|reference| reference.to_string()));
            for tag in tags {
                if let Ok(reference) = Reference::parse(&tag) {
                    by_tag.insert(reference.to_string(), image.clone());
                }
            }
        }
        Self { by_tag, digests }
    }

    /// As [`new`](Self::new), of what the engine says.
    pub fn of(images: Vec<EngineImage>) -> Self {
        Self::new(images.into_iter().map(|image| {
            let local = LocalImage {
                id: image.id,
                labels: image.labels.into_iter().collect(),
                size: image.size,
                repository_digests: image.repo_digests,
            };
            (image.tags, local)
        }))
    }

    /// Where an image comes from; `None` where the engine does not have it.
    pub fn origin(&self, reference: &Reference) -> Option<LocalOrigin> {
        let local = self.get(reference)?;
        Some(match local.digest_in(reference) {
            None => LocalOrigin::Here(local.id.clone()),
            // An engine that keeps images in containerd says so of all.
            Some(digest) if digest == local.id => LocalOrigin::Unclear(digest.to_owned()),
            Some(digest) => LocalOrigin::Registry(digest.to_owned()),
        })
    }

    /// The image that this tag names.
    pub fn get(&self, reference: &Reference) -> Option<&LocalImage> {
        self.by_tag.get(&reference.with_default_tag().to_string())
    }

    /// Whether there is an image that was pulled or pushed with this digest.
    pub fn has_digest(&self, reference: &Reference, digest: &str) -> bool {
        self.digests.contains(&reference.by_digest(digest).to_string())
    }

    /// The image that has this key: its content tag and its full key label agree. A label alone proves nothing,
    /// since labels are inherited; a content tag alone proves little, since it is 12 digits long.
    pub fn with_key(&self, repository: &Reference, key: &Key) -> Option<&LocalImage> {
        self.get(&repository.with_tag(&key.content_tag()))
            .filter(|image| image.labels.get(LABEL_KEY).is_some_and(|label| *label == key.to_string()))
    }

    /// References and images, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &LocalImage)> {
        self.by_tag.iter().map(|(tag, image)| (tag.as_str(), image))
    }
}

impl LocalImage {
    /// The manifest digest that this image has in `repository`.
    pub fn digest_in(&self, repository: &Reference) -> Option<&str> {
        self.repository_digests.iter().find_map(|text| {
            let reference = Reference::parse(text).ok()?;
            let same = reference.repository() == repository.repository();
            same.then(|| text.split_once('@').map(|(_, digest)| digest)).flatten()
        })
    }
}

/// Where an image of the engine comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalOrigin {
    /// It was pulled from its registry, or pushed there, with this digest.
    Registry(String),
    /// No registry has it; by its id.
    Here(String),
    /// The engine cannot tell: its registry may have it with this digest, which is also its id.
    Unclear(String),
}

/// An outside image's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideImage {
    /// A digest from keg.lock.
    Locked(String),
    /// A digest that the engine or registry gave, to be locked.
    Resolved(String),
    /// An image that only the engine has, by its id; not locked.
    LocalOnly(String),
    /// An image that could not be found out about; whoever only looks goes on without it.
    Unknown,
}

impl OutsideImage {
    /// The digest or id, which goes into the key.
    pub fn identity(&self) -> &str {
        match self {
            Self::Locked(digest) | Self::Resolved(digest) => digest,
            Self::LocalOnly(id) => id,
            Self::Unknown => "unknown",
        }
    }

    /// The reference that the build gets instead of `written`.
    pub fn pinned(&self, written: &Reference) -> Reference {
        match self {
            Self::Locked(digest) | Self::Resolved(digest) => written.with_digest(digest),
            Self::LocalOnly(_) | Self::Unknown => written.clone(),
        }
    }
}

/// A tag in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTag {
    /// The digest of its manifest.
    pub digest: String,
    /// Labels of the image, where they were asked for.
    pub labels: BTreeMap<String, String>,
}

impl PublishedTag {
    /// Whether the image's full key is this one.
    pub fn has_key(&self, key: &Key) -> bool {
        self.labels.get(LABEL_KEY).is_some_and(|label| *label == key.to_string())
    }
}

impl Observed {
    /// The image of this key as the registry has it: the reference under which it was found, and its digest and
    /// labels.
    pub fn published_with_key(
        &self,
        workspace: &Workspace,
        index: ImageIndex,
        key: &Key,
    ) -> Option<(Reference, &PublishedTag)> {
        let repository = workspace.repository(index);
        let tags = self.images.get(&index)?.published_tags(key, workspace.options.content_tags);
        tags.map(|tag| repository.with_tag(&tag)).find_map(|reference| {
            let published = self.published.get(&reference).filter(|published| published.has_key(key))?;
            Some((reference, published))
        })
    }
}

impl Observed {
    /// What goes into keys beside the images' own files and settings; `keys` are those of the parents.
    pub fn around<'a>(&'a self, keys: &'a BTreeMap<ImageIndex, Key>) -> Around<'a> {
        Around { platform: &self.platform, outside: &self.outside, keys, narrowed: &self.narrowed }
    }

    /// The platforms that an image is built for: those of its manifest, else the engine's own. Of an image of several
    /// that is narrowed, the engine's own.
    pub fn platforms(&self, workspace: &Workspace, index: ImageIndex) -> Vec<String> {
        let platforms = &workspace.image(index).platforms;
        if platforms.is_empty() || self.narrowed.contains(&index) {
            return vec![self.platform.clone()];
        }
        let mut platforms = platforms.clone();
        platforms.sort_unstable();
        platforms.dedup();
        platforms
    }

    /// What tells a build of an image from others: its key, and the time of a rebuild under the same key.
    pub fn build_identity(&self, workspace: &Workspace, image: ImageIndex, key: &Key) -> String {
        let local = self.engine.with_key(&workspace.repository(image), key).map(|local| &local.labels);
        let published = || self.published_with_key(workspace, image, key).map(|(_, published)| &published.labels);
        let labels = local.or_else(published);
        build_identity(key, labels.and_then(|labels| labels.get(LABEL_REBUILT)).map(String::as_str))
    }
}

/// See [`Observed::build_identity`].
pub fn build_identity(key: &Key, rebuilt: Option<&str>) -> String {
    match rebuilt.filter(|rebuilt| !rebuilt.is_empty()) {
        Some(rebuilt) => format!("{key} {rebuilt}"),
        None => key.to_string(),
    }
}

/// The outside images that `images` are built on, with the default tag filled in.
pub fn outside_references(workspace: &Workspace, images: &BTreeSet<ImageIndex>) -> BTreeSet<Reference> {
    images
        .iter()
        .flat_map(|index| &workspace.image(*index).parents)
        .filter_map(|parent| match &parent.image {
            ParentImage::Outside(reference) => Some(reference.with_default_tag()),
            ParentImage::Workspace(_) => None,
        })
        .collect()
}
