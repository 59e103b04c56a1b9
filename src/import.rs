//! Reads the description of a stack of images that another system keeps (spec.yml and change_ignore.json, as UCSD's
//! DataHub has them) and says the same in keg's own files. Nothing of it is dropped in silence: what has no counterpart
//! is told.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::reference::Reference;

mod spec;
mod suites;
mod text;
mod unknown;

pub use spec::{ChangeIgnore, Spec, SpecImage};

/// What is known of the folders beside the description.
pub trait Folders {
    /// Whether there is such a folder, relative to the workspace.
    fn is_folder(&self, path: &str) -> bool;
    /// Whether there is such a file that may be run, relative to the workspace.
    fn is_executable(&self, path: &str) -> bool;
    /// What a folder holds, by name, without what is hidden; nothing where there is no such folder.
    fn names(&self, folder: &str) -> Vec<String>;
    /// The text of a file, relative to the workspace; nothing if it cannot be read.
    fn text(&self, path: &str) -> Option<String>;
}

/// The description as it was found.
#[derive(Debug)]
pub struct Source<'a> {
    /// Where spec.yml is, relative to the workspace; image folders are beside it.
    pub path: &'a str,
    /// The text of spec.yml.
    pub text: &'a str,
    /// The text of change_ignore.json beside it, if there is one.
    pub change_ignore: Option<&'a str>,
    /// The registry with namespace, instead of the one that the images name.
    pub registry: Option<&'a str>,
}

/// The same in keg's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Paths relative to the workspace, and texts: keg.yml first.
    pub files: Vec<(String, String)>,
    /// What has no counterpart, or means something else now.
    pub notes: Vec<String>,
}

/// One image on its way.
#[derive(Debug)]
struct Image<'a> {
    folder: String,
    name: String,
    spec: &'a SpecImage,
    /// The parent that no `FROM` shows.
    hidden_parent: Option<String>,
    /// Its tests, by folder.
    suites: Vec<suites::Suite>,
}

/// Translates a description.
///
/// # Errors
/// A file that is no such description, an image without a folder, a parent that is no image.
pub fn import(source: &Source<'_>, folders: &impl Folders) -> Result<Import> {
    let spec: Spec = crate::yaml::parse(source.path, source.text)?;
    if spec.images.is_empty() {
        return Err(Error::request(format!("{} describes no images", source.path))
            .help("it has a key `images` with a map of folders"));
    }
    let mut notes = unknown::notes(source.path, source.text)?;
    let beside = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (registry, others) = registry(source, &spec);
    notes.extend(others);
    let (images, of_images) = images(source, &spec, beside, registry.as_deref(), folders)?;
    for image in &images {
        notes.extend(text::image_notes(source.path, image, &spec));
    }
    notes.extend(undescribed(source.path, &spec, beside, folders));
    let postfixes: BTreeSet<&str> = spec.plans.values().filter_map(|plan| plan.tag_stable_postfix.as_deref()).collect();
    for postfix in postfixes {
        notes.push(format!(
            "{}: tag_stable_postfix `{postfix}` has no counterpart: `keg promote TAG STABLE-TAG` names both tags",
            source.path
        ));
    }
    let ignored = match source.change_ignore {
        Some(text) => {
            let file = joined(beside, "change_ignore.json");
            notes.extend(unknown::notes_of_change_ignore(&file, text)?);
            crate::yaml::parse(&file, text)?
        }
        None => ChangeIgnore::default(),
    };
    let common_folder = joined(beside, "tests_common");
    let (common, of_common) = suites::common(&common_folder, folders);
    notes.extend(of_common.into_iter().chain(of_images));
    notes.extend(suites::notes(&images, common.as_ref(), beside, folders));
    let globs = |names: &[String]| -> Vec<String> {
        let own: BTreeSet<&str> = BTreeSet::from(["spec.yml", "change_ignore.json"]);
        let names = names.iter().filter(|name| !own.contains(name.as_str()));
        names.map(|name| glob(&joined(beside, name), folders)).collect()
    };
    let whole = text::Whole {
        spec: &spec,
        path: source.path,
        registry,
        layout: images.iter().map(|image| image.folder.clone()).collect(),
        rebuild_all: globs(&ignored.build_all),
        ignore: globs(&ignored.change_ignore),
        common_tests: Some(common_folder).filter(|path| folders.is_folder(path)),
    };
    let mut files = vec![("keg.yml".to_owned(), text::keg_yml(&whole))];
    if let (Some(folder), Some(suite)) = (&whole.common_tests, &common) {
        let tests = format!("# Made from {} by keg init.\n{}", source.path, suites::yaml([suite]));
        files.push((joined(folder, crate::testing::FILE), tests));
    }
    for image in &images {
        if let Some(text) = text::image_yml(image, &whole) {
            files.push((format!("{}/image.yml", image.folder), text));
        }
    }
    let both = if source.change_ignore.is_some() { " and change_ignore.json beside it are" } else { " is" };
    notes.push(format!(
        "{}{both} read no more: what it said is in keg.yml and the image.yml files, and an image is built anew when what \
         it is built from has changed",
        source.path
    ));
    Ok(Import { files, notes })
}

