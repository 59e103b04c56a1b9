//! Moves the tags of a set in the registry: all of them or none.
//!
//! A registry has no transactions. So everything that can fail is done first: what is moved and what the tags name now
//! is read before the first of them moves. The moves themselves are left to another process, which goes on when this
//! one is killed or its terminal is closed. When one tag cannot be moved all the same, those that were are moved back.

mod order;
mod tags;

use futures_util::StreamExt;
use futures_util::stream;

use crate::border::registry::Registry;
use crate::error::{Error, Result};
use crate::plan::Move;
use crate::reference::Reference;

pub use order::{ARGUMENT, carry_out};
use tags::Moving;

/// How many tags are read or moved at once.
const AT_ONCE: usize = 32;

/// Gives each tag the manifest of its image: the same bytes, so the same digest, and no layer is sent. `uploaded` gives
/// the digest of what this run has uploaded.
///
/// # Errors
/// An image that the registry does not have; a tag that it refuses, and with it what could not be moved back.
pub async fn publish(
    registry: &Registry,
    moves: &[Move],
    uploaded: impl Fn(&Reference) -> Option<String>,
) -> Result<()> {
    let reads = moves.iter().map(|one| read(registry, one, one.digest.clone().or_else(|| uploaded(&one.from))));
    let reads: Vec<_> = stream::iter(reads.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    let moving: Vec<Moving> = Error::each(reads)?.into_iter().flatten().collect();
    if moving.is_empty() {
        return Ok(());
    }
    order::give(registry, &moving).await
}

/// The manifest of an image, and what those of its tags name that do not name it already.
async fn read(registry: &Registry, one: &Move, digest: Option<String>) -> Result<Vec<Moving>> {
    let source = digest.map_or_else(|| one.from.clone(), |digest| one.from.by_digest(&digest));
    let manifest = registry.known_manifest(&source).await?.ok_or_else(|| {
        Error::failed(format!("{} was there, and now the registry does not have it", source.familiar()))
            .help("something deletes from this registry: try again")
    })?;
    let mut moving = Vec::new();
    for tag in &one.tags {
        let before = match one.before.get(tag) {
            Some(before) => before.clone(),
            None => registry.head(tag).await?.map(|there| there.digest),
        };
        if before.as_ref() != Some(&manifest.digest) {
            moving.push(Moving { tag: tag.clone(), manifest: manifest.clone(), before });
        }
    }
    Ok(moving)
}
