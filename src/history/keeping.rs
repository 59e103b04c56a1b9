//! Which builds are recorded: those that no commit tells of.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{self, Record};
use crate::error::Result;
use crate::graph::Graph;
use crate::observe::{self, Observed, OutsideImage};
use crate::workspace::{ImageIndex, ParentImage, Workspace};

/// The value of a folder that holds nothing, which git does not carry.
const EMPTY_FOLDER: &str = "directory";

/// Records those of the images `built` whose inputs cannot be found in their commit later. `overridden`: the command
/// line gave some of them another base or other build args.
///
/// # Errors
/// A record that cannot be written.
pub fn keep(workspace: &Workspace, observed: &Observed, built: &BTreeSet<ImageIndex>, overridden: bool) -> Result<()> {
    let order = Graph::new(workspace).order_with_ancestors(built);
    let around = observed.around(&observed.keys);
    let (mut untold, mut records) = (BTreeMap::new(), Vec::new());
    for &index in &order {
        let Some(image) = observed.images.get(&index) else { continue };
        let of_parents = workspace.image(index).parents.iter().any(|parent| match &parent.image {
            ParentImage::Workspace(parent) => untold.get(parent).copied().unwrap_or_default(),
            ParentImage::Outside(reference) => {
                !matches!(observed.outside.get(&reference.with_default_tag()), Some(OutsideImage::Locked(_)))
            }
        });
        let is_built = built.contains(&index);
        let own = || {
            overridden
                || !image.is_committed
                || image.revision.is_none()
                // Its commit is one of another repository.
                || !workspace.is_own(index)
                || !image.git_ignored.is_empty()
                || image.inputs.iter().any(|(_, value)| value == EMPTY_FOLDER)
        };
        let has_record = || observed.keys.get(&index).is_some_and(|key| record::exists(&workspace.root, key));
        let is_untold = of_parents || if is_built { own() } else { has_record() };
        untold.insert(index, is_untold);
        if is_built && is_untold {
            let inputs = image.inputs.with(observe::further_inputs(workspace, index, &around));
            records.push(Record { image: workspace.image(index).full_name(), inputs });
        }
    }
    record::write(&workspace.root, &records)
}
