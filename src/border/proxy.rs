//! The proxy that makes taps known by name: keg's own as a program in the background, or Traefik in a container.

mod connection;
mod follow;
mod server;
mod state;
pub mod traefik;

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use follow::list;
pub use state::Record;

use crate::border::engine::Engine;
use crate::border::locks::Locks;
use crate::border::process::{self, Options};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::interrupt;
use crate::settings::Settings;
use state::State;

/// The ports that are tried where none is asked for: the one that needs no mention, and one that every user may use.
pub const USUAL_PORTS: [u16; 2] = [80, 8080];
/// How long a proxy may take to come up, and to end.
const LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked at meanwhile.
const INTERVAL: Duration = Duration::from_millis(20);

/// The user's proxy, running or not.
#[derive(Debug, Clone)]
pub struct LocalProxy {
    settings: Settings,
    state: State,
}

/// Where a proxy listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub address: IpAddr,
    /// The port; one of [`USUAL_PORTS`] if none is asked for.
    pub port: Option<u16>,
}

/// What [`LocalProxy::start`] found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It runs now.
    New(Record),
    /// It ran already.
    Before(Record),
}

/// What runs as the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Runs {
    /// keg's own, as a program.
    Builtin {
        /// Its process id.
        process: u32,
    },
    /// Traefik.
    Traefik {
        /// Its container's name.
        container: String,
        /// The container's image.
        image: String,
    },
}

