//! Where the engine listens.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::endpoint::{Endpoint, Origin};
use super::ssh::{Destination, Tunnel};
use crate::error::{Error, Result};

/// The engine's address.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A host and port, without encryption.
    Tcp(String),
    /// A host and port over TLS, with the folder of `ca.pem`, `cert.pem` and `key.pem`.
    Tls {
        /// The host and port.
        host: String,
        /// The folder of certificates.
        certificates: PathBuf,
    },
    /// A socket on another machine, through ssh.
    Ssh(Arc<Tunnel>),
}

impl Address {
    /// The address of an endpoint, as Docker's own client reads it
    /// (<https://docs.docker.com/reference/cli/docker/#environment-variables>).
    ///
    /// # Errors
    /// A scheme that keg cannot use.
    pub(super) fn of(endpoint: &Endpoint) -> Result<Self> {
        let text = &endpoint.host;
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" | "http" | "https" if !rest.is_empty() => {
                let port = if endpoint.certificates.is_some() { 2376 } else { 2375 };
                let host = with_port(rest.trim_end_matches('/'), port);
                Ok(match &endpoint.certificates {
                    None => Self::Tcp(host),
                    Some(certificates) => Self::Tls { host, certificates: certificates.clone() },
                })
            }
            "ssh" => match Destination::parse(rest) {
                Some(destination) => Ok(Self::Ssh(Arc::new(Tunnel::new(destination)?))),
                None => Err(refused(endpoint)
                    .help("it is ssh://USER@HOST, ssh://USER@HOST:PORT, or either with the path of the socket there")),
            },
            _ => Err(refused(endpoint).help(
                "it begins with unix:///, as unix:///var/run/docker.sock, with tcp://, as tcp://host:2376, or with \
                 ssh://, as ssh://user@host",
            )),
        }
    }

    /// What to do when nothing answers there because of `kind`.
    pub(super) fn remedy(&self, kind: std::io::ErrorKind, origin: &Origin) -> String {
        match (self, kind) {
            (Self::Unix(_), std::io::ErrorKind::PermissionDenied) => {
                "add yourself to the group that owns the socket: `sudo usermod -aG docker $USER`, then log in again"
                    .to_owned()
            }
            (Self::Unix(_), _) => {
                "start it: `sudo systemctl start docker`, or Docker Desktop; if it listens elsewhere, choose its context \
                 (`docker context ls`) or set DOCKER_HOST"
                    .to_owned()
            }
            (Self::Tls { certificates, .. }, std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidData) => {
                format!("{} must be a folder with ca.pem, cert.pem and key.pem for this engine", certificates.display())
            }
            (Self::Ssh(tunnel), _) => tunnel.remedy(),
            (Self::Tcp(_) | Self::Tls { .. }, _) => {
                format!("is the engine running there? {origin} says that it is; without it keg uses the next one that is set, or the engine of this machine")
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) | Self::Tls { host, .. } => write!(f, "tcp://{host}"),
            Self::Ssh(tunnel) => write!(f, "ssh://{}", tunnel.destination()),
        }
    }
}

fn refused(endpoint: &Endpoint) -> Error {
    let Endpoint { host, origin, .. } = endpoint;
    Error::request(match origin {
        Origin::Host => format!("{origin}={host} is not the address of an engine"),
        _ => format!("{host} is not the address of an engine ({origin})"),
    })
}

fn with_port(host: &str, port: u16) -> String {
    let after_address = host.rfind(']').map_or(0, |end| end + 1);
    if host[after_address..].contains(':') { host.to_owned() } else { format!("{host}:{port}") }
}
