//! The session that BuildKit calls back on: gRPC services that keg serves over a connection which it opened itself
//! (<https://github.com/moby/buildkit/tree/master/session>).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use bollard_buildkit_proto::health::health_server::{Health, HealthServer};
use bollard_buildkit_proto::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard_buildkit_proto::moby::buildkit::secrets::v1::secrets_server::{Secrets, SecretsServer};
use bollard_buildkit_proto::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use bollard_buildkit_proto::moby::filesync::packet::file_sync_server::FileSyncServer;
use bollard_buildkit_proto::moby::filesync::v1::auth_server::{Auth, AuthServer};
use bollard_buildkit_proto::moby::filesync::v1::{
    CredentialsRequest, CredentialsResponse, FetchTokenRequest, FetchTokenResponse, GetTokenAuthorityRequest,
    GetTokenAuthorityResponse, VerifyTokenAuthorityRequest, VerifyTokenAuthorityResponse,
};
use bollard_buildkit_proto::moby::sshforward::v1::ssh_server::SshServer;
use bytes::Bytes;
use futures_util::stream::Empty;
use http_body_util::Empty as EmptyBody;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::{Request as HttpRequest, StatusCode};
use hyper_util::rt::TokioExecutor;
use hyper_util::service::TowerToHyperService;
use sha2::{Digest, Sha256};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::agent::AgentSource;
use super::file_sync::FileSource;
use super::{BuildRequest, Credentials, SecretValue};
use crate::border::credentials::Credential;
use crate::border::engine::Engine;
use crate::error::{Error, Result};

/// What BuildKit may call beside that where a Dockerfile asks for an ssh agent.
const METHODS_OF_AGENT: [&str; 2] = ["/moby.sshforward.v1.SSH/CheckAgent", "/moby.sshforward.v1.SSH/ForwardAgent"];

/// What BuildKit may call.
const METHODS: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/moby.filesync.v1.FileSync/DiffCopy",
    "/moby.filesync.v1.Auth/Credentials",
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
];

/// An open session. Dropping it closes the connection.
pub(super) struct Session {
    id: String,
    connection: tokio::task::JoinHandle<()>,
    problem: Problem,
}

/// What went wrong on this side, which says more than what the engine makes of it.
#[derive(Clone, Default)]
pub(super) struct Problem(Arc<Mutex<Option<Error>>>);

impl Problem {
    /// Keeps the first one.
    pub(super) fn set(&self, error: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl Session {
    /// Opens the session of one build.
    ///
    /// # Errors
    /// The engine is out of reach, or has no BuildKit.
    pub(super) async fn open(engine: &Engine, request: &Arc<BuildRequest>) -> Result<Self> {
        let doing = format!("{}: opening a session with BuildKit", request.step);
        let id = unique_id();
        let mut call = HttpRequest::post("/session")
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "h2c")
            .header("X-Docker-Expose-Session-Uuid", &id)
            .header("X-Docker-Expose-Session-Name", "keg")
            .header("X-Docker-Expose-Session-Sharedkey", shared_key(request));
        let of_agent = METHODS_OF_AGENT.iter().filter(|_| !request.agents.is_empty());
        for method in METHODS.iter().chain(of_agent).copied() {
            call = call.header("X-Docker-Expose-Session-Grpc-Method", method);
        }
        let call = call.body(EmptyBody::<Bytes>::new()).map_err(|error| Error::failed(doing.clone()).cause(error))?;
        let response = engine.address.send(call).await.map_err(|error| engine.transport_error(&doing, error))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::failed(format!("{doing} failed"))
                .because(format!("the engine answered {}", response.status()))
                .help("keg needs an engine of version 20.10 or newer, with BuildKit"));
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| engine.lost(&doing).cause(error))?;

