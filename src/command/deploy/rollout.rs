//! Deploys what was prepared, and waits until it runs.

use std::time::{Duration, Instant};

use super::{Args, Prepared};
use crate::border::engine::{Engine, LABEL_STACK, SwarmService};
use crate::border::swarm::Swarm;
use crate::command::{App, running};
use crate::deploy::deployed::{self, Deployed, Row, rows, short_name, split};
use crate::deploy::stack::Weight;
use crate::deploy::watch::{FailedTask, Trouble, Verdict, Watch};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::interrupt;
use crate::settings::Format;

/// How often the services are looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How many of its last lines are shown of a container that failed.
const LAST_LINES: usize = 20;
/// How long services may take to run again as before.
const LONGEST_WAY_BACK: Duration = Duration::from_secs(120);
/// How long a node may take to tell them.
const LONGEST_LOG: Duration = Duration::from_secs(10);

/// Deploys one tap after the other.
///
/// # Errors
/// Docker's own words, or what did not come up. What is deployed by then stays.
pub(super) async fn run(args: &Args, app: &App, engine: &Engine, prepared: &[Prepared]) -> Result<()> {
    let swarm = Swarm::find(&app.settings, engine).await?;
    let (events, shown) = app.ui.start();
    for one in prepared {
        point_out(one, &events);
    }
    let mut handled = interrupt::handled();
    let mut ended = Vec::new();
    for one in prepared {
        let step = format!("deploy {}", one.tap);
        let work = deploy(one, args, engine, &swarm, &step, &events);
        let result = tokio::select! {
            ended = events.step(&step, &one.tap, "deploying", work) => ended,
            () = handled.requested() => Err(interrupted(&one.tap)),
        };
        let failed = result.is_err();
        ended.push(result);
        if failed {
            break;
        }
    }
    drop(handled);
    drop(events);
    shown.finish().await;
    let host = running::host(app)?;
    let mut errors = Vec::new();
    let mut list: Vec<(&Prepared, Vec<Row>)> = Vec::new();
    for (one, result) in prepared.iter().zip(ended) {
        match result {
            Ok(services) => list.push((one, services.iter().flat_map(|one| rows(one, &host)).collect())),
            Err(error) => errors.push(error),
        }
    }
    print(app, prepared.len(), &list)?;
    Error::all(errors).map_or(Ok(()), Err)
}

/// Lists what is not as the compose file says, before anything is changed.
fn point_out(prepared: &Prepared, events: &Events) {
    for note in &prepared.notes {
        events.note(note);
    }
    for change in &prepared.stack.changes {
        match change.weight {
            Weight::Adapted => events.note(format!("{}: {change}", prepared.tap)),
            Weight::Lost => events.note(format!("{}: not in the Swarm: {change}", prepared.tap)),
            Weight::Breaks | Weight::Impossible => {
                events.warn(format!("{}: left out: {change}", prepared.tap), None);
            }
        }
    }
}

