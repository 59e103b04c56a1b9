//! Which images get a tag that others use, after another tag that they have.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result, nearest};
use crate::key::is_content_tag;
use crate::observe::{Observed, PublishedTag};
use crate::plan::{Move, Plan};
use crate::planner::push::publish_set;
use crate::reference::Reference;
use crate::tagging;
use crate::workspace::{Image, ImageIndex, Workspace};

/// How many tags of a repository are named where none is near to the one asked for.
const SHOWN_TAGS: usize = 5;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct PromoteIntent {
    /// The images that the command is about.
    pub selected: BTreeSet<ImageIndex>,
    /// The tag that every one of them has. The variant of a plan has it behind its prefix.
    pub from: String,
    /// The tag that every one of them gets, as `from`.
    pub to: String,
}

/// A tag as an image has it: in a plan with its prefix before it, unless it stands there or in `{prefix}` or `{plan}`.
pub fn tag_of(image: &Image, tag: &str) -> String {
    match &image.variant {
        Some(_) if tag.contains("{prefix}") || tag.contains("{plan}") => image.tag_in_plan(tag),
        Some(variant) if !has_prefix(tag, &variant.prefix) => tagging::with_prefix(&variant.prefix, tag),
        _ => tag.to_owned(),
    }
}

/// Whether `tag` is one of a plan with this prefix.
pub fn has_prefix(tag: &str, prefix: &str) -> bool {
    tag.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'))
}

impl PromoteIntent {
    /// The references that an image has and gets.
    pub fn of(&self, workspace: &Workspace, index: ImageIndex) -> (Reference, Reference) {
        let (image, repository) = (workspace.image(index), workspace.repository(index));
        (repository.with_tag(&tag_of(image, &self.from)), repository.with_tag(&tag_of(image, &self.to)))
    }

    /// The references that have to be looked up in the registry.
    pub fn references(&self, workspace: &Workspace) -> BTreeSet<Reference> {
        let both = |index: &ImageIndex| {
            let (from, to) = self.of(workspace, *index);
            [from, to]
        };
        self.selected.iter().flat_map(both).collect()
    }

    /// The images that do not have the first tag.
    pub fn missing(&self, workspace: &Workspace, published: &BTreeMap<Reference, PublishedTag>) -> Vec<ImageIndex> {
        let has = |index: &ImageIndex| published.contains_key(&self.of(workspace, *index).0);
        self.selected.iter().copied().filter(|index| !has(index)).collect()
    }
}

/// The plan of `keg promote`: one step that gives all images the second tag, or none.
///
/// `tags` is what the registry has of the images that lack the first tag, for the message; nothing of an image that it
/// does not have at all.
///
/// # Errors
/// Names the images that lack the first tag, and what they have in its place.
pub fn plan_promote(
    workspace: &Workspace,
    published: &BTreeMap<Reference, PublishedTag>,
    tags: &BTreeMap<ImageIndex, Vec<String>>,
    intent: &PromoteIntent,
) -> Result<Plan> {
    let missing = intent.missing(workspace, published);
    if !missing.is_empty() {
        return Err(missing_error(workspace, tags, intent, &missing));
    }
    let mut moves = Vec::new();
    for &index in &intent.selected {
        let (from, to) = intent.of(workspace, index);
        let Some(source) = published.get(&from) else { continue };
        if published.get(&to).is_none_or(|there| there.digest != source.digest) {
            let digest = Some(source.digest.clone());
            moves.push(Move::new(workspace.image(index).full_name(), from, digest, vec![to]));
        }
    }
    let mut plan = Plan::default();
    let observed = Observed { published: published.clone(), ..Observed::default() };
    publish_set(&mut plan, &observed, moves, Vec::new());
    Ok(plan)
}

/// Images of which the same is to be said stand together: a thousand of them are one sentence.
fn missing_error(
    workspace: &Workspace,
    tags: &BTreeMap<ImageIndex, Vec<String>>,
    intent: &PromoteIntent,
    missing: &[ImageIndex],
) -> Error {
    let mut never = Vec::new();
    let mut without: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for &index in missing {
        let image = workspace.image(index);
        let (name, from) = (image.name.as_str(), tag_of(image, &intent.from));
        match tags.get(&index).filter(|tags| !tags.is_empty()) {
            None => never.push(name),
            Some(tags) => without.entry((remedy(&from, tags), from)).or_default().push(image.full_name()),
        }
    }
    let of = match missing.len() == intent.selected.len() {
        true => String::new(),
        false => format!(" ({} of {} images)", missing.len(), intent.selected.len()),
    };
    let mut errors: Vec<Error> = without
        .into_iter()
        .map(|((remedy, from), names)| {
            Error::failed(format!("the registry has no `{from}` of {}", names.join(", "))).help(remedy)
        })
        .collect();
    never.dedup();
    if !never.is_empty() {
        let message = format!("the registry has nothing at all of {}", never.join(", "));
        // Of a whole workspace nobody wants to type all names.
        let is_all = workspace.named().all(|(_, image)| never.contains(&image.name.as_str()));
        let names = if is_all { String::new() } else { format!("{} ", never.join(" ")) };
        errors.push(Error::failed(message).help(format!("publish it first: keg build {names}--push")));
    }
    Error::failed(format!("nothing is promoted to `{}`: `{}` is not complete{of}", intent.to, intent.from))
        .with_related(errors)
}

/// What the registry has in place of the tag.
fn remedy(from: &str, tags: &[String]) -> String {
    if let Some(near) = nearest(from, tags.iter().map(String::as_str)) {
        return format!("did you mean `{near}`?");
    }
    let moving: Vec<&str> = tags.iter().map(String::as_str).filter(|tag| !is_content_tag(tag)).collect();
    if moving.is_empty() {
        return "it has no tag of a branch: keg push publishes it".to_owned();
    }
    let shown = moving[..moving.len().min(SHOWN_TAGS)].join(", ");
    match moving.len().saturating_sub(SHOWN_TAGS) {
        0 => format!("the tags there: {shown}"),
        more => format!("the tags there: {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
