//! Watch rules: which files a running tap gets when they change.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::Located;

/// Files that a running tap gets when they change. The keys are those of Compose's `develop.watch`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchRule {
    /// The folder or file that is watched, relative to the tap's folder.
    pub path: Located<String>,
    /// Where it lies in the container: an absolute path. Only the actions `restart` and `rebuild` do without.
    #[serde(default)]
    pub target: Option<Located<String>>,
    /// What is left out, beside what .dockerignore names: patterns as in .dockerignore, relative to `path`.
    #[serde(default)]
    pub ignore: Vec<Located<String>>,
    /// What happens when a file changes. Default: `sync`.
    #[serde(default)]
    pub action: WatchAction,
    /// The service. Default: the one that runs the tap's image.
    #[serde(default)]
    pub service: Option<Located<String>>,
}

/// What happens when a watched file changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WatchAction {
    /// It is copied into the container; what is deleted is deleted there.
    #[default]
    Sync,
    /// It is copied, and the container restarts.
    #[serde(rename = "sync+restart")]
    SyncRestart,
    /// The container restarts.
    Restart,
    /// The image is built anew, and the container made anew from it.
    Rebuild,
}

impl WatchAction {
    /// Whether files are copied.
    pub fn copies(self) -> bool {
        matches!(self, Self::Sync | Self::SyncRestart)
    }

    /// Whether the container restarts.
    pub fn restarts(self) -> bool {
        matches!(self, Self::Restart | Self::SyncRestart)
    }

    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sync, Self::SyncRestart, Self::Restart, Self::Rebuild].into_iter().find(|one| one.to_string() == name)
    }
}

impl fmt::Display for WatchAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync",
            Self::SyncRestart => "sync+restart",
            Self::Restart => "restart",
            Self::Rebuild => "rebuild",
        })
    }
}
