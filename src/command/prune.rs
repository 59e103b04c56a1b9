//! `keg prune`

mod show;

use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::border::registry::Registry;
use crate::command::plans::Plans;
use crate::command::{App, Run, selection, summary};
use crate::error::{Error, Result};
use crate::observe::{self, Inventory, InventoryScope, Observed};
use crate::planner::{PruneIntent, Pruning, plan_prune};
use crate::settings::Format;
use crate::workspace::Workspace;

/// Arguments of `keg prune`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg prune                      show what nothing needs, and ask whether to remove it
  keg prune --dry-run --verbose  show also what is kept, and why
  keg prune --remote --yes       clean the registry up without a question, as in CI
  keg prune --tag 'demo-*'       remove tags too that were set by hand

Kept are:
- tags of branches that exist here or on a git remote, the default tag, latest, stable and git tags
- tags that somebody set with --tag or keg promote
- images that containers use
- the newest images of each branch and plan (--keep); branches that are gone count as one
- what is younger than two hours (--older-than)
- every image that a kept one is built on
What keg did not make is never touched.

A registry gives the space free when it collects garbage.")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// What is kept and removed.
    #[command(flatten)]
    pub plans: Plans,
    /// Cleans up the engine, and the registry only with --remote
    #[arg(long)]
    pub local: bool,
    /// Cleans up the registry, and the engine only with --local
    #[arg(long)]
    pub remote: bool,
    /// How many images of each branch are kept, the newest
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub keep: usize,
    /// Keeps what is younger: 90m, 2h, 30d, 8w
    #[arg(long, value_name = "AGE", default_value = "2h", value_parser = parse_age)]
    pub older_than: Duration,
    /// Removes tags like this too if they are of no branch that exists; * and ? stand for any characters
    #[arg(long = "tag", short, value_name = "PATTERN")]
    pub tags: Vec<String>,
    /// Goes by the branches that were last fetched, and does not ask the git remotes
    #[arg(long)]
    pub fetched: bool,
    /// Does not ask before it removes
    #[arg(long, short)]
    pub yes: bool,
    /// Shows what would be removed, and removes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg prune`.
///
/// # Errors
/// Engine, registry or a git remote is out of reach, the question has no answer, or something cannot be removed.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let mut workspace = app.workspace()?;
    if args.images.is_empty() {
        // The branches of their repositories need not be known then.
        workspace = workspace.without_links();
    }
    args.plans.of(workspace.clone(), &args.images)?;
    let intent = PruneIntent {
        selected: selection::images(app, &workspace, &args.images)?,
        plans: args.plans.plans.iter().cloned().collect(),
        keep: args.keep,
        older_than: i64::try_from(args.older_than.as_secs()).unwrap_or(i64::MAX),
        tags: patterns(&args.tags)?,
    };
    let inventory = take_inventory(args, app, &workspace).await?;
    let pruning = plan_prune(&workspace, &inventory, &intent);
    let is_json = app.settings.format == Format::Json;
    if !is_json {
        show::print(app, &pruning)?;
    }
    if args.dry_run || pruning.plan.is_empty() {
        return if is_json { app.ui.print_json(&show::json(&pruning)) } else { Ok(()) };
    }
    if !args.yes && !agreed(app, &pruning)? {
        app.ui.note("nothing was removed");
        return Ok(());
    }
    let report = app.perform(&workspace, &Observed::default(), &pruning.plan, Run::default()).await?;
    if is_json {
        let mut document = show::json(&pruning);
        document["steps"] = serde_json::json!(summary::steps(&pruning.plan, &report));
        document["interrupted"] = report.interrupted.into();
        app.ui.print_json(&document)?;
    } else if report.error().is_none() {
        app.ui.print(show::DONE)?;
    } else {
        summary::print_steps(&app.ui, Format::Text, &pruning.plan, &report)?;
    }
    report.error().map_or(Ok(()), Err)
}

