//! What `keg prune` prints before anything is removed.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::command::App;
use crate::error::Result;
use crate::observe::{Name, Place};
use crate::planner::{KeptBecause, Pruning};
use crate::settings::Verbosity;
use crate::ui::{human_age, human_size};

/// What is said when all is done.
pub(super) const DONE: &str = "removed; a registry gives its space free when it collects garbage\n";

/// How many tags are named of which nothing is known.
const SHOWN_TAGS: usize = 5;

/// Prints what goes, how much that frees, and with `--verbose` what is kept.
///
/// # Errors
/// Stdout cannot be written to.
pub(super) fn print(app: &App, pruning: &Pruning) -> Result<()> {
    if let Some(note) = unknown_tags(pruning) {
        app.ui.note(note);
    }
    if app.settings.verbosity == Verbosity::Verbose && !pruning.kept.is_empty() {
        let kept = pruning.kept.iter().map(|kept| {
            vec![place(kept.place).to_owned(), kept.image.clone(), tag(&kept.name), kept.because.to_string()]
        });
        app.ui.print_table(&["place", "image", "tag", "kept because"], kept.collect())?;
        app.ui.print("\n")?;
    }
    if pruning.removed.is_empty() {
        return app.ui.print("nothing to remove\n");
    }
    let rows = pruning.removed.iter().map(|removed| {
        vec![
            place(removed.place).to_owned(),
            removed.image.clone(),
            tag(&removed.name),
            removed.age.map(age).unwrap_or_default(),
            removed.because.to_string(),
            removed.size.map(human_size).unwrap_or_default(),
        ]
    });
    app.ui.print_table(&["place", "image", "tag", "age", "reason", "size"], rows.collect())?;
    app.ui.print(&totals(pruning))
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Engine => "engine",
        Place::Registry => "registry",
    }
}

/// A digest is cut as other programs cut it: it is only there to be told from others.
fn tag(name: &Name) -> String {
    match name {
        Name::Tag(tag) => tag.clone(),
        Name::Digest(digest) => digest.chars().take("sha256:".len() + 12).collect(),
    }
}

/// A clock may be behind the one that an image was built by.
fn age(seconds: i64) -> String {
    human_age(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// One line for each place: `engine: 12 tags, 8 images, up to 1.2 GB`.
fn totals(pruning: &Pruning) -> String {
    let line = |of: Place, freed: String| {
        let rows = || pruning.removed.iter().filter(|removed| removed.place == of);
        let images = rows().filter(|removed| removed.size.is_some()).count();
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let tags = count(rows().count(), "tag");
        rows().next().map(|_| match images {
            0 => format!("{}: {tags}, no image\n", place(of)),
            images => format!("{}: {tags}, {}, {freed}\n", place(of), count(images, "image")),
        })
    };
    let engine = line(Place::Engine, format!("up to {}", human_size(pruning.freed.engine)));
    let registry = line(Place::Registry, human_size(pruning.freed.registry));
    format!("\n{}{}", engine.unwrap_or_default(), registry.unwrap_or_default())
}

/// Tags that somebody has set for a purpose that keg does not know, or for a branch that built nothing.
fn unknown_tags(pruning: &Pruning) -> Option<String> {
    let unknown = pruning.kept.iter().filter(|kept| kept.because == KeptBecause::Unknown);
    let tags: BTreeSet<&str> = unknown.filter_map(|kept| kept.name.tag()).collect();
    let shown: Vec<&str> = tags.iter().copied().take(SHOWN_TAGS).collect();
    let more = match tags.len().saturating_sub(SHOWN_TAGS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = shown.first()?;
    Some(format!("kept, since keg knows no branch of the name: {}{more} (--tag {first} removes it)", shown.join(", ")))
}

/// All that goes and all that is kept.
pub(super) fn json(pruning: &Pruning) -> Value {
    let removed = pruning.removed.iter().map(|removed| {
        json!({
            "place": removed.place, "image": removed.image, "tag": removed.name.tag(), "digest": removed.digest,
            "age_seconds": removed.age, "reason": removed.because.to_string(), "size": removed.size,
        })
    });
    let kept = pruning.kept.iter().map(|kept| {
        json!({
            "place": kept.place, "image": kept.image, "tag": kept.name.tag(), "reason": kept.because.to_string(),
        })
    });
    json!({
        "removed": removed.collect::<Vec<_>>(),
        "kept": kept.collect::<Vec<_>>(),
        "frees": { "engine_at_most": pruning.freed.engine, "registry": pruning.freed.registry },
    })
}
