//! Build contexts: what is sent to the builder, and what of it goes into the key.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::dockerignore::DockerIgnore;
use crate::error::{Error, Result};
use crate::state;

pub use digest::{digest_of_file, digests, digests_where};
pub use git_ignored::warn_of_git_ignored;

mod digest;
mod git_ignored;
mod walk;

/// The file of patterns at the root of a context.
const IGNORE_FILE: &str = ".dockerignore";

/// The files of one build context after `.dockerignore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The context's folder.
    pub root: PathBuf,
    /// What is in it, in the order that BuildKit's file synchronisation needs: depth-first, the names of each folder
    /// sorted bytewise, a folder before what it holds. The root itself is not listed.
    pub entries: Vec<Entry>,
}

/// One file, folder or link of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path relative to the context's root, with `/` between names.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The permission bits with setuid, setgid and sticky: `st_mode & 0o7777`.
    pub mode: u32,
    /// The size in bytes; of a link, of its target's text.
    pub size: u64,
    /// When the content was last changed, in nanoseconds since 1970.
    pub modified: i64,
    /// What tells this file from another that takes its place.
    pub identity: FileIdentity,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink {
        /// What the link says, as it says it.
        target: String,
    },
}

/// What the file system says of a file beside its size and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// The device that holds it.
    pub device: u64,
    /// Its number on that device; hard links share it.
    pub inode: u64,
    /// When content, owner or mode was last changed, in nanoseconds since 1970. Programs cannot set it back.
    pub changed: i64,
}

impl Context {
    /// Lists the files of `root` that `ignore` leaves.
    ///
    /// # Errors
    /// A folder that is missing or cannot be read, a name that is not UTF-8, and files that an image cannot hold.
    pub fn walk(root: &Path, ignore: &DockerIgnore) -> Result<Self> {
        Ok(Self { root: root.to_owned(), entries: walk::walk(root, ignore)? })
    }

    /// A file that was changed, added or removed since the context was listed.
    ///
    /// # Errors
    /// As [`load_ignore`](Self::load_ignore) and [`walk`](Self::walk).
    pub fn changed(&self, dockerfile: &Path) -> Result<Option<String>> {
        let now = Self::walk(&self.root, &Self::load_ignore(&self.root, dockerfile)?)?;
        // A folder changes with what it holds, also with what is ignored there.
        let files = |context: &Self| -> BTreeMap<String, Entry> {
            let files = context.entries.iter().filter(|entry| entry.kind != EntryKind::Directory);
            files.map(|entry| (entry.path.clone(), entry.clone())).collect()
        };
        let (before, now) = (files(self), files(&now));
        let differs = |path: &&String| before.get(*path) != now.get(*path);
        Ok(before.keys().chain(now.keys()).find(differs).cloned())
    }

    /// The file of patterns that belongs to a Dockerfile alone, whether it is there or not.
    pub fn ignore_file_of(dockerfile: &Path) -> PathBuf {
        let mut beside = dockerfile.as_os_str().to_owned();
        beside.push(IGNORE_FILE);
        beside.into()
    }

    /// Reads the patterns that hold for a context: `<Dockerfile>.dockerignore` beside the Dockerfile if there is one,
    /// else `.dockerignore` in the context, else none. The first replaces the second.
    ///
    /// # Errors
    /// A file that cannot be read, and patterns with a wrong syntax.
    pub fn load_ignore(root: &Path, dockerfile: &Path) -> Result<DockerIgnore> {
        match ignore_text(root, dockerfile)? {
            Some((file, text)) => DockerIgnore::parse(&file.to_string_lossy(), &text),
            None => Ok(DockerIgnore::default()),
        }
    }

    /// The patterns that a program has to be told that reads the context at `root` by itself, besides those that it finds
    /// there: those beside the Dockerfile, and those that leave out keg's own state, as [`walk`](Self::walk) does, where
    /// the workspace is in the context. `None` if there are none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn ignore_for_others(root: &Path, dockerfile: &Path, workspace: &Path) -> Result<Option<String>> {
        let state = workspace.strip_prefix(root).ok().map(|path| path.join(state::FOLDER));
        if state.is_none() && !Self::ignore_file_of(dockerfile).exists() {
            return Ok(None);
        }
        let mut text = ignore_text(root, dockerfile)?.map(|(_, text)| text).unwrap_or_default();
        if let Some(state) = state {
            text.push_str(&format!("\n{}\n", DockerIgnore::pattern_of(&state.to_string_lossy())));
        }
        Ok(Some(text))
    }
}

/// The file of patterns that holds for a context, and what is in it.
fn ignore_text(root: &Path, dockerfile: &Path) -> Result<Option<(PathBuf, String)>> {
    for file in [Context::ignore_file_of(dockerfile), root.join(IGNORE_FILE)] {
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(Error::request(format!("cannot read {}", file.display())).cause(error)),
        };
        let text = String::from_utf8(bytes).map_err(|_| {
            Error::request(format!("{} is not UTF-8 text", file.display())).help("save the file as UTF-8")
        })?;
        return Ok(Some((file, text)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
