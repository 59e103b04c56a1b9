//! From words on the command line to images.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::Global;
use crate::command::{App, build};
use crate::env_vars::{self, Variables};
use crate::error::{Error, Result, nearest};
use crate::links::Links;
use crate::selection::{is_pattern, matching};
use crate::settings::Settings;
use crate::workspace::{ImageIndex, Overrides, Workspace};

/// The images that `words` name, with all their variants; all of the workspace's own where there are no words. A word
/// may be a glob.
///
/// # Errors
/// A word that names no image, with the nearest name; all such words at once.
pub fn images(app: &App, workspace: &Workspace, words: &[String]) -> Result<BTreeSet<ImageIndex>> {
    if words.is_empty() {
        return Ok(workspace.iter().map(|(index, _)| index).filter(|index| workspace.is_own(*index)).collect());
    }
    named(app, workspace, words)
}

/// As [`images`], for words.
///
/// # Errors
/// As [`images`].
pub fn named(app: &App, workspace: &Workspace, words: &[String]) -> Result<BTreeSet<ImageIndex>> {
    let mut selected = BTreeSet::new();
    let mut errors = Vec::new();
    for word in words {
        match image(workspace, word) {
            Ok(index) => selected.extend(workspace.variants(index)),
            Err(_) if is_pattern(word) => match matching(workspace, word, &beneath(app, workspace)) {
                Ok(found) => selected.extend(found),
                Err(error) => errors.push(error),
            },
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors).map_or(Ok(selected), Err)
}

/// `words` with the names of images in the place of globs. A glob that matches nothing stays: who takes the images
/// says so.
pub fn spelled_out(app: &App, workspace: &Workspace, words: &[String]) -> Vec<String> {
    let names = |word: &String| match is_pattern(word) {
        true => match matching(workspace, word, &beneath(app, workspace)) {
            Ok(found) => found.into_iter().map(|index| workspace.image(index).name.clone()).collect(),
            Err(_) => vec![word.clone()],
        },
        false => vec![word.clone()],
    };
    let mut spelled: Vec<String> = words.iter().flat_map(names).collect();
    // Variants have one name.
    spelled.dedup();
    spelled
}

/// As [`spelled_out`], for words that name taps: of what a glob matches, the taps.
///
/// # Errors
/// A glob that matches no tap, with what there is; a workspace that does not load.
pub fn taps(app: &App, words: Vec<String>) -> Result<Vec<String>> {
    if !words.iter().any(|word| is_pattern(word)) {
        return Ok(words);
    }
    let workspace = app.workspace()?;
    let mut spelled = Vec::new();
    for word in words {
        if !is_pattern(&word) {
            spelled.push(word);
            continue;
        }
        let found = matching(&workspace, &word, &beneath(app, &workspace))?;
        let images = found.into_iter().map(|index| workspace.image(index));
        let mut names: Vec<String> =
            images.filter(|image| image.tap.is_some()).map(|image| image.name.clone()).collect();
        names.dedup();
        if names.is_empty() {
            return Err(Error::request(format!("none of the images that `{word}` matches is a tap"))
                .help("only taps can be started and stopped; keg tap list shows them"));
        }
        spelled.extend(names);
    }
    Ok(spelled)
}

/// The folder of the workspace in which the user is.
pub(super) fn beneath(app: &App, workspace: &Workspace) -> String {
    let root = workspace.root.canonicalize().unwrap_or_else(|_| workspace.root.clone());
    let folder = app.settings.current_folder.canonicalize().ok();
    let beneath = folder.as_ref().and_then(|folder| folder.strip_prefix(&root).ok()?.to_str());
    beneath.unwrap_or_default().to_owned()
}

/// The image that `word` names; of several variants the first.
///
/// # Errors
/// No such image, with the nearest name.
pub fn image(workspace: &Workspace, word: &str) -> Result<ImageIndex> {
    // A broken link is not passed over in favour of an image that came to have its name.
    if let Some(Err(error)) = workspace.linked_as(word).map(|linked| &linked.image) {
        return Err(error.clone());
    }
    // Shells complete paths: `taps/web` and `.` mean the image in that folder.
    let in_folder = || {
        let folder = std::fs::canonicalize(word).ok()?;
        let is_there = |index| workspace.image(index).folder == folder || workspace.place(index) == folder;
        workspace.iter().map(|(index, _)| index).find(|index| is_there(*index))
    };
    workspace.find(word).or_else(in_folder).ok_or_else(|| {
        let names = || workspace.images.iter().flat_map(|image| [Some(image.name.as_str()), image.alias.as_deref()]);
        let error = Error::request(format!("there is no image `{word}` in {}", workspace.root.display()));
        if let Some(help) = about_folder(workspace, word) {
            return error.help(help);
        }
        match nearest(word, names().flatten()) {
            Some(name) => error.help(format!("did you mean `{name}`?")),
            None if std::path::Path::new(word).is_file() => {
                error.help("it is a file; a glob in quotes, as 'hub/*', means images only")
            }
            None => error.help("keg graph shows the images of this workspace"),
        }
    })
}

/// What to do about a word that names a folder of the workspace which is no image: a path of the workspace, or one from
/// where the user is, as shells complete it.
fn about_folder(workspace: &Workspace, word: &str) -> Option<String> {
    let root = workspace.root.canonicalize().ok()?;
    let of_user = std::path::Path::new(word).canonicalize().ok();
    let of_user = of_user.as_deref().and_then(|path| path.strip_prefix(&root).ok()).map(std::path::Path::to_owned);
    let folder = of_user.unwrap_or_else(|| word.trim_end_matches('/').into());
    let shown = folder.to_str()?;
    if root.join(&folder).join("Dockerfile").is_file() {
        let shown = if shown.is_empty() { "." } else { shown };
        return Some(format!(
            "{shown} has a Dockerfile, and `layout` in keg.yml does not find it: add the folder there"
        ));
    }
    let below = if shown.is_empty() { String::new() } else { format!("{}/", globset::escape(shown)) };
    let globs = ["*", "**"].map(|stars| format!("{below}{stars}"));
    let found = globs.iter().find(|glob| matching(workspace, glob, "").is_ok())?;
    Some(format!("its images are '{found}'"))
}

/// The tap that `word` names.
///
/// # Errors
/// No such image, or one that is no tap.
pub fn tap(workspace: &Workspace, word: &str) -> Result<ImageIndex> {
    let index = image(workspace, word)?;
    let image = workspace.image(index);
    if image.tap.is_some() {
        return Ok(index);
    }
    let taps: Vec<&str> =
        workspace.named().filter(|(_, image)| image.tap.is_some()).map(|(_, image)| image.name.as_str()).collect();
    Err(Error::request(format!("{} is a {} image, and no tap", image.name, image.kind)).help(if taps.is_empty() {
        format!("to run a command in its image: keg exec --image {}; to make a tap: keg tap new NAME", image.name)
    } else {
        format!("taps of this workspace: {}", taps.join(", "))
    }))
}

/// `--base`, `KEG_BASE_IMAGE` of the process and `--build-arg`, which apply to the images that the command line names.
///
/// # Errors
/// A build arg without a value.
pub fn overrides(app: &App, args: &build::Args) -> Result<Overrides> {
    let mut overrides = environment(app, &args.images);
    if args.base.is_some() {
        overrides.base.clone_from(&args.base);
    }
    for argument in &args.build_args {
        // Docker's rule: a name alone takes its value from the environment.
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => match app.settings.variables.get(argument) {
                Some(value) => (argument.as_str(), value.to_owned()),
                None => {
                    return Err(Error::request(format!("build arg `{argument}` has no value"))
                        .help(format!("write --build-arg {argument}=VALUE, or set {argument} in the environment")));
                }
            },
        };
        if name.is_empty() {
            return Err(Error::request("--build-arg has no name").help("write --build-arg NAME=VALUE"));
        }
        overrides.build_args.insert(name.to_owned(), value);
    }
    Ok(overrides)
}

