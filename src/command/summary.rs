//! The table after a build or push: image, tag, what was done, why, size and time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::border::engine::Engine;
use crate::command::test::Results;
use crate::error::Result;
use crate::execute::{Report, StepReport, StepResult};
use crate::observe::Observed;
use crate::plan::{Action, Decision, Moment, Plan, PlannedImage, Step};
use crate::reference::Reference;
use crate::runs::ImageResult;
use crate::settings::Format;
use crate::ui::{Ui, human_duration, human_size};
use crate::workspace::full_name;

/// One row.
#[derive(Debug, Serialize)]
struct Row {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    reference: String,
    tags: Vec<String>,
    key: String,
    result: &'static str,
    reason: String,
    published: bool,
    size: Option<u64>,
    seconds: f64,
    error: Option<String>,
}

/// The sizes of the plan's images on the engine, in bytes, by their full names. Nothing where the engine does not answer: the work is
/// done, and a summary without sizes is better than an error.
pub async fn sizes(engine: &Engine, plan: &Plan) -> BTreeMap<String, u64> {
    let Ok(images) = engine.images().await else { return BTreeMap::new() };
    let wanted: BTreeMap<String, String> =
        plan.images.iter().map(|image| (image.content.familiar(), image.full_name())).collect();
    let mut sizes = BTreeMap::new();
    for image in images {
        for tag in &image.tags {
            let familiar = Reference::parse(tag).map(|reference| reference.familiar()).unwrap_or_default();
            if let Some(name) = wanted.get(&familiar) {
                sizes.insert(name.clone(), image.size);
            }
        }
    }
    sizes
}

/// Prints what became of each image, and of tests where there were any.
///
/// # Errors
/// Stdout cannot be written to.
pub fn print(
    ui: &Ui,
    format: Format,
    plan: &Plan,
    report: &Report,
    sizes: &BTreeMap<String, u64>,
    tests: Option<&Results>,
) -> Result<()> {
    if plan.images.is_empty() {
        return print_steps(ui, format, plan, report);
    }
    let rows: Vec<Row> = plan.images.iter().map(|image| row(image, plan, report, sizes)).collect();
    if format == Format::Json {
        let mut json = serde_json::json!({ "images": rows, "interrupted": report.interrupted });
        if let Some(tests) = tests {
            json["tests"] = serde_json::json!(tests.outcomes);
        }
        return ui.print_json(&json);
    }
    let cells = rows.iter().map(|row| {
        vec![
            full_name(&row.image, row.plan.as_deref()),
            row.tags
                .first()
                .cloned()
                .or_else(|| Some(row.reference.rsplit_once(':')?.1.to_owned()))
                .unwrap_or_default(),
            if row.published { format!("{}, pushed", row.result) } else { row.result.to_owned() },
            row.reason.clone(),
            row.size.map(human_size).unwrap_or_default(),
            if row.seconds > 0.0 { human_duration(Duration::from_secs_f64(row.seconds)) } else { String::new() },
        ]
    });
    ui.print_table(&["image", "tag", "result", "reason", "size", "time"], cells.collect())?;
    if let Some(tests) = tests.filter(|tests| !tests.outcomes.is_empty()) {
        ui.note(tests.summary());
    }
    Ok(())
}

/// What became of each image, for the record of the run.
pub fn image_results(
    plan: &Plan,
    report: &Report,
    observed: &Observed,
    sizes: &BTreeMap<String, u64>,
) -> Vec<ImageResult> {
    let result = |image: &PlannedImage| {
        let row = row(image, plan, report, sizes);
        let facts = observed.images.get(&image.index);
        ImageResult {
            name: full_name(&row.image, row.plan.as_deref()),
            kind: image.kind.to_string(),
            key: row.key,
            tags: row.tags,
            result: row.result.to_owned(),
            reason: row.reason,
            published: row.published,
            size: row.size,
            revision: facts.and_then(|facts| facts.revision.clone()),
            dirty: facts.is_some_and(|facts| facts.dirty),
        }
    };
    plan.images.iter().map(result).collect()
}

