//! Builds that end before their time, from either side.

use std::path::Path;
use std::time::Duration;

use keg::error::Kind;
use keg::event::{Event, Events};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::folder::{Folder, engine, engine_at};

/// The number of processes of this machine of which the command line contains `text`.
fn processes(text: &str) -> usize {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = lines.map(|folder| std::fs::read(folder.path().join("cmdline")).unwrap_or_default());
    lines.filter(|line| String::from_utf8_lossy(line).contains(text)).count()
}

/// Waits until the build has printed its first line.
async fn first_line(events: &mut UnboundedReceiver<Event>) {
    while !matches!(events.recv().await.unwrap(), Event::Log { .. }) {}
}

/// Waits until no process has this name any more.
async fn wait_for_end_of(name: &str) {
    let ended = async {
        while processes(name) > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(20), ended).await.unwrap();
}

#[tokio::test]
async fn a_build_that_is_dropped_ends_on_the_engine() {
    let folder = Folder::new();
    let request = folder.request(&format!("RUN echo begun; sleep 300; echo {}\n", folder.name));
    let (events, mut receiver) = Events::channel();
    let engine = engine();
    tokio::select! {
        built = engine.build(request, &events) => panic!("{built:?}"),
        () = first_line(&mut receiver) => assert!(processes(&folder.name) > 0),
    }
    wait_for_end_of(&folder.name).await;
    assert_eq!(engine.inspect(&folder.reference("test").to_string()).await.unwrap(), None);
}

/// Passes connections on to the engine until it is dropped.
async fn pass_on(listener: UnixListener) {
    let mut connections = JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        connections.spawn(async move {
            let mut engine = UnixStream::connect("/var/run/docker.sock").await.unwrap();
            tokio::io::copy_bidirectional(&mut client, &mut engine).await.ok();
        });
    }
}

#[tokio::test]
async fn an_engine_that_goes_away_during_a_build_is_out_of_reach() {
    let folder = Folder::new();
    let sockets = tempfile::tempdir().unwrap();
    let socket = sockets.path().join("docker.sock");
    let address = |path: &Path| format!("unix://{}", path.display());
    let proxy = tokio::spawn(pass_on(UnixListener::bind(&socket).unwrap()));
    let request = folder.request(&format!("RUN echo begun; sleep 300; echo {}\n", folder.name));
    let (events, mut receiver) = Events::channel();
    let engine = engine_at(&address(&socket));
    let stop = async {
        first_line(&mut receiver).await;
        proxy.abort();
    };
    let (built, ()) = tokio::join!(engine.build(request, &events), stop);
    let error = built.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable, "{error:?}");
    assert!(error.message().starts_with("build web: lost the connection to the Docker engine at unix:///"), "{error}");
    wait_for_end_of(&folder.name).await;
    let error = engine.images().await.unwrap_err();
    assert!(error.message().starts_with("cannot reach the Docker engine"), "{error}");
}
