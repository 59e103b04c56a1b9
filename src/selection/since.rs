//! The commit that images are compared with.

use crate::border::git::{Head, Repository};
use crate::error::{Error, Result};

/// The remote that counts where there are several.
const ORIGIN: &str = "origin";
/// Default branches where neither keg.yml nor the remote names one.
const USUAL: [&str; 2] = ["main", "master"];

/// What the error begins with for a revision that this clone does not have.
pub const NO_REVISION: &str = "there is no commit, branch or tag";

/// What images are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The default branch: that of the remote, as it was last fetched, else that of this clone.
    DefaultBranch,
    /// A branch, a tag or a commit.
    Revision(String),
}

impl Since {
    /// The commit's name for people and its 40 hexadecimal digits.
    ///
    /// # Errors
    /// This clone has no such commit, with the way to get it.
    pub(super) fn find(&self, repository: &Repository, default_branch: Option<&str>) -> Result<(String, String)> {
        let remotes = repository.remotes()?;
        let candidates = match self {
            Self::DefaultBranch => {
                default_revisions(default_branch, repository.origin_head.as_deref(), &remotes, &repository.head)
            }
            // CI clones have branches of the remote that they have not checked out.
            Self::Revision(revision) => {
                let of_remotes = remotes.iter().map(|remote| format!("{remote}/{revision}"));
                std::iter::once(revision.clone()).chain(of_remotes).collect()
            }
        };
        for candidate in &candidates {
            if let Some(commit) = repository.resolve(candidate)? {
                return Ok((shown(candidate).to_owned(), commit));
            }
        }
        Err(self.missing(repository, default_branch, &remotes))
    }

    fn missing(&self, repository: &Repository, default_branch: Option<&str>, remotes: &[String]) -> Error {
        let root = repository.root.components().as_path().display();
        let shallow = repository.is_shallow();
        let fetch = match (shallow, remotes.is_empty()) {
            (true, _) => {
                "this clone is shallow; get the rest with `git fetch --unshallow`, or in CI with `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)"
            }
            (false, false) => "get it with `git fetch`; `git branch --all` shows what is there",
            (false, true) => "`git branch --all` and `git log` show what is there",
        };
        match self {
            Self::DefaultBranch => {
                let name = default_branch.or(repository.origin_head.as_deref()).unwrap_or("main");
                let message = format!("the default branch `{name}` is not in the clone {root}");
                let else_name = "or name what to compare with: --changed REV, or default_branch in keg.yml";
                Error::request(message).help(format!("{fetch}; {else_name}"))
            }
            Self::Revision(revision) => {
                Error::request(format!("{NO_REVISION} `{revision}` in the clone {root}")).help(fetch)
            }
        }
    }
}

/// A reference as git's own programs show it.
fn shown(reference: &str) -> &str {
    ["refs/remotes/", "refs/heads/"].iter().find_map(|prefix| reference.strip_prefix(prefix)).unwrap_or(reference)
}

/// The references that may be the default branch, the likeliest first. `configured` is keg.yml's word, which counts
/// before the remote's.
pub fn default_revisions(
    configured: Option<&str>,
    origin_head: Option<&str>,
    remotes: &[String],
    head: &Head,
) -> Vec<String> {
    let mut names: Vec<&str> = match configured.or(origin_head) {
        Some(name) => vec![name],
        None => USUAL.to_vec(),
    };
    // Where nobody says anything, the branch that is checked out is as good a guess as any name.
    if let (None, Head::Branch(current)) = (configured.or(origin_head), head)
        && USUAL.contains(&current.as_str())
    {
        names.sort_by_key(|name| *name != current);
    }
    let remote = remotes.iter().find(|remote| *remote == ORIGIN).or(match remotes {
        [only] => Some(only),
        _ => None,
    });
    let of_remote = names.iter().filter_map(|name| Some(format!("refs/remotes/{}/{name}", remote?)));
    of_remote.chain(names.iter().map(|name| format!("refs/heads/{name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revisions(configured: Option<&str>, origin_head: Option<&str>, remotes: &[&str], head: &str) -> Vec<String> {
        let remotes: Vec<String> = remotes.iter().map(|&remote| remote.to_owned()).collect();
        default_revisions(configured, origin_head, &remotes, &Head::Branch(head.to_owned()))
    }

    #[test]
    fn the_remote_comes_before_the_clone() {
        assert_eq!(
            revisions(Some("develop"), Some("main"), &["origin"], "x"),
            ["refs/remotes/origin/develop", "refs/heads/develop"]
        );
        assert_eq!(revisions(None, Some("trunk"), &["origin"], "x"), ["refs/remotes/origin/trunk", "refs/heads/trunk"]);
    }

    #[test]
    fn without_a_word_the_usual_names_are_tried() {
        assert_eq!(revisions(None, None, &[], "x"), ["refs/heads/main", "refs/heads/master"]);
        assert_eq!(revisions(None, None, &[], "master"), ["refs/heads/master", "refs/heads/main"]);
        let remote = ["refs/remotes/up/main", "refs/remotes/up/master", "refs/heads/main", "refs/heads/master"];
        assert_eq!(revisions(None, None, &["up"], "x"), remote);
    }

    #[test]
    fn of_several_remotes_origin_counts() {
        assert_eq!(
            revisions(Some("main"), None, &["fork", "origin"], "x"),
            ["refs/remotes/origin/main", "refs/heads/main"]
        );
        assert_eq!(revisions(Some("main"), None, &["fork", "other"], "x"), ["refs/heads/main"]);
    }

    #[test]
    fn references_are_shown_as_git_shows_them() {
        assert_eq!(shown("refs/remotes/origin/main"), "origin/main");
        assert_eq!(shown("refs/heads/main"), "main");
        assert_eq!(shown("v1"), "v1");
    }
}
