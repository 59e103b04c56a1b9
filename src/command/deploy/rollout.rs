//! Deploys what was prepared, and waits until it runs.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::{Args, Prepared, failure};
use crate::border::engine::{Engine, LABEL_STACK, SwarmService};
use crate::border::swarm::Swarm;
use crate::command::{App, running};
use crate::deploy::deployed::{self, Deployed, Row, rows, short_name};
use crate::deploy::stack::Weight;
use crate::deploy::watch::{Verdict, Watch};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::execute::hook::{self, Hook};
use crate::interrupt::{self, Handled};
use crate::settings::Format;

/// How often the services are looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long keg's own Ctrl-C may come after that of a program that the terminal sends it to as well.
const GRACE: Duration = Duration::from_millis(100);
/// How long the manager may not answer, as while another one takes its place.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// How long services may take to run again as before.
const LONGEST_WAY_BACK: Duration = Duration::from_secs(120);

/// Deploys one tap after the other.
///
/// # Errors
/// Docker's own words, or what did not come up. What is deployed by then stays.
pub(super) async fn run(args: &Args, app: &App, engine: &Engine, prepared: &[Prepared]) -> Result<()> {
    let swarm = Swarm::find(&app.settings, engine).await?;
    let (events, shown) = app.ui.start();
    for one in prepared {
        point_out(one, prepared.len(), &events);
    }
    let mut handled = interrupt::handled();
    let mut ended = Vec::new();
    for one in prepared {
        let step = format!("deploy {}", one.tap);
        let rollout = Rollout { prepared: one, engine, step: &step, events: &events };
        let limit = Duration::from_secs(args.timeout);
        let result = events.step(&step, &one.tap, "deploying", rollout.run(&swarm, limit, &mut handled)).await;
        let failed = result.is_err();
        ended.push(result);
        if failed {
            break;
        }
    }
    drop(handled);
    let left: Vec<&str> = prepared.iter().skip(ended.len()).map(|one| one.tap.as_str()).collect();
    if !left.is_empty() {
        events.note(format!("not deployed: {}", left.join(", ")));
    }
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
fn point_out(prepared: &Prepared, of: usize, events: &Events) {
    // A service mostly has the name of its tap.
    let tap = if of > 1 { format!("{}: ", prepared.tap) } else { String::new() };
    for note in &prepared.notes {
        events.note(format!("{tap}{note}"));
    }
    for change in &prepared.stack.changes {
        match change.weight {
            Weight::Adapted => events.note(format!("{tap}adapted: {change}")),
            Weight::Lost => events.note(format!("{tap}not in the Swarm: {change}")),
            Weight::Breaks | Weight::Impossible => events.warn(format!("{tap}left out: {change}"), None),
        }
    }
}

/// A deployment that is carried out.
#[derive(Clone, Copy)]
struct Rollout<'a> {
    prepared: &'a Prepared,
    engine: &'a Engine,
    step: &'a str,
    events: &'a Events,
}

