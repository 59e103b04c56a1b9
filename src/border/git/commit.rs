//! The files of an earlier commit.

use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, ObjectType, Oid};

use super::{Repository, failure};
use crate::error::{Error, Result};

/// How many hexadecimal digits name a commit.
const DIGITS: usize = 40;

/// A commit that this clone has.
#[derive(Debug, Clone)]
pub struct Commit {
    repository: Repository,
    id: Oid,
}

impl Repository {
    /// The commit of this name, 40 hexadecimal digits; `None` where this clone does not have it.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn commit(&self, revision: &str) -> Result<Option<Commit>> {
        let Some(id) = Oid::from_str(revision).ok().filter(|_| revision.len() == DIGITS) else { return Ok(None) };
        match self.lock().find_commit(id) {
            Ok(_) => Ok(Some(Commit { repository: self.clone(), id })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failure::explain(&self.root, &error)),
        }
    }

    /// Whether this clone lacks older commits.
    pub fn is_shallow(&self) -> bool {
        self.lock().is_shallow()
    }
}

impl Commit {
    /// The files and links of the commit, relative to the root of the work tree, with `/` between names. Names that are
    /// not UTF-8 are left out.
    ///
    /// # Errors
    /// Parts of the commit that this clone does not have.
    pub fn files(&self) -> Result<Vec<CommittedFile>> {
        let repository = self.repository.lock();
        let mut files = Vec::new();
        let tree = repository.find_commit(self.id).and_then(|commit| commit.tree());
        tree.and_then(|tree| list(&repository, &tree, "", &mut files)).map_err(|error| self.incomplete(&error))?;
        Ok(files)
    }

    /// Writes `paths` of the commit into the folder `into`, with executable bits and links, as `git checkout` would.
    ///
    /// # Errors
    /// Parts of the commit that this clone does not have, and a folder that cannot be written.
    pub fn write<'a>(&self, paths: impl IntoIterator<Item = &'a str>, into: &Path) -> Result<()> {
        let repository = self.repository.lock();
        let mut options = CheckoutBuilder::new();
        options.target_dir(into).force().recreate_missing(true).disable_pathspec_match(true);
        // The user's index is left alone.
        options.update_index(false).refresh(false);
        let mut is_empty = true;
        for path in paths {
            is_empty = false;
            options.path(path);
        }
        // Without a path everything would be meant.
        if is_empty {
            return Ok(());
        }
        let commit = repository.find_object(self.id, Some(ObjectType::Commit));
        let written = commit.and_then(|commit| repository.checkout_tree(&commit, Some(&mut options)));
        written.map_err(|error| self.incomplete(&error))
    }

    fn incomplete(&self, error: &git2::Error) -> Error {
        let root = self.repository.root.display();
        Error::failed(format!("cannot read the files of commit {} in {root}", self.id))
            .because(error.message())
            .help("a partial clone lacks files: `git fetch --refetch` gets them")
    }
}

/// A file or link of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedFile {
    /// The path from the root of the work tree.
    pub path: String,
    /// What a symbolic link points at.
    pub link: Option<String>,
}

fn list(
    repository: &git2::Repository,
    tree: &git2::Tree<'_>,
    folder: &str,
    files: &mut Vec<CommittedFile>,
) -> Result<(), git2::Error> {
    const LINK: i32 = 0o120_000;
    for entry in tree {
        let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        match entry.kind() {
            Some(ObjectType::Tree) => list(repository, &repository.find_tree(entry.id())?, &path, files)?,
            Some(ObjectType::Blob) => {
                let target = (entry.filemode() == LINK).then(|| repository.find_blob(entry.id())).transpose()?;
                let link = target.map(|blob| String::from_utf8_lossy(blob.content()).into_owned());
                files.push(CommittedFile { path, link });
            }
            // A submodule is another repository.
            _ => {}
        }
    }
    Ok(())
}
