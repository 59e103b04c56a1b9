//! Taps as stacks of a Swarm: what a stack file says, and how far a deployment is. Nothing here makes a call.

pub mod deployed;
pub mod image;
pub mod stack;
pub mod watch;
