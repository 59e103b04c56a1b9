//! Taps in other repositories: what the user's configuration file says of them. Pure.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::workspace::names::{is_alias, is_built_in};
use crate::yaml::{Located, parse};

mod edit;

pub use edit::changed;

/// A tap that lies somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The word that stands for it on the command line.
    pub name: String,
    /// The tap's folder, absolute.
    pub path: PathBuf,
    /// The workspace whose images it is built on and whose registry it goes to; none where it was linked outside of
    /// all workspaces.
    pub workspace: Option<PathBuf>,
}

/// All links of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    links: Vec<Link>,
}

/// The part of the configuration file that is read here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    taps: Option<IndexMap<String, Located<Entry>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: Located<PathBuf>,
    #[serde(default)]
    workspace: Option<Located<PathBuf>>,
}

impl Links {
    /// Reads the text of the configuration file, which errors show as `name_shown`.
    ///
    /// # Errors
    /// What is no YAML, links without a path, with a relative one, or with a name that cannot be called.
    pub fn parse(name_shown: &str, text: &str) -> Result<Self> {
        let file: ConfigFile = parse(name_shown, text)?;
        let mut links: Vec<Link> = Vec::new();
        for (name, entry) in file.taps.unwrap_or_default() {
            let refuse = |reason: &str, help: &str| {
                let message = format!("reading {name_shown}: {reason}");
                entry.error(name_shown, text, message, "this link").help(help.to_owned())
            };
            if let Err(error) = check_name(&name) {
                return Err(refuse(error.message(), error.remedy().unwrap_or_default()));
            }
            if let Some(other) = links.iter().find(|link| is_same(&link.name, &name)) {
                let reason = format!("`{}` and `{name}` differ only in upper and lower case", other.name);
                return Err(refuse(&reason, "Rename one of them."));
            }
            for path in std::iter::once(&entry.path).chain(&entry.workspace) {
                if !path.is_absolute() {
                    let message = format!("reading {name_shown}: `{}` is no absolute path", path.display());
                    return Err(path.error(name_shown, text, message, "must begin with `/`"));
                }
            }
            let Entry { path, workspace } = entry.value;
            links.push(Link { name, path: path.value, workspace: workspace.map(|workspace| workspace.value) });
        }
        Ok(Self { links })
    }

    /// The link of this name; upper and lower case are one.
    pub fn get(&self, name: &str) -> Option<&Link> {
        self.links.iter().find(|link| is_same(&link.name, name))
    }

    /// All links, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.links.iter()
    }

    /// The link in whose folder `folder` lies; the innermost where there are several.
    pub fn around(&self, folder: &Path) -> Option<&Link> {
        let around = self.links.iter().filter(|link| folder.starts_with(&link.path));
        around.max_by_key(|link| link.path.components().count())
    }

    /// The same with `link` instead of the one of its name, or as a further one.
    pub fn with(mut self, link: Link) -> Self {
        match self.links.iter_mut().find(|known| is_same(&known.name, &link.name)) {
            Some(known) => *known = link,
            None => self.links.push(link),
        }
        self
    }

    /// The same without the link of this name.
    pub fn without(mut self, name: &str) -> Self {
        self.links.retain(|link| !is_same(&link.name, name));
        self
    }
}

/// Whether two names mean one link.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether a link may have this name.
///
/// # Errors
/// A name that cannot be typed as one word, or that is a command of keg.
pub fn check_name(name: &str) -> Result<()> {
    if !is_alias(name) {
        return Err(Error::request(format!("`{}` cannot be the name of a link", name.escape_debug()))
            .help("use letters, digits, `.`, `_` and `-`, beginning with a letter or digit"));
    }
    if is_built_in(name) {
        return Err(Error::request(format!("`{name}` is a command of keg and cannot be the name of a link"))
            .help("choose another name: keg tap link NAME PATH"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
