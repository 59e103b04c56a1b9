//! `--kind`, `--changed`, `--and-dependents` and `--and-parents`: which images a command is about, beside their names.

use std::collections::BTreeSet;

use crate::command::{App, selection};
use crate::error::{Error, Result};
use crate::history::short;
use crate::selection::{Changes, NO_REVISION, Selection, Since, Touch, Wanted};
use crate::workspace::{ImageIndex, Kind, Overrides, Workspace};

/// How many images a note lists.
const LISTED: usize = 10;

/// What narrows and widens the images that a command line names.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which images")]
pub struct Selectors {
    /// Only images of this kind; may be given several times
    #[arg(long = "kind", value_name = "KIND", value_enum)]
    pub kinds: Vec<Kind>,
    /// Only images of which something has changed since the branch parted from REV, committed or not
    /// [default of REV: the default branch]
    #[arg(long, value_name = "REV", num_args = 0..=1)]
    pub changed: Option<Option<String>>,
    /// Also everything that is built on these images
    #[arg(long)]
    pub and_dependents: bool,
    /// Also everything that these images are built on
    #[arg(long)]
    pub and_parents: bool,
}

impl Selectors {
    /// The images that `words` name, narrowed and widened; what has changed is said.
    ///
    /// # Errors
    /// A word that names no image, kinds of which there is none, nothing to compare with.
    pub async fn images(&self, app: &App, workspace: &Workspace, words: &[String]) -> Result<BTreeSet<ImageIndex>> {
        Ok(self.select(app, workspace, words).await?.indexes())
    }

    /// The same with the reasons.
    ///
    /// # Errors
    /// As [`images`](Self::images).
    pub async fn select(&self, app: &App, workspace: &Workspace, words: &[String]) -> Result<Selection> {
        let named = match words {
            [] => None,
            words => Some(selection::named(app, workspace, words)?),
        };
        let mut wanted = Wanted {
            named,
            kinds: self.kinds.iter().copied().collect(),
            touched: None,
            and_dependents: self.and_dependents,
            and_parents: self.and_parents,
        };
        let candidates = wanted.candidates(workspace);
        if candidates.is_empty() && !wanted.kinds.is_empty() {
            return Err(self.none_of_kind(workspace, words));
        }
        let Some(revision) = &self.changed else { return Ok(wanted.select(workspace)) };
        let changes = changes(app, workspace, revision.as_deref(), &candidates).await?;
        wanted.touched = Some(changes.images.clone());
        let selection = wanted.select(workspace);
        tell(app, workspace, &changes, candidates.len(), &selection);
        Ok(selection)
    }

    fn none_of_kind(&self, workspace: &Workspace, words: &[String]) -> Error {
        let kinds = self.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        let error = match words {
            [] => Error::request(format!("no image in {} is a {kinds}", workspace.root.display())),
            words => Error::request(format!("{} is no {kinds}", words.join(", "))),
        };
        let own = || workspace.named().filter(|(index, _)| workspace.is_own(*index)).map(|(_, image)| image);
        let count = |kind: Kind| own().filter(|image| image.kind == kind).count();
        let counts = [Kind::Base, Kind::Hub, Kind::Tap].map(|kind| format!("{} {kind}", count(kind)));
        error.help(format!("this workspace has {} images; keg graph shows which are which", counts.join(", ")))
    }
}

/// What has changed in `candidates`, as the files say it: flags and the environment change no file.
async fn changes(
    app: &App,
    workspace: &Workspace,
    revision: Option<&str>,
    candidates: &BTreeSet<ImageIndex>,
) -> Result<Changes> {
    let since = match revision {
        None => Since::DefaultBranch,
        Some(revision) => Since::Revision(revision.to_owned()),
    };
    // One that does not load without them is compared with them.
    let plain = app.workspace_with(&[], &Overrides::default()).unwrap_or_else(|_| workspace.clone());
    // With --plan there are fewer images than in the files.
    let pairs: Vec<(ImageIndex, ImageIndex)> = candidates
        .iter()
        .filter_map(|index| {
            let image = workspace.image(*index);
            let (first, _) = plain.iter().find(|(_, other)| other.name == image.name)?;
            Some((plain.variant(first, image.plan())?, *index))
        })
        .collect();
    let among = pairs.iter().map(|(plain, _)| *plain).collect();
    let settings = app.settings.clone();
    // On a thread of its own, so that Ctrl-C is heard meanwhile.
    let read = tokio::task::spawn_blocking(move || Changes::read(&plain, &settings, &since, &among))
        .await
        .map_err(|error| Error::failed("comparing with an earlier commit").cause(error))?;
    let mut changes = read.map_err(|error| {
        let is_unknown = error.message().starts_with(NO_REVISION);
        let meant = revision.filter(|revision| is_unknown && workspace.find(revision).is_some());
        match meant {
            Some(image) => Error::request(format!("`{image}` after --changed is no commit, branch or tag"))
                .help(format!("if the image is meant, it comes first, as in keg build {image} --changed")),
            None => error,
        }
    })?;
    let images = pairs.into_iter().filter_map(|(plain, index)| Some((index, changes.images.remove(&plain)?)));
    changes.images = images.collect();
    Ok(changes)
}

/// Says what has changed, and what follows from it.
fn tell(app: &App, workspace: &Workspace, changes: &Changes, of: usize, selection: &Selection) {
    let base = format!("{} (commit {})", changes.base.name, short(&changes.base.commit));
    if let Some(reason) = &changes.broken {
        app.ui.warn(
            format!(
                "the workspace of commit {} does not load, so that every image counts as changed",
                short(&changes.base.commit)
            ),
            Some(reason.clone()),
        );
    }
    if let Some(everything) = &changes.everything {
        let commit = short(&everything.commit);
        app.ui.note(format!(
            "the message of commit {commit} asks for all images: {}; those that are fresh are reused all the same, \
             --no-cache rebuilds them",
            everything.subject
        ));
    }
    let is_asked = |touch: &Touch| matches!(touch, Touch::Message(_));
    let touched: Vec<_> = changes.images.iter().filter(|(_, touch)| !is_asked(touch)).collect();
    if touched.is_empty() {
        app.ui.note(format!("nothing has changed since {base}"));
        return;
    }
    let reason = |(index, touch): &(&ImageIndex, &Touch)| format!("{} ({touch})", workspace.image(**index).full_name());
    let mut list: Vec<String> = touched.iter().take(LISTED).map(reason).collect();
    if touched.len() > LISTED {
        list.push(format!("and {} more", touched.len() - LISTED));
    }
    let has = if touched.len() == 1 { "has" } else { "have" };
    app.ui.note(format!("{} of {of} images {has} changed since {base}: {}", touched.len(), list.join(", ")));
    match selection.left_out(workspace).len() {
        0 => {}
        1 => app.ui.note("1 image is built on what has changed; --and-dependents takes it along"),
        count => {
            app.ui.note(format!("{count} images are built on what has changed; --and-dependents takes them along"))
        }
    }
}