/// What the process environment says of the images that the command line names.
pub fn environment(app: &App, words: &[String]) -> Overrides {
    let base = app.settings.variables.get(env_vars::KEG_BASE_IMAGE).filter(|_| !words.is_empty());
    Overrides { base: base.map(Into::into), ..Overrides::default() }
}

/// Completes names and aliases of images.
pub fn completer() -> ArgValueCompleter {
    complete(|_| true)
}

/// Completes names and aliases of taps.
pub fn tap_completer() -> ArgValueCompleter {
    complete(|image| image.tap.is_some())
}

/// Completes taps and tasks, which follow a tap or stand alone.
pub fn task_completer() -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &std::ffi::OsStr| {
        let typed = current.to_string_lossy();
        let Some(workspace) = workspace_here() else { return Vec::new() };
        let taps = workspace.named().map(|(_, image)| image).filter(|image| image.tap.is_some());
        let names = taps.clone().map(|tap| (tap.name.as_str(), Some("tap")));
        let files = taps.map(|tap| &tap.manifest.tasks).chain([&workspace.options.file.tasks]);
        let tasks = files.flatten().map(|(name, task)| (name.as_str(), task.description.as_deref()));
        let mut candidates: Vec<CompletionCandidate> = names
            .chain(tasks)
            .filter(|(name, _)| name.starts_with(&*typed))
            .map(|(name, help)| CompletionCandidate::new(name).help(help.map(|help| help.to_owned().into())))
            .collect();
        candidates.dedup_by(|one, other| one.get_value() == other.get_value());
        candidates
    })
}

