//! Bad workspaces, and what is said of them.

mod files;
mod images;
mod keg_file;
mod watch;

const BASE: (&str, &str) = ("base/Dockerfile", "FROM debian\n");
