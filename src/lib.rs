//! keg builds, tags, publishes and starts families of Docker images: a base image, hub images derived from it,
//! and taps on top.
//!
//! The loop of every command: settings → workspace → observe → plan (pure) → execute → events → `ui`.

use std::ffi::OsString;

pub mod border;
pub mod cli;
pub mod command;
pub mod context;
pub mod dockerfile;
pub mod dockerignore;
pub mod env_vars;
pub mod envfile;
pub mod error;
pub mod event;
pub mod execute;
pub mod graph;
pub mod hash_cache;
pub mod key;
pub mod lock;
pub mod manifest;
pub mod observe;
pub mod plan;
pub mod planner;
pub mod reference;
pub mod settings;
pub mod start;
pub mod tagging;
pub mod templates;
pub mod ui;
pub mod workspace;
pub mod yaml;

/// Runs keg with `arguments` (the program's name first) and gives the exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    u8::from(arguments.is_empty())
}
