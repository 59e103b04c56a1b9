//! Parts of tags that were found by running commands in built images, written down so that an image that stays the same
//! is not run again: in `.keg/versions/<image>.json`, and in the registry beside the image, for machines that do not
//! have the image itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::state::{self, Exclusive};
use crate::tagging::{Finder, Groups};

/// What such a record is called in registries (`artifactType`).
pub const MEDIA_TYPE: &str = "application/vnd.keg.versions.v1+json";
/// The folder in that of local state.
const FOLDER: &str = "versions";
/// How many builds of an image are remembered.
const MOST: usize = 20;

/// What was found by one rule in one build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// How.
    #[serde(flatten)]
    pub finder: Finder,
    /// The parts that tags are made of.
    pub groups: Groups,
}

/// A build of an image, and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// What tells the build from others: its key, and the time of a rebuild under the same key.
    pub build: String,
    /// What was found.
    pub found: Vec<Found>,
}

impl Versions {
    /// What is known of one build of an image.
    pub fn read(root: &Path, image: &str, build: &str) -> Vec<Found> {
        let known = read(root, image).into_iter().find(|versions| versions.build == build);
        known.map(|versions| versions.found).unwrap_or_default()
    }

    /// Remembers what was found in builds of images, beside what is known of them. Where the workspace cannot be
    /// written, nothing is kept.
    ///
    /// # Errors
    /// It cannot be written for another reason, as a full disk.
    pub fn write(root: &Path, found: &[(String, Self)]) -> Result<()> {
        match try_write(root, found) {
            Err(error) if !state::is_read_only(&error) => {
                Err(Error::failed("cannot write down which version tags were found")
                    .cause(error)
                    .help("free some space"))
            }
            _ => Ok(()),
        }
    }
}

/// What was found by `finder`.
pub fn groups_of<'a>(found: &'a [Found], finder: &Finder) -> Option<&'a Groups> {
    found.iter().find(|one| one.finder == *finder).map(|one| &one.groups)
}

/// Adds what is not known yet; what is known anew takes the place of what was.
pub fn add(known: &mut Vec<Found>, found: impl IntoIterator<Item = Found>) {
    for new in found {
        known.retain(|one| one.finder != new.finder);
        known.push(new);
    }
}

/// What the record in a registry says; nothing where it is not understood.
pub fn from_json(text: &[u8]) -> Vec<Found> {
    serde_json::from_slice(text).unwrap_or_default()
}

/// What is found as it is stored in a registry.
///
/// # Errors
/// It cannot be written as JSON.
pub fn to_json(found: &[Found]) -> Result<Vec<u8>> {
    serde_json::to_vec(found).map_err(|error| Error::failed("writing down version tags").cause(error))
}

fn file(root: &Path, image: &str) -> PathBuf {
    root.join(state::FOLDER).join(FOLDER).join(format!("{image}.json"))
}

fn read(root: &Path, image: &str) -> Vec<Versions> {
    serde_json::from_slice(&fs::read(file(root, image)).unwrap_or_default()).unwrap_or_default()
}

fn try_write(root: &Path, found: &[(String, Versions)]) -> io::Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let exclusive = Exclusive::wait(root)?;
    for (image, new) in found {
        let file = file(root, image);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let (mut same, mut all): (Vec<_>, Vec<_>) =
            read(root, image).into_iter().partition(|versions| versions.build == new.build);
        let mut versions = same.pop().unwrap_or_else(|| Versions { build: new.build.clone(), found: Vec::new() });
        add(&mut versions.found, new.found.iter().cloned());
        all.push(versions);
        let surplus = all.len().saturating_sub(MOST);
        exclusive.write(&file, &serde_json::to_vec(&all[surplus..])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::CommandLine;

    fn found(command: &str, version: &str) -> Found {
        let finder = Finder { command: CommandLine::Shell(command.into()), pattern: Some("(.*)".into()) };
        Found { finder, groups: Groups::from([("1".to_owned(), version.to_owned())]) }
    }

    fn versions(build: &str, found: Vec<Found>) -> (String, Versions) {
        ("team/web".to_owned(), Versions { build: build.into(), found })
    }

    #[test]
    fn builds_are_remembered_by_rule() {
        let folder = tempfile::tempdir().unwrap();
        let (python, node) = (found("python --version", "3.11"), found("node -v", "20"));
        Versions::write(folder.path(), &[versions("a", vec![python.clone()])]).unwrap();
        Versions::write(folder.path(), &[versions("a", vec![node.clone()]), versions("b", vec![])]).unwrap();
        let known = Versions::read(folder.path(), "team/web", "a");
        assert_eq!(known, [python.clone(), node.clone()]);
        assert_eq!(groups_of(&known, &node.finder), Some(&node.groups));
        let other = Finder { pattern: None, ..node.finder.clone() };
        assert_eq!(groups_of(&known, &other), None, "another rule");
        Versions::write(folder.path(), &[versions("a", vec![found("node -v", "22")])]).unwrap();
        assert_eq!(Versions::read(folder.path(), "team/web", "a"), [python, found("node -v", "22")]);
        assert_eq!(Versions::read(folder.path(), "team/web", "c"), []);
        for number in 0..MOST {
            Versions::write(folder.path(), &[versions(&number.to_string(), vec![node.clone()])]).unwrap();
        }
        assert_eq!(Versions::read(folder.path(), "team/web", "a"), [], "only the last builds are kept");
        fs::write(file(folder.path(), "team/web"), "[{").unwrap();
        assert_eq!(Versions::read(folder.path(), "team/web", "5"), [], "a torn file is none");
    }

    #[test]
    fn the_record_of_a_registry() {
        let all = [found("python --version", "3.11")];
        let json = to_json(&all).unwrap();
        assert_eq!(
            String::from_utf8(json.clone()).unwrap(),
            r#"[{"command":"python --version","pattern":"(.*)","groups":{"1":"3.11"}}]"#
        );
        assert_eq!(from_json(&json), all);
        for other in ["", "{}", "[1]"] {
            assert_eq!(from_json(other.as_bytes()), []);
        }
    }
}
