//! Events as lines of text, for pipes, CI and terminals that draw no bars.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::event::{Event, Outcome};
use crate::settings::Verbosity;

use super::Renderer;
use super::human::{human_duration, human_size};
use super::secrets::Secrets;
use super::steps::{Steps, done};
use super::stream::Stream;
use super::synced::synced;
use super::text::{Paint, clean};

/// How long a transfer says nothing before its next line.
const TRANSFER_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Plain {
    stderr: Stream,
    secrets: Secrets,
    verbosity: Verbosity,
    steps: Steps,
    transfers: HashMap<String, Instant>,
}

impl Plain {
    pub(super) fn new(stderr: Stream, secrets: Secrets, verbosity: Verbosity) -> Self {
        Self { stderr, secrets, verbosity, steps: Steps::default(), transfers: HashMap::new() }
    }

    fn line(&self, text: &str) {
        self.stderr.write_or_forget(&format!("{}\n", self.secrets.mask(text)));
    }

    fn paint(&self) -> Paint {
        Paint(self.stderr.color())
    }

    fn finished(&mut self, step: &str, outcome: &Outcome, took: Duration) {
        let ended = self.steps.end(step);
        self.transfers.remove(step);
        let (subject, doing) = ended.as_ref().map_or((step, ""), |step| (step.subject.as_str(), step.doing));
        let took = human_duration(took);
        let quiet = self.verbosity == Verbosity::Quiet;
        match outcome {
            Outcome::Done if !quiet => self.line(&format!("{subject}: {} in {took}", done(doing))),
            Outcome::Found if !quiet => self.line(&format!("{subject}: {} by another keg meanwhile", done(doing))),
            Outcome::Failed { error } => {
                let what = if doing.is_empty() { String::new() } else { format!("{doing} ") };
                let failed = self.paint().red(&format!("{what}failed"));
                self.line(&format!("{subject}: {failed} after {took}: {}", clean(error)));
            }
            Outcome::Blocked { by } if !quiet => self.line(&format!("{subject}: blocked by {by}")),
            Outcome::Cancelled if !quiet => self.line(&format!("{subject}: cancelled")),
            Outcome::Done | Outcome::Found | Outcome::Blocked { .. } | Outcome::Cancelled => {}
        }
    }

    fn log(&mut self, step: &str, line: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.line(&format!("{} | {}", self.steps.subject(step), clean(line)));
        }
    }

    fn transfer(&mut self, step: &str, bytes: u64, total: u64) {
        let now = Instant::now();
        match self.transfers.get(step) {
            // The first event only starts the clock: what is over in no time needs no line.
            None => {
                self.transfers.insert(step.to_owned(), now);
            }
            Some(last) if now.duration_since(*last) >= TRANSFER_PAUSE => {
                self.transfers.insert(step.to_owned(), now);
                let (subject, doing) = (self.steps.subject(step), self.steps.doing(step));
                self.line(&format!("{subject}: {doing} {}", transferred(bytes, total)));
            }
            Some(_) => {}
        }
    }
}

impl Renderer for Plain {
    fn show(&mut self, event: &Event) {
        let quiet = self.verbosity == Verbosity::Quiet;
        match event {
            Event::StepStarted { step, subject, doing } => {
                self.steps.start(step, subject, doing);
                if !quiet {
                    self.line(&format!("{subject}: {doing}…"));
                }
            }
            Event::StepFinished { step, outcome, took } => self.finished(step, outcome, *took),
            Event::Log { step, line } => self.log(step, line),
            _ if quiet => {}
            Event::Note { message } => self.line(message),
            Event::Warning { message, help } => {
                self.line(&format!("{} {message}", self.paint().yellow("warning:")));
                if let Some(help) = help {
                    self.line(&format!("  help: {help}"));
                }
            }
            Event::PlanStarted { .. } => {}
            Event::BuildProgress { step, current, total, instruction, cached } => {
                let cached = if *cached { " (cached)" } else { "" };
                let subject = self.steps.subject(step);
                self.line(&format!("{subject}: step {current}/{total} {}{cached}", clean(instruction)));
            }
            Event::Transfer { step, done, total } => self.transfer(step, *done, *total),
            Event::Synced { .. } => synced(event).iter().for_each(|line| self.line(line)),
        }
    }
}

/// `12 MB of 40 MB`, or only what is known.
pub(super) fn transferred(bytes: u64, total: u64) -> String {
    if total == 0 { human_size(bytes) } else { format!("{} of {}", human_size(bytes), human_size(total.max(bytes))) }
}
