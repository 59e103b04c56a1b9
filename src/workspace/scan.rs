//! Looks through a repository that keg did not make and proposes a keg.yml that finds what is there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Workspace;
use super::find::KEG_FILE;
use super::folder::{Dockerfiles, is_left_out};
use super::overrides::Overrides;
use super::source::{SourceFile, shown};
use crate::dockerfile::{Dockerfile, Inputs};
use crate::error::{Error, Result};

mod globs;
mod naming;
mod proposal;

pub(crate) use proposal::quoted;

/// Where the JSON Schema of keg.yml lies for editors, relative to the workspace; `keg init` writes it there.
pub const SCHEMA_FILE: &str = ".keg/schema/keg.yml.json";

/// What a repository holds, and the keg.yml for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The images that the proposed keg.yml finds, by path.
    pub images: Vec<ScannedImage>,
    /// The registry with namespace that the Dockerfiles' own references show.
    pub registry: Option<String>,
    /// The text of keg.yml.
    pub keg_yml: String,
    /// Dockerfiles that are left out, and why; and what else the user should know.
    pub notes: Vec<String>,
}

/// A Dockerfile that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedImage {
    /// The name that the image gets.
    pub name: String,
    /// Its folder, relative to the repository.
    pub folder: PathBuf,
    /// The Dockerfile's name in it.
    pub dockerfile: String,
}

/// A Dockerfile on the way to an image.
#[derive(Debug, Clone)]
struct Candidate {
    folder: PathBuf,
    file: String,
    /// Whether the folder alone stands for it.
    is_main: bool,
    /// What it is built on, as written.
    references: Vec<String>,
}

/// Finds all Dockerfiles at any depth below `root`, and proposes a keg.yml with which [`Workspace::load`] finds exactly
/// them. Folders that no wildcard enters (hidden ones, `node_modules`, `target`) are passed over. Without any Dockerfile
/// there are no images. `registry` is used instead of the one that the Dockerfiles show.
///
/// # Errors
/// When `root` cannot be read, or holds no Dockerfile that can be built.
pub fn scan(root: &Path, registry: Option<&str>) -> Result<Scan> {
    let root = std::path::absolute(root)
        .map_err(|error| Error::request(format!("looking through {}", root.display())).cause(error))?;
    std::fs::read_dir(&root)
        .map_err(|error| Error::request(format!("looking through {}", root.display())).cause(error))?;
    let mut notes = Vec::new();
    let candidates = candidates(&root, &mut notes);
    if candidates.is_empty() {
        if notes.is_empty() {
            return Ok(Scan { images: Vec::new(), registry: registry.map(Into::into), keg_yml: String::new(), notes });
        }
        return Err(Error::request(format!("{} holds no Dockerfile that can be built", root.display()))
            .because(notes.join("\n")));
    }
    let names = naming::names(&root, &candidates);
    let shown_by_references = naming::registry(&candidates, &names);
    if let (Some(given), Some(shown)) = (registry, &shown_by_references)
        && given != shown
    {
        notes.push(format!(
            "Dockerfiles name images of {shown}, which are outside images where the registry is {given}: \
             write `FROM name` for those of this repository"
        ));
    }
    let registry = registry.map(str::to_owned).or(shown_by_references);
    let proposed = |globs: &[String]| {
        let text = proposal::text(&root, &candidates, &names, registry.as_deref(), globs, &notes);
        let source = SourceFile { path: root.join(KEG_FILE), shown: KEG_FILE.to_owned(), text };
        let loaded = Workspace::from_source(root.clone(), &source, &[], &Overrides::default());
        (source.text, loaded.map(|_| ()))
    };
    let (mut keg_yml, mut loaded) = proposed(&globs::globs(&root, &candidates));
    if loaded.is_err() {
        // A folder without a Dockerfile that a `*` finds may have the name of an outside image.
        (keg_yml, loaded) = proposed(&globs::paths(&root, &candidates));
    }
    if let Err(error) = loaded {
        notes.push(format!("the proposed keg.yml needs your hand: {}", error.one_line()));
    }
    let images = candidates.iter().zip(&names).map(|(candidate, name)| ScannedImage {
        name: name.used.clone(),
        folder: candidate.folder.strip_prefix(&root).unwrap_or(&candidate.folder).to_owned(),
        dockerfile: candidate.file.clone(),
    });
    Ok(Scan { images: images.collect(), registry, keg_yml, notes })
}

/// All Dockerfiles that parse and know what they are built on, by path.
fn candidates(root: &Path, notes: &mut Vec<String>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for folder in folders(root) {
        let dockerfiles = Dockerfiles::of(&folder);
        let main = dockerfiles.main().map(str::to_owned);
        let all = dockerfiles.plain.into_iter().chain(dockerfiles.suffixed.into_iter().map(|(name, _)| name));
        for file in all {
            match references(root, &folder.join(&file)) {
                Ok(references) => {
                    let is_main = main.as_ref() == Some(&file);
                    found.push(Candidate { folder: folder.clone(), file, is_main, references });
                }
                Err(error) => notes.push(format!("left out: {}", error.one_line())),
            }
        }
    }
    found
}

fn references(root: &Path, path: &Path) -> Result<Vec<String>> {
    let source = SourceFile::read(root, path)?;
    let dockerfile = Dockerfile::parse_shown(path, &shown(root, path), &source.text)?;
    let build_args = indexmap::IndexMap::new();
    let inputs = Inputs { build_args: &build_args, target: None, platform: None };
    let externals = dockerfile.references(&inputs)?;
    for external in &externals {
        crate::reference::Reference::parse(&external.written).map_err(|reason| {
            Error::request(format!("{}:{}: `{}` names no image", dockerfile.shown, external.line, external.written))
                .because(reason.to_string())
        })?;
    }
    Ok(externals.into_iter().map(|external| external.written).collect())
}

/// `root` and the folders below it that wildcards enter, by path.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entered = |entry: &walkdir::DirEntry| {
        entry.depth() == 0
            || (entry.file_type().is_dir() && entry.file_name().to_str().is_some_and(|name| !is_left_out(name)))
    };
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(entered);
    walk.filter_map(Result::ok).map(walkdir::DirEntry::into_path).collect()
}

/// The images by folder and file, to compare what a layout finds with what there is.
fn by_place(candidates: &[Candidate]) -> HashMap<(PathBuf, Option<String>), usize> {
    let place = |(index, candidate): (usize, &Candidate)| {
        ((candidate.folder.clone(), (!candidate.is_main).then(|| candidate.file.clone())), index)
    };
    candidates.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests;
