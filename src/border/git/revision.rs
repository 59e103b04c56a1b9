//! Commits by the names that users give them, where two of them parted, and what has changed since.

use std::collections::BTreeSet;
use std::path::Path;

use git2::{DiffOptions, ErrorCode, Oid, Sort};

use super::{Repository, failure, path_of};
use crate::error::{Error, Result};

/// A commit and what its author wrote about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// The whole message.
    pub text: String,
}

impl Repository {
    /// The commit, 40 hexadecimal digits, that `name` means to git: a branch, a tag, a commit's first digits, `HEAD~2`.
    /// `None` where this clone has nothing of that name.
    ///
    /// # Errors
    /// Digits that several commits begin with, a name that git cannot read, something else than a commit.
    pub fn resolve(&self, name: &str) -> Result<Option<String>> {
        let repository = self.lock();
        let found = repository.revparse_single(name).and_then(|object| object.peel_to_commit());
        match found {
            Ok(commit) => Ok(Some(commit.id().to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) if matches!(error.code(), ErrorCode::InvalidSpec | ErrorCode::Ambiguous | ErrorCode::Peel) => {
                Err(Error::request(format!("`{name}` is no commit of {}", self.root.components().as_path().display()))
                    .because(error.message())
                    .help("name one commit: a branch, a tag or the digits that `git log` shows"))
            }
            Err(error) => Err(failure::explain(&self.root, &error)),
        }
    }

    /// The youngest commit that both of these come from; `None` where this clone has none.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let found = Oid::from_str(one).and_then(|one| self.lock().merge_base(one, Oid::from_str(other)?));
        match found {
            Ok(base) => Ok(Some(base.to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failure::explain(&self.root, &error)),
        }
    }

    /// The commits that a commit was made of, the one that it was made on first; none where this clone ends with it.
    ///
    /// # Errors
    /// A commit that this clone does not have.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>> {
        let repository = self.lock();
        let found = Oid::from_str(commit).and_then(|id| repository.find_commit(id));
        let found = found.map_err(|error| failure::explain(&self.root, &error))?;
        Ok(found.parent_ids().map(|id| id.to_string()).collect())
    }

    /// The messages of the commits that `until` has and `since` has not, the youngest first; all that this clone has
    /// without `since`.
    ///
    /// # Errors
    /// Commits that this clone does not have.
    pub fn messages(&self, since: &str, until: &str) -> Result<Vec<Message>> {
        self.walk(Some(since), until)
    }

    /// The messages of a commit and of all that this clone has of those before it, the youngest first.
    ///
    /// # Errors
    /// A commit that this clone does not have.
    pub fn history(&self, until: &str) -> Result<Vec<Message>> {
        self.walk(None, until)
    }

    fn walk(&self, since: Option<&str>, until: &str) -> Result<Vec<Message>> {
        let repository = self.lock();
        let read = || -> Result<Vec<Message>, git2::Error> {
            let mut walk = repository.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
            walk.push(Oid::from_str(until)?)?;
            if let Some(since) = since {
                walk.hide(Oid::from_str(since)?)?;
            }
            let mut messages = Vec::new();
            for id in walk {
                let commit = repository.find_commit(id?)?;
                let text = String::from_utf8_lossy(commit.message_bytes()).into_owned();
                messages.push(Message { commit: commit.id().to_string(), text });
            }
            Ok(messages)
        };
        read().map_err(|error| failure::explain(&self.root, &error))
    }

    /// The paths, from the root of the work tree, of what is not as it was in `commit`: committed since, uncommitted or
    /// untracked. A repository within this one is named as a folder. What git ignores is not looked at. What was
    /// committed otherwise and changed back since may be among them.
    ///
    /// # Errors
    /// A commit that this clone lacks, and a file of the work tree that cannot be read.
    pub fn changed_since(&self, commit: &str) -> Result<BTreeSet<String>> {
        let repository = self.lock();
        let read = || -> Result<BTreeSet<String>, git2::Error> {
            let tree = repository.find_commit(Oid::from_str(commit)?)?.tree()?;
            let mut options = DiffOptions::new();
            options.include_untracked(true).recurse_untracked_dirs(true).include_typechange(true);
            let changes = repository.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options))?;
            let files = changes.deltas().flat_map(|delta| {
                [delta.old_file(), delta.new_file()].map(|file| file.path_bytes().map(path_of)).into_iter().flatten()
            });
            // An untracked repository is named with a slash at its end.
            Ok(files.filter_map(|path| Some(path.to_str()?.trim_end_matches('/').to_owned())).collect())
        };
        read().map_err(|error| failure::explain(&self.root, &error))
    }

    /// The path with `/` between names by which git knows a file of the work tree.
    pub fn path_in_git(&self, file: &Path) -> Option<String> {
        self.relative(file)?.to_str().map(str::to_owned)
    }
}

#[cfg(test)]
#[path = "revision/tests.rs"]
mod tests;
