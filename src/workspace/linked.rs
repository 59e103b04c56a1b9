//! Taps that lie elsewhere and that the user has linked to this workspace. They are built on its images; its own images
//! know nothing of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::image::{Draft, Found, read, read_with};
use super::layout::Match;
use super::matching::Names;
use super::names::{is_built_in, proposed_name};
use super::options::options;
use super::parents::Resolver;
use super::source::SourceFile;
use super::{Image, ImageIndex, KEG_FILE, Kind, Overrides, Workspace, converted, folder, plans};
use crate::error::{Error, Result};
use crate::legacy::CONTAINER;
use crate::links::{Link, Links};
use crate::manifest::{KegFile, TapFile};
use crate::yaml::parse;

/// A link as the workspace sees it.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The link.
    pub link: Link,
    /// The image that it stands for, or why there is none.
    pub image: Result<ImageIndex>,
    /// Whether that is an image of the workspace itself, which the link only calls by one more name.
    pub is_own: bool,
    /// What the tap says that keg has nothing for, a sentence each; only taps of the Keg CLI have such notes.
    pub notes: Vec<String>,
}

impl Workspace {
    /// A workspace without keg.yml and without images, for a tap that belongs to none.
    pub fn empty(root: &Path) -> Self {
        let source = SourceFile { path: root.join(KEG_FILE), shown: KEG_FILE.to_owned(), text: String::new() };
        let options = options(KegFile::default(), &source, &mut Vec::new());
        Self { root: root.to_owned(), options, images: Vec::new(), links: Vec::new() }
    }

    /// Adds linked taps behind the workspace's own images, with `overrides` for those that `words` name. One that
    /// cannot be read takes nothing else with it: whoever names it gets the error.
    /// `is_here` chooses those of `links` that belong here; files of the Keg CLI may name the others too.
    pub fn add_links(
        &mut self,
        links: &Links,
        is_here: impl Fn(&Link) -> bool,
        words: &[String],
        overrides: &Overrides,
    ) {
        let names = Names::new(self, HashMap::new());
        for link in links.iter().filter(|link| is_here(link)).cloned() {
            let mut notes = Vec::new();
            let own = self.iter().find(|(index, image)| self.is_own(*index) && is_of(&link, &image.folder));
            let own = own.map(|(index, _)| index);
            let image = match own {
                Some(index) => self.check_word(&link.name, &link, &link.path, Some(index)).map(|()| index),
                None => self.linked(&link, links, &names, words, overrides, &mut notes).map(|variants| {
                    let first = ImageIndex(self.images.len());
                    self.images.extend(variants);
                    first
                }),
            };
            self.links.push(Linked { link, image, is_own: own.is_some(), notes });
        }
    }

    /// Whether the image is one of the workspace itself, and not a linked tap.
    pub fn is_own(&self, image: ImageIndex) -> bool {
        self.link_of(image).is_none_or(|linked| linked.is_own)
    }

    /// The link that stands for an image, if there is one; for all its variants it is the same.
    pub fn link_of(&self, image: ImageIndex) -> Option<&Linked> {
        let name = &self.image(image).name;
        self.links.iter().find(|linked| linked.image.as_ref().is_ok_and(|index| self.image(*index).name == *name))
    }

    /// The link of this name.
    pub fn linked_as(&self, word: &str) -> Option<&Linked> {
        let word = word.to_lowercase();
        self.links.iter().find(|linked| linked.link.name.to_lowercase() == word)
    }

    /// The folder in which one works on an image: the linked one, else that of the image.
    pub fn place(&self, image: ImageIndex) -> &Path {
        match self.link_of(image) {
            Some(linked) => &linked.link.path,
            None => &self.image(image).folder,
        }
    }

