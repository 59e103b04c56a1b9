//! Which images a command is about: by name, kind and glob, by what has changed since a commit, and by what they are
//! built on and what is built on them. Only that is decided here; what has to be built of them is the planner's
//! business. Pure, but for [`Changes::read`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use crate::graph::Graph;
use crate::workspace::{ImageIndex, Kind, Workspace};

mod changes;
mod files;
mod pattern;
mod since;
mod touch;

pub use changes::{Base, Changes};
pub use pattern::{Found, is_pattern, matching};
pub use since::{NO_REVISION, Since, default_revisions};
pub use touch::{Before, Everything, Touch, full_rebuild, touched};

/// What a command line says about the images that it is about, beside their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The images that it names; all of the workspace's own ones where it names none.
    pub named: Option<BTreeSet<ImageIndex>>,
    /// The kinds that are meant; every kind where there is none.
    pub kinds: BTreeSet<Kind>,
    /// The images that have changed, where only these are meant.
    pub touched: Option<BTreeMap<ImageIndex, Touch>>,
    /// Whether everything that is built on the chosen images is meant too.
    pub and_dependents: bool,
    /// Whether everything that the chosen images are built on is meant too.
    pub and_parents: bool,
}

/// Why a command is about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The command line names it, or names none.
    Named,
    /// It has changed.
    Touched(Touch),
    /// It is built on this image, directly or not.
    BuiltOn(String),
    /// This image is built on it, directly or not.
    ParentOf(String),
}

/// The images that a command is about, each with the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The images.
    pub images: BTreeMap<ImageIndex, Reason>,
}

impl Wanted {
    /// The images that are named and of the kinds, changed or not: of all others it need not be known whether they have
    /// changed.
    pub fn candidates(&self, workspace: &Workspace) -> BTreeSet<ImageIndex> {
        let is_meant = |index: &ImageIndex| self.kinds.is_empty() || self.kinds.contains(&workspace.image(*index).kind);
        match &self.named {
            Some(named) => named.iter().copied().filter(is_meant).collect(),
            None => own(workspace).filter(is_meant).collect(),
        }
    }

    /// The selection: names, kinds and changes narrow it, each of them; what it is built on and what is built on it is
    /// added to what is left, of whatever name and kind. Linked taps are selected only by their names.
    pub fn select(&self, workspace: &Workspace) -> Selection {
        let mut images: BTreeMap<ImageIndex, Reason> = BTreeMap::new();
        for index in self.candidates(workspace) {
            match &self.touched {
                None => images.insert(index, Reason::Named),
                Some(touched) => match touched.get(&index) {
                    Some(touch) => images.insert(index, Reason::Touched(touch.clone())),
                    None => continue,
                },
            };
        }
        let chosen: Vec<ImageIndex> = images.keys().copied().collect();
        let graph = Graph::new(workspace);
        let name = |index: &ImageIndex| workspace.image(*index).full_name();
        // The nearest one is the reason, so that a long chain can be followed.
        if self.and_dependents {
            for (index, on) in reached(&chosen, |image| graph.children(image)) {
                if workspace.is_own(index) {
                    images.entry(index).or_insert_with(|| Reason::BuiltOn(name(&on)));
                }
            }
        }
        if self.and_parents {
            for (index, of) in reached(&chosen, |image| graph.parents(image)) {
                images.entry(index).or_insert_with(|| Reason::ParentOf(name(&of)));
            }
        }
        Selection { images }
    }
}

impl Selection {
    /// The images alone.
    pub fn indexes(&self) -> BTreeSet<ImageIndex> {
        self.images.keys().copied().collect()
    }

    /// Why this image is selected, where that is more than that it was named.
    pub fn reason(&self, index: ImageIndex) -> Option<&Reason> {
        self.images.get(&index).filter(|reason| **reason != Reason::Named)
    }

    /// The workspace's own images that are built on the selected ones and are not selected themselves.
    pub fn left_out(&self, workspace: &Workspace) -> BTreeSet<ImageIndex> {
        let descendants = Graph::new(workspace).descendants(self.images.keys().copied());
        let is_left_out = |index: &ImageIndex| workspace.is_own(*index) && !self.images.contains_key(index);
        descendants.into_iter().filter(is_left_out).collect()
    }
}

/// The workspace's own images.
fn own(workspace: &Workspace) -> impl Iterator<Item = ImageIndex> {
    workspace.iter().map(|(index, _)| index).filter(|index| workspace.is_own(*index))
}

/// What is reached from `start` along `edges`, without `start`, each with the image from which it was reached first.
fn reached<'a>(
    start: &[ImageIndex],
    edges: impl Fn(ImageIndex) -> &'a [ImageIndex],
) -> BTreeMap<ImageIndex, ImageIndex> {
    let mut from = BTreeMap::new();
    let mut open: std::collections::VecDeque<ImageIndex> = start.iter().copied().collect();
    while let Some(image) = open.pop_front() {
        for next in edges(image) {
            if !start.contains(next) && !from.contains_key(next) {
                from.insert(*next, image);
                open.push_back(*next);
            }
        }
    }
    from
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("named"),
            Self::Touched(touch) => touch.fmt(f),
            Self::BuiltOn(image) => write!(f, "built on {image}"),
            Self::ParentOf(image) => write!(f, "parent of {image}"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
