//! The Docker engine, through its API: images, builds, transfers and containers as plain data.
//! Works with engine 20.10 (API 1.41) and newer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bollard::errors::Error as ApiError;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};

use self::address::Address;
use self::transport::TransportError;
use self::unreached::Unreached;
use crate::error::{Error, Result};
use crate::settings::Settings;

mod address;
mod build;
mod container;
mod conversation;
mod detail;
mod distribution;
mod endpoint;
mod exec;
mod files;
mod image;
mod logs;
mod mounts;
mod one_off;
mod package;
mod process;
mod project;
mod service;
mod serving;
mod ssh;
mod stream;
mod swarm;
mod transfer;
mod transport;
mod unreached;

pub use self::build::{BuildRequest, BuildWatch, Built, Credentials, Secret, SecretValue};
pub use self::container::{EngineContainer, PublishedPort};
pub use self::conversation::{Listener, Output, Speaker};
pub use self::detail::ImageDetail;
pub use self::distribution::Seen;
pub use self::endpoint::Endpoint;
pub use self::exec::{ExecRequest, Seat};
pub use self::files::{Comparison, ContainerFacts, Owner, Parcel, Place, Removal};
pub use self::image::EngineImage;
pub use self::logs::{LogRequest, Records};
pub use self::mounts::{Mount, MountKind};
pub use self::one_off::{Condition, OneOff};
pub use self::package::{PackageRequest, Packaged};
pub use self::process::{ContainerRequest, PortRequest, Streams};
pub use self::service::Service;
pub use self::serving::{AttachedNetwork, ServingContainer};
pub use self::swarm::{LABEL_STACK, Membership, SwarmPort, SwarmService, SwarmTask, Update};

/// How long the engine may take to begin its answer to a small question.
const LONGEST_ANSWER: Duration = Duration::from_secs(120);

/// How many times longer than an answer of a registry a silence in a transfer may be: registries take their time to
/// store a large layer, and nothing is heard meanwhile.
const PATIENCE: u32 = 5;

/// A handle on the engine. Cheap to clone; connections are made as calls need them.
#[derive(Debug, Clone)]
pub struct Engine {
    endpoint: Arc<Endpoint>,
    address: Arc<Address>,
    docker: Docker,
    /// How long a transfer may make no progress.
    patience: Duration,
}

/// What the engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// What it runs and builds for by default, as `linux/amd64`.
    pub platform: String,
    /// Its version, as `20.10.24`.
    pub version: String,
    /// The newest API version that it speaks, as `1.41`.
    pub api_version: String,
}

impl Engine {
    /// The engine that is meant, see [`Endpoint::of`]. Nothing is called yet.
    ///
    /// # Errors
    /// There is no such context, or its address is none that keg can use.
    pub fn connect(settings: &Settings) -> Result<Self> {
        let endpoint = Arc::new(Endpoint::of(settings)?);
        let address = Arc::new(Address::of(&endpoint)?);
        let target = Arc::clone(&address);
        let transport = move |request: BollardRequest| {
            let target = Arc::clone(&target);
            async move { send(&target, request).await }
        };
        let docker = Docker::connect_with_custom_transport(
            transport,
            Some("http://docker"),
            LONGEST_ANSWER.as_secs(),
            API_DEFAULT_VERSION,
        )
        .map_err(|error| Error::request(format!("cannot use the engine at {address}")).cause(error))?;
        Ok(Self { endpoint, address, docker, patience: settings.registry_timeout * PATIENCE })
    }

    /// Where it is, as `DOCKER_HOST` has it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Who names it and how.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The variables that make programs which keg runs talk to this engine, as long as keg runs. An engine on another
    /// machine is reached here already, or the programs would wait for it.
    ///
    /// # Errors
    /// ssh cannot connect.
    pub async fn variables(&self) -> Result<Vec<(String, String)>> {
        let Address::Ssh(tunnel) = &*self.address else { return Ok(self.endpoint.variables()) };
        tunnel.open().await.map_err(|error| self.out_of_reach(error))?;
        Ok(self.endpoint.variables_at(&format!("unix://{}", tunnel.path().display())))
    }