async fn deploy(
    prepared: &Prepared,
    args: &Args,
    engine: &Engine,
    swarm: &Swarm,
    step: &str,
    events: &Events,
) -> Result<Vec<Deployed>> {
    events.log(step, format!("{} from {}", prepared.name, prepared.image.familiar()));
    swarm.deploy(&prepared.name, &prepared.stack.yaml()?, |line| events.log(step, line)).await?;
    let (began, limit) = (Instant::now(), Duration::from_secs(args.timeout));
    let mut watch = Watch::after(&prepared.before);
    loop {
        let services = engine.swarm_services(&[format!("{LABEL_STACK}={}", prepared.name)]).await?;
        for line in watch.news(&services) {
            events.log(step, line);
        }
        match watch.look(began.elapsed(), &services) {
            Verdict::Up => return Ok(deployed::deployed(services)),
            Verdict::Failed(troubles) => {
                let services = take_back(prepared, engine, &watch, services, events).await;
                return Err(failed(prepared, engine, &services, troubles).await);
            }
            Verdict::Waiting(troubles) if began.elapsed() >= limit => {
                let tap = &prepared.tap;
                let error = not_in_time(prepared, engine, troubles, args.timeout).await;
                return Err(error.help(format!(
                    "the Swarm goes on with it: keg deploy status {tap} shows how far it is, keg deploy logs {tap} why"
                )));
            }
            Verdict::Waiting(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}

/// Each service of a stack goes back by itself. Those that have not failed follow, so that all are of one version. Waits
/// until what there was runs again, and gives the services as they are then.
async fn take_back(
    prepared: &Prepared,
    engine: &Engine,
    watch: &Watch,
    services: Vec<SwarmService>,
    events: &Events,
) -> Vec<SwarmService> {
    let ahead: Vec<&SwarmService> = watch.left_ahead(&services);
    let mut asked = Vec::new();
    for service in ahead {
        let name = short_name(service);
        match engine.take_back_service(&service.id).await {
            Ok(()) => {
                events.note(format!("{}: {name} goes back too, to what it was before", prepared.tap));
                asked.push(service.id.clone());
            }
            Err(error) => events.warn(error.one_line(), Some(format!("{name} stays as it is now"))),
        }
    }
    let (began, mut services) = (Instant::now(), services);
    // The Swarm calls it done when the last container starts, which may have a health check to pass.
    let is_over = |service: &SwarmService| {
        let state = service.update.as_ref().map(|update| update.state.as_str());
        let is_back = matches!(state, Some("rollback_completed" | "rollback_paused" | "paused"));
        (is_back || !asked.contains(&service.id)) && (deployed::running(service) >= service.desired)
    };
    while !services.iter().all(is_over) && began.elapsed() < LONGEST_WAY_BACK {
        tokio::time::sleep(INTERVAL).await;
        match engine.swarm_services(&[format!("{LABEL_STACK}={}", prepared.name)]).await {
            Ok(found) => services = found,
            Err(_) => break,
        }
    }
    services
}

fn interrupted(tap: &str) -> Error {
    Error::interrupted().help(format!("the Swarm goes on with it: keg deploy status {tap} shows how far it is"))
}

/// The error for services that do not run as they should, with the reasons and with what runs now.
async fn failed(prepared: &Prepared, engine: &Engine, services: &[SwarmService], troubles: Vec<Trouble>) -> Error {
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

async fn not_in_time(prepared: &Prepared, engine: &Engine, troubles: Vec<Trouble>, seconds: u64) -> Error {
    let tap = &prepared.tap;
    let mut reasons = Vec::new();
    for trouble in &troubles {
        reasons.push(format!("{} {}", trouble.service, trouble.why));
        if let Some(task) = &trouble.task {
            reasons.push(reason(engine, task).await);
        }
    }
    Error::failed(format!("deploying {tap}: it is not up after {seconds} seconds")).because(reasons.join("\n"))
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
    let again = if before.iter().any(|one| one.image == service.image) { " again" } else { "" };
    format!("{} runs {image}{digest}{again}, with {up} of {} containers", short_name(service), service.desired)
}

fn print(app: &App, count: usize, list: &[(&Prepared, Vec<Row>)]) -> Result<()> {
    if app.settings.format == Format::Json {
        let document = |(one, rows): &(&Prepared, Vec<Row>)| {
            serde_json::json!({
                "tap": one.tap, "branch": one.branch.name, "image": one.image.familiar(), "stack": one.name,
                "changes": one.stack.changes, "notes": one.notes, "services": rows,
            })
        };
        return app.ui.print_taps(count, list.iter().map(document).collect());
    }
    if list.is_empty() {
        return Ok(());
    }
    let cells = list.iter().flat_map(|(_, rows)| rows).map(|row| {
        let replicas = format!("{}/{}", row.running, row.replicas);
        vec![row.tap.clone(), row.service.clone(), replicas, row.image.clone(), row.urls.join(" ")]
    });
    app.ui.print_table(&["tap", "service", "replicas", "image", "url"], cells.collect())
}
