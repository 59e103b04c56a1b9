//! The user's configuration file.

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::border::locks::Locks;
use crate::error::{Error, Result, nearest};
use crate::links::{self, Link, Links};
use crate::settings::Settings;
use crate::yaml::parse;

/// The keys that keg reads.
const KEYS: [&str; 2] = ["context", "taps"];

/// What becomes of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is written, also in place of the one of its name.
    Set(Link),
    /// The one of this name goes.
    Remove(String),
}

/// The links of the user; none where there is no file.
///
/// # Errors
/// A file that cannot be read, or says nothing that can be understood.
pub fn links(settings: &Settings) -> Result<Links> {
    let file = settings.config_file();
    Links::parse(&file.display().to_string(), &read(&file)?)
}

/// The Docker context that the user works with; none where the file names none.
///
/// # Errors
/// As [`links`].
pub fn context(settings: &Settings) -> Result<Option<String>> {
    let file = settings.config_file();
    let text = read(&file)?;
    let keys: IndexMap<String, IgnoredAny> = parse(&file.display().to_string(), &text)?;
    // Other programs' keys are nobody's business, but work that goes to another engine for want of a letter is.
    for key in keys.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        if let Some(meant) = nearest(key, KEYS) {
            return Err(Error::request(format!("reading {}: `{}` is no key here", file.display(), key.escape_debug()))
                .help(format!("Did you mean `{meant}`?")));
        }
    }
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct File {
        context: Option<String>,
    }
    let file: File = parse(&file.display().to_string(), &text)?;
    Ok(file.context.filter(|name| !name.is_empty()))
}

/// Changes one link in the file as it is when no other keg process is changing it. `decide` gets the links of that
/// moment.
///
/// # Errors
/// Those of `decide`, and a file that cannot be read or written.
pub async fn change(settings: &Settings, decide: impl FnOnce(&Links) -> Result<Change>) -> Result<()> {
    let file = settings.config_file();
    let shown = file.display().to_string();
    let unwritable = |error: std::io::Error| {
        Error::failed(format!("writing {shown}")).cause(error).help("KEG_CONFIG names another file")
    };
    // A link to a file elsewhere stays a link.
    let file = fs::canonicalize(&file).unwrap_or(file);
    let folder = file.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    fs::create_dir_all(&folder).map_err(unwritable)?;
    let lock = Locks::new(settings, &folder).take(&format!("configuration {}", file.display()), || {}).await;
    let lock = lock.map_err(unwritable)?;
    let text = read(&file)?;
    let change = decide(&Links::parse(&shown, &text)?)?;
    let text = match &change {
        Change::Set(link) => links::changed(&shown, &text, &link.name, Some(link))?,
        Change::Remove(name) => links::changed(&shown, &text, name, None)?,
    };
    write(&file, &folder, &text).map_err(unwritable)?;
    drop(lock);
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::request(format!("reading {}", file.display())).cause(error)),
    }
}

/// Whole or not at all, with the permissions that the file had.
fn write(file: &Path, folder: &Path, text: &str) -> std::io::Result<()> {
    let before = fs::metadata(file).map(|metadata| metadata.permissions());
    let permissions = before.as_ref().map_or_else(|_| Permissions::from_mode(0o666), Clone::clone);
    let mut new = tempfile::Builder::new().prefix(".config.").permissions(permissions).tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    if let Ok(permissions) = before {
        new.as_file().set_permissions(permissions)?;
    }
    new.persist(file)?;
    Ok(())
}
