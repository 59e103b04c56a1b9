//! Hooks as steps of a plan.

use std::fmt;
use std::path::PathBuf;

use crate::reference::Reference;

/// A command of a manifest that runs around what keg does with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAction {
    /// Which of the hooks.
    pub moment: Moment,
    /// The image's name.
    pub image: String,
    /// The image that it is about: its branch tag, or its content tag where it has no other yet.
    pub reference: Reference,
    /// The command, for the shell.
    pub command: String,
    /// The image's folder, in which it runs.
    pub folder: PathBuf,
    /// The content tag that is taken from the engine when it fails: an image of which `after_build` failed does not
    /// count as built.
    pub untag: Option<Reference>,
    /// Variables beside keg's own environment.
    pub variables: Vec<(String, String)>,
}

/// When a hook of a plan runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// After the image was built, before anything that needs it.
    AfterBuild,
    /// Before the image is uploaded or its tags move.
    BeforePush,
    /// After the tags of the whole set have moved.
    AfterPush,
}

impl Moment {
    /// The hook's key in the manifest.
    pub fn key(self) -> &'static str {
        match self {
            Self::AfterBuild => "after_build",
            Self::BeforePush => "before_push",
            Self::AfterPush => "after_push",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
