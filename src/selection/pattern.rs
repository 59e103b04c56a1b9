//! Globs that name images: by name, by alias, and by folder. Pure.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use crate::error::{Error, Result};
use crate::workspace::{Image, ImageIndex, Workspace};

/// What makes a word a glob; no name of an image has any of these.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];
/// How many images an error lists.
const LISTED: usize = 20;

/// Whether a word is a glob.
pub fn is_pattern(word: &str) -> bool {
    word.contains(SPECIAL)
}

/// What a glob matches.
pub type Found = BTreeSet<ImageIndex>;

/// The workspace's own images, with all their variants, whose name, alias or folder `pattern` matches. A `*` stops at a
/// `/`. Folders are those below the workspace; where none of these matches, those below `beneath`, the folder of the
/// workspace (`taps`, with `/` between names) in which the user is. A pattern that begins with `./` or `../` means just
/// these.
///
/// # Errors
/// No image matches, with those that there are; what is no glob.
pub fn matching(workspace: &Workspace, pattern: &str, beneath: &str) -> Result<Found> {
    let own: Vec<(ImageIndex, &Image)> = workspace.iter().filter(|(index, _)| workspace.is_own(*index)).collect();
    let find = |is_match: &dyn Fn(&Image) -> bool| -> Found {
        own.iter().filter(|(_, image)| is_match(image)).map(|(index, _)| *index).collect()
    };
    let mut found = Found::new();
    if !pattern.starts_with("./") && !pattern.starts_with("../") {
        let everywhere = matcher(pattern, pattern.trim_end_matches('/'))?;
        let is_alias = |alias: &String| everywhere.is_match(alias.to_lowercase());
        found = find(&|image| {
            everywhere.is_match(&image.name)
                || image.alias.as_ref().is_some_and(is_alias)
                || everywhere.is_match(folder(workspace, image))
        });
    }
    if let (true, Some(here)) = (found.is_empty(), from(beneath, pattern)) {
        let here = matcher(pattern, &here)?;
        found = find(&|image| here.is_match(folder(workspace, image)));
    }
    if found.is_empty() { Err(nothing(workspace, pattern)) } else { Ok(found) }
}

/// A pattern from the workspace's root that means the same as `pattern` in the folder `beneath`; `None` where it leads
/// out of the workspace.
fn from(beneath: &str, pattern: &str) -> Option<String> {
    let mut folders: Vec<String> =
        beneath.split('/').filter(|folder| !folder.is_empty()).map(globset::escape).collect();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(folders.pop()?),
            part => folders.push(part.to_owned()),
        }
    }
    Some(folders.join("/"))
}

fn matcher(pattern: &str, text: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(text).literal_separator(true).case_insensitive(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| {
        Error::request(format!("`{pattern}` is no glob"))
            .because(error.kind().to_string())
            .help("`*` stands for any part of a name, `**` for any folders, `{a,b}` for one of several")
    })
}

/// The folder of an image, from the workspace's root.
fn folder(workspace: &Workspace, image: &Image) -> String {
    workspace.shown(&image.folder).to_string_lossy().into_owned()
}

fn nothing(workspace: &Workspace, pattern: &str) -> Error {
    let error = Error::request(format!("`{pattern}` matches no image in {}", workspace.root.display()));
    let own = workspace.named().filter(|(index, _)| workspace.is_own(*index)).map(|(_, image)| image);
    let by_folder = pattern.contains('/');
    let shown: Vec<String> =
        own.map(|image| if by_folder { folder(workspace, image) } else { image.name.clone() }).collect();
    let what = if by_folder { "folders of images" } else { "images" };
    let more = shown.len().saturating_sub(LISTED);
    let list = shown.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    error.help(match more {
        0 => format!("{what} here: {list}"),
        more => format!("{what} here: {list}, and {more} more; keg graph shows all"),
    })
}

#[cfg(test)]
#[path = "pattern/tests.rs"]
mod tests;
