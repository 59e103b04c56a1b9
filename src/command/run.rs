//! `keg run`

use std::io::IsTerminal;
use std::path::PathBuf;

use serde::Serialize;

use crate::border::engine::ExecRequest;
use crate::border::process::{self, Options};
use crate::command::variables::{self, TapVariables};
use crate::command::{App, exec, running, selection};
use crate::error::{Error, Result, nearest};
use crate::manifest::{Task, TaskPlace};
use crate::observe;
use crate::settings::Format;
use crate::task::{Tasks, arguments};
use crate::workspace::{Image, Workspace};

/// Arguments of `keg run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Tasks stand under `tasks:` in tap.yml and keg.yml. `keg web seed` means the same as
`keg run web seed`. What follows the task goes to its command as it is.

Examples:
  keg run                        lists all tasks
  keg run web seed               runs the task seed of web
  keg run seed                   that of the tap in whose folder this is, of keg.yml, or of the only tap that has it
  keg run web test -k 'a b'      with arguments")]
pub struct Args {
    /// Sets a variable; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Shows what would be run, and runs nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The tap, the task and its arguments; without a task, lists them
    #[arg(value_name = "[TAP] TASK [ARGUMENT]", trailing_var_arg = true, allow_hyphen_values = true, add = selection::task_completer())]
    pub words: Vec<String>,
}

/// A task of the list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    tap: Option<&'a str>,
    task: &'a str,
    #[serde(rename = "in")]
    place: TaskPlace,
    description: Option<&'a str>,
}

/// What the words mean.
struct Wanted<'a> {
    tap: Option<&'a Image>,
    task: &'a str,
    further: &'a [String],
}

/// Runs `keg run`. The exit code of the task becomes keg's.
///
/// # Errors
/// No such task, a tap that does not run, or the task's own exit code.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    if args.words.is_empty() {
        return list(app, &workspace, None);
    }
    if let [word] = args.words.as_slice()
        && let Some(tap) = tap_of(&workspace, word)
        && chosen_tap(app, &workspace, word).is_none()
    {
        return list(app, &workspace, Some(tap));
    }
    let wanted = wanted(app, &workspace, &args.words)?;
    let tasks = Tasks::of(&workspace, wanted.tap).order(wanted.task)?;
    let runner = Runner::new(app, &workspace, wanted.tap, &args.env)?;
    if args.dry_run {
        return print(app, &tasks, &wanted);
    }
    for (name, task) in tasks {
        let further = if name == wanted.task { wanted.further } else { &[] };
        runner.run(name, task, further).await?;
    }
    Ok(())
}

/// Whether `word` alone can be meant as a task: one of keg.yml, of the tap of the current folder, or of one tap only.
pub fn is_task(app: &App, workspace: &Workspace, word: &str) -> bool {
    chosen_tap(app, workspace, word).is_some_and(|tap| Tasks::of(workspace, tap).get(word).is_some())
}

fn tap_of<'a>(workspace: &'a Workspace, word: &str) -> Option<&'a Image> {
    workspace.find(word).map(|index| workspace.image(index)).filter(|image| image.tap.is_some())
}

/// The tap, or none, for which a task is run that is named without one; `None` if it is not known or not clear.
fn chosen_tap<'a>(app: &App, workspace: &'a Workspace, task: &str) -> Option<Option<&'a Image>> {
    let here = workspace.iter().filter(|(index, _)| app.settings.current_folder.starts_with(workspace.place(*index)));
    let here = here.map(|(_, image)| image).filter(|image| image.tap.is_some());
    let here = here.max_by_key(|image| image.folder.as_os_str().len());
    if here.is_some() && Tasks::of(workspace, here).get(task).is_some() {
        return Some(here);
    }
    if Tasks::of(workspace, None).get(task).is_some() {
        return Some(None);
    }
    match owners(workspace, task).as_slice() {
        [only] => Some(Some(*only)),
        _ => None,
    }
}

