//! Turns events and results into text. The only place that prints: results go to stdout, all else to stderr.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::border::engine::Output;
use crate::env_vars::{NO_COLOR, TERM};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Events};
use crate::settings::{Format, Settings, Verbosity};

mod ask;
mod error;
mod grouped;
mod human;
mod json;
mod log;
mod plain;
mod running;
mod secrets;
mod steps;
mod stream;
mod synced;
mod table;
mod terminal;
mod text;
mod usage;

pub use grouped::Groups;
pub use human::{human_age, human_duration, human_size};
pub use log::LogPrinter;
pub use running::Running;
pub use secrets::{MASK, looks_secret, mask_secrets};
pub use table::table;
pub use usage::{print_early_error, print_usage};

use secrets::Secrets;
use stream::Stream;

/// The width of error reports where stderr has none of its own.
const USUAL_COLUMNS: usize = 80;

/// Prints, as the settings say. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ui {
    format: Format,
    verbosity: Verbosity,
    stdout: Stream,
    stderr: Stream,
    bars: MultiProgress,
    secrets: Secrets,
    current_folder: PathBuf,
    groups: Option<Groups>,
}

/// Shows events to the user. Each gets them in order and writes to stderr.
trait Renderer: Send {
    /// Shows one event.
    fn show(&mut self, event: &Event);
    /// Called ten times a second, for what moves.
    fn tick(&mut self) {}
    /// Called after the last event.
    fn finish(&mut self) {}
}

impl Ui {
    /// A `Ui` on the process's own stdout and stderr.
    pub fn new(settings: &Settings) -> Self {
        let dumb = settings.variables.get(TERM) == Some("dumb");
        let color = std::io::stdout().is_terminal() && settings.variables.get(NO_COLOR).is_none() && !dumb;
        let mut out = comfy_table::Table::new();
        // A terminal that does not know its width says 0.
        let columns = |table: &comfy_table::Table| table.width().map(usize::from).filter(|columns| *columns > 0);
        let columns_of_stdout = columns(&out);
        let columns_of_stderr = columns(out.use_stderr());
        let stdout = Stream::new(std::io::stdout(), color, columns_of_stdout);
        let stderr = Stream::new(std::io::stderr(), settings.color, columns_of_stderr);
        let target = if settings.stderr_is_terminal && !dumb {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self::with(settings, stdout, stderr, target)
    }

    fn with(settings: &Settings, stdout: Stream, stderr: Stream, target: ProgressDrawTarget) -> Self {
        Self {
            format: settings.format,
            verbosity: settings.verbosity,
            stdout,
            stderr,
            bars: MultiProgress::with_draw_target(target),
            secrets: Secrets::default(),
            current_folder: settings.current_folder.clone(),
            groups: None,
        }
    }

    /// Marks what builds and tests print as parts of the log that this CI system folds.
    #[must_use]
    pub fn with_groups(self, groups: Groups) -> Self {
        Self { groups: Some(groups), ..self }
    }

    /// How results are to be printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// From now on prints `***` where `secret` would stand.
    pub fn hide(&self, secret: impl Into<String>) {
        self.secrets.add(secret.into());
    }

    /// From now on prints secrets, since the user asks for them.
    pub fn reveal(&self) {
        self.secrets.clear();
    }

    /// Whether a part of `text` would be printed as `***`.
    pub fn hides(&self, text: &str) -> bool {
        self.secrets.mask(text) != text
    }

    /// Starts to show events. Call [`Running::finish`] before the results are printed.
    pub fn start(&self) -> (Events, Running) {
        Running::start(self.renderer())
    }

    fn renderer(&self) -> Box<dyn Renderer> {
        let stderr = self.stderr.clone();
        let secrets = self.secrets.clone();
        match self.format {
            Format::Json => Box::new(json::Json::new(stderr, secrets, self.verbosity)),
            // indicatif drops every line without a word where it cannot draw.
            _ if self.verbosity == Verbosity::Quiet || self.bars.is_hidden() => {
                let plain = plain::Plain::new(stderr.clone(), secrets.clone(), self.verbosity);
                match self.groups.filter(|_| self.verbosity > Verbosity::Quiet) {
                    Some(groups) => Box::new(grouped::Grouped::new(groups, plain, stderr, secrets)),
                    None => Box::new(plain),
                }
            }
            _ => Box::new(terminal::Terminal::new(self.bars.clone(), stderr.color(), secrets, self.verbosity)),
        }
    }

    /// Prints `text` to stdout, with a line end unless it has one.
    ///
    /// # Errors
    /// When stdout cannot be written. Where its reader has gone, as in `keg … | head`, the error says nothing to the
    /// user and only ends the command.
    pub fn print(&self, text: &str) -> Result<()> {
        let line_end = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{}{line_end}", self.secrets.mask(text));
        self.suspend(|| self.stdout.write(&text)).map_err(not_written)
    }

    /// Passes on what a process in a container prints, as it is, to the same stream of keg.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub fn pass(&self, output: Output, bytes: &[u8]) -> Result<()> {
        let stream = if output == Output::Stderr { &self.stderr } else { &self.stdout };
        self.suspend(|| stream.write_bytes(bytes)).map_err(not_written)
    }

