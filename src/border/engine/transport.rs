//! Connections to the engine: one for each request, since the engine's streams and upgrades use them up.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use rustix::net::sockopt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::address::Address;
use super::unreached::Unreached;

/// How long a connection over the network may take, and how long the two ends may take to agree on TLS.
const LONGEST_CONNECT: Duration = Duration::from_secs(15);
/// After how long a silence the other machine is asked whether it is still there, and then how often: what it does may
/// take its time without a word, but a machine that is gone does not say so.
const SILENCE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 6);

/// Why a request got no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// No connection came about.
    #[error(transparent)]
    Connect(Unreached),
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
        let response = sender.send_request(request).await?;
        let is_odd = response.version() == Version::HTTP_10 && response.status() == StatusCode::BAD_REQUEST;
        if is_odd && matches!(self, Self::Tcp(_)) {
            return Err(TransportError::Connect(Unreached::wants_tls()));
        }
        Ok(response)
    }

    async fn open(&self) -> Result<Box<dyn Connection>, Unreached> {
        match self {
            Self::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Self::Ssh(tunnel) => Ok(Box::new(tunnel.open().await?)),
            Self::Tcp(host) => Ok(Box::new(open_tcp(host).await?)),
            Self::Tls { host, certificates } => {
                let connector = tokio_rustls::TlsConnector::from(Arc::new(tls(certificates)?));
                let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).trim_matches(['[', ']']);
                let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
                let stream = open_tcp(host).await?;
                let agreed = within(LONGEST_CONNECT, connector.connect(name, stream)).await;
                Ok(Box::new(agreed.map_err(|error| Unreached::of_handshake(error, certificates))?))
            }
        }
    }
}

/// What an engine says that does not accept the client's certificate; `None` for any other error.
pub(super) fn refusal(error: &hyper::Error) -> Option<Unreached> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(rustls::Error::AlertReceived(alert)) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return Some(Unreached::refused(*alert));
        }
        source = error.source();
    }
    None
}

async fn open_tcp(host: &str) -> io::Result<TcpStream> {
    let stream = within(LONGEST_CONNECT, TcpStream::connect(host)).await?;
    stream.set_nodelay(true)?;
    let (idle, interval, count) = SILENCE;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, idle)?;
    sockopt::set_tcp_keepintvl(&stream, interval)?;
    sockopt::set_tcp_keepcnt(&stream, count)?;
    Ok(stream)
}

async fn within<T>(limit: Duration, connecting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, connecting).await.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer")))
}

/// Trusts `ca.pem` alone, and shows `cert.pem` when it is there, as Docker's own client does.
fn tls(folder: &Path) -> Result<ClientConfig, Unreached> {
    let (authority, own, key) = (folder.join("ca.pem"), folder.join("cert.pem"), folder.join("key.pem"));
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&authority)? {
        roots.add(certificate).map_err(|error| unusable(&authority, &error))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots);
    if !own.exists() {
        return Ok(builder.with_no_client_auth());
    }
    let secret = PrivateKeyDer::from_pem_slice(&read(&key)?).map_err(|error| unusable(&key, &error))?;
    builder.with_client_auth_cert(certificates(&own)?, secret).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            Unreached::new(io::ErrorKind::InvalidInput, format!("{} does not belong to cert.pem", key.display()))
        }
        error => unusable(&own, &error),
    })
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Unreached> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(file)?).collect();
    match found {
        Ok(found) if found.is_empty() => Err(unusable(file, &"no certificate is in it")),
        found => found.map_err(|error| unusable(file, &error)),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Unreached> {
    std::fs::read(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unreached::new(error.kind(), format!("there is no {}", file.display())),
        kind => Unreached::new(kind, format!("reading {}: {error}", file.display())),
    })
}

fn unusable(file: &Path, reason: &dyn std::fmt::Display) -> Unreached {
    Unreached::new(io::ErrorKind::InvalidInput, format!("{} cannot be used: {reason}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_machine_that_goes_silent_is_noticed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = open_tcp(&listener.local_addr().unwrap().to_string()).await.unwrap();
        assert!(sockopt::socket_keepalive(&stream).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&stream).unwrap(), SILENCE.0);
        // It listens, and says nothing.
        let roots = RootCertStore::empty();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("engine").unwrap();
        let agreed = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream);
        let error = within(Duration::from_millis(50), agreed).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let said = || tls(folder.path()).map(|_| ()).unwrap_err().reason.replace(folder.path().to_str().unwrap(), "");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(said(), "there is no /ca.pem");
        write("ca.pem", "nothing");
        assert_eq!(said(), "/ca.pem cannot be used: no certificate is in it");
        let (key, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
        let parameters = rcgen::CertificateParams::new(vec!["engine".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        write("ca.pem", &certificate);
        assert!(tls(folder.path()).is_ok(), "without a certificate of its own");
        write("cert.pem", &certificate);
        assert_eq!(said(), "there is no /key.pem");
        write("key.pem", "nothing");
        assert!(said().starts_with("/key.pem cannot be used: "), "{}", said());
        write("key.pem", &other.serialize_pem());
        assert_eq!(said(), "/key.pem does not belong to cert.pem");
        write("key.pem", &key.serialize_pem());
        assert!(tls(folder.path()).is_ok());
    }
}
