//! `keg doctor`

use serde::Serialize;

use crate::border::buildx::Buildx;
use crate::border::compose::Compose;
use crate::border::registry::is_loopback;
use crate::border::{credentials, disk, git};
use crate::command::App;
use crate::command::builder::BuilderFlags;
use crate::error::{Error, Result};
use crate::planner::Shared;
use crate::reference::Reference;
use crate::settings::Format;
use crate::ui::human_size;
use crate::workspace::Workspace;

/// Less free disk than this is pointed out: a build of a usual image needs about as much.
const LITTLE_DISK: u64 = 2 << 30;

/// Arguments of `keg doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// What was found of one part.
#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    state: State,
    finding: String,
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Note,
    Bad,
}

impl Finding {
    fn ok(part: &'static str, finding: impl Into<String>) -> Self {
        Self { part, state: State::Ok, finding: finding.into(), remedy: None }
    }

    fn note(part: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { part, state: State::Note, finding: finding.into(), remedy: Some(remedy.into()) }
    }

    fn bad(part: &'static str, error: &Error) -> Self {
        Self { part, state: State::Bad, finding: error.one_line(), remedy: error.remedy().map(Into::into) }
    }
}

/// Runs `keg doctor`. Every part is looked at, whatever the others are like.
///
/// # Errors
/// Some part does not work: exit code 3, after all findings.
pub async fn run(_: &Args, app: &App) -> Result<()> {
    let mut findings = vec![engine(app).await, compose(app).await];
    match app.workspace() {
        Ok(workspace) => {
            findings.push(Finding::ok(
                "workspace",
                format!("{} with {} images", workspace.root.display(), workspace.named().count()),
            ));
            match &workspace.options.registry {
                None => findings.push(Finding::note(
                    "registry",
                    "none in keg.yml: images stay on this engine",
                    "to share images, add: registry: HOST/NAMESPACE",
                )),
                Some(_) => findings.extend(registry(app, &workspace.repository_of("image")).await),
            }
            findings.extend(builder(app, &workspace).await);
            findings.push(repository(app, &workspace.root));
            findings.push(free_disk(&workspace.root));
        }
        Err(error) => {
            findings.push(Finding::bad("workspace", &error));
            findings.push(repository(app, &app.settings.current_folder));
            findings.push(free_disk(&app.settings.current_folder));
        }
    }
    print(app, &findings)?;
    let bad: Vec<&str> =
        findings.iter().filter(|finding| finding.state == State::Bad).map(|finding| finding.part).collect();
    if bad.is_empty() {
        return Ok(());
    }
    Err(Error::unreachable(format!("not in order: {}", bad.join(", "))).help("each has its remedy below the table"))
}

async fn engine(app: &App) -> Finding {
    let found = async {
        let engine = app.borders()?.engine;
        Ok::<_, Error>((engine.version().await?, engine))
    };
    match found.await {
        Ok((version, engine)) => {
            let place = format!("{} ({})", engine.address(), engine.endpoint().origin);
            Finding::ok("engine", format!("{} for {} at {place}", version.version, version.platform))
        }
        Err(error) => Finding::bad("engine", &error),
    }
}

async fn compose(app: &App) -> Finding {
    match Compose::find(&app.settings).await {
        Ok(compose) => Finding::ok("compose", compose.to_string()),
        Err(error) => Finding::bad("compose", &error),
    }
}

/// The builder that keg.yml names, if it names one.
async fn builder(app: &App, workspace: &Workspace) -> Option<Finding> {
    let found = async {
        let Some(builder) = BuilderFlags::default().builder(app, workspace)? else { return Ok(None) };
        Buildx::find(&app.settings).await?;
        Ok::<_, Error>(Some(builder))
    };
    match found.await {
        Ok(builder) => builder.map(|builder| Finding::ok("builder", format!("{} ({})", builder.name, builder.driver))),
        Err(error) => Some(Finding::bad("builder", &error)),
    }
}

async fn registry(app: &App, repository: &Reference) -> Vec<Finding> {
    let host = repository.domain();
    let reachable = async {
        app.borders()?.registry.ping(host).await?;
        let is_shared = is_loopback(host) && !app.borders()?.engine.is_local();
        if is_shared {
            app.check_shared(&Shared::unknown(repository)).await?;
        }
        Ok::<_, Error>(is_shared)
    };
    let reachable = match reachable.await {
        Ok(true) => Finding::note(
            "registry",
            format!("{host} answers, here and on the engine's machine"),
            "keg takes the two for one, as they are through a tunnel",
        ),
        Ok(false) => Finding::ok("registry", format!("{host} answers")),
        Err(error) => Finding::bad("registry", &error),
    };
    let credentials = match credentials::lookup(&app.settings, host).await {
        Ok(Some(_)) => Finding::ok("credentials", format!("there are some for {host}")),
        Ok(None) => {
            Finding::note("credentials", format!("none for {host}"), format!("keg login {host}, if it wants some"))
        }
        Err(error) => Finding::bad("credentials", &error),
    };
    vec![reachable, credentials]
}

fn repository(app: &App, folder: &std::path::Path) -> Finding {
    match git::discover(folder, &app.settings.variables) {
        Ok(Some(repository)) => match app.workspace().and_then(|workspace| app.branch(&workspace)) {
            Ok(branch) => Finding::ok("git", branch.origin()),
            Err(_) => Finding::ok("git", format!("a repository at {}", repository.root.display())),
        },
        Ok(None) => {
            Finding::note("git", "no repository here: images get the tag `local`", "git init, or --branch NAME")
        }
        Err(error) => Finding::bad("git", &error),
    }
}

fn free_disk(folder: &std::path::Path) -> Finding {
    match disk::free(folder) {
        Ok(free) if free < LITTLE_DISK => Finding::note(
            "disk",
            format!("only {} are free at {}", human_size(free), folder.display()),
            "docker system df shows what the engine holds",
        ),
        Ok(free) => Finding::ok("disk", format!("{} are free", human_size(free))),
        Err(error) => Finding::bad("disk", &error),
    }
}

fn print(app: &App, findings: &[Finding]) -> Result<()> {
    if app.settings.format == Format::Json {
        return app.ui.print_json(&findings);
    }
    let mark = |state| match state {
        State::Ok => "ok",
        State::Note => "note",
        State::Bad => "bad",
    };
    let cells = findings
        .iter()
        .map(|finding| vec![finding.part.to_owned(), mark(finding.state).to_owned(), finding.finding.clone()]);
    app.ui.print_table(&["part", "state", "finding"], cells.collect())?;
    for finding in findings {
        if let Some(remedy) = &finding.remedy {
            app.ui.print(&format!("{}: {remedy}\n", finding.part))?;
        }
    }
    Ok(())
}
