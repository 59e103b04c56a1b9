//! The files that keg writes for Compose: the override beside a user's file, and a whole file for a tap without one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use docker_compose_types::{
    self as types, ComposeNetwork, ComposeNetworks, Environment, Labels, MapOrEmpty, NetworkSettings, Networks, Ports,
    PullPolicy, Services,
};
use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::proxy::{Naming, ServiceName};

/// The label with the tap's name.
pub const LABEL_TAP: &str = "dev.keg.tap";
/// The label with the branch that the tap was started on.
pub const LABEL_BRANCH: &str = "dev.keg.branch";
/// The label with the tag of that branch.
pub const LABEL_TAG: &str = "dev.keg.tag";
/// The label with the plan whose image the tap was started from.
pub const LABEL_TAP_PLAN: &str = "dev.keg.tap.plan";
/// The label with the root folder of the workspace.
pub const LABEL_WORKSPACE: &str = "dev.keg.workspace";
/// The label with the service that runs the tap's image.
pub const LABEL_MAIN_SERVICE: &str = "dev.keg.service";
/// The label with the host name under which the proxy makes the service known.
pub const LABEL_PROXY_HOST: &str = "dev.keg.proxy.host";
/// The label with the port that the proxy sends requests to, where it does not follow from the container.
pub const LABEL_PROXY_PORT: &str = "dev.keg.proxy.port";
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
    /// The plan, if the tap has variants.
    pub plan: Option<String>,
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
    /// How services are named, unless they have no names.
    pub naming: Option<Naming>,
    /// Names of services behind the proxy.
    pub names: BTreeMap<String, ServiceName>,
    /// Traefik, where it is the proxy.
    pub traefik: Option<Traefik>,
}

/// What Traefik needs to lead to services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traefik {
    /// The network that it shares with them, which is there.
    pub network: String,
    /// The name of the project, for names that no other project has.
    pub project: String,
    /// Services that are in the project's own network alone, because their file names none.
    pub in_default_network: BTreeSet<String>,
    /// Services that can be in no network.
    pub without_network: BTreeSet<String>,
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
            let mut service = types::Service { labels: Labels::Map(self.labels(name)), ..types::Service::default() };
            if let Some(traefik) = self.traefik_for(name) {
                let own = traefik.in_default_network.contains(name).then(|| "default".to_owned());
                service.networks = Networks::Simple(own.into_iter().chain([traefik.network.clone()]).collect());
            }
            if *name == self.image_service {
                service.image = Some(escaped(&self.image));
                service.pull_policy = Some(PullPolicy::Never);
                service.environment = environment(&self.variables);
            }
            (name.clone(), Some(service))
        });
        let services = Services(services.collect());
        emit(&types::Compose { services, networks: self.networks(), ..types::Compose::default() })
    }

    /// Traefik, if it leads to this service.
    fn traefik_for(&self, service: &str) -> Option<&Traefik> {
        self.traefik.as_ref().filter(|it| self.names.contains_key(service) && !it.without_network.contains(service))
    }

    fn networks(&self) -> ComposeNetworks {
        let used = self.services.iter().find_map(|service| self.traefik_for(service));
        let networks = used.map(|traefik| {
            let external = Some(ComposeNetwork::Bool(true));
            let name = Some(traefik.network.clone());
            let settings = NetworkSettings { external, name, ..NetworkSettings::default() };
            (traefik.network.clone(), MapOrEmpty::Map(settings))
        });
        ComposeNetworks(networks.into_iter().collect())
    }

    fn labels(&self, service: &str) -> IndexMap<String, String> {
        let workspace = self.workspace.to_string_lossy();
        let labels = [
            (LABEL_TAP, self.tap.as_str()),
            (LABEL_BRANCH, &self.branch),
            (LABEL_TAG, &self.tag),
            (LABEL_WORKSPACE, &workspace),
            (LABEL_MAIN_SERVICE, &self.image_service),
        ];
        let mut labels: IndexMap<String, String> =
            labels.into_iter().map(|(name, value)| (name.to_owned(), escaped(value))).collect();
        labels.extend(self.plan.as_ref().map(|plan| (LABEL_TAP_PLAN.to_owned(), plan.clone())));
        if let Some(name) = self.names.get(service) {
            labels.insert(LABEL_PROXY_HOST.to_owned(), name.host.clone());
            labels.extend(name.port.map(|port| (LABEL_PROXY_PORT.to_owned(), port.to_string())));
            let traefik = self.traefik_for(service).into_iter();
            labels.extend(traefik.flat_map(|traefik| traefik.labels(service, name)));
        }
        labels
    }
}

impl Traefik {
    /// The labels from which Traefik reads its routes (<https://doc.traefik.io/traefik/routing/providers/docker/>).
    fn labels(&self, service: &str, name: &ServiceName) -> Vec<(String, String)> {
        // Dots would be levels in the names of settings.
        let own = format!("{}-{}", self.project, service.replace('.', "-"));
        let mut labels = vec![
            ("traefik.enable".to_owned(), "true".to_owned()),
            ("traefik.docker.network".to_owned(), self.network.clone()),
            (format!("traefik.http.routers.{own}.rule"), format!("Host(`{}`)", name.host)),
        ];
        labels.extend(
            name.port.map(|port| (format!("traefik.http.services.{own}.loadbalancer.server.port"), port.to_string())),
        );
        labels
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
