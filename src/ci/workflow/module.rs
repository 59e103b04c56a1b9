//! Workflows that run the code of an image's folder in the image, where its manifest has a command for that.

use std::collections::BTreeMap;

use super::Site;
use crate::ci::environment::escaped;
use crate::error::{Error, Result};
use crate::manifest::CommandLine;

/// The code of an image's folder, and how it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The folder, from the root of the repository; `.` is the root itself.
    pub folder: String,
    /// The command for a shell, as YAML has texts in double quotes.
    pub command: String,
    /// The path filters: all that lies in the folder.
    pub paths: Vec<String>,
}

/// The modules of a workspace, by their images' names.
///
/// # Errors
/// A command or folder that a workflow cannot hold.
pub fn modules(site: &Site<'_>) -> Result<BTreeMap<String, Module>> {
    let mut modules = BTreeMap::new();
    for (_, image) in site.workspace.iter() {
        let run = image.manifest.ci.as_ref().and_then(|ci| ci.run.as_ref());
        let (Some(run), Some(folder)) = (run, site.place.of(&image.folder)) else { continue };
        let command = match run {
            CommandLine::Shell(text) => text.trim_end().to_owned(),
            CommandLine::Arguments(words) => {
                // What cannot be quoted has a zero byte, and is refused below.
                shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
            }
        };
        let (name, is_in_workflow) = (&image.name, |text: &str| !text.contains("${{") && !text.contains('\0'));
        if !is_in_workflow(&command) || !is_in_workflow(&folder) || folder.chars().any(char::is_control) {
            return Err(Error::request(format!(
                "GitHub would take a part of what runs {name} for an expression of its own"
            ))
            .help("leave `${{` out of `ci: {run: …}}` and of the folder's name, or put the command into a script"));
        }
        let command = serde_json::Value::String(command).to_string();
        let paths = if folder.is_empty() { "**".to_owned() } else { format!("{}/**", escaped(&folder)) };
        let folder = if folder.is_empty() { ".".to_owned() } else { folder };
        modules.insert(image.name.clone(), Module { folder, command, paths: vec![paths] });
    }
    Ok(modules)
}
