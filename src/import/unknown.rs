//! Keys of spec.yml that nobody knows the meaning of.

use serde_json::Value;

use crate::error::Result;

const TOP: &[&str] = &["root", "images", "tag", "all_info_cmds", "manifests", "plans", "tags"];
const IMAGE: &[&str] = &[
    "image_name",
    "depend_on",
    "build_args",
    "dbuild_env",
    "info_cmds",
    "manifests",
    "basic_tests",
    "integration_tests",
    "prune",
    "prepull",
    "skip_plans",
];
const TAG: &[&str] = &["prefix"];
const INFO: &[&str] = &["description", "command"];
const PLAN: &[&str] = &["tag_prefix", "tag_stable_postfix"];
const CHANGE_IGNORE: &[&str] = &["ChangeIgnore", "BuildAll"];

/// A note for each key that is not taken over because it is not known.
pub(super) fn notes(path: &str, text: &str) -> Result<Vec<String>> {
    let tree: Value = crate::yaml::parse(path, text)?;
    let mut notes = Vec::new();
    let mut look = |place: &str, value: &Value, known: &[&str]| {
        for (key, value) in value.as_object().into_iter().flatten() {
            if !known.contains(&key.as_str()) {
                notes.push(format!("{path}: {place}{key}: {value} is not known, and was left out"));
            }
        }
    };
    look("", &tree, TOP);
    look("tag.", &tree["tag"], TAG);
    let parts = [("images", IMAGE), ("plans", PLAN), ("tags", PLAN), ("all_info_cmds", INFO), ("manifests", INFO)];
    for (part, known) in parts {
        // Plans may be a list of maps, too.
        let maps = tree[part].as_array().into_iter().flatten().chain([&tree[part]]);
        for (name, value) in maps.filter_map(Value::as_object).flatten() {
            look(&format!("{part}.{name}."), value, known);
        }
    }
    Ok(notes)
}

/// The same for change_ignore.json.
pub(super) fn notes_of_change_ignore(path: &str, text: &str) -> Result<Vec<String>> {
    let tree: Value = crate::yaml::parse(path, text)?;
    let keys = tree.as_object().into_iter().flatten().filter(|(key, _)| !CHANGE_IGNORE.contains(&key.as_str()));
    Ok(keys.map(|(key, value)| format!("{path}: {key}: {value} is not known, and was left out")).collect())
}
