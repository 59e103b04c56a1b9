//! Files that git does not carry to other machines, but that go into a build.

use std::collections::HashSet;

use super::{Context, EntryKind};
use crate::event::Event;

/// How many files a warning names.
const NAMED: usize = 5;

/// The warning for an image whose context holds files that git ignores: other machines have other files there, and so
/// other keys. `ignored` are paths relative to the context's root; a folder stands for all that it holds. `None` when
/// nothing of it is in the context.
pub fn warn_of_git_ignored(image: &str, context: &Context, ignored: &[String]) -> Option<Event> {
    let ignored: HashSet<&str> = ignored.iter().map(|path| path.trim_end_matches('/')).collect();
    let is_ignored = |path: &str| {
        let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        folders.chain([path]).any(|path| ignored.contains(path))
    };
    let found: Vec<&str> = context
        .entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::Directory && is_ignored(&entry.path))
        .map(|entry| entry.path.as_str())
        .collect();
    if found.is_empty() {
        return None;
    }
    let mut names = found[..found.len().min(NAMED)].join(", ");
    if found.len() > NAMED {
        names.push_str(&format!(" and {} more", found.len() - NAMED));
    }
    Some(Event::Warning {
        message: format!("the build context of {image} holds files that git ignores: {names}"),
        help: Some("list them in .dockerignore; else the image's key differs from machine to machine".to_owned()),
    })
}
