//! What keg reads in a user's compose file: the names of the services, and where their images come from. Everything
//! else, and whether the file is right, is Compose's business.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::{Error, Result};
use crate::start::service::Service;

/// A user's compose file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// The services that it names, in its order.
    pub services: Vec<Service>,
    /// Whether it takes in other files with `include`, whose services only Compose knows.
    pub includes: bool,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    services: Option<IndexMap<String, Option<RawService>>>,
    include: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RawService {
    image: Option<String>,
    build: Option<IgnoredAny>,
}

impl UserFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, or is no YAML with services.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::request(format!("reading the compose file {}", path.display())).cause(error))?;
        Self::parse(path, &text)
    }

    /// Reads `text`, which stands in the file at `path`.
    ///
    /// # Errors
    /// It is no YAML with services.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let raw: Raw = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let place = error.location().map_or(0, |place| offset(text, place.line(), place.column()));
            let reason = error.without_snippet().to_string();
            Error::request("the compose file cannot be read")
                .place(path.to_string_lossy(), text, place..place, reason)
                .help("Compose's own check is `docker compose config`.")
        })?;
        let services = raw.services.unwrap_or_default().into_iter();
        let services = services.map(|(name, service)| {
            let image = service.as_ref().and_then(|service| service.image.clone());
            Service { name, image, build: service.is_some_and(|service| service.build.is_some()) }
        });
        Ok(Self { path: path.to_owned(), services: services.collect(), includes: raw.include.is_some() })
    }

    /// The override that Compose reads beside this file when it is started by hand: `compose.override.yml`.
    pub fn standard_override(path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str()?;
        let stem = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
            .contains(&name)
            .then(|| name.rsplit_once('.').map_or(name, |(stem, _)| stem))?;
        let candidates = ["yml", "yaml"].map(|ending| path.with_file_name(format!("{stem}.override.{ending}")));
        candidates.into_iter().find(|file| file.is_file())
    }
}

/// The byte at a line and column, both from 1.
fn offset(text: &str, line: impl Into<u64>, column: impl Into<u64>) -> usize {
    let line = usize::try_from(line.into()).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(column.into()).unwrap_or(usize::MAX).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
}

#[cfg(test)]
mod tests;
