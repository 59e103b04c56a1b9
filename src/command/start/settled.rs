//! Which containers have once stayed up, so that the same ones are not waited for again.
//!
//! A container without a health check has to run for a moment before it counts as up: many faults end it at once. The
//! same image with the same settings has shown that it stays. What is remembered is a digest that Compose forms, and no
//! value of a variable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::border::engine::EngineContainer;
use crate::start::watch::fingerprint;
use crate::state;

/// The folder of these records, in the folder of local state.
const FOLDER: &str = "settled";

/// What has stayed up of a project. Nothing where that is not known.
pub fn read(workspace: &Path, project: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path(&workspace.join(state::FOLDER), project)).unwrap_or_default();
    text.lines().map(Into::into).collect()
}

/// Remembers that these containers have stayed up.
pub fn remember(workspace: &Path, project: &str, known: &BTreeSet<String>, containers: &[EngineContainer]) {
    let stayed: BTreeSet<String> = containers.iter().filter_map(fingerprint).collect();
    if stayed == *known {
        return;
    }
    let text: String = stayed.iter().map(|line| format!("{line}\n")).collect();
    // Without the record the next start waits a moment longer.
    let _ = state::folder(workspace).and_then(|folder| {
        std::fs::create_dir_all(folder.join(FOLDER))?;
        std::fs::write(path(&folder, project), text)
    });
}

/// Forgets a project: it did not come up.
pub fn forget(workspace: &Path, project: &str) {
    let _ = std::fs::remove_file(path(&workspace.join(state::FOLDER), project));
}

fn path(state: &Path, project: &str) -> PathBuf {
    state.join(FOLDER).join(project)
}
