//! Which references mean an image of the workspace.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{ImageIndex, Workspace};
use crate::reference::{DEFAULT_DOMAIN, Reference};

/// The names that references are compared with.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The variants of each image.
    by_name: HashMap<String, Vec<ImageIndex>>,
    by_alias: HashMap<String, ImageIndex>,
    /// Name and plan of each image.
    all: Vec<(String, Option<String>)>,
    /// `ghcr.io/acme/`, normalised.
    registry: Option<String>,
    /// Folders where an image is expected that have no Dockerfile, by their name in lower case.
    without_dockerfile: HashMap<String, PathBuf>,
}

impl Names {
    /// The names of a workspace, and folders without a Dockerfile.
    pub fn new(workspace: &Workspace, without_dockerfile: HashMap<String, PathBuf>) -> Self {
        // What a workspace builds must not depend on a user's links.
        let own = || workspace.iter().filter(|(index, _)| workspace.is_own(*index));
        let mut by_name: HashMap<String, Vec<ImageIndex>> = HashMap::new();
        for (index, image) in own() {
            by_name.entry(image.name.clone()).or_default().push(index);
        }
        let all = workspace.images.iter().map(|image| (image.name.clone(), image.plan().map(str::to_owned)));
        let aliases = own().filter_map(|(index, image)| {
            Some((image.alias.as_ref()?.to_lowercase(), by_name.get(&image.name)?.first().copied().unwrap_or(index)))
        });
        let by_alias = aliases.collect();
        let registry = workspace.options.registry.as_ref().and_then(|registry| {
            let repository = Reference::parse(&format!("{registry}/x")).ok()?.repository();
            Some(repository.strip_suffix('x')?.to_owned())
        });
        Self { by_name, by_alias, all: all.collect(), registry, without_dockerfile }
    }

    /// The first variant of the image with this name.
    pub fn by_name(&self, name: &str) -> Option<ImageIndex> {
        self.by_name.get(name)?.first().copied()
    }

    /// The variant of `image` by a plan, if it has one.
    pub fn in_plan(&self, image: ImageIndex, plan: Option<&str>) -> Option<ImageIndex> {
        let variants = self.by_name.get(self.name(image))?;
        variants.iter().copied().find(|variant| self.all[variant.0].1.as_deref() == plan)
    }

    /// The name of an image.
    pub fn name(&self, image: ImageIndex) -> &str {
        &self.all[image.0].0
    }

    /// The image with this name or alias.
    pub fn find(&self, word: &str) -> Option<ImageIndex> {
        let word = word.to_lowercase();
        self.by_name(&word).or_else(|| self.by_alias.get(&word).copied())
    }

    /// The repository of an image, which was written as `reference`.
    pub fn repository(&self, image: ImageIndex, reference: &Reference) -> Reference {
        let full = format!("{}{}", self.registry.as_deref().unwrap_or_default(), self.all[image.0].0);
        Reference::parse(&full).unwrap_or_else(|_| reference.clone())
    }

    /// The image that `written` means where it stands in the Dockerfile of the image `itself`; an image is never its own parent.
    /// Of several variants it is the first: see [`in_plan`](Self::in_plan).
    ///
    /// A digest always means an image as it was published. Without a registry, `anything/web` means `web`, but
    /// Docker's own `docker.io/library/web` does not.
    pub fn image(&self, written: &str, reference: &Reference, itself: &str) -> Option<ImageIndex> {
        self.meant(written, reference).filter(|found| self.name(*found) != itself)
    }

    /// The folder without a Dockerfile that `written` means, if the reference names the workspace's registry or no
    /// other place.
    pub fn folder_without_dockerfile(&self, written: &str, reference: &Reference) -> Option<&PathBuf> {
        let folder = |name: &str| self.without_dockerfile.get(name);
        if reference.digest().is_some() {
            return None;
        }
        match &self.registry {
            Some(registry) if reference.repository().starts_with(registry.as_str()) => {
                folder(&reference.repository()[registry.len()..])
            }
            _ => single_word(written).and_then(folder),
        }
    }

    /// The image that `written` means where it stands outside all Dockerfiles.
    pub fn meant(&self, written: &str, reference: &Reference) -> Option<ImageIndex> {
        if reference.digest().is_some() {
            return None;
        }
        if let Some(registry) = &self.registry
            && let Some(name) = reference.repository().strip_prefix(registry.as_str())
        {
            return self.by_name(name);
        }
        if let Some(word) = single_word(written) {
            return self.find(word);
        }
        let is_docker_official = reference.domain() == DEFAULT_DOMAIN && reference.path().starts_with("library/");
        if self.registry.is_some() || is_docker_official {
            // A name such as `group/web` can be written in full only without a domain.
            return self
                .by_name(written.split_once(':').map_or(written, |(name, _)| name))
                .filter(|_| !is_docker_official);
        }
        // `acme/group/web`, then `group/web`, then `web`.
        let ends = reference.path().match_indices('/').map(|(slash, _)| &reference.path()[slash + 1..]);
        std::iter::once(reference.path()).chain(ends).find_map(|name| self.by_name(name))
    }
}

/// `web` of `web` and `web:tag`; nothing for a reference with a namespace or registry.
fn single_word(written: &str) -> Option<&str> {
    let word = written.split_once(':').map_or(written, |(word, _)| word);
    (!written.contains(['/', '@'])).then_some(word)
}
