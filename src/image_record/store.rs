//! Manifests in `.keg/manifests`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Record, VERSION, markdown};
use crate::error::{Error, Result};
use crate::state::{self, Exclusive};

/// The folder in that of local state.
const FOLDER: &str = "manifests";
/// How many builds of a tag are remembered.
const MOST: usize = 20;

/// The file of an image's tag, relative to the workspace; what it says in Markdown ends with `.md`.
fn file(image: &str, tag: &str) -> PathBuf {
    Path::new(state::FOLDER).join(FOLDER).join(image).join(format!("{tag}.json"))
}

/// The manifest of an image's tag, if there is a whole one of a version that this keg knows.
pub fn read(root: &Path, image: &str, tag: &str) -> Option<Record> {
    read_file(&root.join(file(image, tag)))
}

fn read_file(path: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (record.version == VERSION).then_some(record)
}

/// The manifests of all tags of an image, by tag.
pub fn read_all(root: &Path, image: &str) -> Vec<Record> {
    let folder = root.join(state::FOLDER).join(FOLDER).join(image);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut records: Vec<Record> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| read_file(&path))
        .filter(|record| record.image == image)
        .collect();
    records.sort_by(|one, other| one.tag.cmp(&other.tag));
    records
}

/// Writes manifests of one build each, before the builds that their tags named earlier, and gives the JSON files,
/// relative to the workspace. A build that was written down before is only replaced.
///
/// # Errors
/// They cannot be written.
pub fn write(root: &Path, records: &[Record]) -> Result<Vec<PathBuf>> {
    try_write(root, records).map_err(|error| {
        let folder = root.join(state::FOLDER).join(FOLDER);
        Error::failed(format!("cannot write manifests to {}", folder.display())).cause(error)
    })
}

fn try_write(root: &Path, records: &[Record]) -> io::Result<Vec<PathBuf>> {
    let exclusive = Exclusive::wait(root)?;
    let mut files = Vec::with_capacity(records.len());
    for record in records {
        let file = file(&record.image, &record.tag);
        let path = root.join(&file);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        let mut whole = record.clone();
        let earlier = read_file(&path).map(|earlier| earlier.builds).unwrap_or_default();
        whole.builds.extend(earlier.into_iter().filter(|build| record.builds.iter().all(|new| new.id != build.id)));
        whole.builds.truncate(MOST.max(record.builds.len()));
        exclusive.write(&path, &serde_json::to_vec_pretty(&whole)?)?;
        exclusive.write(&path.with_file_name(format!("{}.md", record.tag)), markdown(record).as_bytes())?;
        files.push(file);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::Build;
    use super::*;
    use crate::workspace::Kind;

    fn record(image: &str, tag: &str, id: usize) -> Record {
        Record::new(image, Kind::Hub, tag, Build { id: format!("id {id}"), ..Build::default() })
    }

    #[test]
    fn the_history_of_a_tag_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for id in 0..MOST + 3 {
            write(folder.path(), &[record("team/web", "1.2", id)]).unwrap();
        }
        write(folder.path(), &[record("team/web", "1.2", 10), record("team/web", "main", 1)]).unwrap();
        let ids: Vec<String> =
            read(folder.path(), "team/web", "1.2").unwrap().builds.into_iter().map(|build| build.id).collect();
        assert_eq!(ids.len(), MOST);
        assert_eq!(ids[..3], ["id 10", "id 22", "id 21"]);
        assert_eq!(ids.iter().filter(|id| *id == "id 10").count(), 1);
        assert!(folder.path().join(".keg/manifests/team/web/1.2.md").exists());
        let tags: Vec<String> = read_all(folder.path(), "team/web").into_iter().map(|record| record.tag).collect();
        assert_eq!(tags, ["1.2", "main"]);
        assert_eq!(read_all(folder.path(), "team"), []);
    }

    #[test]
    fn what_is_torn_or_newer_counts_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let newer = Record { version: VERSION + 1, ..record("web", "main", 1) };
        write(folder.path(), &[newer]).unwrap();
        assert_eq!(read(folder.path(), "web", "main"), None);
        fs::write(folder.path().join(file("web", "main")), "{").unwrap();
        assert_eq!(read(folder.path(), "web", "main"), None);
        // Keys that are not known are passed over, those that are missing are empty.
        let text = r#"{"version":1,"image":"web","kind":"hub","tag":"main","builds":[{"id":"x","new":1}],"more":2}"#;
        fs::write(folder.path().join(file("web", "main")), text).unwrap();
        assert_eq!(read(folder.path(), "web", "main").unwrap().builds[0].id, "x");
    }
}