/// Completes names of builders.
pub fn builder_completer() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &std::ffi::OsStr| {
        let typed = current.to_string_lossy();
        let names = app_here().map(|app| super::builder::names(&app)).unwrap_or_default();
        names.into_iter().filter(|name| name.starts_with(&*typed)).map(CompletionCandidate::new).collect()
    })
}

/// keg in the current folder, for completions.
fn app_here() -> Option<App> {
    let settings = Settings::resolve(&Global::default(), Variables::of_process()).ok()?;
    Some(App::new(Arc::new(settings)))
}

/// The workspace of the current folder, for completions.
pub(super) fn workspace_here() -> Option<Workspace> {
    app_here()?.workspace().ok()
}

/// All links of the user, for completions.
pub(super) fn links_here() -> Links {
    app_here().and_then(|app| app.links().ok()).unwrap_or_default()
}

/// The workspace and the image of a link, for completions.
pub(super) fn linked_here(name: &str) -> Option<(Workspace, ImageIndex)> {
    let workspace = app_here()?.about(vec![name.to_owned()]).workspace().ok()?;
    let index = workspace.find(name)?;
    Some((workspace, index))
}

/// Completes names of links.
pub fn link_completer() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &std::ffi::OsStr| complete_links(&current.to_string_lossy()))
}

/// The links whose names begin with `typed`.
fn complete_links(typed: &str) -> Vec<CompletionCandidate> {
    let links = links_here();
    let links = links.iter().filter(|link| link.name.starts_with(typed));
    links.map(|link| CompletionCandidate::new(&link.name).help(Some("linked tap".to_owned().into()))).collect()
}

fn complete(wanted: fn(&crate::workspace::Image) -> bool) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &std::ffi::OsStr| {
        let typed = current.to_string_lossy();
        let workspace = workspace_here();
        let images = workspace.iter().flat_map(|workspace| workspace.named()).map(|(_, image)| image);
        let mut candidates: Vec<CompletionCandidate> = images
            .filter(|image| wanted(image))
            .flat_map(|image| {
                let kind = image.kind.to_string();
                [Some(image.name.clone()), image.alias.clone()]
                    .into_iter()
                    .flatten()
                    .map(move |name| CompletionCandidate::new(name).help(Some(kind.clone().into())))
            })
            .filter(|candidate| candidate.get_value().to_string_lossy().starts_with(&*typed))
            .collect();
        let is_new = |link: &CompletionCandidate| candidates.iter().all(|known| known.get_value() != link.get_value());
        let further: Vec<_> = complete_links(&typed).into_iter().filter(is_new).collect();
        candidates.extend(further);
        candidates
    })
}
