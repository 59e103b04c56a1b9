//! Packs files into a tar archive.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::Owner;
use crate::context::{Entry, EntryKind};

/// How much is sent at once, and how many such parts wait to be sent.
const PART: usize = 256 * 1024;
const WAITING_PARTS: usize = 8;

/// Files for a container.
#[derive(Debug, Clone, Default)]
pub struct Parcel {
    /// Where the files lie.
    pub root: PathBuf,
    /// What is packed, each with its name in the archive; folders before what they hold.
    pub items: Vec<(Entry, String)>,
    /// Names of folders that are made before.
    pub folders: Vec<String>,
    /// Whom everything belongs to.
    pub owner: Owner,
}

impl Parcel {
    /// How many bytes the files have.
    pub fn size(&self) -> u64 {
        self.items.iter().map(|(entry, _)| entry.size).sum()
    }

    /// Writes the archive, and gives what could not be read. What has gone meanwhile is passed over: that it went is
    /// reported too.
    ///
    /// # Errors
    /// `output` cannot be written.
    pub fn pack(&self, output: impl Write) -> io::Result<Vec<String>> {
        let mut archive = Builder::new(output);
        let mut unreadable = Vec::new();
        for folder in &self.folders {
            append(&mut archive, &mut header(self.owner, EntryType::Directory, 0o755, 0, 0), folder, io::empty())?;
        }
        for (entry, name) in &self.items {
            let path = self.root.join(&entry.path);
            let seconds = entry.modified.div_euclid(1_000_000_000);
            let mode = entry.mode & 0o777;
            match &entry.kind {
                EntryKind::Directory => {
                    append(
                        &mut archive,
                        &mut header(self.owner, EntryType::Directory, mode, 0, seconds),
                        name,
                        io::empty(),
                    )?;
                }
                EntryKind::Symlink { target } => {
                    let mut header = header(self.owner, EntryType::Symlink, 0o777, 0, seconds);
                    archive.append_link(&mut header, name, target)?;
                }
                EntryKind::File => match opened(&path) {
                    Ok(Some((file, metadata))) => {
                        let size = metadata.size();
                        let mut header =
                            header(self.owner, EntryType::Regular, metadata.mode() & 0o777, size, metadata.mtime());
                        append(&mut archive, &mut header, name, exactly(file, size))?;
                    }
                    Ok(None) => {}
                    Err(error) => unreadable.push(format!("{}: {error}", path.display())),
                },
            }
        }
        archive.finish()?;
        archive.into_inner()?.flush()?;
        Ok(unreadable)
    }
}

/// The file, if it is one still.
fn opened(path: &Path) -> io::Result<Option<(File, fs::Metadata)>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok(Some((file, metadata)))
}

/// A file that grows or shrinks while it is read keeps the size that the archive has announced. It is reported again.
fn exactly(file: File, size: u64) -> impl Read {
    file.chain(io::repeat(0)).take(size)
}

fn header(owner: Owner, kind: EntryType, mode: u32, size: u64, seconds: i64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(owner.user);
    header.set_gid(owner.group);
    header.set_mtime(u64::try_from(seconds).unwrap_or_default());
    header
}

fn append(archive: &mut Builder<impl Write>, header: &mut Header, name: &str, data: impl Read) -> io::Result<()> {
    archive.append_data(header, name, data)
}

/// The archive as it is packed, and what packing it gives.
pub(super) fn stream(parcel: Parcel) -> (Receiver<Bytes>, JoinHandle<io::Result<Vec<String>>>) {
    let (sender, receiver) = channel(WAITING_PARTS);
    let packing = tokio::task::spawn_blocking(move || {
        let output = io::BufWriter::with_capacity(PART, Parts(sender));
        match parcel.pack(output) {
            // The engine has refused the rest and says itself why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Vec::new()),
            packed => packed,
        }
    });
    (receiver, packing)
}

struct Parts(Sender<Bytes>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Bytes::copy_from_slice(bytes));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::dockerignore::DockerIgnore;

    #[test]
    fn archives_have_what_the_disk_has() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("d/run"), "#!/bin/sh\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o4755);
        fs::set_permissions(root.join("d/run"), executable).unwrap();
        std::os::unix::fs::symlink("../x", root.join("d/link")).unwrap();
        fs::write(root.join("gone"), "x").unwrap();
        fs::write(root.join("grown"), "12").unwrap();
        let entries = Context::walk(root, &DockerIgnore::default()).unwrap().entries;
        fs::remove_file(root.join("gone")).unwrap();
        fs::write(root.join("grown"), "12345").unwrap();
        let name = |entry: &Entry| format!("app/{}", entry.path);
        let items = entries.into_iter().map(|entry| (entry.clone(), name(&entry))).collect();
        let parcel = Parcel { root: root.to_owned(), items, folders: vec!["app".to_owned()], owner: Owner::default() };
        let mut bytes = Vec::new();
        assert_eq!(parcel.pack(&mut bytes).unwrap(), Vec::<String>::new());
        let mut archive = tar::Archive::new(&bytes[..]);
        let found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                let link = entry.link_name().unwrap().map(|link| link.display().to_string()).unwrap_or_default();
                let header = entry.header();
                format!("{} {:o} {link}{}", entry.path().unwrap().display(), header.mode().unwrap(), text.trim())
            })
            .collect();
        assert_eq!(
            found,
            ["app 755 ", "app/d 755 ", "app/d/link 777 ../x", "app/d/run 755 #!/bin/sh", "app/grown 644 12345"]
        );
    }

    #[test]
    fn a_file_keeps_the_size_that_was_announced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        for (size, expected) in [(3, "123"), (7, "12345\0\0")] {
            let mut text = String::new();
            exactly(File::open(&path).unwrap(), size).read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
    }
}
