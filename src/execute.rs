//! Carries out a plan and decides nothing: what can run runs at once, a failed step blocks only its dependents.

mod bake;
pub mod hook;
pub mod one_offs;
mod publish;
mod remove;
mod step;
mod test;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::error::Error;
use crate::event::{Event, Events, Outcome};
use crate::plan::{Action, Plan, StepIndex};
use crate::reference::Reference;

pub use bake::Baker;
pub use publish::{ARGUMENT as MOVE_TAGS, carry_out as carry_out_moves};
pub use step::{BuildFiles, Effect, Work};
pub use test::{TestRecord, TestRun};
pub use versions::FoundVersions;

/// How many steps that only talk to the registry or tag on the engine run at once.
const LIGHT_STEPS: usize = 16;

/// What became of each step of a plan.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the plan's steps.
    pub steps: Vec<StepReport>,
    /// What all of it took.
    pub took: Duration,
    /// Whether the user interrupted the run.
    pub interrupted: bool,
    /// The tags that were found in images, by the images' names.
    pub found: BTreeMap<String, Vec<Reference>>,
}

/// What became of one step.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// How it ended.
    pub result: StepResult,
    /// When it began, since the beginning of the run; where it did not run, when that was known.
    pub began: Duration,
    /// What it took; nothing if it did not run.
    pub took: Duration,
    /// How much of a build came from the cache, where it is known.
    pub cache: Option<CacheUse>,
}

/// How much of a build came from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheUse {
    /// The number of Dockerfile steps, `FROM` not counted.
    pub steps: usize,
    /// The number of them that did not run, since their results were there.
    pub cached: usize,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub enum StepResult {
    /// It did what it should.
    Done,
    /// There was nothing left to do: another keg had done it since the plan was made.
    Found,
    /// It failed.
    Failed(Error),
    /// A step that it waits for did not succeed.
    Blocked(StepIndex),
    /// The run was interrupted before it ended.
    Cancelled,
}

impl Report {
    /// The errors of failed steps, in the plan's order.
    pub fn errors(&self) -> Vec<Error> {
        let failed = |step: &StepReport| match &step.result {
            StepResult::Failed(error) => Some(error.clone()),
            _ => None,
        };
        self.steps.iter().filter_map(failed).collect()
    }

    /// One error for the whole run, if it did not succeed.
    pub fn error(&self) -> Option<Error> {
        if self.interrupted { Some(Error::interrupted()) } else { Error::all(self.errors()) }
    }
}

impl StepResult {
    /// Whether what it should do is done.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::Found)
    }

    /// It in one word: `done`, `there`, `failed`, `blocked` or `cancelled`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Found => "there",
            Self::Failed(_) => "failed",
            Self::Blocked(_) => "blocked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A step that has ended: which, how, when it began, and after what time it ended.
type Ended = (StepIndex, Result<Effect, Error>, Duration, Duration);

/// Builds that ran as one.
struct Batch {
    ended: Vec<Ended>,
    /// Those that did not run, since one that they wait for did not succeed.
    left: Vec<StepIndex>,
}

