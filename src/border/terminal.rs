//! The terminal that keg runs in, when a process in a container uses it directly.

use std::io::IsTerminal;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};

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

/// What standard input gives. When this value is dropped, nothing more is read: the rest is for whoever comes next.
pub struct Keys {
    parts: Receiver<Vec<u8>>,
    /// Closing it ends the thread that reads.
    _open: OwnedFd,
}

impl Keys {
    /// Begins to read, in a thread of its own: what waits for a key must not hold up the end of keg.
    ///
    /// # Errors
    /// The system has no room for a thread.
    pub fn listen() -> Result<Self> {
        let failed = |error: std::io::Error| Error::failed("reading standard input").cause(error);
        let (closed, open) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        let (sender, parts) = channel(WAITING);
        let thread = std::thread::Builder::new().name("standard input".to_owned());
        thread.spawn(move || read(&closed, &sender)).map_err(failed)?;
        Ok(Self { parts, _open: open })
    }

    /// The next part; `None` when standard input has ended.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.parts.recv().await
    }
}

/// Reads until there is no more, or nobody wants it.
fn read(closed: &OwnedFd, sender: &Sender<Vec<u8>>) {
    let stdin = std::io::stdin();
    let mut buffer = vec![0; CHUNK];
    loop {
        let mut waited = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(closed, PollFlags::IN)];
        match poll(&mut waited, None) {
            Ok(_) if waited[1].revents().is_empty() => {}
            Err(rustix::io::Errno::INTR) => continue,
            Ok(_) | Err(_) => return,
        }
        match rustix::io::read(&stdin, &mut buffer) {
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Ok(0) | Err(_) => return,
            Ok(length) => {
                if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        }
    }
}
