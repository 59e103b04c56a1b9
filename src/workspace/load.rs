//! From keg.yml, globs, manifests and Dockerfiles to a checked [`Workspace`].

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::find::KEG_FILE;
use super::image::{Draft, Found, read};
use super::layout::matches;
use super::matching::Names;
use super::options::options;
use super::parents::Resolver;
use super::plans;
use super::source::{SourceFile, joined};
use super::{Image, ImageIndex, Kind, Overrides, ParentImage, Workspace, check};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::manifest::KegFile;
use crate::yaml::parse;

impl Workspace {
    /// Reads and checks the workspace in the folder `root`.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as one pass can find it: files that do not parse, names that clash,
    /// references to nothing, cycles, no image at all.
    pub fn load(root: &Path) -> Result<Self> {
        Self::load_overridden(root, &[], &Overrides::default())
    }

    /// As [`load`](Self::load), with `overrides` for the images that `words` name. Unlike
    /// [`override_inputs`](Self::override_inputs) it also loads images that have no parent without them.
    ///
    /// # Errors
    /// As [`load`](Self::load). Words that name no image are passed over.
    pub fn load_overridden(root: &Path, words: &[String], overrides: &Overrides) -> Result<Self> {
        let root = std::path::absolute(root)
            .map_err(|error| Error::request(format!("loading the workspace {}", root.display())).cause(error))?;
        let path = root.join(KEG_FILE);
        if !path.is_file() {
            return Err(Error::request(format!("{} is no workspace: it has no {KEG_FILE}", root.display()))
                .help("Run `keg init` there, or name a workspace with `--workspace`."));
        }
        let source = SourceFile::read(&root, &path)?;
        Self::from_source(root, &source, words, overrides)
    }

    /// As [`load`](Self::load), with another text in place of keg.yml.
    pub(super) fn from_source(
        root: PathBuf,
        source: &SourceFile,
        words: &[String],
        overrides: &Overrides,
    ) -> Result<Self> {
        let file: KegFile = parse(&source.shown, &source.text)?;
        let mut errors = Vec::new();
        let options = options(file, source, &mut errors);
        let found = matches(&root, &options.file, source, &mut errors);
        let mut drafts = Vec::with_capacity(found.len());
        let mut without_dockerfile = HashMap::new();
        for found in &found {
            match read(&root, found, &options, &mut errors) {
                Some(Found::Image(draft)) => drafts.push(*draft),
                Some(Found::NoImage(folder)) => {
                    if let Some(name) = folder.file_name() {
                        without_dockerfile.insert(name.to_string_lossy().to_lowercase(), folder);
                    }
                }
                None => {}
            }
        }
        check_names_key(&root, &options.file, source, &drafts, &mut errors);
        drafts.sort_by(|a, b| a.image.name.cmp(&b.image.name).then_with(|| a.image.folder.cmp(&b.image.folder)));
        check::names(&root, &drafts, &mut errors);
        if drafts.is_empty() && errors.is_empty() {
            errors.push(check::empty(&options.file, source));
        }
        let drafts = plans::expanded(drafts, &options, &mut errors);
        if let Some(error) = Error::all(errors) {
            return Err(error);
        }
        let (images, rest): (Vec<Image>, Vec<_>) =
            drafts.into_iter().map(|draft| (draft.image, (draft.kind_is_open, draft.manifest))).unzip();
        let mut workspace = Self { root, options, images, links: Vec::new() };
        let found = words.iter().filter_map(|word| workspace.find(word));
        let named: HashSet<ImageIndex> = found.flat_map(|index| workspace.variants(index)).collect();
        for index in &named {
            overrides.apply(&mut workspace.images[index.0]);
        }
        let given = |index: ImageIndex| named.contains(&index).then(|| overrides.given_base()).flatten();
        resolve(&mut workspace, &rest, without_dockerfile, &given)?;
        let graph = Graph::new(&workspace);
        if let Some(cycle) = graph.cycle() {
            return Err(check::cycle(&workspace, &cycle));
        }
        derive_kinds(&mut workspace, &graph, &rest);
        Ok(workspace)
    }
}

