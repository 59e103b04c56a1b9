//! Projects that run, known by the labels of their containers alone: their files may have changed or gone since.

use std::path::PathBuf;

use super::Project;
use super::overlay::{LABEL_FILES, LABEL_FOLDER};
use crate::start::running::Running;

/// The project of `running` with the files that it was started with, if all of them are still there.
pub fn recorded(running: &Running) -> Option<Project> {
    let container = running.containers.iter().find(|container| container.labels.contains_key(LABEL_FILES))?;
    let folder = PathBuf::from(container.labels.get(LABEL_FOLDER)?);
    let files: Vec<PathBuf> = container.labels.get(LABEL_FILES)?.split(',').map(|file| folder.join(file)).collect();
    files.iter().all(|file| file.is_file()).then(|| Project {
        name: running.project.clone(),
        folder,
        files,
        variables: Vec::new(),
    })
}
