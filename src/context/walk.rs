//! Lists a context's files in the order in which BuildKit takes them.

use std::ffi::OsString;
use std::fs::{self, DirEntry, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::{Entry, EntryKind, FileIdentity};
use crate::dockerignore::{DockerIgnore, Matches};
use crate::error::{Error, Result};
use crate::state;
use crate::workspace::KEG_FILE;

pub(super) fn walk(root: &Path, ignore: &DockerIgnore) -> Result<Vec<Entry>> {
    let mut walk = Walk { root, ignore, entries: Vec::new(), held_back: Vec::new() };
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            return Err(Error::request(format!("the build context {} is not a folder", root.display()))
                .help("name a folder as `build.context`"));
        }
        Err(error) => {
            return Err(Error::request(format!("cannot read the build context {}", root.display()))
                .cause(error)
                .help("make the folder, or name another as `build.context`"));
        }
    }
    walk.folder(root, "", &Matches::default(), false)?;
    Ok(walk.entries)
}

struct Walk<'a> {
    root: &'a Path,
    ignore: &'a DockerIgnore,
    entries: Vec<Entry>,
    /// Ignored folders on the way down, which are listed once an exception brings back something in them.
    held_back: Vec<Entry>,
}

impl Walk<'_> {
    /// `matches`: what matched the folder; `ignored`: whether the folder itself is ignored.
    fn folder(&mut self, folder: &Path, path: &str, matches: &Matches, ignored: bool) -> Result<()> {
        let mut children = match read_sorted(folder) {
            Ok(children) => children,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if ignored && error.kind() == ErrorKind::PermissionDenied => return Ok(()),
            Err(error) => return Err(unreadable("folder", folder, error)),
        };
        let mut own = Matches::default();
        for (name, child) in &mut children {
            // keg's own state is written while images are built. Only a context that holds the workspace has it.
            if name == state::FOLDER && folder.join(KEG_FILE).is_file() {
                continue;
            }
            let shown = name.to_string_lossy();
            let child_path = if path.is_empty() { shown.into_owned() } else { format!("{path}/{shown}") };
            let ignored = self.ignore.judge(&child_path, matches, &mut own);
            let kind = child.file_type().map_err(|error| unreadable("file", &child.path(), error))?;
            let enter = kind.is_dir() && (!ignored || self.ignore.may_hold_exception(&child_path));
            // `COPY` leaves pipes out; of a socket it would make an empty file, which helps nobody.
            if (ignored && !enter) || kind.is_socket() || kind.is_fifo() {
                continue;
            }
            if name.to_str().is_none() {
                return Err(self.not_utf8(&child_path));
            }
            let metadata = match child.metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(unreadable("file", &child.path(), error)),
            };
            let Some(entry) = Entry::of(|| child.path(), child_path, &metadata)? else { continue };
            if !enter {
                self.entries.append(&mut self.held_back);
                self.entries.push(entry);
                continue;
            }
            let child_path = entry.path.clone();
            if ignored {
                self.held_back.push(entry);
            } else {
                self.entries.append(&mut self.held_back);
                self.entries.push(entry);
            }
            self.folder(&child.path(), &child_path, &own, ignored)?;
            // It is still there if nothing below it was listed; else it has moved to the entries.
            if ignored && self.held_back.last().is_some_and(|last| last.path == child_path) {
                self.held_back.pop();
            }
        }
        Ok(())
    }

    fn not_utf8(&self, path: &str) -> Error {
        Error::request(format!("the name of {} is not UTF-8", self.root.join(path).display()))
            .help("rename the file, or list it in .dockerignore")
    }
}

fn read_sorted(folder: &Path) -> io::Result<Vec<(OsString, DirEntry)>> {
    let mut children = fs::read_dir(folder)?
        .map(|child| child.map(|child| (child.file_name(), child)))
        .collect::<io::Result<Vec<_>>>()?;
    children.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(children)
}

impl Entry {
    /// The entry for the file at `file` (asked only where it is needed), which is `path` in its context. `metadata` is
    /// the file's own, not that of what it may link to. `None` if it is a link that has gone in the meantime.
    ///
    /// # Errors
    /// A link that cannot be read, a target that is not UTF-8, and files that an image cannot hold.
    pub(crate) fn of(file: impl Fn() -> PathBuf, path: String, metadata: &Metadata) -> Result<Option<Self>> {
        let kind = if metadata.is_dir() {
            EntryKind::Directory
        } else if metadata.is_file() {
            EntryKind::File
        } else if metadata.is_symlink() {
            match fs::read_link(file()) {
                Ok(target) => EntryKind::Symlink { target: link_target(&file(), target.into_os_string())? },
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(unreadable("link", &file(), error)),
            }
        } else {
            return Err(Error::request(format!("{} is a device, which a build context cannot hold", file().display()))
                .help("remove it, or list it in .dockerignore"));
        };
        Ok(Some(Self {
            path,
            mode: metadata.mode() & 0o7777,
            size: if kind == EntryKind::Directory { 0 } else { metadata.size() },
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            identity: FileIdentity::of(metadata),
            kind,
        }))
    }
}

fn link_target(link: &Path, target: OsString) -> Result<String> {
    target.into_string().map_err(|_| {
        Error::request(format!("the target of the link {} is not UTF-8", link.display()))
            .help("make the link anew, or list it in .dockerignore")
    })
}

pub(super) fn unreadable(what: &str, path: &Path, error: io::Error) -> Error {
    Error::request(format!("cannot read the {what} {} of a build context", path.display()))
        .cause(error)
        .help("make it readable, or list it in .dockerignore")
}

impl FileIdentity {
    /// The identity of the file that `metadata` describes.
    pub fn of(metadata: &Metadata) -> Self {
        let changed = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
        Self { device: metadata.dev(), inode: metadata.ino(), changed }
    }
}

pub(super) fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}
