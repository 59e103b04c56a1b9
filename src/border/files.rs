//! Looks at the files of watched folders.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::border::watcher::Watcher;
use crate::context::Entry;
use crate::error::{Error, Result};
use crate::manifest::WatchAction;
use crate::watch::Rule;
use crate::watch::batch::{Digests, Listing};

/// What a look has found.
#[derive(Debug, Default)]
pub struct Seen {
    /// Files, folders and links, without what the rule leaves out.
    pub entries: Listing,
    /// Digests of the files of rules that do more than to copy: what is written anew with the same content, as by a
    /// change of the branch and back, restarts and builds nothing.
    pub digests: Digests,
    /// What cannot be copied, and why.
    pub left_out: Vec<String>,
    /// Whether the rule's own folder is not there.
    pub is_rootless: bool,
}

/// The folder that is watched for `path`, and the file's name if it is one. Links are resolved, since what is reported
/// of a folder behind a link bears other names.
///
/// # Errors
/// There is no such file or folder.
pub fn root_of(path: &Path) -> Result<(PathBuf, Option<String>)> {
    let failed = |error: std::io::Error| {
        Error::request(format!("watching {}", path.display())).cause(error).help("make it, or change the rule's `path`")
    };
    if fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok((fs::canonicalize(path).map_err(failed)?, None));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((fs::canonicalize(folder).map_err(failed)?, Some(name)))
}

/// Looks at `touched`, paths relative to the rule's folder, and at what lies below them. Each folder is watched before
/// it is listed, so that nothing that happens in it is missed.
///
/// # Errors
/// A folder cannot be watched. What cannot be read is left out.
pub fn look(rule: &Rule, touched: &BTreeSet<String>, watcher: &Watcher) -> Result<Seen> {
    let mut look = Look { rule, watcher, seen: Seen::default() };
    if !rule.root.is_dir() {
        look.seen.is_rootless = true;
        return Ok(look.seen);
    }
    for path in touched {
        if path.is_empty() && rule.file.is_none() {
            watcher.watch_root(&rule.root)?;
            look.folder("")?;
            continue;
        }
        // Below an ignored folder nothing is copied, unless an exception brings it back: each path is judged by itself.
        match fs::symlink_metadata(rule.root.join(path)) {
            Ok(metadata) => look.path(path.clone(), &metadata)?,
            Err(_) => continue,
        }
    }
    Ok(look.seen)
}

fn digest(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hasher, mut buffer) = (fs::File::open(path)?, Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            length => hasher.update(&buffer[..length]),
        }
    }
}

struct Look<'a> {
    rule: &'a Rule,
    watcher: &'a Watcher,
    seen: Seen,
}

impl Look<'_> {
    fn path(&mut self, path: String, metadata: &fs::Metadata) -> Result<()> {
        let is_ignored = self.rule.is_ignored(&path);
        if is_ignored && !(metadata.is_dir() && self.rule.may_hold_exception(&path)) {
            return Ok(());
        }
        let is_known = metadata.is_dir() || metadata.is_file() || metadata.is_symlink();
        if !is_known {
            return Ok(());
        }
        if !is_ignored {
            match Entry::of(|| self.rule.root.join(&path), path.clone(), metadata) {
                Ok(Some(entry)) => {
                    if self.rule.action != WatchAction::Sync
                        && metadata.is_file()
                        && let Ok(digest) = digest(&self.rule.root.join(&path))
                    {
                        self.seen.digests.insert(path.clone(), digest);
                    }
                    self.seen.entries.insert(path.clone(), entry);
                }
                Ok(None) => return Ok(()),
                Err(error) => self.seen.left_out.push(error.one_line()),
            }
        }
        if metadata.is_dir() { self.folder(&path) } else { Ok(()) }
    }

    fn folder(&mut self, path: &str) -> Result<()> {
        let folder = self.rule.root.join(path);
        if !path.is_empty() {
            self.watcher.watch_folder(&folder)?;
        }
        let children = match fs::read_dir(&folder) {
            Ok(children) => children,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.seen.left_out.push(format!("{}: {error}", folder.display()));
                return Ok(());
            }
        };
        for child in children.flatten() {
            let Some(name) = child.file_name().to_str().map(str::to_owned) else {
                self.seen.left_out.push(format!("{}: the name is not UTF-8", child.path().display()));
                continue;
            };
            let Ok(metadata) = child.metadata() else { continue };
            self.path(if path.is_empty() { name } else { format!("{path}/{name}") }, &metadata)?;
        }
        Ok(())
    }
}
