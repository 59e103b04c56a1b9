//! Docker's client settings, `config.json`: read for logins, and written without touching anything else in it.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// The settings with the file that they came from.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    content: Map<String, Value>,
}

impl ConfigFile {
    /// Reads the settings; they are empty where there is no file.
    pub fn read(settings: &Settings) -> Result<Self> {
        let path = settings.docker_config_folder().join("config.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Error::request(format!("Docker's settings {} cannot be read", path.display())).cause(error));
            }
        };
        if text.trim().is_empty() {
            return Ok(Self { path, content: Map::new() });
        }
        let content = serde_json::from_str(&text).map_err(|error| broken(&path, &error))?;
        Ok(Self { path, content })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The context that `docker context use` has chosen.
    pub fn current_context(&self) -> Option<String> {
        let name = self.content.get("currentContext").and_then(Value::as_str);
        name.filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// The credential helper for the first of these keys that has its own, else the one for all, with the key to
    /// ask it for.
    pub fn helper(&self, keys: &[String]) -> Option<(String, String)> {
        let name = |value: &Value| value.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        let helpers = self.content.get("credHelpers").and_then(Value::as_object);
        let own = keys.iter().find_map(|key| Some((key.clone(), name(helpers?.get(key)?)?)));
        own.or_else(|| Some((keys.first()?.clone(), name(self.content.get("credsStore")?)?)))
    }

    /// The logins that the file itself holds.
    pub fn auths(&self) -> Map<String, Value> {
        self.content.get("auths").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The logins that the file itself holds, to change them.
    pub fn auths_mut(&mut self) -> Result<&mut Map<String, Value>> {
        let message = format!("`auths` in Docker's settings {} is no object", self.path.display());
        let auths = self.content.entry("auths").or_insert_with(|| Value::Object(Map::new()));
        if auths.is_null() {
            *auths = Value::Object(Map::new());
        }
        auths.as_object_mut().ok_or_else(|| Error::request(message))
    }

    /// Writes the settings, all or nothing, readable by their owner only. Where the file is a link, what it points
    /// at is written, so that settings kept elsewhere stay there.
    pub fn write(&self) -> Result<()> {
        let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        write_private(&target, &self.text()).map_err(|error| {
            Error::request(format!("Docker's settings {} cannot be written", self.path.display())).cause(error)
        })
    }

    /// The text as Docker's client writes it: indented by tabs.
    fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        // Writing a JSON value to memory cannot fail.
        self.content.serialize(&mut serializer).ok();
        text.push(b'\n');
        text
    }

    /// An error about this file.
    pub fn error(&self, message: String) -> Error {
        Error::request(format!("{message} in Docker's settings {}", self.path.display()))
    }
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    // Temporary files are made readable by their owner only.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The file may hold logins, so nothing of its text is shown, only where it breaks off.
fn broken(path: &Path, error: &serde_json::Error) -> Error {
    Error::request(format!("Docker's settings {} are no JSON object", path.display()))
        .because(format!("they cannot be understood at line {}, column {}", error.line(), error.column()))
        .help("mend the file, or move it away and log in again with `keg login`")
}
