//! One pattern: how a line becomes one, and what it matches.

use regex::Regex;

mod expression;

/// A line of `.dockerignore` that says something.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    exception: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Exact,
    Prefix,
    Suffix,
    Expression(Regex),
}

impl Pattern {
    /// `None` for blank lines and comments. A comment's `#` is the line's first character: behind a space it is a
    /// pattern, as in Docker.
    pub(super) fn parse(line: &str) -> Result<Option<Self>, String> {
        if line.starts_with('#') {
            return Ok(None);
        }
        let read = Self::read(line.trim());
        if read.is_empty() {
            return Ok(None);
        }
        let (exception, text) = match read.strip_prefix('!') {
            Some("") => return Err("a path is missing behind `!`".to_owned()),
            Some(rest) => (true, rest.to_owned()),
            None => (false, read),
        };
        expression::check(&text)?;
        let matcher = Matcher::of(&text)?;
        Ok(Some(Self { text, exception, matcher }))
    }

    /// The pattern as the matcher gets it, `!` included. Docker cleans it twice, once when it reads the file and, with
    /// the `!`, once when it makes the matcher: what begins with `./!` ends up as an exception.
    fn read(line: &str) -> String {
        let (mark, written) = match line.strip_prefix('!') {
            Some(rest) => ("!", rest.trim()),
            None => ("", line),
        };
        if written.is_empty() {
            return mark.to_owned();
        }
        let cleaned = clean(written);
        let relative = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
        clean(format!("{mark}{relative}").trim())
    }

    pub(super) fn is_exception(&self) -> bool {
        self.exception
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact => path == self.text,
            Matcher::Prefix => path.starts_with(&self.text[..self.text.len() - 2]),
            Matcher::Suffix => {
                let suffix = &self.text[2..];
                path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path)
            }
            Matcher::Expression(expression) => expression.is_match(path),
        }
    }

    /// Whether it has no wildcard, but for a last `/*` or `/**`.
    pub(super) fn is_plain(&self) -> bool {
        !self.without_last_wildcard().contains(['*', '[', ']', '?', '^', '\\'])
    }

    pub(super) fn without_last_wildcard(&self) -> &str {
        let text = self.text.strip_suffix("/**").unwrap_or(&self.text);
        text.strip_suffix("/*").unwrap_or(text)
    }
}

impl Matcher {
    /// Chooses as `moby/patternmatcher` does: where `**` comes first or last, the rest is compared as it is written.
    fn of(text: &str) -> Result<Self, String> {
        let special = |text: &str| text.contains(['*', '?', '[', ']', '\\']);
        if !special(text) {
            return Ok(Self::Exact);
        }
        if let Some(rest) = text.strip_prefix("**")
            && !special(rest)
        {
            return Ok(Self::Suffix);
        }
        if let Some(rest) = text.strip_suffix("**")
            && !special(rest)
        {
            return Ok(Self::Prefix);
        }
        let expression = expression::of(text)?;
        Regex::new(&expression).map(Self::Expression).map_err(|_| format!("`{text}` cannot be understood"))
    }
}

/// Go's `path.Clean`: the shortest path that means the same, without looking at any file.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            ".." if rooted => {}
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in [
            ("a/b", "a/b"),
            ("a//b/", "a/b"),
            ("./a", "a"),
            (".", "."),
            ("./", "."),
            ("/", "/"),
            ("//a", "/a"),
            ("a/..", "."),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("a/./b/../c", "a/c"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
