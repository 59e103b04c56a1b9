//! Where the engine listens.

use std::fmt;
use std::path::PathBuf;

use crate::env_vars;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Where the engine listens when nothing says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";

/// The engine's address.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl Address {
    /// The address that `DOCKER_HOST`, `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` mean, as Docker's own client
    /// reads them (<https://docs.docker.com/reference/cli/docker/#environment-variables>).
    ///
    /// # Errors
    /// A scheme that keg cannot use.
    pub(super) fn of(settings: &Settings) -> Result<Self> {
        let text = settings.variables.get(env_vars::DOCKER_HOST).unwrap_or(DEFAULT);
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" | "http" | "https" if !rest.is_empty() => {
                let encrypted = scheme == "https" || settings.variables.get(env_vars::DOCKER_TLS_VERIFY).is_some();
                let host = with_port(rest.trim_end_matches('/'), if encrypted { 2376 } else { 2375 });
                if !encrypted {
                    return Ok(Self::Tcp(host));
                }
                let certificates = match settings.variables.get(env_vars::DOCKER_CERT_PATH) {
                    Some(folder) => settings.current_folder.join(folder),
                    None => settings.docker_config_folder(),
                };
                Ok(Self::Tls { host, certificates })
            }
            "ssh" => Err(Error::request(format!("DOCKER_HOST={text}: an engine over ssh is not supported yet")).help(
                "forward its socket, as `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, and set \
                 DOCKER_HOST=unix:///tmp/docker.sock",
            )),
            _ => Err(Error::request(format!("DOCKER_HOST={text} is not the address of an engine"))
                .help("it begins with unix:///, as unix:///var/run/docker.sock, or with tcp://, as tcp://host:2376")),
        }
    }

    /// What to do when nothing answers there because of `kind`.
    pub(super) fn remedy(&self, kind: std::io::ErrorKind) -> &'static str {
        match (self, kind) {
            (Self::Unix(_), std::io::ErrorKind::PermissionDenied) => {
                "add yourself to the group that owns the socket: `sudo usermod -aG docker $USER`, then log in again"
            }
            (Self::Unix(_), _) => {
                "start it: `sudo systemctl start docker`, or Docker Desktop; if it listens elsewhere, set DOCKER_HOST to \
                 the address that `docker context inspect` shows"
            }
            (Self::Tls { .. }, std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidData) => {
                "DOCKER_CERT_PATH must be a folder with ca.pem, cert.pem and key.pem for this engine"
            }
            (Self::Tcp(_) | Self::Tls { .. }, _) => {
                "is the engine running there, and is DOCKER_HOST right? Unset it to use the engine of this machine"
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) | Self::Tls { host, .. } => write!(f, "tcp://{host}"),
        }
    }
}

fn with_port(host: &str, port: u16) -> String {
    let after_address = host.rfind(']').map_or(0, |end| end + 1);
    if host[after_address..].contains(':') { host.to_owned() } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env_vars::Variables;
    use crate::settings::{Format, Verbosity};

    fn address(pairs: &[(&str, &str)]) -> Result<Address> {
        Address::of(&Settings {
            current_folder: PathBuf::from("/here"),
            workspace: None,
            branch: None,
            environment: None,
            format: Format::Text,
            verbosity: Verbosity::Normal,
            color: false,
            stderr_is_terminal: false,
            interactive: false,
            registry_timeout: std::time::Duration::from_secs(60),
            variables: pairs.iter().copied().collect::<Variables>(),
        })
    }

    #[test]
    fn address_of_environment() {
        let unix = |path: &str| Address::Unix(PathBuf::from(path));
        assert_eq!(address(&[]).unwrap(), unix("/var/run/docker.sock"));
        assert_eq!(address(&[("DOCKER_HOST", "unix:///run/x.sock")]).unwrap(), unix("/run/x.sock"));
        assert_eq!(address(&[("DOCKER_HOST", "tcp://box")]).unwrap(), Address::Tcp("box:2375".into()));
        assert_eq!(address(&[("DOCKER_HOST", "box:99")]).unwrap(), Address::Tcp("box:99".into()));
        assert_eq!(address(&[("DOCKER_HOST", "tcp://[::1]/")]).unwrap(), Address::Tcp("[::1]:2375".into()));
        let tls = [("DOCKER_HOST", "tcp://box"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "certs")];
        assert_eq!(
            address(&tls).unwrap(),
            Address::Tls { host: "box:2376".into(), certificates: PathBuf::from("/here/certs") }
        );
    }

    #[test]
    fn address_that_cannot_be_used() {
        let ssh = address(&[("DOCKER_HOST", "ssh://me@box")]).unwrap_err();
        assert!(ssh.message().contains("ssh is not supported yet"), "{ssh}");
        assert_eq!(ssh.exit_code(), 2);
        assert!(address(&[("DOCKER_HOST", "unix://relative")]).is_err());
        assert!(address(&[("DOCKER_HOST", "npipe:////./pipe/x")]).is_err());
    }
}
