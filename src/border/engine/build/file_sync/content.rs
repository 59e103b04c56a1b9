//! What is in a folder that BuildKit asks for.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use bollard_buildkit_proto::fsutil::types::Stat;

use super::selection::Selection;
use super::stat_of;
use crate::border::engine::build::BuildRequest;
use crate::context::{Entry, EntryKind};
use crate::error::Error;

/// The bits by which Go's `io/fs.FileMode` tells folders and links, and special permissions.
const GO_DIRECTORY: u32 = 1 << 31;
const GO_SYMLINK: u32 = 1 << 27;
const GO_SPECIAL: [(u32, u32); 3] = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
/// How much of a file goes into one packet: what BuildKit's own client sends.
const PIECE: usize = 32 * 1024;
/// The digits of a time that carry no meaning: file systems keep times in steps of milliseconds.
const BELOW_MILLISECONDS: i64 = 1_000_000;

/// Why a file was not sent.
pub(super) enum Problematic {
    /// The receiver has hung up.
    ReceiverGone,
    /// The file is not what it was when the context was listed.
    Content(Error),
}

/// A folder that can be sent.
pub(super) enum Source {
    /// Entries of a build context, by their places in it.
    Context(Arc<BuildRequest>, Vec<usize>),
    /// Names and texts of files that exist in memory only.
    Texts(Vec<(String, String)>),
}

impl Source {
    /// What `selection` leaves of the request's context.
    pub(super) fn of_context(request: Arc<BuildRequest>, selection: &Selection) -> Self {
        let chosen = selection.apply(&request.context.entries);
        Self::Context(request, chosen)
    }

    /// The folder of the Dockerfile. BuildKit would look for a `.dockerignore` in the context if the Dockerfile had
    /// none of its own, and apply it a second time: so it has one that ignores nothing, and that is not empty, since
    /// old versions take an empty one for a missing one.
    pub(super) fn of_dockerfile(name: &str, text: &str) -> Self {
        let ignore = "# Only what the build may see is sent.\n".to_owned();
        Self::Texts(vec![(name.to_owned(), text.to_owned()), (format!("{name}.dockerignore"), ignore)])
    }

    /// What the receiver is told of each entry; their places in this list are the ids by which it asks for files.
    pub(super) fn stats(&self) -> Box<dyn Iterator<Item = Stat> + '_> {
        match self {
            Self::Context(request, chosen) => {
                Box::new(chosen.iter().map(|index| stat(&request.context.entries[*index])))
            }
            Self::Texts(files) => Box::new(files.iter().map(|(name, text)| Stat {
                size: length(text.len()),
                // The receiver takes a file of the same size and time for the same file.
                mod_time: i64::try_from(hash(text) >> 2).unwrap_or_default(),
                ..stat_of(name, 0o644)
            })),
        }
    }

    /// Gives the content of the file with this id to `take`, piece by piece.
    pub(super) fn read(
        &self,
        id: u32,
        take: impl FnMut(Vec<u8>) -> Result<(), Problematic>,
    ) -> Result<(), Problematic> {
        let id = id as usize;
        match self {
            Self::Context(request, chosen) => match chosen.get(id) {
                Some(index) => read_file(request, &request.context.entries[*index], take),
                None => Ok(()),
            },
            Self::Texts(files) => {
                let text = files.get(id).map_or("", |(_, text)| text);
                text.as_bytes().chunks(PIECE).map(<[u8]>::to_vec).try_for_each(take)
            }
        }
    }
}

fn stat(entry: &Entry) -> Stat {
    let special = GO_SPECIAL.iter().filter(|(unix, _)| entry.mode & unix != 0).fold(0, |bits, (_, go)| bits | go);
    let mode = entry.mode & 0o777 | special;
    let (mode, size, link) = match &entry.kind {
        EntryKind::File => (mode, entry.size.try_into().unwrap_or(i64::MAX), String::new()),
        EntryKind::Directory => (mode | GO_DIRECTORY, 0, String::new()),
        EntryKind::Symlink { target } => (mode | GO_SYMLINK, length(target.len()), target.clone()),
    };
    Stat { size, mod_time: told_time(entry), linkname: link, ..stat_of(&entry.path, mode) }
}

/// The time of change that the receiver is told. It takes a file of the same size and time for the same file, but
/// programs can set a time back (`cp -p`, `rsync`, unpacking an archive). The time of which this is not possible then
/// makes a difference, too small to be kept in an image.
fn told_time(entry: &Entry) -> i64 {
    if entry.kind != EntryKind::File || entry.modified == entry.identity.changed {
        return entry.modified;
    }
    let difference = i64::try_from(hash(entry.identity) >> 1).unwrap_or_default() % BELOW_MILLISECONDS;
    entry.modified - entry.modified.rem_euclid(BELOW_MILLISECONDS) + difference
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn length(length: usize) -> i64 {
    length.try_into().unwrap_or(i64::MAX)
}

fn read_file(
    request: &BuildRequest,
    entry: &Entry,
    mut take: impl FnMut(Vec<u8>) -> Result<(), Problematic>,
) -> Result<(), Problematic> {
    let path = request.context.root.join(&entry.path);
    let unreadable = |error: io::Error| {
        let report = Error::failed(format!("{}: cannot send {}", request.step, path.display()));
        let report = match error.kind() {
            io::ErrorKind::NotFound => report.help("the file vanished while the image was built: build it again"),
            io::ErrorKind::PermissionDenied => report.help("make it readable, or list it in .dockerignore"),
            _ => report,
        };
        Problematic::Content(report.cause(error))
    };
    let changed = || {
        let report = Error::failed(format!("{}: {} changed while the image was built", request.step, path.display()));
        Problematic::Content(report.help("build it again; a file that changes all the time belongs in .dockerignore"))
    };

    let mut file = File::open(&path).map_err(unreadable)?;
    if !is_as_listed(&file, entry).map_err(unreadable)? {
        return Err(changed());
    }
    let mut left = entry.size;
    while left > 0 {
        let mut piece = vec![0; usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
        match file.read(&mut piece) {
            Ok(0) => return Err(changed()),
            Ok(count) => {
                piece.truncate(count);
                left -= count as u64;
                take(piece)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    if is_as_listed(&file, entry).map_err(unreadable)? { Ok(()) } else { Err(changed()) }
}

fn is_as_listed(file: &File, entry: &Entry) -> io::Result<bool> {
    let now = file.metadata()?;
    let modified = now.mtime().saturating_mul(1_000_000_000).saturating_add(now.mtime_nsec());
    Ok(now.is_file() && now.len() == entry.size && modified == entry.modified)
}
