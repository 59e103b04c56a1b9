//! What is said of a deployment that failed or was left.

use std::time::Duration;

use super::Prepared;
use crate::border::engine::{Engine, SwarmService};
use crate::deploy::deployed::{self, short_name, split};
use crate::deploy::watch::{FailedTask, Trouble};
use crate::error::Error;

/// How many of its last lines are shown of a container that failed.
const LAST_LINES: usize = 20;
/// How long a node may take to tell them.
const LONGEST_LOG: Duration = Duration::from_secs(10);

/// For Ctrl-C before the Swarm knows anything of it.
pub(super) fn interrupted_before(tap: &str) -> Error {
    Error::interrupted().help(format!("nothing of {tap} was changed in the Swarm"))
}

/// For Ctrl-C while the Swarm is at it.
pub(super) fn interrupted(prepared: &Prepared) -> Error {
    Error::interrupted().help(goes_on(prepared))
}

/// For Ctrl-C while Docker's client tells the Swarm, which it does for one service after the other.
pub(super) fn interrupted_half_way(tap: &str) -> Error {
    let help = format!("the Swarm may know of some services of {tap} only: keg deploy {tap} deploys all of them");
    Error::interrupted().help(help)
}

/// The error for a manager that tells no more how far it is.
pub(super) fn out_of_sight(prepared: &Prepared, error: Error) -> Error {
    let remedy = error.remedy().map(|remedy| format!("{remedy}; ")).unwrap_or_default();
    error.help(format!("{remedy}{}", goes_on(prepared)))
}

/// What keg has told the Swarm, the Swarm does without keg.
fn goes_on(prepared: &Prepared) -> String {
    let tap = &prepared.tap;
    // What is new has nothing to go back to.
    let back = if prepared.before.is_empty() { "" } else { ", and takes back a service that fails" };
    format!(
        "the Swarm goes on with it{back}: keg deploy status {tap} shows how far it is, keg deploy {tap} waits for it again"
    )
}

/// The error for services that do not run as they should, with the reasons and with what runs now.
pub(super) async fn failed(
    prepared: &Prepared,
    engine: &Engine,
    services: &[SwarmService],
    troubles: Vec<Trouble>,
) -> Error {
    let tap = &prepared.tap;
    let mut errors = Vec::new();
    for trouble in troubles {
        let message = format!("deploying {tap}: {} {}", trouble.service, trouble.why);
        let error = match &trouble.task {
            Some(task) => Error::failed(message).because(reason(engine, task).await),
            None => Error::failed(message),
        };
        let service = services.iter().find(|service| short_name(service) == trouble.service);
        let runs = service.map(|service| what_runs(service, &prepared.before)).unwrap_or_default();
        errors.push(error.help(format!("{runs}; keg deploy status {tap} shows more, keg deploy remove {tap} ends it")));
    }
    Error::all(errors).unwrap_or_else(|| Error::failed(format!("deploying {tap}")))
}

/// The error for services that do not run in time.
pub(super) async fn not_in_time(prepared: &Prepared, engine: &Engine, troubles: Vec<Trouble>, seconds: u64) -> Error {
    let tap = &prepared.tap;
    let mut reasons = Vec::new();
    for trouble in &troubles {
        reasons.push(format!("{} {}", trouble.service, trouble.why));
        if let Some(task) = &trouble.task {
            reasons.push(reason(engine, task).await);
        }
    }
    let error = Error::failed(format!("deploying {tap}: it is not up after {seconds} seconds"));
    error.because(reasons.join("\n")).help(goes_on(prepared))
}

/// Why a task failed, and what it printed last.
async fn reason(engine: &Engine, task: &FailedTask) -> String {
    let place = if task.node.is_empty() { String::new() } else { format!(" on {}", task.node) };
    let lines = tokio::time::timeout(LONGEST_LOG, engine.task_log(&task.id, LAST_LINES)).await;
    let said = match lines {
        Ok(Ok(lines)) if lines.is_empty() => "it printed nothing".to_owned(),
        Ok(Ok(lines)) => format!("its last lines are\n{}", lines.join("\n")),
        Ok(Err(error)) => format!("what it printed cannot be read: {}", error.one_line()),
        Err(_) => "its node does not tell what it printed".to_owned(),
    };
    format!("{}{place}: {}\n{said}", task.name, task.error)
}

/// A clause about what a service runs after a failure.
fn what_runs(service: &SwarmService, before: &[SwarmService]) -> String {
    let (image, digest) = split(&service.image);
    let digest = digest.map(|digest| format!("@{}", digest.chars().take(19).collect::<String>())).unwrap_or_default();
    let up = deployed::running(service);
    let is_back = service.update.as_ref().is_some_and(|update| update.state == "rollback_completed");
    let again = if is_back || before.iter().any(|one| one.image == service.image) { " again" } else { "" };
    let wanted = service.replicas.unwrap_or(service.desired);
    format!("{} runs {image}{digest}{again}, with {up} of {wanted} containers", short_name(service))
}
