//! Carries out a plan and decides nothing: what can run runs at once, a failed step blocks only its dependents.

pub mod hook;
mod publish;
mod remove;
mod step;
mod test;

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::error::Error;
use crate::event::{Event, Events, Outcome};
use crate::plan::{Action, Plan, StepIndex};

pub use publish::{ARGUMENT as MOVE_TAGS, carry_out as carry_out_moves};
pub use step::{BuildFiles, Effect, Work};
pub use test::{TestRecord, TestRun};

/// How many steps that only talk to the registry or tag on the engine run at once.
const LIGHT_STEPS: usize = 16;

/// What became of each step of a plan.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the plan's steps.
    pub steps: Vec<StepReport>,
    /// Whether the user interrupted the run.
    pub interrupted: bool,
}

/// What became of one step.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// How it ended.
    pub result: StepResult,
    /// What it took; nothing if it did not run.
    pub took: Duration,
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
}

/// A step that has ended: which, how, and after what time.
type Ended = (StepIndex, Result<Effect, Error>, Duration);

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
    let mut schedule = Schedule::new(plan);
    events.send(Event::PlanStarted { steps: plan.steps.len() });
    let mut running: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
    let mut finished: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
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
                (index, result, begin.elapsed())
            }));
        }
        if running.is_empty() && finished.is_empty() {
            return schedule.report(false);
        }
        tokio::select! {
            biased;
            () = &mut interrupt => {
                drop(running);
                while let Some((index, result, took)) = finished.next().await {
                    schedule.finish(index, result, took, events);
                }
                schedule.cancel(events);
                return schedule.report(true);
            }
            Some((index, result, took)) = running.next() => schedule.finish(index, result, took, events),
            Some((index, result, took)) = finished.next() => schedule.finish(index, result, took, events),
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
}

impl<'a> Schedule<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { plan, states: vec![State::Waiting; plan.steps.len()] }
    }

    fn is_light(action: &Action) -> bool {
        matches!(
            action,
            Action::Tag { .. }
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

    fn finish(&mut self, index: StepIndex, result: Result<Effect, Error>, took: Duration, events: &Events) {
        let (result, outcome) = match result {
            Ok(Effect::Done) => (StepResult::Done, Outcome::Done),
            Ok(Effect::Found) => (StepResult::Found, Outcome::Found),
            Err(error) => {
                // Cause and place stand in the report at the end, where they are seen.
                let outcome = Outcome::Failed { error: error.message().to_owned() };
                (StepResult::Failed(error), outcome)
            }
        };
        let failed = !result.is_success();
        self.end(index, result, outcome, took, events);
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
                self.end(StepIndex(later), StepResult::Blocked(index), outcome, Duration::ZERO, events);
                blocked.push(StepIndex(later));
            }
        }
    }

    fn cancel(&mut self, events: &Events) {
        for index in 0..self.states.len() {
            if !matches!(self.states[index], State::Ended(_)) {
                self.end(StepIndex(index), StepResult::Cancelled, Outcome::Cancelled, Duration::ZERO, events);
            }
        }
    }

    fn end(&mut self, index: StepIndex, result: StepResult, outcome: Outcome, took: Duration, events: &Events) {
        self.states[index.0] = State::Ended(StepReport { result, took });
        events.send(Event::StepFinished { step: self.plan.steps[index.0].name(), outcome, took });
    }

    fn report(self, interrupted: bool) -> Report {
        let ended = |state| match state {
            State::Ended(report) => report,
            // Not reached: a step neither runs nor waits once nothing runs and nothing is ready.
            State::Waiting | State::Running => StepReport { result: StepResult::Cancelled, took: Duration::ZERO },
        };
        Report { steps: self.states.into_iter().map(ended).collect(), interrupted }
    }
}
