//! `keg tap convert`

use std::path::PathBuf;

use crate::command::{App, selection};
use crate::error::{Error, Result};
use crate::links::{Link, Links};
use crate::settings::Format;
use crate::templates;
use crate::workspace::{converted, names};

/// The file that is written.
const FILE: &str = "tap.yml";

/// Arguments of `keg tap convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Taps of the Keg CLI need no tap.yml: keg understands container/values.yml and mutagen.yml.
This writes what it understands, so that the tap can use all that keg has.

Examples:
  keg tap convert --dry-run      shows the tap.yml of the tap in the current folder
  keg tap convert evf            writes that of the linked tap evf")]
pub struct Args {
    /// The tap's folder, or the name of its link [default: the current folder]
    #[arg(value_name = "NAME|PATH", add = selection::link_completer())]
    pub tap: Option<String>,
    /// Shows what would be written, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `keg tap convert`.
///
/// # Errors
/// There are no files of the Keg CLI, they cannot be understood, or there is a tap.yml already.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let links = app.links()?;
    let (folder, word) = folder(args, app, &links)?;
    if let Some(file) = converted::manifest(&folder) {
        return Err(Error::request(format!("there is {} already", file.display()))
            .help("it counts, and not the files of the Keg CLI; remove it to convert them anew"));
    }
    let conversion = converted::conversion(&folder, &word, &links)?;
    let file = folder.join(FILE);
    let text = format!("# Converted from {}/ of the Keg CLI.\n{}", crate::legacy::CONTAINER, conversion.text);
    for note in &conversion.notes {
        app.ui.note(note);
    }
    if !args.dry_run {
        templates::write_new(&file, &text)?;
    }
    match app.settings.format {
        Format::Json => app.ui.print_json(&serde_json::json!({
            "file": file,
            "text": text,
            "notes": conversion.notes,
            "dry_run": args.dry_run,
        })),
        _ if args.dry_run => app.ui.print(&text),
        _ => app.ui.print(&format!("wrote {}\n", file.display())),
    }
}

/// The tap's folder, and the word that it is linked as.
fn folder(args: &Args, app: &App, links: &Links) -> Result<(PathBuf, String)> {
    let word = args.tap.as_deref().unwrap_or(".");
    if let Some(Link { name, path, .. }) = links.get(word) {
        return Ok((path.clone(), name.clone()));
    }
    let path = app.settings.current_folder.join(word);
    let folder = std::fs::canonicalize(&path).map_err(|error| {
        let message = format!("`{word}` is neither a linked tap nor a folder");
        Error::request(message).cause(error).help("keg tap list shows the links")
    })?;
    let linked = links.iter().find(|link| link.path == folder).map(|link| link.name.clone());
    let name = || folder.file_name().map(|name| names::proposed_name(&name.to_string_lossy())).unwrap_or_default();
    Ok((folder.clone(), linked.unwrap_or_else(name)))
}
