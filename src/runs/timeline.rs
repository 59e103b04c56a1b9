//! A run as bars over time, and its critical path. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RunRecord, StepRecord};
use crate::ui::human_duration;

/// With more rows than this, those of images that needed nothing are left out.
const MANY_ROWS: usize = 40;
/// The parts into which the scale is divided.
const PARTS: u32 = 4;

/// The bars of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timeline {
    /// A row for each image, and for steps that concern several.
    pub rows: Vec<Row>,
    /// The marks of the scale: their place in per cent, and their text.
    pub scale: Vec<(f64, String)>,
    /// The names of steps of the critical path, in their order.
    pub critical: Vec<String>,
    /// What the steps of the critical path took together.
    pub critical_time: String,
    /// What all steps took together, as if one had run after another.
    pub work_time: String,
    /// Images that needed nothing and have no row.
    pub left_out: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Row {
    /// The image, or what the steps concern.
    pub name: String,
    /// Whether it is an image of the run.
    pub is_image: bool,
    /// What was done, in words.
    pub note: String,
    /// Whether nothing had to be done.
    pub is_reused: bool,
    /// Whether something failed.
    pub has_failed: bool,
    /// The bars by their beginning.
    pub bars: Vec<Bar>,
}

/// One step.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bar {
    /// Its left end, in per cent of the run.
    pub left: f64,
    /// Its width, in per cent of the run.
    pub width: f64,
    /// The verb, as `build`.
    pub verb: String,
    /// How much of the width came from the cache, in per cent of the run: by the number of steps.
    pub cached: f64,
    /// Whether it failed.
    pub has_failed: bool,
    /// Whether the run would have been shorter without it.
    pub is_critical: bool,
    /// All of it in words.
    pub title: String,
}

/// The timeline of `run`.
pub fn timeline(run: &RunRecord) -> Timeline {
    let critical = critical_path(&run.steps);
    let seconds = run.steps.iter().map(|step| step.began + step.seconds).fold(run.seconds, f64::max).max(0.001);
    let mut rows: Vec<Row> = run.images.iter().map(|image| row(&image.name, &image.result)).collect();
    let places: BTreeMap<&str, usize> =
        run.images.iter().enumerate().map(|(place, image)| (image.name.as_str(), place)).collect();
    for (number, step) in run.steps.iter().enumerate().filter(|(_, step)| step.seconds > 0.0 || !step.is_success()) {
        let place = places.get(step.row()).copied().or_else(|| {
            // Steps that concern several images.
            rows.iter().position(|row| !row.is_image && row.name == step.row())
        });
        let place = place.unwrap_or_else(|| {
            rows.push(Row { name: step.row().to_owned(), ..Row::default() });
            rows.len() - 1
        });
        rows[place].has_failed |= step.result == "failed";
        if step.seconds > 0.0 {
            rows[place].bars.push(bar(step, seconds, critical.contains(&number)));
        }
    }
    for row in &mut rows {
        row.note = note(row, run);
        row.bars.sort_by(|one, other| one.left.total_cmp(&other.left));
    }
    let mut left_out = Vec::new();
    if rows.len() > MANY_ROWS {
        let gone = rows.extract_if(.., |row| row.is_reused && row.bars.iter().all(|bar| bar.verb == "tag"));
        left_out = gone.map(|row| row.name).collect();
    }
    let name = |number: &usize| format!("{} {}", run.steps[*number].verb, run.steps[*number].subject);
    Timeline {
        rows,
        scale: (0..=PARTS)
            .map(|part| {
                let part = f64::from(part) / f64::from(PARTS);
                (part * 100.0, duration(seconds * part))
            })
            .collect(),
        critical_time: duration(critical.iter().map(|number| run.steps[*number].seconds).sum()),
        work_time: duration(run.steps.iter().map(|step| step.seconds).sum()),
        critical: critical.iter().map(name).collect(),
        left_out,
    }
}

/// The chain of steps, each of which waited for the one before, that took longest: with any number of processors the
/// run cannot be shorter.
pub fn critical_path(steps: &[StepRecord]) -> Vec<usize> {
    let mut until: Vec<(f64, Option<usize>)> = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let before = step.after.iter().copied().filter(|before| *before < number);
        let longest = before.max_by(|one, other| until[*one].0.total_cmp(&until[*other].0));
        until.push((step.seconds + longest.map_or(0.0, |before| until[before].0), longest));
    }
    let last = (0..steps.len()).max_by(|one, other| until[*one].0.total_cmp(&until[*other].0));
    let mut path: Vec<usize> = std::iter::successors(last, |number| until[*number].1).collect();
    path.retain(|number| steps[*number].seconds > 0.0);
    path.reverse();
    path
}

fn row(name: &str, result: &str) -> Row {
    Row { name: name.to_owned(), is_image: true, is_reused: result == "reused", ..Row::default() }
}

fn bar(step: &StepRecord, seconds: f64, is_critical: bool) -> Bar {
    let width = step.seconds / seconds * 100.0;
    let mut title = format!("{} {}: {} after {}", step.verb, step.subject, step.result, duration(step.seconds));
    if let Some((steps, cached)) = step.cache {
        title += &format!(", {cached} of {steps} steps from the cache");
    }
    if is_critical {
        title += ", on the critical path";
    }
    let cached = match step.cache {
        Some((steps, cached)) if steps > 0 => width * part(cached, steps),
        _ => 0.0,
    };
    Bar {
        left: hundredths(step.began / seconds * 100.0),
        width: hundredths(width),
        cached: hundredths(cached),
        verb: step.verb.clone(),
        has_failed: step.result == "failed",
        is_critical,
        title,
    }
}

/// What was done to an image, in words.
fn note(row: &Row, run: &RunRecord) -> String {
    let steps = || run.steps.iter().filter(|step| step.row() == row.name);
    let took: f64 = steps().map(|step| step.seconds).sum();
    let image = run.images.iter().find(|image| row.is_image && image.name == row.name);
    let mut note = match image {
        Some(image) => image.result.clone(),
        None => steps().map(|step| step.verb.as_str()).collect::<Vec<_>>().join(", "),
    };
    if took > 0.0 {
        note += &format!(" · {}", duration(took));
    }
    let (all, cached) = steps().filter_map(|step| step.cache).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if cached > 0 {
        note += &format!(" · {cached} of {all} steps from the cache");
    }
    note
}

fn duration(seconds: f64) -> String {
    human_duration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

#[expect(clippy::cast_precision_loss, reason = "a Dockerfile has fewer steps than a float has digits")]
fn part(some: usize, all: usize) -> f64 {
    some as f64 / all as f64
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
