//! The way from the proxy to a container: a connection for each request, so that none that the container has closed
//! meanwhile is used, and closing it ends what the container does for a client that has gone.

use std::io;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::proxy::Place;

/// How long a connection may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// Why a container gave no answer; each text goes on from "its container is there, and".
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// No connection came about.
    #[error("nothing takes connections at {0}: {1}")]
    Connect(Place, io::Error),
    /// The connection took too long.
    #[error("no connection to {0} came about within {seconds} seconds", seconds = LONGEST_CONNECT.as_secs())]
    Slow(Place),
    /// The connection ended.
    #[error("it closed the connection without an answer")]
    Closed,
    /// Something else than HTTP came back.
    #[error("what it answers is not HTTP")]
    NotHttp,
}

/// A connection to a place.
pub async fn open(place: &Place) -> Result<TcpStream, NoAnswer> {
    let stream = timeout(LONGEST_CONNECT, TcpStream::connect((place.host.as_str(), place.port))).await;
    let stream = stream.map_err(|_| NoAnswer::Slow(place.clone()))?;
    let stream = stream.map_err(|error| NoAnswer::Connect(place.clone(), error))?;
    stream.set_nodelay(true).ok();
    Ok(stream)
}

/// Sends a request. The answer may take as long as it likes; dropping the future or the answer's body closes the
/// connection.
pub async fn send(stream: TcpStream, request: Request<Incoming>) -> Result<Response<Incoming>, NoAnswer> {
    let mut client = hyper::client::conn::http1::Builder::new();
    client.preserve_header_case(true);
    let (mut sender, connection) = client.handshake(TokioIo::new(stream)).await.map_err(no_answer)?;
    tokio::spawn(connection.with_upgrades());
    sender.send_request(request).await.map_err(no_answer)
}

fn no_answer(error: hyper::Error) -> NoAnswer {
    if error.is_parse() { NoAnswer::NotHttp } else { NoAnswer::Closed }
}

/// Joins two connections that speak another protocol from now on, as WebSockets do.
pub fn join(client: OnUpgrade, server: OnUpgrade) {
    tokio::spawn(async move {
        if let (Ok(client), Ok(server)) = tokio::join!(client, server) {
            let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
            // Either side may end it in any way; nobody is left to be told.
            tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
        }
    });
}
