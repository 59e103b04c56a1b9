//! What of all that keg has made is kept, and why; the rest goes.
//!
//! Nothing goes only because no reason to keep it is known. Content tags go when no kept tag needs them. A moving tag
//! goes when it is known to be of a branch that is gone; one of which nothing is known was set by somebody, for a
//! purpose that only they know.

mod going;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use globset::GlobSet;

use crate::observe::{Branches, Inventory, Name, Place, Shelf};
use crate::plan::Plan;
use crate::tagging;
use crate::workspace::{ImageIndex, Workspace};

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct PruneIntent {
    /// The images that the command is about. The others are kept, with all that they need.
    pub selected: BTreeSet<ImageIndex>,
    /// The plans that it is about; all where none is named.
    pub plans: BTreeSet<String>,
    /// How many content-tagged images of each branch and plan are kept, the newest; branches that are gone count
    /// as one.
    pub keep: usize,
    /// What is younger is kept, in seconds.
    pub older_than: i64,
    /// Tags that go although they follow from no branch.
    pub tags: GlobSet,
}

/// What goes and what is kept.
#[derive(Debug, Clone, Default)]
pub struct Pruning {
    /// The steps.
    pub plan: Plan,
    /// What goes.
    pub removed: Vec<Removed>,
    /// What is kept of the selected images.
    pub kept: Vec<Kept>,
    /// How much becomes free.
    pub freed: Freed,
}

/// Bytes that become free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// On the engine, at most: layers that images share without one lying on the other are counted twice.
    pub engine: u64,
    /// In the registry: what no manifest needs that is kept. The registry gives it free when it collects garbage.
    pub registry: u64,
}

/// A name that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The place.
    pub place: Place,
    /// The image's name.
    pub image: String,
    /// The tag or digest.
    pub name: Name,
    /// The image id or digest that it names.
    pub digest: String,
    /// The image's age in seconds, if that can be told.
    pub age: Option<i64>,
    /// Why it goes.
    pub because: Leftover,
    /// The image's size in bytes where it goes too, once for each image.
    pub size: Option<u64>,
}

/// A name that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The place.
    pub place: Place,
    /// The image's name.
    pub image: String,
    /// The tag or digest.
    pub name: Name,
    /// Why it is kept.
    pub because: KeptBecause,
}

/// Why a name goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// The branch that it was made for is gone.
    BranchGone(String),
    /// There are newer ones of its branch, and no tag needs it.
    Older(String),
    /// It is an image without a tag.
    Untagged,
    /// The user named it.
    Asked,
}

/// Why a name is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptBecause {
    /// It is `latest` or `stable`.
    Reserved,
    /// It is the default branch's tag.
    Default,
    /// It is a git tag.
    Version,
    /// It is of this branch, which exists.
    Branch(String),
    /// It follows from `tags:` of keg.yml.
    Template,
    /// This container uses the image.
    Used(String),
    /// The image is too young.
    Young,
    /// The image is one of the newest of this branch.
    Newest(String),
    /// The image is one of the newest of the branches that are gone.
    NewestOfGone,
    /// The image of this name is built on it, or is it.
    NeededBy(String),
    /// No branch is known that it could be of.
    Unknown,
    /// Another workspace made the image.
    OtherWorkspace,
    /// keg did not make the image.
    Other,
    /// The command is about other images.
    NotSelected,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BranchGone(branch) => write!(f, "branch {branch} is gone"),
            Self::Older(branch) => write!(f, "{branch} has newer ones"),
            Self::Untagged => f.write_str("has no tag any more"),
            Self::Asked => f.write_str("asked for with --tag"),
        }
    }
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved => f.write_str("for releases and promotions"),
            Self::Default => f.write_str("the default branch's"),
            Self::Version => f.write_str("a git tag"),
            Self::Branch(branch) => write!(f, "branch {branch} exists"),
            Self::Template => f.write_str("follows from tags: of keg.yml"),
            Self::Used(container) => write!(f, "container {container} uses it"),
            Self::Young => f.write_str("too young"),
            Self::Newest(branch) => write!(f, "one of the newest of {branch}"),
            Self::NewestOfGone => f.write_str("one of the newest of branches that are gone"),
            Self::NeededBy(name) => write!(f, "needed by {name}"),
            Self::Unknown => f.write_str("of no branch that keg knows"),
            Self::OtherWorkspace => f.write_str("made by another workspace"),
            Self::Other => f.write_str("not made by keg"),
            Self::NotSelected => f.write_str("not asked for"),
        }
    }
}

/// What becomes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Keep(KeptBecause),
    Remove(Leftover),
}

/// The verdicts on one shelf.
type Verdicts<'a> = BTreeMap<&'a Name, Verdict>;

