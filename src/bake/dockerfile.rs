//! Dockerfiles that cannot stand in a definition.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::{Error, Result};

/// The Dockerfile that stands at `source`, with this text, as a file in `folder` for a program that reads the context at
/// `root` by itself; `None` where the text alone will do.
///
/// A text that stands in the definition has no file, and so no `Dockerfile.dockerignore` beside it either, which says what
/// the program leaves out of the context.
///
/// # Errors
/// The patterns cannot be read, or `folder` cannot be written.
pub fn write(text: &str, source: &Path, root: &Path, workspace: &Path, folder: &Path) -> Result<Option<PathBuf>> {
    let Some(ignore) = Context::ignore_for_others(root, source, workspace)? else { return Ok(None) };
    let file = folder.join("Dockerfile");
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, text))
        .and_then(|()| std::fs::write(Context::ignore_file_of(&file), ignore));
    match written {
        Ok(()) => Ok(Some(file)),
        Err(error) => Err(Error::failed(format!("cannot write the Dockerfile {}", file.display()))
            .cause(error)
            .help("make its folder writable, or free some space")),
    }
}
