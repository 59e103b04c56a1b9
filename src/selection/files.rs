//! Which files have changed, as git tells it, and which images may have changed by that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::border::git::{Commit, Repository};
use crate::error::Result;
use crate::key::{Change, file_of_input, rebuild_all};
use crate::lock;
use crate::workspace::{Image, ImageIndex, KEG_FILE, ParentImage, Workspace, sources};

/// Files as git knows them, by their paths from the root of the work tree.
pub(super) struct Files {
    /// The commit has them.
    pub committed: BTreeSet<String>,
    /// They are not as they were in the commit.
    changed: BTreeSet<String>,
}

impl Files {
    /// `name` is that of `commit`.
    pub fn read(repository: &Repository, commit: &Commit, name: &str) -> Result<Self> {
        let committed = commit.files()?.into_iter().map(|file| file.path).collect();
        Ok(Self { committed, changed: repository.changed_since(name)? })
    }

    /// The images whose inputs may have changed: more rather than fewer.
    pub fn suspects(&self, repository: &Repository, workspace: &Workspace) -> Result<BTreeSet<ImageIndex>> {
        let all = || workspace.iter().map(|(index, _)| index).collect();
        let Some(root) = repository.path_in_git(&workspace.root) else { return Ok(all()) };
        let rebuild_all = rebuild_all(workspace)?;
        let is_for_all = |path: &String| {
            let inside = if root.is_empty() { Some(path.as_str()) } else { path.strip_prefix(&format!("{root}/")) };
            self.makes_images(repository, path) || inside.is_some_and(|path| path == KEG_FILE || rebuild_all(path))
        };
        if self.changed.iter().any(is_for_all) {
            return Ok(all());
        }
        let is_locked_anew = self.changed.iter().any(|path| file_name(path) == lock::FILE);
        let is_suspect = |image: &Image| {
            let mut ignore = image.dockerfile.path.as_os_str().to_owned();
            ignore.push(".dockerignore");
            let ignore = PathBuf::from(ignore);
            let paths =
                [&image.folder, &image.context, &image.dockerfile.path, &ignore].into_iter().chain(&image.inputs);
            let is_on_lock = || image.parents.iter().any(|parent| matches!(parent.image, ParentImage::Outside(_)));
            paths.into_iter().any(|path| self.touches_file(repository, path)) || (is_locked_anew && is_on_lock())
        };
        Ok(workspace.iter().filter(|(_, image)| is_suspect(image)).map(|(index, _)| index).collect())
    }

    /// Whether a path decides which images there are and what they are called, so that a reference in any Dockerfile may
    /// mean another image than before.
    fn makes_images(&self, repository: &Repository, path: &str) -> bool {
        let name = file_name(path);
        let is_there = || repository.root.join(path).symlink_metadata().is_ok();
        sources::is_manifest(Path::new(path))
            || (sources::is_source(name) && name != lock::FILE && self.committed.contains(path) != is_there())
    }

    /// Whether a file or folder, what is in it, or what it links to has changed.
    fn touches_file(&self, repository: &Repository, file: &Path) -> bool {
        let followed = file.canonicalize().ok();
        [Some(file), followed.as_deref()].into_iter().flatten().any(|file| match repository.path_in_git(file) {
            // The context may be the whole repository.
            Some(path) => path.is_empty() && !self.changed.is_empty() || touches(&self.changed, &path),
            None => false,
        })
    }

    /// Whether somebody changed an input. Inputs that git does not know of differ from a fresh checkout without having
    /// been changed: git-ignored files, folders that hold nothing, files that git itself writes otherwise than they
    /// are committed.
    pub fn is_real(&self, repository: &Repository, workspace: &Workspace, image: ImageIndex, change: &Change) -> bool {
        let Some(file) = file_of_input(workspace, image, &change.name) else { return true };
        let Some(path) = repository.path_in_git(&file) else { return false };
        // What a link leads to counts where the link is followed.
        let is_changed = || self.touches_file(repository, &file);
        match (&change.old, &change.new) {
            // It was there and counts only now, as when .dockerignore has changed.
            (None, _) => is_changed() || holds(&self.committed, &path),
            (Some(_), None) => true,
            (Some(_), Some(_)) => is_changed(),
        }
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `paths` has `path`, something in it, or a folder that it lies in.
fn touches(paths: &BTreeSet<String>, path: &str) -> bool {
    holds(paths, path)
        || Path::new(path)
            .ancestors()
            .skip(1)
            .filter_map(Path::to_str)
            .any(|folder| !folder.is_empty() && paths.contains(folder))
}

/// Whether `paths` has `path` or something in it.
fn holds(paths: &BTreeSet<String>, path: &str) -> bool {
    let folder = format!("{path}/");
    paths.contains(path) || paths.range(folder.clone()..).next().is_some_and(|next| next.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|&path| path.to_owned()).collect()
    }

    #[test]
    fn a_path_is_touched_by_what_lies_in_it_and_by_a_repository_that_it_lies_in() {
        let changed = paths(&["a/b", "a-b", "sub"]);
        for path in ["a", "a/b", "a/b/c", "sub/x/y", "a-b"] {
            assert!(touches(&changed, path), "{path}");
        }
        for path in ["b", "a/c", "a/bc", "subx", "a-"] {
            assert!(!touches(&changed, path), "{path}");
        }
    }

    #[test]
    fn a_folder_holds_what_begins_with_it() {
        let committed = paths(&["a-b", "a.b", "a/b"]);
        assert!(holds(&committed, "a") && holds(&committed, "a/b") && holds(&committed, "a-b"));
        assert!(!holds(&committed, "a/b/c") && !holds(&committed, "b"));
    }
}
