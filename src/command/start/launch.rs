//! Starts what was prepared, and waits until it is up.

use std::time::{Duration, Instant};

use super::{Args, Prepared, image, mounted, settled};
use futures_util::future::join_all;

use crate::border::compose::model::ModelService;
use crate::border::compose::overlay::{LABEL_PROJECT, Overlay, Traefik};
use crate::border::compose::{Project, refused};
use crate::border::engine::{Engine, EngineContainer, LogRequest};
use crate::border::proxy::{Record, traefik};
use crate::command::turns::Turns;
use crate::command::{App, hooks, logs, proxy, running, stop, variables};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::interrupt;
use crate::settings::Format;
use crate::start::running::{Row, rows};
use crate::start::watch::{Seen, Trouble, Verdict, Watch};
use crate::start::{order, platform, port, running as start_running};

/// How often the containers are looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// How many of its last lines are shown of a container that did not come up.
const LAST_LINES: usize = 20;

/// Says what was decided about the images, and pulls those that are newer in the registry, all at once.
///
/// # Errors
/// Every pull that failed.
pub async fn pull_images(prepared: &[Prepared<'_>], app: &App, engine: &Engine) -> Result<()> {
    let registry = app.borders()?.registry;
    let (events, shown) = app.ui.start();
    let pulls = prepared.iter().map(async |one| {
        for note in &one.decision.notes {
            events.note(note);
        }
        if !one.decision.pull {
            return Ok(());
        }
        let name = format!("pull {}", one.tap());
        let image = &one.decision.image;
        // A registry that does not say this says more when the engine asks.
        let (offered, own) = tokio::join!(registry.platforms(image), engine.platform());
        if let (Ok(Some(offered)), Ok(own)) = (offered, own)
            && let Some(line) = platform::pulled(&image.familiar(), &offered.names, offered.is_index, &own)?
        {
            events.note(line);
        }
        let pull = image::pull(app, engine, image, &name, &events);
        events.step(&name, one.tap(), "pulling", pull).await
    });
    let ended = join_all(pulls).await;
    drop(events);
    shown.finish().await;
    Error::each(ended).map(|_| ())
}

/// Starts all at once, waits, and says where they run. One that does not come up keeps none of the others.
///
/// # Errors
/// Failed hooks, Compose's own words, or containers that do not come up, of every tap.
pub async fn launch(prepared: &[Prepared<'_>], args: &Args, app: &App, engine: &Engine) -> Result<()> {
    let (events, shown) = app.ui.start();
    let mut handled = interrupt::handled();
    let ended = tokio::select! {
        ended = in_turns(prepared, args, app, engine, &events) => ended,
        () = handled.requested() => vec![Err(interrupted(prepared, args, app, engine, &events).await)],
    };
    drop(handled);
    drop(events);
    shown.finish().await;
    let names = proxy::names(app, engine).await;
    let (mut started, mut errors) = (Vec::new(), Vec::new());
    for (one, result) in prepared.iter().zip(ended) {
        match result {
            Ok((project, mut rows)) => {
                proxy::name_rows(&mut rows, &names);
                for (tap, trouble) in names.troubles(one.tap(), &one.branch.name) {
                    app.ui.note(format!("{tap} has no address behind the proxy: {trouble}"));
                }
                started.push((one, project, rows));
            }
            Err(error) => errors.push(error),
        }
    }
    print(app, prepared.len(), &started)?;
    Error::all(errors).map_or(Ok(()), Err)?;
    if let ([(one, _, _)], true) = (started.as_slice(), args.attach) {
        return look_on(one, app, engine).await;
    }
    Ok(())
}

/// Shows what the containers print, until Ctrl-C: that is how one stops looking, and no failure.
async fn look_on(one: &Prepared<'_>, app: &App, engine: &Engine) -> Result<()> {
    let running = start_running::running(of_project(engine, &one.project_name).await?);
    let taps: Vec<_> = running.iter().map(|running| (running, Vec::new())).collect();
    let request = LogRequest { follow: true, ..LogRequest::default() };
    match logs::show(app, engine, &crate::logs::looks(&taps)?, request, false).await {
        Err(error) if error.exit_code() == 130 => Ok(()),
        shown => shown,
    }
}

/// What Ctrl-C leaves: with `--rollback` nothing, else what had come up, and how to remove it.
async fn interrupted(prepared: &[Prepared<'_>], args: &Args, app: &App, engine: &Engine, events: &Events) -> Error {
    if !args.rollback {
        let taps: Vec<&str> = prepared.iter().map(Prepared::tap).collect();
        return Error::interrupted().help(format!("what has started runs on: keg stop {} removes it", taps.join(" ")));
    }
    let stops = prepared.iter().map(async |one| {
        let containers = of_project(engine, &one.project_name).await.unwrap_or_default();
        for running in &start_running::running(containers) {
            let step = format!("stop {}", one.tap());
            if let Err(error) = stop::stop_one(running, Some(one.workspace), app, engine, &step, events).await {
                events.warn(error.one_line(), error.remedy().map(Into::into));
            }
        }
    });
    join_all(stops).await;
    Error::interrupted()
}

/// Starts all at once, but each after those that it depends on.
async fn in_turns(
    prepared: &[Prepared<'_>],
    args: &Args,
    app: &App,
    engine: &Engine,
    events: &Events,
) -> Vec<Result<(Project, Vec<Row>)>> {
    let indexes: Vec<_> = prepared.iter().map(|one| one.index).collect();
    let dependencies = prepared.first().map(|one| order::dependencies(one.workspace, &indexes)).unwrap_or_default();
    let turns = Turns::new(dependencies);
    let proxy = proxy::for_start(app, prepared.first().map(|one| one.workspace), engine, events).await;
    let starts = prepared.iter().enumerate().map(async |(place, one)| {
        let result = match turns.wait(place).await {
            Ok(()) => steps(one, args, app, engine, proxy.as_ref(), events).await,
            Err(before) => {
                let (tap, before) = (one.tap(), prepared[before].tap());
                let error =
                    Error::failed(format!("{tap} was not started: {before}, which it depends on, did not start"));
                Err(error.help(format!("once that is mended: keg start {before} {tap}")))
            }
        };
        turns.end(place, result.is_ok());
        result
    });
    join_all(starts).await
}

/// Starts one, and waits until it is up.
///
/// # Errors
/// As [`launch`].
pub async fn steps(
    prepared: &Prepared<'_>,
    args: &Args,
    app: &App,
    engine: &Engine,
    proxy: Option<&Record>,
    events: &Events,
) -> Result<(Project, Vec<Row>)> {
    let tap = prepared.tap().to_owned();
    let name = format!("start {tap}");
    let project = events
        .step(&name, &tap, "starting", async {
            let project = write_files(prepared, app, proxy, events).await?;
            let result = bring_up(prepared, engine, &project, &name, events).await;
            if result.is_err()
                && args.rollback
                && let Err(error) = prepared.compose.down(&project, |line| events.log(&name, line)).await
            {
                events.warn(error.one_line(), error.remedy().map(Into::into));
            }
            result.map(|()| project)
        })
        .await?;
    let containers = of_project(engine, &project.name).await?;
    let running = start_running::running(containers);
    Ok((project, rows(&running, &running::host(app)?)))
}

async fn bring_up(
    prepared: &Prepared<'_>,
    engine: &Engine,
    project: &Project,
    step: &str,
    events: &Events,
) -> Result<()> {
    let tap = prepared.workspace.image(prepared.index);
    let hook = |name, command| hooks::run(tap, name, command, &project.variables, engine, step, events);
    hook("before_start", tap.manifest.hooks.before_start.as_deref()).await?;
    mounted::point_out(prepared, engine, project, events).await?;
    clear_unfinished(engine, &project.name).await?;
    let on_line = |line: &str| events.log(step, line);
    let finished = prepared.compose.up(project, &[], prepared.files.build_others(), on_line).await?;
    if !finished.is_success() {
        return Err(match port::taken_port(&finished.stderr) {
            Some(taken) => port::taken(prepared.tap(), taken, &engine.containers(&[]).await?),
            None => refused("starting", project, &finished),
        });
    }
    wait(prepared, engine, &project.name).await?;
    let after = hook("after_start", tap.manifest.hooks.after_start.as_deref()).await;
    after.map_err(|error| error.help(format!("the tap runs all the same: keg stop {} ends it", prepared.tap())))
}

/// Removes what an interrupted start has left half-way: Compose makes the container that replaces another one under
/// `<12 hexadecimal digits>_<name>`, and a later start stumbles over it. It has never run, so nothing is lost.
async fn clear_unfinished(engine: &Engine, project: &str) -> Result<()> {
    for container in of_project(engine, project).await? {
        if container.state == "created" && is_replacement(&container.name) {
            engine.remove_container(&container.id).await?;
        }
    }
    Ok(())
}

fn is_replacement(name: &str) -> bool {
    name.split_once('_').is_some_and(|(digits, _)| {
        digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// Writes keg's files. Where the user's file takes in others, Compose is asked for their services.
async fn write_files(prepared: &Prepared<'_>, app: &App, proxy: Option<&Record>, events: &Events) -> Result<Project> {
    let workspace = prepared.workspace;
    let tap = workspace.image(prepared.index);
    let image = &prepared.decision.image;
    if let Some(replaced) = prepared.files.replaced_image() {
        let service = &prepared.files.image_service;
        events.note(format!(
            "the compose file gives {service} the image {replaced}; it runs {} instead. `${{KEG_IMAGE_FROM}}` there \
             says so",
            image.familiar()
        ));
    }
    let own = variables::own(app, workspace, Some(tap), &prepared.branch, Some(image));
    let variables = prepared.variables.with_own(own).for_programs();
    let overlay = Overlay {
        tap: tap.name.clone(),
        branch: prepared.branch.name.clone(),
        tag: prepared.branch.tag.clone(),
        plan: prepared.plan().map(str::to_owned),
        workspace: workspace.root.clone(),
        image: image.familiar(),
        variables: prepared.variables.for_container(prepared.files.are_made()),
        ..Overlay::default()
    };
    let naming = proxy::naming(workspace, tap);
    let write = |overlay: Overlay, further: &[String]| {
        prepared.files.write(&workspace.root, &prepared.project_name, overlay, further, variables.clone())
    };
    let uses_traefik = proxy.is_some_and(Record::is_traefik) && naming.is_some();
    if !prepared.files.includes && !uses_traefik {
        return write(Overlay { naming, ..overlay }, &[]);
    }
    // Without the image, Compose would refuse a service that has none in the user's file.
    let model = prepared.compose.config(&write(overlay.clone(), &[])?).await?;
    let names_where = |is_meant: fn(&ModelService) -> bool| {
        model.services.iter().filter(|(_, service)| is_meant(service)).map(|(name, _)| name.clone()).collect()
    };
    let traefik = uses_traefik.then(|| Traefik {
        network: traefik::NAME.to_owned(),
        project: prepared.project_name.clone(),
        in_default_network: names_where(|service| service.networks.iter().all(|network| network == "default")),
        without_network: names_where(|service| service.network_mode),
    });
    let further: Vec<String> = model.services.keys().cloned().collect();
    write(Overlay { naming, traefik, ..overlay }, &further)
}

/// Looks at the containers until they are up or will not be.
async fn wait(prepared: &Prepared<'_>, engine: &Engine, project: &str) -> Result<()> {
    let began = Instant::now();
    let root = &prepared.workspace.root;
    let settled = settled::read(root, project);
    let mut watch = Watch::knowing(settled.clone());
    loop {
        let containers = of_project(engine, project).await?;
        let mut codes = Vec::new();
        for container in &containers {
            let ended = matches!(container.state.as_str(), "exited" | "dead");
            codes.push(if ended { engine.exit_code(&container.id).await? } else { None });
        }
        let seen: Vec<Seen<'_>> =
            containers.iter().zip(codes).map(|(container, exit_code)| Seen { container, exit_code }).collect();
        match watch.look(began.elapsed(), &seen) {
            Verdict::Up => {
                settled::remember(root, project, &settled, &containers);
                return Ok(());
            }
            Verdict::Failed(trouble) => {
                settled::forget(root, project);
                return Err(not_up(prepared, engine, trouble, "").await);
            }
            Verdict::Waiting(trouble) if began.elapsed() >= prepared.timeout => {
                let after = format!(" after {} seconds", prepared.timeout.as_secs());
                return Err(not_up(prepared, engine, trouble, &after).await);
            }
            Verdict::Waiting(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}

/// The error for containers that are not up, each with its last lines.
async fn not_up(prepared: &Prepared<'_>, engine: &Engine, trouble: Vec<Trouble>, after: &str) -> Error {
    let mut errors = Vec::new();
    for one in trouble {
        let message = format!("starting {}: the container {} {}{after}", prepared.tap(), one.name, one.why);
        let lines = engine.logs_tail(&one.id, LAST_LINES).await.unwrap_or_default();
        let said = match lines.as_slice() {
            [] => "it printed nothing".to_owned(),
            lines => format!("its last lines are\n{}", lines.join("\n")),
        };
        let tap = prepared.tap();
        errors.push(Error::failed(message).because(said).help(format!(
            "It is left as it is for a look: `keg logs {tap}`, `docker inspect {}`; `keg stop {tap}` removes it.",
            one.name
        )));
    }
    Error::all(errors).unwrap_or_else(|| Error::failed(format!("starting {}", prepared.tap())))
}

async fn of_project(engine: &Engine, project: &str) -> Result<Vec<EngineContainer>> {
    engine.containers(&[format!("{LABEL_PROJECT}={project}")]).await
}

/// One tap is one document and a table without its name, as ever; several are a list.
fn print(app: &App, count: usize, started: &[(&Prepared<'_>, Project, Vec<Row>)]) -> Result<()> {
    if app.settings.format == Format::Json {
        return app.ui.print_taps(count, started.iter().map(|(one, _, rows)| document(one, rows)).collect());
    }
    if started.is_empty() {
        return Ok(());
    }
    let cells = started.iter().flat_map(|(one, _, rows)| rows.iter().map(|row| (one.tap(), row)));
    if count == 1 {
        let cells = cells.map(|(_, row)| vec![row.service.clone(), row.state.clone(), row.addresses()]);
        return app.ui.print_table(&["service", "state", "url"], cells.collect());
    }
    let cells = cells.map(|(tap, row)| vec![tap.to_owned(), row.service.clone(), row.state.clone(), row.addresses()]);
    app.ui.print_table(&["tap", "service", "state", "url"], cells.collect())
}

fn document(prepared: &Prepared<'_>, rows: &[Row]) -> serde_json::Value {
    prepared.with_plan(serde_json::json!({
        "tap": prepared.tap(),
        "branch": prepared.branch.name,
        "image": prepared.decision.image.familiar(),
        "pulled": prepared.decision.pull,
        "project": prepared.project_name,
        "services": rows,
    }))
}
