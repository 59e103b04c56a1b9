//! Reads one image: its folder, manifest and Dockerfile.

use std::path::{Path, PathBuf};

use super::folder::{Dockerfiles, manifests, suffix};
use super::layout::Match;
use super::names::{is_alias, is_image_name, proposed_name};
use super::options::check_tasks;
use super::source::{SourceFile, joined, shown};
use super::tags;
use super::{Image, Kind, Options, Tap};
use crate::dockerfile::Dockerfile;
use crate::error::{Error, Result};
use crate::manifest::{ImageFile, TapFile};
use crate::reference::Reference;
use crate::yaml::{Located, parse};

/// Names of compose files that need no mention, in Compose's own order.
pub(super) const COMPOSE_FILES: [&str; 4] =
    ["compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml"];

/// An image before it is known what it is built on.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// The image without parents; its kind is a guess where the layout does not say it.
    pub image: Image,
    /// Whether the kind follows from the graph.
    pub kind_is_open: bool,
    /// Its manifest.
    pub manifest: Option<SourceFile>,
}

/// What a match of the layout is.
#[derive(Debug)]
pub(super) enum Found {
    /// An image.
    Image(Box<Draft>),
    /// A folder that has neither Dockerfile nor manifest.
    NoImage(PathBuf),
}

