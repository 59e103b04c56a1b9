//! Reads `.env` files with the values that Compose v2 reads from them (`compose-spec/compose-go`, package `dotenv`).
//!
//! Plain lines are read by dotenvy. Everything that it would refuse or silently change is read here: interpolation
//! (dotenvy makes nothing of `${A:-b}`), `$$`, escapes, spaces in values without quotes, `KEY: value`, names without
//! a value, a byte order mark.

use indexmap::IndexMap;

use crate::error::{Error, Result};

mod escape;
mod template;

/// Looks up a variable of the process.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables in `text`, in their order; a later value of a name replaces an earlier one. Values are interpolated
/// with `lookup` first and then with what the file said before. A name without `=` takes its value from `lookup`, and
/// is left out where that has none. `name` is the path that errors show; no error shows a value.
///
/// # Errors
/// Names with characters that Compose refuses, quotes without an end, interpolations with a wrong syntax, and
/// variables that are required (`${A:?}`) and missing.
pub fn parse(name: &str, text: &str, lookup: Lookup<'_>) -> Result<IndexMap<String, String>> {
    parse_above(name, text, lookup, &|_| None)
}

/// As [`parse`], for a file that lies above others: what neither `lookup` nor the file has is interpolated with
/// `below`.
///
/// # Errors
/// As [`parse`].
pub fn parse_above(name: &str, text: &str, lookup: Lookup<'_>, below: Lookup<'_>) -> Result<IndexMap<String, String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, rest: text, name, lookup, below, variables: IndexMap::new() };
    while reader.skip_to_statement() {
        reader.statement()?;
    }
    Ok(reader.variables)
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    name: &'a str,
    lookup: Lookup<'a>,
    below: Lookup<'a>,
    variables: IndexMap<String, String>,
}

impl<'a> Reader<'a> {
    /// Skips blank lines and comments; `false` at the end.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return !self.rest.is_empty();
            }
            self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
        }
    }

    /// Reads one variable. What follows a closing quote on its line is the next statement, as in Compose.
    fn statement(&mut self) -> Result<()> {
        let key = match self.key()? {
            Key::WithValue(key) => key,
            Key::Alone(key) => {
                let value = (self.lookup)(key);
                self.variables.extend(value.map(|value| (key.to_owned(), value)));
                return Ok(());
            }
        };
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(key, quote)?,
            _ => self.unquoted(key)?,
        };
        self.variables.insert(key.to_owned(), value);
        Ok(())
    }

    fn key(&mut self) -> Result<Key<'a>> {
        if let Some(rest) = self.rest.strip_prefix("export")
            && rest.starts_with(['\t', '\n', '\x0c', '\r', ' '])
        {
            self.rest = rest.trim_start_matches(is_space);
        }
        let wrong = |char: char| {
            !(is_space(char)
                || char.is_alphabetic()
                || char.is_numeric()
                || matches!(char, '_' | '.' | '-' | '[' | ']'))
        };
        // Compose would read the last line as the value of a variable without a name, and fail on that.
        let Some(end) = self.rest.find(wrong) else {
            return Err(self.error("the last line has a name without a value and no line end").help("end the line"));
        };
        let key = self.rest[..end].trim_end();
        let separator = self.rest[end..].chars().next().unwrap_or('\n');
        if !matches!(separator, '=' | ':' | '\n') {
            return Err(self.error(format!("the name of a variable cannot hold `{separator}`")));
        }
        if key.contains(' ') {
            return Err(self.error("the name of a variable cannot hold a space").help("write NAME=value"));
        }
        if key.is_empty() && separator != '\n' {
            return Err(self.error("the name of a variable is missing").help("write NAME=value"));
        }
        self.rest = self.rest[end + 1..].trim_start_matches(is_space);
        Ok(if separator == '\n' { Key::Alone(key) } else { Key::WithValue(key) })
    }

    fn unquoted(&mut self, key: &str) -> Result<String> {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let value = line.split_once(" #").map_or(line, |(value, _)| value).trim_end();
        let value = match plain(key, value) {
            Some(value) => value,
            None => self.interpolated(key, value)?,
        };
        self.rest = rest;
        Ok(value)
    }

    fn quoted(&mut self, key: &str, quote: char) -> Result<String> {
        let mut value = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((place, char)) = chars.next() {
            match char {
                '\\' => match chars.next() {
                    Some((_, escaped)) if escaped == quote => value.push(quote),
                    Some((_, escaped)) => value.extend(['\\', escaped]),
                    None => break,
                },
                char if char == quote => {
                    let literal = &self.rest[..=place];
                    let value = match plain(key, literal) {
                        Some(value) => value,
                        None if quote == '"' => self.interpolated(key, &escape::expand(&value))?,
                        None => value,
                    };
                    self.rest = &self.rest[place + 1..];
                    return Ok(value);
                }
                char => value.push(char),
            }
        }
        Err(self
            .error(format!("the value of {key} begins with {quote} and has no end"))
            .help(format!("close it with {quote}, or put the value in other quotes")))
    }

    fn interpolated(&self, key: &str, value: &str) -> Result<String> {
        let own = |name: &str| self.variables.get(name).cloned();
        let lookup = |name: &str| (self.lookup)(name).or_else(|| own(name)).or_else(|| (self.below)(name));
        template::substitute(value, &lookup).map_err(|error| {
            let report = self.error(format!("the value of {key}: {error}"));
            match error {
                template::TemplateError::Invalid => {
                    report.help("write a literal $ as $$, or put the value in single quotes")
                }
                template::TemplateError::Missing { name, .. } => report.help(format!("set {name}")),
            }
        })
    }

    /// An error at the line that has been reached. The line itself is not shown: it may hold a secret.
    fn error(&self, message: impl std::fmt::Display) -> Error {
        let read = self.text.len() - self.rest.len();
        let line = self.text[..read].matches('\n').count() + 1;
        Error::request(format!("line {line} of {}: {message}", self.name))
    }
}

enum Key<'a> {
    WithValue(&'a str),
    Alone(&'a str),
}

/// The value of a line that says the same to dotenvy and to Compose; `None` for all others.
fn plain(key: &str, value: &str) -> Option<String> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if key.is_empty() || !key.chars().all(is_name) || key.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let is_plain = match quoted {
        Some(inner) => !inner.contains(['"', '\'', '\\', '$', '\n', '\r']),
        None => value.chars().all(|char| char.is_ascii_alphanumeric() || "_-./:,@%+=".contains(char)),
    };
    if !is_plain {
        return None;
    }
    let line = format!("{key}={value}\n");
    let (_, value) = dotenvy::from_read_iter(line.as_bytes()).next()?.ok()?;
    Some(value)
}

/// White space that does not end a line.
fn is_space(char: char) -> bool {
    matches!(char, '\t' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

#[cfg(test)]
mod tests;