    /// The workspace without linked taps, for what is about the images of its own repository. Links that lead nowhere
    /// stay.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        let own = self.iter().filter(|(index, _)| self.is_own(*index)).count();
        self.images.truncate(own);
        self.links.retain(|linked| linked.is_own || linked.image.is_err());
        self
    }

    /// What the manifest of a tap elsewhere calls it: its alias, else its name; nothing where it says neither.
    ///
    /// # Errors
    /// There is no tap, or one that cannot be read.
    pub fn linked_name(link: &Link, links: &Links) -> Result<Option<String>> {
        let Draft { image, .. } = Self::empty(Path::new("/")).read_link(link, links, &mut Vec::new())?;
        Ok(image.alias.or_else(|| image.manifest.name.map(|name| name.value)))
    }

    /// The variants of a linked tap, by the plans of the workspace.
    fn linked(
        &self,
        link: &Link,
        links: &Links,
        names: &Names,
        words: &[String],
        overrides: &Overrides,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Image>> {
        let draft = self.read_link(link, links, notes)?;
        let image = &draft.image;
        for word in [Some(&link.name), Some(&image.name), image.alias.as_ref()].into_iter().flatten() {
            self.check_word(word, link, &image.folder, None)?;
        }
        if let Some(alias) = image.alias.as_ref().filter(|alias| is_built_in(alias)) {
            let path = image.folder.display();
            return Err(Error::request(format!("the alias `{alias}` of the linked tap in {path} is a command of keg"))
                .help("choose another alias in its tap.yml"));
        }
        let mine = [Some(&link.name), Some(&image.name), image.alias.as_ref()];
        let is_named = words.iter().any(|word| mine.iter().flatten().any(|name| is_same(name, word)));
        let all: Vec<String> = self.images.iter().map(|image| image.name.clone()).collect();
        let resolver = Resolver { root: &self.root, options: &self.options, names, all: &all };
        let mut errors = Vec::new();
        let variants = plans::expanded(vec![draft], &self.options, &mut errors);
        Error::all(errors).map_or(Ok(()), Err)?;
        let named = is_named.then_some(overrides);
        variants.into_iter().map(|variant| resolved(variant, &resolver, named)).collect()
    }

    fn read_link(&self, link: &Link, links: &Links, notes: &mut Vec<String>) -> Result<Draft> {
        let (name, path) = (&link.name, link.path.display());
        if !link.path.is_dir() {
            return Err(Error::request(format!("the tap {name} is linked to {path}, which is not there")).help(
                format!("if it has moved: keg tap link {name} NEW-PATH; if it has gone: keg tap unlink {name}"),
            ));
        }
        let Some(folder) = tap_folder(&link.path) else {
            return Err(Error::request(format!("there is no tap in {path}, to which {name} is linked")).help(format!(
                "it needs a tap.yml or a Dockerfile there or in {CONTAINER}/; if the tap lies elsewhere: \
                 keg tap link {name} PATH"
            )));
        };
        let default_name = link.path.file_name().map(|name| proposed_name(&name.to_string_lossy()));
        let found = Match { kind: Some(Kind::Tap), folder, file: None, named: true, default_name };
        let mut errors = Vec::new();
        let read = match converted::is_unconverted(&link.path) {
            true => Some(self.read_unconverted(link, links, &found, notes, &mut errors)?),
            false => read(&self.root, &found, &self.options, &mut errors),
        };
        match (Error::all(errors), read) {
            (Some(error), _) => Err(error),
            (None, Some(Found::Image(draft))) => Ok(*draft),
            (None, _) => Err(Error::request(format!("{} has no Dockerfile", found.folder.display()))
                .help(format!("add one, or unlink it: keg tap unlink {name}"))),
        }
    }

    /// A tap of the Keg CLI, as the tap.yml has it that would mean the same.
    fn read_unconverted(
        &self,
        link: &Link,
        links: &Links,
        found: &Match,
        notes: &mut Vec<String>,
        errors: &mut Vec<Error>,
    ) -> Result<Found> {
        let conversion = converted::conversion(&link.path, &link.name, links)?;
        notes.extend(conversion.notes);
        let path = converted::values(&link.path).unwrap_or_else(|| link.path.clone());
        let shown = format!("{} as tap.yml", path.display());
        let keys: TapFile = parse(&shown, &conversion.text)?;
        let source = SourceFile { path, shown, text: conversion.text };
        read_with(&self.root, found, Some(source), keys, true, &self.options, errors)
    }

    /// Refuses a word of a link that means something else here. `own` is the image that the link stands for, where it
    /// is one of the workspace.
    fn check_word(&self, word: &str, link: &Link, place: &Path, own: Option<ImageIndex>) -> Result<()> {
        let place = place.display();
        if own.is_none() && is_built_in(word) && is_same(word, &link.name) {
            return Err(Error::request(format!("the link `{word}` to {place} has the name of a command of keg"))
                .help(format!("give it another name: keg tap link OTHER-NAME {}", link.path.display())));
        }
        let Some(index) = self.find(word).filter(|index| Some(*index) != own) else { return Ok(()) };
        let other = self.image(index);
        let (other_place, path) = (other.folder.display(), link.path.display());
        let message =
            format!("`{word}` means two images: {} in {other_place}, and the linked one in {place}", other.name);
        let remedy = match (is_same(word, &link.name), self.link_of(index).filter(|other| !other.is_own)) {
            (true, None) => format!(
                "rename the image, or link the tap under another name: keg tap link OTHER-NAME {path}, and keg tap unlink \
                 {} if that is linked",
                link.name
            ),
            (_, Some(other)) => {
                format!("give one of them another name in its tap.yml, or keg tap unlink {}", other.link.name)
            }
            (false, None) => format!("give it another name or alias in the tap.yml of {path}"),
        };
        Err(Error::request(message).help(remedy))
    }
}

/// A variant with its parents; `overrides` where the command names the tap.
fn resolved(draft: Draft, resolver: &Resolver<'_>, overrides: Option<&Overrides>) -> Result<Image> {
    let Draft { mut image, manifest, .. } = draft;
    if let Some(overrides) = overrides {
        overrides.apply(&mut image);
    }
    let mut parents = resolver.parents(&image, overrides.and_then(Overrides::given_base))?;
    let mut errors = Vec::new();
    if let Some(manifest) = &manifest {
        for parent in resolver.depends_on(&image, manifest, &mut errors) {
            if !parents.iter().any(|known| known.image == parent.image) {
                parents.push(parent);
            }
        }
    }
    image.parents = parents;
    Error::all(errors).map_or(Ok(image), Err)
}

/// The folder with the tap's manifest or Dockerfile: `path` itself or its folder for the container.
fn tap_folder(path: &Path) -> Option<PathBuf> {
    if converted::is_unconverted(path) {
        return Some(path.to_owned());
    }
    let candidates = || [path.to_owned(), path.join(CONTAINER)].into_iter();
    let has_manifest = |folder: &PathBuf| !folder::manifests(folder).is_empty();
    let has_dockerfile = |folder: &PathBuf| folder::Dockerfiles::of(folder).main().is_some();
    candidates().find(has_manifest).or_else(|| candidates().find(has_dockerfile))
}

/// Whether the image in `folder` is what the link leads to.
fn is_of(link: &Link, folder: &Path) -> bool {
    folder == link.path || tap_folder(&link.path).is_some_and(|found| found == folder)
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests;
