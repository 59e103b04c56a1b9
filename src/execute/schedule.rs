//! What of a plan runs next: steps that wait for nothing any more, as long as there is room for their kind.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use super::{Effect, Report, StepReport, StepResult};
use crate::error::Error;
use crate::event::{Event, Events, Outcome};
use crate::plan::{Action, Plan, StepIndex};

/// How many transfers run at once unless somebody says otherwise: they mostly wait for the registry's answers. More
/// would gain little, since an engine sends five layers at a time and gets three.
const TRANSFERS: usize = 8;
/// How many steps that only talk to the registry or tag on the engine run at once.
const LIGHT_STEPS: usize = 16;

/// How many steps run at once, by what they need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// Builds, tests and all else that needs processors.
    work: usize,
    /// Uploads and pulls.
    transfers: usize,
    /// What only talks to the registry, or tags on the engine.
    light: usize,
    /// The move of a set's tags in the registry, which need not wait until as many are given on the engine.
    publications: usize,
}

impl Lanes {
    /// As many as `--jobs` says of work and of transfers; else as much work as this machine has processors, at least two.
    pub fn new(jobs: Option<usize>) -> Self {
        let work = jobs.unwrap_or_else(|| available_parallelism().map_or(2, NonZeroUsize::get).max(2)).max(1);
        Self { work, transfers: jobs.unwrap_or(TRANSFERS).max(1), light: LIGHT_STEPS, publications: 1 }
    }

    /// The places for steps that do this.
    fn of(&mut self, action: &Action) -> &mut usize {
        match action {
            Action::Upload { .. } | Action::Pull { .. } => &mut self.transfers,
            Action::Tag { .. }
            | Action::TagFound { .. }
            | Action::Untag { .. }
            | Action::Remove { .. }
            | Action::Delete(_) => &mut self.light,
            Action::Publish { .. } => &mut self.publications,
            Action::Build(_) | Action::Package(_) | Action::Hook(_) | Action::Test(_) | Action::Version(_) => {
                &mut self.work
            }
        }
    }
}

/// A step that has ended: which, how, when it began, and after what time it ended.
pub type Ended = (StepIndex, Result<Effect, Error>, Duration, Duration);

/// Builds that ran as one.
pub struct Batch {
    /// Those that ran.
    pub ended: Vec<Ended>,
    /// Those that did not run, since one that they wait for did not succeed.
    pub left: Vec<StepIndex>,
}

#[derive(Debug, Clone)]
enum State {
    Waiting,
    Running,
    Ended(StepReport),
}

/// The steps of a plan and how far each has come.
pub struct Schedule<'a> {
    plan: &'a Plan,
    states: Vec<State>,
    run_began: Instant,
    /// Whether builds run in batches.
    bakes: bool,
}

impl<'a> Schedule<'a> {
    /// All steps wait. `bakes` says whether builds run in batches.
    pub fn new(plan: &'a Plan, run_began: Instant, bakes: bool) -> Self {
        Self { plan, states: vec![State::Waiting; plan.steps.len()], run_began, bakes }
    }

    /// All builds that can run now, one after the other or at once: those that wait for nothing but each other. None as
    /// long as anything else runs or is ready that yet another build waits for, so that the batches are few.
    pub fn next_batch(&mut self) -> Option<Vec<StepIndex>> {
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

    /// Takes note of how a batch has ended.
    pub fn finish_batch(&mut self, batch: Batch, events: &Events) {
        for index in batch.left {
            self.states[index.0] = State::Waiting;
        }
        for ended in batch.ended {
            self.finish(ended, events);
        }
    }

    /// The next step whose predecessors have succeeded and for which its lane has room; it counts as running.
    pub fn next_ready(&mut self, lanes: Lanes) -> Option<StepIndex> {
        let mut room = lanes;
        for (state, step) in self.states.iter().zip(&self.plan.steps) {
            if matches!(state, State::Running) {
                let places = room.of(&step.action);
                *places = places.saturating_sub(1);
            }
        }
        let mut ready = |index: &usize| {
            let step = &self.plan.steps[*index];
            matches!(self.states[*index], State::Waiting)
                && !(self.bakes && Self::is_build(&step.action))
                && *room.of(&step.action) > 0
                && step.after.iter().all(|before| self.is_done(*before))
        };
        let index = (0..self.states.len()).find(|index| ready(index))?;
        self.states[index] = State::Running;
        Some(StepIndex(index))
    }

    fn is_done(&self, index: StepIndex) -> bool {
        matches!(&self.states[index.0], State::Ended(report) if report.result.is_success())
    }

    /// Takes note of how a step has ended, and of what cannot run for that.
    pub fn finish(&mut self, ended: Ended, events: &Events) {
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

    /// What has not ended never will.
    pub fn cancel(&mut self, events: &Events) {
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

    /// What became of each step.
    pub fn report(self, interrupted: bool) -> Report {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Reason, Step};
    use crate::reference::Reference;

    fn plan(actions: Vec<Action>) -> Plan {
        let mut plan = Plan::default();
        for action in actions {
            plan.add(Step { subject: "web".into(), action, after: Vec::new(), reason: Reason::TagMissing });
        }
        plan
    }

    /// How many steps of each kind begin at once.
    fn at_once(plan: &Plan, jobs: Option<usize>) -> Vec<(&'static str, usize)> {
        let mut schedule = Schedule::new(plan, Instant::now(), false);
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        while let Some(index) = schedule.next_ready(Lanes::new(jobs)) {
            let doing = plan.steps[index.0].action.doing();
            match counts.iter_mut().find(|(known, _)| *known == doing) {
                Some((_, count)) => *count += 1,
                None => counts.push((doing, 1)),
            }
        }
        counts
    }

    fn steps() -> Plan {
        let web = || Reference::parse("registry/web:main").unwrap();
        let upload = || Action::Upload { reference: web(), key: None, replaces: false };
        let tag = || Action::Tag { from: web(), tags: vec![web()] };
        let mut actions: Vec<_> = std::iter::repeat_with(tag).take(20).collect();
        actions.extend(std::iter::repeat_with(upload).take(20));
        actions.push(Action::Publish { moves: Vec::new() });
        plan(actions)
    }

    #[test]
    fn each_kind_of_step_has_room_of_its_own() {
        assert_eq!(at_once(&steps(), None), [("tagging", 16), ("uploading", 8), ("publishing", 1)]);
    }

    #[test]
    fn jobs_limits_what_is_heavy() {
        assert_eq!(at_once(&steps(), Some(3)), [("tagging", 16), ("uploading", 3), ("publishing", 1)]);
        assert_eq!(at_once(&steps(), Some(0)), [("tagging", 16), ("uploading", 1), ("publishing", 1)]);
    }
}
