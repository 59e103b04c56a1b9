//! Sends files to BuildKit as it asks for them: the sending half of its file synchronisation
//! (<https://github.com/tonistiigi/fsutil>, `send.go`).
//!
//! The sender lists everything, the receiver compares that with what it has kept under the session's shared key and
//! asks for the files that differ, and ends with a packet that the sender answers.

use std::sync::Arc;

use bollard_buildkit_proto::fsutil::types::packet::PacketType;
use bollard_buildkit_proto::fsutil::types::{Packet, Stat};
use bollard_buildkit_proto::moby::filesync::packet::file_sync_server::FileSync;
use futures_util::stream::Empty;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use self::content::{Problematic, Source};
use self::selection::Selection;
use super::BuildRequest;
use super::session::Problem;

mod content;
mod selection;

/// How many packets may wait for the engine: what bounds the memory that a build needs, whatever it sends.
const WAITING_PACKETS: usize = 16;

/// Serves the two folders that BuildKit asks for by name: the build context, and the Dockerfile's.
pub(super) struct FileSource {
    request: Arc<BuildRequest>,
    problem: Problem,
}

type Packets = mpsc::Sender<Result<Packet, Status>>;

impl FileSource {
    /// The folders of `request`; what goes wrong is kept in `problem`.
    pub(super) fn new(request: Arc<BuildRequest>, problem: Problem) -> Self {
        Self { request, problem }
    }
}

#[tonic::async_trait]
impl FileSync for FileSource {
    type DiffCopyStream = ReceiverStream<Result<Packet, Status>>;
    type TarStreamStream = Empty<Result<Packet, Status>>;

    async fn diff_copy(&self, request: Request<Streaming<Packet>>) -> Result<Response<Self::DiffCopyStream>, Status> {
        let folder = request.metadata().get("dir-name").and_then(|name| name.to_str().ok()).unwrap_or_default();
        let source = match folder {
            "context" => Source::of_context(Arc::clone(&self.request), &Selection::of(request.metadata())),
            "dockerfile" => Source::of_dockerfile(self.request.served_name(), &self.request.dockerfile_text),
            other => return Err(Status::not_found(format!("no folder is called {other}"))),
        };
        let (packets, receiver) = mpsc::channel(WAITING_PACKETS);
        let (wanted, wanted_receiver) = mpsc::unbounded_channel();
        let problem = self.problem.clone();
        let sending = packets.clone();
        tokio::task::spawn_blocking(move || send(&source, wanted_receiver, &sending, &problem));
        tokio::spawn(answer(request.into_inner(), wanted, packets));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn tar_stream(&self, _: Request<Streaming<Packet>>) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("tar_stream"))
    }
}

/// Reads what the receiver says, until it has all it needs or has gone.
async fn answer(mut incoming: Streaming<Packet>, wanted: mpsc::UnboundedSender<u32>, packets: Packets) {
    while let Ok(Some(packet)) = incoming.message().await {
        match packet.r#type() {
            // When nobody reads what is wanted, sending has failed, and the receiver will hear of it.
            PacketType::PacketReq => drop(wanted.send(packet.id)),
            PacketType::PacketFin => {
                packets.send(Ok(packet_of(PacketType::PacketFin))).await.ok();
                return;
            }
            PacketType::PacketErr => return,
            PacketType::PacketStat | PacketType::PacketData => {}
        }
    }
}

/// Lists the source, then sends the files that are wanted. Runs on a thread of its own, where it waits for the engine.
fn send(source: &Source, mut wanted: mpsc::UnboundedReceiver<u32>, packets: &Packets, problem: &Problem) {
    for stat in source.stats() {
        let packet = Packet { stat: Some(stat), ..packet_of(PacketType::PacketStat) };
        if packets.blocking_send(Ok(packet)).is_err() {
            return;
        }
    }
    // A packet without an entry ends the list.
    if packets.blocking_send(Ok(packet_of(PacketType::PacketStat))).is_err() {
        return;
    }
    while let Some(id) = wanted.blocking_recv() {
        let sent = source.read(id, |data| {
            let packet = Packet { id, data, ..packet_of(PacketType::PacketData) };
            packets.blocking_send(Ok(packet)).map_err(|_| Problematic::ReceiverGone)
        });
        match sent {
            Ok(()) => {}
            Err(Problematic::ReceiverGone) => return,
            Err(Problematic::Content(error)) => {
                let status = Status::aborted(error.one_line());
                problem.set(error);
                packets.blocking_send(Err(status)).ok();
                return;
            }
        }
        // Data without content ends a file.
        let end = Packet { id, ..packet_of(PacketType::PacketData) };
        if packets.blocking_send(Ok(end)).is_err() {
            return;
        }
    }
}

fn packet_of(kind: PacketType) -> Packet {
    Packet { r#type: kind.into(), stat: None, id: 0, data: Vec::new() }
}

/// Everything that is not said of a file is nothing: it belongs to root, and has no attributes.
fn stat_of(path: &str, mode: u32) -> Stat {
    Stat { path: path.to_owned(), mode, ..Stat::default() }
}
