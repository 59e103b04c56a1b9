//! The workspace as it was in a commit, and the inputs of its images then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::border::git::{Commit, CommittedFile};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::hash_cache::HashCache;
use crate::key::{self, CommonInputs, Inputs, Key};
use crate::lock::Lock;
use crate::observe::{self, Around, OutsideImage};
use crate::reference::Reference;
use crate::state::Scratch;
use crate::workspace::{ImageIndex, Workspace, sources};

/// How many links are followed from one to the next.
const MOST_LINKS: usize = 8;

/// The inputs of some images and their ancestors in one commit.
#[derive(Debug)]
pub struct Snapshot {
    workspace: Workspace,
    /// Parents first.
    order: Vec<ImageIndex>,
    own: BTreeMap<ImageIndex, Inputs>,
    lock: Lock,
}

impl Snapshot {
    /// Writes what is needed of `commit` into a folder in between, loads it as a workspace, and reads the images of
    /// these names, with their plans, and their ancestors. `inside` is the workspace in its repository, `root` where it is now. A name
    /// that no image had is passed over.
    ///
    /// # Errors
    /// A commit that cannot be read, or whose workspace does not load.
    pub fn take(commit: &Commit, inside: &Path, root: &Path, names: &BTreeSet<String>) -> Result<Self> {
        let scratch = Scratch::new(root).map_err(|error| Error::failed("no folder for earlier files").cause(error))?;
        let into = fs::canonicalize(scratch.path()).unwrap_or_else(|_| scratch.path().to_owned());
        let mut files = commit.files()?;
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        let tree = Tree { commit, into: &into, files: &files, inside };
        let workspace = tree.workspace()?;
        let selected = workspace.iter().filter(|(_, image)| names.contains(&image.full_name())).map(|(index, _)| index);
        let order = Graph::new(&workspace).order_with_ancestors(&selected.collect());
        tree.write_sources(&workspace, &order)?;
        let cache = HashCache::load(&workspace.root);
        let common = CommonInputs::read(&workspace, &cache)?;
        let mut own = BTreeMap::new();
        for &index in &order {
            own.insert(index, common.with_context(&workspace, index, &cache)?.0);
        }
        let lock = Lock::read(&workspace.root)?;
        Ok(Self { workspace, order, own, lock })
    }

    /// The inputs of the images that are their own, by name: see [`own_inputs`].
    pub fn own_inputs(&self) -> BTreeMap<String, Inputs> {
        let own = self.own.iter().map(|(&index, inputs)| {
            (self.workspace.image(index).full_name(), own_inputs(&self.workspace, index, inputs, &self.lock))
        });
        own.collect()
    }

    /// Keys and inputs by name. `present` are the outside images as they are now, for those that keg.lock did not name.
    pub fn inputs(
        &self,
        platform: &str,
        present: &BTreeMap<Reference, OutsideImage>,
    ) -> BTreeMap<String, (Key, Inputs)> {
        let all = self.order.iter().copied().collect();
        let identity = |reference: &Reference| match self.lock.get(reference) {
            Some(digest) => OutsideImage::Locked(digest.to_owned()),
            None => present.get(reference).cloned().unwrap_or(OutsideImage::Unknown),
        };
        let outside = observe::outside_references(&self.workspace, &all)
            .into_iter()
            .map(|reference| (reference.clone(), identity(&reference)))
            .collect();
        let (mut keys, mut known) = (BTreeMap::new(), BTreeMap::new());
        for &index in &self.order {
            let around = Around { platform, outside: &outside, keys: &keys, narrowed: &BTreeSet::new() };
            let inputs = self.own[&index].with(observe::further_inputs(&self.workspace, index, &around));
            let key = inputs.key();
            keys.insert(index, key);
            known.insert(self.workspace.image(index).full_name(), (key, inputs));
        }
        known
    }
}

/// What an image has of its own: `files`, its settings, the names of its parents in the workspace without what those are
/// built from, and the digests of outside images as far as they are locked.
pub fn own_inputs(workspace: &Workspace, index: ImageIndex, files: &Inputs, lock: &Lock) -> Inputs {
    let locked = |reference: &Reference| match lock.get(reference) {
        Some(digest) => OutsideImage::Locked(digest.to_owned()),
        None => OutsideImage::Unknown,
    };
    let outside = observe::outside_references(workspace, &BTreeSet::from([index]))
        .into_iter()
        .map(|reference| (reference.clone(), locked(&reference)))
        .collect();
    // The engine's platform and the parents' keys are the same for both sides of a comparison.
    let around = Around { platform: "", outside: &outside, keys: &BTreeMap::new(), narrowed: &BTreeSet::new() };
    files.with(observe::further_inputs(workspace, index, &around))
}

