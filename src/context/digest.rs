//! What of each file goes into the key.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use super::walk::{nanoseconds, unreadable};
use super::{Context, Entry, EntryKind, FileIdentity};
use crate::error::{Error, Result};
use crate::hash_cache::{HashCache, Stamp, now};
use crate::key::push_hexadecimal;

/// How much of a file is in memory at once.
const BUFFER: usize = 128 * 1024;
/// The owner's right to execute, the one that git keeps.
const EXECUTABLE: u32 = 0o100;

/// For each path what it is and what it holds: `file sha256:…`, `executable sha256:…`, `link <target>`, and
/// `directory` for a folder that holds nothing. Times, owners and other permissions do not count. Digests come from
/// `cache` where it has them; the others are put into it.
///
/// # Errors
/// A file that cannot be read, or that has gone since the context was walked.
pub fn digests(context: &Context, cache: &HashCache) -> Result<BTreeMap<String, String>> {
    Ok(digests_where(context, cache, &|_| true, &str::to_owned)?.into_iter().collect())
}

/// As [`digests`], for the paths for which `is_counted` holds, in the context's order and with the names that `name`
/// gives to the paths. A folder that holds only others is not empty.
///
/// # Errors
/// As [`digests`].
pub fn digests_where(
    context: &Context,
    cache: &HashCache,
    is_counted: &dyn Fn(&str) -> bool,
    name: &dyn Fn(&str) -> String,
) -> Result<Vec<(String, String)>> {
    let names = Names::of(&context.root, cache);
    let mut cached = String::new();
    let mut values = Vec::with_capacity(context.entries.len());
    let mut to_hash = Vec::new();
    let counted = context.entries.iter().enumerate().filter(|(_, entry)| is_counted(&entry.path));
    for (index, entry) in counted {
        let value = match &entry.kind {
            EntryKind::File => {
                match names.write(&entry.path, &mut cached).and_then(|name| cache.get(name, entry.stamp())) {
                    Some(digest) => file_value(entry, &digest),
                    None => {
                        to_hash.push((values.len(), entry));
                        String::new()
                    }
                }
            }
            EntryKind::Symlink { target } => format!("link {target}"),
            EntryKind::Directory if holds_nothing(&context.entries, index) => "directory".to_owned(),
            EntryKind::Directory => continue,
        };
        values.push((name(&entry.path), value));
    }
    let hashed = hash_all(&context.root, &to_hash, cache)?;
    for ((_, entry), (place, digest)) in to_hash.iter().zip(hashed) {
        values[place].1 = file_value(entry, &digest);
    }
    Ok(values)
}

/// The value, as in [`digests`], of the single file at `path` (absolute), which may lie outside any context. Links are
/// followed.
///
/// # Errors
/// A file that is missing or cannot be read.
pub fn digest_of_file(path: &Path, cache: &HashCache) -> Result<String> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable("file", path, error))?;
    let stamp = stamp_of(&metadata);
    let name = cache.name(path);
    let digest = match name.and_then(|name| cache.get(name, stamp)) {
        Some(digest) => digest,
        None => hash(path, name, stamp, cache, &mut vec![0; BUFFER])?,
    };
    Ok(value(metadata.mode(), &digest))
}

fn file_value(entry: &Entry, digest: &[u8; 32]) -> String {
    value(entry.mode, digest)
}

fn value(mode: u32, digest: &[u8; 32]) -> String {
    let kind = if mode & EXECUTABLE == 0 { "file" } else { "executable" };
    let mut value = String::with_capacity(kind.len() + 8 + 64);
    value.push_str(kind);
    value.push_str(" sha256:");
    push_hexadecimal(&mut value, digest);
    value
}

/// A folder comes directly before what it holds.
fn holds_nothing(entries: &[Entry], index: usize) -> bool {
    let Some(next) = entries.get(index + 1) else { return true };
    !next.path.strip_prefix(&entries[index].path).is_some_and(|rest| rest.starts_with('/'))
}

impl Entry {
    /// What the cache of digests recognises this file by.
    pub fn stamp(&self) -> Stamp {
        Stamp { size: self.size, modified: self.modified, identity: self.identity }
    }
}

fn stamp_of(metadata: &std::fs::Metadata) -> Stamp {
    Stamp {
        size: metadata.size(),
        modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        identity: FileIdentity::of(metadata),
    }
}

/// Names in the cache of what is in one folder, formed without taking paths apart for each file.
struct Names<'a>(Option<&'a str>);

impl<'a> Names<'a> {
    fn of(folder: &'a Path, cache: &HashCache) -> Self {
        Self(cache.name(folder))
    }

    fn write<'n>(&self, path: &str, name: &'n mut String) -> Option<&'n str> {
        let folder = self.0?;
        name.clear();
        name.push_str(folder);
        if !folder.is_empty() {
            name.push('/');
        }
        name.push_str(path);
        Some(name)
    }
}

/// Hashes all files, several at once; the results name the files by their place in the values.
fn hash_all(root: &Path, files: &[(usize, &Entry)], cache: &HashCache) -> Result<Vec<(usize, [u8; 32])>> {
    let names = Names::of(root, cache);
    let hashed = files.par_iter().map_init(
        || (vec![0; BUFFER], String::new()),
        |(buffer, name), (place, entry)| {
            let name = names.write(&entry.path, name);
            Ok((*place, hash(&root.join(&entry.path), name, entry.stamp(), cache, buffer)?))
        },
    );
    hashed.collect()
}

/// Hashes one file. The digest is kept only if the file stayed what `expected` says while it was read.
fn hash(path: &Path, name: Option<&str>, expected: Stamp, cache: &HashCache, buffer: &mut [u8]) -> Result<[u8; 32]> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::failed(format!("{} has gone while its build context was read", path.display()))
            .help("run the command again when nothing writes there"),
        _ => unreadable("file", path, error),
    };
    let begun = now();
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    loop {
        match file.read(buffer) {
            Ok(0) => break,
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let digest = hasher.finalize().into();
    if let Some(name) = name
        && stamp_of(&file.metadata().map_err(failed)?) == expected
    {
        cache.put(name, expected, digest, begun);
    }
    Ok(digest)
}
