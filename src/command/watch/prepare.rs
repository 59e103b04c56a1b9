//! The rules of a tap: those of tap.yml, and those of the compose file as Compose reads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::border::compose::Flavor;
use crate::border::compose::model::ComposeModel;
use crate::border::compose::overlay::Overlay;
use crate::border::files::root_of;
use crate::command::App;
use crate::command::start::project::ProjectFiles;
use crate::command::variables::{self, TapVariables};
use crate::context::Context;
use crate::dockerignore::DockerIgnore;
use crate::error::{Error, Result};
use crate::observe;
use crate::reference::Reference;
use crate::start::project_name;
use crate::watch::Rule;
use crate::watch::rules::{self, Surroundings};
use crate::workspace::{Image, ImageIndex, Workspace};

/// What is watched of a tap.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The tap.
    pub index: ImageIndex,
    /// Its name.
    pub tap: String,
    /// The plan whose variant runs.
    pub variant: Option<String>,
    /// The service that runs its image.
    pub main_service: String,
    /// The rules, those of tap.yml first.
    pub rules: Arc<[Rule]>,
}

/// Reads a tap's rules. `image` is what it runs, for what the compose file says of it.
///
/// # Errors
/// There are none, one names a service that is not there, or Compose refuses the compose file.
pub async fn plan(app: &App, workspace: &Workspace, index: ImageIndex, image: Option<&Reference>) -> Result<Plan> {
    let tap = workspace.image(index);
    let files = ProjectFiles::read(workspace, tap)?;
    let model = model(app, workspace, index, image, &files).await?;
    let mut services: Vec<String> = files.services().map(str::to_owned).collect();
    services.extend(model.services.keys().cloned());
    services.sort();
    services.dedup();
    let manifest = manifest(workspace, tap);
    let around = Surroundings {
        tap: &tap.name,
        folder: &tap.folder,
        main_service: &files.image_service,
        services: &services,
        manifest: manifest.as_ref().map(|(shown, text)| (shown.as_str(), text.as_str())),
    };
    let own_context = || context(&tap.context, &tap.dockerfile.path);
    let context_of = |service: &str| match model.services.get(service).and_then(|found| found.context.as_ref()) {
        Some((folder, dockerfile)) if service != files.image_service => {
            let folder = tap.folder.join(folder);
            context(&folder, &folder.join(dockerfile))
        }
        None if service != files.image_service => Ok(None),
        _ => own_context(),
    };
    let mut found = Vec::new();
    for rule in &tap.manifest.watch {
        let root = root_of(&tap.folder.join(&rule.path.value))?;
        let service = rule.service.as_ref().map_or(files.image_service.as_str(), |service| &service.value);
        found.push(rules::of_manifest(rule, root, context_of(service)?, around)?);
    }
    for (service, told) in &model.services {
        for rule in &told.watch {
            let root = root_of(&tap.folder.join(&rule.path))?;
            match rules::of_compose(rule, service, root, context_of(service)?, around)? {
                Some(rule) => found.push(rule),
                None => app.ui.warn(
                    format!("the compose file of {} has a rule with the action `{}`", tap.name, rule.action),
                    Some("keg knows sync, sync+restart, restart and rebuild; this rule is left out".to_owned()),
                ),
            }
        }
    }
    if found.is_empty() {
        let path = tap.manifest_file.clone().unwrap_or_else(|| tap.folder.join("tap.yml"));
        return Err(rules::none(&tap.name, &workspace.shown(&path).display().to_string()));
    }
    let variant = tap.plan().map(str::to_owned);
    Ok(Plan { index, tap: tap.name.clone(), variant, main_service: files.image_service.clone(), rules: found.into() })
}

/// Only Compose v2 knows `develop`.
async fn model(
    app: &App,
    workspace: &Workspace,
    index: ImageIndex,
    image: Option<&Reference>,
    files: &ProjectFiles,
) -> Result<ComposeModel> {
    if files.are_made() {
        return Ok(ComposeModel::default());
    }
    let compose = app.compose().await?;
    if compose.flavor == Flavor::One {
        return Ok(ComposeModel::default());
    }
    let tap = workspace.image(index);
    let branch = observe::branch_of_image(workspace, &app.settings, tap)?;
    let usual = workspace.repository(index).with_tag(&observe::usual_tag_of(workspace, &app.settings, index)?);
    let own = variables::own(app, workspace, Some(tap), &branch, Some(image.unwrap_or(&usual)));
    let variables = TapVariables::read(app, workspace, Some(tap), &[])?.with_own(own).for_programs();
    // A service may leave its image to keg, and Compose reads none without an image.
    let overlay = Overlay {
        image: image.unwrap_or(&usual).familiar(),
        image_service: files.image_service.clone(),
        services: vec![files.image_service.clone()],
        ..Overlay::default()
    };
    let failed = |error: std::io::Error| Error::failed("writing a file for Compose").cause(error);
    let file = tempfile::Builder::new().suffix(".yml").tempfile().map_err(failed)?;
    std::fs::write(file.path(), overlay.yaml()?).map_err(failed)?;
    let project = files.overridden(&project_name(&tap.name, &branch.tag), file.path(), variables);
    compose.config(&project).await
}

/// A build context's folder as reports name it, and its patterns.
fn context(folder: &Path, dockerfile: &Path) -> Result<Option<(PathBuf, DockerIgnore)>> {
    let ignore = Context::load_ignore(folder, dockerfile)?;
    Ok(std::fs::canonicalize(folder).ok().map(|folder| (folder, ignore)))
}

/// tap.yml as users know it, and its text.
fn manifest(workspace: &Workspace, tap: &Image) -> Option<(String, String)> {
    let path = tap.manifest_file.as_ref()?;
    let text = std::fs::read_to_string(path).ok()?;
    Some((workspace.shown(path).display().to_string(), text))
}

impl Plan {
    /// The rules, a line each.
    pub fn text(&self) -> String {
        self.rules.iter().map(|rule| format!("{}: {} ({})\n", self.tap, rule.summary(), rule.origin)).collect()
    }

    /// The rules, for programs.
    pub fn documents(&self) -> Vec<serde_json::Value> {
        let document = |rule: &Rule| {
            serde_json::json!({
                "path": rule.shown,
                "target": (!rule.target.is_empty()).then_some(&rule.target),
                "service": rule.service,
                "action": rule.action,
                "from": rule.origin,
            })
        };
        self.rules.iter().map(document).collect()
    }

    /// The error for a rule that cannot be followed.
    pub fn not_followed(&self, rule: &Rule, error: Error) -> Error {
        Error::failed(format!("watching {}: {}", self.tap, rule.summary())).because(error.one_line())
    }
}
