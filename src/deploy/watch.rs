//! Judges how far a deployment is, from one look at its services after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::deployed::{running, short_name, task_name};
use crate::border::engine::{SwarmService, SwarmTask};

/// How long everything has to run before it counts as up: what has no health check counts as running as soon as it
/// starts.
const SETTLED: Duration = Duration::from_secs(3);
/// How many containers of one place may fail, where there is nothing to go back to.
const MOST_FAILURES: usize = 5;

/// What one more look tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything runs as it is to run.
    Up,
    /// These do not yet, and why.
    Waiting(Vec<Trouble>),
    /// These will not.
    Failed(Vec<Trouble>),
}

/// A service that does not run as it is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The service, as its compose file has it.
    pub service: String,
    /// What is the matter, to follow the name: `was rolled back`.
    pub why: String,
    /// The last of its tasks that failed, if one has.
    pub task: Option<FailedTask>,
}

/// A task that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// Its id.
    pub id: String,
    /// Its name: `web.1`.
    pub name: String,
    /// Its node.
    pub node: String,
    /// What the Swarm says of it.
    pub error: String,
}

/// What earlier looks have shown.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Tasks that there were before the deployment.
    before: BTreeSet<String>,
    told: BTreeMap<String, String>,
    up_since: Option<Duration>,
}

impl Watch {
    /// For a deployment that found these services, which say nothing of it.
    pub fn after(before: &[SwarmService]) -> Self {
        let tasks = before.iter().flat_map(|service| &service.tasks);
        Self { before: tasks.map(|task| task.id.clone()).collect(), ..Self::default() }
    }

    /// For a deployment that the Swarm was at when it found these services: what is not as it is to be now was before.
    pub fn during(services: &[SwarmService]) -> Self {
        let tasks = services.iter().flat_map(|service| &service.tasks).filter(|task| !task.is_current);
        Self { before: tasks.map(|task| task.id.clone()).collect(), ..Self::default() }
    }

    /// What has changed since the last look, a line for each task.
    pub fn news(&mut self, services: &[SwarmService]) -> Vec<String> {
        let mut lines = Vec::new();
        for service in services {
            for task in service.tasks.iter().filter(|task| !self.before.contains(&task.id)) {
                let text = shown(task);
                if self.told.insert(task.id.clone(), text.clone()).as_ref() != Some(&text) {
                    lines.push(format!("{} {text}", task_name(service, task)));
                }
            }
        }
        lines
    }

    /// Judges a look at all services of a stack, `at` this time after the first one.
    pub fn look(&mut self, at: Duration, services: &[SwarmService]) -> Verdict {
        let (mut waiting, mut failed) = (Vec::new(), Vec::new());
        for service in services {
            match self.judge(service) {
                State::Up => {}
                State::Waiting(why) => waiting.push(self.trouble(service, why)),
                State::Failed(why) => failed.push(self.trouble(service, why)),
            }
        }
        if !failed.is_empty() {
            return Verdict::Failed(failed);
        }
        if !waiting.is_empty() || services.is_empty() {
            self.up_since = None;
            return Verdict::Waiting(waiting);
        }
        let since = *self.up_since.get_or_insert(at);
        if at.saturating_sub(since) >= SETTLED { Verdict::Up } else { Verdict::Waiting(Vec::new()) }
    }

