//! Connects keg's own terminal, or its standard streams, with a process in a container.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::border::engine::{Engine, Listener, Seat, Speaker};
use crate::border::terminal::{self, Keys, Raw};
use crate::command::App;
use crate::detach::{DetachKeys, Typed};
use crate::error::{Error, Result};
use crate::interrupt::{self, Handled};

/// How often a terminal that is only just being made is told its size.
const RESIZES: u32 = 20;
/// The time between them.
const RESIZE_DISTANCE: Duration = Duration::from_millis(50);

/// A process and the ways to it.
pub struct Session<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// What it prints.
    pub output: Listener,
    /// What it reads; `None` if it reads nothing.
    pub input: Option<Speaker>,
    /// Where its terminal is, if it has one.
    pub seat: Option<Seat>,
    /// The container that gets keg's signals, if it does.
    pub signalled: Option<String>,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The process closed its output.
    Closed,
    /// The user left it with Ctrl-P Ctrl-Q.
    Left,
}

impl Session<'_> {
    /// Passes on everything in both directions until the process has ended, or the user leaves it. The terminal is as
    /// it was afterwards, whatever happens.
    ///
    /// # Errors
    /// The terminal or the engine goes away.
    pub async fn run(mut self, app: &App) -> Result<Ending> {
        let raw = if self.seat.is_some() && self.input.is_some() { Raw::enter()? } else { None };
        let mut keys = match self.input {
            Some(_) => Some(Keys::listen()?),
            None => None,
        };
        let mut detach = DetachKeys::default();
        let mut resizes = terminal::resizes()?;
        // Who listens for a signal is no longer ended by it.
        let mut signals = self.signalled.as_ref().map(|_| Signals::new()).transpose()?;
        let seat = self.seat.clone();
        let engine = self.engine;
        let first_size = async {
            let Some(seat) = &seat else { return };
            for _ in 0..RESIZES {
                match terminal::size() {
                    Some(size) if engine.resize(seat, size).await => return,
                    _ => tokio::time::sleep(RESIZE_DISTANCE).await,
                }
            }
        };
        tokio::pin!(first_size);
        let mut is_sized = false;
        loop {
            tokio::select! {
                part = self.output.next() => match part? {
                    Some((output, bytes)) => app.ui.pass(output, &bytes)?,
                    None => return Ok(Ending::Closed),
                },
                typed = next(&mut keys) => match (typed, &mut self.input) {
                    (Some(typed), Some(input)) if raw.is_some() => match detach.take(&typed) {
                        Typed::Pass(bytes) => input.say(&bytes).await,
                        Typed::Leave(bytes) => {
                            input.say(&bytes).await;
                            return Ok(Ending::Left);
                        }
                    },
                    (Some(bytes), Some(input)) => input.say(&bytes).await,
                    (_, input) => {
                        keys = None;
                        if let Some(input) = input {
                            input.end().await;
                        }
                    }
                },
                () = &mut first_size, if !is_sized => is_sized = true,
                _ = resizes.recv() => if let (Some(seat), Some(size)) = (&self.seat, terminal::size()) {
                    self.engine.resize(seat, size).await;
                },
                name = arrived(&mut signals) => if let Some(container) = &self.signalled {
                    self.engine.signal_container(container, name).await?;
                },
            }
        }
    }
}

/// The next keys; never, when there will be none.
async fn next(keys: &mut Option<Keys>) -> Option<Vec<u8>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// The name of the next signal; never, when there is nobody to listen.
async fn arrived(signals: &mut Option<Signals>) -> &'static str {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

/// The signals that a process may be waiting for, and the names of those that keg itself does not listen for.
pub struct Signals {
    handled: Handled,
    others: [(Signal, &'static str); 3],
}

impl Signals {
    /// Begins to listen: from now on none of them ends keg.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|error| Error::failed("listening for signals").cause(error));
        let others = [
            (listen(SignalKind::quit())?, "SIGQUIT"),
            (listen(SignalKind::user_defined1())?, "SIGUSR1"),
            (listen(SignalKind::user_defined2())?, "SIGUSR2"),
        ];
        Ok(Self { handled: interrupt::handled(), others })
    }

    /// The name of the next one.
    pub async fn next(&mut self) -> &'static str {
        let [one, two, three] = &mut self.others;
        tokio::select! {
            name = self.handled.next() => name,
            _ = one.0.recv() => one.1,
            _ = two.0.recv() => two.1,
            _ = three.0.recv() => three.1,
        }
    }
}
