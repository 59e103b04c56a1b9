//! The moves themselves, and the way back.

use std::cell::Cell;

use futures_util::{StreamExt, stream};

use super::AT_ONCE;
use crate::border::registry::{RawManifest, Registry};
use crate::error::{Error, Kind, Result};
use crate::reference::Reference;

/// A tag with the manifest that it gets and the digest that it names; `None` if the registry does not have the tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// The tag.
    pub tag: Reference,
    /// What it gets.
    pub manifest: RawManifest,
    /// What it names until then.
    pub before: Option<String>,
}

/// Moves all tags, or none; then looks whether they are where they were moved to.
///
/// # Errors
/// A tag that the registry refuses, and with it what could not be moved back; tags that somebody else has moved
/// meanwhile.
pub async fn move_all(registry: &Registry, moving: &[Moving]) -> Result<()> {
    let has_failed = &Cell::new(false);
    let puts = moving.iter().map(|one| async move {
        // Once one is refused, all others would only be moved to be moved back. Those under way are waited for.
        if has_failed.get() {
            return None;
        }
        let put = registry.put_manifest(&one.tag, &one.manifest).await;
        has_failed.set(has_failed.get() || put.is_err());
        Some((one, put))
    });
    let puts: Vec<_> = puts.collect();
    let (moved, ended): (Vec<_>, Vec<_>) =
        stream::iter(puts).buffered(AT_ONCE).filter_map(async |ended| ended).unzip().await;
    match Error::each(ended) {
        Ok(_) => verify(registry, moving).await,
        Err(error) => Err(take_back(registry, &moved, error).await),
    }
}

/// The registry said that it has moved all tags; now it is asked what they name. Of two machines that move the same
/// tags at once, at least the one that is the last to look sees it. A look that fails says nothing about that.
async fn verify(registry: &Registry, moving: &[Moving]) -> Result<()> {
    let looks = moving.iter().map(|one| async move {
        let there = registry.head(&one.tag).await.ok().flatten();
        there.is_some_and(|there| there.digest != one.manifest.digest).then(|| one.tag.familiar())
    });
    let looks: Vec<_> = looks.collect();
    let moved_on: Vec<String> =
        stream::iter(looks).buffered(AT_ONCE).filter_map(async |moved_on| moved_on).collect().await;
    if moved_on.is_empty() {
        return Ok(());
    }
    Err(Error::failed(format!("these tags were moved, and now name something else: {}", moved_on.join(", ")))
        .help("somebody else moves them at the same time: see who, and run the same command again"))
}

/// Moves every tag back, also those whose move is said to have failed: an answer may be lost after the deed.
async fn take_back(registry: &Registry, moved: &[&Moving], error: Error) -> Error {
    let is_out_of_reach = &Cell::new(false);
    let backs = moved.iter().map(|one| async move {
        // To wait for each of a thousand would take hours.
        if is_out_of_reach.get() {
            return Some((one.tag.familiar(), None));
        }
        let reason = move_back(registry, one).await.err()?;
        is_out_of_reach.set(is_out_of_reach.get() || reason.kind() == Kind::Unreachable);
        Some((one.tag.familiar(), Some(reason)))
    });
    let backs: Vec<_> = backs.collect();
    let stuck: Vec<_> = stream::iter(backs).buffered(AT_ONCE).filter_map(async |stuck| stuck).collect().await;
    if stuck.is_empty() {
        return error;
    }
    let names: Vec<&str> = stuck.iter().map(|(tag, _)| tag.as_str()).collect();
    let mut related = vec![
        Error::failed(format!("these tags may have moved, and could not be moved back: {}", names.join(", ")))
            .help("run the same command again: it moves the others too"),
    ];
    related.extend(stuck.into_iter().filter_map(|(_, reason)| reason));
    error.with_related(related)
}

/// Moves a tag back, unless it did not move or somebody else has moved it on.
async fn move_back(registry: &Registry, one: &Moving) -> Result<()> {
    if registry.head(&one.tag).await?.is_none_or(|there| there.digest != one.manifest.digest) {
        return Ok(());
    }
    let Some(digest) = &one.before else { return registry.remove_tag(&one.tag).await };
    let old = registry.manifest(&one.tag.by_digest(digest)).await?.ok_or_else(|| {
        Error::failed(format!("{} named {digest}, which the registry no longer has", one.tag.familiar()))
    })?;
    registry.put_manifest(&one.tag, &old).await.map(|_| ())
}
