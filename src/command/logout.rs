//! `keg logout`

use serde_json::json;

use crate::border::credentials;
use crate::command::{App, login};
use crate::error::Result;
use crate::settings::Format;

/// Arguments of `keg logout`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The registry, as ghcr.io or localhost:5000 [default: the workspace's registry, else docker.io]
    #[arg(value_name = "REGISTRY")]
    pub registry: Option<String>,
}

/// Runs `keg logout`.
///
/// # Errors
/// Docker's settings cannot be read or written, or the credential helper fails.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let host = login::host(args.registry.as_deref(), app)?;
    let erased = credentials::erase(&app.settings, &host).await?;
    if app.settings.format == Format::Json {
        return app.ui.print_json(&json!({ "registry": host, "erased": erased }));
    }
    let text = if erased { "logged out of" } else { "there is no login for" };
    app.ui.print(&format!("{text} {host}"))
}
