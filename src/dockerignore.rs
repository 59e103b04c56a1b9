//! Which files `.dockerignore` keeps out of a build context, judged as Docker's client and BuildKit judge it:
//! the reader of `moby/patternmatcher/ignorefile`, the matcher of `moby/patternmatcher`, and the walk of
//! `tonistiigi/fsutil`. Oddities of theirs are kept: what keg hashes must be what the builder gets.

use crate::error::{Error, Result};
use pattern::Pattern;

mod pattern;

/// The patterns of a `.dockerignore` file.
#[derive(Debug, Clone, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
    has_exceptions: bool,
    /// No exception has a wildcard, but for a last `/*` or `/**`: then paths alone say where none can match.
    exceptions_are_plain: bool,
}

/// Which patterns matched a folder; what is in the folder inherits it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches(Vec<bool>);

impl DockerIgnore {
    /// Reads the text of a `.dockerignore` file; `name` is the path that errors show.
    ///
    /// # Errors
    /// Names every line whose pattern has a wrong syntax.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let mut ignore = Self { exceptions_are_plain: true, ..Self::default() };
        let mut errors = Vec::new();
        let mut start = 0;
        for (index, line) in text.split('\n').enumerate() {
            let span = start..start + line.trim_end_matches('\r').len();
            start += line.len() + 1;
            let line = if index == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
            match Pattern::parse(line) {
                Ok(Some(pattern)) => ignore.add(pattern),
                Ok(None) => {}
                Err(reason) => errors.push(
                    Error::request(format!("line {} of {name} is no pattern: {reason}", index + 1))
                        .place(name, text, span, "this pattern")
                        .help("see https://docs.docker.com/build/concepts/context/#dockerignore-files for what patterns can say"),
                ),
            }
        }
        match Error::all(errors) {
            Some(error) => Err(error),
            None => Ok(ignore),
        }
    }

    fn add(&mut self, pattern: Pattern) {
        if pattern.is_exception() {
            self.has_exceptions = true;
            self.exceptions_are_plain &= pattern.is_plain();
        }
        self.patterns.push(pattern);
    }

    /// The pattern for this path alone.
    pub fn pattern_of(path: &str) -> String {
        let escaped = path.chars().flat_map(|char| "\\*?[".contains(char).then_some('\\').into_iter().chain([char]));
        // Behind a `/`, nothing is a comment or an exception.
        std::iter::once('/').chain(escaped).collect()
    }

    /// Whether nothing is ignored.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether `path` (relative to the context, with `/`) is kept out of the context.
    pub fn is_ignored(&self, path: &str) -> bool {
        let mut parent = Matches::default();
        let mut own = Matches::default();
        for (end, _) in path.match_indices('/') {
            self.judge(&path[..end], &parent, &mut own);
            std::mem::swap(&mut parent, &mut own);
        }
        self.judge(path, &parent, &mut own)
    }

    /// Whether `path` is ignored, given what matched its folder (`Matches::default()` at the root). What matches
    /// `path` itself is left in `own`, for what `path` holds. Every pattern is asked once for every path, in order,
    /// and only where its answer could change the verdict; the last one that matches decides.
    pub fn judge(&self, path: &str, parent: &Matches, own: &mut Matches) -> bool {
        own.0.clear();
        let mut ignored = false;
        for (index, pattern) in self.patterns.iter().enumerate() {
            let inherited = parent.0.get(index).copied().unwrap_or(false);
            let matched = inherited || (pattern.is_exception() == ignored && pattern.matches(path));
            own.0.push(matched);
            if matched {
                ignored = !pattern.is_exception();
            }
        }
        ignored
    }

    /// Whether an exception could bring back something in the ignored `folder`; if not, it need not be looked at.
    pub fn may_hold_exception(&self, folder: &str) -> bool {
        if !self.has_exceptions {
            return false;
        }
        if !self.exceptions_are_plain {
            return true;
        }
        self.patterns.iter().filter(|pattern| pattern.is_exception()).any(|pattern| {
            let text = pattern.without_last_wildcard();
            text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests;
