//! Which workspace a command is about: the one that is named, else the one around the current folder, else the one that
//! a linked tap belongs to.

use std::path::PathBuf;

use crate::border::user_config;
use crate::cli::Command;
use crate::command::{App, selection};
use crate::error::{Error, Result};
use crate::links::{Link, Links};
use crate::selection::is_pattern;
use crate::settings::Settings;
use crate::workspace::{KEG_FILE, Overrides, Workspace};

/// Where a command finds its images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The folder of the workspace, absolute.
    pub root: PathBuf,
    /// Whether it is only the place for what keg keeps of a linked tap that belongs to no workspace.
    pub is_bare: bool,
}

impl Home {
    fn workspace(root: PathBuf) -> Self {
        Self { root, is_bare: false }
    }

    /// The workspace that a linked tap belongs to: the recorded one, else the one around the tap's folder, else a bare
    /// one of its own, in the user's state folder so that nothing is written into the tap's repository.
    ///
    /// # Errors
    /// The recorded workspace is gone.
    pub fn of_link(link: &Link, settings: &Settings) -> Result<Self> {
        let Some(workspace) = &link.workspace else {
            return Ok(match Workspace::find_root(&link.path) {
                Ok(root) => Self::workspace(root),
                Err(_) => {
                    Self { root: settings.state_folder().join("taps").join(link.name.to_lowercase()), is_bare: true }
                }
            });
        };
        if workspace.join(KEG_FILE).is_file() {
            return Ok(Self::workspace(workspace.clone()));
        }
        let (name, shown) = (&link.name, workspace.display());
        Err(Error::request(format!("the linked tap {name} belongs to the workspace {shown}, which is not there")).help(
            format!(
                "link it again in the folder of a workspace: keg tap link {name} {}; or keg tap unlink {name}",
                link.path.display()
            ),
        ))
    }

    /// The workspace with the linked taps that belong to it, and with `overrides` for the images that `words` name.
    ///
    /// # Errors
    /// Faults in its files. Those of linked taps come when they are named.
    pub fn load(
        &self,
        links: &Links,
        settings: &Settings,
        words: &[String],
        overrides: &Overrides,
    ) -> Result<Workspace> {
        let mut workspace = match self.is_bare {
            true => Workspace::empty(&self.root),
            false => Workspace::load_overridden(&self.root, words, overrides)?,
        };
        let is_here = |link: &Link| Self::of_link(link, settings).is_ok_and(|home| home == *self);
        workspace.add_links(links, is_here, words, overrides);
        Ok(workspace)
    }
}

impl App {
    /// The same for a command that names these images: they may belong to another workspace than that of the current
    /// folder.
    #[must_use]
    pub fn about(mut self, words: Vec<String>) -> Self {
        self.words = words;
        self
    }

    /// The workspace of `--workspace`, else of the current folder or one above it, else of the linked tap that the
    /// command names.
    ///
    /// # Errors
    /// No workspace, or faults in its files.
    pub fn workspace(&self) -> Result<Workspace> {
        self.workspace_with(&[], &Overrides::default())
    }

    /// The workspace with what the process environment says of the images that `words` name.
    ///
    /// # Errors
    /// No workspace, or faults in its files.
    pub fn workspace_for(&self, words: &[String]) -> Result<Workspace> {
        self.workspace_with(words, &selection::environment(self, words))
    }

    /// The workspace with `overrides` for the images that `words` name.
    ///
    /// # Errors
    /// No workspace, or faults in its files.
    pub fn workspace_with(&self, words: &[String], overrides: &Overrides) -> Result<Workspace> {
        let (home, links) = (self.home()?, self.links()?);
        let load = |words: &[String], overrides: &Overrides| home.load(&links, &self.settings, words, overrides);
        if *overrides == Overrides::default() || !words.iter().any(|word| is_pattern(word)) {
            return load(words, overrides);
        }
        let plain = load(&[], &Overrides::default())?;
        load(&selection::spelled_out(self, &plain, words), overrides)
    }

    /// The folder of the workspace.
    ///
    /// # Errors
    /// No workspace there.
    pub fn workspace_root(&self) -> Result<PathBuf> {
        Ok(self.home()?.root)
    }

    /// The user's links.
    ///
    /// # Errors
    /// A configuration file that cannot be understood.
    pub fn links(&self) -> Result<Links> {
        self.links.get_or_init(|| user_config::links(&self.settings)).clone()
    }

    /// The workspace around the current folder, or the one that is named; links are not looked at.
    ///
    /// # Errors
    /// There is none.
    pub fn workspace_here(&self) -> Result<PathBuf> {
        match &self.settings.workspace {
            Some(folder) => Workspace::find_root(&self.settings.current_folder.join(folder)),
            None => Workspace::find_root(&self.settings.current_folder),
        }
    }

