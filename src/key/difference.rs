//! What differs between the inputs of two builds.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::{CONTENT_TAG_DIGITS, Inputs, Key};

/// One input that differs. Prints as `+ file src/a.py`, `- …` or `~ …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The input's name: `dockerfile`, `file src/a.py`, `build-arg PY`, `parent tap`.
    pub name: String,
    /// The value that it had; `None` if it was added.
    pub old: Option<String>,
    /// The value that it has; `None` if it was removed.
    pub new: Option<String>,
}

/// What was added, removed and changed from `old` to `new`, sorted by name.
pub fn difference(old: &Inputs, new: &Inputs) -> Vec<Change> {
    let mut changes: Vec<Change> = new
        .0
        .iter()
        .filter(|(name, value)| old.0.get(*name) != Some(value))
        .map(|(name, value)| Change { name: name.clone(), old: old.0.get(name).cloned(), new: Some(value.clone()) })
        .collect();
    let removed = old.0.iter().filter(|(name, _)| !new.0.contains_key(*name));
    changes.extend(removed.map(|(name, value)| Change { name: name.clone(), old: Some(value.clone()), new: None }));
    changes.sort_by(|one, other| one.name.cmp(&other.name));
    changes
}

impl Change {
    /// `+`, `-` or `~`.
    pub fn sign(&self) -> char {
        match (&self.old, &self.new) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        }
    }

    /// What the values say beside a digest of content; empty where there is nothing to say.
    fn detail(&self) -> String {
        let old = self.old.as_deref().map(|value| self.readable(value)).unwrap_or_default();
        let new = self.new.as_deref().map(|value| self.readable(value)).unwrap_or_default();
        match self.sign() {
            '~' if old != new => format!(": {old} → {new}"),
            '+' if self.has_plain_value() && !new.is_empty() => format!(": {new}"),
            '-' if self.has_plain_value() && !old.is_empty() => format!(": {old}"),
            _ => String::new(),
        }
    }

    /// Digests are left out, but for parents: there their beginnings are names that people see elsewhere too.
    fn readable<'a>(&self, value: &'a str) -> Cow<'a, str> {
        if self.name.starts_with("parent ") {
            let digits = value.strip_prefix("sha256:").unwrap_or(value);
            return if Key::parse(digits).is_ok() { digits[..CONTENT_TAG_DIGITS].into() } else { value.into() };
        }
        value.split("sha256:").next().unwrap_or_default().trim().into()
    }

    fn has_plain_value(&self) -> bool {
        !["file ", "input ", "workspace "].iter().any(|kind| self.name.starts_with(kind))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.sign(), self.name, self.detail())
    }
}
