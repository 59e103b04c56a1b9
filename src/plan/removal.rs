//! What is removed, and what it was when the plan was made: it may have changed since.

use std::fmt;

use crate::reference::Reference;

/// A name and what it meant when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The name.
    pub reference: Reference,
    /// The image id on the engine, the manifest's digest in the registry.
    pub digest: String,
}

/// What is deleted from one repository of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The repository.
    pub repository: Reference,
    /// Images that go, an index before what it names.
    pub images: Vec<Doomed>,
    /// Tags that go while another tag keeps their image.
    pub tags: Vec<Sighting>,
}

/// An image or index that goes, with all its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Its digest.
    pub digest: String,
    /// All tags that it had.
    pub tags: Vec<String>,
    /// The indexes that name it, which all have to be gone before.
    pub named_by: Vec<String>,
}

/// Images as their tags, with `+` for each that has none; then the tags whose images stay.
impl fmt::Display for Deletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let images = self.images.iter().map(|image| match &image.tags[..] {
            [] => "+".to_owned(),
            tags => tags.join(" = "),
        });
        let tags = self.tags.iter().map(|tag| format!("only the tag {}", tag.reference.tag().unwrap_or_default()));
        f.write_str(&images.chain(tags).collect::<Vec<_>>().join(", "))
    }
}
