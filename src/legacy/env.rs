//! `env:` of values.yml.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Deserialize;

use super::template::Fill;
use super::{File, Map, STARTED, Sources, noted};
use crate::error::Result;
use crate::manifest::Scalar;
use crate::yaml::{Located, parse};

/// `KEG_…` variables that hold paths of the tap's own files, which are found without them.
const OWN_PATHS: [&str; 5] =
    ["KEG_CONTEXT_PATH", "KEG_CONTAINER_PATH", "KEG_DOCKER_FILE", "KEG_VALUES_FILE", "KEG_MUTAGEN_FILE"];
/// The beginning of variables that name compose files.
const COMPOSE_FILE: &str = "KEG_COMPOSE_";
/// Variables that have keys of their own, or that keg sets itself.
const OF_THEIR_OWN: [&str; 2] = ["KEG_BASE_IMAGE", "KEG_IMAGE_FROM"];

/// values.yml. Its other keys are only told of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Values {
    pub env: Map<Scalars>,
    pub actions: Map<serde_json::Value>,
}

/// A value, or nothing, which counts as empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Scalars(Option<Scalar>);

impl Scalars {
    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Notes about keys that values.yml should not have.
pub(super) fn unknown_keys(file: &File<'_>, masked: &str) -> Vec<String> {
    let keys: Map<serde_json::Value> = parse(file.shown, masked).unwrap_or_default();
    let unknown = keys.iter().filter(|(key, _)| !["env", "actions"].contains(&key.as_str()));
    unknown.map(|(key, value)| noted(file, value, &format!("`{key}` is left out"))).collect()
}

/// Whether a variable holds the path of one of the tap's own files.
pub(super) fn is_own_path(name: &str) -> bool {
    OWN_PATHS.contains(&name) || name.starts_with(COMPOSE_FILE)
}

/// The variables with their templates filled.
pub(super) struct Env {
    values: IndexMap<String, (Located<Scalars>, String)>,
    /// The build context, relative to the tap's folder.
    pub context: Option<String>,
}

impl Env {
    /// Fills the templates. What is not known is an error where the compose file, the Dockerfile or keg itself needs the
    /// variable; otherwise the variable is left out.
    pub fn read(
        sources: &Sources<'_>,
        env: &Map<Scalars>,
        fill: &Fill<'_>,
        used: &BTreeSet<&str>,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let file = &sources.values;
        let mut values = IndexMap::new();
        for (name, value) in env.iter().filter(|(name, _)| !is_own_path(name)) {
            let is_needed = used.contains(name.as_str())
                || sources.arguments.contains(name)
                || OF_THEIR_OWN.contains(&name.as_str())
                || ["IMAGE", "DOC_APP_PATH"].contains(&name.as_str());
            match fill.fill(value.text()) {
                Ok(filled) => {
                    values.insert(name.clone(), (value.clone(), filled));
                }
                Err(unknown) if is_needed => return Err(unknown.error(file, value)),
                Err(unknown) => notes.push(noted(
                    file,
                    value,
                    &format!("{name} is left out: `{{{{ {} }}}}` is not known ({})", unknown.path, unknown.help),
                )),
            }
        }
        let further = env.iter().filter(|(name, _)| name.starts_with(COMPOSE_FILE) && *name != "KEG_COMPOSE_DEFAULT");
        for (name, value) in further {
            notes.push(noted(file, value, &format!("{name} is left out: Compose reads a docker-compose.override.yml")));
        }
        Ok(Self { values, context: context(sources, env, fill) })
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.located(name).map(|(_, value)| value)
    }

    /// A variable's value, and where it stands.
    pub fn located(&self, name: &str) -> Option<(&Located<Scalars>, &str)> {
        self.values.get(name).map(|(place, value)| (place, value.as_str()))
    }

    /// Those that the Dockerfile declares. The Keg CLI passes all of them, of which a build sees no more than these.
    pub fn build_args(&self, declared: &[String]) -> IndexMap<String, String> {
        let is_declared = |name: &str| declared.iter().any(|argument| argument == name);
        let args =
            self.values.iter().filter(|(name, _)| is_declared(name) && *name != crate::dockerfile::BASE_ARGUMENT);
        args.map(|(name, (_, value))| (name.clone(), value.clone())).collect()
    }

    /// Those that Compose and the container get.
    pub fn of_container(&self) -> IndexMap<String, String> {
        let own = self.values.iter().filter(|(name, _)| !OF_THEIR_OWN.contains(&name.as_str()));
        let mut variables: IndexMap<String, String> =
            own.map(|(name, (_, value))| (name.clone(), value.clone())).collect();
        variables.entry(STARTED.0.to_owned()).or_insert_with(|| STARTED.1.to_owned());
        variables
    }
}

/// `KEG_CONTEXT_PATH` where it is a folder in the tap's own.
fn context(sources: &Sources<'_>, env: &Map<Scalars>, fill: &Fill<'_>) -> Option<String> {
    let filled = env.get("KEG_CONTEXT_PATH").and_then(|path| fill.fill(path.text()).ok()).unwrap_or_default();
    let inside = std::path::Path::new(&filled).strip_prefix(sources.folder).ok().and_then(|path| path.to_str());
    inside.filter(|inside| !inside.is_empty()).map(str::to_owned)
}
