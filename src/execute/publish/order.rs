//! Leaves the moves to a keg process of its own, that a signal to this one does not reach.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::tags::{Moving, move_all};
use crate::border::process::{self, Options};
use crate::border::registry::{RawManifest, Registry};
use crate::error::{Error, Result, Told};
use crate::reference::Reference;

/// What keg is called with, alone, to carry an order out; no word of the command line looks like it.
pub const ARGUMENT: &str = "--move-tags";

/// One tag to move, as the other process reads it.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    tag: String,
    digest: String,
    media_type: String,
    manifest: String,
    before: Option<String>,
}

/// Has another process move the tags, and waits for it.
///
/// # Errors
/// See [`move_all`]; a process that ended without an answer.
pub async fn give(registry: &Registry, moving: &[Moving]) -> Result<()> {
    let orders: Vec<Order> = moving.iter().map(Order::of).collect();
    // An order that is cut off, since this process was killed while it wrote, is no JSON and not carried out.
    let stdin = serde_json::to_vec(&orders).map_err(|error| Error::failed("moving tags").cause(error))?;
    let options = Options { stdin, outlives: true, ..Options::default() };
    let Some(program) = own_program() else { return move_all(registry, moving).await };
    let finished = process::run(program, [ARGUMENT], &options).await?;
    match serde_json::from_str::<Option<Told>>(&finished.stdout) {
        Ok(None) => Ok(()),
        Ok(Some(told)) => Err(told.into()),
        Err(_) => Err(Error::failed("moving tags: the process that does it was ended")
            .because(finished.stderr)
            .help("some tags may have moved and others not: run the same command again")),
    }
}

/// Carries out the order that `input` holds, and gives the answer: `null`, or an error.
///
/// # Errors
/// What is no order.
pub async fn carry_out(registry: &Registry, input: &[u8]) -> Result<Option<Told>> {
    let orders: Vec<Order> = serde_json::from_slice(input)
        .map_err(|error| Error::request("this command is keg's own and reads an order from keg").cause(error))?;
    let moving = orders.into_iter().map(Order::moving).collect::<Result<Vec<_>>>()?;
    Ok(move_all(registry, &moving).await.err().as_ref().map(Told::from))
}

impl Order {
    fn of(moving: &Moving) -> Self {
        Self {
            tag: moving.tag.to_string(),
            digest: moving.manifest.digest.clone(),
            media_type: moving.manifest.media_type.clone(),
            manifest: STANDARD.encode(&moving.manifest.bytes),
            before: moving.before.clone(),
        }
    }

    fn moving(self) -> Result<Moving> {
        let broken = || Error::request("this order is broken");
        let bytes = STANDARD.decode(&self.manifest).map_err(|error| broken().cause(error))?;
        let tag = Reference::parse(&self.tag).map_err(|error| broken().cause(error))?;
        let manifest = RawManifest { digest: self.digest, media_type: self.media_type, bytes: bytes.into() };
        Ok(Moving { tag, manifest, before: self.before })
    }
}

/// This very program, also when its file was replaced since it was started.
fn own_program() -> Option<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Some(running) } else { std::env::current_exe().ok() }
}
