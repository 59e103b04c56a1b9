//! Compares the files of a folder in a container with those of the work tree, so that only what differs is copied:
//! each write makes what runs there load its files anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use tar::EntryType;
use tokio::sync::mpsc::{Receiver, channel};

use super::{Engine, archive_of};
use crate::border::engine::stream::{refusal, with_query};
use crate::context::{Entry, EntryKind};
use crate::error::{Error, Result};

/// How much of what is not compared is read (installed packages may lie beside the sources) before the rest is copied
/// without a comparison.
const LARGEST_REST: u64 = 256 * 1024 * 1024;
const BUFFER: usize = 64 * 1024;

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The folder of the work tree.
    pub root: PathBuf,
    /// Its files, by their paths below what is compared; a single file by an empty path.
    pub files: BTreeMap<String, Entry>,
}

impl Engine {
    /// The paths of `comparison` that a container has just so at `path`, a folder or a file. None where it has nothing
    /// there.
    ///
    /// # Errors
    /// The container is gone, or the engine is out of reach.
    pub async fn same_files(&self, container: &str, path: &str, comparison: Comparison) -> Result<BTreeSet<String>> {
        let doing = format!("reading {path} of the container {container}");
        let request = Request::get(with_query(&archive_of(container), &[("path", path)])).body(Empty::<Bytes>::new());
        let response = self.raw(&doing, request).await?;
        match response.status() {
            hyper::StatusCode::NOT_FOUND => return Ok(BTreeSet::new()),
            status if !status.is_success() => return Err(Error::failed(doing).because(refusal(response).await)),
            _ => {}
        }
        let (sender, receiver) = channel(4);
        let reading = tokio::task::spawn_blocking(move || same(&comparison, Parts { receiver, part: Bytes::new() }));
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.lost(&doing).cause(error))?;
            // Who compares has seen enough when it no longer takes anything.
            if let Ok(data) = frame.into_data()
                && sender.send(data).await.is_err()
            {
                break;
            }
        }
        drop((sender, body));
        reading.await.map_err(|error| Error::failed(doing).cause(error))
    }
}

/// What comes of the archive, as a file is read.
struct Parts {
    receiver: Receiver<Bytes>,
    part: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.receiver.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let length = self.part.len().min(buffer.len());
        self.part.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// An archive that breaks off has shown what came before.
fn same(comparison: &Comparison, archive: impl Read) -> BTreeSet<String> {
    let mut same = BTreeSet::new();
    let mut archive = tar::Archive::new(archive);
    let Ok(entries) = archive.entries() else { return same };
    let (mut missing, mut rest) = (comparison.files.len(), 0);
    for entry in entries {
        let Ok(mut entry) = entry else { break };
        let Some(path) = name_of(&entry) else { continue };
        match comparison.files.get(&path) {
            Some(known) => {
                missing -= 1;
                if is_same(&comparison.root, known, &mut entry) {
                    same.insert(path);
                }
            }
            None => rest += entry.size(),
        }
        if missing == 0 || rest > LARGEST_REST {
            break;
        }
    }
    same
}

/// The path without what the archive is of; empty for that itself.
fn name_of(entry: &tar::Entry<'_, impl Read>) -> Option<String> {
    let path = entry.path().ok()?;
    let mut names = path.components();
    names.next()?;
    names.as_path().to_str().map(str::to_owned)
}

fn is_same(root: &Path, known: &Entry, entry: &mut tar::Entry<'_, impl Read>) -> bool {
    match (&known.kind, entry.header().entry_type()) {
        (EntryKind::Directory, EntryType::Directory) => true,
        (EntryKind::Symlink { target }, EntryType::Symlink) => {
            entry.link_name().ok().flatten().is_some_and(|link| link == Path::new(target))
        }
        (EntryKind::File, EntryType::Regular | EntryType::Continuous) => {
            let executable = |mode: u32| mode & 0o100 != 0;
            entry.size() == known.size
                && entry.header().mode().is_ok_and(|mode| executable(mode) == executable(known.mode))
                && has_same_content(root, known, entry).unwrap_or(false)
        }
        _ => false,
    }
}

fn has_same_content(root: &Path, known: &Entry, entry: &mut impl Read) -> io::Result<bool> {
    let mut file = File::open(root.join(&known.path))?;
    let (mut one, mut other) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        let length = entry.read(&mut one)?;
        if length == 0 {
            return Ok(file.read(&mut other)? == 0);
        }
        if file.read_exact(&mut other[..length]).is_err() || one[..length] != other[..length] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::engine::Parcel;
    use crate::context::Context;
    use crate::dockerignore::DockerIgnore;

    #[test]
    fn what_is_the_same_and_what_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("d")).unwrap();
        for file in ["same", "content", "longer", "d/run", "only-here"] {
            std::fs::write(root.join(file), "1234").unwrap();
        }
        std::os::unix::fs::symlink("same", root.join("link")).unwrap();
        std::os::unix::fs::symlink("same", root.join("moved")).unwrap();
        let walk = || Context::walk(root, &DockerIgnore::default()).unwrap().entries;
        let items = walk().into_iter().filter(|entry| entry.path != "only-here");
        let items = items.map(|entry| (entry.clone(), format!("src/{}", entry.path))).collect();
        let mut archive = Vec::new();
        Parcel {
            root: root.to_owned(),
            items,
            folders: vec!["src".to_owned(), "src/other".to_owned()],
            ..Parcel::default()
        }
        .pack(&mut archive)
        .unwrap();
        std::fs::write(root.join("content"), "1235").unwrap();
        std::fs::write(root.join("longer"), "12345").unwrap();
        std::fs::set_permissions(root.join("d/run"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::remove_file(root.join("moved")).unwrap();
        std::os::unix::fs::symlink("content", root.join("moved")).unwrap();
        let files = walk().into_iter().map(|entry| (entry.path.clone(), entry)).collect();
        let comparison = Comparison { root: root.to_owned(), files };
        let found: Vec<_> = same(&comparison, &archive[..]).into_iter().collect();
        assert_eq!(found, ["d", "link", "same"]);
        assert!(same(&comparison, &archive[..1000]).len() < 3);
    }
}
