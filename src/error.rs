//! The one error type: what was being done, what went wrong, where, and what to do next.
//!
//! Every error that reaches a user is one of four kinds, and the kind alone gives the exit code.

mod told;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

pub use told::Told;

/// The result of everything in keg that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is; gives the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A step of the work failed (exit code 1).
    Failed,
    /// The request or a file is wrong (exit code 2).
    Request,
    /// The engine, the registry or Compose is out of reach (exit code 3).
    Unreachable,
    /// The user interrupted the run (exit code 130).
    Interrupted,
    /// A program that keg ran for the user ended with this code; keg ends with the same and adds nothing.
    Passed(u8),
}

/// A report for the user. Build one with [`Error::request`] and friends, then add
/// [`help`](Error::help), [`place`](Error::place) and [`cause`](Error::cause).
#[derive(Debug, Clone)]
pub struct Error(Box<Report>);

#[derive(Debug, Clone)]
struct Report {
    kind: Kind,
    message: String,
    help: Option<String>,
    places: Vec<Place>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    related: Vec<Error>,
}

/// A place in a file that a report points at.
#[derive(Debug, Clone)]
pub struct Place {
    source: Arc<NamedSource<String>>,
    span: Range<usize>,
    label: String,
}

impl Place {
    /// The path to show.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        self.source.inner()
    }

    /// The bytes meant, within the text and on character boundaries, whatever was given.
    pub fn span(&self) -> Range<usize> {
        let start = floor_of_character(self.text(), self.span.start);
        start..floor_of_character(self.text(), self.span.end).max(start)
    }

    /// What is wrong there.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Line and column, in characters, both from 1.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.text()[..self.span().start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

fn floor_of_character(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A cause that is only text.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Report {
            kind,
            message: message.into(),
            help: None,
            places: Vec::new(),
            cause: None,
            related: Vec::new(),
        }))
    }

    /// A step of the work failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// The request or a file is wrong.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(Kind::Request, message)
    }

    /// The engine, the registry or Compose is out of reach.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// The user pressed Ctrl-C.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    /// A program that ran on the user's behalf ended with `code`; nothing more is said.
    pub fn passed(code: u8) -> Self {
        Self::new(Kind::Passed(code), format!("ended with code {code}"))
    }

    /// What a program's exit code means for keg's own: 0 is success, all else is passed on.
    ///
    /// # Errors
    /// [`Error::passed`] for every code but 0.
    pub fn of_exit(code: i32) -> Result<()> {
        match code {
            0 => Ok(()),
            code => Err(Self::passed(u8::try_from(code).unwrap_or(1))),
        }
    }

    /// Adds the remedy: what the user can do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds a place in a file. `name` is the path to show, `text` the file's text, `span` the bytes meant.
    #[must_use]
    pub fn place(
        mut self,
        name: impl AsRef<str>,
        text: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Self {
        self.0.places.push(Place { source: Arc::new(NamedSource::new(name, text.into())), span, label: label.into() });
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn cause(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// Adds the underlying reason as text.
    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Self {
        self.cause(Cause(cause.into()))
    }

    /// Adds further errors that were found in the same pass, so that all can be mended at once.
    #[must_use]
    pub fn with_related(mut self, related: Vec<Error>) -> Self {
        self.0.related.extend(related);
        self
    }

    /// One error out of several: the first with the others related to it; `None` when there is none. What would read
    /// the same is kept once: a branch without a tag fails every image of its repository.
    pub fn all(errors: Vec<Error>) -> Option<Self> {
        let mut seen = HashSet::new();
        let mut errors = errors.into_iter().filter(|error| seen.insert(error.identity()));
        errors.next().map(|first| first.with_related(errors.collect()))
    }

    /// All values, or one error out of those that there are.
    ///
    /// # Errors
    /// See [`Error::all`].
    pub fn each<T>(results: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(value) => values.push(value),
                Err(error) => errors.push(error),
            }
        }
        Self::all(errors).map_or(Ok(values), Err)
    }

    /// A text that only errors share that read the same.
    fn identity(&self) -> String {
        let places: Vec<_> = self.0.places.iter().map(|place| (place.file(), place.span.clone())).collect();
        format!("{:?}", (self.one_line(), &self.0.help, places))
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The message without cause, place and help.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The remedy, if there is one.
    pub fn remedy(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The places in files that it points at, in the order in which they were added.
    pub fn places(&self) -> &[Place] {
        &self.0.places
    }

    /// Further errors that were found in the same pass.
    pub fn related_errors(&self) -> &[Error] {
        &self.0.related
    }

    /// Message and causes in one line, for events and tables.
    pub fn one_line(&self) -> String {
        let mut line = self.0.message.clone();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self.0.kind {
            Kind::Failed => 1,
            Kind::Request => 2,
            Kind::Unreachable => 3,
            Kind::Interrupted => 130,
            Kind::Passed(code) => code,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

impl Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.places.first().map(|place| &*place.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.0.places.first()?;
        let same = self.0.places.iter().filter(|place| place.source.name() == first.source.name());
        Some(Box::new(
            same.map(|place| LabeledSpan::new(Some(place.label.clone()), place.span.start, place.span.len())),
        ))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.0.related.is_empty() {
            return None;
        }
        Some(Box::new(self.0.related.iter().map(|error| error as &dyn Diagnostic)))
    }
}

/// The candidate that is nearest to a mistyped `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_give_exit_codes() {
        assert_eq!(Error::failed("x").exit_code(), 1);
        assert_eq!(Error::request("x").exit_code(), 2);
        assert_eq!(Error::unreachable("x").exit_code(), 3);
        assert_eq!(Error::interrupted().exit_code(), 130);
        assert_eq!(Error::passed(42).exit_code(), 42);
    }

    #[test]
    fn places_have_lines_and_columns() {
        let text = "a: ä\nb: x\n";
        let error = Error::request("x").place("keg.yml", text, 9..10, "here").place("keg.yml", text, 4..999, "there");
        let places: Vec<_> = error.places().iter().map(|place| (place.line_and_column(), place.span())).collect();
        assert_eq!(places, [((2, 4), 9..10), ((1, 4), 3..text.len())]);
    }

    #[test]
    fn the_same_error_is_kept_once() {
        let at = |start| Error::request("x").place("keg.yml", "abc", start..start + 1, "here");
        let error = Error::all(vec![Error::request("x"), Error::request("x"), at(0), at(1), at(1)]).unwrap();
        assert_eq!(error.related_errors().len(), 2);
        assert!(Error::all(Vec::new()).is_none());
    }

    #[test]
    fn nearest_is_near() {
        assert_eq!(nearest("regsitry", ["registry", "layout"]), Some("registry"));
        assert_eq!(nearest("zzz", ["registry", "layout"]), None);
    }

    #[test]
    fn one_line_has_causes() {
        let error = Error::failed("building web").because("no space left");
        assert_eq!(error.one_line(), "building web: no space left");
    }
}
