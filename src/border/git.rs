//! What keg asks git: branch, commit, tags, uncommitted changes, ignored files. Read only, by libgit2.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use git2::{BranchType, ErrorCode, RepositoryOpenFlags, StatusOptions};

use crate::env_vars::{GIT_CEILING_DIRECTORIES, GIT_DISCOVERY_ACROSS_FILESYSTEM, Variables};
use crate::error::Result;
use crate::tagging;

mod commit;
mod failure;
mod names;
mod revision;

pub use commit::{Commit, CommittedFile};
pub use names::Names;
pub use revision::Message;

const BRANCH_PREFIX: &str = "refs/heads/";
const TAG_PREFIX: &str = "refs/tags/";
const ORIGIN_PREFIX: &str = "refs/remotes/origin/";

/// What HEAD points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// This branch.
    Branch(String),
    /// A commit.
    Detached,
    /// This branch, which has no commit yet.
    Unborn(String),
}

/// A git repository with a work tree: a clone, a linked worktree or a submodule. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repository {
    /// The folder of the work tree, absolute, with symbolic links resolved.
    pub root: PathBuf,
    /// What HEAD points at.
    pub head: Head,
    /// The commit of HEAD, 40 hexadecimal digits; `None` before the first commit.
    pub revision: Option<String>,
    /// The git tag on HEAD, annotated or light; of several the highest version.
    pub exact_tag: Option<String>,
    /// The branch that the remote `origin` calls its HEAD, as far as this clone knows.
    pub origin_head: Option<String>,
    /// The names of the local branches, sorted.
    pub branches: Vec<String>,
    handle: Arc<Handle>,
}

struct Handle {
    repository: Mutex<git2::Repository>,
    changed: OnceLock<Vec<PathBuf>>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("changed", &self.changed).finish_non_exhaustive()
    }
}

/// The repository that holds `folder`; `None` when there is none, or it has no work tree.
///
/// As git does, the search ends at a folder of `GIT_CEILING_DIRECTORIES` and at a file system's border (unless
/// `GIT_DISCOVERY_ACROSS_FILESYSTEM` is true). `GIT_DIR` and its like are left aside on purpose: a git hook sets them
/// for one repository, while images may lie in several.
///
/// # Errors
/// When the repository belongs to another user, has a format that libgit2 does not read, or is broken.
pub fn discover(folder: &Path, variables: &Variables) -> Result<Option<Repository>> {
    let ceilings = variables.get(GIT_CEILING_DIRECTORIES).unwrap_or_default();
    let crosses = variables
        .get(GIT_DISCOVERY_ACROSS_FILESYSTEM)
        .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"));
    let flags = if crosses { RepositoryOpenFlags::CROSS_FS } else { RepositoryOpenFlags::empty() };
    match git2::Repository::open_ext(folder, flags, std::env::split_paths(ceilings)) {
        Ok(repository) => Repository::read(repository).map_err(|error| failure::explain(folder, &error)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failure::explain(folder, &error)),
    }
}

impl Repository {
    fn read(repository: git2::Repository) -> Result<Option<Self>, git2::Error> {
        let Some(root) = repository.workdir().map(Path::to_owned) else { return Ok(None) };
        let head = head(&repository)?;
        let commit = match &head {
            Head::Unborn(_) => None,
            Head::Branch(_) | Head::Detached => Some(repository.head()?.peel_to_commit()?.id()),
        };
        let exact_tag = match commit {
            Some(commit) => tag_at(&repository, commit)?,
            None => None,
        };
        Ok(Some(Self {
            root,
            head,
            revision: commit.map(|commit| commit.to_string()),
            exact_tag,
            origin_head: origin_head(&repository),
            branches: branches(&repository)?,
            handle: Arc::new(Handle { repository: Mutex::new(repository), changed: OnceLock::new() }),
        }))
    }

    /// The folder of git's own files that lies outside of the work tree: of a linked worktree and of a submodule.
    pub fn outer_folder(&self) -> Option<PathBuf> {
        let folder = self.lock().commondir().to_owned();
        (!folder.starts_with(&self.root)).then_some(folder)
    }

    /// Whether anything in the work tree is uncommitted or untracked.
    ///
    /// # Errors
    /// When git's index or a file of the work tree cannot be read.
    pub fn dirty(&self) -> Result<bool> {
        Ok(!self.changed()?.is_empty())
    }

    /// Whether anything under `folder` is uncommitted or untracked. The whole work tree is looked at once, so that
    /// asking for many folders costs no more than asking for one. A folder outside the work tree is not dirty.
    ///
    /// # Errors
    /// When git's index or a file of the work tree cannot be read.
    pub fn is_dirty(&self, folder: &Path) -> Result<bool> {
        let Some(folder) = self.relative(folder) else { return Ok(false) };
        // git names a repository within this one as a folder: what lies in it is then changed too.
        Ok(self.changed()?.iter().any(|path| path.starts_with(&folder) || folder.starts_with(path)))
    }

    /// Whether git is changing the work tree just now: it holds the lock of its index meanwhile.
    pub fn is_changing(&self) -> bool {
        self.lock().path().join("index.lock").exists()
    }

