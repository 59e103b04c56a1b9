//! `keg schema`

use crate::command::App;
use crate::error::{Error, Result, nearest};
use crate::{manifest, plugin};

/// Arguments of `keg schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// keg.yml, image.yml, tap.yml, tests.yml, or context.json, which plugins get
    #[arg(value_name = "FILE", default_value = "keg.yml")]
    pub file: String,
}

/// Runs `keg schema`.
///
/// # Errors
/// A file that has no schema.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut schemas = manifest::schemas().to_vec();
    schemas.push(("context.json", schemars::schema_for!(plugin::Facts)));
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    match schemas.iter().find(|(name, _)| args.file == *name || args.file == stem(name)) {
        Some((_, schema)) => app.ui.print_json(schema),
        None => {
            let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
            let guess = nearest(&args.file, names.iter().copied()).unwrap_or(names[0]);
            Err(Error::request(format!("there is no schema of `{}`", args.file))
                .help(format!("did you mean {guess}? There are {}", names.join(", "))))
        }
    }
}
