//! Error reports: graphical by miette, or one JSON document.

use std::fmt;
use std::path::Path;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode};
use serde_json::json;

use crate::error::{Error, Place};

use super::secrets::Secrets;
use super::text::clean;

/// What miette shows of one error: texts without secrets and control characters, and the places of one file.
#[derive(Debug)]
struct Shown {
    message: String,
    cause: Option<Box<Cause>>,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    severity: Severity,
    related: Vec<Shown>,
}

#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

/// The report of `error` with file, line and column of each place, causes and help. `columns` is the terminal's
/// width; `None`, as in a pipe, wraps nothing, so that messages stay whole for tools that search them.
pub(super) fn as_text(
    error: &Error,
    secrets: &Secrets,
    columns: Option<usize>,
    color: bool,
    current_folder: &Path,
) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(columns.unwrap_or(super::USUAL_COLUMNS).clamp(40, 120))
        .with_wrap_lines(columns.is_some())
        .with_break_words(false)
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting();
    let mut text = String::new();
    if handler.render_report(&mut text, &Shown::of(error, secrets, current_folder)).is_err() {
        text = format!("{}\n", secrets.mask(&error.one_line()));
    }
    text.trim_start_matches('\n').lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// `{"error": {message, causes, help, places, related, code}}` in one line; `code` is the exit code.
pub(super) fn as_json(error: &Error, secrets: &Secrets) -> String {
    let mut value = json!({ "error": value_of(error) });
    secrets.mask_json(&mut value);
    format!("{value}\n")
}

fn value_of(error: &Error) -> serde_json::Value {
    let places: Vec<_> = error
        .places()
        .iter()
        .map(|place| {
            let (line, column) = place.line_and_column();
            json!({ "file": place.file(), "line": line, "column": column, "label": place.label() })
        })
        .collect();
    json!({
        "message": error.message(),
        "causes": causes(error),
        "help": error.remedy(),
        "places": places,
        "related": error.related_errors().iter().map(value_of).collect::<Vec<_>>(),
        "code": error.exit_code(),
    })
}

fn causes(error: &Error) -> Vec<String> {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |cause| cause.source()).map(ToString::to_string).collect()
}

impl Shown {
    fn of(error: &Error, secrets: &Secrets, current_folder: &Path) -> Self {
        let text = |text: &str| secrets.mask(&clean_lines(text));
        let cause =
            causes(error).iter().rev().fold(None, |next, cause| Some(Box::new(Cause { text: text(cause), next })));
        let mut files = by_file(error.places()).into_iter();
        let (source, labels) = match files.next() {
            Some(places) => snippet(&places, secrets, current_folder),
            None => (None, Vec::new()),
        };
        // miette shows one file per report: the others follow as reports of their own.
        let elsewhere = files.map(|places| {
            let (source, labels) = snippet(&places, secrets, current_folder);
            let message = "see also".to_owned();
            Self { message, cause: None, help: None, source, labels, severity: Severity::Advice, related: Vec::new() }
        });
        let related = error.related_errors().iter().map(|error| Self::of(error, secrets, current_folder));
        Self {
            message: text(error.message()),
            cause,
            help: error.remedy().map(text),
            source,
            labels,
            severity: Severity::Error,
            related: elsewhere.chain(related).collect(),
        }
    }
}

fn by_file(places: &[Place]) -> Vec<Vec<&Place>> {
    let mut files: Vec<Vec<&Place>> = Vec::new();
    for place in places {
        match files.iter_mut().find(|file| file.first().is_some_and(|first| first.file() == place.file())) {
            Some(file) => file.push(place),
            None => files.push(vec![place]),
        }
    }
    files
}

fn snippet(
    places: &[&Place],
    secrets: &Secrets,
    current_folder: &Path,
) -> (Option<NamedSource<String>>, Vec<LabeledSpan>) {
    let Some(first) = places.first() else { return (None, Vec::new()) };
    let text = secrets.mask_in_place(first.text());
    // At the very end, behind the last line, miette has no line to point at.
    let last = text.trim_end_matches(['\n', '\r']).len();
    let labels = places
        .iter()
        .map(|place| {
            let label = Some(secrets.mask(place.label())).filter(|label| !label.is_empty());
            let span = place.span();
            LabeledSpan::new(label, span.start.min(last), span.len())
        })
        .collect();
    let file = Path::new(first.file());
    let shown = file.strip_prefix(current_folder).unwrap_or(file).display().to_string();
    (Some(NamedSource::new(shown, text)), labels)
}

fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

impl Diagnostic for Shown {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() { None } else { Some(Box::new(self.labels.iter().cloned())) }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|shown| shown as &dyn Diagnostic)))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}
