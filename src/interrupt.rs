//! Ctrl-C and SIGTERM: who deals with them.
//!
//! Once a program has asked for a signal, the signal no longer ends it. So the top level listens during every
//! command, and ends the command, unless a part of the command has said that it deals with interrupts. There is one
//! listener, which counts: a part that begins to deal with them just when one arrives gets that one too, whichever of
//! the two the event loop runs first.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The interrupts since keg has started.
#[derive(Debug, Clone, Copy)]
struct Arrived {
    count: u64,
    /// The name of the last signal.
    name: &'static str,
}

/// Counts interrupts, and knows who deals with them.
#[derive(Debug)]
struct Board {
    arrived: watch::Sender<Arrived>,
    /// How many of them somebody has dealt with.
    settled: AtomicU64,
    handlers: AtomicUsize,
}

static BOARD: LazyLock<Board> = LazyLock::new(Board::new);

impl Board {
    fn new() -> Self {
        let arrived = watch::Sender::new(Arrived { count: 0, name: "SIGINT" });
        Self { arrived, settled: AtomicU64::new(0), handlers: AtomicUsize::new(0) }
    }

    /// Notes an interrupt, and gives whether somebody deals with it.
    fn arrive(&self, name: &'static str) -> bool {
        self.arrived.send_modify(|arrived| *arrived = Arrived { count: arrived.count + 1, name });
        let is_handled = self.handlers.load(Ordering::SeqCst) > 0;
        if is_handled {
            self.settled.fetch_max(self.arrived.borrow().count, Ordering::SeqCst);
        }
        is_handled
    }

    fn handled(&'static self) -> Handled {
        self.handlers.fetch_add(1, Ordering::SeqCst);
        Handled(self.interrupts())
    }

    fn interrupts(&'static self) -> Interrupts {
        let seen = self.settled.load(Ordering::SeqCst);
        Interrupts { board: self, receiver: self.arrived.subscribe(), seen }
    }
}

/// The interrupts from now on, and the one that nobody has dealt with yet.
#[derive(Debug)]
struct Interrupts {
    board: &'static Board,
    receiver: watch::Receiver<Arrived>,
    seen: u64,
}

impl Interrupts {
    async fn next(&mut self) -> &'static str {
        let seen = self.seen;
        match self.receiver.wait_for(|arrived| arrived.count > seen).await.map(|arrived| *arrived) {
            Ok(arrived) => {
                self.seen = arrived.count;
                self.board.settled.fetch_max(arrived.count, Ordering::SeqCst);
                arrived.name
            }
            // The sender lives as long as keg.
            Err(_) => std::future::pending().await,
        }
    }
}

/// As long as it lives, its owner deals with interrupts.
#[derive(Debug)]
pub struct Handled(Interrupts);

impl Handled {
    /// The name of the next signal, once there is one: `SIGINT` or `SIGTERM`. None is lost between two calls.
    pub async fn next(&mut self) -> &'static str {
        self.0.next().await
    }

    /// Ready when the user presses Ctrl-C, or the process is asked to end.
    pub async fn requested(&mut self) {
        self.next().await;
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.board.handlers.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Says that the caller deals with interrupts, until the value is dropped.
#[must_use]
pub fn handled() -> Handled {
    BOARD.handled()
}

/// Ready when the user presses Ctrl-C, or the process is asked to end: for a part of what somebody else deals with. It
/// counts from the call on, not from the first wait.
pub fn requested() -> impl Future<Output = ()> {
    let mut interrupts = BOARD.interrupts();
    async move {
        interrupts.next().await;
    }
}

/// Never ready. Meanwhile the end of the terminal does not end the process.
pub async fn ignore_hangups() {
    if let Ok(mut hangups) = signal(SignalKind::hangup()) {
        while hangups.recv().await.is_some() {}
    }
    std::future::pending().await
}

/// Listens for interrupts, and is ready when there is one that nobody deals with. Others hear of them only as long as
/// this is waited for.
pub async fn unhandled() {
    let (Ok(mut interrupts), Ok(mut terminations)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    loop {
        let name = tokio::select! {
            _ = interrupts.recv() => "SIGINT",
            _ = terminations.recv() => "SIGTERM",
        };
        if !BOARD.arrive(name) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn board() -> &'static Board {
        Box::leak(Box::new(Board::new()))
    }

    #[test]
    fn what_nobody_deals_with_ends_the_command() {
        let board = board();
        assert!(!board.arrive("SIGINT"));
        let handled = board.handled();
        assert!(board.arrive("SIGINT"));
        drop(handled);
        assert!(!board.arrive("SIGTERM"));
    }

    #[test]
    fn one_that_arrives_before_the_wait_is_not_lost() {
        let board = board();
        let mut handled = board.handled();
        assert_eq!(handled.next().now_or_never(), None);
        board.arrive("SIGTERM");
        assert_eq!(handled.next().now_or_never(), Some("SIGTERM"));
        assert_eq!(handled.next().now_or_never(), None);
    }

    #[test]
    fn each_of_those_who_wait_gets_it_and_nobody_later() {
        let board = board();
        let mut outer = board.handled();
        let mut inner = board.handled();
        board.arrive("SIGINT");
        assert_eq!(inner.next().now_or_never(), Some("SIGINT"));
        assert_eq!(outer.next().now_or_never(), Some("SIGINT"));
        assert_eq!(board.handled().next().now_or_never(), None);
        assert_eq!(board.interrupts().next().now_or_never(), None);
    }

    #[test]
    fn what_a_part_did_not_wait_for_is_no_concern_of_the_next_part() {
        let board = board();
        let moving = board.handled();
        board.arrive("SIGINT");
        drop(moving);
        assert_eq!(board.handled().next().now_or_never(), None);
    }
}
