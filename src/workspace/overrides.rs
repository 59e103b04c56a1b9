//! Flags and the process environment over what the files say, for the images named on the command line.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::matching::Names;
use super::parents::Resolver;
use super::{EdgeKind, Image, ImageIndex, Workspace, check};
use crate::dockerfile::BASE_ARGUMENT;
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

impl Overrides {
    /// The image that the flag, the environment or a build arg says; an empty one counts as none.
    pub fn given_base(&self) -> Option<&str> {
        let argument = self.build_args.get(BASE_ARGUMENT).map(String::as_str);
        self.base.as_deref().filter(|base| !base.is_empty()).or(argument).filter(|base| !base.is_empty())
    }

    /// Sets build args and target of an image; its parents must be resolved anew.
    pub(super) fn apply(&self, image: &mut Image) {
        image.build_args.extend(self.build_args.clone());
        if self.target.is_some() {
            image.target.clone_from(&self.target);
        }
    }
}

impl Workspace {
    /// Applies `overrides` to an image and finds out anew what it is built on.
    ///
    /// # Errors
    /// When a reference does not resolve with them, or images come to be built on each other.
    pub fn override_inputs(&mut self, image: ImageIndex, overrides: &Overrides) -> Result<()> {
        let mut changed = self.image(image).clone();
        overrides.apply(&mut changed);
        let names = Names::new(self, HashMap::new());
        let resolver = Resolver { root: &self.root, options: &self.options, names: &names, all: &[] };
        let mut parents = resolver.parents(&changed, overrides.given_base())?;
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
