//! Asks an engine on another machine whether it means the same by `localhost` as keg, before it works with it.

use crate::border::credentials;
use crate::border::registry::is_loopback;
use crate::command::App;
use crate::error::Result;
use crate::observe::Observed;
use crate::plan::Plan;
use crate::planner::{Shared, shared_registries};
use crate::reference::Reference;

impl App {
    /// Sees that the engine reaches the registries on this machine that `plan` has it pull from or push to.
    ///
    /// # Errors
    /// It does not, or the engine is out of reach.
    pub async fn check_shared_registries(&self, plan: &Plan, observed: &Observed) -> Result<()> {
        if self.borders()?.engine.is_local() {
            return Ok(());
        }
        for shared in shared_registries(plan, observed) {
            self.check_shared(&shared).await?;
        }
        Ok(())
    }

    /// The same for one image that the engine is to pull.
    ///
    /// # Errors
    /// As [`check_shared_registries`](Self::check_shared_registries).
    pub async fn check_shared_pull(&self, reference: &Reference) -> Result<()> {
        if self.borders()?.engine.is_local() || !is_loopback(reference.domain()) {
            return Ok(());
        }
        self.check_shared(&Shared::pulled(reference)).await
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// It means another registry, or is out of reach.
    pub async fn check_shared(&self, shared: &Shared) -> Result<()> {
        let engine = self.borders()?.engine;
        // A registry on this machine seldom wants any; if it does, its answer says so.
        let credential = credentials::lookup(&self.settings, shared.reference.domain()).await.unwrap_or(None);
        let seen = engine.see(&shared.reference, credential).await?;
        shared.verdict(&seen, &engine.address()).map_or(Ok(()), Err)
    }
}
