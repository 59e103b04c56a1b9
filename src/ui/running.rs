//! The thread that shows events while the work goes on.

use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use crate::event::{Event, Events};

use super::Renderer;

/// How often bars move.
const TICK: Duration = Duration::from_millis(100);

/// Events are being shown. When it is finished or dropped, all events sent so far have been shown and bars are gone.
#[derive(Debug)]
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    done: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// An own thread, since the work may keep the runtime's one thread busy.
    pub(super) fn start(renderer: Box<dyn Renderer>) -> (Events, Self) {
        let (events, receiver) = Events::channel();
        let (stop, stopped) = oneshot::channel();
        let (has_finished, done) = oneshot::channel();
        let thread = tokio::runtime::Builder::new_current_thread().enable_time().build().and_then(|runtime| {
            std::thread::Builder::new().name("ui".to_owned()).spawn(move || {
                runtime.block_on(show_all(renderer, receiver, stopped));
                has_finished.send(()).ok();
            })
        });
        match thread {
            Ok(thread) => (events, Self { stop: Some(stop), done: Some(done), thread: Some(thread) }),
            // A machine that can start no thread can still do the work.
            Err(_) => (Events::none(), Self { stop: None, done: None, thread: None }),
        }
    }

    /// Waits until all events sent so far have been shown, and takes the bars away. Events sent later are dropped.
    pub async fn finish(mut self) {
        self.request_stop();
        if let Some(done) = self.done.take() {
            done.await.ok();
        }
    }

    fn request_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.request_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn show_all(
    mut renderer: Box<dyn Renderer>,
    mut receiver: UnboundedReceiver<Event>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = receiver.recv() => match event {
                Some(event) => renderer.show(&event),
                None => break,
            },
            _ = ticks.tick() => renderer.tick(),
            _ = &mut stopped => {
                // A task that outlives the run may hold a sender: what it sends from now on is dropped.
                receiver.close();
                while let Some(event) = receiver.recv().await {
                    renderer.show(&event);
                }
                break;
            }
        }
    }
    renderer.finish();
}
