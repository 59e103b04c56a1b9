//! The names of containers that run an image by itself.

use crate::reference::Reference;

/// How many digits of a digest stand in a name.
const DIGITS: usize = 12;

/// `package-<image>-<tag>`; for an image by digest the first 12 digits of that. What a container's name cannot hold
/// becomes `-` (<https://docs.docker.com/reference/cli/docker/container/run/#name>).
pub fn container_name(image: &str, reference: &Reference) -> String {
    let digest = reference.digest().map(|digest| digest.rsplit(':').next().unwrap_or(digest));
    let digits = digest.map(|digest| digest.get(..DIGITS).unwrap_or(digest));
    let tag = reference.tag().or(digits).unwrap_or("latest");
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    let name = format!("package-{image}-{tag}");
    name.chars().map(|character| if allowed(character) { character } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_image_and_tag() {
        let name = |image: &str, reference: &str| container_name(image, &Reference::parse(reference).unwrap());
        assert_eq!(name("web", "ghcr.io/team/web:feature-x"), "package-web-feature-x");
        assert_eq!(name("group/web", "localhost:5000/group/web:V1.0_a"), "package-group-web-V1.0_a");
        assert_eq!(name("web", "web"), "package-web-latest");
        let digest = format!("web@sha256:{}", "0123456789abcdef".repeat(4));
        assert_eq!(name("web", &digest), "package-web-0123456789ab");
    }
}
