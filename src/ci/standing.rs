//! Whether a run may still move the tags of its branch. Runs of two pushes may overtake each other: the one of the older
//! commit then leaves the tags to the other.

/// Where the commit of a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is the newest of its branch, or the branch is not known to have a newer one.
    Newest,
    /// The branch is at this commit now, which is no ancestor of the run's.
    Superseded(String),
    /// The branch is at this commit now, in which the images of the run are the same.
    SameImages(String),
    /// The remote does not have the branch any more.
    Gone,
    /// The remote could not be asked, for this reason.
    Unknown(String),
}

/// Judges a run of `commit`. `tip` is the commit of the branch in the remote; `merge_base` the youngest commit that both
/// have in common, where this clone knows the tip.
pub fn standing(commit: &str, tip: Option<&str>, merge_base: Option<&str>) -> Standing {
    match tip {
        None => Standing::Gone,
        Some(tip) if tip == commit || merge_base == Some(tip) => Standing::Newest,
        Some(tip) => Standing::Superseded(tip.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_commit_moves_tags() {
        assert_eq!(standing("b", Some("b"), None), Standing::Newest);
        assert_eq!(standing("b", Some("c"), Some("b")), Standing::Superseded("c".into()), "a newer commit was pushed");
        assert_eq!(standing("b", Some("c"), None), Standing::Superseded("c".into()), "one that this clone lacks");
        assert_eq!(standing("b", Some("x"), Some("a")), Standing::Superseded("x".into()), "a force push");
        assert_eq!(standing("b", Some("a"), Some("a")), Standing::Newest, "commits that are not pushed yet");
        assert_eq!(standing("b", None, None), Standing::Gone);
    }
}
