//! From the globs of `layout:` to folders and Dockerfiles.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::Kind;
use super::folder::{Dockerfiles, is_left_out, suffix};
use super::source::SourceFile;
use crate::error::Error;
use crate::manifest::{KegFile, KindGlobs, Layout};
use crate::yaml::Located;

/// A folder or Dockerfile that a glob has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    /// The kind that the layout says; else it follows from the graph.
    pub kind: Option<Kind>,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// The name of the Dockerfile, when the glob names files.
    pub file: Option<String>,
    /// The glob without wildcards that names exactly this, so that it must be an image.
    pub named: bool,
    /// The name where the manifest says none, instead of the folder's.
    pub default_name: Option<String>,
}

/// Applies the layout of keg.yml, or the default one. Nothing is found twice; the first glob decides.
pub(super) fn matches(root: &Path, file: &KegFile, source: &SourceFile, errors: &mut Vec<Error>) -> Vec<Match> {
    let by_kind = match file.layout.as_ref().map(|layout| &layout.value) {
        None => default_layout(),
        Some(Layout::ByKind(globs)) => globs.clone(),
        Some(Layout::List(globs)) => KindGlobs { images: globs.clone(), ..KindGlobs::default() },
    };
    let is_default = file.layout.is_none();
    let groups = [
        (Some(Kind::Base), by_kind.base),
        (Some(Kind::Hub), by_kind.hub),
        (Some(Kind::Tap), by_kind.taps),
        (None, by_kind.images),
    ];
    let mut left_out = HashSet::new();
    let mut wanted = Vec::new();
    for (kind, globs) in groups {
        for glob in globs {
            let (negative, text) = match glob.strip_prefix('!') {
                Some(text) => (true, text),
                None => (false, glob.as_str()),
            };
            let pattern = match Pattern::parse(text) {
                Ok(pattern) => pattern,
                Err(reason) => {
                    errors.push(source.error(&glob, format!("layout: `{text}` is no glob: {reason}"), "in this glob"));
                    continue;
                }
            };
            let found = pattern.find(root);
            if negative {
                left_out.extend(found);
            } else {
                wanted.push((kind, glob, pattern.is_literal(), found));
            }
        }
    }
    let mut seen = HashSet::new();
    let mut matches = Vec::new();
    for (kind, glob, named, found) in wanted {
        if named && found.is_empty() && !is_default {
            errors.push(missing(&glob, source));
        }
        for (folder, file) in found {
            let main = Dockerfiles::of(&folder).main().map(str::to_owned);
            let dockerfile = (folder.clone(), file.clone().or_else(|| main.clone()));
            if left_out.contains(&(folder.clone(), None)) || left_out.contains(&dockerfile) {
                continue;
            }
            // `images/*` and `images/*/Dockerfile` mean the same image.
            let file = file.filter(|file| main.as_ref() != Some(file));
            if seen.insert((folder.clone(), file.clone())) {
                matches.push(Match { kind, folder, file, named, default_name: None });
            }
        }
    }
    matches
}

fn default_layout() -> KindGlobs {
    let globs = |text: &str| vec![Located::from(text.to_owned())];
    KindGlobs { base: globs("base"), hub: globs("hub/*"), taps: globs("taps/*"), images: Vec::new() }
}

fn missing(glob: &Located<String>, source: &SourceFile) -> Error {
    source
        .error(glob, format!("layout: there is no `{}`", **glob), "no such folder or Dockerfile")
        .help("Paths are relative to the workspace. Take it out of the layout if it has gone.")
}

/// A glob, component by component, so that only folders are read that can lead to a match.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Component>);

#[derive(Debug)]
enum Component {
    Literal(String),
    Wildcard(GlobMatcher, bool),
    AnyDepth,
}

impl Pattern {
    /// Parses a glob of paths in the workspace.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return Err("it must be relative to the workspace".into());
        }
        let mut components = Vec::new();
        for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
            components.push(match part {
                ".." => return Err("it leads out of the workspace".into()),
                "**" => Component::AnyDepth,
                _ if part.contains(['*', '?', '[', '{']) => {
                    let glob = GlobBuilder::new(part).literal_separator(true).build();
                    let glob = glob.map_err(|error| error.kind().to_string())?;
                    Component::Wildcard(glob.compile_matcher(), part.starts_with('.'))
                }
                _ => Component::Literal(part.to_owned()),
            });
        }
        Ok(Self(components))
    }

    /// Whether it has no wildcard.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|component| matches!(component, Component::Literal(_)))
    }

    /// The folders that match, with `None`, and the Dockerfiles that match, with their names; sorted.
    pub fn find(&self, root: &Path) -> Vec<(PathBuf, Option<String>)> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        // A folder with the number of components that lead to it.
        let mut open = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            if !seen.insert((folder.clone(), depth)) {
                continue;
            }
            let Some(component) = self.0.get(depth) else {
                found.push((folder, None));
                continue;
            };
            let is_last = depth + 1 == self.0.len();
            match component {
                Component::Literal(name) => {
                    let path = folder.join(name);
                    if path.is_dir() {
                        open.push((path, depth + 1));
                    } else if is_last && path.is_file() {
                        found.push((folder, Some(name.clone())));
                    }
                }
                Component::Wildcard(glob, hidden) => {
                    for (name, is_folder) in entries(&folder).into_iter().filter(|(name, _)| glob.is_match(name)) {
                        if is_folder && (*hidden || !is_left_out(&name)) {
                            open.push((folder.join(name), depth + 1));
                        } else if !is_folder && is_last && is_dockerfile(&name) {
                            found.push((folder.clone(), Some(name)));
                        }
                    }
                }
                Component::AnyDepth => {
                    for (name, is_folder) in entries(&folder) {
                        let path = folder.join(&name);
                        if is_folder && !is_left_out(&name) && !path.is_symlink() {
                            open.push((path, depth));
                        }
                    }
                    // `docker/**` means everything below `docker`.
                    open.push((folder, depth + 1));
                }
            }
        }
        found.sort();
        found
    }
}

/// Whether a file of this name is a Dockerfile where a wildcard finds it.
pub(super) fn is_dockerfile(name: &str) -> bool {
    suffix(name).is_some() || Dockerfiles::among(std::iter::once(name.to_owned())).plain.is_some()
}

/// Names in a folder, with whether they are folders, links followed. A folder that cannot be read has none.
fn entries(folder: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let named = entries.filter_map(Result::ok).filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let kind = entry.file_type().ok()?;
        let is_folder = if kind.is_symlink() { entry.path().is_dir() } else { kind.is_dir() };
        Some((name, is_folder))
    });
    named.collect()
}