async fn take_inventory(args: &Args, app: &App, workspace: &Workspace) -> Result<Inventory> {
    let borders = app.borders()?;
    let registry = includes_registry(args, app, workspace, &borders.registry).await?;
    let scope = InventoryScope {
        engine: args.local || !args.remote,
        registry,
        // What goes from this engine only can be pulled or built again: what was last fetched is good enough for it.
        remotes: registry && !args.fetched,
    };
    let (events, running) = app.ui.start();
    let inventory = observe::take_inventory(workspace, &app.settings, &borders, scope, &events).await;
    drop(events);
    running.finish().await;
    inventory
}

/// Whether the registry is cleaned up: if it is asked for, or if nothing is and the workspace has one that lets itself
/// be cleaned up.
async fn includes_registry(args: &Args, app: &App, workspace: &Workspace, registry: &Registry) -> Result<bool> {
    if args.remote {
        app.require_registry(workspace)?;
    }
    let Some((first, _)) = workspace.iter().next() else { return Ok(false) };
    if workspace.options.registry.is_none() || args.local && !args.remote {
        return Ok(false);
    }
    let repository = workspace.repository(first);
    let can_delete = registry.can_delete(&repository).await.map_err(|error| match args.remote {
        true => error,
        false => {
            let help = error.remedy().unwrap_or_default().to_owned();
            error.help(format!("{help}; keg prune --local cleans up the engine alone"))
        }
    })?;
    if can_delete {
        return Ok(true);
    }
    let message = format!("{} does not let you delete images", repository.domain());
    let help = "the CNCF distribution registry does with `storage.delete.enabled: true`; hosted ones, as ghcr.io and ECR, \
                have rules of their own for what they keep; others may want another login";
    if args.remote {
        return Err(Error::request(message).help(help));
    }
    app.ui.warn(format!("{message}: only the engine is cleaned up"), Some(help.to_owned()));
    Ok(false)
}

/// Asks, where someone can answer.
fn agreed(app: &App, pruning: &Pruning) -> Result<bool> {
    let is_json = app.settings.format == Format::Json;
    if app.settings.interactive && !is_json {
        return app.ui.confirm("Remove them?");
    }
    if is_json {
        app.ui.print_json(&show::json(pruning))?;
    }
    Err(Error::request("nothing was removed: nobody is there to be asked")
        .help("pass --yes to remove what is listed, or --dry-run to see it only"))
}

fn patterns(patterns: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    let mut add = |pattern: &String| {
        set.add(Glob::new(pattern)?);
        Ok(())
    };
    for pattern in patterns {
        add(pattern).map_err(|error: globset::Error| wrong_pattern(pattern, &error))?;
    }
    set.build().map_err(|error| wrong_pattern(&patterns.join(" "), &error))
}

fn wrong_pattern(pattern: &str, error: &globset::Error) -> Error {
    Error::request(format!("`{pattern}` is no pattern of tags")).because(error.kind().to_string())
}

/// `90m`, `2h`, `30d`, `8w`; `0` is nothing.
fn parse_age(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" if digits == "0" => 1,
        "s" => 1,
        "m" | "min" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err("write a number and m, h, d or w for minutes, hours, days or weeks, as in 2h".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| format!("`{digits}` is no whole number"))?;
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(|| "that is longer than can be".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let seconds = |text| parse_age(text).map(|age| age.as_secs());
        assert_eq!(seconds("0"), Ok(0));
        assert_eq!(seconds("90m"), Ok(5400));
        assert_eq!(seconds("2h"), Ok(7200));
        assert_eq!(seconds("30d"), Ok(2_592_000));
        assert_eq!(seconds("8w"), Ok(4_838_400));
        for wrong in ["", "2", "h", "-1h", "1.5h", "2 h", "2y", "99999999999999999999w", "99999999999999w", "日"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tags_are_matched_as_shells_do() {
        let set = patterns(&["demo-*".to_owned(), "pr-??".to_owned()]).unwrap();
        assert!(
            set.is_match("demo-a.b") && set.is_match("pr-71") && !set.is_match("pr-7") && !set.is_match("my-demo-x")
        );
        assert!(!patterns(&[]).unwrap().is_match("demo"));
        assert_eq!(patterns(&["[".to_owned()]).unwrap_err().exit_code(), 2);
    }
}
