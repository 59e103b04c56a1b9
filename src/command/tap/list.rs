//! `keg tap list`

use crate::command::App;
use crate::error::Result;
use crate::settings::Format;

/// Arguments of `keg tap list`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `keg tap list`.
///
/// # Errors
/// A workspace that does not load.
pub fn run(_: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?;
    let taps = || workspace.images.iter().filter(|image| image.tap.is_some());
    let folder = |image: &crate::workspace::Image| workspace.shown(&image.folder).display().to_string();
    if app.settings.format == Format::Json {
        let rows: Vec<_> = taps()
            .map(|image| serde_json::json!({"name": image.name, "alias": image.alias, "folder": folder(image)}))
            .collect();
        return app.ui.print_json(&serde_json::json!({ "taps": rows }));
    }
    if taps().next().is_none() {
        return app.ui.print("no taps yet: keg tap new NAME makes one\n");
    }
    let cells = taps().map(|image| vec![image.name.clone(), image.alias.clone().unwrap_or_default(), folder(image)]);
    app.ui.print_table(&["tap", "alias", "folder"], cells.collect())
}
