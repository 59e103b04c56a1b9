//! The part of a context that BuildKit asks for.

use std::collections::HashSet;

use tonic::metadata::MetadataMap;

use crate::context::{Entry, EntryKind};

/// What BuildKit needs, as the Dockerfile's `COPY` and `ADD` name it. More than asked does no harm.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// Everything.
    All,
    /// These files, and folders with all that is in them.
    Under(Vec<Wanted>),
}

/// One path that is needed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The path relative to the context; of a pattern, the folders before its first wildcard.
    path: String,
    /// Whether it was a pattern.
    is_pattern: bool,
}

impl Selection {
    /// What the metadata of BuildKit's request ask for.
    pub(super) fn of(metadata: &MetadataMap) -> Self {
        // Newer versions may name patterns of other kinds too, or announce with this key that they encode paths.
        if metadata.contains_key("followpaths-encoded") || metadata.contains_key("include-patterns") {
            return Self::All;
        }
        let paths = metadata.get_all("followpaths").iter();
        let wanted = paths.map(|path| std::str::from_utf8(path.as_encoded_bytes()).ok().and_then(Wanted::parse));
        match wanted.collect::<Option<Vec<_>>>() {
            Some(wanted) if !wanted.is_empty() => Self::Under(wanted),
            _ => Self::All,
        }
    }

    /// The places of the chosen entries, with the folders above them.
    pub(super) fn apply(&self, entries: &[Entry]) -> Vec<usize> {
        let all = || (0..entries.len()).collect();
        let Self::Under(wanted) = self else { return all() };
        let paths = wanted.iter().map(|wanted| wanted.path.as_str()).collect::<HashSet<_>>();
        let patterns = wanted.iter().filter(|wanted| wanted.is_pattern).map(|wanted| wanted.path.as_str());
        let patterns = patterns.collect::<HashSet<_>>();
        let on_the_way = paths.iter().flat_map(|path| prefixes(path)).collect::<HashSet<_>>();
        // BuildKit goes where a link leads that is on the way to a path, or that a pattern meets.
        let is_followed = |entry: &Entry| {
            matches!(entry.kind, EntryKind::Symlink { .. })
                && (on_the_way.contains(entry.path.as_str())
                    || prefixes(&entry.path).any(|prefix| patterns.contains(prefix)))
        };
        if entries.iter().any(is_followed) {
            return all();
        }
        let is_chosen = |entry: &Entry| {
            on_the_way.contains(entry.path.as_str()) || prefixes(&entry.path).any(|prefix| paths.contains(prefix))
        };
        (0..entries.len()).filter(|index| is_chosen(&entries[*index])).collect()
    }
}

impl Wanted {
    /// `None` for what lies outside the context, and for the context as a whole.
    fn parse(path: &str) -> Option<Self> {
        let names = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect::<Vec<_>>();
        if names.contains(&"..") {
            return None;
        }
        let fixed = names.iter().take_while(|name| !name.contains(['*', '?', '[', '\\'])).copied().collect::<Vec<_>>();
        let wanted = Self { is_pattern: fixed.len() < names.len(), path: fixed.join("/") };
        (!wanted.path.is_empty()).then_some(wanted)
    }
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
            entry("e", EntryKind::Directory),
            entry("e/link", EntryKind::Symlink { target: "../a".into() }),
            entry("e/x", EntryKind::File),
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
        assert_eq!(chosen(&["./e//x"]), ["e", "e/x"]);
        assert_eq!(chosen(&["e"]), ["e", "e/link", "e/x"]);
        assert_eq!(chosen(&["missing"]), [""; 0]);
    }

    #[test]
    fn all_where_it_is_not_clear() {
        for paths in [&[] as &[&str], &["*.txt"], &["."], &["/"], &["e/link/b"], &["e/link"], &["e/*"], &["../x"]] {
            assert_eq!(chosen(paths).len(), entries().len(), "{paths:?}");
        }
    }
}
