//! A file of the workspace as errors show it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::yaml::Located;

/// A file with its text and the path that users know it by.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub path: PathBuf,
    pub shown: String,
    pub text: String,
}

impl SourceFile {
    /// Reads a text file of the workspace at `root`.
    pub fn read(root: &Path, path: &Path) -> Result<Self> {
        let shown = shown(root, path);
        let bytes = std::fs::read(path).map_err(|error| Error::request(format!("reading {shown}")).cause(error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            Error::request(format!("reading {shown}: line {line} is not UTF-8"))
                .help(format!("Convert it, as with `iconv -f latin1 -t utf-8 {shown}`."))
        })?;
        Ok(Self { path: path.to_owned(), shown, text })
    }

    /// An error about a value of this file.
    pub fn error<T>(&self, value: &Located<T>, message: impl Into<String>, label: impl Into<String>) -> Error {
        value.error(&self.shown, &self.text, message, label)
    }
}

/// `path` as users write it: relative to the workspace where it lies in it.
pub(super) fn shown(root: &Path, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".into(),
        Ok(relative) => relative.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

/// `path` seen from `folder`, without `.` and `..` where that needs no look at the disk.
pub(super) fn joined(folder: &Path, path: &str) -> PathBuf {
    use std::path::Component;
    let mut joined = folder.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}