        let problem = Problem::default();
        let mut routes = Routes::new(HealthServer::new(Alive))
            .add_service(SecretsServer::new(SecretSource::of(request)))
            .add_service(AuthServer::new(CredentialSource(Arc::clone(&request.credentials))))
            .add_service(FileSyncServer::new(FileSource::new(Arc::clone(request), problem.clone())));
        if !request.agents.is_empty() {
            routes = routes.add_service(SshServer::new(AgentSource::new(Arc::clone(request))));
        }
        let routes = routes.prepare();
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        let connection = server.serve_connection(upgraded, TowerToHyperService::new(routes));
        // How it ends says nothing: the engine closes it without ceremony when the build is over.
        let connection = tokio::spawn(async move { connection.await.unwrap_or(()) });
        Ok(Self { id, connection, problem })
    }

    /// The id by which the build request names it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What went wrong on this side.
    pub(super) fn problem(&self) -> Option<Error> {
        self.problem.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// A session's id must never come again: BuildKit allows one connection for each.
fn unique_id() -> String {
    format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1))
}

/// The key under which BuildKit keeps what was sent, so that the next build of the same folder sends changes only.
fn shared_key(request: &BuildRequest) -> String {
    let folder = request.context.root.display();
    let hash = Sha256::digest(format!("keg\n{folder}\n{}", request.served_name()));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says that keg is still there.
struct Alive;

#[tonic::async_trait]
impl Health for Alive {
    type WatchStream = Empty<Result<HealthCheckResponse, Status>>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: 1 }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("list"))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}

/// Gives secrets to the steps that mount them.
struct SecretSource(HashMap<String, SecretValue>);

impl SecretSource {
    fn of(request: &BuildRequest) -> Self {
        Self(request.secrets.iter().map(|secret| (secret.id.clone(), secret.value.clone())).collect())
    }
}

#[tonic::async_trait]
impl Secrets for SecretSource {
    async fn get_secret(&self, request: Request<GetSecretRequest>) -> Result<Response<GetSecretResponse>, Status> {
        let id = request.into_inner().id;
        // BuildKit lets a step run without a secret that it does not require when the answer is just this.
        let value = self.0.get(&id).ok_or_else(|| Status::not_found(format!("secret {id} not found")))?;
        Ok(Response::new(GetSecretResponse { data: value.reveal().to_vec() }))
    }
}

/// Gives credentials for the registries of base images.
struct CredentialSource(Credentials);

#[tonic::async_trait]
impl Auth for CredentialSource {
    async fn credentials(&self, request: Request<CredentialsRequest>) -> Result<Response<CredentialsResponse>, Status> {
        let host = request.into_inner().host;
        let credentials = Arc::clone(&self.0);
        let credential = tokio::task::spawn_blocking(move || credentials(registry_host(&host))).await;
        let credential = credential.map_err(|_| Status::internal("reading credentials failed"))?;
        Ok(Response::new(match credential {
            Some(Credential::Basic { username, password }) => CredentialsResponse { username, secret: password },
            // Docker's client hands an identity token over without a name.
            Some(Credential::IdentityToken(token)) => CredentialsResponse { username: String::new(), secret: token },
            None => CredentialsResponse::default(),
        }))
    }

    async fn fetch_token(&self, _: Request<FetchTokenRequest>) -> Result<Response<FetchTokenResponse>, Status> {
        Err(Status::unimplemented("fetch_token"))
    }

    async fn get_token_authority(
        &self,
        _: Request<GetTokenAuthorityRequest>,
    ) -> Result<Response<GetTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("get_token_authority"))
    }

    async fn verify_token_authority(
        &self,
        _: Request<VerifyTokenAuthorityRequest>,
    ) -> Result<Response<VerifyTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("verify_token_authority"))
    }
}

/// Docker Hub under the one name that references have for it.
fn registry_host(host: &str) -> &str {
    match host {
        "registry-1.docker.io" | "index.docker.io" | "https://index.docker.io/v1/" => crate::reference::DEFAULT_DOMAIN,
        host => host,
    }
}
