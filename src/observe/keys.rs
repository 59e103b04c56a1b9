//! The keys of images, which have in them what the images are built on.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{Observed, OutsideImage};
use crate::key::{Inputs, Key};
use crate::reference::Reference;
use crate::workspace::{ImageIndex, ParentImage, Workspace};

/// The keys of `order` (parents first). Each key has its parents' keys in it, so a changed parent changes its
/// descendants.
pub fn keys(workspace: &Workspace, observed: &Observed, order: &[ImageIndex]) -> BTreeMap<ImageIndex, Key> {
    let mut keys: BTreeMap<ImageIndex, Key> = BTreeMap::new();
    for generation in generations(workspace, order) {
        let around = observed.around(&keys);
        let key = |index: ImageIndex| {
            let image = observed.images.get(&index)?;
            Some((index, image.inputs.key_with(&further_inputs(workspace, index, &around))))
        };
        let formed: Vec<_> = generation.into_par_iter().filter_map(key).collect();
        keys.extend(formed);
    }
    keys
}

/// The images of `order` in groups, none of which has a parent in its own group or a later one.
fn generations(workspace: &Workspace, order: &[ImageIndex]) -> Vec<Vec<ImageIndex>> {
    let mut depths: BTreeMap<ImageIndex, usize> = BTreeMap::new();
    let mut generations: Vec<Vec<ImageIndex>> = Vec::new();
    for &index in order {
        let depth = workspace.parents_in_workspace(index).filter_map(|parent| depths.get(&parent)).max();
        let depth = depth.map_or(0, |depth| depth + 1);
        depths.insert(index, depth);
        if generations.len() <= depth {
            generations.resize(depth + 1, Vec::new());
        }
        generations[depth].push(index);
    }
    generations
}

/// What goes into a key beside an image's own files and settings.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// What the engine builds for.
    pub platform: &'a str,
    /// Outside images by their reference with a tag.
    pub outside: &'a BTreeMap<Reference, OutsideImage>,
    /// The keys of the image's parents in the workspace.
    pub keys: &'a BTreeMap<ImageIndex, Key>,
    /// Images that are made for this platform alone, though their manifests name several.
    pub narrowed: &'a BTreeSet<ImageIndex>,
}

/// The inputs of an image that are not its own: platform and parents.
pub fn further_inputs(workspace: &Workspace, index: ImageIndex, around: &Around<'_>) -> Inputs {
    let mut further = Inputs::default();
    if workspace.image(index).platforms.is_empty() || around.narrowed.contains(&index) {
        further.platforms(&[around.platform.to_owned()]);
    }
    for parent in &workspace.image(index).parents {
        match &parent.image {
            ParentImage::Workspace(other) => {
                let key = around.keys.get(other).map(ToString::to_string).unwrap_or_default();
                further.parent(&workspace.image(*other).full_name(), key);
            }
            ParentImage::Outside(reference) => {
                let reference = reference.with_default_tag();
                let identity = around.outside.get(&reference).map(OutsideImage::identity).unwrap_or_default();
                further.parent(&reference.familiar(), identity);
            }
        }
    }
    further
}
