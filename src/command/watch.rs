//! `keg watch`

mod checkout;
mod containers;
mod prepare;
mod rebuild;
mod session;

use futures_util::future::join_all;

use crate::border::engine::Engine;
use crate::command::{App, running, selection, start};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::reference::Reference;
use crate::settings::Format;
use crate::start::running::{Running, service};
use crate::watch::guard::Verdict;
use crate::workspace::Workspace;

pub use prepare::{Plan, plan};
use session::Session;

/// Arguments of `keg watch`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg watch web                  copy files into web as they change
  keg watch web api              watch two taps
  keg watch web --dry-run        show the rules, and whether files would be copied
  keg watch web --force-sync     overwrite also what another branch has put into the image

Which files go where stands under `watch:` in tap.yml, or under `develop.watch` in the compose file.")]
pub struct Args {
    /// Names or aliases
    #[arg(value_name = "TAP", required = true, add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Copies also where that overwrites another branch's work in the container
    #[arg(long)]
    pub force_sync: bool,
    /// Shows the rules and whether files would be copied, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A running tap that is watched.
pub struct Watched {
    /// Its rules.
    pub plan: Plan,
    /// Its Compose project.
    pub project: String,
    /// The branch that it was started on.
    pub branch: String,
    /// How it is started when its image is built anew.
    pub start: start::Args,
}

/// Runs `keg watch`.
///
/// # Errors
/// A tap that does not run or has no rules, an image whose files must not be overwritten, an engine out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let mut indexes = Vec::new();
    for word in &args.taps {
        let index = selection::tap(&workspace, word)?;
        if !indexes.contains(&index) {
            indexes.push(index);
        }
    }
    let mut watched = Vec::new();
    let mut texts = Vec::new();
    let mut documents = Vec::new();
    for index in indexes {
        let tap = &workspace.image(index).name;
        let running = found.choose_one(app, tap);
        let image = running.as_ref().ok().and_then(|running| Reference::parse(image_of(running)).ok());
        let ran = running.as_ref().ok().and_then(|running| running.plan.as_deref());
        let index = workspace.variant(index, ran).unwrap_or(index);
        let plan = plan(app, &workspace, index, image.as_ref()).await?;
        if args.dry_run {
            let verdict = match &running {
                Ok(running) => Some(judge(app, &workspace, &engine, &plan, running).await?),
                Err(_) => None,
            };
            texts.push(plan.text() + &verdict_text(tap, verdict.as_ref(), args.force_sync));
            documents.push(document(&plan, verdict.as_ref(), args.force_sync));
            continue;
        }
        let running = running?;
        watched.push(Watched {
            project: running.project.clone(),
            branch: running.branch.clone(),
            start: start::Args { plan: plan.variant.clone(), ..start::Args::of(tap.clone()) },
            plan,
        });
    }
    match (args.dry_run, app.settings.format) {
        (true, Format::Json) => app.ui.print_json(&serde_json::json!({ "taps": documents })),
        (true, _) => app.ui.print(&texts.concat()),
        (false, _) => watch(&workspace, watched, args.force_sync, app).await,
    }
}

/// Watches running taps until Ctrl-C, or until all of them have ended.
///
/// # Errors
/// An image whose files must not be overwritten, folders that cannot be watched, an engine out of reach. One tap's
/// error ends only its own watch.
pub async fn watch(workspace: &Workspace, watched: Vec<Watched>, force: bool, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let mut handled = interrupt::handled();
    let (events, shown) = app.ui.start();
    let sessions = watched.iter().map(async |one| {
        let result = Session::new(app, workspace, &engine, one, force, &events)?.run().await;
        // The others go on: this one's end is told now.
        result.inspect_err(|error| app.ui.error(error))
    });
    let ended = tokio::select! {
        ended = join_all(sessions) => ended,
        () = handled.requested() => {
            for one in &watched {
                let tap = &one.plan.tap;
                events.note(format!("{tap} is no longer watched, and runs on: keg stop {tap} ends it"));
            }
            Vec::new()
        }
    };
    drop(events);
    shown.finish().await;
    // Until here: an interrupt that nobody deals with would end the command as a failure.
    drop(handled);
    match ended.into_iter().find_map(Result::err) {
        // It is told already.
        Some(error) => Err(Error::passed(error.exit_code())),
        None => Ok(()),
    }
}

/// The image of the tap's own container, as it was named when the container was made.
fn image_of(running: &Running) -> &str {
    let main = running.main_service();
    let container = running.containers.iter().find(|container| service(container) == main);
    container.or(running.containers.first()).map_or("", |container| container.image.as_str())
}

/// What the guard says of a running tap: the verdict, the image and the branch.
async fn judge(
    app: &App,
    workspace: &Workspace,
    engine: &Engine,
    plan: &Plan,
    running: &Running,
) -> Result<(Verdict, String, String)> {
    let main = running.main_service();
    let container = running.containers.iter().find(|container| service(container) == main);
    let image_id = container.or(running.containers.first()).map(|container| container.image_id.clone());
    let (branch, _) = checkout::checked_out(app, workspace, plan.index)?;
    let verdict = checkout::judge(app, engine, plan, &image_id.unwrap_or_default(), &branch).await?;
    Ok((verdict, image_of(running).to_owned(), branch))
}

fn verdict_text(tap: &str, verdict: Option<&(Verdict, String, String)>, force: bool) -> String {
    let Some((verdict, image, branch)) = verdict else { return format!("{tap} does not run: keg start {tap}\n") };
    let why = verdict.why(image, branch);
    match (verdict.allows(), force) {
        (true, _) => format!("files are copied: {why}\n"),
        (false, true) => format!("files are copied, as --force-sync says, although {why}\n"),
        (false, false) => format!("no file is copied without --force-sync: {why}\n"),
    }
}

fn document(plan: &Plan, verdict: Option<&(Verdict, String, String)>, force: bool) -> serde_json::Value {
    let guard = verdict.map(|(verdict, image, branch)| {
        serde_json::json!({
            "image": image,
            "branch": branch,
            "copies": force || verdict.allows(),
            "found": verdict,
            "why": verdict.why(image, branch),
        })
    });
    serde_json::json!({ "tap": plan.tap, "rules": plan.documents(), "guard": guard })
}
