//! Containers that live as long as one command: how they are told from others, and what killed processes left of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::border::engine::Engine;
use crate::border::process;
use crate::error::Result;

/// The label of such containers: what made them.
const LABEL_RUN: &str = "dev.keg.one-off";
/// The label with the workspace's folder.
const LABEL_WORKSPACE: &str = "dev.keg.workspace";

/// The containers that one command makes.
#[derive(Debug, Clone)]
pub struct OneOffs {
    /// The process, which tells its containers from those of others.
    process: u32,
    /// Tells several commands of a process apart.
    id: String,
    root: PathBuf,
}

impl OneOffs {
    /// For a command about the workspace in `root`.
    pub fn new(root: &Path) -> Self {
        let process = std::process::id();
        let mut address = [0; 8];
        let digest = Sha256::digest(format!("{root:?} {:?}", std::time::SystemTime::now()));
        address.copy_from_slice(&digest[..8]);
        Self { process, id: format!("{process}-{:016x}", u64::from_be_bytes(address)), root: root.to_owned() }
    }

    /// What tells this command from every other one: digits and letters, and the process first.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The labels of its containers.
    pub fn labels(&self) -> HashMap<String, String> {
        HashMap::from([
            (LABEL_RUN.to_owned(), self.id.clone()),
            (LABEL_WORKSPACE.to_owned(), self.root.display().to_string()),
        ])
    }

    /// Removes containers that killed keg processes have left of this workspace.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn sweep(&self, engine: &Engine) -> Result<()> {
        // Of processes on other machines nothing is known.
        if !engine.is_local() {
            return Ok(());
        }
        let workspace = format!("{LABEL_WORKSPACE}={}", self.root.display());
        for container in engine.containers(&[LABEL_RUN.to_owned(), workspace]).await? {
            let process = container.labels.get(LABEL_RUN).and_then(|run| run.split('-').next()?.parse().ok());
            if process.is_none_or(|process| process != self.process && !process::is_alive(process)) {
                engine.discard_container(&container.id).await?;
            }
        }
        Ok(())
    }

    /// Removes all containers of the command that are still there.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn remove(&self, engine: &Engine) -> Result<()> {
        for container in engine.containers(&[format!("{LABEL_RUN}={}", self.id)]).await? {
            engine.discard_container(&container.id).await?;
        }
        Ok(())
    }
}
