//! The terminal that keg runs in, when a process in a container uses it directly.

use std::io::IsTerminal;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

use crate::error::{Error, Result};

/// How much is read at once.
const CHUNK: usize = 16 * 1024;
/// How many such parts wait to be passed on.
const WAITING: usize = 8;

/// While it lives, the terminal of standard input passes on every key as it is: Ctrl-C is a key like others. It is put
/// back when the value is dropped, also by an error or a panic.
pub struct Raw(Termios);

impl Raw {
    /// Takes the terminal; `None` where standard input is none.
    ///
    /// # Errors
    /// The terminal refuses.
    pub fn enter() -> Result<Option<Self>> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Ok(None);
        }
        let failed = |error: rustix::io::Errno| Error::failed("taking over the terminal").cause(error);
        let before = tcgetattr(&stdin).map_err(failed)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw).map_err(failed)?;
        Ok(Some(Self(before)))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Where the terminal has gone, there is nothing to put back.
        tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0).ok();
    }
}

/// Whether a process in a container can be given the terminal: keg reads from it and writes to it.
pub fn is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// The terminal's width and height in characters; `None` where there is none, or it does not know.
pub fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Tells when the terminal has got another size.
///
/// # Errors
/// The system has no room for it.
pub fn resizes() -> Result<Signal> {
    signal(SignalKind::window_change()).map_err(|error| Error::failed("watching the terminal's size").cause(error))
}

/// What standard input gives, until it ends.
///
/// A thread of its own reads: what waits for a key when the process in the container has ended must not hold up the end
/// of keg.
///
/// # Errors
/// The system has no room for a thread.
pub fn keys() -> Result<Receiver<Vec<u8>>> {
    let (sender, receiver) = channel(WAITING);
    let read = move || {
        let mut buffer = vec![0; CHUNK];
        loop {
            match rustix::io::read(std::io::stdin(), &mut buffer) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("standard input".to_owned()).spawn(read);
    thread.map_err(|error| Error::failed("reading standard input").cause(error))?;
    Ok(receiver)
}
