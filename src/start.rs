//! What `start`, `stop`, `logs`, `exec`, `restart` and `ps` decide, over facts that were observed before.
//! Nothing here makes a call.

pub mod binds;
pub mod choose;
pub mod decide;
pub mod order;
pub mod platform;
pub mod port;
pub mod project;
pub mod running;
pub mod service;
pub mod watch;

pub use choose::{Candidate, Origin, Tags, Wanted, candidates};
pub use decide::{LocalImage, Observed, Pull, Remote, StartDecision, StartFacts, decide};
pub use project::{project_name, stack_name};
