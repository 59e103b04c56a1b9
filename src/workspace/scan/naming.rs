//! Names that clash with none, and the registry that references show.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::Candidate;
use crate::reference::{DEFAULT_DOMAIN, Reference};
use crate::workspace::image::default_name;
use crate::workspace::names::proposed_name;

/// The name of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The name to use.
    pub used: String,
    /// Whether it follows from the folder, so that keg.yml need not say it.
    pub is_default: bool,
}

/// A name for each candidate: the default one where it is valid and nobody else's, else with the folders above it
/// before it, as many as it takes.
pub(super) fn names(root: &Path, candidates: &[Candidate]) -> Vec<Name> {
    let defaults: Vec<String> = candidates
        .iter()
        .map(|candidate| default_name(&candidate.folder, (!candidate.is_main).then_some(candidate.file.as_str())))
        .collect();
    let mut wanted: Vec<String> = defaults.iter().map(|name| proposed_name(name)).collect();
    for above in 1..=deepest(root, candidates) {
        let counts = count(&wanted);
        for (index, candidate) in candidates.iter().enumerate() {
            if counts[&wanted[index]] > 1 {
                put_folders_before(root, candidate, above, &defaults[index], &mut wanted[index]);
            }
        }
    }
    let mut used = HashSet::new();
    let unique = wanted.into_iter().map(|name| {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !used.contains(name)).unwrap_or(name);
        used.insert(free.clone());
        free
    });
    unique.zip(&defaults).map(|(used, default)| Name { is_default: used == *default, used }).collect()
}

/// Puts the `above` nearest folders before the name.
fn put_folders_before(root: &Path, candidate: &Candidate, above: usize, default: &str, name: &mut String) {
    let Ok(relative) = candidate.folder.strip_prefix(root) else { return };
    let folders: Vec<String> =
        relative.components().map(|part| part.as_os_str().to_string_lossy().to_lowercase()).collect();
    let before = folders.len().saturating_sub(1);
    let prefix = &folders[before.saturating_sub(above)..before];
    *name = proposed_name(&prefix.iter().map(String::as_str).chain([default]).collect::<Vec<_>>().join("-"));
}

fn deepest(root: &Path, candidates: &[Candidate]) -> usize {
    let depth = |candidate: &Candidate| candidate.folder.strip_prefix(root).map_or(0, |path| path.components().count());
    candidates.iter().map(depth).max().unwrap_or(0)
}

fn count(names: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(name.clone()).or_insert(0) += 1;
    }
    counts
}

/// The host and namespace that most references to siblings have: `ghcr.io/acme` of `FROM ghcr.io/acme/base:1.0` beside
/// an image `base`.
pub(super) fn registry(candidates: &[Candidate], names: &[Name]) -> Option<String> {
    let siblings: HashSet<&str> = names.iter().map(|name| name.used.as_str()).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (candidate, name) in candidates.iter().zip(names) {
        for written in &candidate.references {
            let Ok(reference) = Reference::parse(written) else { continue };
            let is_official = reference.domain() == DEFAULT_DOMAIN && reference.path().starts_with("library/");
            let last = reference.last_component();
            if is_official || reference.digest().is_some() || last == name.used || !siblings.contains(last) {
                continue;
            }
            let repository = reference.repository();
            if let Some(prefix) = repository.strip_suffix(last).and_then(|prefix| prefix.strip_suffix('/')) {
                *counts.entry(prefix.to_owned()).or_insert(0) += 1;
            }
        }
    }
    counts
        .into_iter()
        .max_by(|(a, a_count), (b, b_count)| a_count.cmp(b_count).then_with(|| b.cmp(a)))
        .map(|(prefix, _)| prefix)
}
