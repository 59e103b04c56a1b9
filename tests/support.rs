//! Real parts for the tests: a Docker engine, registries, workspaces with git, and the built keg.
//!
//! Whatever a test makes has a name of its own and goes when its value is dropped, so that tests run side by side.

pub mod agent;
pub mod certificates;
mod daemon;
mod engine;
mod http;
mod namespace;
pub mod newer_engine;
mod own_engine;
mod process;
mod proxy;
mod registry;
mod remote_engine;
mod set_up;
mod swarm;
mod token_service;
pub mod trees;
mod workspace;

pub use agent::Agent;
pub use engine::{docker, engine, image_names, root_image};
pub use http::Request;
pub use own_engine::OwnEngine;
pub use process::{command, end, run};
pub use proxy::{Fault, Proxy};
pub use registry::{Registry, RegistryOptions, digest, free_port};
pub use remote_engine::RemoteEngine;
pub use set_up::{ensure_with, has_program};
pub use swarm::Swarm;
pub use token_service::TokenService;
pub use workspace::{Run, Workspace};

use std::sync::atomic::{AtomicUsize, Ordering};

/// What every name that tests give begins with; the process id comes next, so that what a dead process left
/// behind can be told from what a living one works with.
const NAME_PREFIX: &str = "kegtest";

static COUNTER: AtomicUsize = AtomicUsize::new(0);

/// A name that nobody else has: `kegtest-<process>-<number>-<name>`. Valid as an image, container and folder name.
pub fn unique(name: &str) -> String {
    format!("{NAME_PREFIX}-{}-{}-{name}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// The process that gave a name made by [`unique`], wherever in `text` it stands; `None` for other names.
fn process_of_name(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once(&format!("{NAME_PREFIX}-"))?;
    rest.split('-').next()?.parse().ok()
}

/// Whether the process that gave this name has ended.
fn is_stale(name: &str) -> bool {
    process_of_name(name).is_some_and(|process| !std::path::Path::new(&format!("/proc/{process}")).exists())
}

/// Whether what takes long is tested as a whole, and not by a sample.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests themselves")]
pub fn everything() -> bool {
    std::env::var_os("KEG_TEST_EVERYTHING").is_some()
}

/// The folder of this repository.
pub fn root_folder() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
