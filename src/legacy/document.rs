//! The tap.yml that comes out.

use indexmap::IndexMap;
use serde::Serialize;

use crate::error::{Error, Result};

/// The keys that a tap of the Keg CLI can have a value for.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    pub build: Build,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub env: IndexMap<String, String>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub tasks: IndexMap<String, Task>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub watch: Vec<Watch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
}

#[derive(Debug, Serialize)]
pub(super) struct Proxy {
    pub port: u16,
}

#[derive(Debug, Serialize)]
pub(super) struct Build {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    pub dockerfile: String,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub args: IndexMap<String, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Task {
    pub run: String,
    #[serde(rename = "in")]
    pub place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Watch {
    pub path: String,
    pub target: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

impl Document {
    pub fn yaml(&self) -> Result<String> {
        serde_saphyr::to_string(self)
            .map_err(|error| Error::failed(format!("writing the tap.yml of {}", self.name)).because(error.to_string()))
    }
}
