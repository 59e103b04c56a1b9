//! Whether the files of the work tree may be put over those of a running image: not when that image holds another
//! branch's work, which would be lost.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Error;
use crate::observe::{LABEL_BRANCH, LABEL_IMAGE, LABEL_KEY};
use crate::package::labels::LABEL_PACKAGED;

/// What the work tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkTree<'a> {
    /// The name of the tap's image.
    pub image: &'a str,
    /// The branch that is checked out.
    pub branch: &'a str,
    /// The key that a build of it would have, where it can be told.
    pub key: Option<&'a str>,
}

/// Whether files are copied, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The image was built from the branch that is checked out.
    SameBranch,
    /// It was built from another branch, whose sources are those of the work tree.
    SameSources {
        /// That branch.
        branch: String,
    },
    /// It was made from a container, with changes that no work tree has.
    Packaged,
    /// Nothing says what it was built from.
    Unknown,
    /// It is another image of a workspace.
    OtherImage {
        /// That image.
        image: String,
    },
    /// It was built from another branch, with other sources.
    OtherBranch {
        /// That branch; empty where the image does not say it.
        branch: String,
    },
}

/// Judges by the labels of the running image.
///
/// Labels are inherited by what is built on an image, so those of another image of the workspace prove nothing.
pub fn judge(labels: &BTreeMap<String, String>, work_tree: WorkTree<'_>) -> Verdict {
    let label = |name: &str| labels.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if labels.contains_key(LABEL_PACKAGED) {
        return Verdict::Packaged;
    }
    let (Some(image), Some(key)) = (label(LABEL_IMAGE), label(LABEL_KEY)) else { return Verdict::Unknown };
    if image != work_tree.image {
        return Verdict::OtherImage { image: image.to_owned() };
    }
    let branch = label(LABEL_BRANCH).unwrap_or_default();
    if branch == work_tree.branch {
        return Verdict::SameBranch;
    }
    let branch = branch.to_owned();
    if work_tree.key == Some(key) { Verdict::SameSources { branch } } else { Verdict::OtherBranch { branch } }
}

impl Verdict {
    /// Whether files may be copied.
    pub fn allows(&self) -> bool {
        matches!(self, Self::SameBranch | Self::SameSources { .. })
    }

    /// What is found, as a sentence without its end. `image` is the running image as users know it, `current` the
    /// branch that is checked out.
    pub fn why(&self, image: &str, current: &str) -> String {
        match self {
            Self::SameBranch => format!("{image} was built from the branch {current}, which is checked out"),
            Self::SameSources { branch } => {
                format!("{image} was built from the branch {branch}, whose sources are those of {current}")
            }
            Self::Packaged => {
                format!("{image} was packaged from a container, and holds changes that are in no work tree")
            }
            Self::Unknown => format!("{image} does not say what it was built from: keg has not built it"),
            Self::OtherImage { image: other } => format!("{image} is no build of this tap but one of {other}"),
            Self::OtherBranch { branch } if branch.is_empty() => {
                format!("{image} does not say from which branch it was built, and its sources differ from {current}'s")
            }
            Self::OtherBranch { branch } => {
                format!(
                    "{image} was built from the branch {branch}, and {current} is checked out, whose sources differ"
                )
            }
        }
    }

