//! Which images from outside have moved since they were locked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::command::App;
use crate::error::Result;
use crate::graph::Graph;
use crate::lock::{Lock, short};
use crate::observe::{self, Observed, OutsideImage};
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Workspace};

/// How long registries have for their answers, counted from the beginning: whoever looks at a status waits for it.
const LIMIT: Duration = Duration::from_millis(1500);

/// What an image from outside is locked to and what its registry has now.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    reference: String,
    state: State,
    locked: Option<String>,
    present: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Current,
    Moved,
    /// The registry did not say it in time.
    Unknown,
    NotLocked,
    /// Only the engine has it.
    Local,
}

/// Asks the registries of all locked images that `selected` and their ancestors are built on. What cannot be had is
/// left out: it does not concern the images of the workspace.
pub(super) async fn present(
    app: &App,
    workspace: &Workspace,
    selected: &BTreeSet<ImageIndex>,
) -> BTreeMap<Reference, String> {
    let images = Graph::new(workspace).order_with_ancestors(selected).into_iter().collect();
    let lock = Lock::read(&workspace.root).unwrap_or_default();
    let is_locked = |reference: &Reference| reference.digest().is_none() && lock.get(reference).is_some();
    let locked: BTreeSet<_> = observe::outside_references(workspace, &images).into_iter().filter(is_locked).collect();
    let Ok(borders) = app.borders() else { return BTreeMap::new() };
    let answers = observe::present_digests_within(&borders, locked, LIMIT).await;
    answers.into_iter().filter_map(|(reference, found)| Some((reference, found.ok()??))).collect()
}

/// A row for each image from outside that does not name its digest itself.
pub(super) fn rows(observed: &Observed, present: &BTreeMap<Reference, String>) -> Vec<Row> {
    let movable = observed.outside.iter().filter(|(reference, _)| reference.digest().is_none());
    let row = |(reference, outside): (&Reference, &OutsideImage)| {
        let now = present.get(reference);
        let (state, locked) = match (outside, now) {
            (OutsideImage::Locked(digest), Some(now)) if digest == now => (State::Current, Some(digest.clone())),
            (OutsideImage::Locked(digest), Some(_)) => (State::Moved, Some(digest.clone())),
            (OutsideImage::Locked(digest), None) => (State::Unknown, Some(digest.clone())),
            (OutsideImage::Resolved(_), _) => (State::NotLocked, None),
            (OutsideImage::LocalOnly(_), _) => (State::Local, None),
            (OutsideImage::Unknown, _) => (State::Unknown, None),
        };
        Row { reference: reference.familiar(), state, locked, present: now.cloned() }
    };
    movable.map(row).collect()
}

/// Prints those that have moved, and in one line those of which nobody knows it.
pub(super) fn print(app: &App, rows: &[Row]) -> Result<()> {
    let moved = rows.iter().filter(|row| row.state == State::Moved).map(|row| {
        let digest = |digest: &Option<String>| digest.as_deref().map(short).unwrap_or_default().to_owned();
        vec![row.reference.clone(), "moved".into(), digest(&row.locked), digest(&row.present)]
    });
    let moved: Vec<_> = moved.collect();
    if !moved.is_empty() {
        app.ui.print("\n")?;
        app.ui.print_table(&["outside image", "state", "locked", "now"], moved)?;
        app.ui.print("keg update locks to what is there now\n")?;
    }
    let unknown = rows.iter().filter(|row| row.state == State::Unknown && row.locked.is_some());
    let unknown: Vec<&str> = unknown.map(|row| row.reference.as_str()).collect();
    if !unknown.is_empty() {
        app.ui.print(&format!("\nunknown whether moved: {}\n", unknown.join(", ")))?;
    }
    Ok(())
}
