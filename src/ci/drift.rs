//! What is there of generated files, compared with what should be there.

use std::collections::BTreeMap;

use similar::TextDiff;

use super::workflow::{self, Header};

/// How a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Current,
    /// Not there.
    Missing,
    /// As keg made it, for another workspace, with other arguments or by another version.
    Outdated,
    /// Made by keg, and changed since.
    Edited,
    /// Not made by keg, under a name that keg needs.
    Foreign,
    /// Made by keg, and no longer needed.
    Leftover,
    /// Made by keg, changed since, and no longer needed.
    EditedLeftover,
}

impl State {
    /// Whether somebody's own work would be lost if keg wrote or removed the file.
    pub fn is_precious(self) -> bool {
        matches!(self, Self::Edited | Self::Foreign | Self::EditedLeftover)
    }

    /// What a reader is told.
    pub fn words(self) -> &'static str {
        match self {
            Self::Current => "up to date",
            Self::Missing => "missing",
            Self::Outdated => "out of date",
            Self::Edited => "changed by hand",
            Self::Foreign => "not made by keg",
            Self::Leftover => "no longer needed",
            Self::EditedLeftover => "no longer needed, and changed by hand",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The file's path from the root of the repository.
    pub path: String,
    /// How it is.
    pub state: State,
    /// What should be in it; `None` where it should not be there.
    pub wanted: Option<String>,
    /// From what is there to what should be: a unified diff, empty where nothing is to do.
    pub diff: String,
}

/// Every file that is there and made by keg, or should be there; by path. Files of others are left out.
pub fn compare(present: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (path, text) in wanted {
        let there = present.get(path);
        let state = match there.map(|there| (there == text, workflow::header(there))) {
            None => State::Missing,
            Some((true, _)) => State::Current,
            Some((false, None)) => State::Foreign,
            Some((false, Some(header))) if header.is_untouched => State::Outdated,
            Some((false, Some(_))) => State::Edited,
        };
        let diff = match state {
            State::Current => String::new(),
            _ => unified(path, there.map_or("", String::as_str), text),
        };
        drifts.push(Drift { path: path.clone(), state, wanted: Some(text.clone()), diff });
    }
    for (path, text) in present.iter().filter(|(path, _)| !wanted.contains_key(*path)) {
        let Some(Header { is_untouched, .. }) = workflow::header(text) else { continue };
        let state = if is_untouched { State::Leftover } else { State::EditedLeftover };
        drifts.push(Drift { path: path.clone(), state, wanted: None, diff: unified(path, text, "") });
    }
    drifts.sort_by(|one, other| one.path.cmp(&other.path));
    drifts
}

/// What has to change in a file, as `diff -u` shows it.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let (from, to) = match (old.is_empty(), new.is_empty()) {
        (true, _) => ("/dev/null".to_owned(), format!("b/{path}")),
        (_, true) => (format!("a/{path}"), "/dev/null".to_owned()),
        _ => (format!("a/{path}"), format!("b/{path}")),
    };
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(&from, &to).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    /// A file as keg writes it.
    fn made(body: &str) -> String {
        workflow::with_header("keg ci init --style one --registry ghcr --install x", None, body)
    }

    #[test]
    fn every_state_is_told_from_the_others() {
        let (one, two) = (made("name: a\n"), made("name: b\n"));
        let edited = one.replace("name: a", "name: mine");
        let present = files(&[
            ("current", &one),
            ("outdated", &two),
            ("edited", &edited),
            ("foreign", "name: theirs\n"),
            ("leftover", &two),
            ("leftover-edited", &edited),
            ("other", "name: other\n"),
        ]);
        let wanted: Vec<(&str, &str)> =
            ["current", "outdated", "edited", "foreign", "missing"].map(|path| (path, one.as_str())).to_vec();
        let states: Vec<(String, State)> =
            compare(&present, &files(&wanted)).into_iter().map(|drift| (drift.path, drift.state)).collect();
        let expected = [
            ("current", State::Current),
            ("edited", State::Edited),
            ("foreign", State::Foreign),
            ("leftover", State::Leftover),
            ("leftover-edited", State::EditedLeftover),
            ("missing", State::Missing),
            ("outdated", State::Outdated),
        ];
        assert_eq!(states, expected.map(|(path, state)| (path.to_owned(), state)));
    }

    #[test]
    fn arguments_that_were_changed_by_hand_are_a_change() {
        let text = made("name: a\n");
        let edited = text.replace("--registry ghcr", "--registry ecr");
        let drifts = compare(&files(&[("a", &edited)]), &files(&[("a", &text)]));
        assert_eq!(drifts[0].state, State::Edited);
    }

    #[test]
    fn differences_read_as_those_of_other_programs() {
        let diff = unified("a.yml", "one\ntwo\nthree\n", "one\n2\nthree\n");
        assert_eq!(diff, "--- a/a.yml\n+++ b/a.yml\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
        assert!(unified("a.yml", "", "one\n").starts_with("--- /dev/null\n+++ b/a.yml\n"));
        assert!(unified("a.yml", "one\n", "").contains("+++ /dev/null\n"));
    }
}
