//! The workspace as everything below works on it: images with their parents, resolved and checked.
//! Where it comes from (keg.yml, globs, manifests, Dockerfiles) is the business of its submodules.

use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::dockerfile::Dockerfile;
use crate::manifest::{KegFile, TapFile};
use crate::reference::Reference;
use crate::tagging::TagRule;

mod check;
pub mod converted;
mod find;
mod folder;
mod image;
mod layout;
mod linked;
mod load;
mod matching;
pub mod names;
mod options;
mod overrides;
mod parents;
mod plans;
pub mod scan;
mod source;
pub mod sources;
mod tags;
mod watch;

pub use find::KEG_FILE;
pub use linked::Linked;
pub use overrides::Overrides;
pub use plans::{Variant, full_name};

/// The place of an image in [`Workspace::images`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageIndex(pub usize);

/// What an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What everything else is built on.
    Base,
    /// Built on a base, and built upon.
    Hub,
    /// A service or module that people work on.
    Tap,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Base => "base",
            Self::Hub => "hub",
            Self::Tap => "tap",
        })
    }
}

/// A loaded workspace. Its own images are sorted by name, linked taps come after them; the variants of an image stand
/// together, in the order of keg.yml's plans. The graph has no cycle.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder with `keg.yml`, absolute.
    pub root: PathBuf,
    /// What keg.yml says, with its defaults filled in.
    pub options: Options,
    /// All images: its own ones, sorted by name, then linked taps. One that keg.yml's plans make variants of is in here
    /// once for each of them.
    pub images: Vec<Image>,
    /// The user's links to taps that belong here.
    pub links: Vec<Linked>,
}

/// What keg.yml says about the workspace as a whole.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `host[:port]/namespace`, without which keg works on the engine's own image store.
    pub registry: Option<String>,
    /// The default branch, when keg.yml names it.
    pub default_branch: Option<String>,
    /// The tag of the default branch, when keg.yml names it.
    pub default_tag: Option<String>,
    /// The name of the image that new taps start from.
    pub tap_base: Option<String>,
    /// Rules of tags; `{branch}` unless keg.yml has a template, or `{prefix}-{branch}` where it has plans.
    pub tags: Vec<TagRule>,
    /// The value of `{prefix}` for images without a plan.
    pub tag_prefix: Option<String>,
    /// The plans, in the order of keg.yml.
    pub plans: Vec<Variant>,
    /// Whether images are published under a tag of their key too.
    pub content_tags: bool,
    /// Globs of files of which a change changes every image.
    pub rebuild_all: Vec<String>,
    /// Globs of files of which a change changes none.
    pub ignore: Vec<String>,
    /// Variables for every tap.
    pub env: IndexMap<String, String>,
    /// Everything that keg.yml says, for what is not above.
    pub file: KegFile,
}

/// One image: a folder with a Dockerfile, and what its manifest says.
#[derive(Debug, Clone)]
pub struct Image {
    /// The name, a valid path of a repository: lower case.
    pub name: String,
    /// A second name for the command line.
    pub alias: Option<String>,
    /// The plan whose variant of the image this is.
    pub variant: Option<Variant>,
    /// Base, hub or tap.
    pub kind: Kind,
    /// The image's folder, absolute.
    pub folder: PathBuf,
    /// The parsed Dockerfile with its path and text.
    pub dockerfile: Dockerfile,
    /// The build context's folder, absolute; the image's folder unless `build.context` says otherwise.
    pub context: PathBuf,
    /// `build.args`, in the manifest's order, with those of the plan.
    pub build_args: IndexMap<String, String>,
    /// `build.target`.
    pub target: Option<String>,
    /// `build.secrets`: ids of secrets that the build needs.
    pub secrets: Vec<String>,
    /// `build.platforms`.
    pub platforms: Vec<String>,
    /// Files beside the context that count as inputs, absolute.
    pub inputs: Vec<PathBuf>,
    /// Rules of tags that it has beside those that it inherits, in the order of its manifest.
    pub tags: Vec<TagRule>,
    /// What it is built on, each once, in the order of the Dockerfile, `depends_on` last.
    pub parents: Vec<Parent>,
    /// What tap.yml says beside that; only taps have it.
    pub tap: Option<Tap>,
    /// Everything that image.yml or tap.yml says, for what is not above.
    pub manifest: TapFile,
    /// The image.yml or tap.yml, absolute, if there is one.
    pub manifest_file: Option<PathBuf>,
}

