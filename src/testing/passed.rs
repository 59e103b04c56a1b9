//! Which builds have passed their tests on this machine: `.keg/tests/passed/<image>.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::state::{self, Exclusive};

/// The folder in that of local state.
const FOLDER: &str = "tests/passed";
/// How many builds of an image are remembered.
const MOST: usize = 20;

/// A build that has passed its tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// What tells the build from others: its key, and the time of a rebuild under the same key.
    pub build: String,
    /// The digest of the tests.
    pub tests: String,
}

impl Passed {
    /// The builds of an image that are known to have passed.
    pub fn read(root: &Path, image: &str) -> Vec<Self> {
        let text = fs::read(file(root, image)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Remembers that these builds of images have passed. Where the workspace cannot be written, nothing is kept.
    ///
    /// # Errors
    /// It cannot be written for another reason, as a full disk.
    pub fn write(root: &Path, passed: &[(String, Self)]) -> Result<()> {
        match try_write(root, passed) {
            Err(error) if !state::is_read_only(&error) => {
                Err(Error::failed("cannot write down which tests have passed").cause(error).help("free some space"))
            }
            _ => Ok(()),
        }
    }
}

fn file(root: &Path, image: &str) -> PathBuf {
    root.join(state::FOLDER).join(FOLDER).join(format!("{image}.json"))
}

fn try_write(root: &Path, passed: &[(String, Passed)]) -> io::Result<()> {
    if passed.is_empty() {
        return Ok(());
    }
    let exclusive = Exclusive::wait(root)?;
    for (image, new) in passed {
        let file = file(root, image);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut all = Passed::read(root, image);
        all.retain(|one| one != new);
        all.push(new.clone());
        let surplus = all.len().saturating_sub(MOST);
        exclusive.write(&file, &serde_json::to_vec(&all[surplus..])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let passed = |number: usize| Passed { build: format!("build {number}"), tests: "digest".into() };
        for number in 0..MOST + 2 {
            Passed::write(folder.path(), &[("team/web".into(), passed(number))]).unwrap();
        }
        Passed::write(folder.path(), &[("team/web".into(), passed(5))]).unwrap();
        let known = Passed::read(folder.path(), "team/web");
        assert_eq!(known.len(), MOST);
        assert!(known.contains(&passed(MOST + 1)) && known.contains(&passed(5)) && !known.contains(&passed(1)));
        assert_eq!(Passed::read(folder.path(), "api"), []);
        fs::write(file(folder.path(), "team/web"), "[{").unwrap();
        assert_eq!(Passed::read(folder.path(), "team/web"), [], "a torn file is none");
    }
}
