//! Builds that end before their time, from either side.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keg::border::engine::Engine;
use keg::env_vars::Variables;
use keg::error::Kind;
use keg::event::{Event, Events};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::folder::{Folder, engine, engine_at, settings};
use crate::support;

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

/// The socket of the engine of the tests.
fn engine_socket() -> String {
    let variables = Variables::of_process();
    let host = variables.get("DOCKER_HOST").unwrap_or("unix:///var/run/docker.sock");
    host.strip_prefix("unix://").unwrap().to_owned()
}

/// Passes connections on to the engine of the tests until it is dropped.
async fn pass_on(listener: UnixListener) {
    let engine = engine_socket();
    let mut connections = JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let engine = engine.clone();
        connections.spawn(async move {
            let mut engine = UnixStream::connect(engine).await.unwrap();
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

/// Passes encrypted connections on to the engine of the tests.
async fn pass_on_encrypted(listener: TcpListener, configuration: ServerConfig) {
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that does not trust the certificate hangs up.
            let Ok(mut client) = acceptor.accept(client).await else { return };
            let mut engine = UnixStream::connect(engine_socket()).await.unwrap();
            tokio::io::copy_bidirectional(&mut client, &mut engine).await.ok();
        });
    }
}

#[tokio::test]
async fn an_engine_over_tls_is_trusted_by_its_certificate() {
    let folder = Folder::new();
    let certificates = tempfile::tempdir().unwrap();
    let files = support::certificates::write(certificates.path());
    std::fs::copy(&files.authority, certificates.path().join("ca.pem")).unwrap();
    let chain = CertificateDer::pem_file_iter(&files.certificate).unwrap().map(Result::unwrap).collect();
    let configuration = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(&files.key).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let proxy = tokio::spawn(pass_on_encrypted(listener, configuration));
    let engine_with = |folder: &Path| {
        let folder = folder.to_str().unwrap();
        let variables = [("DOCKER_HOST", host.as_str()), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", folder)];
        Engine::connect(&settings(variables.into_iter().collect())).unwrap()
    };
    let engine = engine_with(certificates.path());
    engine.build(folder.request("RUN true\n"), &Events::none()).await.unwrap();
    assert!(engine.inspect(&folder.reference("test").to_string()).await.unwrap().is_some());

    let others = tempfile::tempdir().unwrap();
    let error = engine_with(others.path()).images().await.unwrap_err();
    let missing = format!("{} must be a folder with ca.pem", others.path().display());
    assert!(error.remedy().unwrap().starts_with(&missing), "{error:?}");
    std::fs::copy(support::certificates::write(others.path()).authority, others.path().join("ca.pem")).unwrap();
    let error = engine_with(others.path()).images().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.one_line().contains("certificate"), "{error:?}");
    proxy.abort();
}
