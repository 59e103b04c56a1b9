//! Which engine is meant, and who says so: a flag, the environment, the user's configuration or Docker's own.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::border::credentials::ConfigFile;
use crate::border::user_config;
use crate::env_vars;
use crate::error::{Error, Result, nearest};
use crate::settings::Settings;

/// Where the engine listens when nothing says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";

/// The context that means `DOCKER_HOST`, else the engine of this machine, and has no file.
const DEFAULT_CONTEXT: &str = "default";

/// An engine as somebody names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address as `DOCKER_HOST` has it, as `ssh://me@box`.
    pub host: String,
    /// The folder of `ca.pem`, `cert.pem` and `key.pem`, if the engine is to be reached over TLS.
    pub certificates: Option<PathBuf>,
    /// Who names it.
    pub origin: Origin,
}

/// Who names an engine. The first one that does wins, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `--context`.
    Flag(String),
    /// `DOCKER_HOST`.
    Host,
    /// `DOCKER_CONTEXT`.
    Variable(String),
    /// `context:` in the user's configuration file of keg.
    UserConfig(String),
    /// `currentContext` in Docker's client configuration, which `docker context use` writes.
    Current(String),
    /// Nobody.
    Default,
}

impl Origin {
    fn context(&self) -> Option<&str> {
        match self {
            Self::Flag(name) | Self::Variable(name) | Self::UserConfig(name) | Self::Current(name) => Some(name),
            Self::Host | Self::Default => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "--context {name}"),
            Self::Host => f.write_str(env_vars::DOCKER_HOST),
            Self::Variable(name) => write!(f, "{}={name}", env_vars::DOCKER_CONTEXT),
            Self::UserConfig(name) => write!(f, "context {name} of the user config"),
            Self::Current(name) => write!(f, "Docker's current context {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What Docker's client keeps of a context
/// (<https://docs.docker.com/engine/manage-resources/contexts/>).
#[derive(Debug, Deserialize)]
struct Kept {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: std::collections::BTreeMap<String, KeptEndpoint>,
}

#[derive(Debug, Deserialize)]
struct KeptEndpoint {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skips_verification: bool,
}

impl Endpoint {
    /// The engine that is meant. A flag wins over the environment, and that over files, as everywhere in keg; among the
    /// variables `DOCKER_HOST` comes first, as with Docker's own client.
    ///
    /// # Errors
    /// There is no such context, or a file that cannot be read.
    pub fn of(settings: &Settings) -> Result<Self> {
        let variable = |name: &str| settings.variables.get(name);
        let origin = if let Some(name) = &settings.context {
            Origin::Flag(name.clone())
        } else if variable(env_vars::DOCKER_HOST).is_some() {
            Origin::Host
        } else if let Some(name) = variable(env_vars::DOCKER_CONTEXT) {
            Origin::Variable(name.to_owned())
        } else if let Some(name) = user_config::context(settings)? {
            Origin::UserConfig(name)
        } else if let Some(name) = ConfigFile::read(settings)?.current_context() {
            Origin::Current(name)
        } else {
            Origin::Default
        };
        let name = origin.context().filter(|name| *name != DEFAULT_CONTEXT).map(str::to_owned);
        match name {
            Some(name) => Self::of_context(settings, &name, origin),
            None => Ok(Self::of_variables(settings, origin)),
        }
    }

    fn of_variables(settings: &Settings, origin: Origin) -> Self {
        let host = settings.variables.get(env_vars::DOCKER_HOST).unwrap_or(DEFAULT).to_owned();
        let encrypted = host.starts_with("https:") || settings.variables.get(env_vars::DOCKER_TLS_VERIFY).is_some();
        let certificates = encrypted.then(|| match settings.variables.get(env_vars::DOCKER_CERT_PATH) {
            Some(folder) => settings.current_folder.join(folder),
            None => settings.docker_config_folder(),
        });
        Self { host, certificates, origin }
    }

    fn of_context(settings: &Settings, name: &str, origin: Origin) -> Result<Self> {
        let folder = settings.docker_config_folder().join("contexts");
        let id = identity(name);
        let file = folder.join("meta").join(&id).join("meta.json");
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing(name, &origin, &names(&folder.join("meta"))));
            }
            Err(error) => return Err(Error::request(format!("reading {}", file.display())).cause(error)),
        };
        let broken = |reason: String| {
            Error::request(format!("Docker's context {name} cannot be used: {reason}"))
                .help(format!("see `docker context inspect {name}`; it is kept in {}", file.display()))
        };
        let kept: Kept = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let Some(endpoint) = kept.endpoints.get("docker").filter(|endpoint| !endpoint.host.is_empty()) else {
            return Err(broken("it names no Docker engine".to_owned()));
        };
        let certificates = folder.join("tls").join(&id).join("docker");
        let certificates = certificates.is_dir().then_some(certificates);
        if certificates.is_some() && endpoint.skips_verification {
            return Err(broken("it does not verify the engine's certificate (SkipTLSVerify)".to_owned()));
        }
        Ok(Self { host: endpoint.host.clone(), certificates, origin })
    }

    /// The variables that make other programs, Compose v1 among them, talk to this engine; none where they find it
    /// themselves.
    pub fn variables(&self) -> Vec<(String, String)> {
        match self.origin {
            Origin::Host | Origin::Default => Vec::new(),
            _ => self.variables_at(&self.host),
        }
    }

    /// The same, for an engine that is to be reached at another address.
    pub fn variables_at(&self, host: &str) -> Vec<(String, String)> {
        let certificates = self.certificates.as_ref();
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        // What is empty counts as unset, and hides what keg's own environment has.
        let mut variables = vec![
            (env_vars::DOCKER_HOST.to_owned(), host.to_owned()),
            (env_vars::DOCKER_CONTEXT.to_owned(), String::new()),
            (env_vars::DOCKER_TLS_VERIFY.to_owned(), certificates.map(|_| "1".to_owned()).unwrap_or_default()),
        ];
        variables.extend(certificates.map(|folder| (env_vars::DOCKER_CERT_PATH.to_owned(), text(folder))));
        variables
    }
}

/// The folder's name of a context.
fn identity(name: &str) -> String {
    Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names of all contexts, sorted.
fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path().join("meta.json"));
    let kept = files.filter_map(|file| serde_json::from_slice::<Kept>(&std::fs::read(file).ok()?).ok());
    let mut names: Vec<String> = kept.map(|kept| kept.name).collect();
    names.push(DEFAULT_CONTEXT.to_owned());
    names.sort();
    names
}

fn missing(name: &str, origin: &Origin, names: &[String]) -> Error {
    let error = Error::request(format!("there is no context `{name}`, which {origin} names"));
    let there = names.join(", ");
    error.help(match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}? There are: {there}"),
        None => format!("there are: {there}; `docker context create` makes one"),
    })
}

#[cfg(test)]
mod tests;
