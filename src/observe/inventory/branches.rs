//! The branches that there are, by the repository that holds an image.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::Branches;
use crate::border::git::Repository;
use crate::error::Result;
use crate::observe::tags::Repositories;
use crate::settings::Settings;
use crate::tagging::{self, BranchFacts};
use crate::workspace::{ImageIndex, Workspace};

/// The repository that holds each image.
pub(super) fn repositories(
    workspace: &Workspace,
    settings: &Settings,
) -> Result<BTreeMap<ImageIndex, Option<Repository>>> {
    let mut opened = Repositories::default();
    workspace.iter().map(|(index, image)| Ok((index, opened.of(&image.folder, settings)?.cloned()))).collect()
}

/// Reads the branches of each repository once; all remotes are asked at the same time.
pub(super) async fn read(
    workspace: &Workspace,
    settings: &Settings,
    repositories: &BTreeMap<ImageIndex, Option<Repository>>,
    remotes: bool,
) -> Result<BTreeMap<ImageIndex, Arc<Branches>>> {
    let root = |repository: &Option<Repository>| repository.as_ref().map(|repository| repository.root.clone());
    let distinct: BTreeMap<Option<PathBuf>, &Option<Repository>> =
        repositories.values().map(|repository| (root(repository), repository)).collect();
    let read = distinct.into_iter().map(|(root, repository)| async move {
        let branches = of_repository(workspace, settings, repository.as_ref(), remotes).await?;
        Ok::<_, crate::error::Error>((root, Arc::new(branches)))
    });
    let read: BTreeMap<_, _> = try_join_all(read).await?.into_iter().collect();
    let known =
        repositories.iter().filter_map(|(index, repository)| Some((*index, read.get(&root(repository))?.clone())));
    Ok(known.collect())
}

async fn of_repository(
    workspace: &Workspace,
    settings: &Settings,
    repository: Option<&Repository>,
    ask: bool,
) -> Result<Branches> {
    let facts = BranchFacts::of(repository, settings, &workspace.options);
    let mut branches = Branches { default_tag: tagging::default_tag(&facts).ok(), ..Branches::default() };
    // The current branch counts whether git has it or CI and --branch name it. One that gives no tag has no images.
    if let Ok(current) = tagging::decide(&facts) {
        branches.names.insert(current.name.clone());
        branches.by_tag.insert(current.tag, current.name);
    }
    let Some(repository) = repository else { return Ok(Branches { unknown: true, ..branches }) };
    let remotes = if ask { repository.remotes()? } else { Vec::new() };
    let mut names = repository.names(&remotes)?;
    let answers = remotes.iter().map(|remote| async move {
        let remedy = format!("see what `git ls-remote {remote}` says, or go by the last fetch with --fetched");
        repository.names_of_remote(remote).await.map_err(|error| error.help(remedy))
    });
    for theirs in try_join_all(answers).await? {
        names.branches.extend(theirs.branches);
        names.tags.extend(theirs.tags);
    }
    for name in names.branches {
        if let Ok(tag) = tagging::sanitise(&name) {
            branches.by_tag.entry(tag).or_insert_with(|| name.clone());
        }
        branches.names.insert(name);
    }
    branches.versions = names.tags.iter().filter_map(|name| tagging::sanitise(name).ok()).collect::<BTreeSet<_>>();
    branches.visited = repository.visited();
    Ok(branches)
}
