//! Moves the tags of a set in the registry: all of them or none.
//!
//! A registry has no transactions. So everything that can fail is done first: what is moved and what the tags name now
//! is read before the first of them moves. When one cannot be moved all the same, those that were are moved back.

use futures_util::StreamExt;
use futures_util::stream;

use crate::border::registry::{RawManifest, Registry};
use crate::error::{Error, Result};
use crate::plan::Move;
use crate::reference::Reference;

/// How many tags move at once.
const AT_ONCE: usize = 32;

/// A tag with the manifest that it gets and the digest that it has; `None` if the registry does not have the tag.
struct Moving<'a> {
    tag: &'a Reference,
    manifest: RawManifest,
    before: Option<String>,
}

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
    let reads = moves.iter().map(|one| async {
        let digest = one.digest.clone().or_else(|| uploaded(&one.from));
        let source = digest.map_or_else(|| one.from.clone(), |digest| one.from.by_digest(&digest));
        let manifest = registry.manifest(&source).await?.ok_or_else(|| {
            Error::failed(format!("{} was there, and now the registry does not have it", source.familiar()))
                .help("something deletes from this registry: try again")
        })?;
        let mut moving = Vec::new();
        for tag in &one.tags {
            let before = registry.head(tag).await?.map(|there| there.digest);
            if before.as_ref() != Some(&manifest.digest) {
                moving.push(Moving { tag, manifest: manifest.clone(), before });
            }
        }
        Ok::<_, Error>(moving)
    });
    let read: Vec<_> = stream::iter(reads.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    let moving: Vec<Moving> = read.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();

    let puts: Vec<_> = moving.iter().map(|one| registry.put_manifest(one.tag, &one.manifest)).collect();
    let ended: Vec<_> = stream::iter(puts).buffered(AT_ONCE).collect().await;
    let errors: Vec<Error> = ended.into_iter().filter_map(Result::err).collect();
    match Error::all(errors) {
        None => Ok(()),
        Some(error) => Err(take_back(registry, &moving, error).await),
    }
}

/// Moves every tag back, also those whose move is said to have failed: an answer may be lost after the deed.
async fn take_back(registry: &Registry, moving: &[Moving<'_>], error: Error) -> Error {
    let backs: Vec<_> = moving
        .iter()
        .map(|one| async {
            let undone = match &one.before {
                Some(digest) => restore(registry, one, digest).await,
                None => remove(registry, one).await,
            };
            undone.err().map(|reason| (one.tag.familiar(), reason))
        })
        .collect();
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

async fn restore(registry: &Registry, one: &Moving<'_>, digest: &str) -> Result<()> {
    let old = registry.manifest(&one.tag.by_digest(digest)).await?.ok_or_else(|| {
        Error::failed(format!("{} named {digest}, which the registry no longer has", one.tag.familiar()))
    })?;
    registry.put_manifest(one.tag, &old).await.map(|_| ())
}

async fn remove(registry: &Registry, one: &Moving<'_>) -> Result<()> {
    match registry.head(one.tag).await? {
        Some(there) if there.digest == one.manifest.digest => registry.remove_tag(one.tag).await,
        // It did not move, or somebody else has moved it on.
        _ => Ok(()),
    }
}
