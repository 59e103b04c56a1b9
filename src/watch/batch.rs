//! What has to be done after something happened at some paths.

use std::collections::{BTreeMap, BTreeSet};

use crate::context::{Entry, EntryKind};
use crate::manifest::WatchAction;
use crate::watch::Rule;

/// Files, folders and links by their path in a rule's folder.
pub type Listing = BTreeMap<String, Entry>;

/// Digests of files by their path in a rule's folder.
pub type Digests = BTreeMap<String, [u8; 32]>;

/// What is to be done in a container so that it has what the work tree has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is new or has changed, folders before what they hold.
    pub copies: Vec<Entry>,
    /// What has gone: of a folder with all that it held, only the folder.
    pub deletions: Vec<String>,
}

impl Changes {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.copies.is_empty() && self.deletions.is_empty()
    }

    /// Leaves out files that were written anew with the content and the mode that they had.
    pub fn without_rewritten(mut self, known: &Listing, before: &Digests, now: &Digests) -> Self {
        self.copies.retain(|entry| {
            let path = &entry.path;
            let same_mode = known.get(path).is_some_and(|old| old.mode == entry.mode && old.kind == entry.kind);
            !(same_mode && before.contains_key(path) && before.get(path) == now.get(path))
        });
        self
    }

    /// The paths of files and links that are copied, and of folders that hold nothing new.
    pub fn copied_paths(&self) -> Vec<&str> {
        let files = self.copies.iter().filter(|entry| entry.kind != EntryKind::Directory);
        let files: Vec<&str> = files.map(|entry| entry.path.as_str()).collect();
        if files.is_empty() { self.copies.iter().map(|entry| entry.path.as_str()).collect() } else { files }
    }
}

/// What has changed at the touched paths and below them: `known` is what was there when it was looked at last, `seen`
/// is what is there now. The path `` is the rule's folder itself.
pub fn changes(known: &Listing, touched: &BTreeSet<String>, seen: &Listing) -> Changes {
    let copies = seen.values().filter(|entry| !known.get(&entry.path).is_some_and(|old| is_same(old, entry)));
    let copies: Vec<Entry> = copies.cloned().collect();
    let gone: BTreeSet<&str> = touched
        .iter()
        .flat_map(|path| at_and_below(known, path))
        .map(|entry| entry.path.as_str())
        .filter(|path| !seen.contains_key(*path))
        .collect();
    // What was in a folder goes with it, also where a file has taken the folder's place.
    let goes_with_it = |folder: &str| {
        gone.contains(folder) || seen.get(folder).is_some_and(|entry| entry.kind != EntryKind::Directory)
    };
    let deletions = gone.iter().filter(|path| !folders_above(path).any(goes_with_it));
    Changes { copies, deletions: deletions.map(|path| (*path).to_owned()).collect() }
}

/// Brings `known` up to date.
pub fn remember(known: &mut Listing, touched: &BTreeSet<String>, seen: Listing) {
    let gone: Vec<String> = touched
        .iter()
        .flat_map(|path| at_and_below(known, path))
        .map(|entry| entry.path.clone())
        .filter(|path| !seen.contains_key(path))
        .collect();
    for path in gone {
        known.remove(&path);
    }
    known.extend(seen);
}

/// Touched paths without those that lie below another one.
pub fn topmost(touched: BTreeSet<String>) -> BTreeSet<String> {
    if touched.contains("") {
        return BTreeSet::from([String::new()]);
    }
    touched.iter().filter(|path| !folders_above(path).any(|folder| touched.contains(folder))).cloned().collect()
}

fn at_and_below<'a>(listing: &'a Listing, path: &str) -> Box<dyn Iterator<Item = &'a Entry> + 'a> {
    if path.is_empty() {
        return Box::new(listing.values());
    }
    // `0` comes directly after `/`.
    let below = listing.range(format!("{path}/")..format!("{path}0")).map(|(_, entry)| entry);
    Box::new(listing.get(path).into_iter().chain(below))
}

fn folders_above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

/// A folder's time and size say only that something in it has changed.
fn is_same(old: &Entry, new: &Entry) -> bool {
    match (&old.kind, &new.kind) {
        (EntryKind::Directory, EntryKind::Directory) => old.mode == new.mode,
        _ => old == new,
    }
}

/// What the changes of all rules lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// The image is built anew. Its container gets all files then, so that nothing else is to be done.
    pub rebuild: bool,
    /// The rules, by their place, whose changes are copied.
    pub copies: Vec<usize>,
    /// Services whose containers restart when all is copied.
    pub restarts: BTreeSet<String>,
}

/// What is to be done after changes, one set for each rule.
pub fn work(rules: &[Rule], changes: &[Changes]) -> Work {
    let changed = || rules.iter().zip(changes).enumerate().filter(|(_, (_, changes))| !changes.is_empty());
    if changed().any(|(_, (rule, _))| rule.action == WatchAction::Rebuild) {
        return Work { rebuild: true, ..Work::default() };
    }
    let restarts = changed().filter(|(_, (rule, _))| rule.action.restarts());
    Work {
        rebuild: false,
        copies: changed().filter(|(_, (rule, _))| rule.action.copies()).map(|(index, _)| index).collect(),
        restarts: restarts.map(|(_, (rule, _))| rule.service.clone()).collect(),
    }
}

#[cfg(test)]
#[path = "batch/tests.rs"]
mod tests;
