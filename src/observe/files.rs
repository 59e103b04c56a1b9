//! Walks and hashes contexts and reads the git facts, away from the thread that waits for the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::read::{Depth, Scope};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hash_cache::HashCache;
use crate::key::CommonInputs;
use crate::observe::ObservedImage;
use crate::observe::tags::{Repositories, TagFacts, WorkTree, read_work_tree};
use crate::settings::Settings;
use crate::workspace::{ImageIndex, Workspace};

/// What the readers have to know beside the images.
pub(super) type Shared = Arc<(Workspace, Settings)>;
/// A reader of some images' files, with what else it has to know.
type Reader<A, T> = fn(&(Workspace, Settings), Vec<ImageIndex>, A) -> Result<T>;

/// Runs a blocking reader on a thread of its own.
pub(super) async fn on_thread<A: Send + 'static, T: Send + 'static>(
    read: Reader<A, T>,
    shared: Shared,
    images: Vec<ImageIndex>,
    argument: A,
) -> Result<T> {
    tokio::task::spawn_blocking(move || read(&shared, images, argument))
        .await
        .map_err(|error| Error::failed("reading the workspace's files").cause(error))?
}

/// Reads the git facts, and the contexts of several images at once.
pub(super) fn read_files(
    (workspace, settings): &(Workspace, Settings),
    order: Vec<ImageIndex>,
    scope: Scope,
) -> Result<BTreeMap<ImageIndex, ObservedImage>> {
    let mut repositories = Repositories::default();
    let facts = TagFacts::new(workspace, settings, scope.tags.clone());
    let images = order.into_iter().map(|index| {
        let usual_tags = scope.selected.contains(&index).then_some(scope.usual_tags);
        Ok((index, facts.observed(&mut repositories, workspace, index, usual_tags)?))
    });
    let images = Error::each(images)?;
    check_tags(workspace, &scope, images.iter().map(|(index, image)| (index, image)))?;
    if scope.depth == Depth::Tags {
        return Ok(images.into_iter().collect());
    }
    let cache = HashCache::load(&workspace.root);
    let common = CommonInputs::read(workspace, &cache)?;
    let read = images.into_par_iter().map(|(index, mut observed)| {
        let (inputs, context) = common.with_context(workspace, index, &cache)?;
        observed.inputs = inputs;
        // Who does not build has no use for it any more, and here it is freed by several threads.
        if scope.depth == Depth::Build {
            observed.context = Arc::new(context);
        }
        Ok((index, observed))
    });
    let images = Error::each(read.collect::<Vec<_>>())?;
    cache.save()?;
    Ok(images.into_iter().collect())
}

/// One tag cannot name two variants of an image.
pub(super) fn check_tags<'a>(
    workspace: &Workspace,
    scope: &Scope,
    images: impl Iterator<Item = (&'a ImageIndex, &'a ObservedImage)>,
) -> Result<()> {
    let mut given: BTreeMap<(&str, &str), ImageIndex> = BTreeMap::new();
    for (index, observed) in images.filter(|(index, _)| scope.selected.contains(index)) {
        let image = workspace.image(*index);
        for tag in &observed.tags {
            let Some(other) = given.insert((&image.name, tag), *index) else { continue };
            let plans = [other, *index].map(|index| workspace.image(index).plan().unwrap_or_default());
            let message = format!(
                "the tag `{tag}` of {} would name the images of two plans, {}",
                image.name,
                plans.join(" and ")
            );
            let help = format!("put the plan into it, as `{{prefix}}-{tag}`, or name one plan with --plan");
            return Err(Error::request(message).help(help));
        }
    }
    Ok(())
}

/// See [`read_work_tree`].
pub(super) fn read_work_trees(
    (workspace, settings): &(Workspace, Settings),
    images: Vec<ImageIndex>,
    contexts: BTreeMap<ImageIndex, Arc<Context>>,
) -> Result<BTreeMap<ImageIndex, WorkTree>> {
    let mut repositories = Repositories::default();
    images
        .into_iter()
        .map(|index| {
            let read = read_work_tree(&mut repositories, settings, workspace.image(index), &contexts[&index])?;
            Ok((index, read))
        })
        .collect()
}
