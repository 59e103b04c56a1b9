//! Which images a change touches. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::border::git::Message;
use crate::history::short;
use crate::key::{Change, Inputs, difference};

/// What the names of inputs begin with that `rebuild_all` gives to every image.
const WORKSPACE: &str = "workspace ";
/// What the names of inputs begin with that are files of an image's own.
const FILES: [&str; 2] = ["file ", "input "];
/// The input that is the text of the Dockerfile, which mostly is a file of the context too.
const DOCKERFILE: &str = "dockerfile";

/// The workspace as it was in the commit that images are compared with.
#[derive(Debug, Clone)]
pub enum Before {
    /// The own inputs of its images, by their names with their plans.
    Images(BTreeMap<String, Inputs>),
    /// There was none yet.
    Nothing,
    /// It does not load, for this reason.
    Broken(String),
}

/// Why every image counts as changed, whatever its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everything {
    /// The commit whose message asks for it, 40 hexadecimal digits.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

/// Why an image counts as changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// These inputs of its own have changed.
    Inputs(Vec<Change>),
    /// The earlier commit did not have it.
    New,
    /// Nobody knows what it was: the workspace of the earlier commit does not load.
    Unknown,
    /// The message of a commit asks for all images.
    Message(Everything),
}

/// The images of `now` that have changed since `before`, by their names with their plans. `now` and `before` hold the
/// images' own inputs: a changed parent touches its children only where they get another parent. `is_real` tells for an
/// image whether an input that differs was changed by somebody, and did not only come about.
pub fn touched(
    now: &BTreeMap<String, Inputs>,
    before: &Before,
    everything: Option<&Everything>,
    is_real: &dyn Fn(&str, &Change) -> bool,
) -> BTreeMap<String, Touch> {
    let touch = |name: &str, inputs: &Inputs| {
        let own = match before {
            Before::Nothing => Some(Touch::New),
            Before::Broken(_) => Some(Touch::Unknown),
            Before::Images(images) => match images.get(name) {
                None => Some(Touch::New),
                Some(old) => {
                    let mut changes = difference(old, inputs);
                    changes.retain(|change| is_real(name, change));
                    (!changes.is_empty()).then_some(Touch::Inputs(changes))
                }
            },
        };
        // What is an image's own says more.
        own.or_else(|| everything.cloned().map(Touch::Message))
    };
    now.iter().filter_map(|(name, inputs)| Some((name.clone(), touch(name, inputs)?))).collect()
}

/// The first of `messages` with `text` in it, in upper or lower case; an empty text stands in none.
pub fn full_rebuild(text: Option<&str>, messages: &[Message]) -> Option<Everything> {
    let text = text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())?;
    let found = messages.iter().find(|message| message.text.to_lowercase().contains(&text))?;
    let subject = found.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Some(Everything { commit: found.commit.clone(), subject: subject.to_owned() })
}

/// `rebuild_all: images/spec.yml`, or `inputs changed: 3 files, build-arg PY`.
impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Unknown => f.write_str("the workspace was broken before"),
            Self::Message(everything) => write!(f, "commit message of {}", short(&everything.commit)),
            Self::Inputs(changes) => {
                let (of_all, own): (Vec<_>, Vec<_>) =
                    changes.iter().partition(|change| change.name.starts_with(WORKSPACE));
                let mut parts = Vec::new();
                if !of_all.is_empty() {
                    let names = of_all.iter().map(|change| change.name.trim_start_matches(WORKSPACE));
                    parts.push(format!("rebuild_all: {}", some(&names.collect::<Vec<_>>())));
                }
                if !own.is_empty() {
                    parts.push(format!("inputs changed: {}", inputs(&own)));
                }
                f.write_str(&shown(&parts.join("; ")))
            }
        }
    }
}

/// `3 files, build-arg PY`
fn inputs(changes: &[&Change]) -> String {
    let mut files: BTreeSet<&str> =
        changes.iter().filter_map(|change| FILES.iter().find_map(|kind| change.name.strip_prefix(kind))).collect();
    let is_file = |change: &Change| FILES.iter().any(|kind| change.name.starts_with(kind));
    let mut others: Vec<&str> =
        changes.iter().filter(|change| !is_file(change)).map(|change| change.name.as_str()).collect();
    if others.contains(&DOCKERFILE) {
        others.retain(|name| *name != DOCKERFILE);
        let is_there = files.iter().any(|file| file.to_lowercase().contains(DOCKERFILE));
        if !is_there {
            files.insert("Dockerfile");
        }
    }
    let files: Vec<&str> = files.into_iter().collect();
    let files = match files[..] {
        [] => None,
        [file] => Some(file.to_owned()),
        _ => Some(format!("{} files", files.len())),
    };
    files.into_iter().chain(others.into_iter().map(str::to_owned)).collect::<Vec<_>>().join(", ")
}

/// The first of several, and how many more there are.
fn some(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Without what would act on the terminal: names of files can hold anything.
fn shown(text: &str) -> String {
    let escape = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
#[path = "touch/tests.rs"]
mod tests;
