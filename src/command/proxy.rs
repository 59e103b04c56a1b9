//! `keg proxy`, and what other commands say of the names that it gives.

mod names;
mod start;
mod status;

use std::net::{IpAddr, Ipv4Addr};

use clap::Subcommand;
use serde_json::json;

use crate::border::proxy::{LocalProxy, Record, Runs, traefik};
use crate::command::App;
use crate::error::{Kind, Result};
use crate::event::Events;
use crate::manifest::ProxyKind;
use crate::proxy::url;
use crate::settings::Format;

pub use names::{Names, name_rows, names, naming};
pub use start::for_start;

/// Arguments of `keg proxy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: ProxyCommand,
}

/// What `keg proxy` does.
#[derive(Debug, Subcommand)]
pub enum ProxyCommand {
    /// Starts the proxy in the background: every started tap is then http://TAP-BRANCH.localhost
    ///
    /// It runs until `keg proxy stop`, one for each user, and follows what runs on the engine. Without --port it
    /// listens on port 80, or where that cannot be had on port 8080; `proxy:` in keg.yml changes what it does.
    #[command(after_help = "Examples:
  keg proxy start                     port 80 of this machine, else 8080
  keg proxy start --port 8080         always 8080
  keg proxy start --listen 0.0.0.0    other machines can reach all taps
  keg proxy start --kind builtin      keg's own proxy, without looking for Traefik")]
    Start(StartArgs),
    /// Stops the proxy
    Stop {
        /// Shows what would be stopped, and does nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Shows whether the proxy runs, and which names lead where
    Status,
}

/// Arguments of `keg proxy start`.
#[derive(Debug, clap::Args)]
pub struct StartArgs {
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// The port to listen on [default: keg.yml's, else 80 or 8080]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Which proxy [default: keg.yml's, else auto]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<ProxyKind>,
    /// The image of Traefik [default: keg.yml's, else traefik:v3]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Runs keg's own proxy here until Ctrl-C, instead of in the background
    #[arg(long)]
    pub foreground: bool,
    /// Shows what would be started, and does nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Listens on the socket that is its standard input
    #[arg(long, hide = true, requires = "foreground")]
    pub inherited: bool,
}

/// Runs `keg proxy`.
///
/// # Errors
/// The proxy does not start or stop, or the engine is out of reach.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    match &args.command {
        ProxyCommand::Start(args) => start::run(args, app).await,
        ProxyCommand::Stop { dry_run } => stop(*dry_run, app).await,
        ProxyCommand::Status => status::run(app).await,
    }
}

async fn stop(dry_run: bool, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let local = LocalProxy::new(&app.settings);
    let _lock = local.lock().await?;
    let found = match local.running().await? {
        Some(record) if dry_run => Some(record),
        Some(_) => local.stop().await?,
        None if dry_run => traefik::running(&engine).await?,
        None => match traefik::stop(&engine).await {
            // An engine that is away runs no proxy.
            Err(error) if error.kind() == Kind::Unreachable => None,
            other => other?,
        },
    };
    let (state, text) = match &found {
        Some(record) if dry_run => ("running", format!("stop the proxy at {}, {}", place(record), runs(record))),
        Some(record) => ("stopped", format!("the proxy at {} has stopped", place(record))),
        None => ("stopped", "no proxy of keg's is running".to_owned()),
    };
    if app.settings.format == Format::Json {
        return app.ui.print_json(&json!({ "state": state, "proxy": found, "dry_run": dry_run }));
    }
    app.ui.print(&text)
}

/// Says that everybody gets in who reaches the machine.
fn warn_if_open(record: &Record, events: &Events) {
    if !record.address.ip().is_loopback() {
        let help = "without --listen 0.0.0.0 only this machine gets in".to_owned();
        events.warn(format!("whoever reaches this machine at {} reaches all taps", record.address), Some(help));
    }
}

/// Where a proxy listens, as an address to type.
fn place(record: &Record) -> String {
    match record.address.ip() {
        IpAddr::V4(address) if address.is_loopback() => url("localhost", record.port()),
        _ => format!("http://{}", record.address),
    }
}

fn runs(record: &Record) -> String {
    match &record.runs {
        Runs::Builtin { process } => format!("keg's own, process {process}"),
        Runs::Traefik { container, image } => format!("Traefik in the container {container} ({image})"),
    }
}
