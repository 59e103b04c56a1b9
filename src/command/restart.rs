//! `keg restart`

use futures_util::future::join_all;

use crate::command::{App, running, start, stop};
use crate::error::{Error, Result};
use crate::start::running::Running;

/// Arguments of `keg restart`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// How it is started.
    #[command(flatten)]
    pub start: start::Args,
}

/// Runs `keg restart`: stops what runs of the taps, and starts them anew from the newest image, each by the plan by which
/// it ran. Whether they can be started is found out before anything is stopped.
///
/// # Errors
/// As `keg stop` and `keg start`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let workspace = args.start.workspace(app)?;
    let mut found = running::find(app, &engine).await?;
    if let Some(plan) = &args.start.plan {
        found.running.retain(|one| one.plan.as_ref() == Some(plan));
    }
    let mut chosen: Vec<&Running> = Vec::new();
    let mut starts: Vec<start::Args> = Vec::new();
    for word in &args.start.taps {
        let of_tap = found.choose(app, &found.tap(word)?, false)?;
        let ran = of_tap.first().and_then(|one| one.plan.clone());
        // A plan that is gone from keg.yml cannot be started.
        let ran = ran.filter(|plan| workspace.options.plans.iter().any(|known| known.plan == *plan));
        let plan = args.start.plan.clone().or(ran.filter(|_| args.start.from.is_none()));
        match starts.iter_mut().find(|start| start.plan == plan) {
            Some(start) => start.taps.push(word.clone()),
            None => starts.push(start::Args { plan, taps: vec![word.clone()], ..args.start.clone() }),
        }
        chosen.extend(of_tap.into_iter().filter(|one| !chosen.contains(one)).collect::<Vec<_>>());
    }
    for start in &mut starts {
        if start.build && !start.dry_run {
            // Before anything is stopped: a failed build leaves the tap as it runs.
            start::build(start, app).await?;
            start.build = false;
            start.pull = start.pull_after_build();
        }
        let workspace = start.workspace(app)?;
        let prepared = start.taps.iter().map(|word| start::prepare(start, word, app, &workspace, &engine));
        Error::each(join_all(prepared).await)?;
    }
    if !args.start.dry_run {
        stop::stop(&chosen, Some(&workspace), app, &engine).await?;
    }
    for start in &starts {
        start::run(start, app).await?;
    }
    Ok(())
}
