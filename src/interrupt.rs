//! Ctrl-C and SIGTERM: who deals with them.
//!
//! Once a program has asked for a signal, the signal no longer ends it. So the top level waits for it during every
//! command, and ends the command, unless a part of the command has said that it deals with it.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::signal::unix::{SignalKind, signal};

static HANDLERS: AtomicUsize = AtomicUsize::new(0);

/// As long as it lives, its owner deals with interrupts.
#[derive(Debug)]
pub struct Handled(());

impl Drop for Handled {
    fn drop(&mut self) {
        HANDLERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Says that the caller deals with interrupts, until the value is dropped.
#[must_use]
pub fn handled() -> Handled {
    HANDLERS.fetch_add(1, Ordering::SeqCst);
    Handled(())
}

/// Ready when the user presses Ctrl-C, or the process is asked to end.
pub async fn requested() {
    let control_c = tokio::signal::ctrl_c();
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = control_c => if result.is_err() { std::future::pending().await },
        () = terminated => {}
    }
}

/// Never ready. Meanwhile the end of the terminal does not end the process.
pub async fn ignore_hangups() {
    if let Ok(mut hangups) = signal(SignalKind::hangup()) {
        while hangups.recv().await.is_some() {}
    }
    std::future::pending().await
}

/// Ready when there is an interrupt that nobody deals with.
pub async fn unhandled() {
    loop {
        requested().await;
        if HANDLERS.load(Ordering::SeqCst) == 0 {
            return;
        }
    }
}
