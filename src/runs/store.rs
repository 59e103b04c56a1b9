//! Records of runs: `.keg/runs/<when it began>.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{RunRecord, VERSION};
use crate::error::{Error, Result};
use crate::state::{self, Exclusive};

/// The folder of records in that of local state.
const FOLDER: &str = "runs";
/// How many runs are kept.
const MOST: usize = 20;

/// Writes the record into the workspace at `root`, and removes the oldest where there are too many. Where the
/// workspace cannot be written, nothing is kept and nothing is said.
///
/// # Errors
/// It cannot be written for another reason, as a full disk.
pub fn keep(root: &Path, run: &RunRecord) -> Result<()> {
    match try_keep(root, run) {
        Err(error) if !state::is_read_only(&error) => {
            Err(Error::failed("cannot write a record of this run").cause(error).help("free some space"))
        }
        _ => Ok(()),
    }
}

/// The runs of which there are whole records, the newest first.
pub fn read_all(root: &Path) -> Vec<RunRecord> {
    let files = files(&root.join(state::FOLDER).join(FOLDER)).into_iter().rev();
    let read = |file: PathBuf| serde_json::from_slice::<RunRecord>(&fs::read(file).ok()?).ok();
    files.filter_map(read).filter(|run| run.version == VERSION).collect()
}

fn try_keep(root: &Path, run: &RunRecord) -> io::Result<()> {
    let exclusive = Exclusive::wait(root)?;
    let folder = exclusive.folder().join(FOLDER);
    fs::create_dir_all(&folder)?;
    exclusive.sweep_all(&folder);
    exclusive.write(&free_name(&folder, &run.began), &serde_json::to_vec(run)?)?;
    let files = files(&folder);
    for oldest in &files[..files.len().saturating_sub(MOST)] {
        // Whoever cannot remove it leaves it for the next.
        fs::remove_file(oldest).ok();
    }
    Ok(())
}

/// A name that sorts by time. Two runs may begin within a second.
fn free_name(folder: &Path, began: &str) -> PathBuf {
    let name = began.replace(':', "-");
    let names = (0_u32..).map(|number| folder.join(format!("{name}.{number:03}.json")));
    names.into_iter().find(|path| !path.exists()).unwrap_or_else(|| folder.join(format!("{name}.json")))
}

/// The records in `folder`, the oldest first.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(began: &str, seconds: f64) -> RunRecord {
        RunRecord { version: VERSION, began: began.to_owned(), seconds, ..RunRecord::default() }
    }

    #[test]
    fn the_newest_are_kept_and_read_first() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_all(folder.path()), []);
        for number in 0..u8::try_from(MOST).unwrap() + 3 {
            keep(folder.path(), &run(&format!("2026-11-20T12:00:{number:02}Z"), f64::from(number))).unwrap();
        }
        // Within one second.
        keep(folder.path(), &run("2026-11-20T12:00:22Z", 99.0)).unwrap();
        let runs = read_all(folder.path());
        assert_eq!(runs.len(), MOST);
        assert_eq!(runs.iter().take(3).map(|run| run.seconds).collect::<Vec<_>>(), [99.0, 22.0, 21.0]);
    }

    #[test]
    fn what_is_torn_or_of_another_version_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), &run("2026-11-20T12:00:00Z", 1.0)).unwrap();
        let inside = folder.path().join(".keg/runs");
        fs::write(inside.join("2026-11-20T13-00-00Z.000.json"), "{\"version\": 1, \"began").unwrap();
        let other = RunRecord { version: VERSION + 1, ..run("2026-11-20T14:00:00Z", 2.0) };
        fs::write(inside.join("2026-11-20T14-00-00Z.000.json"), serde_json::to_vec(&other).unwrap()).unwrap();
        assert_eq!(read_all(folder.path()).iter().map(|run| run.seconds).collect::<Vec<_>>(), [1.0]);
    }
}
