//! How the proxy is started and ended.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use super::parts::eventually;
use crate::start::parts::free_port;
use crate::support::{Run, Workspace, command, engine, run};

/// A folder without a workspace, whose proxy ends with it.
struct Alone(Workspace);

impl Alone {
    fn new() -> Self {
        engine();
        Self(Workspace::new())
    }

    fn state(&self) -> std::path::PathBuf {
        self.0.home().join(".local/state/keg/proxy")
    }

    fn status(&self) -> serde_json::Value {
        self.0.keg(["proxy", "status", "--format", "json"]).success().json()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.keg(["proxy", "stop"]);
    }
}

fn start(port: u16) -> Vec<String> {
    ["proxy", "start", "--kind", "builtin", "--port", &port.to_string()].map(str::to_owned).into()
}

fn signal(name: &str, process: &str) {
    run(command("kill").args(["-s", name, process]), b"").success();
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn one_runs_until_it_is_stopped() {
    let alone = Alone::new();
    let keg = &alone.0;
    let port = free_port();
    keg.keg(["proxy", "status"]).success().says("no proxy of keg's is running");
    keg.keg(["proxy", "stop"]).success().says("no proxy of keg's is running");
    let mut dry = start(port);
    dry.push("--dry-run".to_owned());
    keg.keg(&dry).success().says(&format!("start keg's own proxy on port {port} of 127.0.0.1"));
    assert!(!listens(port));

    // Of several at once one starts it, and all end well.
    let begin = || -> Child {
        keg.keg_command(start(port)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let begun: Vec<Child> = (0..4).map(|_| begin()).collect();
    let said: Vec<String> =
        begun.into_iter().map(|one| Run::from(one.wait_with_output().unwrap()).success().stdout).collect();
    assert_eq!(said.iter().filter(|text| text.contains("the proxy runs at")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|text| text.contains("runs already at")).count(), 3, "{said:?}");
    let status = alone.status();
    assert_eq!((&status["state"], &status["proxy"]["kind"]), (&"running".into(), &"builtin".into()));
    assert_eq!(status["proxy"]["address"], format!("127.0.0.1:{port}"));
    keg.keg(["proxy", "start", "--foreground", "--port", &free_port().to_string()]).code(2).complains("runs already");
    keg.keg(&dry).success().says("nothing: the proxy runs already");

    // The terminal may go.
    let process = status["proxy"]["process"].to_string();
    signal("HUP", &process);
    assert!(listens(port));
    keg.keg(["proxy", "stop", "--dry-run"]).success().says("stop the proxy at");
    assert!(listens(port));
    keg.keg(["proxy", "stop"]).success().says("has stopped");
    assert!(!listens(port));
    assert!(!std::fs::read_to_string(alone.state().join("log")).unwrap().contains("interrupted"));
}

#[test]
fn what_a_killed_proxy_leaves_means_nothing() {
    let alone = Alone::new();
    let port = free_port();
    alone.0.keg(start(port)).success();
    let process = alone.status()["proxy"]["process"].to_string();
    signal("KILL", &process);
    eventually("it is gone", || !listens(port));
    let record = alone.state().join("running.json");
    assert!(record.exists());
    // Its number belongs to somebody else by now: to this test.
    let text = std::fs::read_to_string(&record).unwrap().replace(&process, &std::process::id().to_string());
    std::fs::write(&record, text).unwrap();
    assert_eq!(alone.status()["state"], "stopped");
    alone.0.keg(["proxy", "stop"]).success().says("no proxy of keg's is running");
    alone.0.keg(start(port)).success().says("the proxy runs at");
    assert_ne!(alone.status()["proxy"]["process"].to_string(), process);
}

#[test]
fn ports_and_engines_that_cannot_be_used() {
    let mut alone = Alone::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = alone.0.keg(start(port)).code(2);
    refused.complains(&format!("cannot listen on port {port}")).complains("choose another port with --port");
    alone.0.keg(["proxy", "start", "--port", "0"]).code(2);
    alone.0.keg(["proxy", "start", "--listen", "localhost"]).code(2);
    let own = free_port();
    alone.0.env("DOCKER_HOST", "unix:///no/such/socket");
    alone.0.keg(start(own)).code(3).complains("cannot reach the Docker engine");
    let foreground = ["proxy", "start", "--foreground", "--port", &own.to_string()].map(str::to_owned);
    alone.0.keg(foreground).code(3).complains("cannot reach the Docker engine");
    assert!(!listens(own));
}

#[test]
fn in_the_foreground_it_ends_with_ctrl_c() {
    let alone = Alone::new();
    let port = free_port();
    let port_text = port.to_string();
    let mut keg =
        alone.0.keg_command(["proxy", "start", "--foreground", "--listen", "127.0.0.2", "--port", &port_text]);
    let running = keg.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("it listens", || TcpStream::connect(("127.0.0.2", port)).is_ok());
    assert!(!listens(port));
    eventually("it says so", || alone.status()["proxy"]["address"] == format!("127.0.0.2:{port}"));
    signal("INT", &running.id().to_string());
    let ended = Run::from(running.wait_with_output().unwrap()).success();
    ended.complains(&format!("the proxy listens at http://127.0.0.2:{port}"));
    assert_eq!(alone.status()["state"], "stopped");
}
