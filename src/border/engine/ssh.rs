//! An engine on another machine, reached through ssh: one connection for the whole run, through which a socket of
//! this machine leads to the engine's. Other programs, Compose of either generation among them, use that socket too.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::OnceCell;

use super::unreached::Unreached;
use crate::border::process::{self, Companion, LAST_WORDS, Options};
use crate::error::{Error, Result};

/// Where an engine listens on its machine, unless its address says otherwise.
pub(super) const SOCKET: &str = "/var/run/docker.sock";

/// How long ssh may take to connect and log in.
const LONGEST_LOGIN: Duration = Duration::from_secs(30);

/// How often it is looked whether ssh is through.
const LOOK: Duration = Duration::from_millis(20);

/// Whom ssh connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// The host, or its name in ssh's own configuration, with the user if one is given: `me@box`.
    login: String,
    port: Option<u16>,
    /// The engine's socket there.
    socket: String,
}

impl Destination {
    /// Reads what follows `ssh://`; `None` where it cannot be understood. A password has no place in it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (authority, path) = match text.split_once('/') {
            Some((authority, path)) => (authority, path.trim_end_matches('/')),
            None => (text, ""),
        };
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map(|port| port.parse().ok()).map_or(Some(None), |port: Option<u16>| port.map(Some))?;
        // What begins with a hyphen would be an option of ssh's.
        let is_word = |word: &str| !word.is_empty() && !word.starts_with('-') && !word.contains(char::is_whitespace);
        let is_right = is_word(host) && user.is_none_or(|user| is_word(user) && !user.contains(':'));
        let login = user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
        let socket = if path.is_empty() { SOCKET.to_owned() } else { format!("/{path}") };
        is_right.then_some(Self { login, port, socket })
    }

    /// The host without user and port.
    pub(super) fn host(&self) -> &str {
        self.login.rsplit_once('@').map_or(&self.login, |(_, host)| host)
    }

    /// The engine's socket on its machine.
    pub(super) fn socket(&self) -> &str {
        &self.socket
    }

    /// How a user calls ssh to get there.
    fn command(&self) -> String {
        let port = self.port.map(|port| format!("-p {port} ")).unwrap_or_default();
        format!("ssh {port}{}", self.login)
    }

    fn arguments(&self, local: &Path) -> Vec<String> {
        let options = [
            // A question would be asked behind the progress that is shown; keys and agents need none.
            "BatchMode=yes".to_owned(),
            // Forwards of ssh's own configuration may be taken, by another keg among others.
            "ExitOnForwardFailure=no".to_owned(),
            "ServerAliveInterval=30".to_owned(),
            // Forwards of a connection that is shared would outlive keg.
            "ControlPath=none".to_owned(),
        ];
        let mut arguments: Vec<String> = options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect();
        arguments.extend(["-T".to_owned(), "-L".to_owned(), format!("{}:{}", local.display(), self.socket)]);
        arguments.extend(self.port.into_iter().flat_map(|port| ["-p".to_owned(), port.to_string()]));
        arguments.extend(["--".to_owned(), self.login.clone()]);
        // It reads until keg's end of the connection is closed, however keg ends, and then the connection ends.
        arguments.push("cat".to_owned());
        arguments
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.login.rsplit_once('@') {
            // An address of IPv6 stands in brackets, or its end would be taken for the port.
            Some((user, host)) if host.contains(':') => write!(f, "{user}@[{host}]")?,
            None if self.login.contains(':') => write!(f, "[{}]", self.login)?,
            _ => f.write_str(&self.login)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if self.socket == SOCKET { Ok(()) } else { f.write_str(&self.socket) }
    }
}

/// A socket of this machine that leads to an engine. The connection is made when it is first needed, and ends with this
/// value.
#[derive(Debug)]
pub(super) struct Tunnel {
    destination: Destination,
    /// Holds the socket; nobody else may look into it.
    folder: TempDir,
    ssh: OnceCell<Companion>,
}

