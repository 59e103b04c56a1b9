//! What images, aliases and tasks may be called.

use crate::error::nearest;
use crate::reference::{Reference, is_path_component};

/// The words that keg's command line takes for itself. Images may have such a name, aliases and tasks may not.
pub const BUILT_IN_VERBS: [&str; 46] = [
    "init",
    "status",
    "graph",
    "why",
    "config",
    "resolve",
    "doctor",
    "schema",
    "completions",
    "man",
    "build",
    "pull",
    "push",
    "tag",
    "test",
    "update",
    "promote",
    "prune",
    "manifest",
    "docs",
    "bake",
    "tap",
    "start",
    "stop",
    "restart",
    "logs",
    "exec",
    "attach",
    "ps",
    "watch",
    "open",
    "env",
    "package",
    "run",
    "login",
    "logout",
    "registry",
    "ci",
    "docker",
    "dpg",
    "base",
    "core",
    "proxy",
    "deploy",
    "help",
    "version",
];

/// Whether `word` is one of [`BUILT_IN_VERBS`]; upper and lower case are one.
pub fn is_built_in(word: &str) -> bool {
    BUILT_IN_VERBS.contains(&word.to_lowercase().as_str())
}

/// Whether images can have this name: a repository's path without a registry, as `web` or `group/web`.
pub fn is_image_name(name: &str) -> bool {
    let components_are_valid = name.split('/').all(is_path_component);
    // `a.b/c` would be read as a registry and a path, 64 hexadecimal digits as an image id.
    let stays_a_path = Reference::parse(name)
        .is_ok_and(|reference| reference.path() == name || reference.path() == format!("library/{name}"));
    components_are_valid && stays_a_path
}

/// A valid name that is near to `name`: lower case, with `-` for what is not allowed.
pub fn proposed_name(name: &str) -> String {
    let mut proposal = String::new();
    for character in name.to_lowercase().chars() {
        let allowed = character.is_ascii_lowercase() || character.is_ascii_digit();
        match character {
            _ if allowed => proposal.push(character),
            '.' | '_' | '-'
                if !proposal.is_empty() && proposal.ends_with(|last: char| last.is_ascii_alphanumeric()) =>
            {
                proposal.push(character);
            }
            _ if !proposal.is_empty() && proposal.ends_with(|last: char| last.is_ascii_alphanumeric()) => {
                proposal.push('-');
            }
            _ => {}
        }
    }
    let proposal = proposal.trim_end_matches(['.', '_', '-']);
    if is_image_name(proposal) { proposal.to_owned() } else { "image".to_owned() }
}

/// Whether `alias` can stand on the command line: letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
pub fn is_alias(alias: &str) -> bool {
    alias.starts_with(|first: char| first.is_ascii_alphanumeric())
        && alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// `Did you mean …?`, or the names that there are, for a word that names no image.
pub fn suggestion<'a>(word: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(word, names.clone()) {
        return format!("Did you mean `{name}`?");
    }
    let shown: Vec<&str> = names.clone().take(10).collect();
    let more = if names.count() > shown.len() { ", …" } else { "" };
    format!("Images: {}{more}.", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names() {
        for name in ["web", "evf-app", "a.b", "a_b", "a__b", "group/web", "0"] {
            assert!(is_image_name(name), "{name}");
        }
        for name in ["", "Web", "a b", "-a", "a.b/c", "localhost/c", "a/", "ä", &"a".repeat(64), &"x".repeat(300)] {
            assert!(!is_image_name(name), "{name}");
        }
    }

    #[test]
    fn proposals_are_names() {
        for (name, expected) in
            [("My App", "my-app"), ("Web", "web"), ("_x_", "x"), ("a..b", "a.b"), ("日本", "image"), ("", "image")]
        {
            assert_eq!(proposed_name(name), expected, "{name}");
        }
    }

    #[test]
    fn aliases() {
        assert!(is_alias("evf") && is_alias("Core2"));
        assert!(!is_alias("-x") && !is_alias("a b") && !is_alias("") && !is_alias("a/b"));
    }
}
