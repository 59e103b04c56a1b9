//! `keg ps`

use crate::command::{App, proxy, running, selection};
use crate::error::Result;
use crate::settings::Format;
use crate::start::running::{Running, rows};

/// Arguments of `keg ps`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg ps             list what runs of this workspace
  keg ps web         list what runs of web, on all branches
  keg ps --all       list what runs of all workspaces")]
pub struct Args {
    /// Names or aliases; all taps if none is named
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub taps: Vec<String>,
    /// Lists the taps of all workspaces
    #[arg(long, short, conflicts_with = "taps")]
    pub all: bool,
}

/// Runs `keg ps`.
///
/// # Errors
/// A name that no tap has; the engine is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let mut listed: Vec<Running> = if args.all {
        running::find_everywhere(&engine).await?
    } else {
        let found = running::find(app, &engine).await?;
        let taps = args.taps.iter().map(|word| found.tap(word)).collect::<Result<Vec<_>>>()?;
        found.running.into_iter().filter(|one| taps.is_empty() || taps.contains(&one.tap)).collect()
    };
    listed.retain(|one| !one.containers.is_empty());
    let mut rows = rows(&listed, &running::host(app)?);
    let names = proxy::names(app, &engine).await;
    proxy::name_rows(&mut rows, &names);
    if app.settings.format == Format::Json {
        return app.ui.print_json(&rows);
    }
    if rows.is_empty() {
        app.ui.note("nothing runs");
        return Ok(());
    }
    let mut headers = vec!["tap", "branch", "service", "image", "state", "ports"];
    if names.is_running() {
        headers.push("address");
    }
    if args.all {
        headers.push("workspace");
    }
    let cells = rows.into_iter().map(|row| {
        let mut cells = vec![row.tap, row.branch, row.service, short(&row.image), row.state, row.ports.join(", ")];
        if names.is_running() {
            cells.push(row.proxy.unwrap_or_default());
        }
        if args.all {
            cells.push(row.workspace);
        }
        cells
    });
    app.ui.print_table(&headers, cells.collect())
}

/// An image that has lost its name is known by its id; its first digits tell it from others.
fn short(image: &str) -> String {
    match image.strip_prefix("sha256:") {
        Some(id) if id.len() == 64 => id.chars().take(12).collect(),
        _ => image.to_owned(),
    }
}
