//! The files of a tap's Compose project.

use std::path::{Path, PathBuf};

use crate::border::compose::Project;
use crate::border::compose::overlay::{
    self, LABEL_BRANCH, LABEL_PROJECT, LABEL_TAP, LABEL_WORKSPACE, Overlay, made_path, override_path,
};
use crate::border::compose::user_file::UserFile;
use crate::border::engine::{Engine, EngineContainer};
use crate::error::{Error, Result};
use crate::start::service::{Service, image_service, is_from_variable};
use crate::workspace::{Image, Workspace};

/// What a tap's compose file says, or that keg makes one.
pub struct ProjectFiles {
    /// The user's file and the override that Compose would read beside it; none where keg makes one.
    user: Vec<PathBuf>,
    /// The folder of relative paths and of `.env`.
    folder: PathBuf,
    /// The services that the files name.
    services: Vec<Service>,
    /// Whether services come from further files.
    pub includes: bool,
    /// The service that runs the tap's image.
    pub image_service: String,
    /// `ports` of tap.yml, for a file that keg makes.
    ports: Vec<String>,
}

impl ProjectFiles {
    /// Reads the tap's compose file.
    ///
    /// # Errors
    /// It cannot be read, or it is not clear which service runs the tap's image.
    pub fn read(workspace: &Workspace, tap: &Image) -> Result<Self> {
        let own = tap.tap.clone().unwrap_or_default();
        let Some(path) = &own.compose else {
            let image_service = overlay::service_of(&tap.name);
            let services = vec![Service { name: image_service.clone(), ..Service::default() }];
            let folder = tap.folder.clone();
            return Ok(Self { user: Vec::new(), folder, services, includes: false, image_service, ports: own.ports });
        };
        let mut file = UserFile::load(path)?;
        let mut user = vec![path.clone()];
        if let Some(beside) = UserFile::standard_override(path) {
            let more = UserFile::load(&beside)?;
            for service in more.services {
                match file.services.iter_mut().find(|known| known.name == service.name) {
                    Some(known) => {
                        known.image = service.image.or_else(|| known.image.take());
                        known.build |= service.build;
                    }
                    None => file.services.push(service),
                }
            }
            user.push(beside);
        }
        let chosen = image_service(&file.services, own.service.as_deref(), &tap.name, tap.alias.as_deref());
        let image_service = chosen.map_err(|error| located(error, workspace, path))?.name.clone();
        let folder = path.parent().unwrap_or(&tap.folder).to_owned();
        Ok(Self { user, folder, services: file.services, includes: file.includes, image_service, ports: own.ports })
    }

    /// The same with further files of the user's on top.
    #[must_use]
    pub fn with(mut self, files: &[PathBuf]) -> Self {
        self.user.extend_from_slice(files);
        self
    }

    /// The compose file as users know it.
    pub fn shown(&self, workspace: &Workspace) -> String {
        match self.user.first() {
            Some(path) => workspace.shown(path).display().to_string(),
            None => "a compose file made from tap.yml".to_owned(),
        }
    }

    /// Whether keg makes the compose file.
    pub fn are_made(&self) -> bool {
        self.user.is_empty()
    }

    /// The services that the files name.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|service| service.name.as_str())
    }

    /// Whether Compose may build what is missing: only images of other services, since the tap's own is there.
    pub fn build_others(&self) -> bool {
        self.services.iter().any(|service| service.build && service.name != self.image_service)
    }

    /// The image that the user's file fixes for the tap's service, which keg replaces.
    pub fn replaced_image(&self) -> Option<&str> {
        let service = self.services.iter().find(|service| service.name == self.image_service)?;
        service.image.as_deref().filter(|image| !service.build && !is_from_variable(image))
    }

    /// The user's files with another override than the one that keg writes at a start: for what is only asked.
    pub fn overridden(&self, name: &str, with: &Path, variables: Vec<(String, String)>) -> Project {
        let files = self.user.iter().cloned().chain([with.to_owned()]).collect();
        Project { name: name.to_owned(), folder: self.folder.clone(), files, variables }
    }

    /// Writes keg's files and gives the project. `further` are services that only Compose knows.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn write(
        &self,
        root: &Path,
        name: &str,
        mut overlay: Overlay,
        further: &[String],
        variables: Vec<(String, String)>,
    ) -> Result<Project> {
        let mut files = self.user.clone();
        if files.is_empty() {
            let path = made_path(root, name);
            overlay::write(&path, &overlay::made_from_manifest(&self.image_service, &self.ports)?)?;
            files.push(path);
        }
        overlay.services = self.services.iter().map(|service| service.name.clone()).collect();
        let known = overlay.services.clone();
        overlay.services.extend(further.iter().filter(|name| !known.contains(name)).cloned());
        overlay.image_service.clone_from(&self.image_service);
        if let Some(naming) = &overlay.naming {
            overlay.names = naming.names(&overlay.tap, &overlay.tag, &self.image_service, &overlay.services)?;
        }
        let path = override_path(root, name);
        overlay::write(&path, &overlay.yaml()?)?;
        files.push(path);
        Ok(Project { name: name.to_owned(), folder: self.folder.clone(), files, variables })
    }
}

fn located(error: Error, workspace: &Workspace, path: &Path) -> Error {
    let shown = workspace.shown(path).display();
    let help = error.remedy().map(str::to_owned);
    let error = error.because(format!("in {shown}"));
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// Refuses a project name under which something else runs already: another workspace's tap, or what is no tap.
///
/// # Errors
/// Just that; the engine is out of reach.
pub async fn check_free(engine: &Engine, name: &str, workspace: &Workspace, tap: &str, branch: &str) -> Result<()> {
    let containers = engine.containers(&[format!("{LABEL_PROJECT}={name}")]).await?;
    let root = workspace.root.to_string_lossy();
    let label = |container: &EngineContainer, name| container.labels.get(name).cloned();
    let stranger = containers.iter().find(|container| {
        label(container, LABEL_WORKSPACE).is_none_or(|other| other != root)
            || label(container, LABEL_TAP).is_none_or(|other| other != tap)
    });
    let Some(stranger) = stranger else {
        let other = containers.iter().filter_map(|container| label(container, LABEL_BRANCH)).find(|one| one != branch);
        return match other {
            None => Ok(()),
            Some(other) => Err(Error::request(format!(
                "starting {tap}: branch `{other}` runs under the name of branch `{branch}`, since both give one tag"
            ))
            .help(format!("stop that first: keg stop {tap} --branch {other}; or rename one of the branches"))),
        };
    };
    if !stranger.labels.contains_key(LABEL_TAP) {
        let message =
            format!("starting {tap}: its Compose project {name} is taken by containers that keg did not start");
        return Err(Error::request(message).because(format!("one of them is {}", stranger.name)).help(format!(
            "remove them first: docker rm --force {}; or start {tap} on another branch",
            stranger.name
        )));
    }
    let other = label(stranger, LABEL_TAP).unwrap_or_default();
    let place = label(stranger, LABEL_WORKSPACE).unwrap_or_default();
    Err(Error::request(format!(
        "starting {tap}: its Compose project {name} is taken by {other} of the workspace {place}"
    ))
    .help(format!("Stop that first: keg stop {other} --workspace {place}; or start {tap} on another branch.")))
}
