//! Which branches and tags there are, here and on the remotes, and which branches there were.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{BRANCH_PREFIX, Repository, TAG_PREFIX, failure};
use crate::border::process;
use crate::error::{Error, Result};

const REMOTE_PREFIX: &str = "refs/remotes/";
/// How git's record of HEAD tells that another branch was checked out.
const CHECKOUT: &str = "checkout: moving from ";
/// How long a remote may take to say which branches it has.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);

/// The names of branches and tags, without `refs/heads/` and the like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Branches.
    pub branches: BTreeSet<String>,
    /// Tags.
    pub tags: BTreeSet<String>,
}

impl Repository {
    /// Local branches and tags, and what the remotes had when they were last fetched. `asked` are remotes whose last
    /// fetch does not count, since they are asked themselves.
    ///
    /// # Errors
    /// References that cannot be read.
    pub fn names(&self, asked: &[String]) -> Result<Names> {
        let remotes = self.remotes()?;
        let repository = self.lock();
        let explain = |error: git2::Error| failure::explain(&self.root, &error);
        let mut names = Names::default();
        for reference in repository.references().map_err(explain)? {
            let reference = reference.map_err(explain)?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            if let Some(branch) = name.strip_prefix(BRANCH_PREFIX) {
                names.branches.insert(branch.to_owned());
            } else if let Some(tag) = name.strip_prefix(TAG_PREFIX) {
                names.tags.insert(tag.to_owned());
            } else if let Some(rest) = name.strip_prefix(REMOTE_PREFIX) {
                // Names of remotes can have slashes too; one that git no longer knows had none.
                let remote =
                    remotes.iter().filter(|remote| of_remote(rest, remote).is_some()).max_by_key(|name| name.len());
                if remote.is_some_and(|remote| asked.contains(remote)) {
                    continue;
                }
                let branch = match remote {
                    Some(remote) => of_remote(rest, remote),
                    None => rest.split_once('/').map(|(_, branch)| branch),
                };
                names.branches.extend(branch.filter(|branch| *branch != "HEAD").map(str::to_owned));
            }
        }
        Ok(names)
    }

    /// The names of the remotes.
    ///
    /// # Errors
    /// Settings that cannot be read.
    pub fn remotes(&self) -> Result<Vec<String>> {
        let remotes = self.lock().remotes().map_err(|error| failure::explain(&self.root, &error))?;
        Ok(remotes.iter_bytes().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// The branches and tags that a remote has now. The user's own git asks, with the user's own login.
    ///
    /// # Errors
    /// The remote is out of reach or refuses, or there is no git.
    pub async fn names_of_remote(&self, remote: &str) -> Result<Names> {
        Ok(listed(&self.list_remote(remote).await?))
    }

    /// The commit that a branch of a remote is at now; `None` where the remote has no such branch.
    ///
    /// # Errors
    /// As [`names_of_remote`](Self::names_of_remote).
    pub async fn tip_of_remote(&self, remote: &str, branch: &str) -> Result<Option<String>> {
        let wanted = format!("{BRANCH_PREFIX}{branch}");
        let answer = self.list_remote(remote).await?;
        let mut lines = answer.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.find(|(_, reference)| reference.trim_end() == wanted).map(|(commit, _)| commit.to_owned()))
    }

    /// Gets the commits of a branch of a remote that this clone lacks. No branch and no tag of the clone moves.
    ///
    /// # Errors
    /// As [`names_of_remote`](Self::names_of_remote).
    pub async fn fetch_branch(&self, remote: &str, branch: &str) -> Result<()> {
        let reference = format!("{BRANCH_PREFIX}{branch}");
        let arguments =
            ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--", remote, &reference];
        self.ask_remote(remote, &arguments).await.map(drop)
    }

    /// The answer of `git ls-remote`.
    async fn list_remote(&self, remote: &str) -> Result<String> {
        self.ask_remote(remote, &["ls-remote", "--heads", "--tags", "--quiet", "--", remote]).await
    }

    async fn ask_remote(&self, remote: &str, words: &[&str]) -> Result<String> {
        let git_folder = self.lock().path().display().to_string();
        let folder = format!("--git-dir={git_folder}");
        let arguments = std::iter::once(folder.as_str()).chain(words.iter().copied());
        let options = process::Options {
            cwd: Some(self.root.clone()),
            env: vec![("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned())],
            timeout: Some(LONGEST_ANSWER),
            ..process::Options::default()
        };
        let failed = || {
            let shown = self.root.display();
            Error::unreachable(format!("cannot ask the git remote `{remote}` of {shown} which branches it has"))
        };
        let answer =
            process::run("git", arguments, &options).await.map_err(|error| failed().because(error.one_line()))?;
        if answer.is_success() {
            return Ok(answer.stdout);
        }
        let reason = answer.stderr.lines().map(str::trim).find(|line| !line.is_empty());
        Err(failed().because(reason.unwrap_or("git says nothing about it")))
    }

    /// The branches that were checked out in this clone, as far back as git remembers; tags and commits that were
    /// checked out may be among them.
    pub fn visited(&self) -> BTreeSet<String> {
        let repository = self.lock();
        // A clone without a record has none to tell of.
        let Ok(record) = repository.reflog("HEAD") else { return BTreeSet::new() };
        let messages = record.iter().filter_map(|entry| {
            let message = entry.message_bytes().map(String::from_utf8_lossy)?;
            message.strip_prefix(CHECKOUT).map(str::to_owned)
        });
        messages.flat_map(|message| message.split(" to ").map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// When a commit was made, in seconds since 1970; `None` if this clone does not have it.
    pub fn commit_time(&self, revision: &str) -> Option<i64> {
        let id = git2::Oid::from_str(revision).ok()?;
        self.lock().find_commit(id).ok().map(|commit| commit.time().seconds())
    }
}

/// The branch that `name`, below `refs/remotes/`, is of this remote.
fn of_remote<'a>(name: &'a str, remote: &str) -> Option<&'a str> {
    name.strip_prefix(remote)?.strip_prefix('/')
}

/// Reads the answer of `git ls-remote`: a commit, a tab and a reference on each line.
fn listed(answer: &str) -> Names {
    let mut names = Names::default();
    for reference in answer.lines().filter_map(|line| line.split_once('\t')).map(|(_, reference)| reference.trim_end())
    {
        if let Some(branch) = reference.strip_prefix(BRANCH_PREFIX) {
            names.branches.insert(branch.to_owned());
        } else if let Some(tag) = reference.strip_prefix(TAG_PREFIX).filter(|tag| !tag.ends_with("^{}")) {
            names.tags.insert(tag.to_owned());
        }
    }
    names
}

#[cfg(test)]
#[path = "names/tests.rs"]
mod tests;