    /// Services that got something new, next to others with which the Swarm has gone back: they would be of different
    /// versions. What was not there before stays.
    pub fn left_ahead<'a>(&self, services: &'a [SwarmService]) -> Vec<&'a SwarmService> {
        let state = |service: &SwarmService| service.update.as_ref().map(|update| update.state.clone());
        let is_back = |service: &SwarmService| state(service).as_deref() == Some("rollback_completed");
        if !services.iter().any(is_back) {
            return Vec::new();
        }
        let is_ahead = |service: &&SwarmService| {
            let was_there = service.tasks.iter().any(|task| self.before.contains(&task.id));
            let is_new = |task: &SwarmTask| task.is_current && task.is_wanted && !self.before.contains(&task.id);
            let moves = matches!(state(service).as_deref(), Some("updating" | "completed"));
            was_there && moves && service.tasks.iter().any(is_new)
        };
        services.iter().filter(is_ahead).collect()
    }

    fn judge(&self, service: &SwarmService) -> State {
        let update = service.update.as_ref();
        let because = update.map(|update| update.message.as_str()).filter(|message| !message.is_empty());
        let because = because.map(|message| format!(" ({message})")).unwrap_or_default();
        match update.map(|update| update.state.as_str()) {
            Some("rollback_completed") => return State::Failed("was rolled back to what ran before".to_owned()),
            Some("rollback_paused") => return State::Failed(format!("could not be rolled back{because}")),
            Some("paused") => return State::Failed(format!("is half-way: its update was stopped{because}")),
            Some("rollback_started") => return State::Waiting("is being rolled back".to_owned()),
            _ => {}
        }
        let wanted = service.replicas.unwrap_or(service.desired);
        let up = if service.restarts { current(service).filter(|task| is_up(task)).count() } else { ended(service) };
        if update.is_some_and(|update| update.state == "updating") {
            return State::Waiting(format!("is being updated: {up} of {wanted}"));
        }
        // A Swarm without nodes that could run it wants none.
        let has_all = up as u64 >= wanted && (wanted > 0 || service.replicas == Some(0));
        let left = service.tasks.iter().any(|task| task.is_wanted && !task.is_current && !task.is_lost);
        if has_all && !left {
            return State::Up;
        }
        if self.is_given_up(service) {
            return State::Failed("has failed, and is not to be started again".to_owned());
        }
        // Where there was an update, the Swarm itself judges what failed.
        let is_first = update.is_none();
        if is_first && let Some(count) = self.most_failures(service).filter(|count| *count >= MOST_FAILURES) {
            return State::Failed(format!("does not come up: {count} containers have failed one after the other"));
        }
        let stuck = service.tasks.iter().find(|task| task.is_wanted && task.state == "pending");
        let stuck = stuck.and_then(|task| task.error.as_ref()).map(|error| format!(": {error}")).unwrap_or_default();
        State::Waiting(format!("has {} of {wanted} containers{stuck}", running(service)))
    }

    /// How many tasks that are as they should be have failed in one place.
    fn most_failures(&self, service: &SwarmService) -> Option<usize> {
        let mut places: BTreeMap<_, usize> = BTreeMap::new();
        for task in service.tasks.iter().filter(|task| task.is_current && self.has_failed(task)) {
            *places.entry(place(task)).or_default() += 1;
        }
        places.into_values().max()
    }

    /// Whether there is a place of which the Swarm wants nothing any more, since its task has ended and the restart policy
    /// wants no other one.
    fn is_given_up(&self, service: &SwarmService) -> bool {
        let mut places: BTreeMap<_, bool> = BTreeMap::new();
        let is_news = |task: &&SwarmTask| task.is_current && (task.is_wanted || !self.before.contains(&task.id));
        for task in service.tasks.iter().filter(is_news) {
            let has_ended = self.has_failed(task) || service.restarts && task.state == "complete";
            *places.entry(place(task)).or_insert(true) &= has_ended && !task.is_wanted;
        }
        places.into_values().any(|is_given_up| is_given_up)
    }

    fn has_failed(&self, task: &SwarmTask) -> bool {
        !self.before.contains(&task.id) && matches!(task.state.as_str(), "failed" | "rejected")
    }

    fn trouble(&self, service: &SwarmService, why: String) -> Trouble {
        let last = service.tasks.iter().filter(|task| self.has_failed(task)).max_by_key(|task| task.since);
        let task = last.map(|task| FailedTask {
            id: task.id.clone(),
            name: task_name(service, task),
            node: task.node.clone(),
            error: task.error.clone().unwrap_or_else(|| task.state.clone()),
        });
        Trouble { service: short_name(service).to_owned(), why, task }
    }
}

enum State {
    Up,
    Waiting(String),
    Failed(String),
}

fn current(service: &SwarmService) -> impl Iterator<Item = &SwarmTask> {
    service.tasks.iter().filter(|task| task.is_current)
}

fn is_up(task: &SwarmTask) -> bool {
    task.is_wanted && task.state == "running" && !task.is_lost
}

/// How many places of a service that ends by itself have a task that runs or has done its work.
fn ended(service: &SwarmService) -> usize {
    let done = current(service).filter(|task| is_up(task) || task.state == "complete");
    done.map(place).collect::<BTreeSet<_>>().len()
}

/// The place of a task in its service: its slot, or its node where one runs on each.
fn place(task: &SwarmTask) -> (Option<i64>, Option<&str>) {
    (task.slot, task.slot.is_none().then_some(&*task.node))
}

/// A task in words: `running on node2`.
fn shown(task: &SwarmTask) -> String {
    let place = if task.node.is_empty() { String::new() } else { format!(" on {}", task.node) };
    let error = task.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!("{}{place}{error}", task.state)
}

#[cfg(test)]
mod tests;
