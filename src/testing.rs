//! Tests of images: what is run, and where it is defined.
//!
//! An image has the tests of the workspace (`common_tests`), then those of each image that it stands on, the lowest
//! first, then its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::manifest::{CommandLine, TestKind, TestPlace};

mod gather;
mod info;
pub mod junit;
mod outcome;
mod passed;

pub use gather::{Gathered, gather};
pub use info::info_commands;
pub use outcome::{Outcome, Verdict};
pub use passed::Passed;

/// The folder of an image that holds executable tests.
pub const FOLDER: &str = "test";
/// The file of commands in the folder of common tests.
pub const FILE: &str = "tests.yml";
/// How many characters of a command are its name.
const LONGEST_NAME: usize = 60;
/// How long a test may take unless it says otherwise.
pub const USUAL_LIMIT: Duration = Duration::from_secs(600);

/// The tests of one image, in the order in which they are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageTests {
    /// The tests, inherited ones first.
    pub tests: Vec<ImageTest>,
    /// The digest of everything that defines them: it tells whether they are the tests that have passed once.
    pub digest: String,
}

/// A test of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTest {
    /// The name, which no other test of the image has.
    pub name: String,
    /// What is run; images that inherit it share it.
    pub definition: Arc<Definition>,
}

/// What is run, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// What reports call it.
    pub name: String,
    /// Where it is defined.
    pub origin: Origin,
    /// What is run.
    pub program: Program,
    /// Where it runs.
    pub place: TestPlace,
    /// Whether keg runs it.
    pub kind: TestKind,
    /// A regular expression that what it prints must match.
    pub expect: Option<String>,
    /// How long it may take.
    pub limit: Duration,
    /// How often it is run again when it fails.
    pub retries: u8,
    /// Variables of the command.
    pub env: Vec<(String, String)>,
    /// Ports beside those that the image exposes.
    pub ports: Vec<u16>,
    /// The digest of the definition and of the files beside it.
    pub digest: String,
}

/// Where a test is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The image that defines it; nothing for one that all images have.
    pub image: Option<String>,
    /// The file, with the line of a command, as `base/image.yml:4` or `base/test/page`.
    pub shown: String,
    /// The folder in which commands on the host run.
    pub folder: PathBuf,
}

/// What a test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A command.
    Command(CommandLine),
    /// An executable file of a folder that the container gets.
    File {
        /// The folder, absolute.
        folder: PathBuf,
        /// The file in it.
        name: String,
    },
}

impl ImageTest {
    /// Whether keg runs it.
    pub fn is_run(&self) -> bool {
        self.definition.kind == TestKind::Integration
    }

    /// Where it comes from, as seen from `image`, a name with or without a plan: nothing for its own tests.
    pub fn inherited_from(&self, image: &str) -> Option<&str> {
        let image = image.split(" [").next().unwrap_or(image);
        match &self.definition.origin.image {
            None => Some("the workspace"),
            Some(other) if other != image => Some(other),
            Some(_) => None,
        }
    }

    /// The command in one line.
    pub fn command(&self) -> String {
        match &self.definition.program {
            Program::Command(command) => command.one_line(),
            Program::File { name, .. } => name.clone(),
        }
    }
}

/// The name of a command that has none: its beginning.
fn name_of(command: &CommandLine) -> String {
    let line = command.one_line();
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
