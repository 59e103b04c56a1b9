//! Plugins: programs `keg-<word>` on `PATH`, and what they are told. README describes the contract for their authors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::task::Tasks;
use crate::workspace::{Image, ImageIndex, Kind, Workspace};

/// What the names of plugins begin with.
pub const PREFIX: &str = "keg-";
/// What the names of programs that complete a plugin's arguments begin with. They are programs of their own, so that
/// a plugin that knows nothing of completion is never run by the tab key.
pub const COMPLETER_PREFIX: &str = "keg_complete-";
/// Grows when a key of [`Facts`] goes or changes its meaning; new keys leave it as it is.
pub const VERSION: u32 = 1;

/// What a plugin finds as JSON in the file that `KEG_CONTEXT` names.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "context.json")]
pub struct Facts {
    /// The version of this contract: it grows when a key goes or changes its meaning.
    pub version: u32,
    /// The version of keg.
    pub keg: String,
    /// The keg that runs the plugin, for calls back.
    pub program: PathBuf,
    /// The current folder of the user.
    pub folder: PathBuf,
    /// The workspace, if there is one and it loads.
    pub workspace: Option<WorkspaceFacts>,
    /// Why there is no workspace.
    pub error: Option<String>,
}

/// What a plugin is told of the workspace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkspaceFacts {
    /// The folder with keg.yml.
    pub root: PathBuf,
    /// Registry and namespace, if the workspace has one.
    pub registry: Option<String>,
    /// The branch of the workspace's repository, if it can be told.
    pub branch: Option<String>,
    /// The tag of that branch.
    pub tag: Option<String>,
    /// The tag of the default branch.
    pub default_tag: Option<String>,
    /// All images, sorted by name.
    pub images: Vec<ImageFacts>,
}

/// What a plugin is told of an image.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImageFacts {
    /// Its name.
    pub name: String,
    /// A second name for the command line.
    pub alias: Option<String>,
    /// The plans of which it has variants; none in a workspace without plans.
    pub plans: Vec<String>,
    /// `base`, `hub` or `tap`.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its folder.
    pub folder: PathBuf,
    /// Its Dockerfile.
    pub dockerfile: PathBuf,
    /// Its reference with the tag of the branch that its folder is on, if that can be told; of several
    /// variants that of the first plan.
    pub reference: Option<String>,
    /// Names of the workspace's images that it is built on.
    pub parents: Vec<String>,
    /// Its compose file, if it is a tap that has one.
    pub compose: Option<PathBuf>,
    /// Names of its tasks, those of keg.yml among them; only taps have any.
    pub tasks: Vec<String>,
}

impl WorkspaceFacts {
    /// The facts of a workspace. `tags` has the branch tag of each image that has one, by name.
    pub fn of(workspace: &Workspace, tags: &BTreeMap<String, String>) -> Self {
        Self {
            root: workspace.root.clone(),
            registry: workspace.options.registry.clone(),
            branch: None,
            tag: None,
            default_tag: None,
            images: workspace.named().map(|(index, image)| ImageFacts::of(workspace, index, image, tags)).collect(),
        }
    }

    /// The same as variables, for programs that read no JSON.
    pub fn variables(&self) -> Vec<(String, String)> {
        let names = |wanted: fn(&ImageFacts) -> bool| {
            let names = self.images.iter().filter(|image| wanted(image)).map(|image| image.name.as_str());
            Some(names.collect::<Vec<_>>().join(" "))
        };
        let values = [
            ("KEG_WORKSPACE", Some(self.root.display().to_string())),
            ("KEG_REGISTRY", self.registry.clone()),
            ("KEG_BRANCH", self.branch.clone()),
            ("KEG_TAG", self.tag.clone()),
            ("KEG_DEFAULT_TAG", self.default_tag.clone()),
            ("KEG_IMAGES", names(|_| true)),
            ("KEG_TAPS", names(|image| image.kind == Kind::Tap)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

impl ImageFacts {
    fn of(workspace: &Workspace, index: ImageIndex, image: &Image, tags: &BTreeMap<String, String>) -> Self {
        let reference = tags.get(&image.name).map(|tag| workspace.repository(index).with_tag(tag).familiar());
        let parents = workspace.parents_in_workspace(index).map(|parent| workspace.image(parent).name.clone());
        let tasks = if image.tap.is_some() { Tasks::of(workspace, Some(image)).names() } else { Vec::new() };
        Self {
            name: image.name.clone(),
            alias: image.alias.clone(),
            plans: workspace.variants(index).filter_map(|one| workspace.image(one).plan().map(str::to_owned)).collect(),
            kind: image.kind,
            folder: image.folder.clone(),
            dockerfile: image.dockerfile.path.clone(),
            reference,
            parents: parents.collect(),
            compose: image.tap.as_ref().and_then(|tap| tap.compose.clone()),
            tasks: tasks.into_iter().map(Into::into).collect(),
        }
    }
}

/// A plugin that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plugin {
    /// The word that runs it.
    pub word: String,
    /// The program.
    pub program: PathBuf,
    /// Whether a command of keg has that name, so that the plugin is never run.
    pub hidden: bool,
}

/// The plugins among `programs`, the executable files of `PATH` in its order: the first of each word, sorted by word.
pub fn plugins(programs: impl IntoIterator<Item = PathBuf>, verbs: &[String]) -> Vec<Plugin> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for program in programs {
        if let Some(word) = word(&program) {
            found.entry(word).or_insert(program);
        }
    }
    let plugin = |(word, program)| Plugin { hidden: verbs.contains(&word), word, program };
    found.into_iter().map(plugin).collect()
}

fn word(program: &Path) -> Option<String> {
    let word = program.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    (!word.is_empty() && !word.chars().any(|one| one.is_whitespace() || one.is_control())).then(|| word.to_owned())
}

#[cfg(test)]
mod tests;