    /// The error for a tap whose files must not be overwritten; `None` where they may be.
    pub fn refusal(&self, tap: &str, image: &str, current: &str) -> Option<Error> {
        if self.allows() {
            return None;
        }
        let anew = format!("start what is checked out: keg start {tap} --build");
        let help = match self {
            Self::OtherBranch { branch } if !branch.is_empty() => {
                format!("check out {branch}; or {anew}; or overwrite what the container has, with --force-sync")
            }
            _ => format!("{anew}; or overwrite what the container has, with --force-sync"),
        };
        let message = format!("watching {tap}: no file is copied, since that would overwrite another's work");
        Some(Error::request(message).because(self.why(image, current)).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn built(branch: &str) -> BTreeMap<String, String> {
        labels(&[(LABEL_IMAGE, "web"), (LABEL_KEY, "k1"), (LABEL_BRANCH, branch)])
    }

    fn verdict(labels: &BTreeMap<String, String>, branch: &str, key: Option<&str>) -> Verdict {
        judge(labels, WorkTree { image: "web", branch, key })
    }

    #[test]
    fn the_table() {
        let other = |branch: &str| Verdict::OtherBranch { branch: branch.to_owned() };
        let same = |branch: &str| Verdict::SameSources { branch: branch.to_owned() };
        for (image, branch, key, expected) in [
            ("main", "main", Some("k1"), Verdict::SameBranch),
            // What was edited since the build is what watch is for.
            ("main", "main", Some("k2"), Verdict::SameBranch),
            ("main", "main", None, Verdict::SameBranch),
            ("feature/x", "feature/x", None, Verdict::SameBranch),
            ("main", "fix", Some("k1"), same("main")),
            ("main", "fix", Some("k2"), other("main")),
            ("main", "fix", None, other("main")),
            // Two branches with one tag are two branches.
            ("feature/x", "feature-x", Some("k2"), other("feature/x")),
            ("main", "Main", Some("k2"), other("main")),
            ("", "main", Some("k1"), same("")),
            ("", "main", Some("k2"), other("")),
            ("", "", Some("k2"), Verdict::SameBranch),
        ] {
            assert_eq!(verdict(&built(image), branch, key), expected, "{image} {branch} {key:?}");
        }
    }

    #[test]
    fn what_was_packaged_is_kept_even_on_its_branch() {
        let mut packaged = built("main");
        packaged.insert(LABEL_PACKAGED.to_owned(), "2026-11-20T12:00:00Z".to_owned());
        assert_eq!(verdict(&packaged, "main", Some("k1")), Verdict::Packaged);
        assert!(!Verdict::Packaged.allows());
    }

    #[test]
    fn what_says_nothing_is_not_known() {
        assert_eq!(verdict(&labels(&[]), "main", Some("k1")), Verdict::Unknown);
        assert_eq!(verdict(&labels(&[(LABEL_BRANCH, "main")]), "main", Some("k1")), Verdict::Unknown);
        assert_eq!(verdict(&labels(&[(LABEL_IMAGE, "web"), (LABEL_KEY, "")]), "main", None), Verdict::Unknown);
        assert!(!Verdict::Unknown.allows());
    }

    #[test]
    fn labels_of_a_parent_prove_nothing() {
        let inherited = labels(&[(LABEL_IMAGE, "tap"), (LABEL_KEY, "k1"), (LABEL_BRANCH, "main")]);
        assert_eq!(verdict(&inherited, "main", Some("k1")), Verdict::OtherImage { image: "tap".to_owned() });
    }

    #[test]
    fn refusals_say_why_and_what_to_do() {
        let error = Verdict::OtherBranch { branch: "fix".to_owned() }.refusal("web", "web:fix", "main").unwrap();
        assert_eq!(
            error.one_line(),
            "watching web: no file is copied, since that would overwrite another's work: web:fix was built from the \
             branch fix, and main is checked out, whose sources differ"
        );
        assert_eq!(
            error.remedy(),
            Some(
                "check out fix; or start what is checked out: keg start web --build; or overwrite what the container \
                 has, with --force-sync"
            )
        );
        for refused in [Verdict::Packaged, Verdict::Unknown, Verdict::OtherImage { image: "tap".to_owned() }] {
            let error = refused.refusal("web", "web:fix", "main").unwrap();
            assert!(error.remedy().unwrap().contains("--force-sync"));
            assert_eq!(error.exit_code(), 2);
        }
        assert!(Verdict::SameBranch.refusal("web", "web:main", "main").is_none());
    }
}
