//! What was promoted: who gave which images another tag, when, and from which tag.

use serde::{Deserialize, Serialize};

use crate::journal::{Entry, Journal};

/// The promotions of a workspace, the newest 100.
pub const PROMOTIONS: Journal<Promotion> = Journal::new("promotions", 100);

/// One run of `keg promote`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The version of this form.
    pub version: u32,
    /// When: `2026-11-20T12:00:00Z`.
    pub when: String,
    /// Who, as git knows the user.
    #[serde(default)]
    pub who: Option<String>,
    /// The images.
    pub images: Vec<PromotedImage>,
}

/// One image of a promotion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotedImage {
    /// Its name, with its plan where it has one.
    pub name: String,
    /// The tag that it had.
    pub from: String,
    /// The tag that it got.
    pub to: String,
    /// The digest of its manifest.
    pub digest: String,
}

impl Promotion {
    /// A promotion of `images` at this moment.
    pub fn new(when: String, who: Option<String>, images: Vec<PromotedImage>) -> Self {
        Self { version: Self::VERSION, when, who, images }
    }
}

impl Entry for Promotion {
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn moment(&self) -> &str {
        &self.when
    }
}
