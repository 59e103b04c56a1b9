//! From what was observed to a plan. Pure: nothing here reads or calls anything.

mod build;
mod clash;
mod handover;
mod hooks;
mod offline;
mod package;
mod packaged;
mod promote;
mod prune;
mod pull;
mod push;
mod testing;

pub use build::{BuildIntent, check_platforms, plan_build};
pub use clash::{check_clashes, collision};
pub use hooks::with_hooks;
pub use offline::check_offline;
pub use package::{PackageIntent, plan_package};
pub use promote::{PromoteIntent, has_prefix, plan_promote, tag_of};
pub use prune::{Freed, Kept, KeptBecause, PruneIntent, Pruning, Removed, plan_prune};
pub use pull::{PullIntent, plan_pull};
pub use push::{plan_push, plan_tag};
pub use testing::{Tests, build_identity, plan_info, plan_test, with_tests};

#[cfg(test)]
mod tests;
