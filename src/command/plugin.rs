//! Finding, listing and running plugins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use serde::Serialize;

use crate::border::process::{self, Options};
use crate::cli::Cli;
use crate::command::{App, run as task};
use crate::env_vars::{KEG_CONTEXT, KEG_PROGRAM, PATH, Variables};
use crate::error::{Error, Kind, Result};
use crate::observe;
use crate::plugin::{COMPLETER_PREFIX, Facts, PREFIX, Plugin, VERSION, WorkspaceFacts, plugins};
use crate::settings::Format;
use crate::workspace::Workspace;

/// A plugin, what it is given, and the workspace that it is told of.
#[derive(Debug)]
pub struct PluginCall {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The workspace, or why there is none.
    pub workspace: Result<Box<Workspace>>,
}

/// A line of `keg --list`.
#[derive(Debug, Serialize)]
struct Row {
    command: String,
    /// What it does; of a plugin, its program.
    about: String,
    plugin: bool,
}

/// The program of the plugin `word`. A word with a slash is no plugin: it would leave `PATH`.
pub fn find(word: &str, variables: &Variables, folder: &Path) -> Option<PathBuf> {
    program(PREFIX, word, variables, folder)
}

/// The program that completes the arguments of the plugin `word`.
pub fn completer(word: &str, variables: &Variables, folder: &Path) -> Option<PathBuf> {
    program(COMPLETER_PREFIX, word, variables, folder)
}

fn program(prefix: &str, word: &str, variables: &Variables, folder: &Path) -> Option<PathBuf> {
    if word.is_empty() || word.contains(['/', '\\']) {
        return None;
    }
    which::which_in(format!("{prefix}{word}"), Some(variables.get(PATH)?), folder).ok()
}

/// All plugins of `PATH`.
pub fn all(variables: &Variables) -> Vec<Plugin> {
    let Ok(pattern) = regex::Regex::new(&format!("^{PREFIX}")) else { return Vec::new() };
    let found = variables.get(PATH).and_then(|path| which::which_re_in(pattern, Some(path)).ok());
    // What cannot be run is no plugin.
    let is_program = |file: &PathBuf| which::which_in(file, None::<&str>, "/").is_ok();
    plugins(found.into_iter().flatten().filter(is_program), &verbs())
}

/// The built-in commands, by all their names.
pub fn verbs() -> Vec<String> {
    let cli = Cli::command();
    let names = |command: &clap::Command| {
        std::iter::once(command.get_name()).chain(command.get_all_aliases()).map(str::to_owned).collect::<Vec<_>>()
    };
    cli.get_subcommands().flat_map(names).collect()
}

/// Lists commands and plugins: `keg --list`.
///
/// # Errors
/// Stdout cannot be written to.
pub fn list(app: &App) -> Result<()> {
    let cli = Cli::command();
    let about = |command: &clap::Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    let built_in = cli.get_subcommands().filter(|command| !command.is_hide_set());
    let mut rows: Vec<Row> = built_in
        .map(|command| Row { command: command.get_name().to_owned(), about: about(command), plugin: false })
        .collect();
    let workspace = app.workspace().ok();
    let is_name = |word: &str| {
        workspace
            .as_ref()
            .is_some_and(|workspace| workspace.find(word).is_some() || task::is_task(app, workspace, word))
    };
    for plugin in all(&app.settings.variables) {
        let about = plugin.program.display().to_string();
        if plugin.hidden {
            app.ui.note(format!("{about} is never run: `keg {}` is built in", plugin.word));
        } else if is_name(&plugin.word) {
            app.ui.note(format!("{about} is not run here: `{}` is an image or task of this workspace", plugin.word));
        } else {
            rows.push(Row { command: plugin.word, about, plugin: true });
        }
    }
    if app.settings.format == Format::Json {
        return app.ui.print_json(&rows);
    }
    let cells = rows.into_iter().map(|row| vec![row.command, row.about]);
    app.ui.print_table(&["command", "what it does, or where the plugin is"], cells.collect())
}

/// Runs a plugin on this terminal; its exit code becomes keg's. The file of facts is readable by this user only, and is
/// gone afterwards.
///
/// # Errors
/// The plugin's own exit code, or that it cannot be started.
pub async fn run(call: PluginCall, app: &App) -> Result<()> {
    let facts = facts(&call, app)?;
    let failure = |error| Error::failed("writing the facts for the plugin").cause(error);
    let mut file = tempfile::Builder::new().prefix("keg-context-").suffix(".json").tempfile().map_err(failure)?;
    serde_json::to_writer_pretty(&mut file, &facts).map_err(|error| failure(error.into()))?;
    file.write_all(b"\n").map_err(failure)?;
    let mut env = facts.workspace.as_ref().map(WorkspaceFacts::variables).unwrap_or_default();
    env.push((KEG_CONTEXT.to_owned(), file.path().display().to_string()));
    env.push((KEG_PROGRAM.to_owned(), facts.program.display().to_string()));
    env.extend(app.borders()?.engine.endpoint().variables());
    let options = Options { env, ..Options::default() };
    let code = process::run_attached(&call.program, &call.arguments, &options).await?;
    Error::of_exit(code)
}

fn facts(call: &PluginCall, app: &App) -> Result<Facts> {
    let program = std::env::current_exe().map_err(|error| Error::failed("finding keg's own program").cause(error))?;
    let mut facts = Facts {
        version: VERSION,
        keg: env!("CARGO_PKG_VERSION").to_owned(),
        program,
        folder: app.settings.current_folder.clone(),
        workspace: None,
        error: None,
    };
    match &call.workspace {
        Ok(workspace) => facts.workspace = Some(of_workspace(workspace, app)),
        Err(error) => {
            facts.error = Some(error.one_line());
            // That there is no workspace is nothing to warn of; that one does not load is.
            if error.kind() != Kind::Request || app.workspace_root().is_ok() {
                app.ui.warn(format!("the plugin runs without the workspace: {}", error.one_line()), None);
            }
        }
    }
    Ok(facts)
}

fn of_workspace(workspace: &Workspace, app: &App) -> WorkspaceFacts {
    let branches = observe::branches_of(workspace, &app.settings);
    // Of several variants the first.
    let tags: BTreeMap<String, String> =
        branches.into_iter().rev().map(|(index, branch)| (workspace.image(index).name.clone(), branch.tag)).collect();
    let mut facts = WorkspaceFacts::of(workspace, &tags);
    if let Ok(branch) = app.branch(workspace) {
        facts.branch = Some(branch.name);
        facts.tag = Some(branch.tag);
    }
    facts.default_tag = app.default_tag(workspace).ok();
    facts
}
