//! Turns BuildKit's account of a build into events, and remembers what a report of a failure needs.

use std::collections::{HashMap, VecDeque};

use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog};

use super::place::StepName;
use crate::event::{Event, Events};
use crate::ui::mask_secrets;

/// How many of the last lines of a step a report shows.
const LAST_LINES: usize = 20;

/// What a build has done so far.
pub(super) struct Progress<'a> {
    step: &'a str,
    secrets: Vec<String>,
    events: &'a Events,
    vertexes: HashMap<String, Seen>,
    downloads: HashMap<String, (u64, u64)>,
}

/// What is known of one of BuildKit's vertexes: a Dockerfile step, or something of its own.
#[derive(Default)]
struct Seen {
    name: String,
    inputs: Vec<String>,
    started: bool,
    cached: bool,
    error: String,
    /// Text without a line end yet, for stdout and stderr each.
    unfinished: HashMap<i64, Vec<u8>>,
    last_lines: VecDeque<String>,
}

/// What made a build fail.
pub(super) struct Failed<'a> {
    /// The name of the Dockerfile step, as `[2/5] RUN make`, if it is known.
    pub(super) step: Option<&'a str>,
    /// The image that could not be had, if it is that.
    pub(super) base: Option<&'a str>,
    /// Its error.
    pub(super) error: &'a str,
    /// What it printed last.
    pub(super) last_lines: &'a VecDeque<String>,
    /// Whether it ran for another build, which has its output.
    pub(super) elsewhere: bool,
}

impl Seen {
    /// Whether it is one of the Dockerfile's steps.
    fn is_step(&self) -> bool {
        StepName::parse(&self.name).is_some()
    }
}

impl<'a> Progress<'a> {
    /// Nothing yet; `step` names the build in events, and `secrets` are not shown in them.
    pub(super) fn new(step: &'a str, secrets: Vec<String>, events: &'a Events) -> Self {
        Self { step, secrets, events, vertexes: HashMap::new(), downloads: HashMap::new() }
    }

    /// Takes in what BuildKit says.
    pub(super) fn take(&mut self, status: StatusResponse) {
        for vertex in status.vertexes {
            self.take_vertex(vertex);
        }
        for log in status.logs {
            self.take_log(&log);
        }
        let downloads = status.statuses.into_iter().filter(|status| status.total > 0);
        let mut downloaded = false;
        for status in downloads {
            let bytes = |count: i64| u64::try_from(count).unwrap_or_default();
            let amount = (bytes(status.current.min(status.total)), bytes(status.total));
            downloaded |= self.downloads.insert(status.id, amount) != Some(amount);
        }
        if downloaded {
            let (done, total) = self.downloads.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            self.events.send(Event::Transfer { step: self.step.to_owned(), done, total });
        }
    }

    fn take_vertex(&mut self, vertex: Vertex) {
        let seen = self.vertexes.entry(vertex.digest).or_default();
        let name = mask_secrets(&vertex.name, &self.secrets);
        let parsed = StepName::parse(&name);
        // What BuildKit says of the cache for `FROM` means nothing.
        let cached = vertex.cached && base_image(&name).is_none();
        let news = (vertex.started.is_some() && !seen.started) || (cached && !seen.cached);
        seen.started |= vertex.started.is_some();
        seen.cached |= cached;
        let cached = seen.cached;
        if !vertex.error.is_empty() {
            seen.error = mask_secrets(&vertex.error, &self.secrets);
        }
        let own_total = parsed.as_ref().map_or(0, |parsed| parsed.total);
        let instruction = parsed.map(|parsed| parsed.instruction.split_whitespace().collect::<Vec<_>>().join(" "));
        seen.name = name;
        seen.inputs = vertex.inputs;
        if let Some(instruction) = instruction.filter(|_| news) {
            let current = self.begun();
            let total = self.total().unwrap_or(own_total).max(current);
            let step = self.step.to_owned();
            self.events.send(Event::BuildProgress { step, current, total, instruction, cached });
        }
    }

    /// Lines come in pieces, and a secret may lie across two of them: so nothing is shown before its line ends.
    fn take_log(&mut self, log: &VertexLog) {
        let seen = self.vertexes.entry(log.vertex.clone()).or_default();
        let text = seen.unfinished.entry(log.stream).or_default();
        text.extend_from_slice(&log.msg);
        let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else { return };
        let rest = text.split_off(end + 1);
        let lines = std::mem::replace(text, rest);
        self.show(&log.vertex, &lines);
    }

    fn show(&mut self, vertex: &str, text: &[u8]) {
        let Some(seen) = self.vertexes.get_mut(vertex) else { return };
        for line in String::from_utf8_lossy(text).lines() {
            // What a progress bar has overwritten is of no interest.
            let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
            let line = mask_secrets(line, &self.secrets);
            if seen.last_lines.len() == LAST_LINES {
                seen.last_lines.pop_front();
            }
            seen.last_lines.push_back(line.clone());
            self.events.log(self.step, line);
        }
    }

