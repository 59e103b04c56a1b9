//! An engine that is stopped in the middle, or was never there: exit code 3, a clear text, nothing half written.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Fault, OwnEngine, Proxy, Registry, Run, Workspace};

/// A server of one small file that does not answer before it is told to.
struct SlowServer {
    port: u16,
    asked: Arc<AtomicUsize>,
    answers: Arc<AtomicBool>,
}

impl SlowServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server =
            Self { port: listener.local_addr().unwrap().port(), asked: Arc::default(), answers: Arc::default() };
        let (asked, answers) = (Arc::clone(&server.asked), Arc::clone(&server.answers));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (asked, answers) = (Arc::clone(&asked), Arc::clone(&answers));
                std::thread::spawn(move || {
                    let mut client = client;
                    let _request = client.read(&mut [0; 4096]);
                    asked.fetch_add(1, Ordering::SeqCst);
                    while !answers.load(Ordering::SeqCst) {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n").ok();
                });
            }
        });
        server
    }
}

impl Drop for SlowServer {
    fn drop(&mut self) {
        self.answers.store(true, Ordering::SeqCst);
    }
}

fn start(workspace: &Workspace, arguments: &[&str]) -> Child {
    let mut command = workspace.keg_command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(running: Child) -> Run {
    running.wait_with_output().unwrap().into()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// No file is half written: there is none that keg would not keep.
fn assert_whole(workspace: &Workspace) {
    let names = |folder: &str| {
        let entries = std::fs::read_dir(workspace.path(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(names(".").iter().chain(&names(".keg")).all(|name| !name.ends_with(".new")));
    assert!(!workspace.path("keg.lock").exists(), "nothing from outside was needed");
}

#[test]
fn an_engine_that_stops_during_a_build_or_an_upload() {
    let mut engine = OwnEngine::start();
    let server = SlowServer::start();
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let mut workspace = Workspace::new();
    workspace.env("DOCKER_HOST", engine.address());
    let namespace = workspace.name("tree");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", proxy.host()));
    workspace.file("images/base/Dockerfile", format!("FROM scratch\nADD http://127.0.0.1:{}/file /\n", server.port));
    workspace.file("images/web/Dockerfile", "FROM base\nCOPY web /\n").file("images/web/web", "1\n").commit();

    let running = start(&workspace, &["build", "--push"]);
    wait_until("the build begins", || server.asked.load(Ordering::SeqCst) > 0);
    engine.kill();
    end(running).code(3).complains("lost the connection to the Docker engine").complains("docker info").says("blocked");
    assert_whole(&workspace);
    assert!(registry.catalog().is_empty());

    server.answers.store(true, Ordering::SeqCst);
    engine.run();
    proxy.take_requests();
    proxy.fail("PATCH", Fault::Stall);
    let running = start(&workspace, &["build", "--push"]);
    let mut seen = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !seen.iter().any(|request: &String| request.starts_with("PATCH")) {
        assert!(Instant::now() < deadline, "nothing is uploaded: {seen:#?}");
        seen.extend(proxy.take_requests());
        std::thread::sleep(Duration::from_millis(20));
    }
    engine.kill();
    end(running).code(3).complains("lost the connection to the Docker engine");
    assert_whole(&workspace);
    assert_eq!(registry.tags(&format!("{namespace}/web")), [""; 0], "no tag has moved");

    proxy.stop_failing();
    engine.run();
    let run = workspace.keg(["build", "--push", "--format", "json"]).success();
    let rows = run.json()["images"].as_array().unwrap().clone();
    assert_eq!(rows[0]["result"], "reused", "it was built before its upload began: {rows:#?}");
    assert!(rows.iter().all(|row| row["published"] == true), "{rows:#?}");
    assert_eq!(registry.tags(&format!("{namespace}/web")).len(), 2);
}

#[test]
fn an_engine_that_is_not_there() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let missing = workspace.outside("engine").join("socket");
    workspace.env("DOCKER_HOST", format!("unix://{}", missing.display()));
    workspace.file("keg.yml", format!("registry: {}/tree\nlayout: {{taps: [taps/*]}}\n", registry.host()));
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n").commit();
    let commands: [&[&str]; 8] = [
        &["build"],
        &["build", "--push"],
        &["push"],
        &["pull"],
        &["status"],
        &["start", "web"],
        &["tag", "web", "--tag", "x"],
        &["build", "--dry-run"],
    ];
    for arguments in commands {
        let run = workspace.keg(arguments).code(3);
        run.complains("cannot reach the Docker engine").complains(missing.to_str().unwrap());
        assert_whole(&workspace);
    }
    assert!(registry.catalog().is_empty());
}
