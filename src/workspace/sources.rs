//! Which files decide what images a workspace has, so that they alone can be taken from a commit.

use std::path::{Path, PathBuf};

use super::find::KEG_FILE;
use super::folder::is_manifest_name;
use super::image::COMPOSE_FILES;
use super::layout::is_dockerfile;
use super::source::joined;
use crate::lock;
use crate::manifest::{KegFile, Layout, TapFile};
use crate::yaml::{Located, parse};

/// Whether a file of this name may make an image, or say something about one.
pub fn is_source(name: &str) -> bool {
    [KEG_FILE, lock::FILE].contains(&name)
        || is_manifest_name(name)
        || COMPOSE_FILES.contains(&name)
        || name.ends_with("dockerignore")
        || is_dockerfile(name)
}

/// Whether this is a manifest of an image.
pub fn is_manifest(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(is_manifest_name)
}

/// What keg.yml of the workspace at `root` and these manifests name beside that: Dockerfiles with other names, contexts,
/// compose files, inputs. What cannot be read names nothing; loading the workspace says why.
pub fn named(root: &Path, manifests: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let text = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let layout = parse::<KegFile>(KEG_FILE, &text(&root.join(KEG_FILE))).ok().and_then(|file| file.layout);
    let globs = match layout.map(|layout| layout.value) {
        None => Vec::new(),
        Some(Layout::List(globs)) => globs,
        Some(Layout::ByKind(globs)) => [globs.base, globs.hub, globs.taps, globs.images].concat(),
    };
    let mut named: Vec<PathBuf> = globs.iter().map(|glob| joined(root, glob)).collect();
    for manifest in manifests {
        let Ok(keys) = parse::<TapFile>("manifest", &text(&manifest)) else { continue };
        let folder = manifest.parent().unwrap_or(root);
        let single = [&keys.build.dockerfile, &keys.build.context, &keys.compose].into_iter().flatten();
        let paths = single.chain(&keys.inputs);
        named.extend(paths.map(|path: &Located<String>| joined(folder, path)));
    }
    named
}
