//! Writes `keg.lock` while other keg processes may do the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{FILE, Lock, short};
use crate::error::{Error, Result};
use crate::reference::Reference;
use crate::state::Exclusive;

impl Lock {
    /// The references that this lock and `other` do not lock to the same digest.
    pub fn changes<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a Reference> {
        let both = self.0.keys().chain(other.0.keys());
        both.filter(|reference| self.0.get(*reference) != other.0.get(*reference)).collect()
    }

    /// Writes what differs between `before`, which was read from `keg.lock` of the workspace at `root`, and this lock,
    /// and says whether the file had to change. What other processes have locked since then stays. The file is written
    /// whole or not at all; an empty lock makes none.
    ///
    /// # Errors
    /// A file that cannot be written, and a reference that another process has locked to another digest meanwhile.
    pub fn write(&self, before: &Self, root: &Path) -> Result<bool> {
        let changes = before.changes(self);
        if changes.is_empty() {
            return Ok(false);
        }
        let file = root.join(FILE);
        let failed = |error: std::io::Error| {
            Error::failed(format!("cannot write {}", file.display()))
                .cause(error)
                .help("make the workspace's folder writable, or use `--locked` where nothing may change")
        };
        let exclusive = Exclusive::wait(root).map_err(failed)?;
        let current = Self::read(root)?;
        let mut merged = current.clone();
        let mut errors = Vec::new();
        for reference in changes {
            let (old, new, now) =
                (before.0.get(reference), self.0.get(reference), current.0.get(reference).map(String::as_str));
            if now == new.map(String::as_str) {
                continue;
            }
            if now != old.map(String::as_str) {
                errors.push(changed_meanwhile(reference, now, new.map(String::as_str)));
                continue;
            }
            match new {
                Some(digest) => merged.0.insert(reference.clone(), digest.clone()),
                None => merged.0.remove(reference),
            };
        }
        if let Some(error) = Error::all(errors) {
            return Err(error);
        }
        if merged == current {
            return Ok(false);
        }
        // A link stays one: what it points at is written.
        let target = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
        if !file.is_symlink() {
            exclusive.sweep(&target);
        }
        exclusive.write(&target, merged.to_text().as_bytes()).map_err(failed)?;
        Ok(true)
    }
}

fn changed_meanwhile(reference: &Reference, now: Option<&str>, new: Option<&str>) -> Error {
    let state = |digest: Option<&str>| digest.map_or("without a lock".to_owned(), |digest| short(digest).to_owned());
    let reference = reference.familiar();
    Error::failed(format!(
        "{FILE} was changed by another process: {reference} is now {}, not {}",
        state(now),
        state(new)
    ))
    .help("run the same command again: it works with what is locked now")
}
