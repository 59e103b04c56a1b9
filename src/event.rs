//! What happens while a plan is carried out, as data. Only `ui` turns it into text.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::error::Result;

/// One thing that happened. Renderers get them in order.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Something that the user should know; not an error.
    Note {
        /// The sentence.
        message: String,
    },
    /// Something that may go wrong later.
    Warning {
        /// The sentence.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// The work on a plan begins; without it no renderer can say how much is left.
    PlanStarted {
        /// How many `StepFinished` there will be.
        steps: usize,
    },
    /// A step of the plan has begun.
    StepStarted {
        /// What the step works on: an image's or tap's name, and the verb, as `build web`.
        step: String,
        /// The name that bars and prefixes show.
        subject: String,
        /// The verb in its present participle: `building`, `pulling`, `uploading`, `starting`.
        doing: &'static str,
    },
    /// A build has reached one of its Dockerfile steps.
    BuildProgress {
        /// The step, as in `StepStarted`.
        step: String,
        /// The number of Dockerfile steps that are done or running.
        current: usize,
        /// The number of Dockerfile steps known so far.
        total: usize,
        /// The running instruction, as `RUN apt-get update`.
        instruction: String,
        /// Whether it came from the cache.
        cached: bool,
    },
    /// A line that a build or container printed.
    Log {
        /// The step, as in `StepStarted`.
        step: String,
        /// The line, without its line end.
        line: String,
    },
    /// Bytes that moved.
    Transfer {
        /// The step, as in `StepStarted`.
        step: String,
        /// Bytes done.
        done: u64,
        /// Bytes in all, as far as known.
        total: u64,
    },
    /// Files of the work tree were copied into a running tap, or deleted there.
    Synced {
        /// The tap's name.
        tap: String,
        /// The service, where it is not the one that runs the tap's image.
        service: Option<String>,
        /// What was copied, relative to the watched folder.
        copied: Vec<String>,
        /// What was deleted.
        deleted: Vec<String>,
        /// Whether the service's containers were restarted.
        restarted: bool,
        /// What it took, in seconds in JSON.
        #[serde(serialize_with = "seconds")]
        took: Duration,
    },
    /// A step has ended.
    StepFinished {
        /// The step, as in `StepStarted`.
        step: String,
        /// How it ended.
        outcome: Outcome,
        /// What it took, in seconds in JSON.
        #[serde(serialize_with = "seconds")]
        took: Duration,
    },
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It did what it should.
    Done,
    /// Another keg had done it meanwhile.
    Found,
    /// It failed.
    Failed {
        /// The error in one line.
        error: String,
    },
    /// It did not run since a step that it needs failed.
    Blocked {
        /// That step.
        by: String,
    },
    /// It did not run or was ended since the user interrupted the run.
    Cancelled,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Where events go. Cheap to clone; sending never blocks and never fails.
#[derive(Debug, Clone)]
pub struct Events(Option<tokio::sync::mpsc::UnboundedSender<Event>>);

impl Events {
    /// A sender and the receiver that a renderer reads.
    pub fn channel() -> (Self, tokio::sync::mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    /// Drops everything; for reads that nobody watches.
    pub fn none() -> Self {
        Self(None)
    }

    /// Sends `event`; a renderer that has gone is no reason to stop the work.
    pub fn send(&self, event: Event) {
        if let Some(sender) = &self.0 {
            sender.send(event).ok();
        }
    }

    /// Sends a note.
    pub fn note(&self, message: impl Into<String>) {
        self.send(Event::Note { message: message.into() });
    }

    /// Sends a warning.
    pub fn warn(&self, message: impl Into<String>, help: Option<String>) {
        self.send(Event::Warning { message: message.into(), help });
    }

    /// Sends a line that `step` has printed.
    pub fn log(&self, step: &str, line: impl Into<String>) {
        self.send(Event::Log { step: step.to_owned(), line: line.into() });
    }

    /// Does `work` as a step that is no part of a plan; see [`Event::StepStarted`] for what names it.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn step<T>(
        &self,
        step: &str,
        subject: &str,
        doing: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.send(Event::StepStarted { step: step.to_owned(), subject: subject.to_owned(), doing });
        let began = Instant::now();
        let result = work.await;
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed { error: error.message().to_owned() },
        };
        self.send(Event::StepFinished { step: step.to_owned(), outcome, took: began.elapsed() });
        result
    }
}
