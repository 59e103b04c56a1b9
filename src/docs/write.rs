//! Writes the site into a folder.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Page;
use super::report::is_own;
use crate::error::{Error, Result};

/// The folders below the site's own.
const FOLDERS: [&str; 2] = ["images", "builds"];

/// Whether the site can be written into `folder`: it is not there, empty, or holds a site that keg made.
///
/// # Errors
/// There is something else.
pub fn check(folder: &Path) -> Result<()> {
    let is_site = || is_own(&folder.join("index.html"));
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(is_empty) if is_empty || is_site() => Ok(()),
        Ok(_) => Err(Error::request(format!("{} holds other things than keg's pages", folder.display()))
            .help("name a folder that is new or empty: keg docs --output FOLDER")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::request(format!("cannot read the folder {}", folder.display()))
            .cause(error)
            .help("name another one: keg docs --output FOLDER")),
    }
}

/// Writes `pages` into `folder`, and removes pages of images and builds that are no more.
///
/// # Errors
/// See [`check`], and files that cannot be written.
pub fn write(folder: &Path, pages: &[Page]) -> Result<()> {
    check(folder)?;
    write_pages(folder, pages)
        .map_err(|error| Error::failed(format!("cannot write the pages into {}", folder.display())).cause(error))
}

fn write_pages(folder: &Path, pages: &[Page]) -> io::Result<()> {
    for inside in FOLDERS {
        fs::create_dir_all(folder.join(inside))?;
    }
    // index.html is the first: it marks the folder as keg's, also when the rest is never written.
    let mut written = BTreeSet::new();
    for (path, html) in pages {
        let file = folder.join(path);
        write_changed(&file, html)?;
        written.insert(file);
    }
    for inside in FOLDERS {
        for old in html_files(&folder.join(inside)) {
            if !written.contains(&old) && is_own(&old) {
                fs::remove_file(old)?;
            }
        }
    }
    Ok(())
}

/// A page that has not changed keeps its time, for what copies only newer files.
fn write_changed(file: &Path, html: &str) -> io::Result<()> {
    match fs::read(file) {
        Ok(there) if there == html.as_bytes() => Ok(()),
        _ => fs::write(file, html),
    }
}

fn html_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "html")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::page::GENERATOR;
    use super::*;

    fn page(path: &str) -> Page {
        (path.to_owned(), format!("<!doctype html>{GENERATOR}{path}"))
    }

    #[test]
    fn pages_come_and_go() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("a/site");
        write(&folder, &[page("index.html"), page("images/web.html"), page("images/old.html")]).unwrap();
        fs::write(folder.join("images/notes.html"), "somebody's own").unwrap();
        write(&folder, &[page("index.html"), page("images/web.html")]).unwrap();
        let mut left: Vec<_> = html_files(&folder.join("images"));
        left.sort();
        assert_eq!(left, [folder.join("images/notes.html"), folder.join("images/web.html")]);
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("index.html"), "<!doctype html>mine").unwrap();
        let error = write(temporary.path(), &[page("index.html")]).unwrap_err();
        assert!(error.one_line().contains("other things"), "{}", error.one_line());
        assert_eq!(fs::read_to_string(temporary.path().join("index.html")).unwrap(), "<!doctype html>mine");
        assert!(check(&temporary.path().join("index.html")).is_err());
    }
}