/// Runs the steps of `plan`. At most `jobs` builds and transfers run at once. When `interrupt` is ready, nothing new
/// begins and what runs is dropped, which cancels it on the engine; but tags that are moving are waited for, since a
/// set appears as a whole, and so is what the engine would not stop to do.
pub async fn execute(
    plan: &Plan,
    work: &Work,
    jobs: usize,
    events: &Events,
    interrupt: impl Future<Output = ()>,
) -> Report {
    let run_began = Instant::now();
    let mut schedule = Schedule::new(plan, run_began, work.baker.is_some());
    events.send(Event::PlanStarted { steps: plan.steps.len() });
    let mut running: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
    let mut finished: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
    let mut baking: FuturesUnordered<LocalBoxFuture<'_, Batch>> = FuturesUnordered::new();
    tokio::pin!(interrupt);
    loop {
        while let Some(index) = schedule.next_ready(jobs.max(1)) {
            let step = &plan.steps[index.0];
            events.send(Event::StepStarted {
                step: step.name(),
                subject: step.subject.clone(),
                doing: step.action.doing(),
            });
            let group = if step.action.is_finished() { &finished } else { &running };
            group.push(Box::pin(async move {
                let begin = Instant::now();
                let result = work.run(step, events).await;
                (index, result, begin.duration_since(run_began), begin.elapsed())
            }));
        }
        if let Some(batch) = schedule.next_batch().filter(|_| work.baker.is_some()) {
            baking.push(Box::pin(bake::run(work, plan, batch, run_began, events)));
        }
        if running.is_empty() && finished.is_empty() && baking.is_empty() {
            return Report { found: work.versions.all_tags(), ..schedule.report(false) };
        }
        tokio::select! {
            biased;
            () = &mut interrupt => {
                drop((running, baking));
                while let Some(ended) = finished.next().await {
                    schedule.finish(ended, events);
                }
                schedule.cancel(events);
                return Report { found: work.versions.all_tags(), ..schedule.report(true) };
            }
            Some(ended) = running.next() => schedule.finish(ended, events),
            Some(ended) = finished.next() => schedule.finish(ended, events),
            Some(batch) = baking.next() => schedule.finish_batch(batch, events),
        }
    }
}

#[derive(Debug, Clone)]
enum State {
    Waiting,
    Running,
    Ended(StepReport),
}

struct Schedule<'a> {
    plan: &'a Plan,
    states: Vec<State>,
    run_began: Instant,
    /// Whether builds run in batches.
    bakes: bool,
}

impl<'a> Schedule<'a> {
    fn new(plan: &'a Plan, run_began: Instant, bakes: bool) -> Self {
        Self { plan, states: vec![State::Waiting; plan.steps.len()], run_began, bakes }
    }

    /// All builds that can run now, one after the other or at once: those that wait for nothing but each other. None as
    /// long as anything else runs or is ready that yet another build waits for, so that the batches are few.
    fn next_batch(&mut self) -> Option<Vec<StepIndex>> {
        let steps = || self.plan.steps.iter().zip(&self.states).enumerate();
        let is_running = |state: &State| matches!(state, State::Running);
        if !self.bakes || steps().any(|(_, (step, state))| Self::is_build(&step.action) && is_running(state)) {
            return None;
        }
        let (mut batch, mut behind): (BTreeSet<StepIndex>, BTreeSet<StepIndex>) = Default::default();
        let mut waits = false;
        for (index, (step, state)) in steps() {
            let index = StepIndex(index);
            if !matches!(state, State::Waiting) {
                continue;
            }
            let is_ready = step.after.iter().all(|before| batch.contains(before) || self.is_done(*before));
            if Self::is_build(&step.action) && is_ready {
                batch.insert(index);
            } else if step.after.iter().any(|before| batch.contains(before) || behind.contains(before)) {
                behind.insert(index);
            } else {
                waits |= Self::is_build(&step.action);
            }
        }
        if batch.is_empty() || waits && self.states.iter().any(is_running) {
            return None;
        }
        for index in &batch {
            self.states[index.0] = State::Running;
        }
        Some(batch.into_iter().collect())
    }

    fn is_build(action: &Action) -> bool {
        matches!(action, Action::Build(_))
    }

    fn finish_batch(&mut self, batch: Batch, events: &Events) {
        for index in batch.left {
            self.states[index.0] = State::Waiting;
        }
        for ended in batch.ended {
            self.finish(ended, events);
        }
    }

    fn is_light(action: &Action) -> bool {
        matches!(
            action,
            Action::Tag { .. }
                | Action::TagFound { .. }
                | Action::Untag { .. }
                | Action::Publish { .. }
                | Action::Remove { .. }
                | Action::Delete(_)
        )
    }