/// A commit on its way into a folder.
struct Tree<'a> {
    commit: &'a Commit,
    into: &'a Path,
    /// By path, so that a folder is found without a look at all of them.
    files: &'a [CommittedFile],
    inside: &'a Path,
}

impl<'a> Tree<'a> {
    /// Writes what makes a workspace (keg.yml, manifests, Dockerfiles and what they name) and loads it.
    fn workspace(&self) -> Result<Workspace> {
        let root = self.into.join(self.inside);
        let is_source = |file: &&CommittedFile| {
            file.link.is_some() || sources::is_source(file.path.rsplit('/').next().unwrap_or(&file.path))
        };
        let mut paths: Vec<&str> = Vec::new();
        for file in self.files.iter().filter(is_source) {
            paths.push(&file.path);
            paths.extend(self.followed(file).map(|target| target.path.as_str()));
        }
        self.commit.write(paths, self.into)?;
        let manifests = self.files.iter().filter(|file| sources::is_manifest(Path::new(&file.path)));
        let named = sources::named(&root, manifests.map(|file| self.into.join(&file.path)));
        let named: Vec<String> = named.iter().filter_map(|path| self.inner(path)).collect();
        for path in &named {
            // A context has to be there, though its files are not needed yet.
            if self.below(path).next().is_some() {
                fs::create_dir_all(self.into.join(path)).map_err(|error| unwritable(&error))?;
            }
        }
        let is_file = |path: &&String| self.file(path).is_some();
        self.commit.write(named.iter().filter(is_file).map(String::as_str), self.into)?;
        Workspace::load(&root)
    }

    /// Writes what goes into the keys of `order`: contexts without what their `.dockerignore` leaves out, `inputs:` and
    /// the files of `rebuild_all`.
    fn write_sources(&self, workspace: &Workspace, order: &[ImageIndex]) -> Result<()> {
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        let for_all = key::rebuild_all(workspace)?;
        let inside = self.inside.to_str().unwrap_or_default();
        paths.extend(self.below(inside).filter(|(_, rest)| for_all(rest)).map(|(path, _)| path));
        for &index in order {
            let image = workspace.image(index);
            let ignore = Context::load_ignore(&image.context, &image.dockerfile.path)?;
            let context = fs::canonicalize(&image.context).unwrap_or_else(|_| image.context.clone());
            for (path, rest) in self.inner(&context).iter().flat_map(|context| self.below(context)) {
                if !ignore.is_ignored(rest) {
                    paths.insert(path);
                } else if let Some(folder) = self.into.join(path).parent() {
                    // A folder counts even where all that it holds is ignored.
                    fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
                }
            }
            for input in image.inputs.iter().filter_map(|input| self.inner(input)) {
                paths.extend(self.below(&input).map(|(path, _)| path));
                let file = self.file(&input);
                paths.extend(file.map(|file| file.path.as_str()));
                paths.extend(file.and_then(|file| self.followed(file)).map(|target| target.path.as_str()));
            }
        }
        self.commit.write(paths, self.into)
    }

    /// The path in the repository of a path in the folder.
    fn inner(&self, path: &Path) -> Option<String> {
        path.strip_prefix(self.into).ok()?.to_str().map(str::to_owned)
    }

    /// The files below a folder, with their paths from there.
    fn below(&self, folder: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let start = self.files.partition_point(|file| file.path < prefix);
        self.files[start..].iter().map_while(move |file| Some((file.path.as_str(), file.path.strip_prefix(&prefix)?)))
    }

    fn file(&self, path: &str) -> Option<&'a CommittedFile> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok().map(|place| &self.files[place])
    }

    /// The file that a link leads to, if the commit has it.
    fn followed(&self, file: &'a CommittedFile) -> Option<&'a CommittedFile> {
        let mut target = None;
        let mut at = file;
        for _ in 0..MOST_LINKS {
            let Some(link) = &at.link else { break };
            at = self.file(&beside(&at.path, link)?)?;
            target = Some(at);
        }
        target
    }
}

/// Where a link at `path` leads, without a look at the disk; nothing where it leads out of the repository.
fn beside(path: &str, link: &str) -> Option<String> {
    let mut target = PathBuf::from(path);
    target.pop();
    for component in Path::new(link).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !target.pop() {
                    return None;
                }
            }
            Component::Normal(name) => target.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    target.into_os_string().into_string().ok()
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::failed("cannot write earlier files").because(error.to_string())
}
