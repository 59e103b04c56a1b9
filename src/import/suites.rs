//! The folders of tests of a stack. There pytest runs on the host, against the image that `TEST_IMAGE` names; here the
//! same commands are tests with `in: host`.

use std::fmt::Write;

use regex::Regex;

use super::text::in_quotes;
use super::{Folders, Image, SpecImage, joined};

/// Folders beside an image's Dockerfile that hold tests.
const KNOWN: [&str; 4] = ["test", "integration_tests", "workflow_tests", "manual_tests"];
/// How many files a manual test names.
const MOST_NAMES: usize = 5;

/// The tests of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suite {
    name: String,
    run: Run,
    /// Whether somebody runs it by hand.
    is_manual: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    /// By pytest on the host: the folder, relative to the workspace.
    OnHost(String),
    /// By pytest in a container that gets the folder, which is beside the Dockerfile.
    InContainer(String),
    /// What somebody looks at.
    ByHand(String),
}

/// What the folders of an image hold, and what is to be said of it.
pub(super) fn of_image(
    path: &str,
    folder: &str,
    name: &str,
    spec: &SpecImage,
    folders: &impl Folders,
) -> (Vec<Suite>, Vec<String>) {
    let (mut suites, mut notes) = (Vec::new(), Vec::new());
    for part in folders.names(folder).iter().filter(|part| folders.is_folder(&joined(folder, part))) {
        let place = joined(folder, part);
        let suite = |run, is_manual| Suite { name: format!("{name}/{part}"), run, is_manual };
        match part.as_str() {
            "test" | "integration_tests" if !has_pytest(&place, folders) => {
                notes.push(format!("{place}: no file there is one that pytest takes for tests (test_*.py, *_test.py)"));
            }
            "test" => {
                let is_manual = spec.basic_tests == Some(false);
                suites.push(suite(Run::OnHost(place.clone()), is_manual));
                notes.extend(programs(&place, folders));
                if is_manual {
                    notes.push(format!("{path}: basic_tests of {name} is false: {place} is listed, and not run"));
                }
            }
            "integration_tests" => {
                let is_manual = spec.integration_tests != Some(true);
                suites.push(suite(Run::OnHost(place.clone()), is_manual));
                notes.push(if is_manual {
                    format!("{path}: integration_tests of {name} is not true: {place} is listed, and not run")
                } else {
                    format!("{place}: these tests run with the others, before any tag moves")
                });
            }
            "workflow_tests" => {
                suites.push(suite(Run::InContainer((*part).clone()), true));
                notes.push(format!(
                    "{place}: listed, and not run; the entry in {folder}/image.yml is ready to run when `kind: manual` \
                     goes out of it"
                ));
            }
            "manual_tests" => suites.push(suite(Run::ByHand(by_hand(&place, folders)), true)),
            other if other.to_lowercase().contains("test") => {
                notes.push(format!("{place}: nothing runs what is there: keg knows {}", KNOWN.join(", ")));
            }
            _ => {}
        }
    }
    suites.sort_by_key(|suite| KNOWN.iter().position(|known| suite.name.ends_with(&format!("/{known}"))));
    if spec.integration_tests == Some(true) && !folders.is_folder(&joined(folder, "integration_tests")) {
        notes.push(format!("{path}: integration_tests of {name} is true, and {folder} has no folder of that name"));
    }
    (suites, notes)
}

/// The tests that all images have, and what is to be said of them.
pub(super) fn common(folder: &str, folders: &impl Folders) -> (Option<Suite>, Vec<String>) {
    if !folders.is_folder(folder) {
        return (None, Vec::new());
    }
    let mut notes = programs(folder, folders);
    if !has_pytest(folder, folders) {
        notes.push(format!("{folder}: no file there is one that pytest takes for tests (test_*.py, *_test.py)"));
        return (None, notes);
    }
    let name = folder.rsplit('/').next().unwrap_or(folder).to_owned();
    (Some(Suite { name, run: Run::OnHost(folder.to_owned()), is_manual: false }), notes)
}

