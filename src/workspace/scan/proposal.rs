//! The text of the proposed keg.yml.

use std::fmt::Write;
use std::path::Path;

use super::naming::Name;
use super::{Candidate, SCHEMA_FILE};
use crate::workspace::source::shown;

pub(super) fn text(
    root: &Path,
    candidates: &[Candidate],
    names: &[Name],
    registry: Option<&str>,
    globs: &[String],
    notes: &[String],
) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={SCHEMA_FILE}\n\
         # The workspace: what keg has to know about this repository as a whole.\n\n"
    );
    match registry {
        Some(registry) => {
            text.push_str("# Where images are published.\n");
            writeln!(text, "registry: {}\n", quoted(registry)).ok();
        }
        None => text.push_str(
            "# Where images are published, as host[:port]/namespace. Without it keg works on the engine's own image\n\
             # store.\n# registry: ghcr.io/your-name\n\n",
        ),
    }
    text.push_str(
        "# Folders with a Dockerfile, and Dockerfiles with other names. What an image is built on decides its kind.\n",
    );
    text.push_str("layout:\n");
    for glob in globs {
        writeln!(text, "  - {}", quoted(glob)).ok();
    }
    for note in notes {
        for line in note.lines() {
            writeln!(text, "  # {line}").ok();
        }
    }
    let mut named = candidates.iter().zip(names).filter(|(_, name)| !name.is_default).peekable();
    if named.peek().is_some() {
        text.push_str("\n# Names for images whose folder's name is taken or is no name for an image.\nnames:\n");
        for (candidate, name) in named {
            let path = if candidate.is_main {
                shown(root, &candidate.folder)
            } else {
                shown(root, &candidate.folder.join(&candidate.file))
            };
            writeln!(text, "  {}: {}", quoted(&path), quoted(&name.used)).ok();
        }
    }
    text
}

/// A YAML scalar; in quotes unless it is plainly text.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '/' | '-' | '_' | '.'))
        && !matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}
