//! `keg ci init`, `activate`, `deactivate` and `check`; the generated workflows against GitHub's schema, and each of
//! their steps in a clone.

mod check;
mod init;
mod runner;
mod schema;
mod steps;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Workspace;

/// What puts the keg under test where workflows look for it.
fn install() -> String {
    format!("cp '{}' \"$CARGO_INSTALL_ROOT/bin/keg\"", env!("CARGO_BIN_EXE_keg"))
}

/// The generated workflows by their file names.
fn workflows(workspace: &Workspace) -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(workspace.path(".github/workflows")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), workflow(workspace, &name))).collect()
}

fn workflow(workspace: &Workspace, name: &str) -> Value {
    let text = workspace.read(format!(".github/workflows/{name}"));
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(&text, options).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

/// Steps that are scripts, as job, name and script.
fn scripts(workflow: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let jobs = workflow["jobs"].as_object().unwrap().iter();
    let steps = jobs.flat_map(|(job, body)| body["steps"].as_array().unwrap().iter().map(move |step| (job, step)));
    let scripts = steps.filter(|(_, step)| step.get("run").is_some());
    scripts.map(|(job, step)| (job.clone(), text(&step["name"]), text(&step["run"]))).collect()
}