    /// Whether it is on this machine, as far as its address tells.
    pub fn is_local(&self) -> bool {
        matches!(*self.address, Address::Unix(_))
    }

    /// Version and platform.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn version(&self) -> Result<EngineVersion> {
        let doing = "asking the engine for its version";
        let version = self.docker.version().await.map_err(|error| self.error(doing, error))?;
        let platform = [version.os, version.arch].map(Option::unwrap_or_default).join("/");
        Ok(EngineVersion {
            platform,
            version: version.version.unwrap_or_default(),
            api_version: version.api_version.unwrap_or_default(),
        })
    }

    /// What the engine builds for by default, as `linux/amd64`.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn platform(&self) -> Result<String> {
        Ok(self.version().await?.platform)
    }

    /// Whether it runs without root's rights, so that root in a container is the user who started it.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn is_rootless(&self) -> Result<bool> {
        let info = self.docker.info().await.map_err(|error| self.error("asking the engine how it runs", error))?;
        Ok(info.security_options.unwrap_or_default().iter().any(|option| option.contains("name=rootless")))
    }

    /// The report of a failed call; `doing` says what it was for.
    fn error(&self, doing: &str, error: ApiError) -> Error {
        match error {
            ApiError::IOError { err } => self.broken(doing, &err),
            ApiError::HyperResponseError { err } => self.ended(doing, err),
            ApiError::RequestTimeoutError => {
                let limit = LONGEST_ANSWER.as_secs();
                self.lost(doing).because(format!("no answer within {limit} seconds"))
            }
            ApiError::DockerResponseServerError { status_code, message } if message.trim().is_empty() => {
                Error::failed(format!("{doing} failed"))
                    .because(format!("{} answers with HTTP status {status_code} and no word", self.address))
                    .help("is it a Docker engine that listens there?")
            }
            ApiError::DockerResponseServerError { message, .. } => {
                Error::failed(format!("{doing} failed")).because(message)
            }
            error => Error::failed(format!("{doing} failed")).cause(error),
        }
    }

    /// The report of a request that got no response.
    fn transport_error(&self, doing: &str, error: TransportError) -> Error {
        match error {
            TransportError::Connect(error) => self.out_of_reach(error),
            TransportError::Http(error) => self.ended(doing, error),
        }
    }

    fn broken(&self, doing: &str, error: &io::Error) -> Error {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Unreached>()) {
            Some(unreached) => self.out_of_reach(unreached.clone()),
            None => self.lost(doing).because(error.to_string()),
        }
    }

    fn out_of_reach(&self, unreached: Unreached) -> Error {
        let Unreached { kind, reason, remedy } = unreached;
        Error::unreachable(format!("cannot reach the Docker engine at {}", self.address))
            .because(reason)
            .help(remedy.unwrap_or_else(|| self.address.remedy(kind, &self.endpoint.origin)))
    }

    /// The report of a connection that ended before its answer.
    fn ended(&self, doing: &str, error: hyper::Error) -> Error {
        match transport::refusal(&error) {
            // With TLS 1.3 an engine refuses a client after the client has taken itself for connected.
            Some(refusal) => self.out_of_reach(refusal),
            None => self.lost(doing).cause(error),
        }
    }

    fn lost(&self, doing: &str) -> Error {
        let lost = Error::unreachable(format!("{doing}: lost the connection to the Docker engine at {}", self.address));
        match &*self.address {
            Address::Ssh(tunnel) => match tunnel.said() {
                said if said.is_empty() => lost.help(tunnel.remedy()),
                said => lost.because(said).help(tunnel.remedy()),
            },
            _ => lost.help(
                "see whether the engine was stopped or restarted: `docker info`; then run the same command again",
            ),
        }
    }
}

/// bollard's way to the engine.
async fn send(address: &Address, request: BollardRequest) -> Result<hyper::Response<hyper::body::Incoming>, ApiError> {
    address.send(request).await.map_err(|error| match error {
        // So that it can be told from a connection that broke.
        TransportError::Connect(error) => ApiError::from(io::Error::new(error.kind, error)),
        TransportError::Http(error) => ApiError::from(error),
    })
}
