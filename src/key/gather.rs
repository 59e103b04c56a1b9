//! Reads the inputs of an image from its files. Parents are added by the planner, who knows their keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::Inputs;
use super::search::search;
use crate::context::{Context, digest_of_file, digests, digests_where};
use crate::dockerignore::DockerIgnore;
use crate::error::{Error, Result};
use crate::hash_cache::HashCache;
use crate::workspace::{Image, ImageIndex, Workspace};

/// Folders that never hold sources.
const NO_SOURCES: &str = "**/.git\n.keg\n";

/// What the images of a workspace have in common: the files of `rebuild_all`, and the globs of `ignore`.
#[derive(Debug, Clone)]
pub struct CommonInputs {
    rebuild_all: BTreeMap<String, String>,
    ignore: GlobSet,
}

impl CommonInputs {
    /// Reads what `rebuild_all` names.
    ///
    /// # Errors
    /// A glob with a wrong syntax, and files that cannot be read.
    pub fn read(workspace: &Workspace, cache: &HashCache) -> Result<Self> {
        let ignore = globs("ignore", &workspace.options.ignore)?;
        let rebuild_all = globs("rebuild_all", &workspace.options.rebuild_all)?;
        let is_counted = |path: &str| rebuild_all.is_match(path) && !ignore.is_match(path);
        let found = search(&workspace.root, &workspace.options.rebuild_all, &is_counted)?;
        let files = digests(&found, cache)?;
        Ok(Self { rebuild_all: files, ignore })
    }

    /// Walks the context of `image` and gives its inputs: see [`of_image`](Self::of_image).
    ///
    /// # Errors
    /// A context that cannot be walked, and as [`of_image`](Self::of_image).
    pub fn with_context(
        &self,
        workspace: &Workspace,
        index: ImageIndex,
        cache: &HashCache,
    ) -> Result<(Inputs, Context)> {
        let image = workspace.image(index);
        let ignore = Context::load_ignore(&image.context, &image.dockerfile.path)?;
        let context = Context::walk(&image.context, &ignore)?;
        Ok((self.of_image(workspace, index, &context, cache)?, context))
    }

    /// The inputs of `image`: its Dockerfile, the files of `context` but for those that `ignore` names, its `inputs`,
    /// build args, plan, target and platforms, and the files of `rebuild_all`. Parents are not among them.
    ///
    /// # Errors
    /// A file that cannot be read, or is named under `inputs` and missing.
    pub fn of_image(
        &self,
        workspace: &Workspace,
        image: ImageIndex,
        context: &Context,
        cache: &HashCache,
    ) -> Result<Inputs> {
        let image = workspace.image(image);
        let mut inputs = Inputs::default();
        inputs.dockerfile(&image.dockerfile.text);
        let folder = context.root.strip_prefix(&workspace.root).ok().and_then(Path::to_str).unwrap_or("");
        let is_counted = |path: &str| self.ignore.is_empty() || !self.ignore.is_match(joined(folder, path));
        inputs.files(digests_where(context, cache, &is_counted, &Inputs::file_name)?);
        for (path, value) in &self.rebuild_all {
            inputs.workspace_file(path, value);
        }
        for file in &image.inputs {
            add_extra(&mut inputs, &name_of_extra(workspace, image, file), file, cache)?;
        }
        for (name, value) in &image.build_args {
            inputs.build_arg(name, value);
        }
        if let Some(plan) = image.plan() {
            inputs.plan(plan);
        }
        if let Some(target) = &image.target {
            inputs.target(target);
        }
        inputs.platforms(&image.platforms);
        Ok(inputs)
    }
}

/// Whether a path, relative to the workspace, is one that `rebuild_all` names.
///
/// # Errors
/// A glob with a wrong syntax.
pub fn rebuild_all(workspace: &Workspace) -> Result<impl Fn(&str) -> bool> {
    let globs = globs("rebuild_all", &workspace.options.rebuild_all)?;
    Ok(move |path: &str| globs.is_match(path))
}

/// The file or folder, absolute, that the input of this name of an image stands for; `None` for what is no file, as a
/// build arg.
pub fn file_of_input(workspace: &Workspace, image: ImageIndex, input: &str) -> Option<PathBuf> {
    let (kind, path) = input.split_once(' ')?;
    let image = workspace.image(image);
    match kind {
        "file" => Some(image.context.join(path)),
        "workspace" => Some(workspace.root.join(path)),
        "input" => image.inputs.iter().find_map(|file| {
            let below = path.strip_prefix(&name_of_extra(workspace, image, file))?;
            match below.strip_prefix('/') {
                Some(below) => Some(file.join(below)),
                None => below.is_empty().then(|| file.clone()),
            }
        }),
        _ => None,
    }
}

/// Adds a file, or each file of a folder.
fn add_extra(inputs: &mut Inputs, name: &str, file: &Path, cache: &HashCache) -> Result<()> {
    if !file.exists() {
        return Err(Error::request(format!("the input {} does not exist", file.display()))
            .help("correct `inputs` in the image's manifest, or make the file"));
    }
    if !file.is_dir() {
        inputs.extra_file(name, digest_of_file(file, cache)?);
        return Ok(());
    }
    let context = Context::walk(file, &DockerIgnore::parse("", NO_SOURCES)?)?;
    for (path, value) in digests(&context, cache)? {
        inputs.extra_file(&joined(name, &path), value);
    }
    Ok(())
}

/// A name that is the same on every machine: relative to the workspace, or to the image's folder where that is
/// elsewhere, or else the file's own name.
fn name_of_extra(workspace: &Workspace, image: &Image, file: &Path) -> String {
    let relative = file
        .strip_prefix(&workspace.root)
        .or_else(|_| file.strip_prefix(&image.folder))
        .unwrap_or_else(|_| file.file_name().map_or(file, Path::new));
    relative.to_string_lossy().into_owned()
}

fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A pattern matches paths from the workspace's root, `*` stops at `/`, and a folder stands for all that it holds.
fn globs(key: &str, patterns: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    let wrong = |pattern: &str, error: globset::Error| {
        Error::request(format!("`{pattern}` under `{key}` in keg.yml is no glob"))
            .because(error.kind().to_string())
            .help("`*` stands for any part of a name, `**` for any folders, `{a,b}` for one of several")
    };
    for pattern in patterns {
        let bare = pattern.trim_start_matches("./").trim_end_matches('/');
        for text in [bare.to_owned(), format!("{bare}/**")] {
            let glob =
                GlobBuilder::new(&text).literal_separator(true).build().map_err(|error| wrong(pattern, error))?;
            set.add(glob);
        }
    }
    set.build().map_err(|error| wrong(&patterns.join(", "), error))
}

#[cfg(test)]
mod tests;
