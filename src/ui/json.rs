//! Events as JSON, one a line.

use crate::event::{Event, Outcome};
use crate::settings::Verbosity;

use super::Renderer;
use super::secrets::Secrets;
use super::stream::Stream;

pub(super) struct Json {
    stderr: Stream,
    secrets: Secrets,
    verbosity: Verbosity,
}

impl Json {
    pub(super) fn new(stderr: Stream, secrets: Secrets, verbosity: Verbosity) -> Self {
        Self { stderr, secrets, verbosity }
    }
}

impl Renderer for Json {
    fn show(&mut self, event: &Event) {
        let is_failure = matches!(event, Event::StepFinished { outcome: Outcome::Failed { .. }, .. });
        if self.verbosity == Verbosity::Quiet && !is_failure {
            return;
        }
        // Events are plain data: there is none that cannot be JSON.
        if let Ok(mut value) = serde_json::to_value(event) {
            self.secrets.mask_json(&mut value);
            self.stderr.write_or_forget(&format!("{value}\n"));
        }
    }
}
