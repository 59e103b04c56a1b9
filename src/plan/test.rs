//! Tests and `info` commands as steps of a plan.

use crate::error::Error;
use crate::reference::Reference;
use crate::testing::ImageTest;

/// A test or `info` command of an image that is on the engine by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestAction {
    /// The image's name, with its plan.
    pub image: String,
    /// The plan whose variant of the image it is.
    pub plan: Option<String>,
    /// The image: its content tag, so that no other image can be meant.
    pub reference: Reference,
    /// The test.
    pub test: ImageTest,
    /// What it is run for.
    pub purpose: Purpose,
}

/// What a command is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether the image is as it should be.
    Test,
    /// For what it prints.
    Info,
    /// For the tags that what it prints gives.
    Version,
}

impl TestAction {
    /// The report of a failure, which has this reason.
    pub fn failure(&self, reason: &str) -> Error {
        let (image, name, shown) = (&self.image, &self.test.name, &self.test.definition.origin.shown);
        let from = match self.purpose {
            Purpose::Test => self.test.inherited_from(image),
            Purpose::Version => self.test.inherited_from(image).filter(|_| self.test.definition.origin.image.is_some()),
            Purpose::Info => None,
        };
        let from = from.map(|from| format!(", inherited from {from}")).unwrap_or_default();
        Error::failed(format!("{} `{name}` of {image} ({shown}{from}): {reason}", self.purpose.verb()))
    }
}

impl Purpose {
    /// The verb.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Info => "info",
            Self::Version => "version",
        }
    }

    /// The verb while it happens.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Test => "testing",
            Self::Info | Self::Version => "reading",
        }
    }
}
