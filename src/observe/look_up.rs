//! Questions to the registry about many tags, all at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use crate::error::{Error, Result};
use crate::observe::{Borders, LOOK_UPS, PublishedTag};
use crate::reference::Reference;
use crate::workspace::{ImageIndex, Workspace};

/// How much of a tag is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUp {
    /// The digest alone: one HEAD.
    Digest,
    /// The labels of the image as well.
    Labels,
}

/// What the registry has of `references`; all look-ups at once.
///
/// # Errors
/// The first look-up that fails; a missing tag is no failure.
pub async fn look_up(
    borders: &Borders,
    references: BTreeSet<Reference>,
    what: LookUp,
) -> Result<BTreeMap<Reference, PublishedTag>> {
    let look_ups = references.into_iter().map(|reference| async move {
        let Some(manifest) = borders.registry.head(&reference).await? else { return Ok(None) };
        let labels = match what {
            LookUp::Digest => BTreeMap::new(),
            // By digest: the tag may move between the two requests.
            LookUp::Labels => {
                borders.registry.config_labels(&reference.by_digest(&manifest.digest)).await?.unwrap_or_default()
            }
        };
        Ok::<_, Error>(Some((reference, PublishedTag { digest: manifest.digest, labels })))
    });
    let mut look_ups = futures_util::stream::iter(look_ups).buffer_unordered(LOOK_UPS);
    let mut published = BTreeMap::new();
    while let Some(found) = look_ups.next().await {
        published.extend(found?);
    }
    Ok(published)
}

/// The tags that the registry has of each image; nothing of one that it does not have.
///
/// # Errors
/// The first look-up that fails.
pub async fn list_tags(
    borders: &Borders,
    workspace: &Workspace,
    images: &[ImageIndex],
) -> Result<BTreeMap<ImageIndex, Vec<String>>> {
    let look_ups = images.iter().map(|&index| async move {
        let tags = borders.registry.tags(&workspace.repository(index)).await?;
        Ok::<_, Error>(tags.map(|tags| (index, tags)))
    });
    let mut look_ups = futures_util::stream::iter(look_ups.collect::<Vec<_>>()).buffer_unordered(LOOK_UPS);
    let mut found = BTreeMap::new();
    while let Some(tags) = look_ups.next().await {
        found.extend(tags?);
    }
    Ok(found)
}
