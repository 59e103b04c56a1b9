//! Judges whether what was started has come up, from one look at the containers after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::border::compose::overlay::LABEL_SETTINGS;
use crate::border::engine::EngineContainer;
use crate::start::running::service;

/// How long a container without a health check has to run before it counts as up, unless the same one did before.
const SETTLED: Duration = Duration::from_secs(1);
/// How long a container that has restarted has to run before it counts as up, and how long it may go on restarting.
const PATIENCE: Duration = Duration::from_secs(5);

/// A container at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The container.
    pub container: &'a EngineContainer,
    /// What it ended with, when it has ended.
    pub exit_code: Option<i64>,
}

/// What one more look tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is up; jobs that ended with 0 count as up.
    Up,
    /// These are not up yet, and why.
    Waiting(Vec<Trouble>),
    /// These will not come up.
    Failed(Vec<Trouble>),
}

/// A container that is not up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The container's id.
    pub id: String,
    /// The container's name.
    pub name: String,
    /// What is the matter, to follow the name: `is unhealthy`.
    pub why: String,
}

/// What earlier looks have shown.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    settled: BTreeSet<String>,
    running_since: BTreeMap<String, Duration>,
    restarting_since: BTreeMap<String, Duration>,
}

enum State {
    Up,
    Waiting(&'static str),
    Failed(String),
}

/// What tells a container from one with another image or other settings; nothing where Compose does not say.
pub fn fingerprint(container: &EngineContainer) -> Option<String> {
    let settings = container.labels.get(LABEL_SETTINGS)?;
    Some(format!("{} {settings} {}", service(container), container.image_id))
}

impl Watch {
    /// One for which containers with these fingerprints are up as soon as they run.
    pub fn knowing(settled: BTreeSet<String>) -> Self {
        Self { settled, ..Self::default() }
    }

    /// Judges a look at all containers of a project, `at` this time after the first one.
    pub fn look(&mut self, at: Duration, seen: &[Seen<'_>]) -> Verdict {
        if seen.is_empty() {
            let (id, name) = (String::new(), "the tap".to_owned());
            return Verdict::Failed(vec![Trouble {
                id,
                name,
                why: "has no container: Compose started no service".to_owned(),
            }]);
        }
        let (mut waiting, mut failed) = (Vec::new(), Vec::new());
        for one in seen {
            let (list, why) = match self.judge(at, one) {
                State::Up => continue,
                State::Waiting(why) => (&mut waiting, why.to_owned()),
                State::Failed(why) => (&mut failed, why),
            };
            list.push(Trouble { id: one.container.id.clone(), name: one.container.name.clone(), why });
        }
        match (failed.is_empty(), waiting.is_empty()) {
            (false, _) => Verdict::Failed(failed),
            (true, false) => Verdict::Waiting(waiting),
            (true, true) => Verdict::Up,
        }
    }

    fn judge(&mut self, at: Duration, seen: &Seen<'_>) -> State {
        let container = seen.container;
        if container.state != "running" {
            self.running_since.remove(&container.id);
        }
        match (container.state.as_str(), container.health.as_deref(), seen.exit_code) {
            ("running", Some("healthy"), _) | ("paused", ..) => State::Up,
            ("running", Some("unhealthy"), _) => State::Failed("is unhealthy".to_owned()),
            ("running", Some(_), _) => State::Waiting("has not passed its health check yet"),
            ("running", None, _) => {
                let since = *self.running_since.entry(container.id.clone()).or_insert(at);
                let is_known = fingerprint(container).is_some_and(|print| self.settled.contains(&print));
                let needed = match is_known {
                    _ if self.restarting_since.contains_key(&container.id) => PATIENCE,
                    true => Duration::ZERO,
                    false => SETTLED,
                };
                if at.saturating_sub(since) >= needed { State::Up } else { State::Waiting("has only just started") }
            }
            ("restarting", ..) => {
                let since = *self.restarting_since.entry(container.id.clone()).or_insert(at);
                if at.saturating_sub(since) >= PATIENCE {
                    State::Failed("keeps restarting".to_owned())
                } else {
                    State::Waiting("is restarting")
                }
            }
            ("exited", _, Some(0)) => State::Up,
            ("exited" | "dead", _, Some(code)) => State::Failed(format!("ended with code {code}")),
            ("exited" | "dead" | "removing", ..) => State::Failed("has ended".to_owned()),
            _ => State::Waiting("has not started yet"),
        }
    }
}

#[cfg(test)]
mod tests;
