//! Flags, environment and user configuration, resolved once. Below this nobody reads them again.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::Global;
use crate::env_vars::{self, Variables};
use crate::error::{Error, Result};

/// How long a registry may take for an answer unless the user says otherwise; manifests and lists are small.
const REGISTRY_TIMEOUT: Duration = Duration::from_secs(60);

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables and sentences.
    #[default]
    Text,
    /// One JSON document on stdout; progress as one JSON event a line on stderr.
    Json,
    /// The language of Graphviz; only `keg graph`.
    Dot,
    /// A Mermaid flowchart; only `keg graph`.
    Mermaid,
    /// A picture that browsers show; only `keg graph`.
    Svg,
    /// Lines for an env file; only `keg env`.
    Dotenv,
    /// Lines for a shell to evaluate; only `keg env`.
    Shell,
    /// Outputs of a step in a workflow of GitHub's; only `keg ci plan`.
    Github,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Progress and notes.
    #[default]
    Normal,
    /// Build logs and every call as well.
    Verbose,
}

/// What a run of keg was told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The current folder, absolute.
    pub current_folder: PathBuf,
    /// `--workspace` or `KEG_WORKSPACE`.
    pub workspace: Option<PathBuf>,
    /// `--branch`: overrides the branch of every repository.
    pub branch: Option<String>,
    /// `--environment` or `KEG_ENV`: the environment of which `.env.<environment>` files are read.
    pub environment: Option<String>,
    /// `--context`: the Docker context whose engine is used.
    pub context: Option<String>,
    /// `--format`.
    pub format: Format,
    /// `--quiet` and `--verbose`.
    pub verbosity: Verbosity,
    /// Whether stderr may have colours.
    pub color: bool,
    /// Whether stderr is a terminal on which bars can be drawn.
    pub stderr_is_terminal: bool,
    /// Whether both stdin and stderr are terminals, so that a question can be asked.
    pub interactive: bool,
    /// How long a registry may take for an answer: `KEG_REGISTRY_TIMEOUT`.
    pub registry_timeout: Duration,
    /// The environment of the process.
    pub variables: Variables,
}

impl Settings {
    /// Puts flags and environment together; flags win.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn resolve(flags: &Global, variables: Variables) -> Result<Self> {
        let current_folder = std::env::current_dir().map_err(|error| {
            Error::request("the current folder cannot be read").cause(error).help("change into a folder that exists")
        })?;
        let stderr_is_terminal = std::io::stderr().is_terminal();
        let is_plain = variables.get(env_vars::TERM) == Some("dumb");
        Ok(Self {
            current_folder,
            workspace: flags.workspace.clone().or_else(|| variables.get(env_vars::KEG_WORKSPACE).map(Into::into)),
            branch: flags.branch.clone(),
            environment: environment(flags, &variables)?,
            context: flags.context.clone(),
            format: flags.format,
            verbosity: match (flags.quiet, flags.verbose) {
                (true, _) => Verbosity::Quiet,
                (_, true) => Verbosity::Verbose,
                _ => Verbosity::Normal,
            },
            color: stderr_is_terminal && !is_plain && variables.get(env_vars::NO_COLOR).is_none(),
            stderr_is_terminal: stderr_is_terminal && !is_plain,
            interactive: stderr_is_terminal && std::io::stdin().is_terminal(),
            registry_timeout: registry_timeout(&variables)?,
            variables,
        })
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&Path> {
        self.variables.get(env_vars::HOME).map(Path::new)
    }

    /// Docker's client configuration folder: `DOCKER_CONFIG`, else `~/.docker`.
    pub fn docker_config_folder(&self) -> PathBuf {
        match self.variables.get(env_vars::DOCKER_CONFIG) {
            Some(folder) => self.current_folder.join(folder),
            None => self.home().unwrap_or(Path::new("/")).join(".docker"),
        }
    }

    /// The user's keg configuration file: `KEG_CONFIG`, else `$XDG_CONFIG_HOME/keg/config.yml`.
    pub fn config_file(&self) -> PathBuf {
        if let Some(file) = self.variables.get(env_vars::KEG_CONFIG) {
            return self.current_folder.join(file);
        }
        let folder = match self.variables.get(env_vars::XDG_CONFIG_HOME) {
            Some(folder) => PathBuf::from(folder),
            None => self.home().unwrap_or(Path::new("/")).join(".config"),
        };
        folder.join("keg/config.yml")
    }

    /// The folder for what can be read again: `$XDG_CACHE_HOME/keg`, else `~/.cache/keg`.
    pub fn cache_folder(&self) -> PathBuf {
        let folder = match self.variables.get(env_vars::XDG_CACHE_HOME) {
            Some(folder) => PathBuf::from(folder),
            None => self.home().unwrap_or(Path::new("/")).join(".cache"),
        };
        folder.join("keg")
    }

    /// The folder for state that belongs to the user and not to a workspace.
    pub fn state_folder(&self) -> PathBuf {
        let folder = match self.variables.get(env_vars::XDG_STATE_HOME) {
            Some(folder) => PathBuf::from(folder),
            None => self.home().unwrap_or(Path::new("/")).join(".local/state"),
        };
        folder.join("keg")
    }
}

fn environment(flags: &Global, variables: &Variables) -> Result<Option<String>> {
    let (name, source) = match &flags.environment {
        Some(name) => (Some(name.as_str()), "--environment"),
        None => (variables.get(env_vars::KEG_ENV), env_vars::KEG_ENV),
    };
    let is_right = |name: &str| {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
        name != "local" && name.starts_with(|char: char| char.is_ascii_alphanumeric()) && name.chars().all(is_plain)
    };
    match name {
        Some(name) if !is_right(name) => Err(Error::request(format!(
            "{source} is `{name}`, which names no environment"
        ))
        .help("an environment is the end of a file's name: `staging` for .env.staging; .env.local is always read")),
        name => Ok(name.map(str::to_owned)),
    }
}

fn registry_timeout(variables: &Variables) -> Result<Duration> {
    let name = env_vars::KEG_REGISTRY_TIMEOUT;
    let Some(text) = variables.get(name) else { return Ok(REGISTRY_TIMEOUT) };
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err(Error::request(format!("{name} is `{text}`")).help("write a number of seconds, from 1 to 86400")),
    }
}