    /// Prints a table to stdout: see [`table`].
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub fn print_table(&self, headers: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
        // Masked before anything is cut: half a secret would no longer be recognised.
        let masked = rows.into_iter().map(|row| row.iter().map(|cell| self.secrets.mask(cell)).collect()).collect();
        self.print(&table(headers, masked, self.stdout.columns(), self.stdout.color()))
    }

    /// Prints one JSON document to stdout.
    ///
    /// # Errors
    /// As [`Ui::print`], and when `value` cannot be JSON.
    pub fn print_json(&self, value: &impl Serialize) -> Result<()> {
        let failure = |error| Error::failed("cannot write the result as JSON").cause(error);
        let mut value = serde_json::to_value(value).map_err(failure)?;
        self.secrets.mask_json(&mut value);
        self.print(&serde_json::to_string_pretty(&value).map_err(failure)?)
    }

    /// Prints what there is to say of the `documents` of so many taps as one: where one tap was asked for its document
    /// itself, or nothing, else a list under `taps`.
    ///
    /// # Errors
    /// As [`Ui::print_json`].
    pub fn print_taps(&self, asked: usize, mut documents: Vec<serde_json::Value>) -> Result<()> {
        match documents.pop() {
            Some(only) if asked == 1 => self.print_json(&only),
            None if asked == 1 => Ok(()),
            last => {
                documents.extend(last);
                self.print_json(&serde_json::json!({ "taps": documents }))
            }
        }
    }

    /// Prints a note to stderr, outside of a run.
    pub fn note(&self, message: impl Into<String>) {
        self.show(&Event::Note { message: message.into() });
    }

    /// Prints a warning to stderr, outside of a run.
    pub fn warn(&self, message: impl Into<String>, help: Option<String>) {
        self.show(&Event::Warning { message: message.into(), help });
    }

    fn show(&self, event: &Event) {
        self.suspend(|| match self.format {
            Format::Json => json::Json::new(self.stderr.clone(), self.secrets.clone(), self.verbosity).show(event),
            _ => plain::Plain::new(self.stderr.clone(), self.secrets.clone(), self.verbosity).show(event),
        });
    }

    /// Prints the report of `error` to stderr. Nothing is said for an error that only passes on an exit code.
    pub fn error(&self, error: &Error) {
        if matches!(error.kind(), Kind::Passed(_)) {
            return;
        }
        let text = match self.format {
            Format::Json => error::as_json(error, &self.secrets),
            _ => error::as_text(error, &self.secrets, self.stderr.columns(), self.stderr.color(), &self.current_folder),
        };
        self.suspend(|| self.stderr.write_or_forget(&text));
    }

    /// The report of `error` as it would be printed, without colours.
    pub fn error_text(&self, error: &Error) -> String {
        error::as_text(error, &self.secrets, None, false, &self.current_folder)
    }

    /// `value` without secrets, for what is written into files.
    pub fn masked<T: Serialize + DeserializeOwned>(&self, value: T) -> T {
        let Ok(mut json) = serde_json::to_value(&value) else { return value };
        self.secrets.mask_json(&mut json);
        serde_json::from_value(json).unwrap_or(value)
    }

    /// Runs `work`, which may write to the terminal or ask something, without bars in its way.
    pub fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bars.suspend(work)
    }
}

fn not_written(error: std::io::Error) -> Error {
    // 141 is what shells show for a program that SIGPIPE has ended.
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        Error::passed(141)
    } else {
        Error::failed("cannot write to stdout").cause(error)
    }
}

#[cfg(test)]
mod tests;
