//! Events as lines of text for CI systems that fold parts of a log: what a build or test printed is one part.

use std::collections::HashMap;

use crate::event::Event;

use super::Renderer;
use super::human::human_duration;
use super::plain::Plain;
use super::secrets::Secrets;
use super::steps::Steps;
use super::stream::Stream;
use super::text::clean;

/// How a CI system marks a part of a log that can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// GitHub Actions, by workflow commands.
    GitHub,
    /// GitLab CI, by control sequences.
    GitLab,
}

impl Groups {
    fn begin(self, number: usize, title: &str) -> String {
        match self {
            Self::GitHub => format!("::group::{title}"),
            Self::GitLab => format!("\u{1b}[0Ksection_start:0:keg_{number}[collapsed=true]\r\u{1b}[0K{title}"),
        }
    }

    fn end(self, number: usize) -> String {
        match self {
            Self::GitHub => "::endgroup::".to_owned(),
            Self::GitLab => format!("\u{1b}[0Ksection_end:0:keg_{number}\r\u{1b}[0K"),
        }
    }
}

/// Shows the log of each step as a whole when the step has ended: of steps that run at once, lines would be mixed.
pub(super) struct Grouped {
    groups: Groups,
    plain: Plain,
    stderr: Stream,
    secrets: Secrets,
    steps: Steps,
    logs: HashMap<String, Vec<String>>,
    count: usize,
}

impl Grouped {
    pub(super) fn new(groups: Groups, plain: Plain, stderr: Stream, secrets: Secrets) -> Self {
        let (steps, logs) = (Steps::default(), HashMap::new());
        Self { groups, plain, stderr, secrets, steps, logs, count: 0 }
    }

    /// A line of a log may begin with what the CI system takes for a command of keg's.
    fn harmless(&self, line: &str) -> String {
        let line = clean(line);
        if self.groups == Groups::GitHub && line.trim_start().starts_with("::") { format!(" |{line}") } else { line }
    }

    fn show_log(&mut self, title: &str, lines: &[String]) {
        self.count += 1;
        let mut text = format!("{}\n", self.groups.begin(self.count, title));
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(&self.groups.end(self.count));
        self.stderr.write_or_forget(&format!("{}\n", self.secrets.mask(&text)));
    }
}

impl Renderer for Grouped {
    fn show(&mut self, event: &Event) {
        match event {
            Event::StepStarted { step, subject, doing } => {
                self.steps.start(step, subject, doing);
                self.plain.show(event);
            }
            Event::Log { step, line } => {
                let line = self.harmless(line);
                self.logs.entry(step.clone()).or_default().push(line);
            }
            Event::BuildProgress { step, current, total, instruction, cached } => {
                let cached = if *cached { " (cached)" } else { "" };
                let line = format!("step {current}/{total} {}{cached}", clean(instruction));
                self.logs.entry(step.clone()).or_default().push(line);
            }
            Event::StepFinished { step, took, .. } => {
                let ended = self.steps.end(step);
                if let Some(lines) = self.logs.remove(step) {
                    let subject = ended.map_or_else(|| step.clone(), |step| format!("{} {}", step.doing, step.subject));
                    self.show_log(&format!("{subject} ({})", human_duration(*took)), &lines);
                }
                self.plain.show(event);
            }
            _ => self.plain.show(event),
        }
    }
}
