//! Reads a Dockerfile for what keg needs: stages, references with their places, declared build args.

use std::path::PathBuf;

/// A Dockerfile with its path and text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its text, as read.
    pub text: String,
}
