//! The variables of a tap: what Compose and the container get beside keg's own environment.

use indexmap::IndexMap;

use crate::command::App;
use crate::env_vars;
use crate::envfile;
use crate::error::{Error, Result};
use crate::reference::Reference;
use crate::tagging::Branch;
use crate::ui::looks_secret;
use crate::workspace::{Image, ParentImage, Workspace};

/// The variables of a tap. Their order is that of Compose: `--env`, the environment of the process, the tap's `.env`;
/// then what tap.yml and keg.yml say.
pub struct TapVariables {
    /// `--env`.
    flags: IndexMap<String, String>,
    /// The tap's `.env` file. Compose reads it too.
    file: IndexMap<String, String>,
    /// `env:` of keg.yml and tap.yml.
    manifest: IndexMap<String, String>,
}

impl TapVariables {
    /// Reads them.
    ///
    /// # Errors
    /// A `.env` file that Compose would refuse, `--env` without a value.
    pub fn read(app: &App, workspace: &Workspace, tap: &Image, flags: &[String]) -> Result<Self> {
        let process = |name: &str| app.settings.variables.is_set(name).then(|| value(app, name));
        let path = env_folder(tap).join(".env");
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => envfile::parse(&workspace.shown(&path).to_string_lossy(), &text, &process)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => IndexMap::new(),
            Err(error) => return Err(Error::request(format!("reading {}", path.display())).cause(error)),
        };
        let mut manifest = workspace.options.env.clone();
        manifest.extend(tap.tap.iter().flat_map(|tap| tap.env.clone()));
        let flags = flags.iter().map(|flag| read_flag(app, flag)).collect::<Result<_>>()?;
        let variables = Self { flags, file, manifest };
        variables.hide_secrets(app);
        Ok(variables)
    }

    /// Containers and Compose may print what they were given.
    fn hide_secrets(&self, app: &App) {
        let own = self.flags.iter().chain(&self.file).chain(&self.manifest);
        let all = own.map(|(name, value)| (name.as_str(), value.as_str())).chain(app.settings.variables.iter());
        for (_, value) in all.filter(|(name, _)| looks_secret(name)) {
            app.ui.hide(value);
        }
    }

    /// What the tap's own variables say of the image to start.
    pub fn image_from(&self) -> Option<&str> {
        let name = env_vars::KEG_IMAGE_FROM;
        self.file.get(name).or_else(|| self.manifest.get(name)).map(String::as_str)
    }

    /// What is added to the environment that Compose gets from keg. What `.env` says is left to Compose.
    pub fn for_compose(&self, app: &App, own: Vec<(String, String)>) -> Vec<(String, String)> {
        let is_free = |name: &str| !app.settings.variables.is_set(name) && !self.file.contains_key(name);
        let manifest = self.manifest.iter().filter(|(name, _)| is_free(name));
        let mut variables: IndexMap<String, String> =
            manifest.map(|(name, value)| (name.clone(), value.clone())).collect();
        variables.extend(self.flags.clone());
        variables.extend(own);
        variables.into_iter().collect()
    }

    /// Names of the variables that the container of the tap's image gets. What stands in `.env` goes into a container
    /// only where the compose file says so; without a compose file nothing else could.
    pub fn for_container(&self, with_file: bool) -> Vec<String> {
        let file = self.file.keys().filter(|_| with_file);
        let mut names: Vec<String> = file.chain(self.manifest.keys()).chain(self.flags.keys()).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| name != env_vars::KEG_IMAGE_FROM);
        names
    }
}

/// keg's own variables: `KEG_IMAGE_FROM`, `KEG_BASE_IMAGE`, `KEG_BRANCH`, `KEG_TAG`.
pub fn own(app: &App, workspace: &Workspace, tap: &Image, branch: &Branch, image: &Reference) -> Vec<(String, String)> {
    let mut variables = vec![
        (env_vars::KEG_IMAGE_FROM.to_owned(), image.familiar()),
        ("KEG_BRANCH".to_owned(), branch.name.clone()),
        ("KEG_TAG".to_owned(), branch.tag.clone()),
    ];
    let base = app.settings.variables.get(env_vars::KEG_BASE_IMAGE).map(str::to_owned);
    if let Some(base) = base.or_else(|| base_image(workspace, tap, branch)) {
        variables.push((env_vars::KEG_BASE_IMAGE.to_owned(), base));
    }
    variables
}

/// The image that the tap is built on, by its full name.
fn base_image(workspace: &Workspace, tap: &Image, branch: &Branch) -> Option<String> {
    let parent = tap.parents.first()?;
    Some(match &parent.image {
        ParentImage::Outside(reference) => reference.familiar(),
        ParentImage::Workspace(index) => {
            let written = Reference::parse(&parent.written).ok();
            let tag = written.as_ref().and_then(Reference::tag).unwrap_or(&branch.tag);
            workspace.repository(*index).with_tag(tag).familiar()
        }
    })
}

/// Where Compose looks for `.env`: beside the compose file.
fn env_folder(tap: &Image) -> &std::path::Path {
    let compose = tap.tap.as_ref().and_then(|tap| tap.compose.as_deref());
    compose.and_then(std::path::Path::parent).unwrap_or(&tap.folder)
}

fn value(app: &App, name: &str) -> String {
    app.settings.variables.get(name).unwrap_or_default().to_owned()
}

fn read_flag(app: &App, flag: &str) -> Result<(String, String)> {
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
