//! `keg deploy logs`

use futures_util::future::try_join_all;

use super::{all, meant};
use crate::border::engine::SwarmService;
use crate::command::logs::{Flags, Source, show_all};
use crate::command::{App, selection};
use crate::deploy::deployed::short_name;
use crate::error::{Error, Result, nearest};

/// Arguments of `keg deploy logs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg deploy logs web                  what the containers of web have printed, on all nodes
  keg deploy logs web db --tail 20     the last 20 lines of its service db
  keg deploy logs web --follow         and go on showing it, until Ctrl-C")]
pub struct Args {
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// Services of it; all if none is named
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Which lines, and how.
    #[command(flatten)]
    pub flags: Flags,
}

/// Runs `keg deploy logs`.
///
/// # Errors
/// The tap is not deployed, there is no such service, or the engine goes away.
pub(super) async fn run(args: &Args, app: &App) -> Result<()> {
    let request = args.flags.request()?;
    let engine = app.borders()?.engine;
    let list = all(&engine).await?;
    let chosen = meant(app, &list, &args.tap, false)?;
    let services: Vec<&SwarmService> = chosen.iter().flat_map(|one| &one.services).collect();
    let names: Vec<&str> = services.iter().map(|service| short_name(service)).collect();
    if let Some(unknown) = args.services.iter().find(|name| !names.contains(&name.as_str())) {
        let error = Error::request(format!("{} has no service `{unknown}`", args.tap));
        let there = names.join(", ");
        return Err(match nearest(unknown, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean {near}? The services are: {there}")),
            None => error.help(format!("the services are: {there}")),
        });
    }
    let is_meant = |name: &str| args.services.is_empty() || args.services.iter().any(|one| one == name);
    let services: Vec<&SwarmService> = services.into_iter().filter(|service| is_meant(short_name(service))).collect();
    let names: Vec<String> = services.iter().map(|service| short_name(service).to_owned()).collect();
    let sources = services.iter().enumerate().map(async |(place, service)| {
        let records = engine.service_records(&service.id, service.terminal, request).await?;
        Ok::<_, Error>(Source::of(place, records, service.terminal))
    });
    let sources = try_join_all(sources).await?;
    show_all(app, &names, sources, args.flags.follow, args.flags.timestamps).await
}
