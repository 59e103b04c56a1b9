//! The files that keg writes for Compose: the override beside a user's file, and a whole file for a tap without one.

use std::io::Write;
use std::path::{Path, PathBuf};

use docker_compose_types::{self as types, Environment, Labels, Ports, PullPolicy, Services};
use indexmap::IndexMap;

use crate::error::{Error, Result};

/// The label with the tap's name.
pub const LABEL_TAP: &str = "dev.keg.tap";
/// The label with the branch that the tap was started on.
pub const LABEL_BRANCH: &str = "dev.keg.branch";
/// The label with the tag of that branch.
pub const LABEL_TAG: &str = "dev.keg.tag";
/// The label with the root folder of the workspace.
pub const LABEL_WORKSPACE: &str = "dev.keg.workspace";
/// The label with the service that runs the tap's image.
pub const LABEL_MAIN_SERVICE: &str = "dev.keg.service";
/// Compose's own label with the project's name.
pub const LABEL_PROJECT: &str = "com.docker.compose.project";
/// Compose's own label with the service's name.
pub const LABEL_SERVICE: &str = "com.docker.compose.service";
/// Compose's own label with a digest of the service's settings.
pub const LABEL_SETTINGS: &str = "com.docker.compose.config-hash";
/// Compose's own label with the project's files, separated by commas.
pub const LABEL_FILES: &str = "com.docker.compose.project.config_files";
/// Compose's own label with the project's folder.
pub const LABEL_FOLDER: &str = "com.docker.compose.project.working_dir";

/// What the override says.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// The tap's name.
    pub tap: String,
    /// The branch, as git names it.
    pub branch: String,
    /// The branch's tag.
    pub tag: String,
    /// The workspace's root folder.
    pub workspace: PathBuf,
    /// The image that is started.
    pub image: String,
    /// The service that gets the image.
    pub image_service: String,
    /// Every service of the project.
    pub services: Vec<String>,
    /// Names of variables that the image's service gets. Their values come from Compose's environment, so that no
    /// secret is written and nothing in a value is taken for a variable.
    pub variables: Vec<String>,
}

impl Overlay {
    /// The override: labels for every service; for the tap's own the image and the variables. It is not pulled or
    /// built by Compose, since keg has made it available before.
    ///
    /// There is no `version:`: Compose 1.27 and later takes it from the first file, and v2 warns about it.
    ///
    /// # Errors
    /// The values cannot be written as YAML.
    pub fn yaml(&self) -> Result<String> {
        let services = self.services.iter().map(|name| {
            let mut service = types::Service { labels: Labels::Map(self.labels()), ..types::Service::default() };
            if *name == self.image_service {
                service.image = Some(escaped(&self.image));
                service.pull_policy = Some(PullPolicy::Never);
                service.environment = environment(&self.variables);
            }
            (name.clone(), Some(service))
        });
        emit(&types::Compose { services: Services(services.collect()), ..types::Compose::default() })
    }

    fn labels(&self) -> IndexMap<String, String> {
        let workspace = self.workspace.to_string_lossy();
        let labels = [
            (LABEL_TAP, self.tap.as_str()),
            (LABEL_BRANCH, &self.branch),
            (LABEL_TAG, &self.tag),
            (LABEL_WORKSPACE, &workspace),
            (LABEL_MAIN_SERVICE, &self.image_service),
        ];
        labels.into_iter().map(|(name, value)| (name.to_owned(), escaped(value))).collect()
    }
}

/// The compose file of a tap that has none: one service with the tap's image and ports.
///
/// # Errors
/// The values cannot be written as YAML.
pub fn made_from_manifest(service: &str, ports: &[String]) -> Result<String> {
    let made = types::Service {
        image: Some("${KEG_IMAGE_FROM}".to_owned()),
        ports: Ports::Short(ports.to_vec()),
        ..types::Service::default()
    };
    let services = IndexMap::from([(service.to_owned(), Some(made))]);
    emit(&types::Compose { services: Services(services), ..types::Compose::default() })
}

/// The name of that service: the tap's, with what Compose does not allow in a service's name replaced.
pub fn service_of(tap: &str) -> String {
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    tap.chars().map(|character| if allowed(character) { character } else { '-' }).collect()
}

/// Where the override of a project is kept.
pub fn override_path(workspace: &Path, project: &str) -> PathBuf {
    workspace.join(".keg/compose").join(format!("{project}.yml"))
}

/// Where the compose file of a tap without one is kept.
pub fn made_path(workspace: &Path, project: &str) -> PathBuf {
    workspace.join(".keg/compose").join(project).join("compose.yml")
}

/// Writes a file that only the user can read, whole or not at all.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| Error::failed(format!("writing {}", path.display())).cause(error);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Removes what keg wrote for a project. What is already gone is no error.
pub fn remove(workspace: &Path, project: &str) {
    // Nothing is lost when this fails: the next start writes the files anew.
    let _ = std::fs::remove_file(override_path(workspace, project));
    let made = made_path(workspace, project);
    let _ = std::fs::remove_file(&made);
    if let Some(folder) = made.parent() {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Compose takes a single `$` for a variable.
fn escaped(value: &str) -> String {
    value.replace('$', "$$")
}

fn environment(names: &[String]) -> Environment {
    Environment::KvPair(names.iter().map(|name| (name.clone(), None)).collect())
}

/// serde-saphyr quotes what YAML 1.1 would read otherwise: `22:22` unquoted is 1342 to Compose v1.
fn emit(compose: &types::Compose) -> Result<String> {
    let body = serde_saphyr::to_string(compose)
        .map_err(|error| Error::failed("writing a file for Compose").because(error.to_string()))?;
    Ok(format!("# Written by keg at every start; changes are lost.\n{body}"))
}

#[cfg(test)]
mod tests;
