//! `keg config`

use serde::Serialize;

use crate::border::engine::Endpoint;
use crate::command::App;
use crate::env_vars;
use crate::error::Result;
use crate::settings::Format;
use crate::tagging::TemplateValues;

/// Arguments of `keg config`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// One effective value and where it comes from.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    value: String,
    source: String,
}

/// Runs `keg config`.
///
/// # Errors
/// A workspace that does not load.
pub fn run(_: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let settings = &app.settings;
    let options = &workspace.options;
    let branch = app.branch(&workspace)?;
    let endpoint = Endpoint::of(settings)?;
    let found = match (&settings.workspace, settings.variables.get(env_vars::KEG_WORKSPACE)) {
        (Some(_), None) => "--workspace",
        (Some(_), Some(_)) => "--workspace or KEG_WORKSPACE",
        (None, _) => "keg.yml in or above the current folder",
    };
    let from_file = |value: &Option<String>, otherwise: &str| match value {
        Some(_) => "keg.yml".to_owned(),
        None => otherwise.to_owned(),
    };
    let variable = |name: &str, otherwise: &str| match settings.variables.get(name) {
        Some(_) => name.to_owned(),
        None => otherwise.to_owned(),
    };
    let builder = options.file.builder.as_ref().and_then(|builder| builder.name.clone());
    let row = |name, value: String, source: String| Row { name, value, source };
    let rows = vec![
        row("workspace", workspace.root.display().to_string(), found.to_owned()),
        row(
            "registry",
            options.registry.clone().unwrap_or_else(|| "none: the engine's own image store".to_owned()),
            from_file(&options.registry, "not set in keg.yml"),
        ),
        row("branch", branch.name.clone(), branch.origin()),
        row(
            "tag",
            branch.tag.clone(),
            if branch.is_default { "the default branch's tag" } else { "the branch's name" }.to_owned(),
        ),
        row("default tag", app.default_tag(&workspace)?, from_file(&options.default_tag, "the default branch's name")),
        row(
            "tags",
            options.tags.iter().map(|rule| rule.told(&TemplateValues::default())).collect::<Vec<_>>().join(" "),
            "keg.yml, else {branch}".to_owned(),
        ),
        row(
            "tap base",
            options.tap_base.clone().unwrap_or_else(|| "none".to_owned()),
            from_file(&options.tap_base, "the image named tap, if there is one"),
        ),
        row("engine", endpoint.host.clone(), endpoint.origin.to_string()),
        row(
            "builder",
            builder.clone().unwrap_or_else(|| "none: the engine builds".to_owned()),
            from_file(&builder, "not set in keg.yml"),
        ),
        row(
            "docker config",
            settings.docker_config_folder().display().to_string(),
            variable(env_vars::DOCKER_CONFIG, "default"),
        ),
        row("user config", settings.config_file().display().to_string(), variable(env_vars::KEG_CONFIG, "default")),
    ];
    if settings.format == Format::Json {
        return app.ui.print_json(&rows);
    }
    let cells = rows.into_iter().map(|row| vec![row.name.to_owned(), row.value, row.source]);
    app.ui.print_table(&["setting", "value", "from"], cells.collect())
}
