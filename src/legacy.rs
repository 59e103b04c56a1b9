//! Taps of the Keg CLI: a folder `container` with `values.yml`, `mutagen.yml`, a compose file and a Dockerfile. What they
//! say is turned into a tap.yml, and what has no counterpart is listed. Pure.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::reference::Reference;
use crate::workspace::names::{is_image_name, proposed_name};
use crate::yaml::{Located, parse};

mod actions;
mod compose;
mod document;
mod env;
mod sync;
mod template;

use document::{Build, Document, Proxy};
use env::Env;
use template::{Fill, masked};

/// The folder of a tap in which the Keg CLI's files lie.
pub const CONTAINER: &str = "container";
/// Where the Keg CLI's run scripts see that the container was started, and not only kept for a look inside.
const STARTED: (&str, &str) = ("KEG_DOCKER_EXEC", "compose-start");

/// A file with the path that users know it by.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The path to show.
    pub shown: &'a str,
    /// The path in the tap's folder.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
}

/// What a tap of the Keg CLI consists of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `values.yml`.
    pub values: File<'a>,
    /// `mutagen.yml`.
    pub mutagen: Option<File<'a>>,
    /// The compose file.
    pub compose: Option<File<'a>>,
    /// The Dockerfile's path in the tap's folder.
    pub dockerfile: &'a str,
    /// The names of the arguments that it declares.
    pub arguments: &'a [String],
    /// Further files of the folder `container`, by their path in the tap's folder.
    pub others: &'a [String],
    /// The tap's folder, absolute.
    pub folder: &'a Path,
    /// The word that the tap is linked as.
    pub link: &'a str,
    /// Other taps that are linked, with their folders.
    pub taps: &'a [(String, PathBuf)],
}

/// The tap.yml that means the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The text of tap.yml, which belongs into the tap's folder.
    pub text: String,
    /// What has no counterpart, a sentence each.
    pub notes: Vec<String>,
}

/// Turns a tap of the Keg CLI into a tap.yml.
///
/// # Errors
/// Files that cannot be understood, templates of what is not known and is needed, references that name no image.
pub fn convert(sources: &Sources<'_>) -> Result<Conversion> {
    let mut notes = Vec::new();
    let text = masked(sources.values.text);
    let values: env::Values = parse(sources.values.shown, &text).map_err(|error| unmasked(error, &sources.values))?;
    notes.extend(env::unknown_keys(&sources.values, &text));
    let fill = Fill::new(sources, &values.env);
    let used = compose::words(sources);
    let env = Env::read(sources, &values.env, &fill, &used, &mut notes)?;
    let mut tasks = actions::tasks(&sources.values, &values.actions, &fill, &mut notes)?;
    let mut watch = Vec::new();
    if let Some(file) = &sources.mutagen {
        let text = masked(file.text);
        let mutagen: sync::Mutagen = parse(file.shown, &text).map_err(|error| unmasked(error, file))?;
        watch = sync::rules(file, &mutagen, &env, &mut notes);
        for (name, task) in actions::tasks(file, &mutagen.actions, &fill, &mut notes)? {
            tasks.entry(name).or_insert(task);
        }
    }
    let name = name(sources, &env, &mut notes);
    let document = Document {
        name,
        base: base(sources, &env, &mut notes)?,
        build: Build {
            context: env.context.clone(),
            dockerfile: sources.dockerfile.to_owned(),
            args: env.build_args(sources.arguments),
        },
        from: reference(sources, &env, "KEG_IMAGE_FROM")?,
        compose: sources.compose.map(|file| file.path.to_owned()),
        service: sources.compose.as_ref().and_then(compose::service),
        env: env.of_container(),
        tasks,
        watch,
        proxy: proxy(sources, &env, &mut notes),
    };
    notes.extend(compose::unset(sources, &document.env));
    notes.extend(sources.others.iter().filter_map(|path| other_file(path)));
    Ok(Conversion { text: document.yaml()?, notes })
}

