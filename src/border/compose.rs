//! Docker Compose: v2 as a plugin or alone, and v1.29.
//!
//! Compose is the authority on what a user's file means: keg reads only the names of its services and adds an
//! override beside it.

pub mod model;
pub mod overlay;
pub mod user_file;
