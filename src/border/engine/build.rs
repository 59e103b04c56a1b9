//! Builds images with the engine's BuildKit.
//!
//! keg serves BuildKit a session of its own ([`session`]), through which BuildKit asks for the files that it needs,
//! for secrets and for credentials. What it does meanwhile comes back as the response to the build request.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard_buildkit_proto::moby::buildkit::v1::StatusResponse;
use prost::Message as _;
use serde_json::Value;

use self::progress::Progress;
use self::session::Session;
use super::Engine;
use super::stream::{Message, StreamError, with_query};
use crate::border::credentials::Credential;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::reference::Reference;
use crate::ui::looks_secret;

mod agent;
mod failure;
mod file_sync;
mod place;
mod progress;
mod session;
mod watch;

pub use watch::BuildWatch;

/// Gives the credential for a registry host, as `docker.io` or `localhost:5000`, if there is one.
/// May wait, so it is called off the main loop.
pub type Credentials = Arc<dyn Fn(&str) -> Option<Credential> + Send + Sync>;

/// What is to be built.
#[derive(Clone)]
pub struct BuildRequest {
    /// The name of the step in events and reports, as `build web`.
    pub step: String,
    /// The files that the build may see.
    pub context: Arc<Context>,
    /// The Dockerfile's path as reports show it; the engine gets its last component.
    pub dockerfile_name: String,
    /// The Dockerfile's text as it is sent.
    pub dockerfile_text: String,
    /// The Dockerfile's text as the user wrote it, with the same lines: reports show it.
    pub dockerfile_source: String,
    /// Build args.
    pub build_args: Vec<(String, String)>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// The stage to build, instead of the last one.
    pub target: Option<String>,
    /// What to build for, as `linux/arm64`, instead of the engine's own platform.
    pub platform: Option<String>,
    /// Whether every step runs again.
    pub no_cache: bool,
    /// What the image is called.
    pub tag: Reference,
    /// What `RUN --mount=type=secret` can ask for.
    pub secrets: Vec<Secret>,
    /// The ids of the ssh agents that the Dockerfile asks for with `RUN --mount=type=ssh`: all stand for one.
    pub agents: Vec<String>,
    /// The socket of the user's agent, if there is one.
    pub agent: Option<PathBuf>,
    /// Credentials for the registries of base images.
    pub credentials: Credentials,
}

/// A secret under the id by which a Dockerfile asks for it.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The id.
    pub id: String,
    /// The value.
    pub value: SecretValue,
}

/// Bytes that are never shown.
#[derive(Clone)]
pub struct SecretValue(Arc<[u8]>);

impl SecretValue {
    /// Wraps `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// The bytes.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A build that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The image's id, `sha256:…`.
    pub image_id: String,
    /// The number of Dockerfile steps that were needed, `FROM` not counted.
    pub steps: usize,
    /// The number of them that came from the cache, or from another build that ran at the same time.
    pub cached_steps: usize,
}

impl Engine {
    /// Builds an image. Dropping the future ends the build on the engine.
    ///
    /// # Errors
    /// A step of the Dockerfile fails, a file changes while it is sent, a base image cannot be had, or the engine or
    /// a registry is out of reach. The report shows the instruction and what it printed last.
    pub async fn build(&self, request: BuildRequest, events: &Events) -> Result<Built> {
        let request = Arc::new(request);
        let session = Session::open(self, &request).await?;
        let mut progress = Progress::new(&request.step, secrets(&request), events);
        let ended = self.follow(&request, session.id(), &mut progress).await;
        progress.flush();
        let (steps, cached_steps) = progress.counts();
        match ended {
            Ok(Some(image_id)) => Ok(Built { image_id, steps, cached_steps }),
            Ok(None) => Err(Error::failed(format!("{}: the engine did not say the image's id", request.step))),
            Err(StreamError::Lost(error)) => Err(error),
            // What went wrong on this side says more than what the engine makes of it.
            Err(StreamError::Refused(message)) => {
                Err(session.problem().unwrap_or_else(|| failure::report(&request, &progress, &message)))
            }
        }
    }

    /// Has the image built, and gives its id if the engine told it.
    async fn follow(
        &self,
        request: &BuildRequest,
        session: &str,
        progress: &mut Progress<'_>,
    ) -> Result<Option<String>, StreamError> {
        let mut messages = self.call(&request.step, &build_path(request, session), &[]).await?;
        let mut image_id = None;
        while let Some(message) = messages.next().await? {
            match message {
                Message { id: Some(id), aux: Some(Value::String(aux)), .. } if id == "moby.buildkit.trace" => {
                    let status = STANDARD.decode(aux).ok().and_then(|bytes| StatusResponse::decode(&*bytes).ok());
                    progress.take(status.unwrap_or_default());
                }
                Message { aux: Some(aux), .. } => image_id = aux["ID"].as_str().map(str::to_owned).or(image_id),
                _ => {}
            }
        }
        Ok(image_id)
    }
}

/// The call that has BuildKit build with the files of a session
/// (<https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild>; what it says nothing
/// of is in moby's `api/server/router/build/build_routes.go`).
fn build_path(request: &BuildRequest, session: &str) -> String {
    let object = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        Value::Object(pairs.map(|(name, value)| (name.clone(), value.as_str().into())).collect()).to_string()
    };
    let build_args = object(&mut request.build_args.iter().map(|(name, value)| (name, value)));
    let labels = object(&mut request.labels.iter());
    let tag = request.tag.with_default_tag().to_string();
    let pairs = [
        ("version", "2"),
        ("remote", "client-session"),
        ("session", session),
        ("dockerfile", request.served_name()),
        ("buildargs", &build_args),
        ("labels", &labels),
        ("target", request.target.as_deref().unwrap_or_default()),
        ("platform", request.platform.as_deref().unwrap_or_default()),
        ("nocache", if request.no_cache { "1" } else { "" }),
        ("t", &tag),
    ];
    with_query("/build", &pairs)
}

/// What must not be shown.
fn secrets(request: &BuildRequest) -> Vec<String> {
    let secrets = request.secrets.iter().map(|secret| String::from_utf8_lossy(secret.value.reveal()).into_owned());
    let build_args = request.build_args.iter().filter(|(name, _)| looks_secret(name));
    secrets.chain(build_args.map(|(_, value)| value.clone())).collect()
}

impl BuildRequest {
    /// The name under which the engine gets the Dockerfile.
    fn served_name(&self) -> &str {
        self.dockerfile_name.rsplit('/').next().unwrap_or(&self.dockerfile_name)
    }
}
