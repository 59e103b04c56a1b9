//! Docker's buildx, which has builders build: `docker buildx bake` with one definition of many images.

use std::path::{Path, PathBuf};

use bollard_buildkit_proto::moby::buildkit::v1::StatusResponse;
use serde_json::Value;

use crate::border::compose::find::{on_path, plugin};
use crate::border::engine::Secret;
use crate::border::process::{self, Options};
use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

mod builder;
mod secret;
mod status;

pub use builder::{Builder, builders};
use secret::Handed;
use status::Documents;
#[cfg(test)]
pub use status::recorded;

/// What the program's file and Docker's subcommand are called.
const PLUGIN: &str = "docker-buildx";

/// The program, and what stands before its own arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buildx {
    program: String,
    leading: Vec<String>,
    /// The variables with which it finds keg's engine.
    engine: Vec<(String, String)>,
}

/// One call of bake.
#[derive(Debug)]
pub struct BakeRequest<'a> {
    /// Who builds.
    pub builder: &'a Builder,
    /// What: the definition, without secrets.
    pub definition: Value,
    /// The targets.
    pub targets: Vec<String>,
    /// Secrets that every target may ask for.
    pub secrets: &'a [Secret],
    /// The folder that the program runs in.
    pub folder: &'a Path,
}

/// How a call ended.
#[derive(Debug, Default)]
pub struct Baked {
    /// Why it failed, in buildx's words; `None` where all targets are built.
    pub failure: Option<String>,
    /// The digests of what was built, by target; of failed calls, nothing.
    pub digests: std::collections::BTreeMap<String, String>,
}

impl Buildx {
    /// The plugin of Docker's client, else Docker's client where that has it.
    ///
    /// # Errors
    /// There is none (exit code 3).
    pub async fn find(settings: &Settings) -> Result<Self> {
        if let Some(plugin) = plugin(PLUGIN, settings) {
            return Ok(Self::at(plugin.to_string_lossy().into_owned(), Vec::new()));
        }
        let path = settings.variables.get(env_vars::PATH).unwrap_or_default();
        if let Some(docker) = on_path("docker", path, settings)
            && process::run(&docker, ["buildx", "version"], &Options::default())
                .await
                .is_ok_and(|finished| finished.is_success())
        {
            return Ok(Self::at(docker, vec!["buildx".to_owned()]));
        }
        Err(Error::unreachable("Docker's buildx was not found, which builders need")
            .help("install the package `docker-buildx-plugin` or `docker-buildx`, or build without --builder"))
    }

    fn at(program: String, leading: Vec<String>) -> Self {
        Self { program, leading, engine: Vec::new() }
    }

    /// The same, which finds keg's engine by these variables: that one gets what is not uploaded.
    #[must_use]
    pub fn at_engine(self, engine: Vec<(String, String)>) -> Self {
        Self { engine, ..self }
    }

    /// Has a builder build, and passes on what it says meanwhile. Dropping the future ends the build.
    ///
    /// # Errors
    /// The program cannot be run, or the files that it gets cannot be written. A build that fails is no error here.
    pub async fn bake(&self, request: BakeRequest<'_>, mut on_status: impl FnMut(StatusResponse)) -> Result<Baked> {
        let unwritten = |error| {
            Error::failed("cannot write the definition of a build")
                .cause(error)
                .help("make the folder for temporary files writable, or free some space")
        };
        let files = tempfile::Builder::new().prefix("keg-bake").tempdir().map_err(unwritten)?;
        // A name that ends so: what comes on stdin is taken for a compose file first, and `$` in it for a variable.
        let (definition, metadata) = (files.path().join("definition.json"), files.path().join("metadata.json"));
        let handed = Handed::new(request.secrets, files.path()).map_err(unwritten)?;
        std::fs::write(&definition, handed.added_to(request.definition).to_string()).map_err(unwritten)?;
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mut arguments = self.leading.clone();
        arguments.extend(["bake".to_owned(), "--builder".to_owned(), request.builder.name.clone()]);
        arguments.extend(["--file".to_owned(), text(&definition), "--metadata-file".to_owned(), text(&metadata)]);
        arguments.extend(["--progress".to_owned(), "rawjson".to_owned()]);
        arguments.extend(request.targets);
        let options = Options {
            cwd: Some(request.folder.to_owned()),
            env: self
                .engine
                .iter()
                .cloned()
                .chain(request.builder.variables())
                .chain(handed.variables())
                // It leaves a folder behind for each Dockerfile that stands in a definition.
                .chain([(env_vars::TMPDIR.to_owned(), files.path().to_string_lossy().into_owned())])
                .collect(),
            own_group: true,
            ..Options::default()
        };
        let (mut documents, mut said) = (Documents::default(), Vec::new());
        let finished = process::run_streaming(&self.program, arguments, &options, |line| match documents.take(line) {
            status::Taken::Status(status) => on_status(status),
            status::Taken::Text => said.push(line.to_owned()),
            status::Taken::Part => {}
        })
        .await?;
        if !finished.is_success() {
            return Ok(Baked { failure: Some(failure(&said, finished.code)), ..Baked::default() });
        }
        let written = std::fs::read(&metadata).unwrap_or_default();
        let written: Value = serde_json::from_slice(&written).unwrap_or_default();
        let digest = |(target, facts): (&String, &Value)| {
            Some((target.clone(), facts.get("containerimage.digest")?.as_str()?.to_owned()))
        };
        let digests = written.as_object().into_iter().flatten().filter_map(digest).collect();
        Ok(Baked { failure: None, digests })
    }
}

/// What the program said last, from its `ERROR:` on.
fn failure(said: &[String], code: i32) -> String {
    let start = said.iter().rposition(|line| line.starts_with("ERROR: "));
    let lines = start.map_or(said, |start| &said[start..]);
    let text = lines.join("\n").trim().trim_start_matches("ERROR: ").to_owned();
    if text.is_empty() { format!("buildx ended with exit code {code} and said nothing") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_is_what_counts() {
        let said = ["WARNING: x", "Dockerfile:1", "ERROR: failed to solve: a", "b"].map(str::to_owned);
        assert_eq!(failure(&said, 1), "failed to solve: a\nb");
        assert_eq!(failure(&["no such flag".to_owned()], 1), "no such flag");
        assert_eq!(failure(&[], 2), "buildx ended with exit code 2 and said nothing");
    }
}
