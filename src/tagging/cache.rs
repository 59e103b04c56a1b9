//! The tags under which builders keep layers in the registry, one for each tag of a branch. No branch gets such a tag.

use super::with_prefix;

const PREFIX: &str = "keg-cache";

/// The tag for the layers of a branch with this tag.
pub fn cache_tag(branch: &str) -> String {
    with_prefix(PREFIX, branch)
}

/// The tag of the branch whose layers are kept under `tag`.
pub fn branch_of_cache(tag: &str) -> Option<&str> {
    tag.strip_prefix(PREFIX)?.strip_prefix('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(cache_tag("feature-x"), "keg-cache-feature-x");
        assert_eq!(branch_of_cache("keg-cache-feature-x"), Some("feature-x"));
        assert_eq!(branch_of_cache("keg-cache"), None);
        assert_eq!(branch_of_cache("keg-0123456789ab"), None);
        assert!(cache_tag(&"x".repeat(128)).len() <= 128);
    }
}
