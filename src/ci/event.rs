//! What has happened in the repository, whatever CI system tells of it.

use serde::Serialize;

/// The kinds of events, as `--event` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum EventName {
    /// What the CI system's variables say.
    Auto,
    /// A proposed change.
    PullRequest,
    /// Commits on a branch.
    Push,
    /// A version that is published.
    Release,
    /// The time has come.
    Schedule,
    /// Somebody asked for it.
    Manual,
}

/// Something that CI is run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// What a reader calls it: `pull request 71 of feat`, `push to main`.
    pub title: String,
    /// Whether a git tag was pushed, and nobody has said that it is a release.
    pub is_tag_alone: bool,
}

impl Event {
    /// The branch that the event names.
    pub fn branch(&self) -> Option<&str> {
        match &self.kind {
            EventKind::PullRequest(request) => request.branch.as_deref(),
            EventKind::Push { branch, .. } => branch.as_deref(),
            EventKind::Queue { .. }
            | EventKind::Release(_)
            | EventKind::Schedule
            | EventKind::Manual
            | EventKind::Nothing(_) => None,
        }
    }
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A proposed change.
    PullRequest(PullRequest),
    /// What several proposed changes are together, before a queue merges them.
    Queue {
        /// What they are to be merged into.
        base: Option<Base>,
    },
    /// Commits on this branch; `None` where nobody names it and git has to say.
    Push {
        /// The branch.
        branch: Option<String>,
        /// The commit that the branch was at before, where the system says it.
        before: Option<String>,
    },
    /// A version that is published.
    Release(Release),
    /// The time has come.
    Schedule,
    /// Somebody asked for it.
    Manual,
    /// Nothing that images have to do with, and why: a branch that was deleted, a label on a pull request.
    Nothing(String),
}

/// A proposed change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number, where it has one.
    pub number: Option<u64>,
    /// The branch that it comes from.
    pub branch: Option<String>,
    /// Its newest commit, where that is not what is checked out: CI systems check out what a merge would give.
    pub commit: Option<String>,
    /// What it is to be merged into.
    pub base: Option<Base>,
    /// Whether it comes from where nobody may publish: another repository, or a program whose token may only read.
    pub is_fork: bool,
}

impl PullRequest {
    /// The commit that the pull request is merged into by what is checked out, a commit made of `parents`. It may be newer
    /// than what the event tells: CI systems merge into what the branch is when the run begins.
    pub fn merged_into<'a>(&self, parents: &'a [String]) -> Option<&'a str> {
        match parents {
            [into, commit] if self.commit.as_ref() == Some(commit) => Some(into),
            _ => None,
        }
    }
}

/// What a change is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A commit.
    Commit(String),
    /// The newest commit of this branch of the remote.
    Branch(String),
}

/// A version that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its git tag.
    pub tag: String,
    /// Whether it is only for those who try it.
    pub is_prerelease: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_says_what_it_merges_into() {
        let request = PullRequest { commit: Some("c".into()), ..PullRequest::default() };
        let into = |parents: &[&str]| {
            let parents: Vec<String> = parents.iter().map(|&parent| parent.to_owned()).collect();
            request.merged_into(&parents).map(str::to_owned)
        };
        assert_eq!(into(&["m", "c"]).as_deref(), Some("m"));
        assert_eq!(into(&["m", "x"]), None, "another merge");
        assert_eq!(into(&["c", "m"]), None, "the branch with what was merged meanwhile");
        assert_eq!(into(&["c"]), None);
        assert_eq!(into(&[]), None, "a shallow clone");
        assert_eq!(PullRequest::default().merged_into(&["m".into(), "c".into()]), None);
    }
}
