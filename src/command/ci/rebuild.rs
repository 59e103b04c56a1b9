//! Whether a commit message asks for a rebuild of all images.

use std::collections::{BTreeMap, BTreeSet};

use crate::border::git::Repository;
use crate::command::App;
use crate::error::Result;
use crate::observe::{self, LABEL_REVISION, LookUp};
use crate::reference::Reference;
use crate::selection::{Everything, full_rebuild};
use crate::tagging;
use crate::workspace::{ImageIndex, Workspace};

/// The message that asks for a rebuild which `images` have not had. That follows from the commits that they were built
/// of, as they are published under the branch's tag: the run of the push that brought the message may have been
/// cancelled or have failed. Where an image does not show it, the messages since `before` count, the commit that the
/// branch was at; where nobody knows that, the newest message.
///
/// # Errors
/// A repository that cannot be read, a registry that does not answer.
pub async fn asked(
    app: &App,
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    repository: &Repository,
    before: Option<&str>,
) -> Result<Option<Everything>> {
    let text = workspace.options.file.ci.as_ref().and_then(|ci| ci.full_rebuild.as_deref());
    let Some(commit) = repository.revision.as_deref() else { return Ok(None) };
    let history = repository.history(commit)?;
    let requests: Vec<Everything> =
        history.iter().filter_map(|message| full_rebuild(text, std::slice::from_ref(message))).collect();
    if requests.is_empty() {
        return Ok(None);
    }
    let published = published(app, workspace, images, repository).await?;
    for revision in published.values().flatten().collect::<BTreeSet<_>>() {
        for request in &requests {
            if repository.merge_base(&request.commit, revision)?.as_deref() != Some(&request.commit) {
                return Ok(Some(request.clone()));
            }
        }
    }
    let is_told = !published.is_empty() && published.values().all(Option::is_some);
    if is_told { Ok(None) } else { pushed(repository, text, commit, before) }
}

/// The commits that images were built of, where this clone has them.
async fn published(
    app: &App,
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    repository: &Repository,
) -> Result<BTreeMap<ImageIndex, Option<String>>> {
    let branch = app.branch(workspace)?.tag;
    let reference = |index: ImageIndex| -> Reference {
        let plan = workspace.image(index).plan();
        let plan = workspace.options.plans.iter().find(|other| Some(other.plan.as_str()) == plan);
        let tag = plan.map_or_else(|| branch.clone(), |plan| tagging::with_prefix(&plan.prefix, &branch));
        workspace.repository(index).with_tag(&tag)
    };
    let references: BTreeMap<ImageIndex, Reference> = images.iter().map(|&index| (index, reference(index))).collect();
    let found = match references.is_empty() {
        true => BTreeMap::new(),
        false => observe::look_up(&app.borders()?, references.values().cloned().collect(), LookUp::Labels).await?,
    };
    let mut revisions = BTreeMap::new();
    for (index, reference) in references {
        let revision = found.get(&reference).and_then(|image| image.labels.get(LABEL_REVISION));
        let known = match revision.filter(|revision| !revision.is_empty()) {
            Some(revision) => repository.commit(revision)?.map(|_| revision.clone()),
            None => None,
        };
        revisions.insert(index, known);
    }
    Ok(revisions)
}

/// What the commits that were pushed ask for.
fn pushed(
    repository: &Repository,
    text: Option<&str>,
    commit: &str,
    before: Option<&str>,
) -> Result<Option<Everything>> {
    let since = match before {
        Some(before) => repository.resolve(before)?,
        None => None,
    };
    let since = match since {
        Some(since) => Some(since),
        None => repository.resolve(&format!("{commit}^"))?,
    };
    let messages = match since {
        Some(since) => repository.messages(&since, commit)?,
        // The first commit, or the only one of a shallow clone: its own message counts.
        None => repository.history(commit)?,
    };
    Ok(full_rebuild(text, &messages))
}