    /// Those of `files` (absolute) that are git-ignored and not tracked. Files outside the work tree are not.
    ///
    /// # Errors
    /// When git's index or an ignore file cannot be read.
    pub fn ignored<'a>(&self, files: &'a [PathBuf]) -> Result<Vec<&'a Path>> {
        let repository = self.lock();
        let explain = |error: git2::Error| failure::explain(&self.root, &error);
        let mut index = repository.index().map_err(explain)?;
        index.read(false).map_err(explain)?;
        let mut folders = Folders { repository: &repository, ignored: HashMap::new() };
        let mut relative_folders = HashMap::new();
        let mut found = Vec::new();
        for file in files {
            let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { continue };
            let folder = relative_folders.entry(folder).or_insert_with(|| self.relative(folder));
            let Some(path) = folder.as_ref().map(|folder| folder.join(name)) else { continue };
            let tracked = index.get_path(&path, 0).is_some();
            if !tracked && folders.has_ignored(&path).map_err(explain)? {
                found.push(file.as_path());
            }
        }
        Ok(found)
    }

    fn changed(&self) -> Result<&[PathBuf]> {
        if let Some(changed) = self.handle.changed.get() {
            return Ok(changed);
        }
        let changed = changed(&self.lock()).map_err(|error| failure::explain(&self.root, &error))?;
        Ok(self.handle.changed.get_or_init(|| changed))
    }

    /// `path` from the root of the work tree, also when it was reached through a symbolic link.
    pub fn relative(&self, path: &Path) -> Option<PathBuf> {
        if let Ok(relative) = path.strip_prefix(&self.root) {
            return Some(relative.to_owned());
        }
        path.canonicalize().ok()?.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// The user's name, as commits would have it.
    pub fn user(&self) -> Option<String> {
        let configuration = self.lock().config().and_then(|mut all| all.snapshot()).ok()?;
        configuration.get_string("user.name").ok().filter(|name| !name.trim().is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, git2::Repository> {
        self.handle.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks git once per folder: what lies in an ignored folder need not be asked for.
struct Folders<'a> {
    repository: &'a git2::Repository,
    ignored: HashMap<PathBuf, bool>,
}

impl Folders<'_> {
    fn has_ignored(&mut self, path: &Path) -> Result<bool, git2::Error> {
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(self.is_ignored(folder)? || self.repository.is_path_ignored(path)?)
    }

    fn is_ignored(&mut self, folder: &Path) -> Result<bool, git2::Error> {
        if folder.as_os_str().is_empty() {
            return Ok(false);
        }
        if let Some(ignored) = self.ignored.get(folder) {
            return Ok(*ignored);
        }
        // The slash at the end says that a folder is meant, without a look at the disk.
        let ignored = self.has_ignored(&folder.join(""))?;
        self.ignored.insert(folder.to_owned(), ignored);
        Ok(ignored)
    }
}

fn head(repository: &git2::Repository) -> Result<Head, git2::Error> {
    let head = repository.find_reference("HEAD")?;
    let Some(target) = head.symbolic_target_bytes() else { return Ok(Head::Detached) };
    let target = String::from_utf8_lossy(target);
    let name = target.strip_prefix(BRANCH_PREFIX).unwrap_or(&target).to_owned();
    match head.resolve() {
        Ok(_) => Ok(Head::Branch(name)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(Head::Unborn(name)),
        Err(error) => Err(error),
    }
}

fn tag_at(repository: &git2::Repository, commit: git2::Oid) -> Result<Option<String>, git2::Error> {
    let mut names = Vec::new();
    for reference in repository.references_glob("refs/tags/*")? {
        let reference = reference?;
        let points_here = match reference.target_peel().or_else(|| reference.target()) {
            Some(target) if target == commit => true,
            // An annotated tag that git has not packed has to be opened to see its commit.
            Some(target) => match repository.find_tag(target) {
                Ok(tag) => tag.as_object().peel(git2::ObjectType::Commit).is_ok_and(|object| object.id() == commit),
                Err(_) => false,
            },
            None => false,
        };
        if points_here {
            let name = String::from_utf8_lossy(reference.name_bytes());
            names.push(name.strip_prefix(TAG_PREFIX).unwrap_or(&name).to_owned());
        }
    }
    Ok(tagging::highest(names.iter().map(String::as_str)).map(str::to_owned))
}

fn origin_head(repository: &git2::Repository) -> Option<String> {
    let reference = repository.find_reference("refs/remotes/origin/HEAD").ok()?;
    let target = String::from_utf8_lossy(reference.symbolic_target_bytes()?).into_owned();
    target.strip_prefix(ORIGIN_PREFIX).map(str::to_owned)
}

fn branches(repository: &git2::Repository) -> Result<Vec<String>, git2::Error> {
    let mut names = Vec::new();
    for branch in repository.branches(Some(BranchType::Local))? {
        names.push(String::from_utf8_lossy(branch?.0.name_bytes()?).into_owned());
    }
    names.sort();
    Ok(names)
}

fn changed(repository: &git2::Repository) -> Result<Vec<PathBuf>, git2::Error> {
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
    let statuses = repository.statuses(Some(&mut options))?;
    Ok(statuses.iter().map(|entry| path_of(entry.path_bytes())).collect())
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests;
