//! From what was observed to a plan. Pure: nothing here reads or calls anything.

mod build;
mod clash;
mod handover;
mod hooks;
mod offline;
mod package;
mod packaged;
mod platforms;
mod promote;
mod prune;
mod pull;
mod push;
mod shared_registry;
mod testing;
mod versions;

pub use build::{BuildIntent, plan_build};
pub use clash::{allow_clashes, check_clashes, collision, fixed_tag};
pub use hooks::with_hooks;
pub use offline::check_offline;
pub use package::{PackageIntent, plan_package};
pub use platforms::check_platforms;
pub use promote::{PromoteIntent, has_prefix, plan_promote, tag_of};
pub use prune::{Freed, Kept, KeptBecause, PruneIntent, Pruning, Removed, plan_prune};
pub use pull::{PullIntent, plan_pull};
pub use push::{plan_push, plan_tag};
pub use shared_registry::{Shared, shared_registries, uploaded_elsewhere};
pub use testing::{Tests, plan_info, plan_test, with_tests};

#[cfg(test)]
mod tests;