    fn home(&self) -> Result<Home> {
        self.home.get_or_init(|| self.find_home()).clone()
    }

    fn find_home(&self) -> Result<Home> {
        let here = self.workspace_here().map(Home::workspace);
        // Who names a workspace means that one.
        if self.settings.workspace.is_some() {
            return here;
        }
        let links = self.links()?;
        let elsewhere = self.elsewhere(&links, here.as_ref().ok())?;
        match (elsewhere, here, links.around(&self.settings.current_folder)) {
            (Some(home), ..) | (None, Ok(home), _) => Ok(home),
            (None, Err(_), Some(link)) => Home::of_link(link, &self.settings),
            (None, Err(error), None) => Err(error),
        }
    }

    /// The home of the linked taps that the command names, where that is not `here`. What an image here is called means
    /// that image.
    fn elsewhere(&self, links: &Links, here: Option<&Home>) -> Result<Option<Home>> {
        let mut found: Option<(&Link, Home)> = None;
        let mut not_linked = None;
        let mut known_here = None;
        for word in &self.words {
            let Some(link) = links.get(word) else {
                not_linked = Some(word);
                continue;
            };
            let home = Home::of_link(link, &self.settings);
            if home.as_ref().ok() == here && here.is_some() {
                not_linked = Some(word);
                continue;
            }
            let load = || here.and_then(|here| here.load(links, &self.settings, &[], &Overrides::default()).ok());
            let here_is = known_here.get_or_insert_with(load);
            if here_is.as_ref().is_some_and(|workspace| workspace.find(word).is_some()) {
                not_linked = Some(word);
                continue;
            }
            let home = home?;
            if let Some((other, _)) = found.as_ref().filter(|(_, other)| *other != home) {
                return Err(two_homes(&other.name, &link.name));
            }
            found = Some((link, home));
        }
        let known_here = known_here.flatten();
        match (&found, not_linked) {
            (Some((link, _)), Some(word)) if known_here.is_some_and(|here| here.find(word).is_some()) => {
                Err(two_homes(word, &link.name))
            }
            _ => Ok(found.map(|(_, home)| home)),
        }
    }
}

fn two_homes(one: &str, other: &str) -> Error {
    Error::request(format!("{one} and {other} belong to different workspaces"))
        .help("name them in two commands; keg tap list shows what belongs where")
}

impl Command {
    /// The words of the command that name images.
    pub fn names(&self) -> Vec<String> {
        let one = |word: &String| vec![word.clone()];
        match self {
            Self::Status(args) => args.images.clone(),
            Self::Why(args) => args.images.clone(),
            Self::Build(args) => args.images.clone(),
            Self::Bake(args) => args.images.clone(),
            Self::Push(args) => args.images.clone(),
            Self::Pull(args) => args.images.clone(),
            Self::Tag(args) => args.images.clone(),
            Self::Test(args) => args.images.clone(),
            Self::Manifest(args) => args.images.clone(),
            Self::Update(args) => args.images.clone(),
            Self::Promote(args) => args.images.clone(),
            Self::Prune(args) => args.images.clone(),
            Self::Start(args) => args.taps.clone(),
            Self::Stop(args) => args.taps.clone(),
            Self::Restart(args) => args.start.taps.clone(),
            Self::Ps(args) => args.taps.clone(),
            // What follows may be services of it.
            Self::Logs(args) => args.words.first().map(one).unwrap_or_default(),
            Self::Attach(args) => one(&args.tap),
            Self::Package(args) => args.names(),
            Self::Exec(args) => match &args.image {
                Some(reference) => vec![name_of(reference).to_owned()],
                None => args.tap.iter().cloned().collect(),
            },
            Self::Deploy(args) => args.names(),
            Self::Env(args) => one(&args.tap),
            Self::Open(args) => one(&args.tap),
            Self::Watch(args) => args.taps.clone(),
            // What follows are a task and its arguments.
            Self::Run(args) => args.words.first().map(one).unwrap_or_default(),
            Self::Resolve(args) => args.references.iter().map(|word| name_of(word).to_owned()).collect(),
            // `keg web build`: the tap comes first.
            Self::External(words) => {
                words.first().map(|word| word.to_string_lossy().into_owned()).into_iter().collect()
            }
            Self::Ci(args) => args.names(),
            Self::Init(_)
            | Self::Graph(_)
            | Self::Docs(_)
            | Self::Config(_)
            | Self::Doctor(_)
            | Self::Schema(_)
            | Self::Tap(_)
            | Self::Proxy(_)
            | Self::Login(_)
            | Self::Logout(_)
            | Self::Registry(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Docker(_) => Vec::new(),
        }
    }
}

/// `web` of `web:tag`.
pub fn name_of(reference: &str) -> &str {
    reference.split([':', '@']).next().unwrap_or(reference)
}
