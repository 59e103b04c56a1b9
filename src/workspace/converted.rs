//! Reads a tap of the Keg CLI as if it had a tap.yml.

use std::path::{Path, PathBuf};

use super::folder::{Dockerfiles, manifests};
use super::source::{SourceFile, joined};
use crate::dockerfile::Dockerfile;
use crate::error::{Error, Result};
use crate::legacy::{CONTAINER, Conversion, File, Sources, convert};
use crate::links::Links;

/// A file of the Keg CLI.
struct Part {
    /// The full path, so that errors can be followed from any folder.
    shown: String,
    /// The path in the tap's folder.
    path: String,
    text: String,
}

impl Part {
    /// The first of these files in the folder `container`, if there is one.
    fn read(folder: &Path, names: [&str; 2]) -> Result<Option<Self>> {
        let Some(path) = first_of(folder, names) else { return Ok(None) };
        let source = SourceFile::read(folder, &path)?;
        Ok(Some(Self { shown: path.display().to_string(), path: source.shown, text: source.text }))
    }

    fn file(&self) -> File<'_> {
        File { shown: &self.shown, path: &self.path, text: &self.text }
    }
}

/// Whether the folder is a tap of the Keg CLI that has no tap.yml yet.
pub fn is_unconverted(folder: &Path) -> bool {
    values(folder).is_some() && manifest(folder).is_none()
}

/// The manifest of a tap: in its folder, or in that of its container.
pub fn manifest(folder: &Path) -> Option<PathBuf> {
    [folder.to_owned(), folder.join(CONTAINER)].iter().find_map(|folder| manifests(folder).into_iter().next())
}

/// The values.yml of a tap of the Keg CLI.
pub(super) fn values(folder: &Path) -> Option<PathBuf> {
    first_of(folder, ["values.yml", "values.yaml"])
}

/// The tap.yml that means the same as the files of the Keg CLI in `folder`. `word` is what the tap is linked as; `links`
/// are those that its templates may name.
///
/// # Errors
/// There are no such files, or they say what cannot be understood.
pub fn conversion(folder: &Path, word: &str, links: &Links) -> Result<Conversion> {
    let shown = folder.display();
    let Some(values) = Part::read(folder, ["values.yml", "values.yaml"])? else {
        return Err(Error::request(format!("{shown} is no tap of the Keg CLI: it has no {CONTAINER}/values.yml"))
            .help("name the folder of a tap, or a link"));
    };
    let mutagen = Part::read(folder, ["mutagen.yml", "mutagen.yaml"])?;
    let compose = Part::read(folder, ["docker-compose.yml", "docker-compose.yaml"])?;
    let Some(dockerfile) = dockerfile(folder) else {
        return Err(Error::request(format!("the tap of the Keg CLI in {shown} has no Dockerfile"))
            .help(format!("it belongs into {CONTAINER}/")));
    };
    let source = SourceFile::read(folder, &joined(folder, &dockerfile))?;
    let parsed = Dockerfile::parse_shown(&source.path, &source.path.display().to_string(), &source.text)?;
    let declared = parsed.stages.iter().flat_map(|stage| &stage.arguments).chain(&parsed.arguments);
    let arguments: Vec<String> = declared.map(|argument| argument.name.clone()).collect();
    let used: Vec<&str> =
        [Some(&values), mutagen.as_ref(), compose.as_ref()].iter().flatten().map(|part| part.path.as_str()).collect();
    let others: Vec<String> = files(folder).into_iter().filter(|path| !used.contains(&path.as_str())).collect();
    let taps: Vec<_> = links.iter().map(|link| (link.name.clone(), link.path.clone())).collect();
    convert(&Sources {
        values: values.file(),
        mutagen: mutagen.as_ref().map(Part::file),
        compose: compose.as_ref().map(Part::file),
        dockerfile: &dockerfile,
        arguments: &arguments,
        others: &others,
        folder,
        link: word,
        taps: &taps,
    })
}

fn first_of(folder: &Path, names: [&str; 2]) -> Option<PathBuf> {
    names.map(|name| folder.join(CONTAINER).join(name)).into_iter().find(|file| file.is_file())
}

/// The path of the Dockerfile: that of the folder `container`, else that of the tap's folder.
fn dockerfile(folder: &Path) -> Option<String> {
    let main = |folder: &Path| Dockerfiles::of(folder).main().map(str::to_owned);
    let inside = main(&folder.join(CONTAINER)).map(|name| format!("{CONTAINER}/{name}"));
    inside.or_else(|| main(folder))
}

/// The paths of the files in the folder `container`, sorted.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join(CONTAINER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut paths: Vec<String> = names.map(|name| format!("{CONTAINER}/{name}")).collect();
    paths.sort();
    paths
}
