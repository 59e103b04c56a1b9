//! `keg open`

use serde_json::json;

use crate::border::browser;
use crate::command::{App, proxy, running, selection};
use crate::error::{Error, Result};
use crate::settings::Format;
use crate::start::running::{service, urls};

/// Arguments of `keg open`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg open web                     the page of web: by its name where the proxy runs, else by its port
  keg open web --service admin     the page of its service admin
  keg open web --print             only the address

BROWSER names another browser than the usual one.")]
pub struct Args {
    /// Name or alias
    #[arg(value_name = "TAP", add = selection::tap_completer())]
    pub tap: String,
    /// The service; without it, the one that runs the tap's image, else the first that has an address
    #[arg(long, short, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Prints the address, and opens nothing
    #[arg(long)]
    pub print: bool,
}

/// Runs `keg open`.
///
/// # Errors
/// The tap does not run or has no address, or there is no browser.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let found = running::find(app, &engine).await?;
    let tap = found.tap(&args.tap)?;
    let running = found.choose_one(app, &tap)?;
    if let Some(service) = &args.service {
        running.require_service(service)?;
    }
    let names = proxy::names(app, &engine).await;
    let host = running::host(app)?;
    let wanted = args.service.as_deref();
    let main = wanted.unwrap_or_else(|| running.main_service());
    let mut containers: Vec<_> = running.containers.iter().filter(|one| one.state == "running").collect();
    containers.retain(|container| wanted.is_none_or(|wanted| service(container) == wanted));
    containers.sort_by_key(|container| service(container) != main);
    // A name says more than a port, whichever service has it.
    let named = containers.iter().find_map(|container| names.url(&container.name));
    let published = || containers.iter().find_map(|container| urls(container, &host).into_iter().next());
    let Some(url) = named.or_else(published) else {
        return Err(no_address(&tap, args.service.as_deref(), &names, &running.branch));
    };
    if args.print {
        return match app.settings.format {
            Format::Json => app.ui.print_json(&json!({ "tap": tap, "branch": running.branch, "url": url })),
            _ => app.ui.print(&url),
        };
    }
    app.ui.note(format!("opening {url}"));
    browser::open(&url).await
}

fn no_address(tap: &str, service: Option<&str>, names: &proxy::Names, branch: &str) -> Error {
    let what = service.map_or_else(|| tap.to_owned(), |service| format!("{service} of {tap}"));
    let error = Error::request(format!("{what} has no address: it publishes no port"));
    match names.troubles(tap, branch).into_iter().next() {
        Some((_, trouble)) => error.help(trouble),
        None if names.is_running() => error.help(format!("start it anew, so that it gets a name: keg restart {tap}")),
        None => error.help("start the proxy, which reaches taps by name: keg proxy start"),
    }
}
