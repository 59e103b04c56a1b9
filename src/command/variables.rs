//! The variables of a tap: what Compose, the container and tasks get beside keg's own environment.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::command::App;
use crate::env_vars;
use crate::envfile;
use crate::error::{Error, Result, nearest};
use crate::layers::{Layers, Source};
use crate::reference::Reference;
use crate::tagging::Branch;
use crate::ui::looks_secret;
use crate::workspace::{Handover, Image, ParentImage, Workspace};

/// The variables of a tap, or those of the workspace alone. Later layers win: `env:` of keg.yml, the workspace's
/// `.env` and `.env.<environment>`, `env:` of tap.yml, the tap's `.env` and `.env.<environment>`, the `.env.local` of
/// the workspace and of the tap, the environment of the process, `--env`.
#[derive(Debug)]
pub struct TapVariables {
    layers: Layers,
}

impl TapVariables {
    /// Reads them.
    ///
    /// # Errors
    /// An env file that Compose would refuse, `--env` without a value, an environment of which nobody knows.
    pub fn read(app: &App, workspace: &Workspace, tap: Option<&Image>, flags: &[String]) -> Result<Self> {
        let environment = app.settings.environment.as_deref();
        // KEG_ENV may be set for many taps, of which not all know the environment.
        let from_process = app.settings.variables.get(env_vars::KEG_ENV) == environment;
        let mut reader = Reader { app, workspace, layers: Layers::default(), read: Vec::new() };
        reader.layers.push(Source::KegFile, workspace.options.env.clone());
        let folders = [Some(workspace.root.clone()), tap.map(env_folder)];
        let names = [Some(".env".to_owned()), environment.map(|name| format!(".env.{name}"))];
        for (place, folder) in folders.iter().enumerate() {
            let Some(folder) = folder else { continue };
            if place == 1 {
                let env = tap.and_then(|tap| tap.tap.as_ref()).map(|tap| tap.env.clone()).unwrap_or_default();
                reader.layers.push(Source::Manifest, env);
            }
            for name in names.iter().flatten() {
                reader.file(&folder.join(name))?;
            }
        }
        for folder in folders.iter().flatten() {
            reader.file(&folder.join(".env.local"))?;
        }
        if let Some(name) = environment.filter(|_| !reader.has(names[1].as_deref()) && !from_process) {
            return Err(unknown_environment(name, folders.iter().flatten()));
        }
        let mut layers = reader.layers;
        let process = layers.names(|_| true).into_iter().filter(|name| app.settings.variables.is_set(name));
        let process = process.map(|name| (name.clone(), value(app, &name))).collect();
        layers.push(Source::Process, process);
        layers.push(Source::Flag, flags.iter().map(|flag| read_flag(app, flag)).collect::<Result<_>>()?);
        let variables = Self { layers };
        variables.hide_secrets(app);
        Ok(variables)
    }

    /// All layers.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Containers and Compose may print what they were given.
    fn hide_secrets(&self, app: &App) {
        for (_, value) in self.layers.all().chain(app.settings.variables.iter()).filter(|(name, _)| looks_secret(name))
        {
            app.ui.hide(value);
        }
    }

    /// What the tap's own variables say of the image to start.
    pub fn image_from(&self) -> Option<&str> {
        self.layers.value(env_vars::KEG_IMAGE_FROM)
    }

    /// The same with keg's own variables on top.
    pub fn with_own(&self, own: IndexMap<String, String>) -> Self {
        let mut layers = self.layers.clone();
        layers.push(Source::Keg, own);
        Self { layers }
    }

    /// What is added to the environment of programs that keg runs for the tap. All of it: Compose takes what it is
    /// given over what it reads in the tap's `.env`, so it sees what keg sees.
    pub fn for_programs(&self) -> Vec<(String, String)> {
        let variables = self.layers.variables();
        variables.iter().map(|variable| (variable.name.to_owned(), variable.value.to_owned())).collect()
    }

    /// The value that counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.layers.value(name)
    }

    /// Names of the variables that the container of the tap's image gets. What stands in env files goes into a
    /// container only where the compose file says so; without a compose file nothing else could.
    pub fn for_container(&self, with_files: bool) -> Vec<String> {
        let mut names = self.layers.names(|source| match source {
            Source::KegFile | Source::Manifest | Source::Flag => true,
            Source::File(_) => with_files,
            Source::Process | Source::Keg => false,
        });
        names.retain(|name| name != env_vars::KEG_IMAGE_FROM);
        names
    }
}

