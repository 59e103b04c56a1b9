//! Why steps are taken.

use std::fmt;

use serde::Serialize;

/// Why a step is needed, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The key is the one of the image that there is.
    Unchanged,
    /// The key is new and there is no earlier build to compare with.
    NotBuilt,
    /// The key is new: inputs changed since this tag was made.
    InputsChanged {
        /// The tag whose image has another key.
        since: String,
    },
    /// A parent is built or pulled anew.
    ParentChanged {
        /// The parent's name.
        parent: String,
    },
    /// The user asked for a new build.
    Forced,
    /// A step before it needs it.
    NeededBy {
        /// The image that is built on it.
        child: String,
    },
    /// The engine has it, and the builder cannot get it there.
    NotOnBuilder,
    /// The tag is missing.
    TagMissing,
    /// The tag names another image.
    TagOlder,
    /// The registry has it already, built elsewhere or earlier.
    BuiltBefore,
    /// The registry lacks it.
    NotPublished,
    /// The engine does not have it.
    NotHere,
    /// The user asked for it.
    Asked,
    /// The registry has a newer image under this tag.
    Newer,
    /// Nothing needs it any more.
    Leftover,
    /// The image's manifest has it.
    Hook,
    /// It is a test or `info` command.
    Defined {
        /// Where: a file, with the line of a command.
        at: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("unchanged"),
            Self::NotBuilt => f.write_str("never built"),
            Self::InputsChanged { since } => write!(f, "inputs changed since {since}"),
            Self::ParentChanged { parent } => write!(f, "parent {parent} changed"),
            Self::Forced => f.write_str("asked for with --no-cache"),
            Self::NeededBy { child } => write!(f, "needed by {child}"),
            Self::NotOnBuilder => f.write_str("not where the builder gets images"),
            Self::TagMissing => f.write_str("tag missing"),
            Self::TagOlder => f.write_str("tag names another image"),
            Self::BuiltBefore => f.write_str("built before, in the registry"),
            Self::NotPublished => f.write_str("not in the registry"),
            Self::NotHere => f.write_str("not on the engine"),
            Self::Asked => f.write_str("asked for"),
            Self::Newer => f.write_str("newer in the registry"),
            Self::Leftover => f.write_str("not needed any more"),
            Self::Hook => f.write_str("hook of its manifest"),
            Self::Defined { at } => write!(f, "defined in {at}"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
