//! Events as bars: one line for each running step, and one that stays for each that has ended.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::event::{Event, Outcome};
use crate::settings::Verbosity;

use super::Renderer;
use super::human::human_duration;
use super::plain::transferred;
use super::secrets::Secrets;
use super::steps::{Steps, done};
use super::synced::synced;
use super::text::{Paint, clean, cut, padded, width};

/// Longer names are cut, so that there is room for what happens.
const LONGEST_NAME: usize = 24;
const SPINNER: [&str; 11] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏", " "];

pub(super) struct Terminal {
    bars: MultiProgress,
    paint: Paint,
    secrets: Secrets,
    verbosity: Verbosity,
    steps: Steps,
    running: HashMap<String, ProgressBar>,
    name_columns: usize,
    overview: Option<Overview>,
}

/// The last line: how much of the plan is done.
struct Overview {
    bar: ProgressBar,
    steps: usize,
    ended: usize,
    failed: usize,
}

impl Terminal {
    pub(super) fn new(bars: MultiProgress, color: bool, secrets: Secrets, verbosity: Verbosity) -> Self {
        Self {
            bars,
            paint: Paint(color),
            secrets,
            verbosity,
            steps: Steps::default(),
            running: HashMap::new(),
            name_columns: 0,
            overview: None,
        }
    }

    fn line(&self, text: &str) {
        self.bars.println(self.secrets.mask(text)).ok();
    }

    fn style(&self, template: &str) -> ProgressStyle {
        let ticks = SPINNER.map(|tick| self.paint.cyan(tick));
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .tick_strings(&ticks.each_ref().map(String::as_str))
            .with_key("took", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
                text.write_str(&human_duration(state.elapsed().max(Duration::from_millis(100)))).ok();
            })
    }

    fn start(&mut self, step: &str, subject: &str, doing: &'static str) {
        self.steps.start(step, subject, doing);
        let name = cut(subject, LONGEST_NAME);
        if width(&name) > self.name_columns {
            self.name_columns = width(&name);
            for (step, bar) in &self.running {
                bar.set_prefix(self.name(self.steps.subject(step)));
            }
        }
        // Set up without drawing: before it is among the others it would draw on a line of its own.
        let bar = ProgressBar::new_spinner()
            .with_style(self.style("{spinner} {prefix}  {wide_msg}  {took:>11}"))
            .with_prefix(self.name(subject))
            .with_message(doing);
        let bar = match &self.overview {
            Some(overview) => self.bars.insert_before(&overview.bar, bar),
            None => self.bars.add(bar),
        };
        bar.tick();
        if let Some(old) = self.running.insert(step.to_owned(), bar) {
            self.bars.remove(&old);
        }
    }

    fn name(&self, subject: &str) -> String {
        padded(&cut(subject, LONGEST_NAME), self.name_columns)
    }

    fn message(&self, step: &str, message: &str) {
        if let Some(bar) = self.running.get(step) {
            // The message is what is cut: the verb comes first, then what changes.
            bar.set_message(self.secrets.mask(&format!("{} {message}", self.steps.doing(step))));
        }
    }

    fn finished(&mut self, step: &str, outcome: &Outcome, took: Duration) {
        let ended = self.steps.end(step);
        if let Some(bar) = self.running.remove(step) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        let (subject, doing) = ended.as_ref().map_or((step, ""), |step| (step.subject.as_str(), step.doing));
        let name = self.name(subject);
        let took = human_duration(took);
        match outcome {
            Outcome::Done => {
                self.line(&format!(
                    "{} {name}  {}  {}",
                    self.paint.green("✓"),
                    padded(&done(doing), 8),
                    self.paint.dim(&took)
                ));
            }
            Outcome::Found => {
                let what = format!("{} by another keg meanwhile", done(doing));
                self.line(&format!("{} {name}  {what}", self.paint.green("✓")));
            }
            Outcome::Failed { error } => {
                let what = if doing.is_empty() { String::new() } else { format!("{doing} ") };
                let failed = self.paint.red(&format!("{what}failed"));
                self.line(&format!("{} {name}  {failed} after {took}: {}", self.paint.red("✗"), clean(error)));
            }
            Outcome::Blocked { by } => self.line(&format!("{} {name}  blocked by {by}", self.paint.yellow("-"))),
            Outcome::Cancelled => self.line(&format!("{} {name}  cancelled", self.paint.yellow("-"))),
        }
        if let Some(overview) = &mut self.overview {
            overview.ended += 1;
            overview.failed += usize::from(matches!(outcome, Outcome::Failed { .. }));
            overview.update();
        }
    }

    fn log(&mut self, step: &str, line: &str) {
        if self.verbosity == Verbosity::Verbose {
            let subject = self.paint.dim(&format!("{} |", self.steps.subject(step)));
            self.line(&format!("{subject} {}", clean(line)));
        }
    }

    fn plan(&mut self, steps: usize) {
        // One step is its own overview.
        if steps > 1 {
            let bar = ProgressBar::new_spinner().with_style(self.style("  {wide_msg}  {took:>11}"));
            let overview = Overview { bar: self.bars.add(bar), steps, ended: 0, failed: 0 };
            overview.update();
            self.overview = Some(overview);
        }
    }
}

impl Overview {
    fn update(&self) {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        self.bar.set_message(format!("{} of {} steps done{failed}", self.ended, self.steps));
        self.bar.tick();
    }
}

impl Renderer for Terminal {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Note { message } => self.line(message),
            Event::Warning { message, help } => {
                self.line(&format!("{} {message}", self.paint.yellow("warning:")));
                if let Some(help) = help {
                    self.line(&format!("  {} {help}", self.paint.cyan("help:")));
                }
            }
            Event::PlanStarted { steps } => self.plan(*steps),
            Event::StepStarted { step, subject, doing } => self.start(step, subject, doing),
            Event::BuildProgress { step, current, total, instruction, cached } => {
                let cached = if *cached { " (cached)" } else { "" };
                self.message(step, &format!("{current}/{total}{cached} {}", clean(instruction)));
            }
            Event::Log { step, line } => self.log(step, line),
            Event::Transfer { step, done, total } => self.message(step, &transferred(*done, *total)),
            Event::Synced { .. } => synced(event).iter().for_each(|line| self.line(line)),
            Event::StepFinished { step, outcome, took } => self.finished(step, outcome, *took),
        }
    }

    fn tick(&mut self) {
        for bar in self.running.values().chain(self.overview.as_ref().map(|overview| &overview.bar)) {
            bar.tick();
        }
    }

    fn finish(&mut self) {
        for bar in self.running.drain().map(|(_, bar)| bar).chain(self.overview.take().map(|overview| overview.bar)) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        self.bars.clear().ok();
    }
}
