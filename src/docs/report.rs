//! The page about one run: `keg build --report FILE.html`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use minijinja::{Value, context};

use super::page::{GENERATOR, environment, render};
use super::site::run_values;
use crate::error::{Error, Result};
use crate::moment;
use crate::runs::RunRecord;
use crate::workspace::Workspace;

/// How much of a file is read to see whether keg made it.
const HEAD: u64 = 1024;

/// Whether the page can be written there: finds out before the work begins.
///
/// # Errors
/// A folder that is not there, or a file that keg did not make.
pub fn check(file: &Path) -> Result<()> {
    let error = |reason: String| {
        Error::request(format!("cannot write the report {}", file.display())).because(reason).help("name another file")
    };
    if !file.exists() {
        let folder = file.parent().unwrap_or(Path::new("."));
        return if folder.is_dir() { Ok(()) } else { Err(error(format!("there is no folder {}", folder.display()))) };
    }
    if file.is_dir() {
        return Err(error("it is a folder".to_owned()));
    }
    if is_own(file) || fs::metadata(file).is_ok_and(|metadata| metadata.len() == 0) {
        return Ok(());
    }
    Err(Error::request(format!("{} is there, and is no page of keg's", file.display())).help("name another file"))
}

/// Whether keg made this file.
pub(super) fn is_own(file: &Path) -> bool {
    let mut head = Vec::new();
    fs::File::open(file).is_ok_and(|file| file.take(HEAD).read_to_end(&mut head).is_ok())
        && String::from_utf8_lossy(&head).contains(GENERATOR)
}

/// Writes the page about `run`.
///
/// # Errors
/// The file cannot be written.
pub fn write(workspace: &Workspace, run: &RunRecord, file: &Path) -> Result<()> {
    fs::write(file, page(&super::site::title(workspace), run)?)
        .map_err(|error| Error::failed(format!("cannot write the report {}", file.display())).cause(error))
}

/// The page about `run`.
///
/// # Errors
/// A template that asks for a value that it does not get.
pub fn page(title: &str, run: &RunRecord) -> Result<String> {
    let run = run_values(run);
    let pages: BTreeMap<String, String> = BTreeMap::new();
    render(
        &environment()?,
        "report.html",
        context! { run, pages, title, root => Value::UNDEFINED, made => moment::now() },
    )
}
