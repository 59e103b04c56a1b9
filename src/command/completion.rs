//! The command line as shells complete it: beside the verbs, the images, tasks and plugins that are there.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::border::process::{self, Options};
use crate::cli::Cli;
use crate::command::{plugin, selection};
use crate::env_vars::Variables;
use crate::task::Tasks;
use crate::workspace::{Image, Workspace};

/// How long a plugin's completer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The commands for a shell that asks with `arguments`: keg's own first, then `--` and what the user has typed.
pub fn command(arguments: &[OsString]) -> Command {
    let mut command = Cli::command();
    let mut known: Vec<String> = plugin::verbs();
    let mut add = |command: Command, name: &str, about: Option<String>, further: &dyn Fn(Command) -> Command| {
        if known.iter().any(|verb| verb == name) {
            return command;
        }
        known.push(name.to_owned());
        // Their help is not keg's business.
        let word = Command::new(name.to_owned()).disable_help_flag(true).disable_help_subcommand(true);
        command.subcommand(further(match about {
            Some(about) => word.about(about),
            None => word,
        }))
    };
    if let Some(workspace) = selection::workspace_here() {
        for (_, image) in workspace.named() {
            for name in [Some(&image.name), image.alias.as_ref()].into_iter().flatten() {
                // What can follow an image is large, and of use only for the one that was typed.
                let typed = arguments.iter().any(|argument| argument == OsStr::new(name));
                let about = Some(image.kind.to_string());
                command = add(command, name, about, &|word| if typed { verbs(&workspace, image, word) } else { word });
            }
        }
        for (name, task) in &workspace.options.file.tasks {
            command = add(command, name, task.description.clone(), &|word| word);
        }
    }
    for link in selection::links_here().iter() {
        let typed = arguments.iter().any(|argument| argument == OsStr::new(&link.name));
        let further = |word| match selection::linked_here(&link.name).filter(|_| typed) {
            Some((workspace, index)) => verbs(&workspace, workspace.image(index), word),
            None => word,
        };
        command = add(command, &link.name, Some("linked tap".to_owned()), &further);
    }
    let variables = Variables::of_process();
    for found in plugin::all(&variables) {
        let about = Some(found.program.display().to_string());
        command = add(command, &found.word, about, &|word| word.arg(plugin_arguments(&found.word, arguments)));
    }
    command
}

/// What can follow an image: the verbs, and a tap's tasks.
fn verbs(workspace: &Workspace, image: &Image, mut word: Command) -> Command {
    for verb in Cli::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
        word = word.subcommand(verb.clone());
    }
    let tasks = Tasks::of(workspace, Some(image));
    for name in tasks.names().into_iter().filter(|_| image.tap.is_some()) {
        if word.find_subcommand(name).is_none() {
            let about = tasks.get(name).and_then(|task| task.description.clone()).unwrap_or_default();
            word = word.subcommand(Command::new(name.to_owned()).about(about));
        }
    }
    word
}

/// The arguments of a plugin, completed by its own completer if it has one, else as files.
fn plugin_arguments(word: &str, arguments: &[OsString]) -> Arg {
    let typed: Vec<OsString> =
        arguments.iter().skip_while(|argument| *argument != OsStr::new(word)).skip(1).cloned().collect();
    let argument = Arg::new("argument").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
    let folder = std::env::current_dir().unwrap_or_default();
    match plugin::completer(word, &Variables::of_process(), &folder) {
        None => argument.value_parser(clap::value_parser!(std::path::PathBuf)),
        Some(program) => argument
            .add(ArgValueCompleter::new(move |current: &OsStr| ask(&program, &typed, &current.to_string_lossy()))),
    }
}

/// What a completer offers that begins with `current`: a candidate a line, what it is after a tab. Nothing where it
/// fails or takes its time.
fn ask(program: &Path, typed: &[OsString], current: &str) -> Vec<CompletionCandidate> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let options = Options { timeout: Some(PATIENCE), ..Options::default() };
    let offered = match runtime.block_on(process::run(program, typed, &options)) {
        Ok(finished) if finished.is_success() => finished.stdout,
        _ => return Vec::new(),
    };
    let candidate = |line: &str| {
        let (value, about) = line.split_once('\t').map_or((line, None), |(value, about)| (value, Some(about)));
        CompletionCandidate::new(value).help(about.map(|about| about.to_owned().into()))
    };
    offered.lines().filter(|line| !line.is_empty() && line.starts_with(current)).map(candidate).collect()
}
