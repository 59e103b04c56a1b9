//! The workflows that keg writes for GitHub: what is asked for, what each file says of itself, and what is in it.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::environment::{Environment, Place, pattern};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::manifest::PullRequests;
use crate::templates;
use crate::workspace::Workspace;

mod header;
mod module;
mod recipe;
mod registry;

pub use header::{Header, header, with_header};
pub use recipe::{Recipe, RegistryKind, Style};
pub use registry::Registry;

/// The folder of workflows, from the root of a repository.
pub const FOLDER: &str = ".github/workflows";
/// When a workflow that publishes pull requests may do so, as an expression of GitHub's.
const MAY_PUBLISH: &str =
    "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository";
/// Git tags of releases: versions, as GitHub's patterns have them.
const VERSIONS: [&str; 2] = ["v[0-9]+.[0-9]+.[0-9]+*", "[0-9]+.[0-9]+.[0-9]+*"];

/// What the workflows of a workspace depend on.
#[derive(Debug)]
pub struct Site<'a> {
    /// The workspace, without linked taps.
    pub workspace: &'a Workspace,
    /// Where it lies in its repository.
    pub place: Place,
}

/// The file of the workflow of one image.
pub fn file_of_image(name: &str) -> String {
    // No image's name has two of them where another has a slash, unless somebody is out for it.
    format!("{FOLDER}/docker_{}.yml", name.replace('/', "__"))
}

/// The file of the workflow that runs the code of an image's folder in the image.
pub fn file_of_module(name: &str) -> String {
    format!("{FOLDER}/run_{}.yml", name.replace('/', "__"))
}

/// All files that `recipe` gives, by their path from the root of the repository. The workflows of the images in
/// `active` are started by changes, those of others only by hand.
///
/// # Errors
/// A registry that does not fit to its kind; names of images or folders that workflows cannot hold.
pub fn files(site: &Site<'_>, recipe: &Recipe, active: &BTreeSet<String>) -> Result<BTreeMap<String, String>> {
    let workspace = site.workspace;
    let registry = Registry::of(workspace, recipe.registry)?;
    check_folder(&site.place)?;
    let mut files = BTreeMap::new();
    let mut add = |path: String, header: Option<&str>, template: &str, context: Value| -> Result<()> {
        let body = templates::ci::render(template, &context)?;
        let taken = files.insert(path.clone(), with_header(&recipe.command(), header, &body));
        match taken {
            Some(_) => Err(Error::request(format!("two images would have the same workflow {path}"))
                .help("give one of them another name, or use --style one")),
            None => Ok(()),
        }
    };
    let common = common(site, recipe, &registry);
    match recipe.style {
        Style::One => {
            let levels = Graph::new(workspace).levels().len();
            let names: BTreeSet<&str> = workspace.iter().map(|(_, image)| image.name.as_str()).collect();
            let images = names.into_iter().collect::<Vec<_>>().join(" ");
            let in_stages = workspace.options.content_tags;
            let levels_of_jobs: Vec<usize> = if in_stages { (0..levels).collect() } else { Vec::new() };
            let own = context! { levels, levels_of_jobs, images, in_stages };
            add(format!("{FOLDER}/keg.yml"), None, "one.yml", merged(&common, own))?;
        }
        Style::PerImage => {
            add(format!("{FOLDER}/keg-check.yml"), None, "check.yml", common.clone())?;
            for (name, paths) in paths(site) {
                let is_active = active.contains(&name);
                let state = header::state(&name, is_active);
                let own = context! { image => &name, active => is_active, paths, publishes_if => MAY_PUBLISH };
                add(file_of_image(&name), Some(&state), "image.yml", merged(&common, own))?;
            }
        }
    }
    // Without a registry there is no image that another machine has built.
    for (name, module) in if registry.host.is_some() { module::modules(site)? } else { BTreeMap::new() } {
        let file = file_of_module(&name);
        let is_active = recipe.style == Style::One || active.contains(&name);
        let state = (recipe.style == Style::PerImage).then(|| header::state(&name, is_active));
        let paths: Vec<String> = module.paths.into_iter().chain([super::environment::escaped(&file)]).collect();
        let own = context! {
            image => &name, active => is_active, paths, module => module.folder, command => module.command,
        };
        add(file, state.as_deref(), "run.yml", merged(&common, own))?;
    }
    if registry.host.is_some() {
        add(format!("{FOLDER}/keg-rebuild.yml"), None, "rebuild.yml", common.clone())?;
    }
    if registry.can_be_pruned() {
        add(format!("{FOLDER}/keg-prune.yml"), None, "prune.yml", common)?;
    }
    Ok(files)
}

