//! `keg deploy status`

use std::time::Duration;

use time::OffsetDateTime;

use super::{all, meant};
use crate::command::{App, running, selection};
use crate::deploy::deployed::{Deployed, Row, TaskRow, rows};
use crate::error::Result;
use crate::settings::Format;
use crate::ui::human_age;

/// How many digits of a digest tell it from others.
const DIGITS: usize = 12;

/// Arguments of `keg deploy status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg deploy status                 everything that keg has deployed in the Swarm
  keg deploy status web             web, on all branches")]
pub struct Args {
    /// Names or aliases; everything in the Swarm if none is named
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub taps: Vec<String>,
}

/// Runs `keg deploy status`.
///
/// # Errors
/// What is named is not deployed; the engine manages no Swarm.
pub(super) async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let list = all(&engine).await?;
    let mut chosen: Vec<&Deployed> = if args.taps.is_empty() { list.iter().collect() } else { Vec::new() };
    for word in &args.taps {
        chosen.extend(meant(app, &list, word, app.settings.branch.is_none())?);
    }
    let host = running::host(app)?;
    let rows: Vec<Row> = chosen.into_iter().flat_map(|one| rows(one, &host)).collect();
    if app.settings.format == Format::Json {
        return app.ui.print_json(&rows);
    }
    if rows.is_empty() {
        app.ui.note("nothing is deployed");
        return Ok(());
    }
    let now = OffsetDateTime::now_utc().unix_timestamp();
    app.ui.print_table(
        &["tap", "branch", "service", "replicas", "image", "digest", "task", "state", "node", "since", "url"],
        rows.iter().flat_map(|row| lines(row, now)).collect(),
    )
}

/// A line for each task; the first one has what the service has.
fn lines(row: &Row, now: i64) -> Vec<Vec<String>> {
    let state = match &row.update {
        Some(update) if update != "completed" => {
            format!("{}/{} {}", row.running, row.replicas, update.replace('_', " "))
        }
        _ => format!("{}/{}", row.running, row.replicas),
    };
    let service = [row.tap.clone(), row.branch.clone(), row.service.clone(), state, row.image.clone()];
    let end = row.urls.join(" ");
    let mut lines: Vec<Vec<String>> = row.tasks.iter().map(|task| task_cells(task, now)).collect();
    if lines.is_empty() {
        lines.push(
            vec![row.digest.as_deref().map(short).unwrap_or_default(); 1]
                .into_iter()
                .chain(vec![String::new(); 4])
                .collect(),
        );
    }
    let whole = |(place, cells): (usize, Vec<String>)| {
        let first = place == 0;
        let before = if first { service.to_vec() } else { vec![String::new(); service.len()] };
        let url = if first { end.clone() } else { String::new() };
        before.into_iter().chain(cells).chain([url]).collect()
    };
    lines.into_iter().enumerate().map(whole).collect()
}

fn task_cells(task: &TaskRow, now: i64) -> Vec<String> {
    let state = match &task.error {
        Some(error) => format!("{}: {error}", task.state),
        None => task.state.clone(),
    };
    let age = human_age(Duration::from_secs(u64::try_from(now - task.since).unwrap_or_default()));
    vec![task.digest.as_deref().map(short).unwrap_or_default(), task.name.clone(), state, task.node.clone(), age]
}

fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(DIGITS).collect()
}
