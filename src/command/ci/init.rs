//! `keg ci init`

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::site::{Here, settle, show};
use crate::ci::drift::{self, Drift};
use crate::ci::workflow::{self, Recipe, Registry, RegistryKind, Style};
use crate::command::App;
use crate::error::{Error, Result};
use crate::settings::Format;

/// Arguments of `keg ci init`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg ci init --install 'cargo install --locked --git https://github.com/my-team/keg --tag v0.1.0'
  keg ci init --style per-image       one workflow for each image, inactive until keg ci activate
  keg ci init                         writes them anew after the workspace has changed

The arguments are kept in the first line of each workflow, so that they need not be said again.")]
pub struct Args {
    /// One workflow for all, or one for each image [default: one, or as before]
    #[arg(long, value_enum, value_name = "STYLE")]
    pub style: Option<Style>,
    /// How workflows log in at the registry [default: what the registry of keg.yml needs]
    #[arg(long, value_enum, value_name = "KIND")]
    pub registry: Option<RegistryKind>,
    /// The shell command that installs keg in a workflow: to $CARGO_INSTALL_ROOT/bin, or anywhere on the PATH
    #[arg(long, value_name = "COMMAND")]
    pub install: Option<String>,
    /// The branch whose pushes are published [default: default_branch of keg.yml, or what git knows]
    #[arg(long, value_name = "NAME")]
    pub default_branch: Option<String>,
    /// Overwrites workflows that somebody has written or changed by hand
    #[arg(long)]
    pub force: bool,
    /// Shows what would be written, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg ci init`.
///
/// # Errors
/// No workspace, nothing that says how keg gets into workflows, a registry of another kind, files of others.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let here = Here::read(app)?;
    let before = here.recipe();
    let recipe = recipe(args, before.as_ref(), &here, app)?;
    let wanted = workflow::files(&here.site(), &recipe, &here.active())?;
    let drifts = drift::compare(&here.present, &wanted);
    if !args.dry_run {
        settle(app, &here, &drifts, args.force)?;
    }
    show(app, &drifts, args.dry_run)?;
    let misnamed = here.misnamed(recipe.registry);
    if let Some((_, fault)) = misnamed.first() {
        let others = match misnamed.len() - 1 {
            0 => String::new(),
            1 => "; keg ci check shows one more".to_owned(),
            count => format!("; keg ci check shows {count} more"),
        };
        app.ui.warn(format!("{}{others}", fault.message), Some(fault.help.clone()));
    }
    if app.settings.format == Format::Text {
        for note in notes(&here, &recipe)? {
            app.ui.note(note);
        }
    }
    Ok(())
}

/// Flags, then keg.yml, then what the workflows that are there were made with, then what can be guessed.
fn recipe(args: &Args, before: Option<&Recipe>, here: &Here, app: &App) -> Result<Recipe> {
    let install = args.install.clone().or_else(|| before.map(|recipe| recipe.install.clone()));
    let Some(install) = install else {
        return Err(Error::request("nothing says how workflows get keg").help(
            "say it with a shell command, for example: \
             keg ci init --install 'cargo install --locked --git https://github.com/my-team/keg --tag v0.1.0'",
        ));
    };
    if install.trim().is_empty() || install.chars().any(char::is_control) {
        return Err(Error::request("--install is no command in one line")
            .help("put a longer one into a script of the repository, and run that"));
    }
    let options = &here.workspace.options;
    let branch = args.default_branch.clone().or_else(|| options.default_branch.clone());
    let branch = branch.or_else(|| before.map(|recipe| recipe.default_branch.clone()));
    let registry = args.registry.or_else(|| Registry::kind_of(&here.workspace));
    // A workspace without a registry has none of a kind, whatever it had before.
    let registry = registry.or_else(|| before.map(|recipe| recipe.registry).filter(|_| options.registry.is_some()));
    Ok(Recipe {
        style: args.style.or_else(|| before.map(|recipe| recipe.style)).unwrap_or_default(),
        registry: registry.unwrap_or(RegistryKind::Generic),
        default_branch: branch.unwrap_or_else(|| here.default_branch(app)),
        install,
    })
}

/// What is left to a person.
fn notes(here: &Here, recipe: &Recipe) -> Result<Vec<String>> {
    let registry = Registry::of(&here.workspace, recipe.registry)?;
    let mut notes = Vec::new();
    let Some(host) = &registry.host else {
        notes.push("keg.yml names no registry: the workflows build and test, and publish nothing".to_owned());
        return Ok(notes);
    };
    match recipe.registry {
        RegistryKind::Ghcr => notes.push(format!(
            "{host} lets nobody delete images by its protocol, so that there is no workflow that prunes it"
        )),
        RegistryKind::Ecr | RegistryKind::EcrPublic => notes.push(
            "set the repository's variable KEG_AWS_ROLE to the role that GitHub's identity provider may take"
                .to_owned(),
        ),
        RegistryKind::Generic => notes.push(format!(
            "set the repository's secrets KEG_REGISTRY_USER and KEG_REGISTRY_PASSWORD to a login at {host}"
        )),
    }
    let inactive = inactive(here);
    if recipe.style == Style::PerImage && !inactive.is_empty() {
        notes.push(format!("inactive until keg ci activate: {}", inactive.into_iter().collect::<Vec<_>>().join(", ")));
    }
    Ok(notes)
}

/// The images whose workflows no change starts.
pub fn inactive(here: &Here) -> BTreeSet<String> {
    let active = here.active();
    let names = here.workspace.iter().map(|(_, image)| image.name.clone());
    names.filter(|name| !active.contains(name)).collect()
}

/// The workflow that a tap of this name would get: its absolute path.
///
/// # Errors
/// A workspace that does not load, workflows that cannot be read.
pub fn file_of_new_image(app: &App, name: &str) -> Result<Option<PathBuf>> {
    let here = Here::read(app)?;
    let is_wanted = here.recipe().is_some_and(|recipe| recipe.style == Style::PerImage);
    Ok(is_wanted.then(|| here.place.root.join(workflow::file_of_image(name))))
}

/// The workflow of a tap that was just made, where each image has one; it is inactive. Gives its path.
///
/// # Errors
/// A workspace that does not load, a file that cannot be written.
pub fn add_image(app: &App, name: &str) -> Result<Option<String>> {
    let here = Here::read(app)?;
    let Some(recipe) = here.recipe().filter(|recipe| recipe.style == Style::PerImage) else { return Ok(None) };
    let wanted = workflow::files(&here.site(), &recipe, &here.active())?;
    let path = workflow::file_of_image(name);
    let files = [path.clone(), workflow::file_of_module(name)];
    let drifts: Vec<Drift> =
        drift::compare(&here.present, &wanted).into_iter().filter(|drift| files.contains(&drift.path)).collect();
    settle(app, &here, &drifts, false)?;
    Ok(Some(path))
}
