//! Why a key is another than it was: down to the files and outside images, through the parents. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::history::Earlier;
use crate::key::{Change, Inputs, Key, difference};

/// What the names of inputs begin with that are parents.
const PARENT: &str = "parent ";
/// What the names of inputs begin with that every image has.
const WORKSPACE: &str = "workspace ";

/// Why one image changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What changed: first what is the image's own, then what its parents bring along.
    pub causes: Vec<Cause>,
    /// Whether all of it is certain: whatever was compared with gives the keys that the images have.
    pub is_exact: bool,
}

/// One input that changed, and the images that it changed in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The ancestors from the image's own parent to the one whose input it is; empty for the image's own inputs.
    pub path: Vec<String>,
    /// The input; `None` where nobody knows any more what that ancestor was built from.
    pub change: Option<Change>,
}

/// Compares what the image `name` was built from with `present`, the inputs of all images by name. `earlier` gives what
/// an ancestor was built from when it had a key.
pub fn explain(
    name: &str,
    old: &Earlier,
    present: &BTreeMap<String, Inputs>,
    earlier: &mut dyn FnMut(&str, &Key) -> Option<Earlier>,
) -> Explanation {
    let mut explanation = Explanation { causes: Vec::new(), is_exact: true };
    let mut seen = BTreeSet::from([name.to_owned()]);
    let mut open = std::collections::VecDeque::from([(Vec::new(), name.to_owned(), Some(old.clone()))]);
    // Nearer images first, so that each ancestor is reached by a shortest path.
    while let Some((path, name, old)) = open.pop_front() {
        let (Some(old), Some(new)) = (old, present.get(&name)) else {
            explanation.is_exact = false;
            explanation.causes.push(Cause { path, change: None });
            continue;
        };
        explanation.is_exact &= old.is_exact;
        for change in difference(&old.inputs, new) {
            match changed_parent(&change, present) {
                Some((parent, key)) => {
                    if seen.insert(parent.to_owned()) {
                        let path = path.iter().cloned().chain([parent.to_owned()]).collect();
                        open.push_back((path, parent.to_owned(), earlier(parent, &key)));
                    }
                }
                None if is_told(&explanation.causes, &change) => {}
                None => explanation.causes.push(Cause { path: path.clone(), change: Some(change) }),
            }
        }
    }
    explanation
}

/// Whether the change is one of the whole workspace, which a nearer image has as well.
fn is_told(causes: &[Cause], change: &Change) -> bool {
    change.name.starts_with(WORKSPACE) && causes.iter().any(|cause| cause.change.as_ref() == Some(change))
}

/// The parent in the workspace that has another key now, with its old one.
fn changed_parent<'a>(change: &'a Change, present: &BTreeMap<String, Inputs>) -> Option<(&'a str, Key)> {
    let parent = change.name.strip_prefix(PARENT).filter(|parent| present.contains_key(*parent))?;
    let key = Key::parse(change.old.as_deref()?).ok()?;
    change.new.is_some().then_some((parent, key))
}

/// `~ file setup.sh`, or `parent tap ← base: ~ file setup.sh`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "parent {}: ", self.path.join(" ← "))?;
        }
        match &self.change {
            Some(change) => change.fmt(f),
            None => f.write_str("changed, and nobody knows any more what it was built from"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images with a Dockerfile each, in the order in which they are built on each other.
    fn chain(images: &[(&str, &[&str], &str)], outside: &str) -> BTreeMap<String, Inputs> {
        let mut all: BTreeMap<String, Inputs> = BTreeMap::new();
        for (name, parents, text) in images {
            let mut inputs = Inputs::default();
            inputs.file("setup.sh", *text);
            for parent in *parents {
                match all.get(*parent) {
                    Some(known) => inputs.parent(parent, known.key().to_string()),
                    None => inputs.parent(parent, format!("sha256:{}", outside.repeat(64))),
                }
            }
            all.insert((*name).to_owned(), inputs);
        }
        all
    }

    fn explained(
        old: &BTreeMap<String, Inputs>,
        new: &BTreeMap<String, Inputs>,
        forgotten: &str,
    ) -> (Vec<String>, bool) {
        let of = |name: &str| Earlier { inputs: old[name].clone(), is_exact: true };
        let mut earlier = |name: &str, key: &Key| {
            assert_eq!(old[name].key(), *key);
            (name != forgotten).then(|| of(name))
        };
        let explanation = explain("web", &of("web"), new, &mut earlier);
        (explanation.causes.iter().map(ToString::to_string).collect(), explanation.is_exact)
    }

    const BEFORE: &[(&str, &[&str], &str)] = &[
        ("base", &["debian:12"], "1"),
        ("tap", &["base"], "1"),
        ("side", &["base"], "1"),
        ("web", &["tap", "side"], "1"),
    ];

    #[test]
    fn own_inputs_come_first_and_ancestors_once() {
        let old = chain(BEFORE, "a");
        let new = chain(
            &[
                ("base", &["debian:12"], "2"),
                ("tap", &["base"], "1"),
                ("side", &["base"], "1"),
                ("web", &["tap", "side"], "2"),
            ],
            "a",
        );
        let causes = ["~ file setup.sh: 1 → 2", "parent side ← base: ~ file setup.sh: 1 → 2"];
        assert_eq!(explained(&old, &new, ""), (causes.map(str::to_owned).to_vec(), true));
    }

    #[test]
    fn an_outside_image_is_a_cause() {
        let causes = ["parent side ← base: ~ parent debian:12: aaaaaaaaaaaa → bbbbbbbbbbbb".to_owned()];
        assert_eq!(explained(&chain(BEFORE, "a"), &chain(BEFORE, "b"), ""), (causes.to_vec(), true));
    }

    #[test]
    fn another_parent_is_a_change_of_the_image_itself() {
        let new = chain(&[("base", &["debian:12"], "1"), ("web", &["base"], "1")], "a");
        let (causes, is_exact) = explained(&chain(BEFORE, "a"), &new, "");
        assert!(is_exact);
        assert_eq!(causes.len(), 3, "{causes:?}");
        assert!(causes[0].starts_with("+ parent base"), "{causes:?}");
        assert!(causes[1].starts_with("- parent side"), "{causes:?}");
    }

    #[test]
    fn what_is_forgotten_is_said() {
        let (causes, is_exact) = explained(&chain(BEFORE, "a"), &chain(BEFORE, "b"), "base");
        assert_eq!(causes, ["parent side ← base: changed, and nobody knows any more what it was built from"]);
        assert!(!is_exact);
    }

    #[test]
    fn nothing_changed() {
        assert_eq!(explained(&chain(BEFORE, "a"), &chain(BEFORE, "a"), ""), (Vec::new(), true));
    }
}
