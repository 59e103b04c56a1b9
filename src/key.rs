//! Keys: the digest of everything that goes into a build.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ui::looks_secret;

pub use difference::{Change, difference};
pub use gather::{CommonInputs, file_of_input, rebuild_all};

mod difference;
mod gather;
mod search;

/// The version of the rule by which keys are formed; part of every key. It is raised when the same inputs shall give
/// another key.
pub const RULE_VERSION: u32 = 1;

/// What the tags begin with that name images by their keys.
const CONTENT_TAG_PREFIX: &str = "keg-";
/// How many hexadecimal digits of the key are in a content tag.
const CONTENT_TAG_DIGITS: usize = 12;
/// What the names of build args begin with.
const BUILD_ARG: &str = "build-arg ";
/// What stands before the digest that is kept in the place of a secret.
const SECRET: &str = "secret ";

/// The digest of everything that goes into a build. Two builds with one key give images that do the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Key([u8; 32]);

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: 64 hexadecimal digits are expected")]
pub struct KeyError(String);

impl Key {
    /// The immutable tag of images with this key: `keg-` and the key's first 12 digits.
    pub fn content_tag(&self) -> String {
        format!("{CONTENT_TAG_PREFIX}{}", &self.to_string()[..CONTENT_TAG_DIGITS])
    }

    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// `text` is not 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let error = || KeyError(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(error());
        }
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| error())?;
        }
        Ok(Self(key))
    }
}

/// Whether `tag` has the form of a content tag.
pub fn is_content_tag(tag: &str) -> bool {
    tag.strip_prefix(CONTENT_TAG_PREFIX).is_some_and(|digits| {
        digits.len() == CONTENT_TAG_DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        push_hexadecimal(&mut text, &self.0);
        f.write_str(&text)
    }
}

/// Appends the hexadecimal digits of a digest: hundreds of thousands of them are written by a command.
pub fn push_hexadecimal(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)]))));
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::parse(&text)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

/// Everything that goes into a build, by name. Secrets have no place in it, and neither have times, owners and
/// absolute paths: the same sources give the same inputs everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(BTreeMap<String, String>);

impl Inputs {
    /// The Dockerfile's text.
    pub fn dockerfile(&mut self, text: &str) {
        self.add("dockerfile", digest_of(text.as_bytes()));
    }

    /// A file of the build context: its path there, and its value as [`crate::context::digests`] gives it.
    pub fn file(&mut self, path: &str, value: impl Into<String>) {
        self.add(Self::file_name(path), value);
    }

    /// Files of the build context under their [names](Self::file_name): there may be hundreds of thousands.
    pub fn files(&mut self, files: Vec<(String, String)>) {
        self.0.append(&mut BTreeMap::from_iter(files));
    }

    /// What the input of the file at `path` is called.
    pub fn file_name(path: &str) -> String {
        ["file ", path].concat()
    }

    /// A file that the manifest names under `inputs`.
    pub fn extra_file(&mut self, path: &str, value: impl Into<String>) {
        self.add(format!("input {path}"), value);
    }

    /// A file of the workspace that goes into every key (`rebuild_all`).
    pub fn workspace_file(&mut self, path: &str, value: impl Into<String>) {
        self.add(format!("workspace {path}"), value);
    }

    /// A build arg. A second value for one name replaces the first. Values of names that look secret are kept as
    /// digests, since inputs are stored and shown.
    pub fn build_arg(&mut self, name: &str, value: &str) {
        let value =
            if looks_secret(name) { format!("{SECRET}{}", digest_of(value.as_bytes())) } else { value.to_owned() };
        self.add(format!("{BUILD_ARG}{name}"), value);
    }

    /// The stage that is built.
    pub fn target(&mut self, target: &str) {
        self.add("target", target);
    }

    /// The platforms that are built for; their order does not count. None means the engine's own and adds nothing.
    pub fn platforms(&mut self, platforms: &[String]) {
        let mut platforms: Vec<&str> = platforms.iter().map(String::as_str).collect();
        platforms.sort_unstable();
        platforms.dedup();
        if !platforms.is_empty() {
            self.add("platform", platforms.join(","));
        }
    }

    /// The plan.
    pub fn plan(&mut self, plan: &str) {
        self.add("plan", plan);
    }

    /// Something that the image is built on: the name of a workspace image with its key, or the reference of an
    /// outside image with its digest or image id.
    pub fn parent(&mut self, name: &str, identity: impl Into<String>) {
        self.add(format!("parent {name}"), identity);
    }

    fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The key: SHA-256 over the rule's version and all names and values, each behind its length, so that no two
    /// lists of inputs give one text.
    pub fn key(&self) -> Key {
        Self::key_of(self.0.iter())
    }

    /// The key of these inputs and `further` ones, whose values win where both have a name; as if they were one list,
    /// without making it.
    pub fn key_with(&self, further: &Self) -> Key {
        let mut further = further.0.iter().peekable();
        let mut own = self.0.iter().peekable();
        Self::key_of(std::iter::from_fn(|| match (own.peek(), further.peek()) {
            (Some((name, _)), Some((other, _))) if name < other => own.next(),
            (Some((name, _)), Some((other, _))) => {
                if name == other {
                    own.next();
                }
                further.next()
            }
            (_, None) => own.next(),
            (None, _) => further.next(),
        }))
    }

    /// These inputs and `further` ones, whose values win where both have a name.
    #[must_use]
    pub fn with(&self, further: Self) -> Self {
        let mut all = self.clone();
        all.0.extend(further.0);
        all
    }

    fn key_of<'a>(inputs: impl Iterator<Item = (&'a String, &'a String)>) -> Key {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(&format!("keg key, rule {RULE_VERSION}"));
        for (name, value) in inputs {
            add(name);
            if name.starts_with(BUILD_ARG) {
                // The key does not depend on which names are taken for secret.
                let digest = value.strip_prefix(SECRET).map_or_else(|| digest_of(value.as_bytes()), str::to_owned);
                add(&digest);
            } else {
                add(value);
            }
        }
        Key(hasher.finalize().into())
    }
}

fn digest_of(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    format!("sha256:{}", Key(digest))
}

#[cfg(test)]
mod tests;
