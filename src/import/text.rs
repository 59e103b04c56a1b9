//! The texts of keg.yml and image.yml.

use std::fmt::Write;

use indexmap::IndexMap;

use super::{Image, Spec, suites};
use crate::manifest::Scalar;
use crate::workspace::scan::{SCHEMA_FILE, quoted};

/// What goes into keg.yml.
pub(super) struct Whole<'a> {
    pub spec: &'a Spec,
    /// Where the description is.
    pub path: &'a str,
    pub registry: Option<String>,
    /// The folders of the images.
    pub layout: Vec<String>,
    pub rebuild_all: Vec<String>,
    pub ignore: Vec<String>,
    pub common_tests: Option<String>,
}

pub(super) fn keg_yml(whole: &Whole<'_>) -> String {
    let mut text =
        format!("# yaml-language-server: $schema={SCHEMA_FILE}\n# Made from {} by keg init.\n\n", whole.path);
    if let Some(registry) = &whole.registry {
        writeln!(text, "registry: {}", quoted(registry)).ok();
    }
    list(&mut text, "layout", &whole.layout);
    if let Some(prefix) = &whole.spec.tag.prefix {
        // In quotes always: 2026.10 would be a number.
        writeln!(text, "tag_prefix: {}", in_quotes(prefix)).ok();
        text.push_str("tags: [\"{prefix}-{branch}\"]\n");
    }
    list(&mut text, "rebuild_all", &whole.rebuild_all);
    list(&mut text, "ignore", &whole.ignore);
    if let Some(folder) = &whole.common_tests {
        writeln!(text, "common_tests: {}", quoted(folder)).ok();
    }
    if !whole.spec.plans.is_empty() {
        text.push_str("plans:\n");
        for (name, plan) in &whole.spec.plans {
            let prefix = plan.tag_prefix.as_ref().map(|prefix| format!(" tag_prefix: {} ", in_quotes(prefix)));
            writeln!(text, "  {}: {{{}}}", quoted(name), prefix.unwrap_or_default()).ok();
        }
    }
    if !whole.spec.all_info_cmds.is_empty() {
        text.push_str("info:\n");
        for (name, info) in &whole.spec.all_info_cmds {
            writeln!(text, "  {}:", quoted(name)).ok();
            if let Some(description) = &info.description {
                writeln!(text, "    description: {}", in_quotes(description)).ok();
            }
            writeln!(text, "    run: {}", in_quotes(&info.command)).ok();
        }
    }
    text
}

/// The text of an image's manifest; nothing where there is nothing to say.
pub(super) fn image_yml(image: &Image<'_>, whole: &Whole<'_>) -> Option<String> {
    let mut text = String::new();
    let spec = image.spec;
    if image.folder.rsplit('/').next() != Some(image.name.as_str()) {
        writeln!(text, "name: {}", quoted(&image.name)).ok();
    }
    if let Some(parent) = &image.hidden_parent {
        writeln!(text, "depends_on: [{}]", quoted(parent)).ok();
    }
    let mut args = spec.build_args.clone();
    args.extend(spec.dbuild_env.get("common").into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    if !args.is_empty() {
        text.push_str("build:\n  args:\n");
        arguments(&mut text, "    ", &args);
    }
    let of_plans: Vec<_> = spec.dbuild_env.iter().filter(|(name, _)| whole.spec.plans.contains_key(*name)).collect();
    if !of_plans.is_empty() {
        text.push_str("plans:\n");
        for (name, args) in of_plans {
            writeln!(text, "  {}:\n    args:", quoted(name)).ok();
            arguments(&mut text, "      ", args);
        }
    }
    let skipped: Vec<String> = known(&spec.skip_plans, &whole.spec.plans).cloned().collect();
    list(&mut text, "skip_plans", &skipped);
    let info: Vec<String> = known(&spec.info_cmds, &whole.spec.all_info_cmds).cloned().collect();
    list(&mut text, "info", &info);
    text.push_str(&suites::yaml(&image.suites));
    (!text.is_empty()).then(|| format!("# Made from {} by keg init.\n{text}", whole.path))
}

/// What of an image has no counterpart.
pub(super) fn image_notes(path: &str, image: &Image<'_>, spec: &Spec) -> Vec<String> {
    let (mut notes, name) = (Vec::new(), &image.name);
    if image.spec.prune.is_some() {
        notes.push(format!("{path}: prune of {name} has no counterpart: `keg prune` removes what nothing needs"));
    }
    if image.spec.prepull.is_some() {
        notes.push(format!("{path}: prepull of {name} has no counterpart: keg pulls just what a build needs"));
    }
    let is_known = |plan: &&String| plan.as_str() == "common" || spec.plans.contains_key(*plan);
    for plan in image.spec.dbuild_env.keys().filter(|plan| !is_known(plan)) {
        notes.push(format!(
            "{path}: dbuild_env of {name} has build args of `{plan}`, which is no plan: they were left out"
        ));
    }
    let note = |key: &str, one: &str, what: &str| {
        format!("{path}: {key} of {name} names `{one}`, which is no {what}: it was left out")
    };
    let plans = image.spec.skip_plans.iter().filter(|one| !spec.plans.contains_key(*one));
    notes.extend(plans.map(|plan| note("skip_plans", plan, "plan")));
    let commands = image.spec.info_cmds.iter().filter(|one| !spec.all_info_cmds.contains_key(*one));
    notes.extend(commands.map(|command| note("info_cmds", command, "command of all_info_cmds")));
    notes
}

/// Those of the names that are keys of a map.
fn known<'a, T>(names: &'a [String], map: &'a IndexMap<String, T>) -> impl Iterator<Item = &'a String> {
    names.iter().filter(|name| map.contains_key(*name))
}

fn arguments(text: &mut String, indent: &str, args: &IndexMap<String, Scalar>) {
    for (name, value) in args {
        writeln!(text, "{indent}{}: {}", quoted(name), in_quotes(value)).ok();
    }
}

fn list(text: &mut String, key: &str, items: &[String]) {
    if !items.is_empty() {
        writeln!(text, "{key}:").ok();
        for item in items {
            writeln!(text, "  - {}", quoted(item)).ok();
        }
    }
}

/// A text in double quotes, whatever it is.
pub(super) fn in_quotes(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
