//! Writes a new folder completely or not at all.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes `files` (path in the folder, text, whether executable) to the new folder `folder`. They are written beside
/// it first and moved into place in one go, so that a failure leaves nothing behind. Missing parent folders are made.
///
/// # Errors
/// A request error when `folder` exists already; a failure when something cannot be written.
pub fn write_all_or_nothing(folder: &Path, files: &[(PathBuf, String, bool)]) -> Result<()> {
    if folder.symlink_metadata().is_ok() {
        return Err(Error::request(format!("{} exists already", folder.display()))
            .help("choose another name, or remove it first"));
    }
    write(folder, files).map_err(|error| Error::failed(format!("could not write {}", folder.display())).cause(error))
}

fn write(folder: &Path, files: &[(PathBuf, String, bool)]) -> io::Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".keg-new-").tempdir_in(parent)?;
    // A folder within, because the temporary one is closed to other users and the new one should not be.
    let new = beside.path().join("new");
    fs::create_dir(&new)?;
    for (path, text, executable) in files {
        let path = new.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        if *executable {
            // Whoever may read it may run it, which leaves the user's umask in force.
            let mode = fs::metadata(&path)?.permissions().mode();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
        }
    }
    fs::rename(&new, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, executable: bool) -> (PathBuf, String, bool) {
        (path.into(), format!("{path}\n"), executable)
    }

    #[test]
    fn writes_folders_and_modes() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("taps/web");
        write_all_or_nothing(&folder, &[file("a", false), file("b/c/run", true)]).unwrap();
        assert_eq!(fs::read_to_string(folder.join("b/c/run")).unwrap(), "b/c/run\n");
        assert_eq!(fs::metadata(folder.join("a")).unwrap().permissions().mode() & 0o111, 0);
        assert_ne!(fs::metadata(folder.join("b/c/run")).unwrap().permissions().mode() & 0o100, 0);
        let beside: Vec<_> = fs::read_dir(temporary.path().join("taps")).unwrap().collect();
        assert_eq!(beside.len(), 1, "the temporary folder is gone");
    }

    #[test]
    fn existing_folder_is_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let error = write_all_or_nothing(temporary.path(), &[file("a", false)]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.message().ends_with("exists already"), "{error}");
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }

    #[test]
    fn failure_leaves_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("web");
        // The second file needs a folder where the first one is a file.
        let error = write_all_or_nothing(&folder, &[file("a", false), file("a/b", false)]).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }
}