/// What only a tap has.
#[derive(Debug, Clone, Default)]
pub struct Tap {
    /// `from`: the image to start, instead of the tap's own branch tag.
    pub from: Option<String>,
    /// The compose file, absolute, if the tap has one.
    pub compose: Option<PathBuf>,
    /// The service that gets the image, when tap.yml names it.
    pub service: Option<String>,
    /// Variables from tap.yml.
    pub env: IndexMap<String, String>,
    /// `ports` for a tap without a compose file, in Compose's short syntax.
    pub ports: Vec<String>,
}

/// One thing that an image is built on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// What it is.
    pub image: ParentImage,
    /// Where the Dockerfile or manifest says so.
    pub edge: Edge,
    /// The reference as written, after substitution of build args; empty for `depends_on`.
    pub written: String,
    /// How the build is told which image to use.
    pub handover: Handover,
    /// Whether the image stands on it, and does not only copy from it.
    pub is_base: bool,
}

/// A parent in the workspace or outside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParentImage {
    /// An image of this workspace.
    Workspace(ImageIndex),
    /// Any other image.
    Outside(Reference),
}

/// Where an edge of the graph was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// What says so.
    pub kind: EdgeKind,
    /// The file, absolute.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// What makes an image a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// `FROM`.
    From,
    /// `COPY --from`.
    CopyFrom,
    /// `RUN --mount=from=…`.
    Mount,
    /// `depends_on` of the manifest.
    DependsOn,
}

/// How a build learns which image its parent is .
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handover {
    /// The `KEG_BASE_IMAGE` build arg: the Dockerfile declares it and its `FROM` uses it alone.
    BaseArgument,
    /// The reference at these byte ranges of the Dockerfile's text is replaced in what is sent.
    Rewrite(Vec<std::ops::Range<usize>>),
    /// Nothing to hand over: `depends_on`.
    Nothing,
}

impl Workspace {
    /// The image at `index`.
    pub fn image(&self, index: ImageIndex) -> &Image {
        &self.images[index.0]
    }

    /// All images with their indexes.
    pub fn iter(&self) -> impl Iterator<Item = (ImageIndex, &Image)> {
        self.images.iter().enumerate().map(|(index, image)| (ImageIndex(index), image))
    }

    /// The image with this name or alias, or that a link of this name stands for; upper and lower case are one. Of
    /// several variants it is that of the first plan.
    pub fn find(&self, word: &str) -> Option<ImageIndex> {
        let word = word.to_lowercase();
        self.iter()
            .find(|(_, image)| {
                image.name == word || image.alias.as_ref().is_some_and(|alias| alias.to_lowercase() == word)
            })
            .map(|(index, _)| index)
            .or_else(|| self.linked_as(&word)?.image.as_ref().ok().copied())
    }

    /// The repository of an image: `<registry>/<name>`, or the name alone without a registry.
    /// Names were checked when the workspace was loaded, so this cannot fail.
    pub fn repository(&self, image: ImageIndex) -> Reference {
        self.repository_of(&self.image(image).name)
    }

    /// The repository that an image of this name has, or would have.
    pub fn repository_of(&self, name: &str) -> Reference {
        let text = match &self.options.registry {
            Some(registry) => format!("{registry}/{name}"),
            None => name.to_owned(),
        };
        Reference::parse(&text).unwrap_or_else(|error| unreachable!("checked when loaded: {text}: {error}"))
    }

    /// Workspace images that `image` is built on.
    pub fn parents_in_workspace(&self, image: ImageIndex) -> impl Iterator<Item = ImageIndex> {
        self.image(image).parents.iter().filter_map(|parent| match parent.image {
            ParentImage::Workspace(index) => Some(index),
            ParentImage::Outside(_) => None,
        })
    }

    /// The workspace image that `image` stands on: of its parents the one of the `FROM` of its last stage.
    pub fn base_in_workspace(&self, image: ImageIndex) -> Option<ImageIndex> {
        self.image(image).parents.iter().find_map(|parent| match parent.image {
            ParentImage::Workspace(index) if parent.is_base => Some(index),
            _ => None,
        })
    }

    /// Images that are built on `image` directly. Looks at every image: for more than one question, make a
    /// [`Graph`](crate::graph::Graph).
    pub fn children(&self, image: ImageIndex) -> Vec<ImageIndex> {
        self.iter()
            .filter(|(index, _)| self.parents_in_workspace(*index).any(|parent| parent == image))
            .map(|(index, _)| index)
            .collect()
    }

    /// `path` as users write it: relative to the workspace where it lies in it.
    pub fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

#[cfg(test)]
pub(crate) mod tests;