/// The plan of `keg prune`.
pub fn plan_prune(workspace: &Workspace, inventory: &Inventory, intent: &PruneIntent) -> Pruning {
    let known = Known::of_all(inventory);
    let judge = verdict::Judge { workspace, now: inventory.now, intent };
    let mut judged: Vec<(&Shelf, Verdicts)> =
        inventory.shelves.iter().map(|shelf| (shelf, judge.verdicts(shelf, known.get(&shelf.image)))).collect();
    for place in [Place::Engine, Place::Registry] {
        keep_needed(workspace, &mut judged, place);
    }
    going::pruning(workspace, inventory, &judged, &intent.selected)
}

/// The branches of a git repository, and those that are known to be gone from it.
struct Known {
    branches: Arc<Branches>,
    /// By their tags.
    gone: BTreeMap<String, String>,
}

impl Known {
    /// A branch is known by the images that were built on it, or since it was checked out here.
    fn of_all(inventory: &Inventory) -> BTreeMap<ImageIndex, Arc<Self>> {
        let mut labels: BTreeMap<*const Branches, BTreeSet<&str>> = BTreeMap::new();
        for shelf in &inventory.shelves {
            let Some(branches) = inventory.branches.get(&shelf.image) else { continue };
            let origins = shelf.contents.values().filter_map(|content| content.origin());
            labels.entry(Arc::as_ptr(branches)).or_default().extend(origins.map(|origin| origin.branch.as_str()));
        }
        let mut known: BTreeMap<*const Branches, Arc<Self>> = BTreeMap::new();
        let of_image = |(index, branches): (&ImageIndex, &Arc<Branches>)| {
            let of_repository = known.entry(Arc::as_ptr(branches)).or_insert_with(|| {
                let labels = labels.get(&Arc::as_ptr(branches)).into_iter().flatten().copied();
                Arc::new(Self { gone: gone(branches, labels), branches: branches.clone() })
            });
            (*index, of_repository.clone())
        };
        inventory.branches.iter().map(of_image).collect()
    }
}

fn gone<'a>(branches: &'a Branches, labels: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    if branches.unknown {
        return BTreeMap::new();
    }
    let names =
        labels.chain(branches.visited.iter().map(String::as_str)).filter(|name| !branches.names.contains(*name));
    let tagged = names.filter_map(|name| Some((tagging::sanitise(name).ok()?, name.to_owned())));
    // `feature/x` may be gone, and `feature-x` not.
    tagged.filter(|(tag, _)| !branches.by_tag.contains_key(tag) && !branches.versions.contains(tag)).collect()
}

/// Keeps the content tags of all that is kept in a place, and of all that it is built on.
fn keep_needed(workspace: &Workspace, judged: &mut [(&Shelf, Verdicts)], place: Place) {
    let by_image: BTreeMap<ImageIndex, usize> = judged
        .iter()
        .enumerate()
        .filter(|(_, (shelf, _))| shelf.place == place)
        .map(|(position, (shelf, _))| (shelf.image, position))
        .collect();
    let mut needed: Vec<(ImageIndex, String, String)> = Vec::new();
    for (shelf, verdicts) in by_image.values().map(|position| &judged[*position]) {
        for (name, verdict) in verdicts {
            let Some(origin) = shelf.names.get(*name).and_then(|id| shelf.contents.get(id)?.origin()) else { continue };
            if matches!(verdict, Verdict::Keep(_)) {
                let image = &workspace.image(shelf.image).name;
                let by = name.tag().map_or_else(|| image.clone(), |tag| format!("{image}:{tag}"));
                needed.push((shelf.image, origin.key.content_tag(), by.clone()));
                needed.extend(origin.parents.iter().map(|(parent, tag)| (*parent, tag.clone(), by.clone())));
            }
        }
    }
    let mut seen: BTreeSet<(ImageIndex, String)> = BTreeSet::new();
    while let Some((image, tag, by)) = needed.pop() {
        let Some((shelf, verdicts)) = by_image.get(&image).and_then(|position| judged.get_mut(*position)) else {
            continue;
        };
        if !seen.insert((image, tag.clone())) {
            continue;
        }
        let name = Name::Tag(tag);
        if let Some(verdict) = verdicts.get_mut(&name).filter(|verdict| matches!(verdict, Verdict::Remove(_))) {
            *verdict = Verdict::Keep(KeptBecause::NeededBy(by.clone()));
        }
        let origin = shelf.names.get(&name).and_then(|id| shelf.contents.get(id)?.origin());
        let parents = origin.map(|origin| origin.parents.as_slice()).unwrap_or_default();
        needed.extend(parents.iter().map(|(parent, tag)| (*parent, tag.clone(), by.clone())));
    }
}

#[cfg(test)]
mod tests;