fn row(image: &PlannedImage, plan: &Plan, report: &Report, sizes: &BTreeMap<String, u64>) -> Row {
    let name = image.full_name();
    let steps = || plan.steps.iter().zip(&report.steps).filter(|(step, _)| step.concerns(&name));
    let took: Duration = steps().map(|(_, ended)| ended.took).sum();
    let trouble = steps().find(|(_, ended)| !ended.result.is_success());
    let is_publishing = |step: &Step| matches!(step.action, Action::Publish { .. } | Action::Upload { .. });
    let (result, reason, error) = match trouble.map(|(step, ended)| (step, &ended.result)) {
        // The image is there; the set that it belongs to is not published.
        Some((Step { action: Action::Publish { .. }, .. }, StepResult::Failed(error))) => {
            (done(image.decision), "not published: the tags did not move".to_owned(), Some(error.one_line()))
        }
        Some((Step { action: Action::Hook(hook), .. }, StepResult::Failed(error)))
            if hook.moment == Moment::AfterPush =>
        {
            (done(image.decision), "published, and then the hook after_push failed".to_owned(), Some(error.one_line()))
        }
        Some((Step { action: Action::Test(test), .. }, StepResult::Failed(error))) => {
            ("failed", format!("test `{}` failed", test.test.name), Some(error.one_line()))
        }
        Some((Step { action: Action::Version(version), .. }, StepResult::Failed(error))) => {
            let reason = format!("no version tag: `{}` gave none", version.command.test.name);
            ("failed", reason, Some(error.one_line()))
        }
        Some((step, StepResult::Failed(error))) => {
            ("failed", image.reason.to_string(), Some(format!("{}: {}", step.name(), error.one_line())))
        }
        Some((step, StepResult::Blocked(_))) if is_publishing(step) => {
            (done(image.decision), "not published: the set is not complete".to_owned(), None)
        }
        Some((Step { action: Action::Tag { .. } | Action::TagFound { .. }, .. }, StepResult::Blocked(_))) => {
            (done(image.decision), "not tagged: a test of the set failed".to_owned(), None)
        }
        Some((_, StepResult::Blocked(by))) => ("blocked", format!("{} failed", plan.steps[by.0].name()), None),
        Some((_, StepResult::Cancelled)) => ("cancelled", "interrupted".to_owned(), None),
        _ if image.decision == Decision::Build && was_found(steps()) => {
            ("reused", "built by another keg meanwhile".to_owned(), None)
        }
        _ => (done(image.decision), image.reason.to_string(), None),
    };
    // Without content tags an upload goes to a moving tag.
    let moves_tags = |step: &Step| match &step.action {
        Action::Publish { .. } => true,
        Action::Upload { reference, .. } => *reference != image.content,
        _ => false,
    };
    let is_after = |step: &Step| matches!(&step.action, Action::Hook(hook) if hook.moment == Moment::AfterPush);
    let is_moved = trouble.is_none_or(|(step, _)| is_after(step));
    let published = is_moved && steps().any(|(step, _)| moves_tags(step));
    Row {
        image: image.name.clone(),
        plan: image.plan.clone(),
        reference: image.content.familiar(),
        tags: image
            .tags
            .iter()
            .chain(report.found.get(&name).into_iter().flatten())
            .filter_map(|tag| tag.tag().map(Into::into))
            .collect(),
        key: image.key.to_string(),
        result,
        reason,
        published,
        size: sizes.get(&name).copied(),
        seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        error,
    }
}

/// Whether another keg built the image while this one was at it.
fn was_found<'a>(mut steps: impl Iterator<Item = (&'a Step, &'a StepReport)>) -> bool {
    steps.any(|(step, ended)| matches!((&step.action, &ended.result), (Action::Build(_), StepResult::Found)))
}

fn done(decision: Decision) -> &'static str {
    match decision {
        Decision::Reuse | Decision::Published => "reused",
        Decision::Pull => "pulled",
        Decision::Build => "built",
    }
}

/// What became of each step, for plans that are about references and not about keys, as `keg pull` makes them.
#[derive(Debug, Serialize)]
pub struct StepRow {
    image: String,
    action: &'static str,
    result: &'static str,
    reason: String,
    #[serde(skip)]
    took: Duration,
}

/// What became of each step.
pub fn steps(plan: &Plan, report: &Report) -> Vec<StepRow> {
    let row = |(step, ended): (&Step, &StepReport)| StepRow {
        image: step.subject.clone(),
        action: step.action.verb(),
        result: ended.result.word(),
        reason: step.reason.to_string(),
        took: ended.took,
    };
    plan.steps.iter().zip(&report.steps).map(row).collect()
}

/// Prints what became of each step.
///
/// # Errors
/// Stdout cannot be written to.
pub fn print_steps(ui: &Ui, format: Format, plan: &Plan, report: &Report) -> Result<()> {
    let rows = steps(plan, report);
    if format == Format::Json {
        return ui.print_json(&serde_json::json!({ "images": [], "steps": rows, "interrupted": report.interrupted }));
    }
    if rows.is_empty() {
        return ui.print("everything is up to date\n");
    }
    let cells = rows
        .into_iter()
        .map(|row| vec![row.image, row.action.to_owned(), row.result.to_owned(), row.reason, human_duration(row.took)]);
    ui.print_table(&["image", "action", "result", "reason", "time"], cells.collect())
}
