//! Records of what happened, a file each: the newest are kept, in a folder of the workspace's local state.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::{self, Exclusive};

/// Something that happened at a moment.
pub trait Entry: Serialize + DeserializeOwned {
    /// The version of its form; a file of another one is passed over.
    const VERSION: u32;

    /// The version that it was written in.
    fn version(&self) -> u32;

    /// When it happened, in UTC: `2026-11-20T12:00:00Z`.
    fn moment(&self) -> &str;
}

/// Entries of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Journal<E> {
    /// Their folder in that of local state.
    folder: &'static str,
    /// How many are kept.
    most: usize,
    entries: PhantomData<E>,
}

impl<E: Entry> Journal<E> {
    /// Entries in this folder, of which the newest `most` are kept.
    pub const fn new(folder: &'static str, most: usize) -> Self {
        Self { folder, most, entries: PhantomData }
    }

    /// Writes an entry into the workspace at `root`, and removes the oldest where there are too many. Where the
    /// workspace cannot be written, nothing is kept and nothing is said.
    ///
    /// # Errors
    /// It cannot be written for another reason, as a full disk.
    pub fn keep(&self, root: &Path, entry: &E) -> io::Result<()> {
        match self.try_keep(root, entry) {
            Err(error) if state::is_read_only(&error) => Ok(()),
            kept => kept,
        }
    }

    /// The entries of which there are whole files, the newest first.
    pub fn read_all(&self, root: &Path) -> Vec<E> {
        let files = files(&root.join(state::FOLDER).join(self.folder)).into_iter().rev();
        let read = |file: PathBuf| serde_json::from_slice::<E>(&fs::read(file).ok()?).ok();
        files.filter_map(read).filter(|entry| entry.version() == E::VERSION).collect()
    }

    fn try_keep(&self, root: &Path, entry: &E) -> io::Result<()> {
        let exclusive = Exclusive::wait(root)?;
        let folder = exclusive.folder().join(self.folder);
        fs::create_dir_all(&folder)?;
        exclusive.sweep_all(&folder);
        exclusive.write(&free_name(&folder, entry.moment()), &serde_json::to_vec(entry)?)?;
        let files = files(&folder);
        for oldest in &files[..files.len().saturating_sub(self.most)] {
            // Whoever cannot remove it leaves it for the next.
            fs::remove_file(oldest).ok();
        }
        Ok(())
    }
}

/// A name that sorts by time. Two things may happen within a second.
fn free_name(folder: &Path, moment: &str) -> PathBuf {
    let name = moment.replace(':', "-");
    let mut names = (0..1000).map(|number| folder.join(format!("{name}.{number:03}.json")));
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(format!("{name}.json")))
}

/// The entries in `folder`, the oldest first.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const MOST: usize = 20;
    const JOURNAL: Journal<Event> = Journal::new("events", MOST);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Event {
        version: u32,
        moment: String,
        number: u32,
    }

    impl Entry for Event {
        const VERSION: u32 = 1;

        fn version(&self) -> u32 {
            self.version
        }

        fn moment(&self) -> &str {
            &self.moment
        }
    }

    fn event(moment: &str, number: u32) -> Event {
        Event { version: 1, moment: moment.to_owned(), number }
    }

    #[test]
    fn the_newest_are_kept_and_read_first() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(JOURNAL.read_all(folder.path()), []);
        for number in 0..u32::try_from(MOST).unwrap() + 3 {
            JOURNAL.keep(folder.path(), &event(&format!("2026-11-20T12:00:{number:02}Z"), number)).unwrap();
        }
        // Within one second.
        JOURNAL.keep(folder.path(), &event("2026-11-20T12:00:22Z", 99)).unwrap();
        let events = JOURNAL.read_all(folder.path());
        assert_eq!(events.len(), MOST);
        assert_eq!(events.iter().take(3).map(|event| event.number).collect::<Vec<_>>(), [99, 22, 21]);
    }

    #[test]
    fn what_is_torn_or_of_another_version_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        JOURNAL.keep(folder.path(), &event("2026-11-20T12:00:00Z", 1)).unwrap();
        let inside = folder.path().join(".keg/events");
        fs::write(inside.join("2026-11-20T13-00-00Z.000.json"), "{\"version\": 1, \"moment").unwrap();
        let other = Event { version: 2, ..event("2026-11-20T14:00:00Z", 2) };
        fs::write(inside.join("2026-11-20T14-00-00Z.000.json"), serde_json::to_vec(&other).unwrap()).unwrap();
        assert_eq!(JOURNAL.read_all(folder.path()).iter().map(|event| event.number).collect::<Vec<_>>(), [1]);
    }
}
