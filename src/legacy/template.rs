//! `{{ envs.X }}` and `{{ cli.taps.x.path }}`.

use std::path::Path;

use super::env::Scalars;
use super::{File, Map, Sources, located};
use crate::error::{Error, Result, nearest};
use crate::yaml::Located;

/// What stands for `{{` and `}}` while YAML is read, to which braces mean something else. As many bytes, so that places
/// stay right.
const OPEN: char = '\u{2ad}';
const CLOSE: char = '\u{2ac}';

/// How many variables may lead to one another.
const DEEPEST: usize = 16;

/// The text with all templates masked.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside, after)) = first(rest, "{{", "}}") {
        masked.push_str(before);
        masked.push(OPEN);
        masked.push_str(inside);
        masked.push(CLOSE);
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// The text as it was written.
pub(super) fn unmasked(text: &str) -> String {
    text.replace(OPEN, "{{").replace(CLOSE, "}}")
}

/// The text before a template, what is in it, and the text after; a template ends on its own line.
fn first<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find(open)?;
        let inside = &text[start + open.len()..];
        match inside.find(['{', '}', '\n', OPEN, CLOSE]).filter(|end| inside[*end..].starts_with(close)) {
            Some(end) => return Some((&text[..start], &inside[..end], &inside[end + close.len()..])),
            None => from = start + open.len(),
        }
    }
}

/// Fills templates with the values that they mean.
pub(super) struct Fill<'a> {
    sources: &'a Sources<'a>,
    env: &'a Map<Scalars>,
    /// The name under which the tap speaks of itself.
    own: Vec<String>,
}

impl<'a> Fill<'a> {
    pub fn new(sources: &'a Sources<'a>, env: &'a Map<Scalars>) -> Self {
        // A tap names itself in the paths of its own files, whatever it is linked as here.
        let itself = env.iter().filter(|(name, _)| super::env::is_own_path(name));
        let itself = itself.filter_map(|(_, value)| tap_of(first(value.text(), "\u{2ad}", "\u{2ac}")?.1));
        let own = itself.map(str::to_owned).chain([sources.link.to_owned()]).collect();
        Self { sources, env, own }
    }

    /// The text with its templates filled; the template that nothing is known of otherwise.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        self.fill_within(text, 0)
    }

    fn fill_within(&self, text: &str, depth: usize) -> Result<String, Unknown> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, inside, after)) = first(rest, "\u{2ad}", "\u{2ac}") {
            filled.push_str(before);
            filled.push_str(&self.value(inside.trim(), depth)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, path: &str, depth: usize) -> Result<String, Unknown> {
        let unknown = |help: String| Unknown { path: path.to_owned(), help };
        if let Some(name) = path.strip_prefix("envs.") {
            let Some(value) = self.env.get(name) else {
                let near = nearest(name, self.env.keys().map(String::as_str));
                return Err(unknown(match near {
                    Some(near) => format!("did you mean `{{{{ envs.{near} }}}}`?"),
                    None => format!("write {name} under `env:`"),
                }));
            };
            if depth > DEEPEST {
                return Err(unknown("the variables mean each other".to_owned()));
            }
            return self.fill_within(value.text(), depth + 1);
        }
        if let Some(name) = tap_of(path) {
            let folder = match self.own.iter().any(|own| own == name) {
                true => Some(self.sources.folder),
                false => self.sources.taps.iter().find(|(known, _)| known == name).map(|(_, folder)| folder.as_path()),
            };
            let shown = |folder: &Path| folder.display().to_string();
            return folder.map(shown).ok_or_else(|| unknown(format!("link that tap first: keg tap link {name} PATH")));
        }
        Err(unknown("known are `envs.NAME` and `cli.taps.NAME.path`".to_owned()))
    }
}

/// The tap's name in `cli.taps.NAME.path`.
fn tap_of(path: &str) -> Option<&str> {
    path.trim().strip_prefix("cli.taps.")?.strip_suffix(".path")
}

/// A template of which nothing is known.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    pub path: String,
    pub help: String,
}

impl Unknown {
    /// The error about it in the value where it stands.
    pub fn error<T>(&self, file: &File<'_>, value: &Located<T>) -> Error {
        let message = format!("reading {}: `{{{{ {} }}}}` is not known", file.shown, self.path);
        located(file, value, message, "in this value").help(self.help.clone())
    }
}
