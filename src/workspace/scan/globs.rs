//! The shortest globs that find exactly the Dockerfiles that there are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Candidate, by_place};
use crate::workspace::folder::Dockerfiles;
use crate::workspace::layout::Pattern;
use crate::workspace::source::shown;

/// The candidates by folder and file.
type Places = HashMap<(PathBuf, Option<String>), usize>;

/// Globs for `layout:`: one with a `*` for each two or more places that differ in one component, where it finds nothing
/// else, and the paths of the rest.
pub(super) fn globs(root: &Path, candidates: &[Candidate]) -> Vec<String> {
    let places = by_place(candidates);
    let paths: BTreeMap<usize, String> =
        candidates.iter().enumerate().map(|(index, candidate)| (index, path(root, candidate))).collect();
    let mut groups: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (index, path) in &paths {
        for wildcard in wildcards(path) {
            groups.entry(wildcard).or_default().insert(*index);
        }
    }
    let mut groups: Vec<(String, BTreeSet<usize>)> = groups
        .into_iter()
        .filter(|(glob, members)| members.len() > 1 && finds_only(root, glob, members, &places))
        .collect();
    // The glob that finds most comes first.
    groups.sort_by(|(a_glob, a), (b_glob, b)| b.len().cmp(&a.len()).then_with(|| a_glob.cmp(b_glob)));
    let mut open: HashSet<usize> = paths.keys().copied().collect();
    let mut chosen = Vec::new();
    for (glob, members) in groups {
        let new: Vec<usize> = members.iter().copied().filter(|member| open.contains(member)).collect();
        if new.len() > 1 {
            open.retain(|member| !members.contains(member));
            chosen.push((new[0], glob, members));
        }
    }
    let mut chosen = merged(root, chosen, &places);
    chosen.extend(open.into_iter().map(|index| (index, escaped(&paths[&index]))));
    chosen.sort();
    chosen.into_iter().map(|(_, glob)| glob).collect()
}

/// A glob with a place that it finds first, and all that it finds.
type Chosen = (usize, String, BTreeSet<usize>);

/// Globs that differ in one component, as `shop/web/*` and `shop/jobs/*`, become one, `shop/*/*`, where it finds
/// nothing else; so a folder beside `web` and `jobs` is found when it comes. The first component stays: a repository
/// has other folders beside those of images.
fn merged(root: &Path, mut chosen: Vec<Chosen>, places: &Places) -> Vec<(usize, String)> {
    loop {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, (_, glob, _)) in chosen.iter().enumerate() {
            for wildcard in replaced(glob.split('/').collect(), 1) {
                if wildcard != *glob {
                    groups.entry(wildcard).or_default().push(at);
                }
            }
        }
        let found = groups.into_iter().find_map(|(glob, parts)| {
            let members: BTreeSet<usize> = parts.iter().flat_map(|at| chosen[*at].2.iter().copied()).collect();
            (parts.len() > 1 && finds_only(root, &glob, &members, places)).then_some((glob, parts, members))
        });
        let Some((glob, parts, members)) = found else {
            return chosen.into_iter().map(|(first, glob, _)| (first, glob)).collect();
        };
        let first = parts.iter().map(|at| chosen[*at].0).min().unwrap_or_default();
        let mut at = 0..;
        chosen.retain(|_| at.next().is_none_or(|at| !parts.contains(&at)));
        chosen.push((first, glob, members));
    }
}

/// The path of every place, without wildcards.
pub(super) fn paths(root: &Path, candidates: &[Candidate]) -> Vec<String> {
    candidates.iter().map(|candidate| escaped(&path(root, candidate))).collect()
}

fn path(root: &Path, candidate: &Candidate) -> String {
    if candidate.is_main {
        shown(root, &candidate.folder)
    } else {
        shown(root, &candidate.folder.join(&candidate.file))
    }
}

/// `a/b/c` with each component but a Dockerfile's own name replaced by `*`.
fn wildcards(path: &str) -> Vec<String> {
    let components: Vec<String> = path.split('/').map(escaped).collect();
    if path == "." { Vec::new() } else { replaced(components.iter().map(String::as_str).collect(), 0) }
}

/// `components` with each, from the one at `first` on, replaced by `*`.
fn replaced(components: Vec<&str>, first: usize) -> Vec<String> {
    let with = |at: usize| {
        let mut components = components.clone();
        components[at] = "*";
        components.join("/")
    };
    (first..components.len()).map(with).collect()
}

/// Whether a glob finds these candidates and, beside them, only folders without any Dockerfile.
fn finds_only(root: &Path, glob: &str, members: &BTreeSet<usize>, places: &Places) -> bool {
    let Ok(pattern) = Pattern::parse(glob) else { return false };
    let mut found = BTreeSet::new();
    for (folder, file) in pattern.find(root) {
        let dockerfiles = Dockerfiles::of(&folder);
        let file = file.filter(|file| dockerfiles.main() != Some(file));
        match places.get(&(folder, file.clone())) {
            Some(index) => {
                found.insert(*index);
            }
            None if file.is_none() && dockerfiles == Dockerfiles::default() => {}
            None => return false,
        }
    }
    found == *members
}

/// A path as a glob that finds just it.
fn escaped(path: &str) -> String {
    let mut glob = String::new();
    for character in path.chars() {
        if matches!(character, '*' | '?' | '[' | '{') {
            glob.extend(['[', character, ']']);
        } else {
            glob.push(character);
        }
    }
    glob
}
