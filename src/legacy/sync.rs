//! `sync:` of mutagen.yml.

use serde::Deserialize;
use serde_json::Value;

use super::document::Watch;
use super::env::Env;
use super::{File, Map, noted};
use crate::dockerignore::DockerIgnore;
use crate::yaml::Located;

/// The folders that Mutagen's `vcs: true` leaves out.
const VERSION_CONTROL: [&str; 5] = [".git", ".svn", ".hg", ".bzr", "_darcs"];
/// What Mutagen's modes of one direction are called; the files of the host are what counts in them.
const ONE_WAY: [&str; 2] = ["one-way-replica", "one-way-safe"];

/// mutagen.yml.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mutagen {
    pub sync: Map<Value>,
    pub actions: Map<Value>,
}

/// The watch rules that do the same. The tap's folder goes to `DOC_APP_PATH`, whatever `alpha` and `beta` of the tap's
/// own rule say: so does the Keg CLI.
pub(super) fn rules(file: &File<'_>, mutagen: &Mutagen, env: &Env, notes: &mut Vec<String>) -> Vec<Watch> {
    let names = ["IMAGE", "CONTAINER_NAME"].map(|name| env.get(name).unwrap_or_default());
    let is_named = |name: &str| names.contains(&name);
    let own = match mutagen.sync.keys().find(|name| is_named(name)) {
        Some(name) => Some(name.clone()),
        None if mutagen.sync.len() == 1 => mutagen.sync.keys().next().cloned(),
        None => None,
    };
    let mut rules = Vec::new();
    for (name, rule) in mutagen.sync.iter().filter(|(name, _)| *name != "defaults") {
        if Some(name) != own.as_ref() {
            notes.push(noted(file, rule, &format!("sync: `{name}` is left out: it is no rule for this tap's folder")));
            continue;
        }
        let written = rule.get("beta").and_then(Value::as_str).and_then(folder_of);
        let target = env.get("DOC_APP_PATH").filter(|path| path.starts_with('/')).map(str::to_owned).or(written);
        let Some(target) = target else {
            notes.push(noted(file, rule, &format!("sync: `{name}` is left out: nothing says where it goes")));
            continue;
        };
        check_keys(file, name, rule, notes);
        let (ignore, wrong): (Vec<_>, Vec<_>) = ignored(rule).into_iter().partition(|pattern| is_pattern(pattern));
        notes.extend(
            wrong.iter().map(|pattern| noted(file, rule, &format!("sync: `{pattern}` is left out: it is no pattern"))),
        );
        rules.push(Watch { path: ".".to_owned(), target, ignore });
    }
    rules
}

fn check_keys(file: &File<'_>, name: &str, rule: &Located<Value>, notes: &mut Vec<String>) {
    let mode = rule.get("mode").or_else(|| rule.get("syncMode")).and_then(Value::as_str);
    if let Some(mode) = mode.filter(|mode| !ONE_WAY.contains(mode)) {
        notes.push(noted(file, rule, &format!("sync: `{name}` is `{mode}`: files only go into the container here")));
    }
    let known = ["alpha", "beta", "mode", "syncMode", "ignore", "ignoreVcs", "mergeDefault"];
    let keys = rule.as_object().into_iter().flat_map(|keys| keys.keys());
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        notes.push(noted(file, rule, &format!("sync: `{key}` of `{name}` is left out")));
    }
}

/// The path in `docker://container/path`.
fn folder_of(beta: &str) -> Option<String> {
    let rest = beta.strip_prefix("docker://").unwrap_or(beta);
    rest.find('/').map(|slash| rest[slash..].to_owned()).filter(|path| path.len() > 1)
}

/// What is left out, in the language of .dockerignore.
fn ignored(rule: &Value) -> Vec<String> {
    let ignore = rule.get("ignore");
    let vcs = ignore.and_then(|ignore| ignore.get("vcs")).or_else(|| rule.get("ignoreVcs"));
    let vcs = vcs.and_then(Value::as_bool).unwrap_or_default();
    let folders = VERSION_CONTROL.iter().filter(|_| vcs).map(|folder| format!("**/{folder}"));
    let paths = ignore.and_then(|ignore| ignore.get("paths")).and_then(Value::as_array);
    let patterns = paths.into_iter().flatten().filter_map(Value::as_str).filter_map(pattern);
    folders.chain(patterns).collect()
}

fn is_pattern(pattern: &str) -> bool {
    DockerIgnore::parse("mutagen.yml", pattern).is_ok()
}

/// Mutagen takes a pattern without a slash for a name at any depth, and one with a slash at its beginning or in it for a
/// path from the root; .dockerignore takes every pattern for a path from the root.
fn pattern(written: &str) -> Option<String> {
    let (negation, pattern) = match written.trim().strip_prefix('!') {
        Some(rest) => ("!", rest),
        None => ("", written.trim()),
    };
    let pattern = pattern.trim_end_matches('/');
    match pattern.strip_prefix('/') {
        _ if pattern.is_empty() => None,
        Some(path) => Some(format!("{negation}{path}")),
        None if pattern.contains('/') => Some(format!("{negation}{pattern}")),
        None => Some(format!("{negation}**/{pattern}")),
    }
}
