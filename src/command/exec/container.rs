//! A container that lives as long as its one command, whose streams, signals and exit code are keg's.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::border::engine::{ContainerRequest, Engine, Listener, Seat, Speaker};
use crate::command::App;
use crate::command::session::{Ending, Session, Signals};
use crate::error::{Error, Result};

/// How long a command may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// The keys that make the engine leave a container; keg looks for them itself.
const LEAVING_KEYS: &str = "ctrl-p,ctrl-q";

/// Runs the container, and gives the exit code of its command. Nothing of it stays.
///
/// # Errors
/// It cannot be made or started, somebody has ended it, or the engine goes away.
pub async fn run(app: &App, engine: &Engine, request: &ContainerRequest) -> Result<i32> {
    let mut asked = AskedToEnd::listen()?;
    let made = engine.create_container(request).await;
    made.map_err(|error| match error.one_line().contains("bind source path") {
        true => error.help(
            "the engine has other folders than keg, as where keg itself runs in a container: --no-mount runs the \
             command without them",
        ),
        false => error,
    })?;
    let started = tokio::select! {
        started = start(engine, request) => started,
        _ = asked.next() => Err(Error::passed(130)),
    };
    let ended = match started {
        Err(error) => Err(error),
        Ok((output, input)) => tokio::select! {
            ended = converse(app, engine, request, output, input) => ended,
            () = asked.pass_on(engine, &request.name) => Err(Error::passed(130)),
        },
    };
    let removed = engine.discard_container(&request.name).await;
    let code = ended?;
    removed.map(|()| code)
}

async fn start(engine: &Engine, request: &ContainerRequest) -> Result<(Listener, Speaker)> {
    // Joined before, so that nothing of its output is missed.
    let joined = engine.join_container(&request.name, request.terminal, Some(LEAVING_KEYS)).await?;
    engine.start_container(&request.name).await?;
    Ok(joined)
}

async fn converse(
    app: &App,
    engine: &Engine,
    request: &ContainerRequest,
    output: Listener,
    input: Speaker,
) -> Result<i32> {
    let seat = request.terminal.then(|| Seat::Container(request.name.clone()));
    let session = Session { engine, output, input: Some(input), seat, signalled: None };
    if session.run(app).await? == Ending::Left {
        app.ui.note("ended it: a command in an image does not outlive keg");
        return Err(Error::passed(130));
    }
    Ok(i32::try_from(engine.wait_container(&request.name).await?).unwrap_or(1))
}

/// What may ask the command to end, also the end of keg's terminal.
struct AskedToEnd {
    signals: Signals,
    hangups: Signal,
}

impl AskedToEnd {
    fn listen() -> Result<Self> {
        let hangups = signal(SignalKind::hangup());
        let hangups = hangups.map_err(|error| Error::failed("listening for signals").cause(error))?;
        Ok(Self { signals: Signals::new()?, hangups })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            name = self.signals.next() => name,
            _ = self.hangups.recv() => "SIGHUP",
        }
    }

    /// Passes signals on to the command. Ready when it has had its time to end, or is to end at once.
    async fn pass_on(&mut self, engine: &Engine, container: &str) {
        let mut deadline: Option<Instant> = None;
        loop {
            let late = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                name = self.next() => {
                    let asks = !name.starts_with("SIGUSR");
                    if asks && deadline.is_some() || engine.signal_container(container, name).await.is_err() {
                        return;
                    }
                    if asks {
                        deadline = Some(Instant::now() + GRACE);
                    }
                }
                () = late => return,
            }
        }
    }
}
