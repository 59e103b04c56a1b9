//! What images were built from earlier: by a record of this workspace, else by the commit that the image names.

mod explain;
mod keeping;
mod record;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use crate::border::git::{Commit, Repository};
use crate::error::{Error, Result};
use crate::key::{Inputs, Key};
use crate::observe::{Observed, Repositories};
use crate::settings::Settings;
use crate::workspace::Workspace;

pub use explain::{Cause, Explanation, explain};
pub use keeping::keep;
pub use snapshot::{Snapshot, own_inputs};

/// Platforms that an image may have been built for, beside the engine's own.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// The inputs of an earlier build.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The inputs.
    pub inputs: Inputs,
    /// Whether they give the key that the image has. If not, they are only near to what it was built from.
    pub is_exact: bool,
}

/// What is known of earlier builds. Commits are read when they are asked for, each once.
pub struct Past<'a> {
    workspace: &'a Workspace,
    observed: &'a Observed,
    settings: &'a Settings,
    repositories: Repositories,
    /// The images that will be asked for, by commit.
    wanted: BTreeMap<String, BTreeSet<String>>,
    commits: BTreeMap<String, Result<Vec<Known>>>,
}

/// Keys and inputs of a commit's images by name, for one platform.
type Known = BTreeMap<String, (Key, Inputs)>;

impl<'a> Past<'a> {
    /// `wanted`: the names, with their plans, of the images that will be asked for, with the commits that they were built from.
    pub fn new(
        workspace: &'a Workspace,
        observed: &'a Observed,
        settings: &'a Settings,
        wanted: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut by_commit: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (revision, name) in wanted {
            by_commit.entry(revision).or_default().insert(name);
        }
        Self {
            workspace,
            observed,
            settings,
            repositories: Repositories::default(),
            wanted: by_commit,
            commits: BTreeMap::new(),
        }
    }

    /// What the image `name` was built from when it had this key, and `revision` was checked out.
    ///
    /// # Errors
    /// Nobody knows it any more: no record, and no such commit.
    pub fn inputs(&mut self, name: &str, key: &Key, revision: Option<&str>) -> Result<Earlier> {
        if let Some(inputs) = record::read(&self.workspace.root, key) {
            return Ok(Earlier { inputs, is_exact: true });
        }
        let Some(revision) = revision else {
            return Err(Error::failed(
                "it was built outside of a git repository, and this workspace has no record of it",
            )
            .help("build it anew; keg then knows what went into it"));
        };
        let known = self.commit(revision)?;
        let exact = known.iter().find_map(|known| known.get(name).filter(|(other, _)| other == key));
        let near = || known.first().and_then(|known| known.get(name));
        match exact.or_else(near) {
            Some((other, inputs)) => Ok(Earlier { inputs: inputs.clone(), is_exact: other == key }),
            None => Err(Error::failed(format!("commit {} has no image {name}", short(revision)))
                .help("it was built from uncommitted changes; build it anew, and keg knows what went into it")),
        }
    }

    fn commit(&mut self, revision: &str) -> Result<&[Known]> {
        if !self.commits.contains_key(revision) {
            let read = self.read_commit(revision);
            self.commits.insert(revision.to_owned(), read);
        }
        match self.commits.get(revision) {
            Some(Ok(known)) => Ok(known),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&[]),
        }
    }

    fn read_commit(&mut self, revision: &str) -> Result<Vec<Known>> {
        let root = &self.workspace.root;
        let Some(repository) = self.repositories.of(root, self.settings)? else {
            return Err(Error::failed(format!("{} is in no git repository now", root.display()))
                .help(format!("clone the repository that has commit {}", short(revision))));
        };
        let Some(commit) = repository.commit(revision)? else { return Err(missing(repository, revision)) };
        let names = self.wanted.get(revision).cloned().unwrap_or_default();
        let snapshot = snapshot(repository, &commit, self.workspace, &names).map_err(|error| {
            Error::failed(format!("cannot compare with commit {}", short(revision))).because(error.one_line())
        })?;
        let own = self.observed.platform.as_str();
        let platforms = std::iter::once(own).chain(PLATFORMS.into_iter().filter(|platform| *platform != own));
        Ok(platforms.map(|platform| snapshot.inputs(platform, &self.observed.outside)).collect())
    }
}

fn snapshot(
    repository: &Repository,
    commit: &Commit,
    workspace: &Workspace,
    names: &BTreeSet<String>,
) -> Result<Snapshot> {
    let Some(inside) = repository.relative(&workspace.root) else {
        return Err(Error::failed(format!("{} is not in its work tree", workspace.root.display())));
    };
    Snapshot::take(commit, &inside, &workspace.root, names)
}

fn missing(repository: &Repository, revision: &str) -> Error {
    let remedy = if repository.is_shallow() { "git fetch --unshallow" } else { "git fetch --all" };
    Error::failed(format!("commit {} is not in this clone", short(revision)))
        .help(format!("get it with `{remedy}`; a commit that was never pushed is only on the machine that made it"))
}

/// The first digits of a commit's name, as git shows it.
pub fn short(revision: &str) -> &str {
    revision.get(..12).unwrap_or(revision)
}
