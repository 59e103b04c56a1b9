//! Where the engine listens.

use std::fmt;
use std::io::ErrorKind;
use std::net::Ipv6Addr;
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
            "tcp" | "http" | "https" => {
                let port = if endpoint.certificates.is_some() { 2376 } else { 2375 };
                let host = with_port(rest.strip_suffix('/').unwrap_or(rest), port).ok_or_else(|| {
                    refused(endpoint).help(format!(
                        "it is tcp://HOST or tcp://HOST:PORT, with a port from 1 to 65535 ({port} without one)"
                    ))
                })?;
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
    pub(super) fn remedy(&self, kind: ErrorKind, origin: &Origin) -> String {
        match (self, kind) {
            (Self::Unix(_), ErrorKind::PermissionDenied) => {
                "add yourself to the group that owns the socket: `sudo usermod -aG docker $USER`, then log in again"
                    .to_owned()
            }
            (Self::Unix(_), _) => {
                "start it: `sudo systemctl start docker`, or Docker Desktop; if it listens elsewhere, choose its context \
                 (`docker context ls`) or set DOCKER_HOST"
                    .to_owned()
            }
            (Self::Tls { certificates, .. }, ErrorKind::InvalidData) if certificates.join("cert.pem").exists() => {
                let own = certificates.join("cert.pem");
                format!(
                    "see whether the client's certificate is from the engine's authority and has not expired: `openssl \
                     x509 -in {} -noout -issuer -dates`",
                    own.display()
                )
            }
            (Self::Tls { certificates, .. }, ErrorKind::NotFound | ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
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
    let (host, origin) = (without_password(&endpoint.host), &endpoint.origin);
    Error::request(match origin {
        Origin::Host => format!("{origin}={host} is not the address of an engine"),
        _ => format!("{host} is not the address of an engine ({origin})"),
    })
}

/// The address with what may be a password hidden.
fn without_password(host: &str) -> String {
    let hidden = host.rsplit_once('@').and_then(|(login, place)| {
        let user = login.find("://").map_or(0, |scheme| scheme + 3);
        let end = user + login[user..].find(':')?;
        Some(format!("{}:***@{place}", &login[..end]))
    });
    hidden.unwrap_or_else(|| host.to_owned())
}

/// `host:port`, with `port` where the text has none; `None` where it is neither.
fn with_port(text: &str, port: u16) -> Option<String> {
    let (host, own) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            address.parse::<Ipv6Addr>().ok()?;
            (format!("[{address}]"), rest)
        }
        None => {
            let (host, own) = text.split_at(text.find(':').unwrap_or(text.len()));
            (host.to_owned(), own)
        }
    };
    let is_word = !host.is_empty() && !host.contains(|letter: char| letter.is_whitespace() || "/@?#".contains(letter));
    let port = match own.strip_prefix(':') {
        Some(own) => own.parse().ok().filter(|own| *own != 0)?,
        None if own.is_empty() => port,
        None => return None,
    };
    is_word.then(|| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports() {
        let found = |text: &str| with_port(text, 2375);
        assert_eq!(found("box"), Some("box:2375".to_owned()));
        assert_eq!(found("10.0.0.1:1"), Some("10.0.0.1:1".to_owned()));
        assert_eq!(found("[fd00::1]"), Some("[fd00::1]:2375".to_owned()));
        assert_eq!(found("[fd00::1]:2376"), Some("[fd00::1]:2376".to_owned()));
        let wrong = [
            "",
            ":1",
            "box:",
            "box:0",
            "box:65536",
            "box:x",
            "box/path",
            "me@box",
            "a b",
            "fd00::1",
            "[x]:1",
            "[::1]x",
        ];
        for wrong in wrong {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn passwords_are_hidden() {
        assert_eq!(without_password("ssh://me:p@ss@box:22"), "ssh://me:***@box:22");
        assert_eq!(without_password("me:pass@box"), "me:***@box");
        assert_eq!(without_password("ssh://me@box:70000"), "ssh://me@box:70000");
    }
}
