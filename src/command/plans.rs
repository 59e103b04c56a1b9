//! `--plan`: which variants of images a command is about.

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::command::selection::workspace_here;
use crate::error::Result;
use crate::workspace::Workspace;

/// The plans that a command line names.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Plans {
    /// Only the images of this plan of keg.yml; all plans if none is named
    #[arg(long = "plan", value_name = "PLAN", add = completer())]
    pub plans: Vec<String>,
}

impl Plans {
    /// The workspace with the variants of these plans alone.
    ///
    /// # Errors
    /// There is no such plan, or an image that `words` name is not built in it.
    pub fn of(&self, workspace: Workspace, words: &[String]) -> Result<Workspace> {
        workspace.in_plans(&self.plans, words)
    }
}

/// Completes names of plans.
pub fn completer() -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &std::ffi::OsStr| {
        let typed = current.to_string_lossy();
        let Some(workspace) = workspace_here() else { return Vec::new() };
        let plans = workspace.options.plans.iter().filter(|plan| plan.plan.starts_with(&*typed));
        plans
            .map(|plan| CompletionCandidate::new(&plan.plan).help(Some(format!("tags {}-…", plan.prefix).into())))
            .collect()
    })
}
