//! Docker Compose: v2 as a plugin or alone, and v1.29.
//!
//! Compose is the authority on what a user's file means: keg reads only the names of its services and adds an
//! override beside it.

pub mod find;
pub mod labelled;
pub mod model;
pub mod overlay;
pub mod user_file;

use std::fmt;
use std::path::PathBuf;

use crate::border::process::{self, Finished, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use model::ComposeModel;

/// A Compose that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compose {
    /// The program.
    program: String,
    /// Arguments that come before Compose's own: `compose` for Docker's client.
    leading: Vec<String>,
    /// Which of its two command lines it has.
    pub flavor: Flavor,
    /// Variables that lead it to the engine.
    engine: Vec<(String, String)>,
}

/// The two generations of Compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// The Python program, 1.29 and earlier.
    One,
    /// The Go program.
    Two,
}

/// What Compose calls a project, and where it comes from.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The project's name.
    pub name: String,
    /// The project directory: relative paths, and `.env`, are read here.
    pub folder: PathBuf,
    /// Compose files, the user's first and keg's override last.
    pub files: Vec<PathBuf>,
    /// Variables beside those of the process. Values reach Compose through its environment, never as arguments.
    pub variables: Vec<(String, String)>,
}

impl fmt::Display for Compose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let generation = if self.flavor == Flavor::One { "v1" } else { "v2" };
        write!(f, "{generation} ({}", self.program)?;
        self.leading.iter().try_for_each(|word| write!(f, " {word}"))?;
        f.write_str(")")
    }
}

impl Compose {
    /// The same, for the engine that these variables name.
    #[must_use]
    pub fn at_engine(mut self, variables: Vec<(String, String)>) -> Self {
        self.engine = variables;
        self
    }

    /// The same, for an engine that has certificates of its own. Compose v1 would take those for the whole network,
    /// which a company's machine names in these variables, for the engine's.
    #[must_use]
    pub fn with_own_certificates(mut self) -> Self {
        if self.flavor == Flavor::One {
            self.engine.extend(env_vars::CERTIFICATES_OF_REQUESTS.map(|name| (name.to_owned(), String::new())));
        }
        self
    }

    /// The project as Compose understands it: merged, interpolated and checked.
    ///
    /// # Errors
    /// Compose refuses the files; what it says is passed on.
    pub async fn config(&self, project: &Project) -> Result<ComposeModel> {
        let text = self.config_text(project).await?;
        ComposeModel::parse(&text).map_err(|reason| not_understood(project, reason))
    }

    /// The same as a document, with everything that the project has.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub async fn document(&self, project: &Project) -> Result<serde_json::Value> {
        let text = self.config_text(project).await?;
        model::document(&text).map_err(|reason| not_understood(project, reason))
    }

    async fn config_text(&self, project: &Project) -> Result<String> {
        let mut arguments = vec!["config".to_owned()];
        if self.flavor == Flavor::Two {
            arguments.extend(["--format".to_owned(), "json".to_owned()]);
        }
        let finished = process::run(&self.program, &self.arguments(project, arguments), &self.options(project)).await?;
        if !finished.is_success() {
            return Err(not_read(project, &finished));
        }
        Ok(finished.stdout)
    }

    /// Creates and starts what is not running yet. Compose builds nothing unless `build` says so, and then only
    /// images that are missing. Each line that it prints is handed on.
    ///
    /// # Errors
    /// Compose cannot be started. How it ended is left to the caller, who knows which failures can be explained.
    pub async fn up(
        &self,
        project: &Project,
        services: &[String],
        build: bool,
        line: impl FnMut(&str),
    ) -> Result<Finished> {
        let mut arguments = vec!["up".to_owned(), "-d".to_owned()];
        if !build {
            arguments.push("--no-build".to_owned());
        }
        arguments.extend_from_slice(services);
        self.stream(project, arguments, line).await
    }

    /// Stops and removes the project's containers and networks, also those that the files no longer name.
    /// Named volumes are kept.
    ///
    /// # Errors
    /// Compose fails; what it says is passed on.
    pub async fn down(&self, project: &Project, line: impl FnMut(&str)) -> Result<()> {
        let arguments = vec!["down".to_owned(), "--remove-orphans".to_owned()];
        let finished = self.stream(project, arguments, line).await?;
        if finished.is_success() { Ok(()) } else { Err(refused("stopping", project, &finished)) }
    }

    /// Runs Compose and hands on each line as it comes.
    async fn stream(&self, project: &Project, arguments: Vec<String>, line: impl FnMut(&str)) -> Result<Finished> {
        let arguments = self.arguments(project, arguments);
        process::run_streaming(&self.program, &arguments, &self.options(project), line).await
    }

    fn options(&self, project: &Project) -> Options {
        let env = project.variables.iter().chain(&self.engine).cloned().collect();
        Options { cwd: Some(project.folder.clone()), env, ..Options::default() }
    }

    fn arguments(&self, project: &Project, command: Vec<String>) -> Vec<String> {
        let mut arguments = self.leading.clone();
        let folder = project.folder.to_string_lossy().into_owned();
        arguments.extend(["--project-directory".to_owned(), folder]);
        arguments.extend(["--project-name".to_owned(), project.name.clone()]);
        for file in &project.files {
            arguments.extend(["--file".to_owned(), file.to_string_lossy().into_owned()]);
        }
        arguments.extend(command);
        arguments
    }
}

fn not_understood(project: &Project, reason: String) -> Error {
    Error::failed(format!("reading what Compose makes of {}", project.name)).because(reason)
}

/// Compose's own words about a project that it refuses, with the file that they are about.
pub fn refused(doing: &str, project: &Project, finished: &Finished) -> Error {
    let file = project.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    Error::failed(format!("{doing} {} with Compose from {file}", project.name)).because(said(finished))
}

/// The same of files that it does not even understand, which the user has to change.
fn not_read(project: &Project, finished: &Finished) -> Error {
    // The last one is keg's own.
    let users = project.files.len().saturating_sub(1).max(1);
    let files: Vec<String> = project.files.iter().take(users).map(|file| file.display().to_string()).collect();
    let message = format!("reading {} with Compose from {}", project.name, files.join(" and "));
    Error::request(message).because(said(finished))
}

fn said(finished: &Finished) -> String {
    let said = finished.stderr.lines().filter(|line| !is_chatter(line)).collect::<Vec<_>>().join("\n");
    if said.trim().is_empty() { format!("it ended with code {}", finished.code) } else { said.trim().to_owned() }
}

/// Progress and deprecation lines, which say nothing about a failure.
fn is_chatter(line: &str) -> bool {
    line.contains("level=warning")
        || line.starts_with(" Container ")
        || line.starts_with(" Network ")
        || line.starts_with(" Volume ")
        || line.starts_with("Creating ")
        || line.starts_with("Starting ")
}