/// Reads the image that the layout has found.
pub(super) fn read(root: &Path, found: &Match, options: &Options, errors: &mut Vec<Error>) -> Option<Found> {
    let read = match &found.file {
        Some(_) => Ok((None, TapFile::default(), false)),
        None => read_manifest(root, &found.folder),
    };
    match read
        .and_then(|(manifest, keys, is_tap_file)| read_with(root, found, manifest, keys, is_tap_file, options, errors))
    {
        Ok(found) => Some(found),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

/// Reads an image whose manifest is known.
pub(super) fn read_with(
    root: &Path,
    found: &Match,
    manifest: Option<SourceFile>,
    keys: TapFile,
    is_tap_file: bool,
    options: &Options,
    errors: &mut Vec<Error>,
) -> Result<Found> {
    let folder = &found.folder;
    let Some(file) = dockerfile_name(root, found, manifest.as_ref(), &keys)? else {
        return Ok(Found::NoImage(folder.clone()));
    };
    let source = SourceFile::read(root, &joined(folder, &file))?;
    let dockerfile = Dockerfile::parse_shown(&source.path, &source.shown, &source.text)?;
    let name = name(root, found, &keys, &file, options);
    check_name(&name, root, &dockerfile, manifest.as_ref(), &keys, options, errors);
    if let Some(manifest) = &manifest {
        check_manifest(root, folder, manifest, &keys, options, errors);
    }
    let own = manifest.as_ref().map(|manifest| tags::checked(&keys.tags, Some(&name), &options.file, manifest, errors));
    let kind = found.kind.unwrap_or(if is_tap_file { Kind::Tap } else { Kind::Hub });
    let tap = (is_tap_file || found.kind == Some(Kind::Tap)).then(|| tap(folder, &keys));
    let path_of = |path: &Located<String>| joined(folder, path);
    let image = Image {
        name,
        alias: keys.alias.as_deref().cloned(),
        variant: None,
        kind,
        folder: folder.clone(),
        dockerfile,
        context: keys.build.context.as_ref().map_or_else(|| folder.clone(), path_of),
        build_args: keys.build.args.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect(),
        target: keys.build.target.as_deref().cloned(),
        secrets: keys.build.secrets.iter().map(|id| id.value.clone()).collect(),
        platforms: keys.build.platforms.iter().map(|platform| platform.value.clone()).collect(),
        inputs: keys.inputs.iter().map(path_of).collect(),
        tags: own.unwrap_or_default(),
        parents: Vec::new(),
        tap,
        manifest: keys,
        manifest_file: manifest.as_ref().map(|manifest| manifest.path.clone()),
    };
    let kind_is_open = found.kind.is_none() && !is_tap_file;
    Ok(Found::Image(Box::new(Draft { image, kind_is_open, manifest })))
}

/// The manifest with its keys, and whether it is a tap.yml.
fn read_manifest(root: &Path, folder: &Path) -> Result<(Option<SourceFile>, TapFile, bool)> {
    let files = manifests(folder);
    let Some(file) = files.first() else { return Ok((None, TapFile::default(), false)) };
    if let Some(second) = files.get(1) {
        let message =
            format!("{} has two manifests: {} and {}", shown(root, folder), shown(root, file), shown(root, second));
        return Err(Error::request(message).help("Keep tap.yml for what people start, image.yml for all else."));
    }
    let source = SourceFile::read(root, file)?;
    let is_tap_file = file.file_stem().is_some_and(|stem| stem == "tap");
    let keys = if is_tap_file {
        parse::<TapFile>(&source.shown, &source.text)?
    } else {
        parse::<ImageFile>(&source.shown, &source.text)
            .map_err(|error| {
                // The remedy for a key of the other file is to rename the file.
                if parse::<TapFile>(&source.shown, &source.text).is_ok() {
                    error.help("That key belongs to a tap: if this is one, rename the file to tap.yml.")
                } else {
                    error
                }
            })?
            .into()
    };
    Ok((Some(source), keys, is_tap_file))
}

/// The name of the Dockerfile in the folder; nothing when the folder is no image.
fn dockerfile_name(
    root: &Path,
    found: &Match,
    manifest: Option<&SourceFile>,
    keys: &TapFile,
) -> Result<Option<String>> {
    if let Some(file) = &found.file {
        return Ok(Some(file.clone()));
    }
    if let (Some(named), Some(manifest)) = (&keys.build.dockerfile, manifest) {
        if joined(&found.folder, named).is_file() {
            return Ok(Some(named.value.clone()));
        }
        let message = format!("build.dockerfile: there is no `{}` in {}", **named, shown(root, &found.folder));
        return Err(manifest.error(named, message, "no such file"));
    }
    let dockerfiles = Dockerfiles::of(&found.folder);
    if let Some(main) = dockerfiles.main() {
        return Ok(Some(main.to_owned()));
    }
    let folder = shown(root, &found.folder);
    if !dockerfiles.suffixed.is_empty() {
        let names: Vec<&str> = dockerfiles.suffixed.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("{folder} has several Dockerfiles and none is the plain one: {}", names.join(", "));
        return Err(Error::request(message).help(format!(
            "Choose one with `build: {{dockerfile: {}}}` in {folder}/image.yml, or let the layout find each: \
             `{folder}/{}`.",
            names[0], names[0]
        )));
    }
    if let Some(manifest) = manifest {
        let message =
            format!("{folder} has {} but no Dockerfile", manifest.shown.rsplit('/').next().unwrap_or_default());
        return Err(Error::request(message)
            .place(&manifest.shown, manifest.text.as_str(), 0..0, "an image needs a Dockerfile beside this file")
            .help(format!("Add {folder}/Dockerfile, or remove the file if this is no image.")));
    }
    if found.named {
        return Err(Error::request(format!("{folder} has no Dockerfile, but keg.yml's layout names it"))
            .help(format!("Add {folder}/Dockerfile, or take the folder out of the layout.")));
    }
    Ok(None)
}

/// The manifest's name, keg.yml's `names:`, or what follows from the folder and, beside another Dockerfile, its suffix.
fn name(root: &Path, found: &Match, keys: &TapFile, file: &str, options: &Options) -> String {
    if let Some(name) = &keys.name {
        return name.value.clone();
    }
    let folder = shown(root, &found.folder);
    let path = shown(root, &found.folder.join(file));
    let named = options.file.names.iter().find(|(key, _)| {
        let key = key.trim_end_matches('/').trim_start_matches("./");
        key == path || (key == folder && found.file.is_none())
    });
    if let Some((_, name)) = named {
        return name.value.clone();
    }
    found.default_name.clone().unwrap_or_else(|| default_name(&found.folder, found.file.as_deref()))
}

/// The folder's name in lower case, with the suffix of a Dockerfile beside another one.
pub(super) fn default_name(folder: &Path, file: Option<&str>) -> String {
    let name = folder.file_name().map_or_else(|| "image".into(), |name| name.to_string_lossy().to_lowercase());
    match file {
        Some(file) => format!("{name}-{}", suffix(file).unwrap_or(file).to_lowercase()),
        None => name,
    }
}

fn check_name(
    name: &str,
    root: &Path,
    dockerfile: &Dockerfile,
    manifest: Option<&SourceFile>,
    keys: &TapFile,
    options: &Options,
    errors: &mut Vec<Error>,
) {
    let repository = match &options.registry {
        Some(registry) => format!("{registry}/{name}"),
        None => name.to_owned(),
    };
    if is_image_name(name) && Reference::parse(&repository).is_ok() {
        return;
    }
    let proposal = proposed_name(name);
    let message = format!("`{name}` cannot be the name of an image");
    errors.push(match (manifest, &keys.name) {
        (Some(manifest), Some(named)) => manifest
            .error(named, message, "not a name")
            .help(format!("Use lower-case letters and digits, separated by `.`, `_` or `-`: `{proposal}`.")),
        _ => {
            let path = dockerfile.path.parent().unwrap_or(root);
            let path = if path == root { ".".to_owned() } else { shown(root, path) };
            dockerfile.error(0..0, format!("{path}: {message}"), "this image is named after its folder").help(format!(
                "Name it in keg.yml, `names: {{{path}: {proposal}}}`, or in a manifest, `name: {proposal}`."
            ))
        }
    });
}

fn check_manifest(
    root: &Path,
    folder: &Path,
    source: &SourceFile,
    keys: &TapFile,
    options: &Options,
    errors: &mut Vec<Error>,
) {
    if let Some(alias) = keys.alias.as_ref().filter(|alias| !is_alias(alias)) {
        errors.push(
            source
                .error(alias, format!("`{}` cannot be an alias", **alias), "not an alias")
                .help("Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit."),
        );
    }
    for (key, reference) in [("base", &keys.base), ("from", &keys.from)] {
        let Some(reference) = reference else { continue };
        if let Err(reason) = Reference::parse(reference) {
            errors.push(source.error(
                reference,
                format!("{key}: `{}` names no image", **reference),
                reason.to_string(),
            ));
        }
    }
    let ports = keys.proxy.iter().flat_map(|proxy| proxy.keys.port.iter().chain(proxy.keys.services.values()));
    for port in ports.filter(|port| port.value == 0) {
        errors.push(source.error(port, "proxy: there is no port 0", "from 1 to 65535"));
    }
    let mut must_exist = |key: &str, path: &Located<String>, is_folder: bool| {
        let full = joined(folder, path);
        if !(if is_folder { full.is_dir() } else { full.exists() }) {
            let what = if is_folder { "folder" } else { "file" };
            errors.push(
                source
                    .error(path, format!("{key}: there is no {what} `{}`", **path), "not found")
                    .help(format!("Paths are relative to the image's folder, so this is {}.", shown(root, &full))),
            );
        }
    };
    if let Some(context) = &keys.build.context {
        must_exist("build.context", context, true);
    }
    if let Some(compose) = &keys.compose {
        must_exist("compose", compose, false);
    }
    for input in &keys.inputs {
        must_exist("inputs", input, false);
    }
    let unknown = |key: &str, word: &str, all: Vec<&str>, place: &dyn Fn(String) -> Error, errors: &mut Vec<Error>| {
        if !all.contains(&word) {
            let error = place(format!("{key}: keg.yml has no `{word}` under `{key}`"));
            errors.push(match crate::error::nearest(word, all.iter().copied()) {
                Some(near) => error.help(format!("Did you mean `{near}`?")),
                None => error.help(format!("Define it under `{key}:` in keg.yml.")),
            });
        }
    };
    for info in &keys.info {
        let place = |message| source.error(info, message, "not there");
        unknown("info", info, options.file.info.keys().map(String::as_str).collect(), &place, errors);
    }
    let plans = || options.file.plans.keys().map(String::as_str).collect();
    for plan in &keys.skip_plans {
        unknown("plans", plan, plans(), &|message| source.error(plan, message, "not there"), errors);
    }
    for (name, plan) in &keys.plans {
        unknown("plans", name, plans(), &|message| source.error(plan, message, "of no plan"), errors);
    }
    check_tasks(keys.tasks.iter(), source, errors);
    super::watch::check(root, folder, source, &keys.watch, errors);
}

fn tap(folder: &Path, keys: &TapFile) -> Tap {
    let found = || COMPOSE_FILES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
    Tap {
        from: keys.from.as_deref().cloned(),
        compose: keys.compose.as_ref().map(|file| joined(folder, file)).or_else(found),
        service: keys.service.as_deref().cloned(),
        env: keys.env.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect(),
        ports: keys.ports.iter().map(|port| port.value.clone()).collect(),
    }
}

impl Image {
    /// Makes it a tap, as the graph or the layout says, with what its folder shows.
    pub(super) fn become_tap(&mut self) {
        self.kind = Kind::Tap;
        if self.tap.is_none() {
            self.tap = Some(tap(&self.folder, &self.manifest));
        }
    }
}
