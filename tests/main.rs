//! One integration binary; a module per verb.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed, and says so by panicking")]

mod build;
mod builder;
mod ci;
mod commands;
mod deploy;
mod dockerignore;
mod docs;
mod engine;
mod engine_stopped;
mod envfile;
mod exec_image;
mod faults;
mod hooks;
mod image_tests;
mod init;
mod keg_cli;
mod kill;
mod local_registry;
mod lock;
mod login;
mod machines;
mod manifests;
mod plans;
mod plugins;
mod processes;
mod promote;
mod proxy;
mod prune;
mod push;
mod readme;
mod real_parts;
mod registry;
mod remote;
mod selection;
mod stack;
mod start;
mod support;
mod tags;
mod tap_link;
mod tap_new;
mod why;
mod workflows;
