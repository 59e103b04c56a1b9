//! Builds a tap's image anew, and makes its container anew from it.

use std::collections::BTreeSet;

use crate::command::watch::Watched;
use crate::command::{App, Run, hooks, start};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::observe::{Builds, Depth, OutsideUse, RegistryUse, Scope, UsualTags};
use crate::planner::{BuildIntent, check_platforms, plan_build, with_hooks};

/// Builds the image of the tap as it is now, and starts the tap from it.
///
/// # Errors
/// A workspace that does not load any more, a failed build, a container that does not come up.
pub async fn rebuild(watched: &Watched, app: &App, events: &Events) -> Result<()> {
    let mut workspace = watched.start.workspace(app)?;
    let tap = &watched.plan.tap;
    let index = workspace.find(tap).ok_or_else(|| Error::request(format!("{tap} is no longer in the workspace")))?;
    let selected = BTreeSet::from([index]);
    if hooks::before_build(app, &workspace, &selected).await? {
        workspace = watched.start.workspace(app)?;
    }
    let scope = Scope {
        selected: selected.clone(),
        registry: RegistryUse::IfReachable,
        moving_tags: false,
        tags: Vec::new(),
        depth: Depth::Build,
        rebuild: false,
        usual_tags: UsualTags::OfBranch,
        outside: OutsideUse::Ask,
        builds: Builds::OnEngine,
    };
    let observed = app.observe(&workspace, scope).await?;
    let intent = BuildIntent { selected, ..BuildIntent::default() };
    let plan = plan_build(&workspace, &observed, &intent);
    check_platforms(&plan, &workspace, &observed, &intent)?;
    let plan = with_hooks(plan, &workspace, &observed);
    let report = app.perform(&workspace, &observed, &plan, Run { locks: true, ..Run::default() }).await?;
    report.error().map_or(Ok(()), Err)?;
    start::anew(&watched.start, app, events).await
}
