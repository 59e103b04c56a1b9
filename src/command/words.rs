//! Words that are no verb: `keg web build`, `keg docker push`, and plugins (`keg-<word>` on PATH).

use std::ffi::{OsStr, OsString};

use crate::command::plugin::{self, PluginCall, verbs};
use crate::command::{App, run, selection};
use crate::error::{Error, Kind, Result, nearest};
use crate::selection::{is_pattern, matching};
use crate::task::Tasks;
use crate::workspace::{Kind as ImageKind, Workspace};

mod former;

/// What follows `keg docker`.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct OldNames {
    /// A verb and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    pub words: Vec<OsString>,
}

/// What such words mean.
#[derive(Debug)]
pub enum Meaning {
    /// These arguments, the program's name first.
    Command(Vec<OsString>),
    /// A program `keg-<word>`.
    Plugin(PluginCall),
}

/// Words that no built-in command takes.
#[derive(Debug)]
pub struct Words {
    /// The words, with all that follows them.
    pub words: Vec<OsString>,
    /// The built-in word that they came after: `docker`, or `tap`, which may be an image as well.
    pub after: Option<&'static str>,
}

/// Finds out what `words`, the end of `arguments`, mean. Built-in verbs have been looked at before.
///
/// # Errors
/// A word that nothing is known of, with the nearest right one; a workspace that does not load.
pub fn meaning(arguments: &[OsString], words: &Words, app: &App) -> Result<Meaning> {
    let before = &arguments[..arguments.len().saturating_sub(words.words.len() + usize::from(words.after.is_some()))];
    let mut all = words.words.clone();
    match words.after {
        // `keg docker build …` is the old name of `keg build …`.
        Some("docker") => return Ok(Meaning::Command([before, &all].concat())),
        Some(word) => all.insert(0, word.into()),
        None => {}
    }
    let Some((first, rest)) = all.split_first() else { return Err(unknown(&all, app)) };
    let word = first.to_string_lossy();
    let workspace = app.workspace();
    if let Ok(workspace) = &workspace
        && let Some(name) = image_name(workspace, &word).or_else(|| glob(app, workspace, &word))
    {
        return image_command(workspace, before, &name, rest).map(Meaning::Command);
    }
    if let Ok(workspace) = &workspace
        && words.after.is_none()
        && run::is_task(app, workspace, &word)
    {
        return Ok(Meaning::Command([before, &["run".into()], &all].concat()));
    }
    if words.after.is_some() {
        return Err(unknown(&words.words, app));
    }
    // A word that is an image's once the workspace is mended should not run something else until then.
    if let (Err(error), Ok(_)) = (&workspace, app.workspace_root()) {
        return Err(error.clone());
    }
    if let Some(program) = plugin::find(&word, &app.settings.variables, &app.settings.current_folder) {
        let workspace = workspace.map(|workspace| Box::new(workspace.without_links()));
        return Ok(Meaning::Plugin(PluginCall { program, arguments: rest.to_vec(), workspace }));
    }
    match workspace {
        Err(error) if app.links()?.get(&word).is_some() => Err(error),
        // A workspace that does not load may be why the word is not known.
        Err(error) if error.kind() != Kind::Request || app.workspace_root().is_ok() => Err(error),
        _ => Err(unknown(&all, app)),
    }
}

/// The image that a word means; `base` also means the only base image, as in the Keg CLI.
fn image_name(workspace: &Workspace, word: &str) -> Option<String> {
    if let Some(linked) = workspace.linked_as(word) {
        // Also where it is broken: the verb says why.
        return Some(linked.link.name.clone());
    }
    if let Some(index) = workspace.find(word) {
        return Some(workspace.image(index).name.clone());
    }
    let mut bases = workspace.named().map(|(_, image)| image).filter(|image| image.kind == ImageKind::Base);
    match (word, bases.next(), bases.next()) {
        ("base", Some(base), None) => Some(base.name.clone()),
        _ => None,
    }
}

/// A glob that means images stands where an image stands.
fn glob(app: &App, workspace: &Workspace, word: &str) -> Option<String> {
    let is_meant = is_pattern(word) && matching(workspace, word, &selection::beneath(app, workspace)).is_ok();
    is_meant.then(|| word.to_owned())
}

/// `IMAGE VERB …` becomes `VERB IMAGE …`; an image alone shows its status.
fn image_command(workspace: &Workspace, before: &[OsString], image: &str, rest: &[OsString]) -> Result<Vec<OsString>> {
    let mut arguments = before.to_vec();
    let Some((verb, rest)) = rest.split_first().filter(|(verb, _)| !is_flag(verb)) else {
        arguments.extend(["status".into(), image.into()]);
        arguments.extend_from_slice(rest);
        return Ok(arguments);
    };
    let verbs = verbs();
    let name = verb.to_string_lossy();
    if !verbs.iter().any(|known| *known == name) {
        if let Some(Err(error)) = workspace.linked_as(image).map(|linked| &linked.image) {
            return Err(error.clone());
        }
        let tap = workspace.find(image).map(|index| workspace.image(index)).filter(|image| image.tap.is_some());
        let tasks = tap.map(|tap| Tasks::of(workspace, Some(tap)).names()).unwrap_or_default();
        if tasks.contains(&&*name) {
            let words: [OsString; 3] = ["run".into(), image.into(), verb.clone()];
            return Ok([before, &words, rest].concat());
        }
        let error = Error::request(format!("`{name}` is nothing that keg can do with {image}"));
        if let Some(here) = former::of_tap(&name, image) {
            return Err(error.help(format!("what it did in the Keg CLI is `{here}` here")));
        }
        return Err(match nearest(&name, verbs.iter().map(String::as_str).chain(tasks)) {
            Some(known) => error.help(format!("did you mean `keg {image} {known}`?")),
            None => error.help(format!("try `keg {image} build`, `start`, `status`; keg --help lists all verbs")),
        });
    }
    // What a promotion names first are tags.
    let (before, after) = match (&*name, rest.split_first()) {
        ("promote", _) => (rest, &[][..]),
        // `keg web package run` is about an image of web.
        ("package" | "dpg", Some((word, further))) if word == "run" => (&rest[..1], further),
        _ => (&[][..], rest),
    };
    arguments.push(verb.clone());
    arguments.extend_from_slice(before);
    arguments.push(image.into());
    arguments.extend_from_slice(after);
    Ok(arguments)
}

fn is_flag(word: &OsStr) -> bool {
    word.to_string_lossy().starts_with('-')
}

/// The error for a word that nothing is known of.
pub fn unknown(words: &[OsString], app: &App) -> Error {
    let word = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let workspace = app.workspace().ok();
    let images = workspace.iter().flat_map(|workspace| &workspace.images);
    let names = images.flat_map(|image| [Some(image.name.clone()), image.alias.clone()]).flatten();
    let links = app.links().unwrap_or_default();
    let links = links.iter().map(|link| link.name.clone());
    let known: Vec<String> = verbs().into_iter().chain(names).chain(links).collect();
    let place = match &workspace {
        Some(_) => "there is no command, image, tap or plugin",
        None => "there is no command or plugin (and no workspace here)",
    };
    let error = Error::request(format!("{place} `{word}`"));
    if let Some(here) = former::alone(&word) {
        return error.help(format!("what it did in the Keg CLI is done by {here} here"));
    }
    match nearest(&word, known.iter().map(String::as_str)) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error.help("keg --help lists the commands, keg graph the images"),
    }
}
