//! Reads YAML into typed values, and says where a file is wrong: line, column and the nearest right word.

use std::fmt;
use std::ops::{Deref, Range};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result, nearest};

/// How the message of a value begins that YAML takes for something else than text.
pub(crate) const READ_AS: &str = "was read as the";

/// A value with the bytes of the file that it was read from. Two are equal when their values are.
#[derive(Clone, Default)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the text that was parsed; empty where they are not known.
    pub span: Range<usize>,
    /// Its line, from 1; 0 where it is not known.
    pub line: usize,
}

impl<T> Located<T> {
    /// An error about this value, with its place in the file.
    pub fn error(&self, name_shown: &str, text: &str, message: impl Into<String>, label: impl Into<String>) -> Error {
        Error::request(message).place(name_shown, text, within(text, self.span.clone()), label)
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T> From<T> for Located<T> {
    fn from(value: T) -> Self {
        Self { value, span: 0..0, line: 0 }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
        let line = usize::try_from(spanned.referenced.line()).unwrap_or(0);
        Ok(Self { value: spanned.value, span: span_of(spanned.referenced).unwrap_or(0..0), line })
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Reads `text` as one YAML document. A file without content gives the value of an empty map.
///
/// # Errors
/// Syntax errors, unknown and duplicate keys and wrong types, each with its place in the file, which is shown
/// under the name `name_shown`.
pub fn parse<T: DeserializeOwned>(name_shown: &str, text: &str) -> Result<T> {
    let has_content = text.trim_start_matches('\u{feff}').lines().any(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    let source = if has_content { text } else { "{}" };
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(source, options).map_err(|error| located(&error, name_shown, text))
}

/// The line of a byte, from 1.
pub fn line_of(text: &str, byte: usize) -> usize {
    let before = &text.as_bytes()[..byte.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A span that lies in `text` and on character boundaries, so that no renderer stumbles over it.
pub(crate) fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.start);
    start..boundary(span.end).max(start)
}

fn span_of(location: serde_saphyr::Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start + length)
}

/// An empty span at the line and column of a location that has no bytes.
fn start_of(location: serde_saphyr::Location, text: &str) -> Option<Range<usize>> {
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.saturating_sub(1);
    let content = text.split_inclusive('\n').nth(line)?;
    let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let in_line = content.char_indices().nth(column).map_or(content.len(), |(at, _)| at);
    Some(line_start + in_line..line_start + in_line)
}

fn located(error: &serde_saphyr::Error, name_shown: &str, text: &str) -> Error {
    let error = error.without_snippet();
    let place = error.location().and_then(|place| span_of(place).or_else(|| start_of(place, text)));
    let written = place.clone().and_then(|span| text.get(within(text, span))).unwrap_or_default();
    let (message, label, help) = explain(error, written);
    let report = Error::request(format!("reading {name_shown}: {message}"));
    let report = match place {
        Some(span) => report.place(name_shown, text, within(text, span), label),
        None => report,
    };
    match help {
        Some(help) => report.help(help),
        None => report,
    }
}

/// Message, label at the place, and help. `written` is what the file has there.
fn explain(error: &serde_saphyr::Error, written: &str) -> (String, String, Option<String>) {
    use serde_saphyr::Error as Yaml;
    match error {
        Yaml::SerdeUnknownField { field, expected, .. } => {
            (format!("`{field}` is no key here"), "unknown key".into(), Some(suggestion(field, expected, "Keys")))
        }
        Yaml::SerdeUnknownVariant { variant, expected, .. } => (
            format!("`{variant}` is not allowed here"),
            "unknown word".into(),
            Some(suggestion(variant, expected, "Words")),
        ),
        Yaml::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map_or_else(|| "a key".to_owned(), |key| format!("`{key}`"));
            (format!("{key} is given twice"), "second time".into(), Some("Keep one of them.".into()))
        }
        Yaml::SerdeMissingField { field, .. } => {
            (format!("`{field}` is missing"), "needed here".into(), Some(format!("Add the key `{field}`.")))
        }
        Yaml::MultipleDocuments { .. } => (
            "there is more than one YAML document".into(),
            "the second one".into(),
            Some("Remove `---` and what follows it.".into()),
        ),
        Yaml::Unexpected { expected, .. } => {
            let (what, help) = match *expected {
                "string scalar" => ("text is expected", None),
                "sequence start" => ("a list is expected", Some("Write `[a, b]`, or one `- a` per line.")),
                "mapping start" => ("keys with values are expected", Some("Write `key: value`.")),
                other => (other, None),
            };
            (what.to_owned(), "this is something else".into(), help.map(Into::into))
        }
        Yaml::InvalidBooleanStrict { .. } => {
            ("a boolean is expected".into(), "this is none".into(), Some("Write `true` or `false`.".into()))
        }
        Yaml::NullIntoString { .. } => {
            ("text is expected".into(), "nothing is here".into(), Some("For an empty text write `\"\"`.".into()))
        }
        Yaml::Message { msg, .. } if msg.starts_with(READ_AS) => (
            format!("`{written}` {msg}"),
            "text is expected".into(),
            Some(format!("Put it in quotes: `\"{written}\"`.")),
        ),
        other => {
            let text = other.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            (without_place(&text).to_owned(), "here".into(), None)
        }
    }
}

fn suggestion(word: &str, expected: &[&'static str], what: &str) -> String {
    let all = format!("{what} here: {}.", expected.join(", "));
    match nearest(word, expected.iter().copied()) {
        Some(nearest) => format!("Did you mean `{nearest}`? {all}"),
        None => all,
    }
}

/// The library's messages end with the place, which the report shows already.
fn without_place(message: &str) -> &str {
    let first_line = message.lines().next().unwrap_or(message);
    match first_line.rfind(" at line ") {
        Some(at) => first_line[..at].trim_end_matches(','),
        None => first_line,
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::{ImageFile, KegFile, TapFile};

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Sample {
        name: Option<Located<String>>,
        numbers: IndexMap<String, Located<u32>>,
        flag: Option<bool>,
        list: Vec<Located<String>>,
    }

    fn message(text: &str) -> String {
        let error = parse::<Sample>("x.yml", text).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let mut report = String::new();
        miette::NarratableReportHandler::new().render_report(&mut report, &error).unwrap();
        let label = report.lines().find(|line| line.trim().starts_with("label at")).unwrap_or("    no place");
        format!("{} | {}", error.message(), label.trim())
    }

    #[test]
    fn places_of_values() {
        let text = "\u{feff}# ä\r\nname: ü\r\nlist: [a, \"b c\"]\r\nnumbers:\r\n  x: 12\r\n";
        let sample: Sample = parse("x.yml", text).unwrap();
        let name = sample.name.unwrap();
        assert_eq!((&text[name.span.clone()], name.line), ("ü", 2));
        let list: Vec<_> = sample.list.iter().map(|word| &text[word.span.clone()]).collect();
        assert_eq!(list, ["a", "\"b c\""]);
        assert_eq!((&text[sample.numbers["x"].span.clone()], sample.numbers["x"].line), ("12", 5));
    }

    #[test]
    fn empty_files_have_no_values() {
        for text in ["", "\n", "# only a comment\n", "---\n", "~", "\u{feff}"] {
            let sample: Sample = parse("x.yml", text).unwrap();
            assert!(sample.name.is_none() && sample.flag.is_none(), "{text:?}");
        }
    }

    #[test]
    fn errors() {
        for (text, expected) in [
            ("nmae: x", "reading x.yml: `nmae` is no key here | label at line 1, columns 1 to 4: unknown key"),
            ("name: a\nname: b", "reading x.yml: `name` is given twice | label at line 2, columns 1 to 4: second time"),
            ("name: [a]", "reading x.yml: text is expected | label at line 1, column 7: this is something else"),
            ("name: {a: b}", "reading x.yml: text is expected | label at line 1, column 7: this is something else"),
            ("list: a", "reading x.yml: a list is expected | label at line 1, column 7: this is something else"),
            ("- a", "reading x.yml: keys with values are expected | label at line 1, column 1: this is something else"),
            ("flag: yes", "reading x.yml: a boolean is expected | label at line 1, columns 7 to 9: this is none"),
            ("numbers: {a: x}", "reading x.yml: invalid u32 | label at line 1, column 14: here"),
            (
                "name: a\n---\nname: b",
                "reading x.yml: there is more than one YAML document | label at line 3, column 1: the second one",
            ),
            ("name: \"x", "reading x.yml: unclosed quote | label at line 1, column 7: here"),
            ("list: [a,", "reading x.yml: unclosed bracket '[' | label at line 1, column 7: here"),
            ("name: *x", "reading x.yml: reference to unknown value | label at line 1, column 7: here"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(?s).{0,200}") {
            parses_or_renders(&text);
        }

        #[test]
        fn never_panics_on_what_looks_like_yaml(text in "([a-z:\\-\\[\\]{}\"'&*!|>%@`,#~ \n\t]|registry|layout|tag_prefix|1e999|0x|name|<<){0,60}") {
            parses_or_renders(&text);
        }
    }

    fn parses_or_renders(text: &str) {
        let errors = [
            parse::<KegFile>("keg.yml", text).err(),
            parse::<ImageFile>("image.yml", text).err(),
            parse::<TapFile>("tap.yml", text).err(),
        ];
        for error in errors.into_iter().flatten() {
            let mut report = String::new();
            miette::GraphicalReportHandler::new().render_report(&mut report, &error).unwrap();
            assert!(!report.is_empty());
        }
    }
}
