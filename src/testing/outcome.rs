//! What became of a test.

use std::path::PathBuf;

use serde::Serialize;

use crate::manifest::TestPlace;

/// What became of one test of one image.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The image.
    pub image: String,
    /// The test.
    pub test: String,
    /// How it ended.
    pub result: Verdict,
    /// Where it is defined: a file, with the line of a command.
    pub defined: String,
    /// The image that it is inherited from, or `the workspace`; nothing for the image's own.
    pub inherited_from: Option<String>,
    /// Where it runs.
    #[serde(rename = "in")]
    pub place: TestPlace,
    /// What it runs, in one line.
    pub command: String,
    /// How often it was run.
    pub tries: u32,
    /// What it took, in seconds.
    pub seconds: f64,
    /// The file with what it printed, relative to the workspace.
    pub log: Option<PathBuf>,
    /// Why it failed.
    pub error: Option<String>,
    /// What it printed last.
    #[serde(skip)]
    pub output: String,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It succeeded.
    Passed,
    /// It did not.
    Failed,
    /// It did not run, since there was no image.
    Blocked,
    /// It was interrupted.
    Cancelled,
    /// Somebody has to run it by hand.
    Manual,
}

impl Verdict {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Manual => "manual",
        }
    }
}