impl Rollout<'_> {
    async fn run(&self, swarm: &Swarm, limit: Duration, handled: &mut Handled) -> Result<Vec<Deployed>> {
        let Prepared { tap, hooks, .. } = self.prepared;
        let left = || failure::interrupted_before(tap);
        self.hook("before_deploy", hooks.before_deploy.as_deref(), handled, left).await?;
        let began = Instant::now();
        let watch = if self.prepared.stack.is_under_way(&self.prepared.before) {
            Watch::during(&self.prepared.before)
        } else {
            self.hand_over(swarm, handled).await?;
            Watch::after(&self.prepared.before)
        };
        let services = tokio::select! {
            ended = self.wait(watch, began, limit) => ended?,
            () = handled.requested() => return Err(failure::interrupted(self.prepared)),
        };
        let ended = self.hook("after_deploy", hooks.after_deploy.as_deref(), handled, Error::interrupted).await;
        ended.map_err(|error| {
            error.help(format!("the tap is deployed all the same: keg deploy remove {tap} ends it"))
        })?;
        Ok(services)
    }

    /// Runs a hook, if there is one. Docker's own programs in it talk to the manager. `left` is the error for Ctrl-C.
    async fn hook(
        &self,
        name: &str,
        command: Option<&str>,
        handled: &mut Handled,
        left: impl FnOnce() -> Error,
    ) -> Result<()> {
        let Some(command) = command else { return Ok(()) };
        let Prepared { tap, folder, variables, .. } = self.prepared;
        let hook = Hook { name, image: tap, command, folder, variables };
        let ended = tokio::select! {
            ended = hook::run(&hook, self.engine, self.step, self.events) => ended,
            () = handled.requested() => return Err(left()),
        };
        match ended {
            // A terminal's Ctrl-C ends the hook too, and that may be seen first.
            Err(_) if tokio::time::timeout(GRACE, handled.requested()).await.is_ok() => Err(left()),
            ended => ended,
        }
    }

    /// Tells the Swarm what is to run. Docker's client does it service by service, so Ctrl-C waits for that: else some
    /// would be of the new version, and nobody would go on with the others.
    async fn hand_over(&self, swarm: &Swarm, handled: &mut Handled) -> Result<()> {
        let Prepared { tap, name, stack, image, .. } = self.prepared;
        self.events.log(self.step, format!("{name} from {}", image.familiar()));
        let file = stack.yaml()?;
        let mut work = pin!(swarm.deploy(name, &file, |line| self.events.log(self.step, line)));
        tokio::select! {
            ended = &mut work => return ended,
            () = handled.requested() => {}
        }
        self.events.note(format!("{tap}: the Swarm is being told the last of it; Ctrl-C again leaves that half-way"));
        tokio::select! {
            ended = work => ended.and(Err(failure::interrupted(self.prepared))),
            () = handled.requested() => Err(failure::interrupted_half_way(tap)),
        }
    }

    /// Waits until everything runs.
    async fn wait(&self, mut watch: Watch, began: Instant, limit: Duration) -> Result<Vec<Deployed>> {
        let Self { prepared, engine, .. } = *self;
        let (mut heard, mut is_silent) = (Instant::now(), false);
        loop {
            let services = match engine.swarm_services(&[format!("{LABEL_STACK}={}", prepared.name)]).await {
                Ok(services) => services,
                Err(error) if heard.elapsed() >= LONGEST_SILENCE => return Err(failure::out_of_sight(prepared, error)),
                Err(error) => {
                    if !std::mem::replace(&mut is_silent, true) {
                        self.events.note(format!("{}; asking again", error.one_line()));
                    }
                    tokio::time::sleep(INTERVAL).await;
                    continue;
                }
            };
            (heard, is_silent) = (Instant::now(), false);
            for line in watch.news(&services) {
                self.events.log(self.step, line);
            }
            match watch.look(began.elapsed(), &services) {
                Verdict::Up => return Ok(deployed::deployed(services)),
                Verdict::Failed(troubles) => {
                    let services = self.take_back(&watch, services).await;
                    return Err(failure::failed(prepared, engine, &services, troubles).await);
                }
                Verdict::Waiting(troubles) if began.elapsed() >= limit => {
                    return Err(failure::not_in_time(prepared, engine, troubles, limit.as_secs()).await);
                }
                Verdict::Waiting(_) => tokio::time::sleep(INTERVAL).await,
            }
        }
    }

    /// Each service of a stack goes back by itself. Those that have not failed follow, so that all are of one version.
    /// Waits until what there was runs again, and gives the services as they are then.
    async fn take_back(&self, watch: &Watch, services: Vec<SwarmService>) -> Vec<SwarmService> {
        let Self { prepared, engine, events, .. } = *self;
        let mut asked = Vec::new();
        for service in watch.left_ahead(&services) {
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
            // What ends by itself need not run again.
            let runs = deployed::running(service) >= service.desired || !service.restarts;
            (is_back || !asked.contains(&service.id)) && runs
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
