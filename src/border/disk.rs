//! Free disk space.

use std::path::Path;

use crate::error::{Error, Result};

/// Bytes that are free for this user on the file system that holds `folder`.
///
/// # Errors
/// The folder cannot be looked at.
pub fn free(folder: &Path) -> Result<u64> {
    let facts = rustix::fs::statvfs(folder).map_err(|error| {
        Error::failed(format!("cannot look at the disk that holds {}", folder.display())).cause(error)
    })?;
    Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
}
