//! Stacks of a Swarm, through Docker's command line: the engine's API knows services, but no stacks.

use crate::border::engine::Engine;
use crate::border::process::{self, Finished, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// What a Swarm says of a secret or a config whose file has changed.
const UNCHANGEABLE: &str = "only updates to Labels are allowed";

/// Docker's command line, for an engine that takes orders for a Swarm.
#[derive(Debug, Clone)]
pub struct Swarm {
    program: String,
    variables: Vec<(String, String)>,
}

impl Swarm {
    /// The `docker` on `PATH`.
    ///
    /// # Errors
    /// There is none (exit code 3), or the engine is to be reached through ssh and is out of reach.
    pub async fn find(settings: &Settings, engine: &Engine) -> Result<Self> {
        let path = settings.variables.get(env_vars::PATH).unwrap_or_default();
        let program = which::which_in("docker", Some(path), &settings.current_folder).map_err(|_| {
            Error::unreachable("Docker's command line was not found, which deploys stacks")
                .help("install `docker-cli` (or `docker-ce-cli`), or add the folder of `docker` to PATH")
        })?;
        Ok(Self { program: program.to_string_lossy().into_owned(), variables: engine.variables().await? })
    }

    /// Creates or updates a stack from a compose file's text, and removes services that the file no longer has. The
    /// credentials that this machine has for registries go along. It returns before the services are up.
    ///
    /// # Errors
    /// Docker refuses the file; what it says is passed on.
    pub async fn deploy(&self, stack: &str, file: &str, line: impl FnMut(&str)) -> Result<()> {
        let arguments = ["stack", "deploy", "--with-registry-auth", "--prune", "--resolve-image", "always"];
        let arguments: Vec<&str> = arguments.into_iter().chain(["--compose-file", "-", stack]).collect();
        let finished = self.run(&arguments, file.as_bytes().to_vec(), line).await?;
        if finished.is_success() { Ok(()) } else { Err(refused(&format!("deploying the stack {stack}"), &finished)) }
    }

    /// Removes the services, networks, secrets and configs of a stack. Volumes are kept, and containers end later.
    ///
    /// # Errors
    /// Docker fails; what it says is passed on.
    pub async fn remove(&self, stack: &str, line: impl FnMut(&str)) -> Result<()> {
        let finished = self.run(&["stack", "rm", stack], Vec::new(), line).await?;
        if finished.is_success() { Ok(()) } else { Err(refused(&format!("removing the stack {stack}"), &finished)) }
    }

    async fn run(&self, arguments: &[&str], stdin: Vec<u8>, mut line: impl FnMut(&str)) -> Result<Finished> {
        // What the file holds is interpolated already, so no variables but those of the engine are needed. A terminal's
        // Ctrl-C would end the client between two services.
        let options = Options { env: self.variables.clone(), stdin, outlives: true, ..Options::default() };
        let shown = |text: &str| {
            if !is_chatter(text) {
                line(text)
            }
        };
        process::run_streaming(&self.program, arguments, &options, shown).await
    }
}

fn refused(doing: &str, finished: &Finished) -> Error {
    let said = finished.stderr.lines().filter(|line| !is_chatter(line)).collect::<Vec<_>>().join("\n");
    let said = if said.trim().is_empty() { format!("it ended with code {}", finished.code) } else { said };
    let error = Error::failed(format!("{doing} failed")).because(said.trim().to_owned());
    if !said.contains(UNCHANGEABLE) {
        return error;
    }
    error.help(
        "a Swarm does not change the content of a secret or a config: give it a new name with the new content, as \
         `name: settings-2` beside its `file` in the compose file",
    )
}

/// What says nothing about this deployment.
fn is_chatter(line: &str) -> bool {
    // keg has listed what a stack does not do, and waits by itself.
    [
        "Since --detach=false",
        "In a future release, --detach=false",
        "Ignoring unsupported options",
        "Ignoring deprecated",
    ]
    .iter()
    .any(|start| line.starts_with(start))
        || line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_says_is_passed_on_without_its_chatter() {
        let finished = |stderr: &str| Finished { code: 1, stderr: stderr.to_owned(), ..Finished::default() };
        let chatter = "Since --detach=false was not specified, tasks will be created in the background.\n";
        let said = "failed to update config web_settings: Error response from daemon: rpc error: code = InvalidArgument \
                    desc = only updates to Labels are allowed";
        let error = refused("deploying the stack web", &finished(&format!("{chatter}{said}\n")));
        assert_eq!(error.one_line(), format!("deploying the stack web failed: {said}"));
        assert!(error.remedy().unwrap().contains("name: settings-2"), "{error:?}");
        let error = refused("deploying the stack web", &finished(chatter));
        assert_eq!(
            (error.one_line().as_str(), error.remedy()),
            ("deploying the stack web failed: it ended with code 1", None)
        );
    }
}
