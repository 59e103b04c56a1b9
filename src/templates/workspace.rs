//! The workspace that `keg init` makes where there is none yet.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use include_dir::{Dir, include_dir};
use minijinja::context;

use super::{Rendered, render_folder};
use crate::error::{Error, Result};

static WORKSPACE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/templates/workspace");

/// The files of a new workspace: a base, an image that taps start from, and keg.yml.
///
/// # Errors
/// Never for templates that the tests have rendered.
pub fn workspace(registry: Option<&str>) -> Result<Vec<Rendered>> {
    render_folder("workspace", &WORKSPACE, context! { registry })
}

/// Writes `files` below `folder`. Files that are there are left as they are.
///
/// # Errors
/// A file that cannot be written.
pub fn write_missing(folder: &Path, files: &[Rendered]) -> Result<()> {
    for (path, text, _) in files {
        let path = folder.join(path);
        if path.exists() {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| not_written(parent, error))?;
        }
        write_new(&path, text)?;
    }
    Ok(())
}

/// Writes a file that must not be there yet.
///
/// # Errors
/// It is there, or cannot be written.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| not_written(path, error))
}

fn not_written(path: &Path, error: std::io::Error) -> Error {
    Error::request(format!("could not write {}", path.display())).cause(error)
}
