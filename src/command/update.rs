//! `keg update`

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::command::{App, selection};
use crate::error::{Error, Kind, Result};
use crate::graph::Graph;
use crate::lock::{self, Lock, short};
use crate::observe::{self, LocalImages, LocalOrigin};
use crate::reference::Reference;
use crate::settings::Format;
use crate::workspace::{ImageIndex, Workspace};

/// Arguments of `keg update`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  keg update                     lock every image from outside to what its registry has now
  keg update web                 only those that web and its ancestors are built on
  keg update --dry-run           show what has moved")]
pub struct Args {
    /// Names, aliases or globs; all images if none is named
    #[arg(value_name = "IMAGE", add = selection::completer())]
    pub images: Vec<String>,
    /// Shows what would change, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What becomes of one reference.
#[derive(Debug, Serialize)]
struct Row {
    reference: String,
    result: Outcome,
    old: Option<String>,
    new: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Added,
    Updated,
    Removed,
    Unchanged,
    /// Only the engine has it, so there is nothing to lock.
    NotLocked,
}

/// Runs `keg update`.
///
/// # Errors
/// A registry that is out of reach or does not have an image: then nothing is written.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let selected = selection::images(app, &workspace, &args.images)?;
    let images = Graph::new(&workspace).order_with_ancestors(&selected).into_iter().collect();
    let used = observe::outside_references(&workspace, &images);
    let before = Lock::read(&workspace.root)?;
    let (local, present) = present(app, &workspace, &images, &used, &before).await?;
    let mut after = before.clone();
    for (reference, digest) in &present {
        after.set(reference, digest);
    }
    if args.images.is_empty() {
        after.keep_only(&used);
    }
    if !args.dry_run {
        after.write(&before, &workspace.root)?;
    }
    print(app, rows(&before, &after, &used, &local), args.dry_run)
}

/// The references that only the engine has, and the present digests of the others.
async fn present(
    app: &App,
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    used: &BTreeSet<Reference>,
    before: &Lock,
) -> Result<(BTreeSet<Reference>, Vec<(Reference, String)>)> {
    let borders = app.borders()?;
    // A lock can be refreshed on a machine without an engine.
    let engine = borders.engine.images().await.map(LocalImages::of).unwrap_or_default();
    let origin = |reference: &Reference| engine.origin(reference).map(|origin| (reference.clone(), origin));
    let unlocked = used.iter().filter(|reference| before.get(reference).is_none());
    let origins: BTreeMap<Reference, LocalOrigin> = unlocked.filter_map(origin).collect();
    let is_here = |(reference, origin): (&Reference, &LocalOrigin)| {
        matches!(origin, LocalOrigin::Here(_)).then(|| reference.clone())
    };
    let mut local: BTreeSet<Reference> = origins.iter().filter_map(is_here).collect();
    let unclear = observe::unclear(&origins);
    for (by_digest, found) in observe::present_digests(&borders, unclear.keys().cloned().collect()).await {
        // One that does not answer is heard below.
        let is_elsewhere = match &found {
            Ok(found) => found.is_some(),
            Err(error) => error.kind() == Kind::Unreachable,
        };
        local.extend(unclear.get(&by_digest).filter(|_| !is_elsewhere).cloned());
    }
    let is_asked = |reference: &&Reference| reference.digest().is_none() && !local.contains(*reference);
    let asked = used.iter().filter(is_asked).cloned().collect();
    let (mut present, mut errors) = (Vec::new(), Vec::new());
    for (reference, found) in observe::present_digests(&borders, asked).await {
        let doing = format!("cannot lock {}", reference.familiar());
        match found {
            Ok(Some(digest)) => present.push((reference, digest)),
            Ok(None) => errors.push(observe::no_such_image(workspace, images, &reference, doing)),
            Err(error) if error.kind() == Kind::Unreachable => {
                errors.push(Error::unreachable(doing).because(error.one_line()).help(
                    error.remedy().map_or_else(|| "try again when the registry answers".to_owned(), str::to_owned),
                ));
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors).map_or(Ok((local, present)), Err)
}

fn rows(before: &Lock, after: &Lock, used: &BTreeSet<Reference>, local: &BTreeSet<Reference>) -> Vec<Row> {
    let removed = before.iter().map(|(reference, _)| reference).filter(|reference| after.get(reference).is_none());
    let shown: BTreeSet<&Reference> =
        used.iter().filter(|reference| reference.digest().is_none()).chain(removed).collect();
    let row = |reference: &Reference| {
        let (old, new) = (before.get(reference), after.get(reference));
        let result = match (old, new) {
            _ if local.contains(reference) => Outcome::NotLocked,
            (None, _) => Outcome::Added,
            (Some(_), None) => Outcome::Removed,
            (Some(old), Some(new)) if old == new => Outcome::Unchanged,
            _ => Outcome::Updated,
        };
        Row { reference: reference.familiar(), result, old: old.map(Into::into), new: new.map(Into::into) }
    };
    shown.into_iter().map(row).collect()
}

fn print(app: &App, rows: Vec<Row>, dry_run: bool) -> Result<()> {
    if app.settings.format == Format::Json {
        return app.ui.print_json(&serde_json::json!({ "outside": rows, "dry_run": dry_run }));
    }
    let names = |result: Outcome| {
        rows.iter().filter(move |row| row.result == result).map(|row| row.reference.as_str()).collect::<Vec<_>>()
    };
    let local = names(Outcome::NotLocked);
    if !local.is_empty() {
        app.ui.note(format!("not locked, since only this engine has it: {}", local.join(", ")));
    }
    let is_change = |row: &&Row| matches!(row.result, Outcome::Added | Outcome::Updated | Outcome::Removed);
    let changes: Vec<&Row> = rows.iter().filter(is_change).collect();
    if changes.is_empty() {
        let unchanged = names(Outcome::Unchanged);
        let list = if unchanged.is_empty() { String::new() } else { format!(": {}", unchanged.join(", ")) };
        return app.ui.print(&format!("{} is up to date{list}\n", lock::FILE));
    }
    let cells = changes.iter().map(|row| {
        let result = match row.result {
            Outcome::Added if dry_run => "would be added",
            Outcome::Removed if dry_run => "would be removed, unused",
            _ if dry_run => "would be updated",
            Outcome::Added => "added",
            Outcome::Removed => "removed, unused",
            _ => "updated",
        };
        let digest = |digest: &Option<String>| digest.as_deref().map(short).unwrap_or_default().to_owned();
        vec![row.reference.clone(), result.to_owned(), digest(&row.old), digest(&row.new)]
    });
    app.ui.print_table(&["outside image", "result", "old", "new"], cells.collect())?;
    if dry_run {
        app.ui.note(format!("{} was not written: --dry-run", lock::FILE));
    } else {
        app.ui.note(format!("{} was written: commit it, and build anew with keg build", lock::FILE));
    }
    Ok(())
}
