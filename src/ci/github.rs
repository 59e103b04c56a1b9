//! How a run tells GitHub what it found: workflow commands, outputs of a step, and the summary of a job
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).

use std::fmt::Write;

use super::parts::{Does, Job, Part};
use crate::error::Error;
use crate::workspace::full_name;

/// The lines for the file that `GITHUB_OUTPUT` names: whether anything is to do (`any`), whether anything is published
/// (`publishes`), and the matrix of each group of jobs, `level_0` first. A workflow has a fixed number of jobs, so that
/// there are at least `levels` of them, the last ones empty.
pub fn outputs(groups: &[Vec<Job>], publishes: bool, retags: bool, levels: usize) -> String {
    let any = groups.iter().any(|group| !group.is_empty());
    let mut text = format!("any={any}\npublishes={}\nlevels={}\n", publishes && (any || retags), groups.len());
    let empty = Vec::new();
    for level in 0..groups.len().max(levels) {
        let group = groups.get(level).unwrap_or(&empty);
        // Writing to a text cannot fail.
        writeln!(text, "level_{level}={}", serde_json::json!({ "include": group })).ok();
    }
    text
}

/// Workflow commands that show errors beside the lines that they are about. `folder` is where the workspace lies in the
/// repository.
pub fn annotations(error: &Error, folder: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let related = error.related_errors();
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let message = escape(&error.one_line());
    match error.places().first() {
        Some(place) => {
            let (line, column) = place.line_and_column();
            let file = escape_property(&format!("{prefix}{}", place.file()));
            lines.push(format!("::error file={file},line={line},col={column}::{message}"));
        }
        None if related.is_empty() => lines.push(format!("::error::{message}")),
        None => {}
    }
    lines.extend(related.iter().flat_map(|error| annotations(error, folder)));
    lines
}

/// A workflow command that shows a message of this level (`error`, `warning`) beside a line of a file of the repository.
pub fn annotation(level: &str, file: Option<&str>, line: Option<usize>, message: &str) -> String {
    let file = file.map(|file| format!("file={}", escape_property(file)));
    let line = line.map(|line| format!("line={line}"));
    let properties: Vec<String> = [file, line].into_iter().flatten().collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{level}{space}{}::{}", properties.join(","), escape(message))
}

/// A workflow command that shows a warning.
pub fn warning(message: &str) -> String {
    format!("::warning::{}", escape(message))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

/// What became of an image, for the summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name, with its plan.
    pub image: String,
    /// `built`, `reused`, `failed`, …
    pub result: String,
    /// Why.
    pub reason: String,
    /// The tags that it has got in the registry.
    pub tags: Vec<String>,
    /// Seconds since the run began, and seconds that its steps took.
    pub span: (f64, f64),
}

/// The summary of a run, in Markdown: what happened, a table, and a timeline of what took time.
pub fn summary(title: &str, rows: &[Row], notes: &[String]) -> String {
    let mut text = format!("### keg: {}\n\n", markdown(title));
    for note in notes {
        writeln!(text, "> {}\n", markdown(note)).ok();
    }
    if rows.is_empty() {
        text.push_str("Nothing was to do.\n");
        return text;
    }
    text.push_str("| image | result | why | tags | time |\n| --- | --- | --- | --- | ---: |\n");
    for row in rows {
        let tags = row.tags.iter().map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(" ");
        let time = if row.span.1 > 0.0 { format!("{:.1} s", row.span.1) } else { String::new() };
        let (image, result, reason) = (markdown(&row.image), markdown(&row.result), markdown(&row.reason));
        writeln!(text, "| {image} | {result} | {reason} | {tags} | {time} |").ok();
    }
    text.push_str(&timeline(rows));
    text
}

/// The summary of a plan, in Markdown.
pub fn plan_summary(title: &str, parts: &[Part], notes: &[String]) -> String {
    let mut text = format!("### keg: {}\n\n", markdown(title));
    for note in notes {
        writeln!(text, "> {}\n", markdown(note)).ok();
    }
    let (idle, busy): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part.does == Does::Nothing);
    if !busy.is_empty() {
        text.push_str("| image | does | tags | why |\n| --- | --- | --- | --- |\n");
        for part in &busy {
            let tags = part.tags.iter().map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(" ");
            let name = full_name(&part.image, part.plan.as_deref());
            writeln!(text, "| {} | {} | {tags} | {} |", markdown(&name), part.words(), markdown(&part.reason)).ok();
        }
    }
    match idle.len() {
        0 => {}
        1 => text.push_str("\nOne image needs nothing.\n"),
        count => {
            writeln!(text, "\n{count} images need nothing.").ok();
        }
    }
    text
}

/// A picture of when each image was worked on, in Mermaid's language, which GitHub draws.
fn timeline(rows: &[Row]) -> String {
    let busy: Vec<&Row> = rows.iter().filter(|row| row.span.1 > 0.0).collect();
    if busy.len() < 2 {
        return String::new();
    }
    let mut text = String::from("\n```mermaid\ngantt\n  dateFormat x\n  axisFormat %M:%S\n");
    for row in busy {
        let (began, took) = row.span;
        let state = if row.result == "failed" { "crit, " } else { "" };
        let name: String = row.image.chars().map(|c| if ":;#".contains(c) { ' ' } else { c }).collect();
        let (from, until) = ((began * 1000.0).round(), ((began + took) * 1000.0).round());
        writeln!(text, "  {name} : {state}{from:.0}, {until:.0}").ok();
    }
    text.push_str("```\n");
    text
}

/// Text in a cell of a table or a line: one line, without marks of Markdown.
fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '|' | '<' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
