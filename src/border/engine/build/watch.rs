//! A build that another program asks BuildKit for, as its account of it tells.

use bollard_buildkit_proto::moby::buildkit::v1::StatusResponse;

use super::progress::Progress;
use super::{BuildRequest, failure, secrets};
use crate::error::Error;
use crate::event::Events;

/// What the errors of steps have in them that were ended because something else failed. Killed ones say 137.
const ENDED_BY_OTHERS: [&str; 4] = ["context canceled", "Canceled", "exit code: 137", "signal: killed"];

/// What such a build has done so far, passed on as events.
pub struct BuildWatch<'a> {
    request: &'a BuildRequest,
    progress: Progress<'a>,
}

impl<'a> BuildWatch<'a> {
    /// Nothing yet.
    pub fn new(request: &'a BuildRequest, events: &'a Events) -> Self {
        Self { request, progress: Progress::new(&request.step, secrets(request), events) }
    }

    /// Takes in what BuildKit says of it.
    pub fn take(&mut self, status: StatusResponse) {
        self.progress.take(status);
    }

    /// Forgets a vertex: it is another build's.
    pub fn forget(&mut self, digest: &str) {
        self.progress.forget(digest);
    }

    /// Shows lines that never ended.
    pub fn flush(&mut self) {
        self.progress.flush();
    }

    /// Why it failed, if BuildKit said so; one that was only ended because another one failed did not. `message` is
    /// what the program said in the end, perhaps of another build.
    pub fn failure(&self, message: &str) -> Option<Error> {
        let error = self.progress.failed(message)?.error.to_owned();
        if error.is_empty() {
            // The command that `message` names is one of this build too, which did not get that far.
            return None;
        }
        let is_said = message.contains(&error);
        if !is_said && ENDED_BY_OTHERS.iter().any(|text| error.contains(text)) {
            return None;
        }
        let message = if is_said { message } else { &error };
        Some(failure::report(self.request, &self.progress, message))
    }

    /// The report of a failure with this message.
    pub fn report(&self, message: &str) -> Error {
        failure::report(self.request, &self.progress, message)
    }

    /// See [`Built`](super::Built): the number of Dockerfile steps, and of those that came from the cache.
    pub fn counts(&self) -> (usize, usize) {
        self.progress.counts()
    }
}