/// What all templates get.
fn common(site: &Site<'_>, recipe: &Recipe, registry: &Registry) -> Value {
    #[derive(Serialize)]
    struct Common<'a> {
        folder: &'a str,
        default_branch: String,
        registry: &'a Registry,
        install: &'a str,
        install_key: String,
        tags: Vec<String>,
        pull_requests_publish: bool,
    }
    Value::from(Serde(Common {
        folder: &site.place.folder,
        default_branch: super::environment::escaped(&recipe.default_branch),
        registry,
        install: &recipe.install,
        install_key: header::digest(&recipe.install),
        tags: release_tags(site.workspace),
        pull_requests_publish: pull_requests_publish(site.workspace),
    }))
}

fn merged(common: &Value, own: Value) -> Value {
    context! { ..own, ..common.clone() }
}

/// Whether pull requests of the repository itself publish images.
fn pull_requests_publish(workspace: &Workspace) -> bool {
    workspace.options.file.ci.as_ref().is_some_and(|ci| ci.pull_requests != PullRequests::Test)
}

/// A folder is written into the workflow, where GitHub would take a part of it for an expression.
fn check_folder(place: &Place) -> Result<()> {
    if place.folder.contains("${{") || place.folder.chars().any(char::is_control) {
        return Err(Error::request(format!("the folder {} cannot be named in a workflow", place.folder))
            .help("give it a name without `${{` and line ends"));
    }
    Ok(())
}

/// The patterns of git tags that may be releases, where keg.yml says that git tags are; `keg ci plan` has the last word.
/// Elsewhere there are none, and only what is published as a release is one. With both, a version would be published
/// twice, and the first time nobody would know whether it is a pre-release.
fn release_tags(workspace: &Workspace) -> Vec<String> {
    let further: Vec<String> =
        workspace.options.file.ci.iter().flat_map(|ci| &ci.release_tags).map(|glob| pattern(glob)).collect();
    let versions = VERSIONS.iter().filter(|_| !further.is_empty()).map(|&pattern| pattern.to_owned());
    versions.chain(further.iter().cloned()).collect()
}

/// The path filters of each image: what decides what is in it and in all that it is built on.
fn paths(site: &Site<'_>) -> BTreeMap<String, Vec<String>> {
    let (workspace, place) = (site.workspace, &site.place);
    let graph = Graph::new(workspace);
    let everywhere = ["keg.yml", "keg.lock"].into_iter().map(|file| place.in_workspace(file));
    let rebuild_all = workspace.options.rebuild_all.iter().map(|glob| pattern(&place.in_workspace(glob)));
    let everywhere: Vec<String> =
        everywhere.map(|file| super::environment::escaped(&file)).chain(rebuild_all).collect();
    let own: Vec<Vec<String>> = workspace.iter().map(|(_, image)| Environment::of(image, place).filters()).collect();
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (index, image) in workspace.iter() {
        let ancestors = graph.ancestors([index]);
        let needed = ancestors.into_iter().chain([index]).flat_map(|index| own[index.0].iter().cloned());
        let path = super::environment::escaped(&file_of_image(&image.name));
        // Variants of an image have one workflow.
        paths.entry(image.name.clone()).or_default().extend(needed.chain(everywhere.iter().cloned()).chain([path]));
    }
    paths.into_iter().map(|(name, paths)| (name, paths.into_iter().collect())).collect()
}

#[cfg(test)]
mod tests;
