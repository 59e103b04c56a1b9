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
use crate::error::{Error, Result};
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
    for tag in &deletion.tags {
        errors.extend(now.take_tag(tag, events).await.err());
    }
    for image in &deletion.images {
        errors.extend(now.delete_image(image, events).await.err());
    }
    Error::all(errors).map_or(Ok(()), Err)
}

fn skipped(events: &Events, reference: &Reference, why: &str) {
    events.note(format!("{} is kept: {why}", reference.familiar()));
}

/// A repository as it is now.
struct Now<'a> {
    registry: &'a Registry,
    repository: &'a Reference,
    /// The tags that are not in the plan, by what they name.
    others: BTreeMap<String, String>,
    deleted: BTreeSet<&'a str>,
}

impl<'a> Now<'a> {
    /// Looks at all tags that are to stay, and at those that are new: each keeps what it names.
    async fn look(registry: &'a Registry, deletion: &'a Deletion) -> Result<Self> {
        let repository = &deletion.repository;
        let planned: BTreeSet<&str> = deletion
            .images
            .iter()
            .flat_map(|image| image.tags.iter().map(String::as_str))
            .chain(deletion.tags.iter().filter_map(|tag| tag.reference.tag()))
            .collect();
        let tags = registry.tags(repository).await?.unwrap_or_default();
        let looks = tags.into_iter().filter(|tag| !planned.contains(tag.as_str())).map(|tag| async move {
            let found = registry.head(&repository.with_tag(&tag)).await?;
            Ok::<_, Error>(found.map(|manifest| (manifest.digest, tag)))
        });
        let looks = looks.collect::<Vec<_>>();
        let others: Vec<_> = stream::iter(looks).buffer_unordered(LOOKS).try_collect().await?;
        Ok(Self { registry, repository, others: others.into_iter().flatten().collect(), deleted: BTreeSet::new() })
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
