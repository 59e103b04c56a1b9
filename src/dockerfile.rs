//! Reads a Dockerfile for what keg needs: stages, references with their places, declared build args.
//!
//! `ONBUILD` instructions run in the builds of other images, so their references make no parents here.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::workspace::EdgeKind;
use crate::yaml::within;

mod copied;
mod expand;
mod read;
mod references;
mod words;

pub use copied::Copied;
pub use expand::{Expansion, expand};
pub use references::{External, Inputs};

/// The build arg that tells a Dockerfile which image it is built on.
pub const BASE_ARGUMENT: &str = "KEG_BASE_IMAGE";
/// The reference that means an empty image.
pub const SCRATCH: &str = "scratch";

/// A Dockerfile with its path and text, and what was read in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its text, as read.
    pub text: String,
    /// The path as errors show it.
    pub shown: String,
    /// The character that takes the meaning from the next one: a backslash unless a directive says otherwise.
    pub escape: char,
    /// `ARG` before the first `FROM`, in order.
    pub arguments: Vec<Argument>,
    /// The ids of the ssh agents that `RUN --mount=type=ssh` asks for, each once.
    pub agents: Vec<String>,
    /// The stages, in order; never empty in a parsed file.
    pub stages: Vec<Stage>,
}

/// A build arg that the Dockerfile declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// The default as written, before substitution.
    pub default: Option<String>,
    /// The line, from 1.
    pub line: usize,
}

/// One `FROM` and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// `AS`, as written; the builder takes upper and lower case as one.
    pub name: Option<String>,
    /// What the stage is built on.
    pub from: Source,
    /// `--platform`, as written.
    pub platform: Option<String>,
    /// `ARG` in this stage, in order.
    pub arguments: Vec<Argument>,
    /// References in `COPY --from` and `RUN --mount`, in order.
    pub sources: Vec<Source>,
}

/// A reference in a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The instruction that has it.
    pub kind: EdgeKind,
    /// The reference as written, before substitution.
    pub written: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
}

impl Dockerfile {
    /// Parses the text of a Dockerfile.
    ///
    /// # Errors
    /// When it has no `FROM` or breaks the syntax, with the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        Self::parse_shown(path, &path.display().to_string(), text)
    }

    /// As [`parse`](Self::parse); errors call the file `shown`.
    ///
    /// # Errors
    /// When it has no `FROM` or breaks the syntax, with the line.
    pub fn parse_shown(path: &Path, shown: &str, text: &str) -> Result<Self> {
        read::read(path, shown, text)
    }

    /// Whether `KEG_BASE_IMAGE` is declared before the first `FROM`, where a `FROM` can use it.
    pub fn declares_base_argument(&self) -> bool {
        self.arguments.iter().any(|argument| argument.name == BASE_ARGUMENT)
    }

    /// The text with other references in place of the given bytes. Ranges that overlap an earlier one, or lie
    /// outside the text, are left out.
    pub fn rewritten(&self, replacements: &[(Range<usize>, String)]) -> String {
        let mut sorted: Vec<_> = replacements.iter().collect();
        sorted.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::with_capacity(self.text.len() + 128);
        let mut done = 0;
        for (range, replacement) in sorted {
            let Some(before) = self.text.get(done..range.start).filter(|_| self.text.get(range.clone()).is_some())
            else {
                continue;
            };
            text.push_str(before);
            text.push_str(replacement);
            done = range.end;
        }
        text.push_str(&self.text[done..]);
        text
    }

    /// An error about bytes of this file.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Error {
        Error::request(message).place(&self.shown, self.text.as_str(), within(&self.text, span), label)
    }
}

#[cfg(test)]
mod tests;
