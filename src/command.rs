//! One file per verb: its arguments and what it does.

pub mod build;
pub mod completion;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod env;
pub mod exec;
pub mod graph;
pub mod home;
pub mod hooks;
pub mod init;
pub mod login;
pub mod logout;
pub mod logs;
pub mod man;
pub mod move_tags;
pub mod open;
pub mod plugin;
pub mod promote;
pub mod proxy;
pub mod prune;
pub mod ps;
pub mod pull;
pub mod push;
pub mod registry;
pub mod resolve;
pub mod restart;
pub mod run;
pub mod schema;
pub mod start;
pub mod status;
pub mod stop;
pub mod tag;
pub mod tap;
pub mod update;
pub mod variables;
pub mod watch;
pub mod why;
pub mod words;

mod running;
mod selection;
mod summary;
mod turns;
mod work;

pub use work::{App, Run};
