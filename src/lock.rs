//! `keg.lock`: the digest of each outside image that images are built on. It is committed, so that everybody builds
//! on the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::reference::{Reference, is_digest};
use crate::yaml::{self, Located};

mod write;

/// The file's name in the workspace's folder.
pub const FILE: &str = "keg.lock";

/// How many digits of a digest are enough to tell it from others.
const SHORT_DIGITS: usize = 12;

const HEADER: &str = "# The digests of the images outside this workspace that its images are built on.
# Written by keg; `keg update` refreshes it. Commit it with your changes.
";

/// References with their digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<Reference, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    images: BTreeMap<String, Located<String>>,
}

impl Lock {
    /// Reads the text of a lock file; `name` is the path that errors show.
    ///
    /// # Errors
    /// Names each place where the file is wrong: syntax, references, digests, one image under two spellings.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let file: File = yaml::parse(name, text)?;
        let mut lock = Self::default();
        let mut errors = Vec::new();
        for (written, digest) in &file.images {
            let line = text[..digest.span.start.min(text.len())].rfind(written.as_str());
            let at_reference = line.map_or(digest.span.clone(), |start| start..start + written.len());
            let wrong = |message: String, span, label: &str| {
                Error::request(format!("reading {name}: {message}"))
                    .place(name, text, span, label)
                    .help("undo the change to the file, or remove the line: the next build writes it anew")
            };
            match Reference::parse(written) {
                Err(error) => errors.push(wrong(error.to_string(), at_reference, "this reference")),
                Ok(reference) if reference.digest().is_some() => {
                    let message = format!("`{written}` has its digest in its name and needs no lock");
                    errors.push(wrong(message, at_reference, "this reference"));
                }
                Ok(_) if !is_digest(&digest.value) => {
                    let message = format!("`{}` is no digest: `sha256:` and 64 digits are expected", digest.value);
                    errors.push(wrong(message, digest.span.clone(), "this digest"));
                }
                Ok(reference) => {
                    if lock.0.insert(reference.with_default_tag(), digest.value.clone()).is_some() {
                        let message = format!("`{written}` is locked twice, under two spellings");
                        errors.push(wrong(message, at_reference, "this is the same image"));
                    }
                }
            }
        }
        Error::all(errors).map_or(Ok(lock), Err)
    }

    /// The digest that `reference` is locked to; the one that it names itself comes first.
    pub fn get<'a>(&'a self, reference: &'a Reference) -> Option<&'a str> {
        reference.digest().or_else(|| self.0.get(&reference.with_default_tag()).map(String::as_str))
    }

    /// Locks `reference` to `digest`. A reference that names a digest itself is not locked.
    pub fn set(&mut self, reference: &Reference, digest: &str) {
        if reference.digest().is_none() {
            self.0.insert(reference.with_default_tag(), digest.to_owned());
        }
    }

    /// Removes what is locked and not among `references`.
    pub fn keep_only<'a>(&mut self, references: impl IntoIterator<Item = &'a Reference>) {
        let kept: Vec<Reference> = references.into_iter().map(Reference::with_default_tag).collect();
        self.0.retain(|reference, _| kept.contains(reference));
    }

    /// References, each with a tag, and their digests, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, &str)> {
        self.0.iter().map(|(reference, digest)| (reference, digest.as_str()))
    }

    /// The text of the file: the same for the same lock, one image a line.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}images:");
        if self.0.is_empty() {
            text.push_str(" {}");
        }
        text.push('\n');
        let mut lines: Vec<String> =
            self.iter().map(|(reference, digest)| format!("  {}: {digest}\n", reference.familiar())).collect();
        lines.sort();
        text.extend(lines);
        text
    }

    /// Reads `keg.lock` of the workspace at `root`; empty where there is none.
    ///
    /// # Errors
    /// A file that cannot be read or is wrong.
    pub fn read(root: &Path) -> Result<Self> {
        let file = root.join(FILE);
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(FILE, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::request(format!("cannot read {}", file.display())).cause(error)),
        }
    }
}

/// A digest as people read it: `sha256:` and the first 12 digits.
pub fn short(digest: &str) -> &str {
    let end = digest.find(':').map_or(0, |colon| colon + 1) + SHORT_DIGITS;
    digest.get(..end).unwrap_or(digest)
}

#[cfg(test)]
mod tests;