    /// Shows lines that never ended.
    pub(super) fn flush(&mut self) {
        let vertexes = self.vertexes.iter_mut();
        let unfinished = vertexes.flat_map(|(digest, seen)| {
            seen.unfinished.drain().map(|(_, text)| (digest.clone(), text)).collect::<Vec<_>>()
        });
        for (digest, text) in unfinished.collect::<Vec<_>>() {
            self.show(&digest, &text);
        }
    }

    /// The number of Dockerfile steps that a finished build needed, and of those among them that did not run for it,
    /// but came from the cache or from another build at the same time; `FROM` is not counted.
    pub(super) fn counts(&self) -> (usize, usize) {
        let steps = || self.vertexes.values().filter(|seen| seen.is_step() && base_image(&seen.name).is_none());
        (steps().count(), steps().filter(|seen| seen.cached || !seen.started).count())
    }

    /// Forgets a vertex that is another build's.
    pub(super) fn forget(&mut self, digest: &str) {
        self.vertexes.remove(digest);
    }

    /// The number of Dockerfile steps of all stages that were seen. `FROM` does not tell it: a base image that another
    /// build needs at the same time comes under the name that it has there.
    fn total(&self) -> Option<usize> {
        let mut totals: HashMap<&str, usize> = HashMap::new();
        let steps = self.vertexes.values().filter(|seen| base_image(&seen.name).is_none());
        for step in steps.filter_map(|seen| StepName::parse(&seen.name)) {
            let total = totals.entry(step.stage.unwrap_or_default()).or_default();
            *total = step.total.max(*total);
        }
        (!totals.is_empty()).then(|| totals.values().sum())
    }

    fn begun(&self) -> usize {
        self.vertexes.values().filter(|seen| seen.is_step() && (seen.started || seen.cached)).count()
    }

    /// The vertex that made the build fail with `message`; others that ran beside it were only cancelled, or failed
    /// without consequence.
    pub(super) fn failed(&self, message: &str) -> Option<Failed<'_>> {
        let failed = self.vertexes.iter().filter(|(_, seen)| !seen.error.is_empty());
        let failed = failed.filter(|(_, seen)| !seen.error.contains("context canceled"));
        // Of several, the one that printed something says most.
        let weight = |seen: &Seen| (message.contains(&seen.error), seen.is_step(), seen.last_lines.len());
        let Some((digest, failed)) = failed.max_by_key(|(_, seen)| weight(seen)) else {
            return self.failed_elsewhere(message);
        };
        // What BuildKit does on its own account, it does for a step: it fetches an image for a `COPY --from`.
        let needed_by = || self.vertexes.values().find(|seen| seen.inputs.contains(digest) && seen.is_step());
        let step = if failed.is_step() { Some(failed) } else { needed_by() };
        Some(Failed {
            step: step.map(|seen| seen.name.as_str()),
            base: base_image(&failed.name),
            error: &failed.error,
            last_lines: &failed.last_lines,
            elsewhere: false,
        })
    }

    /// A step that several builds need at the same time is done for one of them, and only that one is told how it
    /// goes. The others hear its error alone, which contains the command.
    fn failed_elsewhere(&self, message: &str) -> Option<Failed<'_>> {
        let command = |seen: &Seen| {
            let step = StepName::parse(&seen.name).filter(|_| !seen.started)?;
            // Flags stand before the command: `RUN --mount=… make`.
            let words = step.instruction.strip_prefix("RUN ")?.split(' ').skip_while(|word| word.starts_with("--"));
            Some(words.collect::<Vec<_>>().join(" ")).filter(|command| message.contains(command))
        };
        // One command may be part of another.
        let candidates = self.vertexes.values().filter_map(|seen| Some((command(seen)?.len(), seen)));
        let (_, seen) = candidates.max_by_key(|(length, _)| *length)?;
        let last_lines = &seen.last_lines;
        Some(Failed { step: Some(&seen.name), base: None, error: &seen.error, last_lines, elsewhere: true })
    }

    /// Whether the Dockerfile was understood, so that its steps are known.
    pub(super) fn knows_steps(&self) -> bool {
        self.vertexes.values().any(Seen::is_step)
    }

    /// `text` without the build's secrets.
    pub(super) fn masked(&self, text: &str) -> String {
        mask_secrets(text, &self.secrets)
    }
}

/// The image that a vertex of this name fetches.
fn base_image(name: &str) -> Option<&str> {
    let instruction = StepName::parse(name).map_or(name, |step| step.instruction);
    let image = name.strip_prefix("[internal] load metadata for ").or_else(|| instruction.strip_prefix("FROM "))?;
    Some(image.split_once('@').map_or(image, |(image, _)| image))
}
