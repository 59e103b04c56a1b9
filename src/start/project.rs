//! The names of Compose projects.

use sha2::{Digest, Sha256};

/// The longest name that is used as it is; a longer one is cut, so that it still fits a file's name.
const LONGEST: usize = 100;
/// The same for a stack.
const LONGEST_STACK: usize = 34;

/// The Compose project of a tap on a branch: `<tap>-<tag>`, so that two branches of one tap run side by side.
///
/// Compose allows `[a-z0-9][a-z0-9_-]*`
/// (<https://docs.docker.com/compose/how-tos/project-name/>). Where that loses something, as in `Feature.X`,
/// six hexadecimal digits of the original's digest are added, so that different branches never share a name.
pub fn project_name(tap: &str, tag: &str) -> String {
    named(tap, tag, LONGEST)
}

/// The stack of a tap on a branch in a Swarm: as [`project_name`], but shorter, since the names of a stack and of a
/// service together may have 63 characters.
pub fn stack_name(tap: &str, tag: &str) -> String {
    named(tap, tag, LONGEST_STACK)
}

fn named(tap: &str, tag: &str, longest: usize) -> String {
    let wanted = format!("{tap}-{tag}");
    let allowed = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '_' | '-');
    let lowered = wanted.to_lowercase();
    let replaced: String = lowered.chars().map(|character| if allowed(character) { character } else { '-' }).collect();
    let mut name: String = replaced.trim_start_matches(['-', '_']).chars().take(longest).collect();
    if name != wanted {
        let digest = Sha256::digest(wanted.as_bytes());
        let hexadecimal: String = digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&hexadecimal);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_unique() {
        assert_eq!(project_name("web", "feature-z"), "web-feature-z");
        assert_eq!(project_name("web", "a_b"), "web-a_b");
        let lossy = ["v1.0", "v1-0", "V1.0", "v1..0"].map(|tag| project_name("web", tag));
        assert_eq!(lossy[1], "web-v1-0");
        for (index, name) in lossy.iter().enumerate() {
            assert!(name.starts_with("web-v1-"), "{name}");
            assert!(lossy.iter().skip(index + 1).all(|other| other != name), "{lossy:?}");
        }
        assert_eq!(project_name("group/web", "main").len(), "group-web-main-123456".len());
        assert_eq!(project_name("web", &"x".repeat(128)).len(), LONGEST + 7);
        assert_eq!(stack_name("web", "feature-z"), "web-feature-z");
        assert_eq!(stack_name("web", &"x".repeat(128)).len(), LONGEST_STACK + 7);
        assert!(project_name("日", "本").bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
