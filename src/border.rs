//! The only places with effects outside the workspace.

pub mod browser;
pub mod buildx;
pub mod compose;
pub mod credentials;
pub mod disk;
pub mod engine;
pub mod files;
pub mod git;
pub mod local_registry;
pub mod locks;
pub mod process;
pub mod proxy;
pub mod registry;
pub mod swarm;
pub mod terminal;
pub mod user_config;
pub mod watcher;
