//! Hooks of tap.yml: commands of the host, around what keg does with a tap.

use crate::border::process::{self, Options};
use crate::error::{Error, Result};
use crate::event::{Event, Events};
use crate::workspace::Image;

/// Runs a hook in the tap's folder, with these variables beside keg's own environment. What it prints are log lines of
/// `step`.
///
/// # Errors
/// It ends with another code than 0.
pub async fn run(
    tap: &Image,
    name: &str,
    command: Option<&str>,
    variables: Vec<(String, String)>,
    step: &str,
    events: &Events,
) -> Result<()> {
    let Some(command) = command else { return Ok(()) };
    let options = Options { cwd: Some(tap.folder.clone()), env: variables, ..Options::default() };
    let log = |line: &str| events.send(Event::Log { step: step.to_owned(), line: line.to_owned() });
    let finished = process::run_streaming("sh", ["-c", command], &options, log).await?;
    if finished.is_success() {
        return Ok(());
    }
    Err(Error::failed(format!("the hook {name} of {} ended with code {}", tap.name, finished.code))
        .because(finished.stderr.trim().to_owned()))
}