/// `IMAGE`, else the name of the tap's folder.
fn name(sources: &Sources<'_>, env: &Env, notes: &mut Vec<String>) -> String {
    let folder = sources.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match env.get("IMAGE").filter(|image| !image.is_empty()) {
        Some(image) if is_image_name(image) => image.to_owned(),
        Some(image) => {
            let name = proposed_name(image);
            notes.push(format!(
                "{}: IMAGE is `{image}`, which cannot name an image: it is called `{name}`",
                sources.values.path
            ));
            name
        }
        None => proposed_name(&folder),
    }
}

/// `KEG_PROXY_PORT`: the port of the container that the proxy leads to.
fn proxy(sources: &Sources<'_>, env: &Env, notes: &mut Vec<String>) -> Option<Proxy> {
    let (value, port) = env.located("KEG_PROXY_PORT").filter(|(_, port)| !port.is_empty())?;
    match port.parse() {
        Ok(port @ 1..) => Some(Proxy { port }),
        _ => {
            notes.push(noted(&sources.values, value, &format!("KEG_PROXY_PORT is `{port}`, which is no port")));
            None
        }
    }
}

/// `KEG_BASE_IMAGE`, where the Dockerfile asks for it: otherwise it has never meant anything.
fn base(sources: &Sources<'_>, env: &Env, notes: &mut Vec<String>) -> Result<Option<String>> {
    let name = crate::dockerfile::BASE_ARGUMENT;
    let base = reference(sources, env, name)?;
    if base.is_some() && !sources.arguments.iter().any(|argument| argument == name) {
        notes.push(format!("{}: {name} is not declared by {}", sources.values.path, sources.dockerfile));
        return Ok(None);
    }
    Ok(base)
}

fn reference(sources: &Sources<'_>, env: &Env, name: &str) -> Result<Option<String>> {
    let Some((value, filled)) = env.located(name).filter(|(_, filled)| !filled.is_empty()) else { return Ok(None) };
    match Reference::parse(filled) {
        Ok(_) => Ok(Some(filled.to_owned())),
        Err(reason) => {
            Err(located(&sources.values, value, format!("{name}: `{filled}` names no image"), reason.to_string())
                .help("Write it as `registry/name:tag`."))
        }
    }
}

/// What a file is for that nothing here reads.
fn other_file(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_values = name.starts_with("values") && (name.ends_with(".yml") || name.ends_with(".yaml"));
    let is_compose = name.starts_with("docker-compose") && (name.ends_with(".yml") || name.ends_with(".yaml"));
    match name {
        _ if is_values => Some(format!(
            "{path} is not read: variables of one environment stand in {CONTAINER}/.env.NAME, for `--environment NAME`"
        )),
        _ if is_compose => Some(format!("{path} is not read: Compose reads a docker-compose.override.yml beside it")),
        "docker-sync.yml" => Some(format!("{path} is not read")),
        _ if name.ends_with(".env") && name != ".env" => {
            Some(format!("{path} is not read: variables of one environment stand in {CONTAINER}/.env.NAME"))
        }
        _ => None,
    }
}

/// An error about a value, shown in the text as it was written.
fn located<T>(file: &File<'_>, value: &Located<T>, message: impl Into<String>, label: impl Into<String>) -> Error {
    value.error(file.shown, file.text, message, label)
}

/// A note about a value, with its line.
fn noted<T>(file: &File<'_>, value: &Located<T>, note: &str) -> String {
    format!("{}:{}: {note}", file.path, value.line)
}

/// An error of the parser, whose places are right, in the text as it was written.
fn unmasked(error: Error, file: &File<'_>) -> Error {
    let message = template::unmasked(error.message());
    let mut shown = Error::request(message);
    for place in error.places() {
        shown = shown.place(file.shown, file.text, place.span(), place.label());
    }
    match error.remedy() {
        Some(help) => shown.help(template::unmasked(help)),
        None => shown,
    }
}

/// Names with what was written under them.
type Map<T> = IndexMap<String, Located<T>>;

#[cfg(test)]
mod tests;
