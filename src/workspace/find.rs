//! Finds the workspace that a folder belongs to.

use std::path::{Path, PathBuf};

use super::Workspace;
use crate::error::{Error, Result};

/// The file that makes a folder a workspace.
pub const KEG_FILE: &str = "keg.yml";

impl Workspace {
    /// The folder with `keg.yml` that `start` is or lies in.
    ///
    /// # Errors
    /// When there is none.
    pub fn find_root(start: &Path) -> Result<PathBuf> {
        let start = std::path::absolute(start)
            .map_err(|error| Error::request(format!("looking for {KEG_FILE} from {}", start.display())).cause(error))?;
        if let Some(root) = start.ancestors().find(|folder| folder.join(KEG_FILE).is_file()) {
            return Ok(root.to_owned());
        }
        let error = Error::request(format!("there is no {KEG_FILE} in {} or a folder above it", start.display()));
        Err(match start.ancestors().map(|folder| folder.join("keg.yaml")).find(|file| file.is_file()) {
            Some(file) => error.help(format!("Rename {} to {KEG_FILE}.", file.display())),
            None => {
                error.help("Run `keg init` in the folder that is to be the workspace, or name one with `--workspace`.")
            }
        })
    }
}
