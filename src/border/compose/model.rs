//! What Compose makes of a project: its answer to `config`, read without judging it.

mod process;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

pub use process::ModelProcess;

/// The resolved project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComposeModel {
    /// The services, in Compose's order.
    pub services: IndexMap<String, ModelService>,
}

/// A resolved service, as far as keg uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelService {
    /// `image`.
    pub image: Option<String>,
    /// Whether there is a `build`.
    pub build: bool,
    /// Published ports: the host's port, where one is fixed, and the container's.
    pub ports: Vec<ModelPort>,
    /// Whether the file gives a health check, and does not disable the image's.
    pub healthcheck: bool,
    /// Named volumes that it mounts.
    pub volumes: Vec<String>,
    /// Files and folders of the engine's machine that it mounts: the path there, and that in the container.
    pub binds: Vec<(String, String)>,
    /// Networks that it is in; empty means the default network.
    pub networks: Vec<String>,
    /// Whether it has no networks of its own, but those of the machine or of another container.
    pub network_mode: bool,
    /// The folder of its build context and the Dockerfile in it, where Compose builds it.
    pub context: Option<(String, String)>,
    /// `develop.watch`.
    pub watch: Vec<ModelWatch>,
    /// What runs in its containers, and how.
    pub process: ModelProcess,
}

/// A rule of `develop.watch`, as Compose has resolved it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ModelWatch {
    /// The watched folder or file.
    pub path: String,
    /// What happens: `sync`, `rebuild`, `sync+restart` and what later versions of Compose know.
    #[serde(default)]
    pub action: String,
    /// Where it lies in the container.
    #[serde(default)]
    pub target: Option<String>,
    /// Patterns of what is left out.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPort {
    /// The host's address that the port is published at; `None` means all of them.
    pub address: Option<String>,
    /// The host's port or range as text; `None` where the engine chooses.
    pub published: Option<String>,
    /// The container's port or range.
    pub target: String,
    /// `tcp` or `udp`.
    pub protocol: String,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    services: IndexMap<String, Value>,
}

impl ComposeModel {
    /// Reads the JSON of Compose v2 or the YAML of v1.
    ///
    /// # Errors
    /// The text is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: Raw = read(text)?;
        let services = raw.services.into_iter().map(|(name, value)| (name, service(&value))).collect();
        Ok(Self { services })
    }
}

/// The project as a document, from the JSON of Compose v2 or the YAML of v1.
///
/// # Errors
/// The text is neither.
pub fn document(text: &str) -> Result<Value, String> {
    read(text)
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

fn service(value: &Value) -> ModelService {
    let healthcheck = value.get("healthcheck").filter(|check| !check.is_null());
    ModelService {
        image: value.get("image").and_then(Value::as_str).map(str::to_owned),
        build: value.get("build").is_some_and(|build| !build.is_null()),
        ports: array(value, "ports").filter_map(port).collect(),
        healthcheck: healthcheck.is_some_and(|check| check.get("disable") != Some(&Value::Bool(true))),
        volumes: array(value, "volumes").filter_map(volume).collect(),
        binds: array(value, "volumes").filter_map(bind).collect(),
        networks: match value.get("networks") {
            Some(Value::Object(networks)) => networks.keys().cloned().collect(),
            Some(Value::Array(networks)) => networks.iter().filter_map(scalar).collect(),
            _ => Vec::new(),
        },
        network_mode: value.get("network_mode").is_some_and(|mode| !mode.is_null()),
        context: value.get("build").and_then(context),
        watch: value
            .pointer("/develop/watch")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|rule| serde_json::from_value(rule.clone()).ok())
            .collect(),
        process: process::read(value),
    }
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn context(build: &Value) -> Option<(String, String)> {
    let dockerfile = build.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile").to_owned();
    let context = build.as_str().or_else(|| build.get("context").and_then(Value::as_str))?;
    Some((context.to_owned(), dockerfile))
}

/// A text or number as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A port in Compose's short syntax; `None` for what is none.
pub fn short_port(text: &str) -> Option<ModelPort> {
    port(&Value::String(text.to_owned()))
}

/// A port in Compose's long syntax; `None` for what is none.
pub fn long_port(value: &Value) -> Option<ModelPort> {
    port(value)
}

/// Both syntaxes of Compose: `{target, published, protocol}`, and `[ip:][published:]target[/protocol]`.
fn port(value: &Value) -> Option<ModelPort> {
    if let Some(target) = value.get("target").and_then(scalar) {
        let published = value.get("published").and_then(scalar).filter(|port| !port.is_empty() && port != "0");
        let protocol = value.get("protocol").and_then(Value::as_str).unwrap_or("tcp").to_owned();
        let address = value.get("host_ip").and_then(Value::as_str).map(str::to_owned);
        return Some(ModelPort { address, published, target, protocol });
    }
    let text = scalar(value)?;
    let (rest, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let (before, target) = rest.rsplit_once(':').map_or((None, rest), |(before, target)| (Some(before), target));
    let (address, published) = match before {
        Some(before) => {
            before.rsplit_once(':').map_or((None, Some(before)), |(address, port)| (Some(address), Some(port)))
        }
        None => (None, None),
    };
    Some(ModelPort {
        address: address.map(|address| address.trim_matches(['[', ']']).to_owned()),
        published: published.filter(|port| !port.is_empty()).map(str::to_owned),
        target: target.to_owned(),
        protocol: protocol.to_owned(),
    })
}

/// The name of a named volume; binds and anonymous volumes have none.
fn volume(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        let (source, _) = text.split_once(':')?;
        return (!source.starts_with(['/', '.', '~'])).then(|| source.to_owned());
    }
    let named = value.get("type").and_then(Value::as_str) == Some("volume");
    value.get("source").and_then(Value::as_str).filter(|_| named).map(str::to_owned)
}

/// The source and target of a bind mount; Compose has made its source absolute.
fn bind(value: &Value) -> Option<(String, String)> {
    if let Some(text) = value.as_str() {
        let (source, rest) = text.split_once(':').filter(|(source, _)| source.starts_with('/'))?;
        return Some((source.to_owned(), rest.split(':').next().unwrap_or(rest).to_owned()));
    }
    let is_bind = value.get("type").and_then(Value::as_str) == Some("bind");
    let text = |key| value.get(key).and_then(Value::as_str).filter(|_| is_bind).map(str::to_owned);
    Some((text("source")?, text("target")?))
}

#[cfg(test)]
mod tests;
