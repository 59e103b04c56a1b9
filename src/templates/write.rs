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

/// A file that is written anew, or removed where there is no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The path in the folder.
    pub path: String,
    /// What is to be in it.
    pub text: Option<String>,
}

/// Writes and removes files below `folder`: all, or none where one of them cannot be.
///
/// # Errors
/// Something cannot be written; then everything is as it was.
pub fn replace_all_or_nothing(folder: &Path, replacements: &[Replacement]) -> Result<()> {
    let failed =
        |path: &Path, error: io::Error| Error::failed(format!("could not write {}", path.display())).cause(error);
    // What can fail for want of space or rights is done first, beside the files.
    let mut staged = Vec::new();
    for Replacement { path, text } in replacements {
        let path = folder.join(path);
        let stage = || -> io::Result<_> {
            let before = match fs::read(&path) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            let Some(text) = text else { return Ok((before, None)) };
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent)?;
            let mut file = tempfile::Builder::new()
                .prefix(".keg-new-")
                .permissions(fs::Permissions::from_mode(0o666))
                .tempfile_in(parent)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            Ok((before, Some(file)))
        };
        let (before, file) = stage().map_err(|error| failed(&path, error))?;
        staged.push((path, before, file));
    }
    let mut done: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (path, before, file) in staged {
        let moved = match file {
            Some(file) => file.persist(&path).map(drop).map_err(|error| error.error),
            None => fs::remove_file(&path).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            }),
        };
        if let Err(error) = moved {
            put_back(&done);
            return Err(failed(&path, error));
        }
        done.push((path, before));
    }
    Ok(())
}

/// As well as it goes: the error that is reported is the first one.
fn put_back(done: &[(PathBuf, Option<Vec<u8>>)]) {
    for (path, before) in done {
        match before {
            Some(bytes) => fs::write(path, bytes).ok(),
            None => fs::remove_file(path).ok(),
        };
    }
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
    fn files_are_replaced_all_or_none() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        let of = |path: &str, text: Option<&str>| Replacement { path: path.into(), text: text.map(str::to_owned) };
        replace_all_or_nothing(folder, &[of("w/a", Some("1")), of("w/b", Some("2")), of("w/none", None)]).unwrap();
        replace_all_or_nothing(folder, &[of("w/a", Some("3")), of("w/b", None)]).unwrap();
        assert_eq!(fs::read_to_string(folder.join("w/a")).unwrap(), "3");
        assert!(!folder.join("w/b").exists());
        // A folder stands where the last file should go.
        fs::create_dir_all(folder.join("w/c/full")).unwrap();
        let error = replace_all_or_nothing(folder, &[of("w/a", Some("4")), of("w/d", Some("5")), of("w/c", Some("6"))]);
        assert!(error.is_err());
        assert_eq!(fs::read_to_string(folder.join("w/a")).unwrap(), "3");
        let names: Vec<_> = fs::read_dir(folder.join("w")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
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
