//! The part of a context that BuildKit asks for.

use std::collections::HashSet;

use tonic::metadata::MetadataMap;

use crate::context::{Entry, EntryKind};

/// Paths that BuildKit needs, as the Dockerfile's `COPY` and `ADD` name them. More than asked does no harm.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// Everything.
    All,
    /// These files, and folders with all that is in them.
    Under(Vec<String>),
}

impl Selection {
    /// What the metadata of BuildKit's request ask for.
    pub(super) fn of(metadata: &MetadataMap) -> Self {
        let mut paths = Vec::new();
        // Values beyond ASCII come encoded, which this key announces.
        if metadata.contains_key("followpaths-encoded") || metadata.contains_key("include-patterns") {
            return Self::All;
        }
        for path in metadata.get_all("followpaths") {
            match path.to_str().ok().and_then(plain) {
                Some(path) if !path.is_empty() => paths.push(path),
                _ => return Self::All,
            }
        }
        if paths.is_empty() { Self::All } else { Self::Under(paths) }
    }

    /// The places of the chosen entries, with the folders above them.
    pub(super) fn apply(&self, entries: &[Entry]) -> Vec<usize> {
        let Self::Under(paths) = self else { return (0..entries.len()).collect() };
        let paths = paths.iter().map(String::as_str).collect::<HashSet<_>>();
        let is_under = |path: &str| prefixes(path).any(|prefix| paths.contains(prefix));
        // A link on the way, or among what is chosen, may lead anywhere.
        let needed_links = paths.iter().flat_map(|path| prefixes(path)).collect::<HashSet<_>>();
        let is_link = |entry: &Entry| matches!(entry.kind, EntryKind::Symlink { .. });
        if entries.iter().any(|entry| is_link(entry) && needed_links.contains(entry.path.as_str())) {
            return (0..entries.len()).collect();
        }
        let is_chosen = |entry: &Entry| is_under(&entry.path) || needed_links.contains(entry.path.as_str());
        (0..entries.len()).filter(|index| is_chosen(&entries[*index])).collect()
    }
}

/// A path relative to the context. Of a pattern, the folders before its first wildcard.
fn plain(path: &str) -> Option<String> {
    let mut names = Vec::new();
    for name in path.split('/').filter(|name| !name.is_empty() && *name != ".") {
        if name == ".." {
            return None;
        }
        if name.contains(['*', '?', '[', '\\']) {
            break;
        }
        names.push(name);
    }
    Some(names.join("/"))
}

/// `a`, `a/b`, `a/b/c` of `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain(std::iter::once(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FileIdentity;

    fn entries() -> Vec<Entry> {
        let entry = |path: &str, kind| Entry {
            path: path.to_owned(),
            kind,
            mode: 0o644,
            size: 0,
            modified: 0,
            identity: FileIdentity::default(),
        };
        vec![
            entry("a", EntryKind::Directory),
            entry("a/b", EntryKind::Directory),
            entry("a/b/c", EntryKind::File),
            entry("a/d", EntryKind::File),
            entry("ab", EntryKind::File),
            entry("link", EntryKind::Symlink { target: "a".into() }),
        ]
    }

    fn chosen(paths: &[&str]) -> Vec<String> {
        let mut metadata = MetadataMap::new();
        for path in paths {
            metadata.append("followpaths", path.parse().unwrap());
        }
        let entries = entries();
        Selection::of(&metadata).apply(&entries).iter().map(|index| entries[*index].path.clone()).collect()
    }

    #[test]
    fn only_what_is_asked_for() {
        assert_eq!(chosen(&["a/b"]), ["a", "a/b", "a/b/c"]);
        assert_eq!(chosen(&["ab", "a/d"]), ["a", "a/d", "ab"]);
        assert_eq!(chosen(&["a/*.txt"]), ["a", "a/b", "a/b/c", "a/d"]);
        assert_eq!(chosen(&["missing"]), [""; 0]);
    }

    #[test]
    fn all_where_it_is_not_clear() {
        for paths in [&[] as &[&str], &["*.txt"], &["."], &["/"], &["link/b"], &["link"], &["../x"]] {
            assert_eq!(chosen(paths).len(), entries().len(), "{paths:?}");
        }
    }
}
