//! The registry as a program of its own, in the background.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Runs;
use crate::border::process::{self, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// How long it may take to end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The program, if it is installed: Debian's name, and the upstream one.
pub fn find(settings: &Settings) -> Option<PathBuf> {
    let path = settings.variables.get(env_vars::PATH).unwrap_or_default();
    ["docker-registry", "registry"]
        .iter()
        .find_map(|name| which::which_in(name, Some(path), &settings.current_folder).ok())
}

/// Starts it; its settings, images and log are in `folder`.
pub fn start(program: &Path, port: u16, folder: &Path) -> Result<Runs> {
    let storage = folder.join("storage");
    let settings = serde_json::json!({
        "version": "0.1",
        "storage": { "filesystem": { "rootdirectory": storage }, "delete": { "enabled": true } },
        "http": { "addr": format!("127.0.0.1:{port}") },
    });
    let file = settings_file(folder);
    // JSON is YAML.
    std::fs::write(&file, settings.to_string())
        .map_err(|error| Error::request(format!("{} cannot be written", file.display())).cause(error))?;
    let log = folder.join("log");
    std::fs::remove_file(&log).ok();
    let arguments = [std::ffi::OsStr::new("serve"), file.as_os_str()];
    let process = process::start_in_background(program, arguments, &Options::default(), &log)?;
    Ok(Runs::Program { process, storage })
}

/// Whether the process is the one that [`start`] started: it alone has the settings file among its arguments.
pub async fn runs(process: u32, folder: &Path) -> bool {
    let file = settings_file(folder);
    let file = file.to_string_lossy();
    if Path::new("/proc/self/cmdline").exists() {
        let arguments = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        return arguments.split(|byte| *byte == 0).any(|argument| argument == file.as_bytes());
    }
    let process = process.to_string();
    let listed = process::run("ps", ["-o", "args=", "-p", &process], &Options::default()).await;
    listed.is_ok_and(|finished| finished.stdout.contains(&*file))
}

/// Asks it to end, and ends it when it does not.
pub async fn end(process: u32, folder: &Path) -> Result<()> {
    for signal in ["TERM", "KILL"] {
        let deadline = tokio::time::Instant::now() + END_LIMIT;
        let mut asked = false;
        while tokio::time::Instant::now() < deadline {
            // Looked at before each signal: the process id may belong to somebody else by now.
            if !runs(process, folder).await {
                return Ok(());
            }
            if !asked {
                let script = ["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &process.to_string()];
                process::run("sh", script, &Options::default()).await?;
                asked = true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Err(Error::failed(format!("the registry (process {process}) does not end")))
}

/// What it printed last.
pub fn last_lines(folder: &Path, count: usize) -> String {
    let text = std::fs::read(folder.join("log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn settings_file(folder: &Path) -> PathBuf {
    folder.join("config.yml")
}