/// What is to be said of all tests together.
pub(super) fn notes(images: &[Image<'_>], common: Option<&Suite>, beside: &str, folders: &impl Folders) -> Vec<String> {
    let mut notes = Vec::new();
    let on_host = |suite: &&Suite| matches!(suite.run, Run::OnHost(_)) && !suite.is_manual;
    if !common.into_iter().chain(images.iter().flat_map(|image| &image.suites)).any(|suite| on_host(&suite)) {
        return notes;
    }
    notes.push(
        "the tests run with this machine's python3, which needs pytest and what they import; beside each, keg runs a \
         container of the image, whose own command has to go on"
            .to_owned(),
    );
    for image in images.iter().filter(|image| image.suites.iter().any(|suite| on_host(&suite))) {
        let on_it = built_on(&image.folder, images, beside);
        if !on_it.is_empty() {
            let names = on_it.join(", ");
            notes.push(format!("{}: its tests are run in what is built on it too: {names}", image.folder));
        }
    }
    notes.extend(fixed_ports(images, beside, folders));
    notes
}

/// Lines that publish a fixed port of the machine, which two tests at once cannot have.
fn fixed_ports(images: &[Image<'_>], beside: &str, folders: &impl Folders) -> Option<String> {
    let expression = Regex::new(r#"["']\d+(?:/tcp)?["']\s*:\s*["']?\d{2,5}\b"#).ok()?;
    let mut files = vec![joined(beside, "conftest.py")];
    let own = images.iter().flat_map(|image| ["test", "integration_tests"].map(|part| joined(&image.folder, part)));
    for folder in std::iter::once(joined(beside, "tests_common")).chain(own) {
        files.extend(files_below(&folder, folders).into_iter().filter(|file| file.ends_with(".py")));
    }
    let is_fixed =
        |line: &str| line.contains("ports") && !line.trim_start().starts_with('#') && expression.is_match(line);
    let mut places = Vec::new();
    for file in files {
        let Some(text) = folders.text(&file) else { continue };
        let lines = text.lines().enumerate().filter(|(_, line)| is_fixed(line));
        places.extend(lines.map(|(number, _)| format!("{file}:{}", number + 1)));
    }
    let note = "a fixed port can be had by one test at a time: let Docker choose one (None in place of the number), or run \
                the tests one by one with --jobs 1";
    (!places.is_empty()).then(|| format!("{note}: {}", places.join(", ")))
}

/// The names of the images that stand on the one in `folder`, directly or not.
fn built_on<'a>(folder: &str, images: &'a [Image<'_>], beside: &str) -> Vec<&'a str> {
    // A description may go round in a circle, so each image is met once.
    let mut found: Vec<&Image<'_>> = Vec::new();
    let mut stands_on = vec![folder.to_owned()];
    while let Some(below) = stands_on.pop() {
        for image in images {
            let parent = image.spec.depend_on.as_ref().map(|parent| joined(beside, parent));
            let is_new = image.folder != folder && found.iter().all(|other| other.folder != image.folder);
            if parent.is_some_and(|parent| parent == below) && is_new {
                found.push(image);
                stands_on.push(image.folder.clone());
            }
        }
    }
    found.into_iter().map(|image| image.name.as_str()).collect()
}

/// Executable files that keg takes for tests.
fn programs(folder: &str, folders: &impl Folders) -> Vec<String> {
    let names = folders.names(folder).into_iter().map(|name| joined(folder, &name));
    let note = |file: String| {
        format!("{file} is executable: keg runs it in the image, as a test of its own; chmod -x where it is none")
    };
    names.filter(|file| folders.is_executable(file)).map(note).collect()
}

fn by_hand(folder: &str, folders: &impl Folders) -> String {
    let files = files_below(folder, folders);
    let mut names: Vec<&str> = files.iter().map(String::as_str).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("try by hand {}{more}", names.join(", "))
}

fn has_pytest(folder: &str, folders: &impl Folders) -> bool {
    files_below(folder, folders).iter().any(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.strip_suffix(".py").is_some_and(|name| name.starts_with("test_") || name.ends_with("_test"))
    })
}

fn files_below(folder: &str, folders: &impl Folders) -> Vec<String> {
    let mut files = Vec::new();
    for path in folders.names(folder).iter().map(|name| joined(folder, name)) {
        if folders.is_folder(&path) { files.extend(files_below(&path, folders)) } else { files.push(path) }
    }
    files
}

/// `tests:` of a manifest; nothing where there are none.
pub(super) fn yaml<'a>(suites: impl IntoIterator<Item = &'a Suite>) -> String {
    let mut text = String::new();
    for suite in suites {
        writeln!(text, "  - name: {}", in_quotes(&suite.name)).ok();
        match &suite.run {
            Run::OnHost(folder) => {
                // From the root folder, so that pytest finds its settings and every conftest.py above the tests. What it
                // would write into the folders would be an input of the image.
                let pytest = "TEST_IMAGE=\"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider";
                let run = format!("cd \"$KEG_WORKSPACE\" && {pytest} {}", word(folder));
                writeln!(text, "    in: host\n    run: {}", in_quotes(&run)).ok();
                text.push_str("    env: {PYTHONDONTWRITEBYTECODE: \"1\"}\n    timeout: 1h\n");
            }
            Run::InContainer(folder) => {
                let mount = format!("\"$PWD/{folder}:/{folder}:ro\"");
                let run = format!(
                    "docker run --rm --volume {mount} \"$KEG_IMAGE\" python3 -m pytest -p no:cacheprovider /{folder}"
                );
                writeln!(text, "    in: host\n    run: {}\n    timeout: 1h", in_quotes(&run)).ok();
            }
            Run::ByHand(what) => {
                writeln!(text, "    run: {}", in_quotes(what)).ok();
            }
        }
        if suite.is_manual {
            text.push_str("    kind: manual\n");
        }
    }
    if text.is_empty() { text } else { format!("tests:\n{text}") }
}

/// A word for the shell.
fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), |quoted| quoted.into_owned())
}
