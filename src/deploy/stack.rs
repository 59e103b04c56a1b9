//! From what Compose makes of a project to the file that `docker stack deploy` takes, with a list of what a stack
//! cannot do.

mod change;
mod mark;
mod mounts;
mod ports;
mod service;
mod shared;
mod update;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

pub use change::{Change, Weight};
pub use mark::is_updating;

use crate::error::{Error, Result};

/// The version of the compose file format, which Docker's client knows since 19.03.
const VERSION: &str = "3.8";

/// What is to be made of a project.
pub struct Request<'a> {
    /// Compose's name of the project, with which it has named what has no name of its own.
    pub project: &'a str,
    /// The service that runs the tap's image.
    pub service: &'a str,
    /// `--replicas` of that service.
    pub replicas: Option<u64>,
    /// Images of the other services, by what the project calls them, with their digests.
    pub images: &'a BTreeMap<String, String>,
    /// Values of variables that the project only names.
    pub variables: &'a [(String, String)],
    /// Whether services of a profile are in the project although nobody has asked for the profile, as with Compose v1.
    pub with_profiles: bool,
    /// Whether Traefik leads to the services that have names.
    pub traefik: bool,
    /// Whether this machine has a file or folder.
    pub is_here: &'a dyn Fn(&Path) -> bool,
}

/// A stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The file.
    pub document: Value,
    /// What is not as in the project.
    pub changes: Vec<Change>,
}

/// Makes a stack of a project, as Compose's `config` shows it.
///
/// # Errors
/// `--replicas` of a service that runs on each node; it has no services.
pub fn stack(project: &Value, request: &Request<'_>) -> Result<Stack> {
    let mut maker = Maker { request, changes: Vec::new(), networks: Map::new() };
    let mut services = Map::new();
    for (name, value) in project.get("services").and_then(Value::as_object).into_iter().flatten() {
        if let Some(profile) = maker.profile(value) {
            maker.note(name, "profiles", Weight::Lost, format!("it is only in the profile {profile}, and is left out"));
            continue;
        }
        let service = maker.service(name, value)?;
        services.insert(name.clone(), Value::Object(service));
    }
    if services.is_empty() {
        return Err(Error::request("the compose file has no service that could be deployed"));
    }
    let mut document =
        Map::from_iter([("version".to_owned(), json!(VERSION)), ("services".to_owned(), json!(services))]);
    let mut networks = maker.networks_of(project);
    networks.append(&mut maker.networks);
    let others = ["volumes", "secrets", "configs"].map(|kind| (kind, maker.shared_of(project, kind)));
    for (kind, found) in [("networks", networks)].into_iter().chain(others) {
        if !found.is_empty() {
            document.insert(kind.to_owned(), Value::Object(found));
        }
    }
    Ok(Stack { document: Value::Object(document), changes: maker.changes })
}

/// The images of a project, as it calls them, without that of `service`, each once.
pub fn other_images(project: &Value, service: &str) -> Vec<String> {
    let services = project.get("services").and_then(Value::as_object).into_iter().flatten();
    let others = services.filter(|(name, _)| *name != service);
    let mut images: Vec<String> =
        others.filter_map(|(_, value)| Some(value.get("image")?.as_str()?.to_owned())).collect();
    images.sort();
    images.dedup();
    images
}

impl Stack {
    /// The file's text.
    ///
    /// # Errors
    /// A value cannot be written as YAML.
    pub fn yaml(&self) -> Result<String> {
        serde_saphyr::to_string(&self.document)
            .map_err(|error| Error::failed("writing the stack file").because(error.to_string()))
    }

    /// Fails where something would not work as a stack.
    ///
    /// # Errors
    /// Everything that is like that; with `accept` only what cannot be left out either.
    pub fn check(&self, tap: &str, accept: bool) -> Result<()> {
        let stops =
            |change: &&Change| change.weight == Weight::Impossible || (!accept && change.weight == Weight::Breaks);
        let stopping: Vec<&Change> = self.changes.iter().filter(stops).collect();
        if stopping.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = stopping.iter().map(ToString::to_string).collect();
        let can_be_accepted = stopping.iter().all(|change| change.weight == Weight::Breaks);
        let way_out = if can_be_accepted { "; --accept deploys it without what is named here" } else { "" };
        Err(Error::request(format!("{tap} does not work as a stack of a Swarm")).because(list.join("\n")).help(
            format!("change the compose file, or give one with what is different in the Swarm: --file FILE{way_out}"),
        ))
    }
}

/// A stack in the making.
struct Maker<'a> {
    request: &'a Request<'a>,
    changes: Vec<Change>,
    /// Networks that services turned out to need.
    networks: Map<String, Value>,
}

impl Maker<'_> {
    fn note(&mut self, service: &str, key: &str, weight: Weight, text: impl Into<String>) {
        self.changes.push(Change { service: service.to_owned(), key: key.to_owned(), weight, text: text.into() });
    }

    /// The profile that keeps a service out.
    fn profile(&self, service: &Value) -> Option<String> {
        let profiles = service.get("profiles").and_then(Value::as_array).filter(|_| self.request.with_profiles)?;
        profiles.first().and_then(Value::as_str).map(str::to_owned)
    }
}

/// Whether a value says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A text, number or truth value as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Names with values, of a map or of a list of `NAME=VALUE`.
fn pairs(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map.clone(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(scalar)
            .map(|text| match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), json!(value)),
                None => (text, Value::Null),
            })
            .collect(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