    /// The next step whose predecessors have succeeded and for which there is room; it counts as running.
    fn next_ready(&mut self, jobs: usize) -> Option<StepIndex> {
        let running = |light: bool| {
            let is_running = |(state, step): (&State, &crate::plan::Step)| {
                matches!(state, State::Running) && Self::is_light(&step.action) == light
            };
            self.states.iter().zip(&self.plan.steps).filter(|pair| is_running(*pair)).count()
        };
        let room = |light: bool| if light { running(true) < LIGHT_STEPS } else { running(false) < jobs };
        let (light_room, heavy_room) = (room(true), room(false));
        let ready = |index: &usize| {
            let step = &self.plan.steps[*index];
            matches!(self.states[*index], State::Waiting)
                && !(self.bakes && Self::is_build(&step.action))
                && (if Self::is_light(&step.action) { light_room } else { heavy_room })
                && step.after.iter().all(|before| self.is_done(*before))
        };
        let index = (0..self.states.len()).find(ready)?;
        self.states[index] = State::Running;
        Some(StepIndex(index))
    }

    fn is_done(&self, index: StepIndex) -> bool {
        matches!(&self.states[index.0], State::Ended(report) if report.result.is_success())
    }

    fn finish(&mut self, ended: Ended, events: &Events) {
        let (index, result, began, took) = ended;
        let cache = match result {
            Ok(Effect::Built(cache)) => Some(cache),
            _ => None,
        };
        let (result, outcome) = match result {
            Ok(Effect::Done | Effect::Built(_)) => (StepResult::Done, Outcome::Done),
            Ok(Effect::Found) => (StepResult::Found, Outcome::Found),
            Err(error) => {
                // Cause and place stand in the report at the end, where they are seen.
                let outcome = Outcome::Failed { error: error.message().to_owned() };
                (StepResult::Failed(error), outcome)
            }
        };
        let failed = !result.is_success();
        self.end(index, StepReport { result, began, took, cache }, outcome, events);
        if failed {
            self.block_dependents(index, events);
        }
    }

    fn block_dependents(&mut self, index: StepIndex, events: &Events) {
        // Steps come after those that they wait for, so one pass forward finds all.
        let mut blocked = vec![index];
        for later in index.0 + 1..self.states.len() {
            let blocks = self.plan.steps[later].after.iter().any(|before| blocked.contains(before));
            if blocks && matches!(self.states[later], State::Waiting) {
                let outcome = Outcome::Blocked { by: self.plan.steps[index.0].name() };
                self.end(StepIndex(later), self.not_run(StepResult::Blocked(index)), outcome, events);
                blocked.push(StepIndex(later));
            }
        }
    }

    fn cancel(&mut self, events: &Events) {
        for index in 0..self.states.len() {
            if !matches!(self.states[index], State::Ended(_)) {
                self.end(StepIndex(index), self.not_run(StepResult::Cancelled), Outcome::Cancelled, events);
            }
        }
    }

    fn not_run(&self, result: StepResult) -> StepReport {
        StepReport { result, began: self.run_began.elapsed(), took: Duration::ZERO, cache: None }
    }

    fn end(&mut self, index: StepIndex, report: StepReport, outcome: Outcome, events: &Events) {
        let took = report.took;
        self.states[index.0] = State::Ended(report);
        events.send(Event::StepFinished { step: self.plan.steps[index.0].name(), outcome, took });
    }

    fn report(self, interrupted: bool) -> Report {
        // Not reached: a step neither runs nor waits once nothing runs and nothing is ready.
        let unended = self.not_run(StepResult::Cancelled);
        let ended = |state| match state {
            State::Ended(report) => report,
            State::Waiting | State::Running => unended.clone(),
        };
        Report {
            steps: self.states.into_iter().map(ended).collect(),
            took: self.run_began.elapsed(),
            interrupted,
            ..Report::default()
        }
    }
}
