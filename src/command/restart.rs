//! `keg restart`

use futures_util::future::join_all;

use crate::command::{App, running, start, stop};
use crate::error::{Error, Result};

/// Arguments of `keg restart`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// How it is started.
    #[command(flatten)]
    pub start: start::Args,
}

/// Runs `keg restart`: stops what runs of the taps, and starts them anew from the newest image. Whether they can be
/// started is found out before anything is stopped.
///
/// # Errors
/// As `keg stop` and `keg start`.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let workspace = app.workspace()?;
    let found = running::find(app, &engine).await?;
    let mut start = args.start.clone();
    if start.build && !start.dry_run {
        // Before anything is stopped: a failed build leaves the tap as it runs.
        start::build(&start, app).await?;
        start.build = false;
        start.pull = start.pull_after_build();
    }
    let taps = args.start.taps.iter();
    Error::each(join_all(taps.map(|word| start::prepare(&start, word, app, &workspace, &engine))).await)?;
    if !args.start.dry_run {
        let mut chosen = Vec::new();
        for word in &args.start.taps {
            let tap = found.tap(word)?;
            let of_tap = found.choose(app, &tap, false)?;
            chosen.extend(of_tap.into_iter().filter(|one| !chosen.contains(one)).collect::<Vec<_>>());
        }
        stop::stop(&chosen, Some(&workspace), app, &engine).await?;
    }
    start::run(&start, app).await
}
