//! The engine border against the real engine.

mod builds;
mod connection;
mod failures;
mod folder;
mod images;
mod sending;
mod transfers;
