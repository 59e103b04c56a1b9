//! What of a project is different as a stack.

use std::fmt;

/// A key of a project that a stack has not, or has in another way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The service.
    pub service: String,
    /// The key.
    pub key: String,
    /// What it means.
    pub weight: Weight,
    /// What is different and, where something can be done, what.
    pub text: String,
}

/// What a change means for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It is said in another way.
    Adapted,
    /// It is left out, and the service works.
    Lost,
    /// Without it the service would be another one.
    Breaks,
    /// Without it there is no service.
    Impossible,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.service, self.key, self.text)
    }
}
