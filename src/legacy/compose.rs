//! What the compose file says, as far as tap.yml has to.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{File, Sources, env};
use crate::yaml::parse;

/// Variables that keg sets for Compose.
const OF_KEG: [&str; 7] =
    ["KEG_IMAGE_FROM", "KEG_BASE_IMAGE", "KEG_BRANCH", "KEG_TAG", "KEG_TAP", "KEG_CONTEXT_PATH", "KEG_DOCKER_FILE"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Services {
    services: IndexMap<String, IgnoredAny>,
}

/// The service that runs the tap's image: the first. Nothing where it is the only one.
pub(super) fn service(file: &File<'_>) -> Option<String> {
    // Compose itself says what is wrong with the file.
    let services = parse::<Services>(file.shown, file.text).unwrap_or_default().services;
    services.keys().next().filter(|_| services.len() > 1).cloned()
}

/// Every word of the compose file that could be a variable's name.
pub(super) fn words<'a>(sources: &Sources<'a>) -> BTreeSet<&'a str> {
    let text = sources.compose.map_or("", |file| file.text);
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').filter(|word| !word.is_empty()).collect()
}

/// Notes about variables that the file uses without a default and that nothing sets.
pub(super) fn unset(sources: &Sources<'_>, variables: &IndexMap<String, String>) -> Vec<String> {
    let Some(file) = &sources.compose else { return Vec::new() };
    let mut unset: Vec<&str> = Vec::new();
    for name in file.text.split("${").skip(1) {
        let end = name.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(name.len());
        let (name, rest) = name.split_at(end);
        let is_set = variables.contains_key(name) || OF_KEG.contains(&name);
        if rest.starts_with('}') && !name.is_empty() && !is_set && !unset.contains(&name) {
            unset.push(name);
        }
    }
    let note = |name: &&str| match env::is_own_path(name) {
        true => format!("{}: `${{{name}}}` has no value here", file.path),
        false => {
            format!("{}: `${{{name}}}` has a value only where the environment or an env file gives it one", file.path)
        }
    };
    unset.iter().map(note).collect()
}
