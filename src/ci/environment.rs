//! Which files decide what is in an image. All paths are relative to the root of the git repository, with `/` between
//! names, since that is how git and CI systems know files.

use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;

use crate::workspace::Image;

/// Files that say which packages are installed, by their names.
const PACKAGE_FILES: [&str; 36] = [
    "renv.lock",
    "packrat.lock",
    "DESCRIPTION",
    "conda-lock.yml",
    "conda-lock.yaml",
    "conda.lock",
    "environment.yml",
    "environment.yaml",
    "pixi.toml",
    "pixi.lock",
    "requirements*.txt",
    "requirements*.lock",
    "constraints*.txt",
    "Pipfile",
    "Pipfile.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock*.toml",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "Gemfile",
    "Gemfile.lock",
    "composer.json",
    "composer.lock",
    "go.mod",
    "go.sum",
    "Cargo.lock",
    "mix.lock",
    "gradle.lockfile",
    "packages.lock.json",
];

/// Whether a file of this name says which packages are installed: lock files and lists of requirements.
pub fn is_package_file(name: &str) -> bool {
    PACKAGE_FILES.iter().any(|known| match known.split_once('*') {
        None => *known == name,
        Some((start, end)) => name.len() >= known.len() - 1 && name.starts_with(start) && name.ends_with(end),
    })
}

/// Where a workspace lies in its git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The repository's root folder, on the way on which the workspace was reached.
    pub root: PathBuf,
    /// The workspace's folder from there; empty where it is the root itself.
    pub folder: String,
}

impl Place {
    /// The place of `workspace`, which is the folder `inside` of its repository.
    pub fn new(workspace: &Path, inside: &Path) -> Self {
        let depth = inside.components().count();
        let root = workspace.ancestors().nth(depth).unwrap_or(workspace).to_owned();
        Self { root, folder: with_slashes(inside) }
    }

    /// A file as git knows it; `None` where it lies outside of the repository.
    pub fn of(&self, file: &Path) -> Option<String> {
        let mut plain = PathBuf::new();
        for component in file.components() {
            match component {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                other => plain.push(other),
            }
        }
        plain.strip_prefix(&self.root).ok().map(with_slashes)
    }

    /// A path of the workspace as git knows it.
    pub fn in_workspace(&self, path: &str) -> String {
        joined(&self.folder, path)
    }
}

fn with_slashes(path: &Path) -> String {
    path.components().map(|component| component.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn joined(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// Something that a Dockerfile takes from its build context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The path, which may have wildcards. A folder stands for all that it holds.
    pub path: String,
    /// The Dockerfile's line, from 1.
    pub line: usize,
}

/// What decides what is in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The image's name.
    pub image: String,
    /// The image's folder.
    pub folder: String,
    /// The Dockerfile.
    pub dockerfile: String,
    /// Dockerfile, `.dockerignore` and manifest, whether they are there or not; sorted.
    pub files: Vec<String>,
    /// The files and folders under `inputs:`.
    pub inputs: Vec<String>,
    /// What the Dockerfile copies.
    pub taken: Vec<Taken>,
}

impl Environment {
    /// The environment of `image`. Files outside of the repository are left out: nothing in it can change them.
    pub fn of(image: &Image, place: &Place) -> Self {
        let dockerfile = place.of(&image.dockerfile.path).unwrap_or_default();
        let context = place.of(&image.context);
        let mut files = vec![format!("{dockerfile}.dockerignore"), dockerfile.clone()];
        files.extend(context.as_ref().map(|context| joined(context, ".dockerignore")));
        files.extend(image.manifest_file.iter().filter_map(|file| place.of(file)));
        files.sort();
        files.dedup();
        let mut taken: Vec<Taken> = Vec::new();
        for copied in image.dockerfile.taken_from_context() {
            let Some(context) = &context else { continue };
            taken.push(Taken { path: joined(context, &copied.path), line: copied.line });
        }
        let folder = place.of(&image.folder).unwrap_or_default();
        let inputs = image.inputs.iter().filter_map(|file| place.of(file)).collect();
        Self { image: image.name.clone(), folder, dockerfile, files, inputs, taken }
    }

    /// Whether a change of this file asks for another environment: it is the Dockerfile or belongs to it, is named under
    /// `inputs:`, or is a list of packages that the Dockerfile copies.
    pub fn holds(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_named = self.files.iter().any(|file| file == path) || self.inputs.iter().any(|input| is_in(path, input));
        is_named || is_package_file(name) && self.taking(path).is_some()
    }

    /// What takes this file into the image.
    pub fn taking(&self, path: &str) -> Option<&Taken> {
        self.taken.iter().find(|taken| taken.covers(path))
    }

    /// The patterns that stand for all this in the filters of GitHub's workflows, sorted.
    pub fn filters(&self) -> Vec<String> {
        let mut filters: Vec<String> = self.files.iter().map(|file| escaped(file)).collect();
        for input in &self.inputs {
            filters.extend([escaped(input), joined(&escaped(input), "**")]);
        }
        for taken in &self.taken {
            if !taken.path.is_empty() {
                filters.push(pattern(&taken.path));
            }
            filters.push(joined(&pattern(&taken.path), "**"));
        }
        filters.sort();
        filters.dedup();
        filters
    }
}

impl Taken {
    /// Whether this names the file or a folder above it.
    pub fn covers(&self, path: &str) -> bool {
        if !self.path.contains(['*', '?', '[']) {
            return is_in(path, &self.path);
        }
        [self.path.clone(), format!("{}/**", self.path)].iter().any(|glob| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.is_ok_and(|glob| glob.compile_matcher().is_match(path))
        })
    }
}

/// Whether a path is this file, or lies in this folder.
pub fn is_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path in the patterns of GitHub's workflows, where some characters have a meaning
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>).
pub fn escaped(path: &str) -> String {
    let mut text = String::new();
    for character in path.chars() {
        if "*?+[]!\\".contains(character) {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// A path with the wildcards of Dockerfiles or of keg.yml in those patterns. Where they have no equal, the pattern
/// stands for more.
pub fn pattern(path: &str) -> String {
    let mut text = String::new();
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push('*'),
            '?' => text.push('*'),
            '[' | '{' => {
                let closing = if character == '[' { ']' } else { '}' };
                characters.by_ref().find(|character| *character == closing);
                text.push('*');
            }
            other => text.push_str(&escaped(&other.to_string())),
        }
    }
    while text.contains("***") {
        text = text.replace("***", "**");
    }
    text
}

#[cfg(test)]
mod tests;
