//! Whether a run may still move the tags of its branch.

use std::collections::BTreeSet;

use crate::border::git::Repository;
use crate::ci::{Standing, standing};
use crate::command::App;
use crate::command::ci::situation::Situation;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::observe::Repositories;
use crate::selection::{Base, Changes};
use crate::workspace::ImageIndex;

/// The remote whose branches count.
const ORIGIN: &str = "origin";

impl Situation {
    /// Whether the run may still move the tags of its branch. A release's tags are its own.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub async fn standing(&self, app: &App) -> Result<Standing> {
        let mut repositories = Repositories::default();
        let repository = repositories.of(&self.workspace.root, &app.settings)?;
        let (Some(repository), Some(branch)) = (repository, self.aim.branch.as_deref()) else {
            return Ok(Standing::Newest);
        };
        let commit = self.aim.commit.clone().or_else(|| repository.revision.clone());
        let (Some(commit), true) = (commit, repository.remotes()?.iter().any(|remote| remote == ORIGIN)) else {
            return Ok(Standing::Newest);
        };
        let tip = match repository.tip_of_remote(ORIGIN, branch).await {
            Ok(tip) => tip,
            Err(error) => return Ok(Standing::Unknown(error.one_line())),
        };
        let known = match &tip {
            Some(tip) => repository.resolve(tip)?,
            None => None,
        };
        let merge_base = match &known {
            Some(known) => repository.merge_base(known, &commit)?,
            None => None,
        };
        match standing(&commit, tip.as_deref(), merge_base.as_deref()) {
            Standing::Superseded(tip) if self.is_the_same_in(repository, branch, &tip).await => {
                Ok(Standing::SameImages(tip))
            }
            standing => Ok(standing),
        }
    }

    /// Whether the images of this run would be built of the same files in `tip`, so that whoever publishes them publishes
    /// the same. Nobody may: path filters and commit messages keep workflows from being started. What cannot be found
    /// out is another state.
    async fn is_the_same_in(&self, repository: &Repository, branch: &str, tip: &str) -> bool {
        let is_known = |repository: &Repository| repository.resolve(tip).is_ok_and(|commit| commit.is_some());
        if !is_known(repository) && repository.fetch_branch(ORIGIN, branch).await.is_err() {
            return false;
        }
        let workspace = self.workspace.clone();
        let ancestors = Graph::new(&workspace).ancestors(self.selected.iter().copied());
        let images: BTreeSet<ImageIndex> = ancestors.into_iter().chain(self.selected.iter().copied()).collect();
        let (repository, base) = (repository.clone(), Base { name: branch.to_owned(), commit: tip.to_owned() });
        // On a thread of its own, so that Ctrl-C is heard meanwhile.
        let read = tokio::task::spawn_blocking(move || Changes::against(&workspace, &repository, base, None, &images));
        let read = read.await.map_err(|error| Error::failed("comparing with a later commit").cause(error));
        read.flatten().is_ok_and(|changes| changes.broken.is_none() && changes.images.is_empty())
    }
}
