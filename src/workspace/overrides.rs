//! Flags and the process environment over what the files say, for the images named on the command line.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::matching::Names;
use super::parents::Resolver;
use super::{EdgeKind, ImageIndex, Workspace, check};
use crate::error::Result;
use crate::graph::Graph;

/// What a command line and the environment say about one image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--base` or `KEG_BASE_IMAGE`.
    pub base: Option<String>,
    /// `--build-arg`.
    pub build_args: IndexMap<String, String>,
    /// `--target`.
    pub target: Option<String>,
}

impl Workspace {
    /// Applies `overrides` to an image and finds out anew what it is built on.
    ///
    /// # Errors
    /// When a reference does not resolve with them, or images come to be built on each other.
    pub fn override_inputs(&mut self, image: ImageIndex, overrides: &Overrides) -> Result<()> {
        let mut changed = self.image(image).clone();
        changed.build_args.extend(overrides.build_args.clone());
        if overrides.target.is_some() {
            changed.target.clone_from(&overrides.target);
        }
        let given = overrides.base.as_deref().or_else(|| {
            let argument = overrides.build_args.get(crate::dockerfile::BASE_ARGUMENT);
            argument.map(String::as_str)
        });
        let given = given.filter(|base| !base.is_empty());
        let names = Names::new(self, HashMap::new());
        let resolver = Resolver { root: &self.root, options: &self.options, names: &names, all: &[] };
        let mut parents = resolver.parents(image, &changed, given)?;
        for parent in changed.parents.iter().filter(|parent| parent.edge.kind == EdgeKind::DependsOn) {
            if !parents.iter().any(|known| known.image == parent.image) {
                parents.push(parent.clone());
            }
        }
        changed.parents = parents;
        let before = std::mem::replace(&mut self.images[image.0], changed);
        if let Some(cycle) = Graph::new(self).cycle() {
            let error = check::cycle(self, &cycle);
            self.images[image.0] = before;
            return Err(error);
        }
        Ok(())
    }
}
