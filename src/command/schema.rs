//! `keg schema`

use crate::command::App;
use crate::error::{Error, Result, nearest};
use crate::manifest;

/// Arguments of `keg schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// keg.yml, image.yml or tap.yml
    #[arg(value_name = "FILE", default_value = "keg.yml")]
    pub file: String,
}

/// Runs `keg schema`.
///
/// # Errors
/// A file that has no schema.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let schemas = manifest::schemas();
    let wanted = args.file.trim_end_matches(".yml");
    match schemas.iter().find(|(name, _)| name.trim_end_matches(".yml") == wanted) {
        Some((_, schema)) => app.ui.print_json(schema),
        None => {
            let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
            let guess = nearest(&args.file, names.iter().copied()).unwrap_or(names[0]);
            Err(Error::request(format!("there is no schema of `{}`", args.file))
                .help(format!("did you mean {guess}? There are {}", names.join(", "))))
        }
    }
}
