//! Removes what nothing needs, if it still is what it was when the plan was made: the user may have thought about it
//! for an hour, and others work on.
//!
//! Neither the engine nor a registry can be told to remove something only if nobody has begun to use it. So everything
//! is looked at directly before. What is left is the moment between look and deletion: who publishes an image in it
//! that was there long before has its tag deleted with the image, or finds that it is gone, and publishes again. Images
//! that were built lately are not in the plan at all.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::border::engine::Engine;
use crate::border::registry::Registry;
use crate::error::{Error, Kind, Result};
use crate::event::Events;
use crate::plan::{Deletion, Doomed, Sighting};
use crate::reference::Reference;

/// How many tags of one repository are looked at at once; several repositories are cleaned up at the same time.
const LOOKS: usize = 8;

/// Takes names from images on the engine. One that cannot be taken keeps none of the others.
///
/// # Errors
/// What could not be removed, all of it as one error.
pub async fn remove(engine: &Engine, names: &[Sighting], events: &Events) -> Result<()> {
    let mut errors = Vec::new();
    for name in names {
        let removed = async {
            match engine.inspect(&name.reference.to_string()).await? {
                Some(image) if image.id == name.digest => engine.untag(&name.reference).await,
                Some(_) => {
                    skipped(events, &name.reference, "it names another image now");
                    Ok(())
                }
                None => Ok(()),
            }
        };
        errors.extend(removed.await.err());
    }
    Error::all(errors).map_or(Ok(()), Err)
}

/// Deletes from a repository of the registry. What cannot be deleted keeps nothing else.
///
/// # Errors
/// What could not be deleted, all of it as one error.
pub async fn delete(registry: &Registry, deletion: &Deletion, events: &Events) -> Result<()> {
    let mut now = Now::look(registry, deletion).await?;
    let mut errors = Vec::new();
    // A registry that has gone away would hold up each of them for minutes.
    let is_gone = |errors: &[Error]| errors.last().is_some_and(|error| error.kind() == Kind::Unreachable);
    for tag in &deletion.tags {
        if !is_gone(&errors) {
            errors.extend(now.take_tag(tag, events).await.err());
        }
    }
    for image in &deletion.images {
        if !is_gone(&errors) {
            errors.extend(now.delete_image(image, events).await.err());
        }
    }
    Error::all(errors).map_or(Ok(()), Err)
}

fn skipped(events: &Events, reference: &Reference, why: &str) {
    events.note(format!("{} is kept: {why}", reference.familiar()));
}

/// Adds what the indexes among `others` name, and what the indexes among that name.
async fn add_parts(registry: &Registry, repository: &Reference, others: &mut BTreeMap<String, String>) -> Result<()> {
    let mut wanted: Vec<(String, String)> = others.clone().into_iter().collect();
    while let Some((digest, tag)) = wanted.pop() {
        let Some(manifest) = registry.stored_manifest(&repository.by_digest(&digest)).await? else { continue };
        for part in manifest.manifests {
            if !others.contains_key(&part) {
                others.insert(part.clone(), tag.clone());
                wanted.push((part, tag.clone()));
            }
        }
    }
    Ok(())
}

/// A repository as it is now.
struct Now<'a> {
    registry: &'a Registry,
    repository: &'a Reference,
    /// The tags that stay, by what they name or need.
    others: BTreeMap<String, String>,
    deleted: BTreeSet<&'a str>,
}

impl<'a> Now<'a> {
    /// Looks at all tags. What stays is what the plan does not know: a new tag, or one that names something else than
    /// it did. Each keeps what it names, and what an index names that it names.
    async fn look(registry: &'a Registry, deletion: &'a Deletion) -> Result<Self> {
        let repository = &deletion.repository;
        let images = deletion.images.iter().flat_map(|image| image.tags.iter().map(|tag| (&**tag, &*image.digest)));
        let tags = deletion.tags.iter().filter_map(|tag| Some((tag.reference.tag()?, &*tag.digest)));
        let planned: BTreeSet<(&str, &str)> = images.chain(tags).collect();
        let looks = registry.tags(repository).await?.unwrap_or_default().into_iter().map(|tag| async move {
            let found = registry.head(&repository.with_tag(&tag)).await?;
            Ok::<_, Error>(found.map(|manifest| (manifest.digest, tag)))
        });
        let looks = looks.collect::<Vec<_>>();
        let found: Vec<_> = stream::iter(looks).buffer_unordered(LOOKS).try_collect().await?;
        let is_planned = |(digest, tag): &(String, String)| planned.contains(&(tag.as_str(), digest.as_str()));
        let mut others: BTreeMap<String, String> =
            found.into_iter().flatten().filter(|found| !is_planned(found)).collect();
        if deletion.images.iter().any(|image| !image.named_by.is_empty()) {
            add_parts(registry, repository, &mut others).await?;
        }
        Ok(Self { registry, repository, others, deleted: BTreeSet::new() })
    }

    async fn digest(&self, tag: &Reference) -> Result<Option<String>> {
        Ok(self.registry.head(tag).await?.map(|manifest| manifest.digest))
    }

    /// Takes a tag away whose image stays.
    async fn take_tag(&self, tag: &Sighting, events: &Events) -> Result<()> {
        match self.digest(&tag.reference).await? {
            Some(digest) if digest == tag.digest => self.registry.remove_tag(&tag.reference).await,
            Some(_) => {
                skipped(events, &tag.reference, "it names another image now");
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Deletes an image, which takes its tags with it: they must be the very ones that the plan knows.
    async fn delete_image(&mut self, image: &'a Doomed, events: &Events) -> Result<()> {
        let reference = self.repository.by_digest(&image.digest);
        if let Some(tag) = self.others.get(&image.digest) {
            skipped(events, &reference, &format!("the tag {tag} names it now"));
            return Ok(());
        }
        if !image.named_by.iter().all(|index| self.deleted.contains(index.as_str())) {
            skipped(events, &reference, "its index is still there");
            return Ok(());
        }
        for tag in &image.tags {
            let tag = self.repository.with_tag(tag);
            if self.digest(&tag).await?.is_some_and(|digest| digest != image.digest) {
                skipped(events, &reference, &format!("{} has moved since", tag.familiar()));
                return Ok(());
            }
        }
        self.registry.delete_manifest(&reference).await?;
        self.deleted.insert(&image.digest);
        Ok(())
    }
}