impl Tunnel {
    pub(super) fn new(destination: Destination) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("keg-ssh-").tempdir();
        let folder = folder.map_err(|error| Error::failed("making a folder for a socket").cause(error))?;
        Ok(Self { destination, folder, ssh: OnceCell::new() })
    }

    pub(super) fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The socket on this machine.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// Connects once.
    pub(super) async fn open(&self) -> Result<UnixStream, Unreached> {
        let ssh = self.ssh.get_or_try_init(|| self.connect()).await?;
        match UnixStream::connect(self.path()).await {
            Ok(stream) => Ok(stream),
            Err(error) => Err(match (ssh.ended().await, ssh.said()) {
                (None, said) if said.is_empty() => error.into(),
                (None, said) => Unreached::new(error.kind(), said),
                (Some(_), said) => {
                    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                    Unreached::new(error.kind(), format!("the connection through ssh has ended meanwhile{said}"))
                        .help(format!("{}; then run the same command again", self.remedy()))
                }
            }),
        }
    }

    async fn connect(&self) -> Result<Companion, Unreached> {
        let arguments = self.destination.arguments(&self.path());
        let ssh = process::start_beside("ssh", &arguments, &Options::default()).map_err(|error| {
            let unreached = Unreached::new(io::ErrorKind::NotFound, error.one_line());
            unreached.help(error.remedy().unwrap_or("install it: package openssh-client, or openssh"))
        })?;
        let began = Instant::now();
        loop {
            // ssh listens only when it has logged in.
            if let Ok(stream) = UnixStream::connect(self.path()).await {
                self.ask(stream, &ssh).await?;
                return Ok(ssh);
            }
            if let Some(code) = ssh.ended().await {
                let said = ssh.said();
                let said = if said.is_empty() { format!("ssh ended with code {code}") } else { said };
                return Err(self.refused(said));
            }
            if began.elapsed() > LONGEST_LOGIN {
                let reason = format!("ssh is not through after {} seconds", LONGEST_LOGIN.as_secs());
                let reason = if ssh.said().is_empty() { reason } else { format!("{reason}: {}", ssh.said()) };
                return Err(Unreached::new(io::ErrorKind::TimedOut, reason));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sees whether somebody listens at the other end. ssh accepts connections before it knows, and closes them then.
    async fn ask(&self, mut stream: UnixStream, ssh: &Companion) -> Result<(), Unreached> {
        let asked = async {
            stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").await?;
            stream.read_u8().await
        };
        match tokio::time::timeout(LONGEST_LOGIN, asked).await {
            Ok(Ok(_)) => return Ok(()),
            // ssh's own words come another way, and later.
            Ok(Err(_)) => tokio::time::sleep(LAST_WORDS).await,
            Err(_) => {}
        }
        let Destination { login, socket, .. } = &self.destination;
        let reason = format!("ssh is through to {login}, and no engine answers at {socket} there");
        let reason = if ssh.said().is_empty() { reason } else { format!("{reason}: {}", ssh.said()) };
        let command = self.destination.command();
        Err(Unreached::new(io::ErrorKind::NotConnected, reason).help(format!(
            "see whether an engine runs there, and whether {login} may use the socket: `{command} ls -l {socket}`; one \
             that listens elsewhere is ssh://{login}/PATH/OF/SOCKET"
        )))
    }

    /// What ssh says when it does not come through, with a remedy for what it says most often.
    fn refused(&self, said: String) -> Unreached {
        let is_new_host = said.contains("Host key verification failed") && !said.contains("HAS CHANGED");
        let unreached = Unreached::new(io::ErrorKind::ConnectionRefused, said);
        if !is_new_host {
            return unreached;
        }
        let command = self.destination.command();
        unreached.help(format!(
            "ssh does not know this machine yet: run `{command}` once, and compare the key that it shows"
        ))
    }

    /// What ssh has complained of so far.
    pub(super) fn said(&self) -> String {
        self.ssh.get().map(Companion::said).unwrap_or_default()
    }

    /// What to do when nothing comes through.
    pub(super) fn remedy(&self) -> String {
        let Destination { login, socket, .. } = &self.destination;
        let command = self.destination.command();
        format!(
            "see whether `{command} true` works without a question (a key, or an agent), and whether {login} may use \
             {socket} there"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        let shown = |text: &str| Destination::parse(text).map(|one| (one.to_string(), one.socket.clone()));
        let usual = |login: &str| Some((login.to_owned(), SOCKET.to_owned()));
        assert_eq!(shown("box"), usual("box"));
        assert_eq!(shown("me@box/"), usual("me@box"));
        assert_eq!(shown("me@box:2222"), usual("me@box:2222"));
        assert_eq!(shown("me@[fd00::1]:22"), usual("me@[fd00::1]:22"));
        assert_eq!(shown("[fd00::1]"), usual("[fd00::1]"));
        let own = Some(("me@box/run/user/1000/docker.sock".to_owned(), "/run/user/1000/docker.sock".to_owned()));
        assert_eq!(shown("me@box/run/user/1000/docker.sock"), own);
        let wrong =
            ["", "me@", "@box", "-oProxyCommand=x", "-x@box", "me:secret@box", "box:port", "a b", "[::1]2", "fd00::1"];
        for wrong in wrong {
            assert_eq!(Destination::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Destination::parse("me@box:1").unwrap().host(), "box");
    }

    #[test]
    fn ssh_is_told_where_to_go() {
        let destination = Destination::parse("me@box:2222/run/d.sock").unwrap();
        let arguments = destination.arguments(Path::new("/l/sock")).join(" ");
        assert!(arguments.ends_with("-T -L /l/sock:/run/d.sock -p 2222 -- me@box cat"), "{arguments}");
        assert!(arguments.starts_with("-o BatchMode=yes -o ExitOnForwardFailure=no"), "{arguments}");
        let arguments = Destination::parse("me@[fd00::1]").unwrap().arguments(Path::new("/l/sock"));
        assert!(arguments.contains(&"me@fd00::1".to_owned()), "{arguments:?}");
    }
}
