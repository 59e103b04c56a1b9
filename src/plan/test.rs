//! Tests as steps of a plan.

use crate::reference::Reference;
use crate::testing::ImageTest;

/// A test of an image that is on the engine by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestAction {
    /// The image's name, with its plan.
    pub image: String,
    /// The image: its content tag, so that no other image can be meant.
    pub reference: Reference,
    /// The test.
    pub test: ImageTest,
}
