//! `keg man`

use std::path::PathBuf;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::command::App;
use crate::error::{Error, Result};

/// Arguments of `keg man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Writes a page for each command into this folder [default: keg's own page to stdout]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

/// Runs `keg man`.
///
/// # Errors
/// The folder cannot be written to.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let command = Cli::command();
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Error::failed("making the manual page").cause(error))?;
        return app.ui.print(&String::from_utf8_lossy(&page));
    };
    let folder = app.settings.current_folder.join(folder);
    std::fs::create_dir_all(&folder)
        .and_then(|()| clap_mangen::generate_to(command, &folder))
        .map_err(|error| Error::request(format!("cannot write manual pages into {}", folder.display())).cause(error))
}
