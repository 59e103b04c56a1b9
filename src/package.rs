//! Images made from running containers: what goes into them, what they are called, and how they run by themselves.
//! Nothing here makes a call.
//!
//! A packaged image holds what somebody changed in a container, so it is not what any key says. It has no key label,
//! and with that nothing takes it for fresh.

pub mod choose;
pub mod labels;
pub mod name;
pub mod run;

pub use choose::{Choice, choose, left_out};
pub use labels::{Source, labels, packaged};
pub use name::container_name;
