//! Which builders there are: buildx's own, and the engines of Docker's contexts.

use std::path::Path;

use serde::Deserialize;

use crate::env_vars;
use crate::error::{Error, Result, nearest};
use crate::settings::Settings;

/// The context that means `DOCKER_HOST`, else the engine of this machine, and has no file.
const DEFAULT: &str = "default";

/// One builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// Its name.
    pub name: String,
    /// What buildx calls its kind: `docker` for an engine, `docker-container`, `kubernetes`, `remote`.
    pub driver: String,
    /// The context of Docker's client that it is the engine of.
    pub context: Option<String>,
    /// Whether it is the engine that keg works with, so that what one has the other has too.
    pub shares_images: bool,
}

/// What buildx keeps of a builder.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    name: String,
    driver: String,
}

/// What Docker's client keeps of a context.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    name: String,
    #[serde(default)]
    endpoints: std::collections::BTreeMap<String, Endpoint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    #[serde(default)]
    host: String,
}

impl Builder {
    /// The builder of this name. `engine` is the address of the engine that keg works with.
    ///
    /// # Errors
    /// There is none, with the names of those that there are.
    pub fn named(name: &str, settings: &Settings, engine: &str) -> Result<Self> {
        let all = builders(settings, engine);
        let names: Vec<&str> = all.iter().map(|builder| builder.name.as_str()).collect();
        let (there, near) = (names.join(", "), nearest(name, names.iter().copied()));
        if name.is_empty() {
            return Err(Error::request("the name of the builder is empty").help(format!("there are: {there}")));
        }
        let error = Error::request(format!("there is no builder `{name}`"));
        let error = match near {
            Some(near) => error.help(format!("did you mean {near}? There are: {there}")),
            None => error.help(format!("there are: {there}; `docker buildx create --name {name}` makes one")),
        };
        all.into_iter().find(|builder| builder.name == name).ok_or(error)
    }

    /// A builder of this name on another machine.
    pub fn elsewhere(name: &str) -> Self {
        Self { name: name.to_owned(), driver: String::new(), context: None, shares_images: false }
    }

    /// The error for a call that did not get as far as it, with what buildx said (exit code 3).
    pub fn out_of_reach(&self, message: &str) -> Error {
        let name = &self.name;
        Error::unreachable(format!("the builder {name} is out of reach")).because(message).help(format!(
            "is it running? `docker buildx inspect --bootstrap {name}` tries to start it; without it: --no-builder"
        ))
    }

    /// Whether it is an engine's own.
    pub fn is_engine(&self) -> bool {
        self.driver == "docker"
    }

    /// The variables with which buildx finds it.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let Some(context) = self.context.as_ref().filter(|context| *context != DEFAULT) else { return Vec::new() };
        // What is empty counts as unset, and hides what keg's own environment has.
        vec![(env_vars::DOCKER_CONTEXT.to_owned(), context.clone()), (env_vars::DOCKER_HOST.to_owned(), String::new())]
    }
}

/// All builders by name: buildx's own hide those of contexts. What cannot be read is not there.
pub fn builders(settings: &Settings, engine: &str) -> Vec<Builder> {
    let configuration = settings.docker_config_folder();
    let own = match settings.variables.get(env_vars::BUILDX_CONFIG) {
        Some(folder) => settings.current_folder.join(folder),
        None => configuration.join("buildx"),
    };
    let instance = |instance: Instance| Builder {
        name: instance.name,
        driver: instance.driver,
        context: None,
        shares_images: false,
    };
    let mut all: Vec<Builder> = read(&own.join("instances"), "").into_iter().map(instance).collect();
    let contexts: Vec<Context> = read(&configuration.join("contexts/meta"), "meta.json");
    let default = Builder {
        name: DEFAULT.to_owned(),
        driver: "docker".to_owned(),
        context: Some(DEFAULT.to_owned()),
        shares_images: true,
    };
    let of_context = |context: Context| {
        let host = context.endpoints.get("docker").map(|endpoint| endpoint.host.as_str());
        let shares_images = host == Some(engine);
        Builder { name: context.name.clone(), context: Some(context.name), shares_images, ..default.clone() }
    };
    for builder in contexts.into_iter().map(of_context).chain([default.clone()]) {
        if !all.iter().any(|other| other.name == builder.name) {
            all.push(builder);
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// What the files of a folder say, or the files of this name in its folders.
fn read<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Vec<T> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries.map(|path| if name.is_empty() { path } else { path.join(name) });
    files.filter_map(|file| serde_json::from_slice(&std::fs::read(file).ok()?).ok()).collect()
}
