//! The moves themselves, and the way back.

use futures_util::StreamExt;
use futures_util::stream;

use super::AT_ONCE;
use crate::border::registry::{RawManifest, Registry};
use crate::error::{Error, Result};
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

/// Moves all tags, or none.
///
/// # Errors
/// A tag that the registry refuses, and with it what could not be moved back.
pub async fn move_all(registry: &Registry, moving: &[Moving]) -> Result<()> {
    let puts: Vec<_> = moving.iter().map(|one| registry.put_manifest(&one.tag, &one.manifest)).collect();
    let ended: Vec<_> = stream::iter(puts).buffered(AT_ONCE).collect().await;
    match Error::each(ended) {
        Ok(_) => Ok(()),
        Err(error) => Err(take_back(registry, moving, error).await),
    }
}

/// Moves every tag back, also those whose move is said to have failed: an answer may be lost after the deed.
async fn take_back(registry: &Registry, moving: &[Moving], error: Error) -> Error {
    let backs = moving
        .iter()
        .map(|one| async { move_back(registry, one).await.err().map(|reason| (one.tag.familiar(), reason)) });
    let backs: Vec<_> = backs.collect();
    let stuck: Vec<_> = stream::iter(backs).buffered(AT_ONCE).filter_map(async |stuck| stuck).collect().await;
    if stuck.is_empty() {
        return error;
    }
    let names: Vec<&str> = stuck.iter().map(|(tag, _)| tag.as_str()).collect();
    let mut related = vec![
        Error::failed(format!("these tags moved, and could not be moved back: {}", names.join(", ")))
            .help("run the same command again: it moves the others too"),
    ];
    related.extend(stuck.into_iter().map(|(_, reason)| reason));
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
