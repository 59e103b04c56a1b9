//! `keg stop`

use futures_util::future::{join_all, try_join_all};

use crate::border::compose::labelled::recorded;
use crate::border::compose::overlay::{self, LABEL_PROJECT};
use crate::border::compose::{Compose, Flavor, Project};
use crate::border::engine::Engine;
use crate::command::turns::Turns;
use crate::command::{App, hooks, running, selection};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::manifest::Hooks;
use crate::settings::Format;
use crate::start::order;
use crate::start::running::Running;
use crate::workspace::Workspace;

/// Arguments of `keg stop`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg stop web                   stop web: the only branch that runs, else the current one
  keg stop web --branch old      stop what was started on the branch old
  keg stop web --all             stop web on all branches
  keg stop --all                 stop everything of this workspace

Named volumes are kept.")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "TAP", required_unless_present = "all", add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Stops all branches of the taps, or everything if no tap is named
    #[arg(long, short)]
    pub all: bool,
    /// Shows what would be stopped, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg stop`.
///
/// # Errors
/// It is not clear which branch is meant, a container cannot be removed, or the engine is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let mut chosen: Vec<&Running> = Vec::new();
    if args.taps.is_empty() {
        chosen.extend(&found.running);
    }
    for word in &args.taps {
        let tap = found.tap(word)?;
        let of_tap = found.choose(app, &tap, args.all)?;
        if of_tap.is_empty() {
            app.ui.note(match &app.settings.branch {
                Some(branch) => format!("{tap} does not run on the branch {branch}"),
                None => format!("{tap} does not run"),
            });
        }
        chosen.extend(of_tap.into_iter().filter(|one| !chosen.contains(one)).collect::<Vec<_>>());
    }
    if app.settings.format == Format::Json {
        let rows = chosen
            .iter()
            .map(|one| serde_json::json!({ "tap": one.tap, "branch": one.branch, "project": one.project }));
        app.ui.print_json(&serde_json::json!({ "stopped": rows.collect::<Vec<_>>(), "dry_run": args.dry_run }))?;
        return if args.dry_run { Ok(()) } else { stop(&chosen, found.workspace.as_ref().ok(), app, &engine).await };
    }
    if args.dry_run {
        let lines = chosen.iter().map(|one| format!("stop {} on branch {} ({})\n", one.tap, one.branch, one.project));
        return app.ui.print(&lines.collect::<String>());
    }
    stop(&chosen, found.workspace.as_ref().ok(), app, &engine).await
}

/// Stops taps, all at once. What keg wrote for them goes with them.
///
/// # Errors
/// See [`run`].
pub async fn stop(chosen: &[&Running], workspace: Option<&Workspace>, app: &App, engine: &Engine) -> Result<()> {
    if chosen.is_empty() {
        return Ok(());
    }
    let (events, shown) = app.ui.start();
    let turns = Turns::new(order_of(chosen, workspace));
    let ended = join_all(chosen.iter().enumerate().map(async |(place, one)| {
        // One that does not stop holds up no other.
        turns.wait(place).await.ok();
        // Two branches of one tap are told apart.
        let is_only = chosen.iter().filter(|other| other.tap == one.tap).count() == 1;
        let subject = if is_only { one.tap.clone() } else { format!("{} ({})", one.tap, one.branch) };
        let step = format!("stop {subject}");
        let stopped = stop_one(one, workspace, app, engine, &step, &events);
        let result = events.step(&step, &subject, "stopping", stopped).await;
        turns.end(place, result.is_ok());
        result
    }))
    .await;
    drop(events);
    shown.finish().await;
    Error::each(ended).map(|_| ())
}

/// Who waits for whom: a tap stops after those that depend on it. What the workspace does not know any more, or has
/// running on several branches, waits for nobody.
fn order_of(chosen: &[&Running], workspace: Option<&Workspace>) -> Vec<Vec<usize>> {
    let indexes = chosen.iter().map(|one| workspace?.find(&one.tap)).collect::<Option<Vec<_>>>();
    let unique = indexes.as_ref().map(|all| all.iter().collect::<std::collections::BTreeSet<_>>().len());
    match (workspace, indexes) {
        (Some(workspace), Some(indexes)) if unique == Some(chosen.len()) => {
            order::reversed(&order::dependencies(workspace, &indexes))
        }
        _ => chosen.iter().map(|_| Vec::new()).collect(),
    }
}

/// Compose knows in which order the services end; what it leaves behind, or cannot do since its files have changed,
/// the engine does.
///
/// The hooks are those of the workspace as it is now; where it does not load, the tap is stopped without them.
pub(super) async fn stop_one(
    running: &Running,
    workspace: Option<&Workspace>,
    app: &App,
    engine: &Engine,
    step: &str,
    events: &Events,
) -> Result<()> {
    let tap = workspace.and_then(|workspace| Some(workspace.image(workspace.find(&running.tap)?)));
    let hook = async |name, command: fn(&Hooks) -> Option<&String>| match tap {
        Some(tap) => {
            let command = command(&tap.manifest.hooks).map(String::as_str);
            hooks::run(tap, name, command, &running.variables(), engine, step, events).await
        }
        None => Ok(()),
    };
    hook("before_stop", |hooks| hooks.before_stop.as_ref()).await?;
    take_apart(running, app, engine, step, events).await?;
    hook("after_stop", |hooks| hooks.after_stop.as_ref()).await
}

async fn take_apart(running: &Running, app: &App, engine: &Engine, step: &str, events: &Events) -> Result<()> {
    if let Ok(compose) = app.compose().await
        && let Some(project) = project(&compose, running)
    {
        let log = |line: &str| events.log(step, line);
        if let Err(error) = compose.down(&project, log).await {
            log(&error.one_line());
        }
    }
    let label = [format!("{LABEL_PROJECT}={}", running.project)];
    let left = engine.containers(&label).await?;
    let removed = join_all(left.iter().map(|container| engine.remove_container(&container.id))).await;
    Error::all(removed.into_iter().filter_map(Result::err).collect()).map_or(Ok(()), Err)?;
    let networks = engine.networks(&label).await?;
    try_join_all(networks.iter().map(|network| engine.remove_network(network))).await?;
    overlay::remove(std::path::Path::new(&running.workspace), &running.project);
    Ok(())
}

/// Compose v2 takes a project apart by its labels; v1 needs the files.
fn project(compose: &Compose, running: &Running) -> Option<Project> {
    if compose.flavor == Flavor::Two {
        let folder = std::path::PathBuf::from("/");
        return Some(Project { name: running.project.clone(), folder, ..Project::default() });
    }
    let mut project = recorded(running)?;
    let image = running.containers.first().map(|container| container.image.clone()).unwrap_or_default();
    project.variables = vec![
        (crate::env_vars::KEG_IMAGE_FROM.to_owned(), image.clone()),
        (crate::env_vars::KEG_BASE_IMAGE.to_owned(), image),
    ];
    project.variables.extend(running.variables());
    Some(project)
}
