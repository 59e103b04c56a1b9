//! Carries out a plan and decides nothing: what can run runs at once, a failed step blocks only its dependents.

mod bake;
pub mod hook;
pub mod one_offs;
mod publish;
mod remove;
mod schedule;
mod step;
mod test;
mod versions;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::error::Error;
use crate::event::{Event, Events};
use crate::plan::{Plan, StepIndex};
use crate::reference::Reference;

pub use bake::Baker;
pub use publish::{ARGUMENT as MOVE_TAGS, carry_out as carry_out_moves};
pub use schedule::Lanes;
use schedule::{Batch, Ended, Schedule};
pub use step::{BuildFiles, Effect, Work};
pub use test::{TestRecord, TestRun};
pub use versions::FoundVersions;

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

/// Runs the steps of `plan`, as many at once as `lanes` says. When `interrupt` is ready, nothing new begins and what runs is dropped, which cancels it on the engine; but tags that are moving are waited for, since a
/// set appears as a whole, and so is what the engine would not stop to do.
pub async fn execute(
    plan: &Plan,
    work: &Work,
    lanes: Lanes,
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
        while let Some(index) = schedule.next_ready(lanes) {
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
