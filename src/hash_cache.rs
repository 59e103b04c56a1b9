//! Digests of files that were hashed before, kept in `.keg/hashes`.
//!
//! A digest is trusted while size, modification time, change time, device and inode are what they were. A file that
//! was changed shortly before it was hashed is not stored at all: its next change could fall into the same tick of the
//! file system's clock and leave all of these as they are. git has the same rule (`racy-git`).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::FileIdentity;
use crate::error::{Error, Result};
use crate::state::{self, Exclusive};

use format::Table;

mod format;

/// The file of the cache in it.
const FILE: &str = "hashes";
/// How much older than its hash a change must be to be told from a later one. File systems count time in ticks of up
/// to two seconds.
const GRANULARITY: i64 = 2_000_000_000;
/// Digests that nobody asked for in so many days are dropped.
const KEPT_DAYS: u32 = 30;
/// The day of the last use is written only when it is off by more than this, so that most runs write nothing.
const DAYS_BETWEEN_WRITES: u32 = 7;

/// A SHA-256 digest.
pub type Sha256 = [u8; 32];

/// What a file is recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The size in bytes.
    pub size: u64,
    /// When the content was last changed, in nanoseconds since 1970.
    pub modified: i64,
    /// Device, inode and change time.
    pub identity: FileIdentity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    stamp: Stamp,
    digest: Sha256,
    /// The day of the last use, counted from 1970.
    used: u32,
}

/// The cache of one workspace. It can be used from several threads.
#[derive(Debug)]
pub struct HashCache {
    root: PathBuf,
    today: u32,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the file holds.
    stored: Table,
    /// What is new since; `None` for what is no longer so.
    changes: HashMap<String, Option<Record>>,
}

impl State {
    fn get(&self, name: &str) -> Option<Record> {
        match self.changes.get(name) {
            Some(record) => *record,
            None => self.stored.get(name),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, Record)> {
        let stored = self.stored.iter().filter(|(name, _)| !self.changes.contains_key(*name));
        stored.chain(self.changes.iter().filter_map(|(name, record)| Some((name.as_str(), (*record)?))))
    }
}

impl HashCache {
    /// Reads the cache of the workspace at `root`. What cannot be read, is torn or was written by another version
    /// counts as empty: that only costs time.
    pub fn load(root: &Path) -> Self {
        let stored = fs::read(root.join(state::FOLDER).join(FILE)).ok().and_then(Table::read).unwrap_or_default();
        let today = u32::try_from(now() / 86_400_000_000_000).unwrap_or_default();
        let state = RwLock::new(State { stored, changes: HashMap::new() });
        Self { root: root.to_owned(), today, state }
    }

    /// The name of the file or folder at `path` (absolute) in the cache: relative to the workspace where it lies in it,
    /// so that a workspace can be moved. A path that is not UTF-8 has none.
    pub fn name<'a>(&self, path: &'a Path) -> Option<&'a str> {
        path.strip_prefix(&self.root).unwrap_or(path).to_str()
    }

    /// The digest of the file of this [`name`](Self::name), if it was hashed before and has not changed since.
    pub fn get(&self, name: &str, stamp: Stamp) -> Option<Sha256> {
        let record = self.state.read().unwrap_or_else(PoisonError::into_inner).get(name)?;
        if record.stamp != stamp {
            return None;
        }
        if self.today.saturating_sub(record.used) > DAYS_BETWEEN_WRITES {
            self.state().changes.insert(name.to_owned(), Some(Record { used: self.today, ..record }));
        }
        Some(record.digest)
    }

    /// Keeps the digest of the file of this [`name`](Self::name), unless the file changed too shortly before `hashed`,
    /// the time at which the hashing began, in nanoseconds since 1970.
    pub fn put(&self, name: &str, stamp: Stamp, digest: Sha256, hashed: i64) {
        let last_change = stamp.modified.max(stamp.identity.changed);
        let mut state = self.state();
        if last_change.saturating_add(GRANULARITY) < hashed {
            state.changes.insert(name.to_owned(), Some(Record { stamp, digest, used: self.today }));
        } else if state.get(name).is_some() {
            state.changes.insert(name.to_owned(), None);
        }
    }

    /// Writes the cache if it has changed: to a new file that then takes the old one's place, so that other processes
    /// see the one or the other whole. Where the workspace cannot be written, nothing is kept and nothing is said.
    ///
    /// # Errors
    /// The cache cannot be written for another reason, as a full disk.
    pub fn save(&self) -> Result<()> {
        let mut state = self.state();
        if state.changes.is_empty() {
            return Ok(());
        }
        let oldest = self.today.saturating_sub(KEPT_DAYS);
        let bytes = format::encode(state.iter().filter(|(_, record)| record.used >= oldest));
        match self.write(&bytes) {
            Ok(()) => {
                state.stored = Table::read(bytes).unwrap_or_default();
                state.changes.clear();
                Ok(())
            }
            Err(error) if state::is_read_only(&error) => Ok(()),
            Err(error) => Err(Error::failed(format!(
                "cannot write the cache of file digests {}",
                self.root.join(state::FOLDER).join(FILE).display()
            ))
            .cause(error)
            .help("free some space, or remove the folder .keg")),
        }
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let exclusive = Exclusive::wait(&self.root)?;
        let file = exclusive.folder().join(FILE);
        exclusive.write(&file, bytes)
    }

    /// A thread that panicked leaves a cache that is still whole: each change is one insertion.
    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time in nanoseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
