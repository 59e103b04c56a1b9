//! The first lines of a workflow: how it was made, and whether it was changed since.

use sha2::{Digest, Sha256};

use super::Recipe;

/// What stands before the command that made a file.
const MADE_BY: &str = "# Made by: ";
/// What stands before the state of an image's workflow.
const ACTIVE: &str = "# Active: ";
/// What stands before the digest of all other lines.
const CONTENT: &str = "# Content: ";
/// How many hexadecimal digits tell one content from another.
const DIGITS: usize = 16;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How it was made; `None` where a later or earlier keg said it in words that this one does not know.
    pub recipe: Option<Recipe>,
    /// Whether changes start it, where it is the workflow of one image.
    pub active: Option<bool>,
    /// Whether it is as keg wrote it.
    pub is_untouched: bool,
}

/// The header of a file; `None` for one that keg has not made.
pub fn header(text: &str) -> Option<Header> {
    let command = text.lines().next()?.strip_prefix(MADE_BY)?;
    let value = |key: &str| text.lines().take(3).find_map(|line| line.strip_prefix(key));
    let active = value(ACTIVE).map(|state| state.starts_with("yes"));
    let written = value(CONTENT).and_then(|line| line.get(..DIGITS));
    let others: String = text.split_inclusive('\n').filter(|line| !line.starts_with(CONTENT)).collect();
    let is_untouched = written.is_some_and(|written| written == digest(&others));
    Some(Header { recipe: Recipe::read(command), active, is_untouched })
}

/// A file with its first lines: the command that made it, the state of an image's workflow, and the digest.
pub fn with_header(command: &str, state: Option<&str>, body: &str) -> String {
    let made_by = format!("{MADE_BY}{command}\n");
    let state = state.map(|state| format!("{ACTIVE}{state}\n")).unwrap_or_default();
    let digest = digest(&format!("{made_by}{state}\n{body}"));
    format!(
        "{made_by}{state}{CONTENT}{digest}; `keg ci init` writes it anew, unless somebody has changed it by hand.\n\n{body}"
    )
}

/// What the header says about whether changes start the workflow of an image.
pub fn state(image: &str, active: bool) -> String {
    match active {
        true => format!("yes; `keg ci deactivate {image}` leaves only starts by hand."),
        false => format!("no; `keg ci activate {image}` lets pull requests, merges and releases start it."),
    }
}

/// Hexadecimal digits that stand for a text.
pub fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::workflow::{RegistryKind, Style};

    #[test]
    fn headers_are_read_as_they_were_written() {
        let recipe = Recipe {
            style: Style::PerImage,
            registry: RegistryKind::EcrPublic,
            default_branch: "main".into(),
            install: "curl -sSf 'https://e.x/keg' -o \"$CARGO_INSTALL_ROOT/bin/keg\"".into(),
        };
        for active in [None, Some(true), Some(false)] {
            let state = active.map(|active| state("web", active));
            let text = with_header(&recipe.command(), state.as_deref(), "name: web\n");
            let header = header(&text).unwrap();
            assert_eq!(header, Header { recipe: Some(recipe.clone()), active, is_untouched: true }, "{text}");
        }
    }

    #[test]
    fn changes_are_seen() {
        let text = with_header("keg ci init --later words", Some("no"), "name: web\n");
        assert_eq!(header(&text).unwrap().recipe, None);
        assert!(header(&text).unwrap().is_untouched);
        for (from, to) in
            [("name: web", "name: mine"), ("no\n", "yes\n"), ("words", "word"), ("Content: ", "Content: 0")]
        {
            assert!(!header(&text.replacen(from, to, 1)).unwrap().is_untouched, "{from}");
        }
        assert_eq!(header("name: mine\n# Made by: keg ci init\n"), None);
        assert_eq!(header(""), None);
    }
}
