//! `keg ci check`

mod rules;
mod touched;

use serde::Serialize;

use super::init;
use super::site::Here;
use super::tell;
use crate::ci::workflow::Style;
use crate::ci::{self, Provider, github};
use crate::command::App;
use crate::error::{Error, Result};
use crate::settings::Format;

/// Arguments of `keg ci check`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg ci check                  what a pull request of this branch would be told
  keg ci check --base v1.2.0    the two-step rule for all that has changed since v1.2.0

The exit code is 1 when an error is found. Images whose workflow is inactive get a warning.")]
pub struct Args {
    /// What the change is compared with [default: what the pull request is to be merged into, else the default branch]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Takes warnings for errors
    #[arg(long)]
    pub strict: bool,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It may be meant so.
    Warning,
    /// It has to be mended.
    Error,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A generated file is not as it should be.
    Drift,
    /// A file decides what is in an image, and a change of it would go unnoticed.
    Environment,
    /// The registry cannot have an image of this name.
    Name,
    /// No change starts the workflow of an image.
    Inactive,
    /// Environment and code are changed at once.
    TwoStep,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about.
    pub rule: Rule,
    /// The file, from the repository's root.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What has to change in the file: a unified diff, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
}

/// Runs `keg ci check`.
///
/// # Errors
/// No workspace, no commit to compare with; findings.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let on_github = Provider::of(&app.settings.variables) == Provider::GitHub;
    let here = Here::read(app).inspect_err(|error| tell::annotate(app, error))?;
    let mut findings = rules::drift(&here)?;
    findings.extend(rules::environment(&here)?);
    findings.extend(rules::names(&here));
    findings.extend(inactive(&here));
    let asks = here.workspace.options.file.ci.as_ref().is_some_and(|ci| ci.two_step);
    if asks {
        findings.extend(rules::two_step(&here, &touched::read(args.base.as_deref(), &here, app)?)?);
    }
    if !asks && args.base.is_some() {
        app.ui.note("--base is for the two-step rule, which keg.yml does not ask for: ci: {two_step: true}");
    }
    if args.strict {
        findings.iter_mut().for_each(|finding| finding.level = Level::Error);
    }
    show(app, &here, &findings)?;
    if on_github {
        tell::commands(app, &findings.iter().map(annotation).collect::<Vec<_>>())?;
    }
    match findings.iter().filter(|finding| finding.level == Level::Error).count() {
        0 => Ok(()),
        1 => Err(Error::failed("keg ci check has found one error")),
        count => Err(Error::failed(format!("keg ci check has found {count} errors"))),
    }
}

/// An image that is not built by changes may be one that somebody has just begun.
fn inactive(here: &Here) -> Vec<Finding> {
    if here.recipe().is_none_or(|recipe| recipe.style != Style::PerImage) {
        return Vec::new();
    }
    let finding = |name: String| Finding {
        level: Level::Warning,
        rule: Rule::Inactive,
        file: Some(ci::workflow::file_of_image(&name)),
        line: None,
        message: format!("no change builds {name}: its workflow is inactive"),
        help: format!("once it can be built: keg ci activate {name}"),
        diff: String::new(),
    };
    init::inactive(here).into_iter().map(finding).collect()
}

/// What is told to people: where several images have an inactive workflow, as all have at first, that is one warning.
fn told(here: &Here, findings: &[Finding]) -> Vec<Finding> {
    let is_inactive = |finding: &&Finding| finding.rule == Rule::Inactive && finding.level == Level::Warning;
    let (inactive, mut told): (Vec<_>, Vec<_>) = findings.iter().partition(is_inactive);
    let one = Finding {
        level: Level::Warning,
        rule: Rule::Inactive,
        file: None,
        line: None,
        message: format!(
            "no change builds {}: their workflows are inactive",
            Vec::from_iter(init::inactive(here)).join(", ")
        ),
        help: "once one of them can be built: keg ci activate NAME, or --all".to_owned(),
        diff: String::new(),
    };
    told.extend(if inactive.len() > 1 { vec![&one] } else { inactive });
    told.into_iter().cloned().collect()
}

fn show(app: &App, here: &Here, findings: &[Finding]) -> Result<()> {
    if app.settings.format == Format::Json {
        return app.ui.print_json(&serde_json::json!({ "findings": findings }));
    }
    if here.recipe().is_none() {
        app.ui.note("there are no workflows that keg made: keg ci init writes them");
    }
    if findings.is_empty() {
        return app.ui.print("nothing is amiss\n");
    }
    let text = |finding: &Finding| {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            _ => String::new(),
        };
        format!("{level}: {place}{}\n  {}\n{}", finding.message, finding.help.replace('\n', "\n  "), finding.diff)
    };
    app.ui.print(&told(here, findings).iter().map(text).collect::<String>())
}

fn annotation(finding: &Finding) -> String {
    let level = if finding.level == Level::Error { "error" } else { "warning" };
    let message = format!("{}: {}", finding.message, finding.help);
    github::annotation(level, finding.file.as_deref(), finding.line, &message)
}
