//! What has changed in the images of a workspace since the branch parted from another: git says which files, and the
//! inputs of images which of these count.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::files::Files;
use super::touch::{Before, Touch, full_rebuild, touched};
use super::{Everything, Since};
use crate::border::git::{Commit, Repository};
use crate::error::{Error, Kind, Result};
use crate::hash_cache::HashCache;
use crate::history::{Snapshot, own_inputs, short};
use crate::key::{Change, CommonInputs, Inputs};
use crate::lock::Lock;
use crate::observe::Repositories;
use crate::settings::Settings;
use crate::workspace::{ImageIndex, KEG_FILE, Workspace};

/// The commit that images are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// What it was asked for by: `origin/main`.
    pub name: String,
    /// The youngest commit that HEAD has in common with that: 40 hexadecimal digits.
    pub commit: String,
}

/// What has changed since a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The commit.
    pub base: Base,
    /// The images that have changed, and why.
    pub images: BTreeMap<ImageIndex, Touch>,
    /// The commit message that asks for all images, where there is one.
    pub everything: Option<Everything>,
    /// Why nothing could be compared with the earlier workspace, where it does not load.
    pub broken: Option<String>,
}

impl Changes {
    /// Compares the files of the work tree, committed or not, with those of the youngest commit that HEAD has in common
    /// with `since`. Of the images only those of `among` are looked at.
    ///
    /// # Errors
    /// No git repository, no commit, a revision that this clone does not have, files that cannot be read; an image of
    /// `among` that lies in another repository.
    pub fn read(
        workspace: &Workspace,
        settings: &Settings,
        since: &Since,
        among: &BTreeSet<ImageIndex>,
    ) -> Result<Self> {
        let mut repositories = Repositories::default();
        let Some(repository) = repositories.of(&workspace.root, settings)? else {
            return Err(Error::request(format!(
                "{} is in no git repository, so that nobody knows what has changed",
                workspace.root.display()
            ))
            .help("name images instead of --changed, or make a repository: git init, and commit"));
        };
        check_own(workspace, among)?;
        let (base, head) = find_base(repository, workspace, since)?;
        let messages = repository.messages(&base.commit, &head)?;
        let text = workspace.options.file.ci.as_ref().and_then(|ci| ci.full_rebuild.as_deref());
        let everything = full_rebuild(text, &messages);
        Self::against(workspace, repository, base, everything, among)
    }

    /// The same with `base` itself, wherever it lies: also a later commit, or one of another branch.
    ///
    /// # Errors
    /// A commit that this clone does not have, files that cannot be read.
    pub fn against(
        workspace: &Workspace,
        repository: &Repository,
        base: Base,
        everything: Option<Everything>,
        among: &BTreeSet<ImageIndex>,
    ) -> Result<Self> {
        let Some(commit) = repository.commit(&base.commit)? else {
            return Err(Error::failed(format!("commit {} has gone from this clone", short(&base.commit))));
        };
        let files = Files::read(repository, &commit, &base.commit)?;
        // Of a thousand images a change touches a few: only the files of those are read, now and then.
        let (suspects, others): (BTreeSet<ImageIndex>, BTreeSet<ImageIndex>) = {
            let suspects = files.suspects(repository, workspace)?;
            among.iter().partition(|index| suspects.contains(index))
        };
        let (mut now, mut before) = if suspects.is_empty() {
            (BTreeMap::new(), Before::Images(BTreeMap::new()))
        } else {
            (present(workspace, &suspects)?, earlier(repository, &commit, workspace, &suspects, &files)?)
        };
        for index in others {
            let name = workspace.image(index).full_name();
            now.insert(name.clone(), Inputs::default());
            if let Before::Images(images) = &mut before {
                images.insert(name, Inputs::default());
            }
        }
        let indexes: BTreeMap<String, ImageIndex> =
            among.iter().map(|index| (workspace.image(*index).full_name(), *index)).collect();
        let is_real = |name: &str, change: &Change| {
            indexes.get(name).is_none_or(|index| files.is_real(repository, workspace, *index, change))
        };
        let touched = touched(&now, &before, everything.as_ref(), &is_real);
        let images = touched.into_iter().filter_map(|(name, touch)| Some((*indexes.get(&name)?, touch))).collect();
        let broken = match before {
            Before::Broken(reason) => Some(reason),
            Before::Images(_) | Before::Nothing => None,
        };
        Ok(Self { base, images, everything, broken })
    }
}

