//! Runs hooks: commands of manifests, on the host, around what keg does.

use std::collections::VecDeque;
use std::path::Path;

use crate::border::engine::Engine;
use crate::border::process::{self, Options};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::plan::HookAction;

/// How many of its last lines are shown of a hook that failed.
const LAST_LINES: usize = 20;

/// A hook that is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'a> {
    /// Its key in the manifest.
    pub name: &'a str,
    /// The image that it belongs to.
    pub image: &'a str,
    /// The command, for the shell.
    pub command: &'a str,
    /// The folder that it runs in.
    pub folder: &'a Path,
    /// Variables beside keg's own environment.
    pub variables: &'a [(String, String)],
}

impl<'a> Hook<'a> {
    /// The hook of a step.
    pub fn of(action: &'a HookAction) -> Self {
        Self {
            name: action.moment.key(),
            image: &action.image,
            command: &action.command,
            folder: &action.folder,
            variables: &action.variables,
        }
    }
}

/// Runs a hook, for which Docker's own programs talk to `engine` too. What it prints are log lines of `step`; it has
/// nothing to read.
///
/// # Errors
/// It ends with another code than 0.
pub async fn run(hook: &Hook<'_>, engine: &Engine, step: &str, events: &Events) -> Result<()> {
    let env = [hook.variables, &engine.endpoint().variables()].concat();
    let options = Options { cwd: Some(hook.folder.to_path_buf()), env, ..Options::default() };
    let mut last = VecDeque::new();
    let log = |line: &str| {
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line.to_owned());
        events.log(step, line);
    };
    let finished = process::run_streaming("sh", ["-c", hook.command], &options, log).await?;
    if finished.is_success() {
        return Ok(());
    }
    let error = Error::failed(format!("the hook {} of {} ended with code {}", hook.name, hook.image, finished.code));
    let said = Vec::from(last).join("\n");
    Err(if said.trim().is_empty() {
        error.because("it printed nothing")
    } else {
        error.because(said.trim().to_owned())
    })
}
