//! `keg docs`

use std::path::PathBuf;

use serde_json::json;

use crate::border::browser;
use crate::command::{App, status};
use crate::docs;
use crate::error::{Kind, Result};
use crate::image_record;
use crate::promotions::PROMOTIONS;
use crate::runs::RUNS;
use crate::settings::Format;
use crate::state;
use crate::workspace::Image;

/// Arguments of `keg docs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keg docs --open                 make the pages, and show them in the browser
  keg docs --output public        make them where a web server or CI finds them

The pages tell of the images, the graph and the latest builds on this machine. They need no
network and no script. BROWSER names another browser than the usual one.")]
pub struct Args {
    /// The folder that gets the pages [default: .keg/docs in the workspace]
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Opens the first page in the browser
    #[arg(long, conflicts_with = "dry_run")]
    pub open: bool,
    /// Shows which files would be written, and writes none
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg docs`.
///
/// # Errors
/// A workspace that does not load, a folder that holds other things or cannot be written.
pub async fn run(args: &Args, app: &App) -> Result<()> {
    let workspace = app.workspace()?.without_links();
    let folder = match &args.output {
        Some(folder) => app.settings.current_folder.join(folder),
        None => workspace.root.join(state::FOLDER).join("docs"),
    };
    docs::check(&folder)?;
    let known = match status::look(app, &workspace).await {
        Err(error) if !matches!(error.kind(), Kind::Unreachable) => return Err(error),
        known => known,
    };
    let recorded = |image: &Image| docs::builds(image_record::read_all(&workspace.root, &image.name), image.plan());
    let builds = workspace.iter().map(|(_, image)| (image.full_name(), recorded(image))).collect();
    let mut site = docs::gather(
        &workspace,
        known.as_ref().ok().map(|(observed, plan)| (observed, plan)),
        builds,
        RUNS.read_all(&workspace.root),
    );
    docs::add_promotions(&mut site, &PROMOTIONS.read_all(&workspace.root));
    match &known {
        Ok((observed, _)) => {
            let own =
                observed.images.iter().find(|(index, _)| workspace.image(**index).folder.starts_with(&workspace.root));
            site.branch = own.map(|(_, image)| image.branch.name.clone());
            site.revision = own.and_then(|(_, image)| image.revision.clone());
        }
        Err(error) => site.notes.push(format!("Whether images are fresh is not known: {}.", error.one_line())),
    }
    let pages = docs::pages(&site)?;
    if !args.dry_run {
        if args.output.is_none() {
            // It keeps itself out of git.
            state::folder(&workspace.root).ok();
        }
        docs::write(&folder, &pages)?;
    }
    let first = folder.join("index.html");
    if app.settings.format == Format::Json {
        let names: Vec<&String> = pages.iter().map(|(path, _)| path).collect();
        app.ui.print_json(&json!({ "folder": folder, "index": first, "pages": names }))?;
    } else if args.dry_run {
        let lines: Vec<String> = pages.iter().map(|(path, _)| folder.join(path).display().to_string()).collect();
        app.ui.print(&lines.join("\n"))?;
    } else {
        app.ui.print(&first.display().to_string())?;
    }
    if !args.open {
        return Ok(());
    }
    // A path may have characters that mean something else in an address.
    let address = reqwest::Url::from_file_path(&first).map_or_else(|()| first.display().to_string(), String::from);
    browser::open(&address).await
}