fn resolve<'a>(
    workspace: &mut Workspace,
    rest: &[(bool, Option<SourceFile>)],
    without_dockerfile: HashMap<String, PathBuf>,
    given_base: &dyn Fn(ImageIndex) -> Option<&'a str>,
) -> Result<()> {
    let names = Names::new(workspace, without_dockerfile);
    let all: Vec<String> = workspace.named().map(|(_, image)| image.name.clone()).collect();
    let resolver = Resolver { root: &workspace.root, options: &workspace.options, names: &names, all: &all };
    let mut errors = Vec::new();
    let mut resolved = Vec::with_capacity(workspace.images.len());
    for (index, image) in workspace.iter() {
        let before = errors.len();
        let mut parents = resolver.parents(image, given_base(index)).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        if let Some(manifest) = &rest[index.0].1 {
            let known: HashSet<_> = parents.iter().filter_map(|parent| index_of(&parent.image)).collect();
            let further = resolver.depends_on(image, manifest, &mut errors);
            parents.extend(
                further
                    .into_iter()
                    .filter(|parent| index_of(&parent.image).is_none_or(|index| !known.contains(&index))),
            );
        }
        resolved.push(parents);
        // What is wrong with every variant of an image is said once.
        let (earlier, further) = errors.split_at(before);
        let told = |error: &Error| earlier.iter().any(|told| told.one_line() == error.one_line());
        if further.iter().all(told) {
            errors.truncate(before);
        }
    }
    if let Some(error) = Error::all(errors) {
        return Err(error);
    }
    for (image, parents) in workspace.images.iter_mut().zip(resolved) {
        image.parents = parents;
    }
    Ok(())
}

fn index_of(parent: &ParentImage) -> Option<ImageIndex> {
    match parent {
        ParentImage::Workspace(index) => Some(*index),
        ParentImage::Outside(_) => None,
    }
}

/// Where the layout does not say the kind: no parent in the workspace = base, has children = hub, else tap. The variants
/// of an image are of one kind.
fn derive_kinds(workspace: &mut Workspace, graph: &Graph, rest: &[(bool, Option<SourceFile>)]) {
    let some = |index: ImageIndex, edges: fn(&Graph, ImageIndex) -> bool| {
        workspace.variants(index).any(|variant| edges(graph, variant))
    };
    let open = workspace.iter().map(|(index, _)| index).filter(|index| rest[index.0].0);
    let kinds = open.map(|index| {
        let kind = if !some(index, |graph, index| !graph.parents(index).is_empty()) {
            Kind::Base
        } else if some(index, |graph, index| !graph.children(index).is_empty()) {
            Kind::Hub
        } else {
            Kind::Tap
        };
        (index, kind)
    });
    for (index, kind) in kinds.collect::<Vec<_>>() {
        let image = &mut workspace.images[index.0];
        if kind == Kind::Tap {
            image.become_tap();
        } else {
            image.kind = kind;
        }
    }
}

/// Every path under `names:` must be an image, or a rename on disk would silently change an image's name.
fn check_names_key(root: &Path, file: &KegFile, source: &SourceFile, drafts: &[Draft], errors: &mut Vec<Error>) {
    if file.names.is_empty() {
        return;
    }
    let known: HashSet<&Path> =
        drafts.iter().flat_map(|draft| [draft.image.folder.as_path(), draft.image.dockerfile.path.as_path()]).collect();
    for (path, name) in file.names.iter().filter(|(path, _)| !known.contains(joined(root, path).as_path())) {
        errors.push(
            source
                .error(name, format!("names: `{path}` is no image that the layout finds"), "a name for nothing")
                .help(
                    "Write the path of an image's folder or Dockerfile, relative to the workspace, or remove the line.",
                ),
        );
    }
}
