//! The definition of many builds that `docker buildx bake` takes
//! (<https://docs.docker.com/build/bake/reference/>).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::plan::BuildAction;
use crate::reference::Reference;
use crate::workspace::ImageIndex;

pub mod dockerfile;

/// The name of a group in bake's language, which no target can have.
const DEFAULT_GROUP: &str = "default";

/// One build.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The image's name, with its plan.
    pub subject: &'a str,
    /// What is built.
    pub action: &'a BuildAction,
    /// The folder of its context, absolute.
    pub context: &'a Path,
    /// The file with the Dockerfile's text, where it cannot stand in the definition.
    pub dockerfile: Option<&'a Path>,
    /// What becomes of the result.
    pub output: Output,
}

/// What becomes of a build's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The registry gets it.
    Registry,
    /// The engine gets it.
    Engine,
    /// Other builds use it.
    Nothing,
    /// Who uses the definition says that.
    Open,
}

/// What holds for all builds.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// Whether layers are kept in the registry for other builders.
    pub cache: bool,
    /// How much is told of how an image was made: `min` or `max`, or nothing.
    pub provenance: Option<String>,
    /// Whether the packages of an image are listed beside it.
    pub sbom: bool,
    /// What the registry has since this run's uploads, by content tag.
    pub uploaded: BTreeMap<Reference, String>,
}

/// The definition, and the names of its targets in the order of `builds`.
#[derive(Debug, Clone)]
pub struct Bake {
    /// As bake reads it.
    pub definition: Value,
    /// Names of targets.
    pub names: Vec<String>,
}

/// Puts `builds` together. A parent among them is linked as a target, so that it is built first, and one that the
/// registry has is named by its digest; any other one must be where the builder looks for images.
pub fn define(builds: &[Build<'_>], common: &Common) -> Bake {
    let names = target_names(builds.iter().map(|build| build.subject));
    let by_image: BTreeMap<ImageIndex, &str> =
        builds.iter().zip(&names).map(|(build, name)| (build.action.image, name.as_str())).collect();
    let targets: Map<String, Value> =
        builds.iter().zip(&names).map(|(build, name)| (name.clone(), target(build, common, &by_image))).collect();
    let asked = builds.iter().zip(&names).filter(|(build, _)| build.output != Output::Nothing);
    let asked: Vec<&String> = asked.map(|(_, name)| name).collect();
    let definition = json!({ "group": { DEFAULT_GROUP: { "targets": asked } }, "target": targets });
    Bake { definition: escaped(definition), names }
}

fn target(build: &Build<'_>, common: &Common, by_image: &BTreeMap<ImageIndex, &str>) -> Value {
    let action = build.action;
    let mut target = Map::new();
    let mut set = |key: &str, value: Value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
            || value.is_null();
        if !is_empty {
            target.insert(key.to_owned(), value);
        }
    };
    set("context", build.context.to_string_lossy().into());
    match build.dockerfile {
        Some(file) => set("dockerfile", file.to_string_lossy().into()),
        None => set("dockerfile-inline", action.dockerfile.as_str().into()),
    }
    let contexts = action.parents.iter().filter_map(|parent| {
        let place = match by_image.get(&parent.image) {
            Some(name) => format!("target:{name}"),
            None => {
                let uploaded = common.uploaded.get(&parent.reference).map(|digest| parent.reference.by_digest(digest));
                let published = uploaded.as_ref().or(parent.published.as_ref())?;
                format!("docker-image://{published}")
            }
        };
        Some((parent.reference.familiar(), place.into()))
    });
    set("contexts", Value::Object(contexts.collect()));
    let pairs = |pairs: &BTreeMap<String, String>| {
        Value::Object(pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
    };
    set("args", pairs(&action.build_args));
    set("labels", pairs(&action.labels));
    set("target", action.target.clone().into());
    set("tags", vec![action.content.to_string()].into());
    set("platforms", action.platforms.clone().into());
    set("ssh", action.ssh.clone().into());
    if !action.cache {
        set("no-cache", true.into());
    }
    if common.cache {
        let from = action.cache_tags.iter().map(|tag| format!("type=registry,ref={tag}"));
        set("cache-from", from.collect::<Vec<_>>().into());
        let to = action.cache_tags.first().filter(|_| build.output == Output::Registry || build.output == Output::Open);
        let to = to.map(|tag| format!("type=registry,ref={tag},mode=max,image-manifest=true,oci-mediatypes=true"));
        set("cache-to", to.into_iter().collect::<Vec<_>>().into());
    }
    let provenance = match &common.provenance {
        Some(mode) => format!("type=provenance,mode={mode}"),
        // Else buildx adds one of its own accord, and an image of one platform becomes an index.
        None => "type=provenance,disabled=true".to_owned(),
    };
    set(
        "attest",
        [provenance].into_iter().chain(common.sbom.then(|| "type=sbom".to_owned())).collect::<Vec<_>>().into(),
    );
    let output = match build.output {
        Output::Registry => vec!["type=image,push=true"],
        Output::Engine => vec!["type=docker"],
        Output::Nothing => vec!["type=cacheonly"],
        Output::Open => Vec::new(),
    };
    set("output", output.into());
    Value::Object(target)
}

/// Names of targets, of letters, digits, `_` and `-`: `web [gpu]` becomes `web-gpu`.
fn target_names<'a>(subjects: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for subject in subjects {
        let is_right = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
        let words = subject.split(|char: char| !is_right(char)).filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("-");
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let is_free = |name: &String| name != DEFAULT_GROUP && !names.contains(name);
        names.extend(std::iter::once(name.clone()).chain(numbered).find(is_free));
    }
    names
}

/// Texts are templates in bake's language: what begins one is written twice.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => escaped_text(&text).into(),
        Value::Array(values) => values.into_iter().map(escaped).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (escaped_text(&key), escaped(value))).collect(),
        other => other,
    }
}

fn escaped_text(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests;
