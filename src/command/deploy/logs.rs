//! `keg deploy logs`

use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::{all, meant};
use crate::border::engine::{LogRequest, SwarmService};
use crate::command::logs::{Source, show_all};
use crate::command::{App, selection};
use crate::deploy::deployed::short_name;
use crate::error::{Error, Result, nearest};
use crate::logs;

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
    /// Goes on showing what is printed
    #[arg(long, short)]
    pub follow: bool,
    /// Shows only so many of the last lines of each service
    #[arg(long, short = 'n', value_name = "N")]
    pub tail: Option<usize>,
    /// Shows only what was printed since then: 10m, 1h30m, 2026-11-21T09:30:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Shows when each line was printed
    #[arg(long, short)]
    pub timestamps: bool,
}

/// Runs `keg deploy logs`.
///
/// # Errors
/// The tap is not deployed, there is no such service, or the engine goes away.
pub(super) async fn run(args: &Args, app: &App) -> Result<()> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let since = args.since.as_deref().map(|text| logs::since(text, now)).transpose()?;
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
    let request = LogRequest { follow: args.follow, tail: args.tail, since };
    let sources = services.iter().enumerate().map(async |(place, service)| {
        let records = engine.service_records(&service.id, service.terminal, request).await?;
        Ok::<_, Error>(Source::of(place, records, service.terminal))
    });
    let sources = try_join_all(sources).await?;
    show_all(app, &names, sources, args.follow, args.timestamps).await
}
