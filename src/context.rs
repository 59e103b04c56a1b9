//! Build contexts: what is sent to the builder, and what of it goes into the key.

use std::path::PathBuf;

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
