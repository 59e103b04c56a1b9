//! Records of builds that no commit tells of: `.keg/records/<content tag>.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::key::{Inputs, Key};
use crate::state::{self, Exclusive};

/// The folder of records in that of local state.
const FOLDER: &str = "records";
/// How many records are kept.
const MOST: usize = 200;

/// What went into one build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The image's name, for people who look at the file.
    pub image: String,
    /// All inputs, parents and platform among them.
    pub inputs: Inputs,
}

/// Writes records into the workspace at `root`, and removes the oldest where there are too many. Where the workspace
/// cannot be written, nothing is kept and nothing is said.
///
/// # Errors
/// They cannot be written for another reason, as a full disk.
pub(super) fn write(root: &Path, records: &[Record]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    match try_write(root, records) {
        Err(error) if !state::is_read_only(&error) => {
            Err(Error::failed("cannot write a record of what was built").cause(error).help("free some space"))
        }
        _ => Ok(()),
    }
}

/// Whether there is a record of the build with this key.
pub(super) fn exists(root: &Path, key: &Key) -> bool {
    root.join(state::FOLDER).join(FOLDER).join(file_name(key)).exists()
}

/// The inputs that gave `key`, if there is a whole record of them.
pub(super) fn read(root: &Path, key: &Key) -> Option<Inputs> {
    let text = fs::read(root.join(state::FOLDER).join(FOLDER).join(file_name(key))).ok()?;
    let record: Record = serde_json::from_slice(&text).ok()?;
    (record.inputs.key() == *key).then_some(record.inputs)
}

fn file_name(key: &Key) -> String {
    format!("{}.json", key.content_tag())
}

fn try_write(root: &Path, records: &[Record]) -> io::Result<()> {
    let exclusive = Exclusive::wait(root)?;
    let folder = exclusive.folder().join(FOLDER);
    fs::create_dir_all(&folder)?;
    exclusive.sweep_all(&folder);
    for record in records {
        exclusive.write(&folder.join(file_name(&record.inputs.key())), &serde_json::to_vec(record)?)?;
    }
    prune(&folder, MOST.max(records.len()));
    Ok(())
}

/// Keeps so many records, the newest. None of those just written is among the oldest.
fn prune(folder: &Path, most: usize) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut records: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    records.sort();
    let surplus = records.len().saturating_sub(most);
    for (_, path) in &records[..surplus] {
        // Whoever cannot remove it leaves it for the next.
        fs::remove_file(path).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Record {
        let mut inputs = Inputs::default();
        inputs.dockerfile(text);
        inputs.build_arg("NPM_TOKEN", "hunter2");
        Record { image: "web".into(), inputs }
    }

    #[test]
    fn what_is_written_is_read_and_holds_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let record = record("FROM a\n");
        let key = record.inputs.key();
        assert_eq!(read(folder.path(), &key), None);
        write(folder.path(), std::slice::from_ref(&record)).unwrap();
        assert_eq!(read(folder.path(), &key), Some(record.inputs));
        let file = folder.path().join(".keg/records").join(file_name(&key));
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        // Torn or changed: as if it were not there.
        fs::write(&file, &text[..text.len() / 2]).unwrap();
        assert_eq!(read(folder.path(), &key), None);
        fs::write(&file, text.replace("dockerfile", "dockerfil")).unwrap();
        assert_eq!(read(folder.path(), &key), None);
    }

    #[test]
    fn the_oldest_go_and_what_killed_writers_left() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Record> = (0..MOST + 5).map(|number| record(&number.to_string())).collect();
        write(folder.path(), &records[..5]).unwrap();
        let inside = folder.path().join(".keg/records");
        let old = SystemTime::UNIX_EPOCH;
        for entry in fs::read_dir(&inside).unwrap() {
            fs::File::options().write(true).open(entry.unwrap().path()).unwrap().set_modified(old).unwrap();
        }
        fs::write(inside.join("keg-000000000000.json.a1b2c3.new"), "half").unwrap();
        write(folder.path(), &records[5..]).unwrap();
        assert_eq!(fs::read_dir(&inside).unwrap().count(), MOST);
        assert!(records[..5].iter().all(|record| read(folder.path(), &record.inputs.key()).is_none()));
        assert!(records[5..].iter().all(|record| read(folder.path(), &record.inputs.key()).is_some()));
    }

    #[test]
    fn one_large_build_keeps_all_its_records() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Record> = (0..MOST + 50).map(|number| record(&number.to_string())).collect();
        write(folder.path(), &records).unwrap();
        assert!(records.iter().all(|record| read(folder.path(), &record.inputs.key()).is_some()));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".keg"), "in the way").unwrap();
        assert!(write(folder.path(), &[record("a")]).is_err());
        write(folder.path(), &[]).unwrap();
    }
}
