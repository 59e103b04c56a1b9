//! Connections to the engine: one for each request, since the engine's streams and upgrades use them up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::address::Address;

/// How long a connection over the network may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(15);

/// Why a request got no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// No connection came about.
    #[error(transparent)]
    Connect(io::Error),
    /// The connection broke.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// A connection in both directions.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Address {
    /// Sends `request`, of which only path and query matter as its address, over a connection of its own.
    /// Dropping the response's body closes the connection, and the engine then ends what it was doing for it.
    pub(super) async fn send<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>, TransportError>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.open().await.map_err(TransportError::Connect)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection.with_upgrades());
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
        request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("docker"));
        Ok(sender.send_request(request).await?)
    }

    async fn open(&self) -> io::Result<Box<dyn Connection>> {
        match self {
            Self::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Self::Ssh(tunnel) => Ok(Box::new(tunnel.open().await?)),
            Self::Tcp(host) => Ok(Box::new(open_tcp(host).await?)),
            Self::Tls { host, certificates } => {
                let configuration = tls(certificates).map_err(|error| {
                    let kind =
                        if error.kind() == io::ErrorKind::NotFound { error.kind() } else { io::ErrorKind::InvalidData };
                    io::Error::new(kind, format!("certificates in {}: {error}", certificates.display()))
                })?;
                let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).trim_matches(['[', ']']);
                let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
                let stream = open_tcp(host).await?;
                Ok(Box::new(tokio_rustls::TlsConnector::from(Arc::new(configuration)).connect(name, stream).await?))
            }
        }
    }
}

/// What an engine says that does not accept the client's certificate; `None` for any other error.
pub(super) fn refusal(error: &hyper::Error) -> Option<String> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(rustls::Error::AlertReceived(alert)) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return Some(format!("the engine refuses the client's certificate: {alert:?}"));
        }
        source = error.source();
    }
    None
}

async fn open_tcp(host: &str) -> io::Result<TcpStream> {
    let stream = timeout(LONGEST_CONNECT, TcpStream::connect(host))
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer")))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Trusts `ca.pem` alone, and shows `cert.pem` when it is there, as Docker's own client does.
fn tls(folder: &std::path::Path) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&folder.join("ca.pem"))? {
        roots.add(certificate).map_err(io::Error::other)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots);
    let own = folder.join("cert.pem");
    if !own.exists() {
        return Ok(builder.with_no_client_auth());
    }
    let key = PrivateKeyDer::from_pem_slice(&std::fs::read(folder.join("key.pem"))?).map_err(io::Error::other)?;
    builder.with_client_auth_cert(certificates(&own)?, key).map_err(io::Error::other)
}

fn certificates(file: &std::path::Path) -> io::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(&std::fs::read(file)?).collect::<Result<_, _>>().map_err(io::Error::other)
}
