//! `keg deploy remove`

use std::time::{Duration, Instant};

use super::{all, meant};
use crate::border::engine::{Engine, LABEL_STACK};
use crate::border::swarm::Swarm;
use crate::command::{App, selection};
use crate::deploy::deployed::{Deployed, short_name};
use crate::error::{Error, Kind, Result};
use crate::event::Events;
use crate::interrupt::{self, Handled};
use crate::settings::Format;

/// How often is looked whether everything has gone.
const INTERVAL: Duration = Duration::from_millis(300);
/// How long a network may be in use by nothing but a node that has gone.
const LONGEST_IN_USE: Duration = Duration::from_secs(10);
/// How long containers and networks may take to go.
const LONGEST: Duration = Duration::from_secs(120);

/// Arguments of `keg deploy remove`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg deploy remove web                  web: the only branch that is deployed, else the current one
  keg deploy remove web --branch old     what was deployed from the branch old

Volumes are kept, on each node.")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "TAP", required = true, add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Removes all branches of the taps
    #[arg(long, short)]
    pub all: bool,
    /// Shows what would be removed, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg deploy remove`.
///
/// # Errors
/// It is not clear what is meant; Docker fails; something does not go.
pub(super) async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let list = all(&engine).await?;
    let mut chosen: Vec<&Deployed> = Vec::new();
    for word in &args.taps {
        let found = meant(app, &list, word, args.all)?;
        chosen.extend(found.into_iter().filter(|one| !chosen.contains(one)).collect::<Vec<_>>());
    }
    if !args.dry_run {
        let swarm = Swarm::find(&app.settings, &engine).await?;
        let (events, shown) = app.ui.start();
        let mut handled = interrupt::handled();
        let mut ended = Vec::new();
        for one in &chosen {
            let step = format!("remove {}", one.stack);
            let work = remove(one, &engine, &swarm, &step, &events, &mut handled);
            let result = events.step(&step, &one.tap, "removing", work).await;
            let is_left = result.as_ref().is_err_and(|error| error.kind() == Kind::Interrupted);
            ended.push(result);
            if is_left {
                break;
            }
        }
        drop(handled);
        drop(events);
        shown.finish().await;
        Error::each(ended)?;
    }
    if app.settings.format == Format::Json {
        let documents: Vec<_> = chosen
            .iter()
            .map(|one| serde_json::json!({ "tap": one.tap, "branch": one.branch, "stack": one.stack }))
            .collect();
        return app.ui.print_json(&serde_json::json!({ "removed": documents, "dry_run": args.dry_run }));
    }
    if args.dry_run {
        let line = |one: &&Deployed| {
            let services: Vec<&str> = one.services.iter().map(short_name).collect();
            format!(
                "remove {} of the branch {}, the stack {}: {}\n",
                one.tap,
                one.branch,
                one.stack,
                services.join(", ")
            )
        };
        return app.ui.print(&chosen.iter().map(line).collect::<String>());
    }
    Ok(())
}

/// Removes a stack, and waits until its containers and networks have gone. Ctrl-C ends only the wait: of half a stack
/// nobody would find the rest.
async fn remove(
    one: &Deployed,
    engine: &Engine,
    swarm: &Swarm,
    step: &str,
    events: &Events,
    handled: &mut Handled,
) -> Result<()> {
    let label = format!("{LABEL_STACK}={}", one.stack);
    if let Err(error) = swarm.remove(&one.stack, |line| events.log(step, line)).await {
        // A network that containers are still leaving is refused, and goes below.
        if !engine.swarm_services(std::slice::from_ref(&label)).await?.is_empty() {
            return Err(error);
        }
    }
    let began = Instant::now();
    loop {
        let (tasks, lost) = engine.stack_tasks(&one.stack).await?;
        let mut networks = engine.networks(std::slice::from_ref(&label)).await?;
        if tasks == 0 && !networks.is_empty() {
            for network in &networks {
                // A node may still be at it.
                engine.remove_network(network).await.ok();
            }
            networks = engine.networks(std::slice::from_ref(&label)).await?;
        }
        if tasks == 0 && networks.is_empty() {
            return Ok(());
        }
        let networks = networks.join(", ");
        if tasks == 0 && lost > 0 && began.elapsed() >= LONGEST_IN_USE {
            let help = "when it is gone for good: docker node rm --force NODE; then docker network rm NETWORK";
            let message = format!("{}: the network {networks} stays: a node that has gone is still in it", one.tap);
            events.warn(message, Some(help.to_owned()));
            return Ok(());
        }
        if began.elapsed() >= LONGEST {
            let what = if tasks == 0 { format!("the network {networks}") } else { format!("{tasks} containers") };
            let seconds = LONGEST.as_secs();
            return Err(Error::failed(format!("removing {}: {what} did not go within {seconds} seconds", one.tap))
                .help(format!(
                    "see what is left: docker stack ps {0}; docker network ls --filter label={LABEL_STACK}={0}",
                    one.stack
                )));
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = handled.requested() => {
                return Err(Error::interrupted().help(format!(
                    "the Swarm goes on with it; what is left then: docker network ls --filter label={label}"
                )));
            }
        }
    }
}
