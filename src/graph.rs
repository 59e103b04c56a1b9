//! What is built on what: order, ancestors, descendants and cycles. Pure, and linear in images and edges.

use std::collections::BTreeSet;

use crate::workspace::{ImageIndex, Workspace};

pub mod picture;
mod render;
pub mod svg;

pub use render::{dot, json, mermaid, text_tree};

/// The edges between the images of a workspace, in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    parents: Vec<Vec<ImageIndex>>,
    children: Vec<Vec<ImageIndex>>,
}

impl Graph {
    /// The edges of a workspace.
    pub fn new(workspace: &Workspace) -> Self {
        let parents: Vec<Vec<ImageIndex>> =
            workspace.iter().map(|(index, _)| workspace.parents_in_workspace(index).collect()).collect();
        Self::from_parents(parents)
    }

    /// The graph in which the image `n` has the parents `parents[n]`.
    pub fn from_parents(parents: Vec<Vec<ImageIndex>>) -> Self {
        let mut children = vec![Vec::new(); parents.len()];
        for (child, parents) in parents.iter().enumerate() {
            for parent in parents {
                children[parent.0].push(ImageIndex(child));
            }
        }
        Self { parents, children }
    }

    /// What `image` is built on directly.
    pub fn parents(&self, image: ImageIndex) -> &[ImageIndex] {
        &self.parents[image.0]
    }

    /// What is built on `image` directly, by name.
    pub fn children(&self, image: ImageIndex) -> &[ImageIndex] {
        &self.children[image.0]
    }

    /// All images, parents before their children; by name within a level.
    pub fn order(&self) -> Vec<ImageIndex> {
        self.levels().into_iter().flatten().collect()
    }

    /// `images` and all their ancestors, parents before their children.
    pub fn order_with_ancestors(&self, images: &BTreeSet<ImageIndex>) -> Vec<ImageIndex> {
        let ancestors = self.ancestors(images.iter().copied());
        self.order().into_iter().filter(|image| images.contains(image) || ancestors.contains(image)).collect()
    }

    /// Images in levels: a level needs only levels before it, and each image is as early as it can be. By name within
    /// a level. Images of a cycle are left out.
    pub fn levels(&self) -> Vec<Vec<ImageIndex>> {
        let mut waiting: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut levels = Vec::new();
        let mut level: Vec<ImageIndex> = self.all().filter(|image| waiting[image.0] == 0).collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for child in level.iter().flat_map(|image| self.children(*image)) {
                waiting[child.0] -= 1;
                if waiting[child.0] == 0 {
                    next.push(*child);
                }
            }
            next.sort_unstable();
            levels.push(std::mem::replace(&mut level, next));
        }
        levels
    }

    /// Everything that `images` are built on, directly or not, without themselves unless one is built on another.
    pub fn ancestors(&self, images: impl IntoIterator<Item = ImageIndex>) -> BTreeSet<ImageIndex> {
        self.reached(images, &self.parents)
    }

    /// Everything that is built on `images`, directly or not, without themselves unless one is built on another.
    pub fn descendants(&self, images: impl IntoIterator<Item = ImageIndex>) -> BTreeSet<ImageIndex> {
        self.reached(images, &self.children)
    }

    fn reached(&self, images: impl IntoIterator<Item = ImageIndex>, edges: &[Vec<ImageIndex>]) -> BTreeSet<ImageIndex> {
        let mut found = BTreeSet::new();
        let mut open: Vec<ImageIndex> = images.into_iter().collect();
        while let Some(image) = open.pop() {
            open.extend(edges[image.0].iter().filter(|next| found.insert(**next)));
        }
        found
    }

    /// A circle of images of which each is built on the next, and the last on the first; begins with the first by name.
    pub fn cycle(&self) -> Option<Vec<ImageIndex>> {
        let done: BTreeSet<ImageIndex> = self.order().into_iter().collect();
        // An image that is left has a parent that is left, so that walking up must come back to where it was.
        let left = |image: &ImageIndex| !done.contains(image);
        let mut at = self.all().find(left)?;
        let mut place = vec![None; self.parents.len()];
        let mut path = Vec::new();
        while place[at.0].is_none() {
            place[at.0] = Some(path.len());
            path.push(at);
            at = self.parents(at).iter().copied().find(left)?;
        }
        let mut circle = path.split_off(place[at.0].unwrap_or(0));
        let first = circle.iter().enumerate().min_by_key(|(_, image)| **image).map_or(0, |(position, _)| position);
        circle.rotate_left(first);
        Some(circle)
    }

    fn all(&self) -> impl Iterator<Item = ImageIndex> + use<> {
        (0..self.parents.len()).map(ImageIndex)
    }
}

#[cfg(test)]
mod tests;
