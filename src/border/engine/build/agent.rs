//! Lets `RUN --mount=type=ssh` talk with the user's ssh agent: the keys stay in it, and only signatures travel.

use std::pin::Pin;
use std::sync::Arc;

use bollard_buildkit_proto::moby::sshforward::v1::ssh_server::Ssh;
use bollard_buildkit_proto::moby::sshforward::v1::{BytesMessage, CheckAgentRequest, CheckAgentResponse};
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::BuildRequest;

/// The agent that is meant where a Dockerfile names none.
const DEFAULT: &str = "default";
/// Under which BuildKit says which agent a connection is for.
const ID: &str = "buildkit.ssh.id";
/// How much is read at once: the longest message of an agent is eight times as long.
const CHUNK: usize = 32 * 1024;
/// How many parts may wait for the engine.
const WAITING: usize = 4;

/// What BuildKit's error begins with where the agent cannot be used.
pub(super) const NO_AGENT: &str = "no ssh agent: ";

/// Connects the steps that ask for it with the user's agent, and no others.
pub(super) struct AgentSource(Arc<BuildRequest>);

impl AgentSource {
    pub(super) fn new(request: Arc<BuildRequest>) -> Self {
        Self(request)
    }

    async fn connect(&self, id: &str) -> Result<UnixStream, Status> {
        let id = if id.is_empty() { DEFAULT } else { id };
        if !self.0.agents.iter().any(|asked| asked == id) {
            return Err(Status::not_found(format!("{NO_AGENT}the Dockerfile does not ask for {id}")));
        }
        let Some(socket) = &self.0.agent else {
            return Err(Status::failed_precondition(format!("{NO_AGENT}SSH_AUTH_SOCK is not set")));
        };
        UnixStream::connect(socket).await.map_err(|error| {
            Status::failed_precondition(format!("{NO_AGENT}SSH_AUTH_SOCK is {}: {error}", socket.display()))
        })
    }
}

#[tonic::async_trait]
impl Ssh for AgentSource {
    type ForwardAgentStream = Pin<Box<dyn Stream<Item = Result<BytesMessage, Status>> + Send>>;

    async fn check_agent(&self, request: Request<CheckAgentRequest>) -> Result<Response<CheckAgentResponse>, Status> {
        // BuildKit lets a step run without an agent that it does not require when this is an error.
        self.connect(&request.into_inner().id).await?;
        Ok(Response::new(CheckAgentResponse {}))
    }

    async fn forward_agent(
        &self,
        request: Request<Streaming<BytesMessage>>,
    ) -> Result<Response<Self::ForwardAgentStream>, Status> {
        let id = request.metadata().get(ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let (mut answers, mut questions) = self.connect(&id).await?.into_split();
        let mut asked = request.into_inner();
        tokio::spawn(async move {
            while let Some(Ok(message)) = asked.next().await {
                if questions.write_all(&message.data).await.is_err() {
                    return;
                }
            }
            questions.shutdown().await.ok();
        });
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut chunk = vec![0; CHUNK];
            while let Ok(length) = answers.read(&mut chunk).await
                && length > 0
                && sender.send(Ok(BytesMessage { data: chunk[..length].to_vec() })).await.is_ok()
            {}
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}
