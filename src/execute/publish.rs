//! Moves the tags of a set in the registry: all of them or none.
//!
//! A registry has no transactions. So everything that can fail is done first: what is moved and what the tags name now
//! is read before the first of them moves. The moves themselves are left to another process, which goes on when this
//! one is killed or its terminal is closed. When one tag cannot be moved all the same, those that were are moved back.

mod order;
mod tags;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::border::locks::Locks;
use crate::border::registry::Registry;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::plan::Move;
use crate::planner::fixed_tag;
use crate::reference::Reference;

pub use order::{ARGUMENT, carry_out};
use tags::Moving;

/// How many tags are read or moved at once.
const AT_ONCE: usize = 32;

/// Gives each tag the manifest of its image: the same bytes, so the same digest, and no layer is sent. `uploaded` gives
/// the digest of what this run has uploaded. One keg process of a user does so at a time in a registry's namespace.
///
/// # Errors
/// An image that the registry does not have; a tag that it refuses, and with it what could not be moved back; an
/// interrupt before the first tag moves.
pub async fn publish(
    registry: &Registry,
    locks: &Locks,
    moves: &[Move],
    uploaded: impl Fn(&Reference) -> Option<String>,
    waiting: impl FnOnce(),
) -> Result<()> {
    let Some(first) = moves.first() else { return Ok(()) };
    let prepared = async {
        let namespace = first.from.path().rsplit_once('/').map_or("", |(namespace, _)| namespace);
        let mut waited = false;
        let name = format!("publish {}/{namespace}", first.from.domain());
        let mark = || {
            waited = true;
            waiting();
        };
        let lock = locks.take(&name, mark).await.and_then(|lock| lock.share_with_programs().map(|()| lock));
        let lock = lock.map_err(|error| {
            Error::failed("cannot lock the tags against other keg processes")
                .cause(error)
                .help("make the folder of state files writable: $XDG_STATE_HOME, else ~/.local/state")
        })?;
        // What the plan knows of the tags is from before all uploads, and from before another process moved them.
        let is_known = !waited && moves.iter().all(|one| one.digest.is_some());
        let reads: Vec<_> = moves
            .iter()
            .map(|one| read(registry, one, is_known, one.digest.clone().or_else(|| uploaded(&one.from))))
            .collect();
        let reads: Vec<_> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok::<_, Error>((lock, reads.into_iter().flatten().collect::<Vec<Moving>>()))
    };
    let (_lock, moving) = tokio::select! {
        prepared = prepared => prepared?,
        () = interrupt::requested() => return Err(Error::interrupted()),
    };
    if moving.is_empty() {
        return Ok(());
    }
    order::give(registry, &moving).await
}

/// The manifest of an image, and what those of its tags name that do not name it already.
async fn read(registry: &Registry, one: &Move, is_known: bool, digest: Option<String>) -> Result<Vec<Moving>> {
    let source = digest.map_or_else(|| one.from.clone(), |digest| one.from.by_digest(&digest));
    let manifest = registry.known_manifest(&source).await?.ok_or_else(|| {
        Error::failed(format!("{} was there, and now the registry does not have it", source.familiar()))
            .help("something deletes from this registry: try again")
    })?;
    let mut moving = Vec::new();
    for tag in &one.tags {
        let before = match one.before.get(tag).filter(|_| is_known) {
            Some(before) => before.clone(),
            None => registry.head(tag).await?.map(|there| there.digest),
        };
        if before.as_ref() != Some(&manifest.digest) {
            if before.is_some() && one.fixed.contains(tag) {
                return Err(fixed_tag(&one.image, tag, Error::failed));
            }
            moving.push(Moving { tag: tag.clone(), manifest: manifest.clone(), before });
        }
    }
    Ok(moving)
}
