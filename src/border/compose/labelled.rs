//! Projects that run, known by the labels of their containers alone: their files may have changed or gone since.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::overlay::{LABEL_FILES, LABEL_FOLDER};
use super::{Compose, Flavor, Project};
use crate::error::{Error, Result};
use crate::start::running::{Running, service};

/// A project that Compose can be asked about while this value lives.
#[derive(Debug)]
pub struct Labelled {
    /// The project.
    pub project: Project,
    /// Compose v1 knows no project without a file.
    _file: Option<tempfile::NamedTempFile>,
}

impl Compose {
    /// The project of `running` for commands that only look for its containers: `logs`, `exec`. Compose v2 finds them
    /// by their labels; v1 does so too, when a file names the services.
    ///
    /// # Errors
    /// The file for v1 cannot be written.
    pub fn labelled(&self, running: &Running) -> Result<Labelled> {
        let mut project = Project { name: running.project.clone(), folder: PathBuf::from("/"), ..Project::default() };
        if self.flavor == Flavor::Two {
            return Ok(Labelled { project, _file: None });
        }
        let failed = |error: std::io::Error| Error::failed("writing a file for Compose").cause(error);
        let services: IndexMap<&str, IndexMap<&str, &str>> = running
            .containers
            .iter()
            .map(|container| (service(container), IndexMap::from([("image", container.image.as_str())])))
            .collect();
        let text = serde_saphyr::to_string(&IndexMap::from([("services", services)]))
            .map_err(|error| Error::failed("writing a file for Compose").because(error.to_string()))?;
        let file = tempfile::Builder::new().suffix(".yml").tempfile().map_err(failed)?;
        std::fs::write(file.path(), text).map_err(failed)?;
        project.files.push(file.path().to_owned());
        Ok(Labelled { project, _file: Some(file) })
    }
}

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