fn check_own(workspace: &Workspace, among: &BTreeSet<ImageIndex>) -> Result<()> {
    let linked = among.iter().find(|index| !workspace.is_own(**index));
    linked.map_or(Ok(()), |index| {
        let name = &workspace.image(*index).name;
        Err(Error::request(format!(
            "{name} is a linked tap: it lies in another repository than {}, in which --changed looks",
            workspace.root.display()
        ))
        .help(format!(
            "leave --changed out for it: what has not changed is not built anyway; keg why {name} says what has"
        )))
    })
}

/// The commit to compare with, and that of HEAD.
fn find_base(repository: &Repository, workspace: &Workspace, since: &Since) -> Result<(Base, String)> {
    let root = repository.root.components().as_path().display();
    let Some(head) = repository.revision.clone() else {
        return Err(Error::request(format!("{root} has no commit yet, so that nothing can have changed since one"))
            .help("commit first, or name images instead of --changed"));
    };
    let (name, commit) = since.find(repository, workspace.options.default_branch.as_deref())?;
    if let Some(commit) = repository.merge_base(&head, &commit)? {
        return Ok((Base { name, commit }, head));
    }
    let message = format!("HEAD and `{name}` have no commit in common in the clone {root}");
    Err(if repository.is_shallow() {
        Error::request(message).because("the clone is shallow: it lacks the older commits").help(
            "get them with `git fetch --unshallow`, or in CI with `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)",
        )
    } else {
        Error::request(message)
            .because("their histories are unrelated")
            .help("name a commit of this branch's own history: --changed REV")
    })
}

/// The own inputs of `images` as they are now, by name.
fn present(workspace: &Workspace, images: &BTreeSet<ImageIndex>) -> Result<BTreeMap<String, Inputs>> {
    let cache = HashCache::load(&workspace.root);
    let common = CommonInputs::read(workspace, &cache)?;
    let lock = Lock::read(&workspace.root)?;
    let read = images.iter().copied().collect::<Vec<_>>().into_par_iter().map(|index| {
        let (inputs, _) = common.with_context(workspace, index, &cache)?;
        Ok((workspace.image(index).full_name(), own_inputs(workspace, index, &inputs, &lock)))
    });
    let present = Error::each(read.collect::<Vec<_>>())?;
    cache.save()?;
    Ok(present.into_iter().collect())
}

/// The same in the commit.
fn earlier(
    repository: &Repository,
    commit: &Commit,
    workspace: &Workspace,
    images: &BTreeSet<ImageIndex>,
    files: &Files,
) -> Result<Before> {
    let root = &workspace.root;
    let Some(inside) = repository.relative(root) else {
        return Err(Error::failed(format!("{} is not in its work tree", root.display())));
    };
    let keg_file = inside.join(KEG_FILE);
    if keg_file.to_str().is_none_or(|path| !files.committed.contains(path)) {
        return Ok(Before::Nothing);
    }
    let names = images.iter().map(|index| workspace.image(*index).full_name()).collect();
    match Snapshot::take(commit, &inside, root, &names) {
        Ok(snapshot) => Ok(Before::Images(snapshot.own_inputs())),
        // Whoever mends a workspace can build it.
        Err(error) if error.kind() == Kind::Request => Ok(Before::Broken(error.one_line())),
        Err(error) => Err(error),
    }
}
