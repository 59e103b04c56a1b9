//! Finds Compose on this machine, with as few process starts as possible: Compose 1.29 takes a quarter of a second
//! only to say its version.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Compose, Flavor};
use crate::border::process::{self, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Where Docker's client looks for plugins beside the user's configuration folder
/// (<https://github.com/docker/cli/blob/master/cli-plugins/manager/manager_unix.go>).
const PLUGIN_FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

impl Compose {
    /// Compose v2 as a plugin of Docker's client, else `docker-compose` on `PATH`, of either generation.
    ///
    /// # Errors
    /// There is none (exit code 3).
    pub async fn find(settings: &Settings) -> Result<Self> {
        // The plugin is a complete program: without Docker's client in between it starts faster, and works where
        // that client is not installed.
        if let Some(plugin) = plugin("docker-compose", settings) {
            return Ok(Self::at(text(&plugin), Flavor::Two));
        }
        let path = settings.variables.get(env_vars::PATH).unwrap_or_default();
        if let Some(docker) = on_path("docker", path, settings) {
            let arguments = ["compose".to_owned(), "version".to_owned(), "--short".to_owned()];
            if process::run(&docker, &arguments, &Options::default()).await.is_ok_and(|finished| finished.is_success())
            {
                return Ok(Self { leading: vec!["compose".to_owned()], ..Self::at(docker, Flavor::Two) });
            }
        }
        match on_path("docker-compose", path, settings) {
            Some(program) => {
                let flavor = flavor(&program).await?;
                Ok(Self::at(program, flavor))
            }
            None => Err(Error::unreachable("Docker Compose was not found")
                .help("Install the plugin `docker-compose-plugin` (Compose v2), or `docker-compose`.")),
        }
    }

    /// This program, of this generation, without looking further.
    pub fn at(program: impl Into<String>, flavor: Flavor) -> Self {
        Self { program: program.into(), leading: Vec::new(), flavor, engine: Vec::new() }
    }
}

/// A plugin of Docker's client.
pub fn plugin(name: &str, settings: &Settings) -> Option<PathBuf> {
    let own = settings.docker_config_folder().join("cli-plugins");
    let home = settings.home().map(|home| home.join(".docker/cli-plugins"));
    let folders = std::iter::once(own).chain(home).chain(PLUGIN_FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

/// A program on `PATH`.
pub fn on_path(name: &str, path: &str, settings: &Settings) -> Option<String> {
    which::which_in(name, Some(path), &settings.current_folder).ok().map(|file| text(&file))
}

fn text(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// A Python script is Compose v1; any other program has to be asked.
async fn flavor(program: &str) -> Result<Flavor> {
    let mut start = [0; 64];
    let length = std::fs::File::open(program).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let start = String::from_utf8_lossy(&start[..length]).into_owned();
    let first_line = start.lines().next().unwrap_or_default();
    if first_line.starts_with("#!") && first_line.contains("python") {
        return Ok(Flavor::One);
    }
    let arguments = ["version".to_owned(), "--short".to_owned()];
    let finished = process::run(program, &arguments, &Options::default()).await?;
    if !finished.is_success() {
        let said = finished.stderr.trim().to_owned();
        return Err(Error::unreachable(format!("`{program} version` failed")).because(said));
    }
    let version = finished.stdout.trim().trim_start_matches('v');
    Ok(if version.starts_with("1.") { Flavor::One } else { Flavor::Two })
}

#[cfg(test)]
mod tests;