/// Puts one file after the other on top.
struct Reader<'a> {
    app: &'a App,
    workspace: &'a Workspace,
    layers: Layers,
    read: Vec<PathBuf>,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path) -> Result<()> {
        // A tap may be its own workspace.
        if self.read.iter().any(|read| read == path) {
            return Ok(());
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
            Err(error) => return Err(Error::request(format!("reading {}", path.display())).cause(error)),
        };
        let process = |name: &str| self.app.settings.variables.is_set(name).then(|| value(self.app, name));
        let below = |name: &str| self.layers.value(name).map(str::to_owned);
        let shown = self.workspace.shown(path).display().to_string();
        let values = envfile::parse_above(&shown, &text, &process, &below)?;
        self.layers.push(Source::File(shown), values);
        self.read.push(path.to_owned());
        Ok(())
    }

    fn has(&self, name: Option<&str>) -> bool {
        self.read.iter().any(|path| path.file_name().and_then(|name| name.to_str()) == name)
    }
}

/// A word that names no file would change nothing, and nobody would notice.
fn unknown_environment<'a>(name: &str, folders: impl Iterator<Item = &'a PathBuf>) -> Error {
    let mut known: Vec<String> = Vec::new();
    let mut searched = Vec::new();
    for folder in folders {
        searched.push(folder.display().to_string());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_prefix(".env.")?.to_owned()));
        known.extend(names.filter(|name| name != "local" && !name.is_empty()));
    }
    known.sort();
    known.dedup();
    let error = Error::request(format!("there is no file .env.{name} in {}", searched.join(" or ")));
    match (nearest(name, known.iter().map(String::as_str)), known.as_slice()) {
        (Some(near), _) => error.help(format!("did you mean the environment `{near}`?")),
        (None, []) => error.help(format!("write .env.{name}, or leave out --environment and KEG_ENV")),
        (None, known) => error.help(format!("environments here: {}", known.join(", "))),
    }
}

/// keg's own variables: `KEG_BRANCH`, `KEG_TAG`, of a tap `KEG_PLAN`, `KEG_BASE_IMAGE`, `KEG_CONTEXT_PATH` and
/// `KEG_DOCKER_FILE`, and for a start `KEG_IMAGE_FROM`.
pub fn own(
    app: &App,
    workspace: &Workspace,
    tap: Option<&Image>,
    branch: &Branch,
    image: Option<&Reference>,
) -> IndexMap<String, String> {
    let mut variables = IndexMap::new();
    variables.extend(image.map(|image| (env_vars::KEG_IMAGE_FROM.to_owned(), image.familiar())));
    variables.insert("KEG_BRANCH".to_owned(), branch.name.clone());
    variables.insert("KEG_TAG".to_owned(), branch.tag.clone());
    let plan = tap.and_then(Image::plan);
    variables.extend(plan.map(|plan| ("KEG_PLAN".to_owned(), plan.to_owned())));
    let base = app.settings.variables.get(env_vars::KEG_BASE_IMAGE).map(str::to_owned);
    let base = base.or_else(|| base_image(workspace, tap?, branch));
    variables.extend(base.map(|base| (env_vars::KEG_BASE_IMAGE.to_owned(), base)));
    // For `build:` in compose files of the Keg CLI.
    let paths = tap.map(|tap| [("KEG_CONTEXT_PATH", &tap.context), ("KEG_DOCKER_FILE", &tap.dockerfile.path)]);
    let paths = paths.into_iter().flatten();
    variables.extend(paths.map(|(name, path)| (name.to_owned(), path.display().to_string())));
    variables
}

/// The image that the tap is built on, by its full name.
fn base_image(workspace: &Workspace, tap: &Image, branch: &Branch) -> Option<String> {
    let by_argument = tap.parents.iter().find(|parent| parent.handover == Handover::BaseArgument);
    let parent = by_argument.or_else(|| tap.parents.first())?;
    Some(match &parent.image {
        ParentImage::Outside(reference) => reference.familiar(),
        ParentImage::Workspace(index) => {
            let written = Reference::parse(&parent.written).ok();
            // With plans, the tag that is written has no variant of its own.
            let tag = written.as_ref().and_then(Reference::tag).filter(|_| tap.variant.is_none());
            let tag = tag.unwrap_or(&branch.tag);
            workspace.repository(*index).with_tag(tag).familiar()
        }
    })
}

/// Where Compose looks for `.env`: beside the compose file.
fn env_folder(tap: &Image) -> PathBuf {
    let compose = tap.tap.as_ref().and_then(|tap| tap.compose.as_deref());
    compose.and_then(Path::parent).unwrap_or(&tap.folder).to_owned()
}

fn value(app: &App, name: &str) -> String {
    app.settings.variables.get(name).unwrap_or_default().to_owned()
}

/// What `--env NAME=VALUE` or `--env NAME` says.
///
/// # Errors
/// It has no name, or no value anywhere.
pub fn read_flag(app: &App, flag: &str) -> Result<(String, String)> {
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, value.to_owned()),
        None if app.settings.variables.is_set(flag) => (flag, value(app, flag)),
        None => {
            return Err(Error::request(format!("--env {flag} has no value"))
                .help(format!("write --env {flag}=VALUE, or set {flag} in the environment")));
        }
    };
    if name.is_empty() {
        return Err(Error::request("--env has no name").help("write --env NAME=VALUE"));
    }
    Ok((name.to_owned(), value))
}