/// The taps that have this task themselves.
fn owners<'a>(workspace: &'a Workspace, task: &str) -> Vec<&'a Image> {
    workspace
        .named()
        .map(|(_, image)| image)
        .filter(|image| image.tap.is_some() && image.manifest.tasks.contains_key(task))
        .collect()
}

fn wanted<'a>(app: &App, workspace: &'a Workspace, words: &'a [String]) -> Result<Wanted<'a>> {
    let (first, rest) = words.split_first().ok_or_else(|| Error::request("no task is named"))?;
    if let Some(Err(error)) = workspace.linked_as(first).map(|linked| &linked.image) {
        return Err(error.clone());
    }
    if let Some(tap) = tap_of(workspace, first)
        && let Some((task, further)) = rest.split_first()
    {
        return Ok(Wanted { tap: Some(tap), task, further: after_dashes(further) });
    }
    let further = after_dashes(rest);
    if let Some(tap) = chosen_tap(app, workspace, first) {
        return Ok(Wanted { tap, task: first, further });
    }
    match owners(workspace, first).as_slice() {
        [] => {
            // With the nearest of all words that could have been meant.
            let taps = workspace.named().map(|(_, image)| image).filter(|image| image.tap.is_some());
            let names = taps.clone().flat_map(|tap| tap.manifest.tasks.keys()).chain(taps.map(|tap| &tap.name));
            let shared = workspace.options.file.tasks.keys();
            let error = Error::request(format!("there is no task `{first}` in {}", workspace.root.display()));
            Err(match nearest(first, names.chain(shared).map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("keg run lists the tasks; they stand under `tasks:` of tap.yml and keg.yml"),
            })
        }
        several => {
            let names: Vec<String> = several.iter().map(|tap| format!("keg run {} {first}", tap.name)).collect();
            Err(Error::request(format!("several taps have a task `{first}`"))
                .help(format!("say which one is meant: {}", names.join(", "))))
        }
    }
}

/// `--` may stand between the task and its arguments.
fn after_dashes(words: &[String]) -> &[String] {
    words.strip_prefix(&["--".to_owned()][..]).unwrap_or(words)
}

fn list(app: &App, workspace: &Workspace, tap: Option<&Image>) -> Result<()> {
    let taps = match tap {
        Some(tap) => vec![Some(tap)],
        None => {
            let taps = workspace.named().map(|(_, image)| image).filter(|image| !image.manifest.tasks.is_empty());
            std::iter::once(None).chain(taps.map(Some)).collect()
        }
    };
    let mut rows = Vec::new();
    for one in taps {
        let tasks = Tasks::of(workspace, one);
        let own = one.filter(|_| tap.is_none());
        // In the list of all, what all taps share stands there once.
        let names =
            tasks.names().into_iter().filter(|name| own.is_none_or(|own| own.manifest.tasks.contains_key(*name)));
        rows.extend(names.filter_map(|task| {
            let found = tasks.get(task)?;
            let tap = one.map(|tap| tap.name.as_str());
            Some(Row { tap, task, place: found.place, description: found.description.as_deref() })
        }));
    }
    if app.settings.format == Format::Json {
        return app.ui.print_json(&rows);
    }
    if rows.is_empty() {
        app.ui.note("there are no tasks: write them under `tasks:` of tap.yml or keg.yml");
        return Ok(());
    }
    let cells = rows.into_iter().map(|row| {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![text(row.tap), row.task.to_owned(), row.place.to_string(), text(row.description)]
    });
    app.ui.print_table(&["tap", "task", "in", "description"], cells.collect())
}

fn print(app: &App, tasks: &[(&str, &Task)], wanted: &Wanted<'_>) -> Result<()> {
    let mut lines = String::new();
    for (name, task) in tasks {
        let further = if *name == wanted.task { wanted.further } else { &[] };
        let command: Vec<String> = arguments(name, &task.run, further).iter().map(|word| quoted(word)).collect();
        lines.push_str(&format!("{name} ({}): {}\n", task.place, command.join(" ")));
    }
    app.ui.print(&lines)
}