/// The images, and what is to be said of their parents and tests.
fn images<'a>(
    source: &Source<'_>,
    spec: &'a Spec,
    beside: &str,
    registry: Option<&str>,
    folders: &impl Folders,
) -> Result<(Vec<Image<'a>>, Vec<String>)> {
    let (mut errors, mut notes) = (Vec::new(), Vec::new());
    let mut images = Vec::new();
    for (key, image) in &spec.images {
        let folder = joined(beside, key);
        let Some(dockerfile) = folders.text(&format!("{folder}/Dockerfile")) else {
            errors.push(
                Error::request(format!(
                    "{} describes the image {key}, and {folder}/Dockerfile is not there",
                    source.path
                ))
                .help("each key of `images` is the name of a folder beside the file"),
            );
            continue;
        };
        let parent = match &image.depend_on {
            Some(parent) if !spec.images.contains_key(parent.as_str()) => {
                let message = format!("`{}` is no image of this file", parent.value);
                errors.push(parent.error(source.path, source.text, message, "not a key of `images`"));
                continue;
            }
            parent => parent.as_ref().map(|parent| parent.value.clone()),
        };
        let hidden =
            parent.filter(|parent| !names_in_from(&dockerfile, &name_of(parent, &spec.images[parent]), registry));
        let hidden_parent = hidden.map(|parent| name_of(&parent, &spec.images[&parent]));
        notes.extend(hidden_parent.iter().map(|parent| {
            format!(
                "{folder}/Dockerfile: no FROM names {parent}, on which {} says that {key} depends: `depends_on` keeps the \
                 order; `FROM {parent}` would build it on that image",
                source.path
            )
        }));
        let name = name_of(key, image);
        let (suites, of_tests) = suites::of_image(source.path, &folder, &name, image, folders);
        notes.extend(of_tests);
        images.push(Image { folder, name, spec: image, hidden_parent, suites });
    }
    Error::all(errors).map_or(Ok((images, notes)), Err)
}

/// Folders with a Dockerfile that the description does not name, and a root that is none of its images.
fn undescribed(path: &str, spec: &Spec, beside: &str, folders: &impl Folders) -> Vec<String> {
    let names = folders.names(beside).into_iter().filter(|name| !spec.images.contains_key(name));
    let places = names.map(|name| joined(beside, &name));
    let with_dockerfile = places.filter(|place| folders.text(&format!("{place}/Dockerfile")).is_some());
    let mut notes: Vec<String> = with_dockerfile
        .map(|place| format!("{place} has a Dockerfile, and {path} does not name it: it was left out of `layout`"))
        .collect();
    if let Some(root) = spec.root.as_ref().filter(|root| !spec.images.contains_key(root.as_str())) {
        notes.push(format!("{path}: root: `{root}` is no image of this file, and was left out"));
    }
    notes
}

/// The last part of an image's reference is its name; without a reference, its folder's name is.
fn name_of(key: &str, image: &SpecImage) -> String {
    let reference = image.image_name.as_ref().and_then(|name| Reference::parse(name).ok());
    reference.map_or_else(|| key.to_lowercase(), |reference| reference.last_component().to_owned())
}

/// Whether a `FROM` line names this image, alone or in this registry.
fn names_in_from(dockerfile: &str, name: &str, registry: Option<&str>) -> bool {
    let in_registry = registry.map(|registry| format!("{registry}/{name}"));
    dockerfile.lines().map(str::trim_start).filter(|line| line.to_lowercase().starts_with("from ")).any(|line| {
        line.split_whitespace().any(|word| {
            // The tag may be a variable, and a registry may have a port.
            let last = word.rfind('/').map_or(0, |slash| slash + 1);
            let end = word[last..].find([':', '@', '$']).map_or(word.len(), |end| last + end);
            let path = &word[..end];
            let full = || Reference::parse(path).map(|reference| reference.repository()).ok();
            path == name || in_registry.is_some() && full() == in_registry
        })
    })
}

/// The registry that most images name, and what is to be said of the others.
fn registry(source: &Source<'_>, spec: &Spec) -> (Option<String>, Vec<String>) {
    let mut places: IndexMap<String, Vec<&str>> = IndexMap::new();
    for (key, image) in &spec.images {
        let reference = image.image_name.as_ref().and_then(|name| Reference::parse(name).ok());
        let repository = reference.map(|reference| reference.repository()).unwrap_or_default();
        if let Some((place, _)) = repository.rsplit_once('/') {
            places.entry(place.to_owned()).or_default().push(key);
        }
    }
    // Of two with as many images the first one stays.
    places.sort_by(|_, one, _, other| other.len().cmp(&one.len()));
    let chosen = source.registry.or(places.keys().next().map(String::as_str)).map(str::to_owned);
    let Some(chosen) = chosen else { return (None, Vec::new()) };
    let note = |(place, keys): (String, Vec<&str>)| {
        let (names, path) = (keys.join(", "), source.path);
        format!(
            "{path}: {names}: published to {place} so far, and to {chosen} from now: write `FROM name` where a Dockerfile \
             names one of them"
        )
    };
    let others: Vec<_> = places.into_iter().filter(|(place, _)| *place != chosen).collect();
    let notes = others.into_iter().map(note).collect();
    (Some(chosen), notes)
}

fn glob(path: &str, folders: &impl Folders) -> String {
    if folders.is_folder(path) { format!("{path}/**") } else { path.to_owned() }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests;
