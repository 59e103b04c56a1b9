//! From what was observed to a plan. Pure: nothing here reads or calls anything.

mod build;
mod handover;
mod pull;
mod push;

pub use build::{BuildIntent, check_platforms, plan_build};
pub use pull::{PullIntent, plan_pull};
pub use push::{check_clashes, plan_push, plan_tag};

#[cfg(test)]
mod tests;