/// A word as one would type it in a shell.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./:,@%+=".contains(char);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// What all tasks of one run share.
struct Runner<'a> {
    app: &'a App,
    tap: Option<&'a Image>,
    variables: TapVariables,
    flags: Vec<String>,
    folder: PathBuf,
}

impl<'a> Runner<'a> {
    fn new(app: &'a App, workspace: &Workspace, tap: Option<&'a Image>, env: &[String]) -> Result<Self> {
        let folder = tap.map_or_else(|| workspace.root.clone(), |tap| tap.folder.clone());
        let branch = match tap {
            Some(tap) => observe::branch_of_image(workspace, &app.settings, tap)?,
            None => observe::branch_of(workspace, &app.settings, &folder)?,
        };
        let mut own = variables::own(app, workspace, tap, &branch, None);
        own.insert("KEG_WORKSPACE".to_owned(), workspace.root.display().to_string());
        own.extend(tap.map(|tap| ("KEG_TAP".to_owned(), tap.name.clone())));
        let variables = TapVariables::read(app, workspace, tap, env)?.with_own(own);
        let flags = env.iter().map(|flag| flag.split_once('=').map_or(flag.as_str(), |(name, _)| name).to_owned());
        Ok(Self { app, tap, variables, flags: flags.collect(), folder })
    }

    /// Runs one task to its end.
    async fn run(&self, name: &str, task: &Task, further: &[String]) -> Result<()> {
        let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if task.interactive == Some(true) && !has_terminal {
            return Err(Error::request(format!("the task {name} needs a terminal, and there is none"))
                .help("run it in a terminal, or take `interactive: true` out of it"));
        }
        let command = arguments(name, &task.run, further);
        let env = self.env(task);
        let code = match task.place {
            TaskPlace::Host => self.on_host(&command, task, env).await?,
            TaskPlace::Container => self.in_container(name, command, task, env, has_terminal).await?,
        };
        Error::of_exit(code)
    }

    /// The variables of the task itself, where nobody says otherwise.
    fn env(&self, task: &Task) -> Vec<(String, String)> {
        let is_free =
            |name: &str| !self.app.settings.variables.is_set(name) && !self.flags.iter().any(|flag| flag == name);
        let own = task.env.iter().filter(|(name, _)| is_free(name));
        own.map(|(name, value)| (name.clone(), value.0.clone())).collect()
    }

    async fn on_host(&self, command: &[String], task: &Task, env: Vec<(String, String)>) -> Result<i32> {
        let mut variables = self.variables.for_programs();
        variables.extend(env);
        variables.extend(self.app.borders()?.engine.endpoint().variables());
        let options = Options {
            cwd: Some(self.folder.clone()),
            env: variables,
            no_input: task.interactive == Some(false),
            ..Options::default()
        };
        let (program, arguments) = command.split_first().ok_or_else(|| Error::request("the command is empty"))?;
        process::run_attached(program, arguments, &options).await
    }

    async fn in_container(
        &self,
        name: &str,
        command: Vec<String>,
        task: &Task,
        env: Vec<(String, String)>,
        has_terminal: bool,
    ) -> Result<i32> {
        let Some(tap) = self.tap else {
            return Err(Error::request(format!("the task {name} runs in a container, and no tap is named"))
                .help(format!("keg run TAP {name}")));
        };
        let found = running::find(self.app, &self.app.borders()?.engine).await?;
        let running = found.choose_one(self.app, &tap.name)?;
        let container = running.container(task.service.as_deref().unwrap_or_else(|| running.main_service()))?;
        let mut env = env;
        env.extend(self.flag_values());
        let request = ExecRequest {
            command,
            env,
            terminal: has_terminal && task.interactive != Some(false),
            input: task.interactive != Some(false),
            ..ExecRequest::default()
        };
        exec::execute(self.app, &self.app.borders()?.engine, container, &request).await
    }

    /// `--env`, which a container that runs already does not have.
    fn flag_values(&self) -> Vec<(String, String)> {
        let value = |name: &String| Some((name.clone(), self.variables.layers().value(name)?.to_owned()));
        self.flags.iter().filter_map(value).collect()
    }
}
