//! Tells the CI system what a run found.

use std::io::Write;

use crate::ci::{Provider, github};
use crate::command::App;
use crate::command::order::Prepared;
use crate::command::summary;
use crate::error::{Error, Result};
use crate::execute::Report;

/// Appends `text` to the file that a variable of the CI system names; nothing where it names none.
///
/// # Errors
/// The file cannot be written.
pub fn append(app: &App, variable: &str, text: &str) -> Result<()> {
    let Some(path) = app.settings.variables.get(variable) else { return Ok(()) };
    let written = std::fs::OpenOptions::new().create(true).append(true).open(path);
    written
        .and_then(|mut file| file.write_all(app.ui.masked(text.to_owned()).as_bytes()))
        .map_err(|error| Error::failed(format!("cannot write to {path}, which {variable} names")).cause(error))
}

/// What became of the images, for the summary of the job.
pub fn rows(prepared: &Prepared, report: &Report) -> Vec<github::Row> {
    let (plan, observed) = (&prepared.plan, &prepared.observed);
    let results = summary::image_results(plan, report, observed, &std::collections::BTreeMap::new());
    let row = |result: crate::runs::ImageResult| {
        let steps = plan
            .steps
            .iter()
            .zip(&report.steps)
            .filter(|(step, ended)| step.concerns(&result.name) && !ended.took.is_zero());
        let spans: Vec<(f64, f64)> =
            steps.map(|(_, ended)| (ended.began.as_secs_f64(), (ended.began + ended.took).as_secs_f64())).collect();
        let began = spans.iter().map(|span| span.0).fold(f64::INFINITY, f64::min);
        let ended = spans.iter().map(|span| span.1).fold(0.0, f64::max);
        let span = if spans.is_empty() { (0.0, 0.0) } else { (began, ended - began) };
        let tags = if result.published { result.tags } else { Vec::new() };
        github::Row { image: result.name, result: result.result, reason: result.reason, tags, span }
    };
    results.into_iter().map(row).collect()
}

/// Shows errors beside the lines of the Dockerfiles that they are about, where the CI system does that.
pub fn annotate(app: &App, error: &Error) {
    if Provider::of(&app.settings.variables) == Provider::GitHub {
        // The error itself is told all the same.
        commands(app, &github::annotations(error, &folder(app))).ok();
    }
}

/// Writes commands for GitHub, which reads them from both streams; the results are for whoever asked for them.
///
/// # Errors
/// Standard error cannot be written to.
pub fn commands(app: &App, commands: &[String]) -> Result<()> {
    let bytes = commands.iter().map(|command| format!("{command}\n")).collect::<String>();
    app.ui.pass(crate::border::engine::Output::Stderr, bytes.as_bytes())
}

/// The workspace's folder in its repository, also of a workspace that does not load; empty where it is the root.
fn folder(app: &App) -> String {
    let Ok(root) = app.workspace_root() else { return String::new() };
    let repository = crate::border::git::discover(&root, &app.settings.variables).ok().flatten();
    let folder = repository.and_then(|repository| repository.relative(&root));
    folder.map(|folder| folder.display().to_string()).unwrap_or_default()
}
