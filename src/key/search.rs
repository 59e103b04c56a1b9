//! Finds files by globs without reading the folders in which none can match.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use crate::context::{Context, Entry};
use crate::error::{Error, Result};

/// Folders that never hold sources.
const NO_SOURCES: [&str; 2] = [".git", ".keg"];

/// The files below `root` for which `is_meant` holds. It is asked only where one of `patterns` could match.
pub(super) fn search(root: &Path, patterns: &[String], is_meant: &dyn Fn(&str) -> bool) -> Result<Context> {
    let patterns: Vec<Vec<Part>> = patterns.iter().map(|pattern| parts(pattern)).collect();
    let mut entries = Vec::new();
    if patterns.is_empty() {
        return Ok(Context { root: root.to_owned(), entries });
    }
    let files = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|file| {
        let is_wanted = |path: &str| patterns.iter().any(|pattern| may_match(pattern, path));
        file.depth() == 0 || (!is_state(file) && relative(root, file).is_some_and(is_wanted))
    });
    for file in files {
        let failed = |error: walkdir::Error| {
            let error = Error::request(format!("cannot read the files that `rebuild_all` names: {error}"));
            error.help("make them readable, or correct `rebuild_all` in keg.yml")
        };
        let file = file.map_err(failed)?;
        let Some(path) = relative(root, &file).filter(|path| is_file_or_link(&file) && is_meant(path)) else {
            continue;
        };
        entries.extend(Entry::of(|| file.path().to_owned(), path.to_owned(), &file.metadata().map_err(failed)?)?);
    }
    Ok(Context { root: root.to_owned(), entries })
}

fn is_file_or_link(file: &DirEntry) -> bool {
    file.file_type().is_file() || file.file_type().is_symlink()
}

fn is_state(file: &DirEntry) -> bool {
    file.file_type().is_dir() && NO_SOURCES.iter().any(|name| file.file_name() == *name)
}

fn relative<'a>(root: &Path, file: &'a DirEntry) -> Option<&'a str> {
    file.path().strip_prefix(root).ok()?.to_str()
}

/// What a pattern says about one name of a path.
enum Part {
    Name(GlobMatcher),
    /// `**`, or braces that reach over a slash: from here on anything can match.
    Anything,
}

fn parts(pattern: &str) -> Vec<Part> {
    let names = pattern.trim_start_matches("./").trim_end_matches('/').split('/');
    names
        .map(|name| match Glob::new(name) {
            Ok(glob) if name != "**" => Part::Name(glob.compile_matcher()),
            _ => Part::Anything,
        })
        .collect()
}

/// Whether the pattern could match `path` or something in it. What lies in a folder that matches, matches too.
fn may_match(pattern: &[Part], path: &str) -> bool {
    for (part, name) in pattern.iter().zip(path.split('/')) {
        match part {
            Part::Anything => return true,
            Part::Name(glob) if !glob.is_match(name) => return false,
            Part::Name(_) => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_matches_are_not_entered() {
        for (pattern, path, expected) in [
            ("keg.yml", "keg.yml", true),
            ("keg.yml", "taps", false),
            ("*.yml", "taps", false),
            ("tests_common/**", "tests_common", true),
            ("tests_common/**", "tests_common/a/b", true),
            ("tests_common", "tests_common/a/b", true),
            ("./a/*/c", "a/x", true),
            ("a/*/c", "a/x/d", false),
            ("**/x", "any/thing", true),
            ("a/**/x", "b", false),
            ("{a/b,c}", "anything", true),
        ] {
            assert_eq!(may_match(&parts(pattern), path), expected, "{pattern} {path}");
        }
    }
}
