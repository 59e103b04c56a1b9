//! Commands in running containers.

use std::time::Duration;

use bollard::models::ExecConfig;
use bollard::query_parameters::{ResizeContainerTTYOptionsBuilder, ResizeExecOptionsBuilder};
use serde_json::json;

use super::Engine;
use super::conversation::{Listener, Speaker};
use crate::error::Result;

/// How often, and at what distance, the engine is asked for an exit code: it closes the output a moment before it knows.
const TRIES: u32 = 100;
const DISTANCE: Duration = Duration::from_millis(20);

/// A command to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The user, if not the container's.
    pub user: Option<String>,
    /// The folder, if not the container's.
    pub folder: Option<String>,
    /// Further variables.
    pub env: Vec<(String, String)>,
    /// Whether it gets a terminal.
    pub terminal: bool,
    /// Whether it has something to read.
    pub input: bool,
}

/// What the size of a terminal is changed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seat {
    /// A container's.
    Container(String),
    /// A command's.
    Exec(String),
}

impl Engine {
    /// Prepares a command in a container, and gives the id by which it is run.
    ///
    /// # Errors
    /// The container does not run, or the engine is out of reach.
    pub async fn create_exec(&self, container: &str, request: &ExecRequest) -> Result<String> {
        let env = request.env.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let config = ExecConfig {
            attach_stdin: Some(request.input),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(request.terminal),
            env: (!env.is_empty()).then_some(env),
            cmd: Some(request.command.clone()),
            user: request.user.clone(),
            working_dir: request.folder.clone(),
            ..ExecConfig::default()
        };
        let made = self.docker.create_exec(container, config).await;
        Ok(made.map_err(|error| self.error(&format!("running a command in {container}"), error))?.id)
    }

    /// Starts a prepared command, and joins it.
    ///
    /// # Errors
    /// The container has ended, or the engine is out of reach.
    pub async fn start_exec(&self, exec: &str, has_terminal: bool) -> Result<(Listener, Speaker)> {
        let body = json!({ "Detach": false, "Tty": has_terminal }).to_string().into_bytes();
        self.converse("running a command", &format!("/exec/{exec}/start"), body, has_terminal).await
    }

    /// What a command has ended with; `None` if it still runs.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn exec_code(&self, exec: &str) -> Result<Option<i64>> {
        for _ in 0..TRIES {
            let found = self.docker.inspect_exec(exec).await;
            let found = found.map_err(|error| self.error("asking how a command has ended", error))?;
            if found.running == Some(false) {
                return Ok(found.exit_code);
            }
            tokio::time::sleep(DISTANCE).await;
        }
        Ok(None)
    }

    /// Tells a terminal in a container its size in characters. One that is not there yet, or not any more, gets none:
    /// gives whether it did.
    pub async fn resize(&self, seat: &Seat, (columns, rows): (u16, u16)) -> bool {
        match seat {
            Seat::Container(id) => {
                let options = ResizeContainerTTYOptionsBuilder::default().w(columns.into()).h(rows.into()).build();
                self.docker.resize_container_tty(id, options).await.is_ok()
            }
            Seat::Exec(id) => {
                let options = ResizeExecOptionsBuilder::default().w(columns.into()).h(rows.into()).build();
                self.docker.resize_exec(id, options).await.is_ok()
            }
        }
    }
}
