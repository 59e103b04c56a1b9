//! Lists of packages as package managers print them, and what is different between two. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

/// Fewer lines than this are no list.
const FEWEST: usize = 2;

/// Packages and their versions.
pub type Packages = BTreeMap<String, String>;

/// What is different between two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Packages that are new: name and version.
    pub added: Vec<(String, String)>,
    /// Packages that are gone: name and version.
    pub removed: Vec<(String, String)>,
    /// Packages of another version: name, the version before, and the version now.
    pub changed: Vec<(String, String, String)>,
}

impl Changes {
    /// Whether the lists are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// What has come, gone and changed.
pub fn changes(before: &Packages, now: &Packages) -> Changes {
    let mut changes = Changes::default();
    for (name, version) in now {
        match before.get(name) {
            None => changes.added.push((name.clone(), version.clone())),
            Some(old) if old != version => changes.changed.push((name.clone(), old.clone(), version.clone())),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
    changes.removed = gone.map(|(name, version)| (name.clone(), version.clone())).collect();
    changes
}

/// The packages that `text` lists, if it is what `pip list`, `pip freeze`, `dpkg -l`, `dpkg-query -W`,
/// `apt list --installed`, `apk list`, `conda list`, `rpm -qa`, `npm ls` or R's `installed.packages()` prints.
pub fn parse(text: &str) -> Option<Packages> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let readers: [fn(&str) -> Line<'_>; 8] = [dpkg, apt, frozen, conda, r_matrix, npm, dashed, columns];
    readers.into_iter().find_map(|reader| read(&lines, reader))
}

/// What a reader makes of a line.
enum Line<'a> {
    /// A package and its version.
    Package(&'a str, &'a str),
    /// A heading or a remark.
    Aside,
    /// Nothing of this form.
    Other,
}

fn read(lines: &[&str], reader: fn(&str) -> Line<'_>) -> Option<Packages> {
    let mut packages = Packages::new();
    for line in lines {
        match reader(line) {
            Line::Package(name, version) => {
                packages.insert(name.to_owned(), version.to_owned());
            }
            Line::Aside => {}
            Line::Other => return None,
        }
    }
    (packages.len() >= FEWEST).then_some(packages)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphanumeric() || "@_".contains(first))
        && word.chars().all(|character| character.is_alphanumeric() || "._+-:/@~".contains(character))
}

fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && word.chars().all(|character| character.is_alphanumeric() || "._+-:~!^*".contains(character))
}

fn package<'a>(name: &'a str, version: &'a str) -> Line<'a> {
    if is_name(name) && is_version(version) { Line::Package(name, version) } else { Line::Other }
}

/// `ii  bash  5.2.15-2+b2  amd64  GNU Bourne Again SHell`; only `i` in the second place is installed.
fn dpkg(line: &str) -> Line<'_> {
    if line.starts_with("Desired=") || line.starts_with("| ") || line.starts_with("|/ ") || line.starts_with("||/ ") {
        return Line::Aside;
    }
    if line.starts_with("+++-") {
        return Line::Aside;
    }
    let mut words = line.split_whitespace();
    let state = words.next().unwrap_or_default();
    let is_state = state.len() >= 2 && state.len() <= 3 && state.chars().all(|letter| letter.is_ascii_alphabetic());
    match (words.next(), words.next(), words.next()) {
        (Some(name), Some(version), Some(_)) if is_state && is_version(version) => {
            if state[1..].starts_with('i') {
                package(name, version)
            } else {
                Line::Aside
            }
        }
        _ => Line::Other,
    }
}

/// `bash/stable,now 5.2.15-2+b2 amd64 [installed]`
fn apt(line: &str) -> Line<'_> {
    if line.starts_with("Listing...") || line.starts_with("WARNING: apt") || line.starts_with("N: ") {
        return Line::Aside;
    }
    let mut words = line.split_whitespace();
    match (words.next().and_then(|word| word.split_once('/')), words.next(), line.contains(" [")) {
        (Some((name, _)), Some(version), true) => package(name, version),
        _ => Line::Other,
    }
}

/// `numpy==1.26.4`, `tool @ file:///src`; editable ones and remarks are passed over.
fn frozen(line: &str) -> Line<'_> {
    if line.starts_with('#') || line.starts_with("-e ") {
        return Line::Aside;
    }
    match (line.split_once("=="), line.split_once(" @ ")) {
        (Some((name, version)), _) => package(name, version.split([';', ' ']).next().unwrap_or_default()),
        (None, Some((name, place))) if is_name(name) => Line::Package(name, place),
        _ => Line::Other,
    }
}

/// `numpy  1.26.4  py311h64a7726_0  conda-forge`, below headings that begin with `#`.
fn conda(line: &str) -> Line<'_> {
    if line.starts_with('#') {
        return Line::Aside;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [name, version, build] | [name, version, build, _] if build.contains(['_', '0', '1']) => package(name, version),
        _ => Line::Other,
    }
}

/// `dplyr   "dplyr"   "1.1.4"`
fn r_matrix(line: &str) -> Line<'_> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["Package", "Version"] => Line::Aside,
        [_, name, version] => match (unquoted(name), unquoted(version)) {
            (Some(name), Some(version)) => package(name, version),
            _ => Line::Other,
        },
        _ => Line::Other,
    }
}

fn unquoted(word: &str) -> Option<&str> {
    word.strip_prefix('"')?.strip_suffix('"')
}

/// `├── express@4.19.2`
fn npm(line: &str) -> Line<'_> {
    let is_branch = |letter: char| "├─└┬│+`|- ".contains(letter);
    let word = line.trim_start_matches(is_branch).split_whitespace().next().unwrap_or_default();
    match word.rsplit_once('@') {
        Some((name, version)) if line.starts_with(is_branch) => package(name, version),
        // The package itself, with its folder.
        _ if line.contains('/') && !line.starts_with(is_branch) => Line::Aside,
        _ => Line::Other,
    }
}

/// `musl-1.2.5-r0 x86_64 {musl} (MIT) [installed]` of apk, `bash-5.1.8-9.el9.x86_64` of rpm: the last two dashes are
/// around the version.
fn dashed(line: &str) -> Line<'_> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let dash = word.match_indices('-').map(|(place, _)| place).rev().nth(1);
    match dash {
        Some(place) if rest.is_empty() || rest.contains('{') => package(&word[..place], &word[place + 1..]),
        _ => Line::Other,
    }
}

/// `numpy   1.26.4`, also with the heading and the dashes of `pip list` and the folders of editable packages.
fn columns(line: &str) -> Line<'_> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["Package", "Version"] | ["Package", "Version", "Editable", ..] => Line::Aside,
        _ if words.iter().all(|word| word.chars().all(|letter| letter == '-')) => Line::Aside,
        [name, version] => package(name, version),
        [name, version, folder] if folder.starts_with('/') => package(name, version),
        _ => Line::Other,
    }
}

#[cfg(test)]
mod tests;