impl LocalProxy {
    /// The proxy of these settings' user.
    pub fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), state: State::new(settings.state_folder().join("proxy")) }
    }

    /// keg's own proxy, if it runs.
    ///
    /// # Errors
    /// The folder of its state cannot be used.
    pub async fn running(&self) -> Result<Option<Record>> {
        self.state.running().await
    }

    /// Whatever proxy runs for this engine: keg's own, else Traefik.
    ///
    /// # Errors
    /// The state cannot be read, or the engine is out of reach.
    pub async fn any(&self, engine: &Engine) -> Result<Option<Record>> {
        match self.running().await? {
            Some(record) => Ok(Some(record)),
            None => traefik::running(engine).await,
        }
    }

    /// No other keg starts or stops the proxy while this value lives.
    ///
    /// # Errors
    /// The lock cannot be taken.
    pub async fn lock(&self) -> Result<impl Drop + use<>> {
        let locks = Locks::new(&self.settings, &self.state.folder()?);
        let lock = locks.take("keg proxy", || {}).await;
        lock.map_err(|error| Error::failed("waiting for another keg that starts the proxy").cause(error))
    }

    /// Starts keg's own proxy in the background, and waits until it serves. Hold the [`lock`](Self::lock) meanwhile.
    ///
    /// # Errors
    /// The engine is out of reach, the port cannot be used, or the proxy does not come up.
    pub async fn start(&self, wanted: Wanted, engine: &Engine) -> Result<Started> {
        if let Some(record) = self.running().await? {
            return Ok(Started::Before(record));
        }
        engine.version().await?;
        let listener = bind(wanted)?;
        let program =
            std::env::current_exe().map_err(|error| Error::failed("looking up keg's own program").cause(error))?;
        let folder = self.state.folder()?;
        let log = self.state.log();
        std::fs::remove_file(&log).ok();
        let options = Options { cwd: Some(folder), env: engine.endpoint().variables(), ..Options::default() };
        let arguments = ["proxy", "start", "--foreground", "--inherited"];
        let child = process::start_server_in_background(program, arguments, &options, &log, OwnedFd::from(listener))?;
        let deadline = tokio::time::Instant::now() + LIMIT;
        loop {
            if let Some(record) = self.running().await?.filter(|record| record.is_process(child)) {
                return Ok(Started::New(record));
            }
            if !process::is_alive(child) || tokio::time::Instant::now() > deadline {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                let said = if said.trim().is_empty() { "it said nothing".to_owned() } else { said.trim().to_owned() };
                return Err(Error::failed("the proxy does not come up").because(said));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Ends keg's own proxy; `None` where none runs. Hold the [`lock`](Self::lock) meanwhile.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(&self) -> Result<Option<Record>> {
        let Some(record) = self.running().await? else { return Ok(None) };
        for signal in [process::Signal::TERM, process::Signal::KILL] {
            let deadline = tokio::time::Instant::now() + LIMIT;
            let mut is_asked = false;
            while tokio::time::Instant::now() < deadline {
                // The kernel names the process that holds the lock, so that no stranger gets the signal.
                let Some(process) = self.state.holder()? else {
                    self.state.forget();
                    return Ok(Some(record));
                };
                if !is_asked {
                    process::send_signal(process, signal);
                    is_asked = true;
                }
                tokio::time::sleep(INTERVAL).await;
            }
        }
        Err(Error::failed(format!("the proxy at {} does not end", record.address)))
    }

    /// Serves until `ended` is ready, which the caller makes of what it deals with.
    ///
    /// # Errors
    /// A proxy runs already, the port cannot be used, or the engine is out of reach.
    pub async fn serve(
        &self,
        listener: TcpListener,
        engine: Engine,
        events: &Events,
        ended: impl Future<Output = ()>,
    ) -> Result<()> {
        let held = self.state.hold()?;
        let Some(held) = held else {
            return Err(Error::request("a proxy of keg's runs already")
                .help("keg proxy status says where; keg proxy stop ends it"));
        };
        let failed = |error: std::io::Error| Error::failed("the proxy cannot listen").cause(error);
        listener.set_nonblocking(true).map_err(failed)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let follower = follow::Follower::new(engine.clone(), events.clone());
        follower.refresh().await?;
        let record = Record { address, engine: engine.address(), runs: Runs::Builtin { process: std::process::id() } };
        held.write(&record)?;
        events.note(format!("the proxy listens at http://{address}"));
        let served = tokio::select! {
            () = server::serve(&listener, follower.clone()) => Ok(()),
            () = follower.follow() => Ok(()),
            () = ended => Ok(()),
            // The terminal that it was started from may go.
            () = interrupt::ignore_hangups() => Ok(()),
        };
        events.note("the proxy ends");
        held.forget();
        served
    }
}

impl Record {
    fn is_process(&self, id: u32) -> bool {
        self.runs == Runs::Builtin { process: id }
    }

    /// Whether it is Traefik.
    pub fn is_traefik(&self) -> bool {
        matches!(self.runs, Runs::Traefik { .. })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// Listens on the port that is asked for, else on the first of the usual ones that can be had.
///
/// # Errors
/// None can be used.
pub fn bind(wanted: Wanted) -> Result<TcpListener> {
    let mut reasons = Vec::new();
    let ports: &[u16] = match &wanted.port {
        Some(port) => std::slice::from_ref(port),
        None => &USUAL_PORTS,
    };
    for port in ports {
        match TcpListener::bind(SocketAddr::new(wanted.address, *port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => reasons.push((*port, error)),
        }
    }
    let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    let is_forbidden = reasons.iter().any(|(_, error)| error.kind() == std::io::ErrorKind::PermissionDenied);
    let because = reasons.iter().map(|(port, error)| format!("port {port}: {error}")).collect::<Vec<_>>().join("\n");
    let error =
        Error::request(format!("the proxy cannot listen on port {list} of {}", wanted.address)).because(because);
    Err(match (is_forbidden, wanted.port) {
        (true, Some(_)) => error.help(
            "this user may not listen below port 1024: choose another port with --port, or `proxy: {port: 8080}` in \
             keg.yml",
        ),
        _ => error.help("choose another port with --port, or `proxy: {port: …}` in keg.yml"),
    })
}

/// The listener that whoever started this process has put in the place of its standard input.
///
/// # Errors
/// It is none.
pub fn inherited() -> Result<TcpListener> {
    let failed = |error: std::io::Error| Error::request("standard input is no socket to listen on").cause(error);
    let listener = TcpListener::from(std::io::stdin().as_fd().try_clone_to_owned().map_err(failed)?);
    listener.local_addr().map_err(failed)?;
    Ok(listener)
}
