//! `keg init`

use std::path::Path;

use crate::command::App;
use crate::error::{Error, Result};
use crate::workspace::{Workspace, scan};
use crate::{manifest, state, templates};

/// Arguments of `keg init`.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "In a folder without Dockerfiles, a small workspace to begin with is made: base/, hub/tap/ and
keg.yml. In a repository with Dockerfiles only keg.yml is written; nothing else is touched.")]
pub struct Args {
    /// The registry and namespace that images are published to, as ghcr.io/my-team
    #[arg(long, value_name = "HOST/NAMESPACE")]
    pub registry: Option<String>,
    /// Shows keg.yml, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Writes the JSON Schema that the first line of keg.yml names, for editors.
fn write_schema(folder: &Path) -> Result<()> {
    state::folder(folder)
        .and_then(|_| {
            let file = folder.join(scan::SCHEMA_FILE);
            std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
            let schemas = manifest::schemas();
            let text = serde_json::to_string_pretty(&schemas[0].1)?;
            std::fs::write(file, text)
        })
        .map_err(|error| Error::failed(format!("could not write {}", scan::SCHEMA_FILE)).cause(error))
}

/// Runs `keg init`.
///
/// # Errors
/// There is a keg.yml already; the folder cannot be written to.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let folder = match &app.settings.workspace {
        Some(folder) => app.settings.current_folder.join(folder),
        None => app.settings.current_folder.clone(),
    };
    let file = folder.join("keg.yml");
    if file.exists() {
        return Err(Error::request(format!("{} is there already", file.display()))
            .help("keg status shows the state of this workspace"));
    }
    let scan = scan::scan(&folder, args.registry.as_deref())?;
    if args.dry_run {
        return app.ui.print(&scan.keg_yml);
    }
    if scan.images.is_empty() {
        let files = templates::workspace(args.registry.as_deref())?;
        templates::write_missing(&folder, &files)?;
        let list: String = files.iter().map(|(path, ..)| format!("  {}\n", path.display())).collect();
        app.ui.print(&format!("made a workspace:\n{list}"))?;
    } else {
        templates::write_new(&file, &scan.keg_yml)?;
        app.ui.print(&format!("wrote keg.yml for {} Dockerfiles\n", scan.images.len()))?;
        for note in &scan.notes {
            app.ui.note(note);
        }
    }
    write_schema(&folder)?;
    let workspace = Workspace::load(&folder)?;
    app.ui.print(&format!(
        "{} images: keg graph shows how they hang together, keg build builds them\n",
        workspace.images.len()
    ))
}
