//! `keg package run`

mod coming_up;
mod settings;

use crate::border::engine::{ContainerRequest, Engine};
use crate::command::App;
use crate::command::start::asked::asked;
use crate::command::start::image::{bring, decide_among};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::package::run::{replaced, without_port};
use crate::settings::Format;
use crate::start::port::{taken, taken_port};
use crate::start::running::Row;
use crate::start::{Pull, StartDecision};

use coming_up::{look, wait};

/// Arguments of `keg package run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg package run web:feature-x                what was packaged or built on feature/x
  keg package run ghcr.io/team/web:try         any image
  keg package run web:feature-x --detach       leave it running; keg stop package-web-feature-x ends it

The image runs alone, in a container package-IMAGE-TAG, with the ports, variables and command of its tap,
if it is one of this workspace, and without the tap's volumes and other services.")]
pub struct Args {
    /// NAME, NAME:TAG of this workspace, or any reference
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// Leaves it running, once it is up
    #[arg(long, short)]
    pub detach: bool,
    /// Sets a variable in the container; NAME alone takes the value that keg has
    #[arg(long = "env", short, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// The container's name [default: package-IMAGE-TAG]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// When the image is pulled before
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub pull: Pull,
    /// How many seconds a detached container has to come up
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub timeout: u64,
    /// Shows what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs it. In the foreground the exit code of the container becomes keg's.
///
/// # Errors
/// There is no such image, its name is taken by a container that runs, or the container's own exit code.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = match app.workspace_root() {
        Ok(_) => Some(app.workspace()?),
        Err(_) => None,
    };
    let engine = app.borders()?.engine;
    let wanted = asked(app, workspace.as_ref(), &args.reference)?;
    let has_registry = workspace.as_ref().is_some_and(|workspace| workspace.options.registry.is_some());
    let candidates = wanted.candidates.clone();
    let decision = decide_among(app, &args.reference, candidates, args.pull, has_registry).await?;
    let name = settings::name(args.name.as_deref(), &wanted, &decision.image)?;
    let containers = engine.containers(&[]).await?;
    let old = replaced(&name, &containers)?;
    if args.dry_run {
        return show(app, &decision, &name);
    }
    bring(app, &engine, &decision, &name).await?;
    let request =
        settings::request(app, &engine, workspace.as_ref(), &wanted, &decision.image, &name, &args.env).await?;
    if let Some(old) = old {
        engine.discard_container(&old.id).await?;
    }
    let mut handled = interrupt::handled();
    engine.create_container(&request).await?;
    let ended = tokio::select! {
        ended = go(args, app, &engine, &request) => ended,
        () = handled.requested() => stop(app, &engine, &name).await.and(Err(Error::passed(130))),
    };
    // However it ended, nothing stays that is not meant to.
    let result = match ended {
        Ok(None) => Ok(()),
        Ok(Some(code)) => engine.discard_container(&name).await.and(Error::of_exit(i32::try_from(code).unwrap_or(1))),
        Err(error) => {
            engine.discard_container(&name).await.ok();
            Err(error)
        }
    };
    drop(handled);
    result
}

fn show(app: &App, decision: &StartDecision, name: &str) -> Result<()> {
    let image = decision.image.familiar();
    if app.settings.format == Format::Json {
        let document = serde_json::json!({
            "image": image, "pull": decision.pull, "container": name, "notes": decision.notes,
        });
        return app.ui.print_json(&document);
    }
    let mut text: String = decision.notes.iter().map(|note| format!("note: {note}\n")).collect();
    if decision.pull {
        text.push_str(&format!("pull {image}\n"));
    }
    text.push_str(&format!("run {image} as {name}\n"));
    app.ui.print(&text)
}

/// Starts the container. Stays with it, and gives its exit code, unless it is detached.
async fn go(args: &Args, app: &App, engine: &Engine, request: &ContainerRequest) -> Result<Option<i64>> {
    let mut request = request.clone();
    let name = request.name.clone();
    // Before it starts, so that nothing of its output is missed.
    let mut joined = None;
    loop {
        if !args.detach {
            joined = Some(engine.join_container(&name, request.terminal, None).await?.0);
        }
        let Err(error) = engine.start_container(&name).await else { break };
        let Some(port) = taken_port(&error.one_line()) else { return Err(error) };
        let Some(others) = without_port(&request.ports, port) else {
            return Err(taken(&request.name, port, &engine.containers(&[]).await?));
        };
        app.ui.note(format!("port {port} is taken: the engine chooses another one"));
        request.ports = others;
        engine.discard_container(&name).await?;
        engine.create_container(&request).await?;
    }
    let Some(mut output) = joined else {
        let rows = wait(args, app, engine, &request).await?;
        print(app, &request, &rows)?;
        return Ok(None);
    };
    let rows = look(app, engine, &request).await?;
    let urls: Vec<String> = rows.into_iter().flat_map(|row| row.urls).collect();
    let place = if urls.is_empty() { String::new() } else { format!(": {}", urls.join(" ")) };
    app.ui.note(format!("{} runs as {}{place} (Ctrl-C stops and removes it)", request.image, request.name));
    while let Some((stream, bytes)) = output.next().await? {
        app.ui.pass(stream, &bytes)?;
    }
    engine.wait_container(&name).await.map(Some)
}

/// Asks the container to end as it wants to; a second Ctrl-C ends it at once.
async fn stop(app: &App, engine: &Engine, name: &str) -> Result<()> {
    app.ui.note(format!("stopping {name}"));
    tokio::select! {
        stopped = engine.remove_container(name) => stopped,
        () = interrupt::requested() => engine.discard_container(name).await,
    }
}

fn print(app: &App, request: &ContainerRequest, rows: &[Row]) -> Result<()> {
    if app.settings.format == Format::Json {
        let document = serde_json::json!({
            "tap": request.name, "image": request.image, "container": request.name, "services": rows,
        });
        return app.ui.print_json(&document);
    }
    let cells = rows.iter().map(|row| vec![row.container.clone(), row.state.clone(), row.urls.join(" ")]);
    app.ui.print_table(&["container", "state", "url"], cells.collect())
}
