//! What can only be checked with all images known: names that clash, cycles, no image at all.

use std::collections::HashMap;
use std::path::Path;

use super::image::Draft;
use super::names::is_built_in;
use super::source::{SourceFile, shown};
use super::{EdgeKind, ImageIndex, ParentImage, Workspace};
use crate::error::Error;
use crate::manifest::{KegFile, Layout};

/// Finds images with one name and aliases that clash; `drafts` are sorted by name.
pub(super) fn names(root: &Path, drafts: &[Draft], errors: &mut Vec<Error>) {
    for pair in drafts.windows(2) {
        if let [first, second] = pair
            && first.image.name == second.image.name
        {
            errors.push(same_name(root, first, second));
        }
    }
    let by_name: HashMap<&str, &Draft> = drafts.iter().map(|draft| (draft.image.name.as_str(), draft)).collect();
    let mut by_alias: HashMap<String, &Draft> = HashMap::new();
    for draft in drafts {
        let (Some(alias), Some(manifest)) = (&draft.image.manifest.alias, &draft.manifest) else { continue };
        let word = alias.to_lowercase();
        let clash = if is_built_in(&word) {
            Some((format!("the alias `{}` is a command of keg", **alias), "keg has this command itself".to_owned()))
        } else if let Some(other) = by_name.get(word.as_str()).filter(|other| other.image.name != draft.image.name) {
            let place = place(root, other);
            Some((format!("the alias `{}` is the name of another image", **alias), format!("{place} is called so")))
        } else {
            by_alias.get(&word).map(|other| {
                let place = place(root, other);
                (format!("two images have the alias `{}`", **alias), format!("{place} has it too"))
            })
        };
        match clash {
            Some((message, label)) => errors.push(manifest.error(alias, message, label).help("Choose another alias.")),
            None => {
                by_alias.insert(word, draft);
            }
        }
    }
}

fn same_name(root: &Path, first: &Draft, second: &Draft) -> Error {
    let message =
        format!("two images are called `{}`: {} and {}", first.image.name, place(root, first), place(root, second));
    let named = [second, first].into_iter().find_map(|draft| {
        let manifest = draft.manifest.as_ref()?;
        Some((manifest, draft.image.manifest.name.as_ref()?))
    });
    match named {
        Some((manifest, name)) => manifest.error(name, message, "the same name").help("Change one of them."),
        None => {
            let dockerfile = &second.image.dockerfile;
            let help =
                format!("Name one in its manifest, `name: …`, or in keg.yml, `names: {{{}: …}}`.", place(root, second));
            dockerfile.error(0..0, message, "the second one").help(help)
        }
    }
}

/// The folder of an image, or its Dockerfile where the folder has several.
fn place(root: &Path, draft: &Draft) -> String {
    let folder = &draft.image.folder;
    let main = super::folder::Dockerfiles::of(folder);
    let is_main = draft.image.manifest_file.is_some()
        || main.main().is_some_and(|main| draft.image.dockerfile.path == folder.join(main));
    shown(root, if is_main { folder } else { &draft.image.dockerfile.path })
}

/// The error for a workspace without images.
pub(super) fn empty(file: &KegFile, source: &SourceFile) -> Error {
    let message = "the workspace has no image";
    let help =
        "Add a folder with a Dockerfile, as base/Dockerfile, or let `layout:` in keg.yml find those that there are.";
    match &file.layout {
        Some(layout) => {
            let globs = match &layout.value {
                Layout::List(globs) => globs.first(),
                Layout::ByKind(kinds) => {
                    [&kinds.base, &kinds.hub, &kinds.taps, &kinds.images].into_iter().flatten().next()
                }
            };
            match globs {
                Some(glob) => source.error(glob, message, "no folder with a Dockerfile is found here or below"),
                None => source.error(layout, message, "no glob"),
            }
        }
        None => Error::request(format!("{message}: there is no Dockerfile in base/, hub/*/ or taps/*/")).place(
            &source.shown,
            source.text.as_str(),
            0..0,
            "no `layout:`, so these folders are looked at",
        ),
    }
    .help(help)
}

/// The error for images that are built on each other: the whole circle, each edge with file and line.
pub(super) fn cycle(workspace: &Workspace, circle: &[ImageIndex]) -> Error {
    let name = |index: &ImageIndex| workspace.image(*index).full_name();
    let mut words: Vec<String> = circle.iter().map(name).collect();
    words.extend(circle.first().map(name));
    let mut error = Error::request(format!("images are built on each other: {}", words.join(" → ")));
    let mut lines = Vec::new();
    for (position, index) in circle.iter().enumerate() {
        let next = circle[(position + 1) % circle.len()];
        let image = workspace.image(*index);
        let Some(parent) = image.parents.iter().find(|parent| parent.image == ParentImage::Workspace(next)) else {
            continue;
        };
        let verb = match parent.edge.kind {
            EdgeKind::From => "is built FROM",
            EdgeKind::CopyFrom => "copies from",
            EdgeKind::Mount => "mounts files of",
            EdgeKind::DependsOn => "depends on",
        };
        let file = shown(&workspace.root, &parent.edge.file);
        lines.push(format!("{} {verb} {} ({file}:{})", image.full_name(), name(&next), parent.edge.line));
        if let Ok(source) = SourceFile::read(&workspace.root, &parent.edge.file) {
            let start: usize =
                source.text.split_inclusive('\n').take(parent.edge.line.saturating_sub(1)).map(str::len).sum();
            let length = source.text[start..].lines().next().map_or(0, str::len);
            error = error.place(&source.shown, source.text, start..start + length, format!("{verb} {}", name(&next)));
        }
    }
    error.because(lines.join("\n")).help("Take out one of these references.")
}
