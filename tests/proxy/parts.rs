//! Taps that serve, behind a proxy of their own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::start::parts::{Generation, Taps, free_port};
use crate::support::{command, run};

/// Longer than anything may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A workspace with `proxy: builtin` on a port of its own. Its proxy ends with it.
pub struct Behind {
    pub taps: Taps,
    pub port: u16,
}

impl Behind {
    /// No tap yet, and no proxy: `keg start` starts it. `lines` go into keg.yml.
    pub fn new(generation: Generation, lines: &str) -> Self {
        let port = free_port();
        let taps = Taps::with(generation, &format!("proxy: {{kind: builtin, port: {port}}}\n{lines}"));
        Self { taps, port }
    }

    /// Starts a tap of one service with the tests' server, on the branch main; gives its full name.
    pub fn start(&self, name: &str) -> String {
        let full = self.taps.tap(name, &format!("services:\n  web:\n    environment: {{WORD: {name}}}\n"), "");
        self.taps.workspace.commit();
        self.image(&full, "main");
        self.taps.workspace.keg(["start", &full]).success().says(&self.url(name));
        full
    }

    /// The address of a tap on the branch main.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}:{}", self.host(name), self.port)
    }

    /// Its host.
    pub fn host(&self, name: &str) -> String {
        format!("{}-main.localhost", self.taps.workspace.name(name))
    }

    /// Gives the engine an image with the tests' server, which listens on port 8080.
    pub fn image(&self, name: &str, tag: &str) {
        build(&format!("{name}:{tag}"), &[]);
    }

    /// The routes of this workspace: the engine has those of other tests too.
    pub fn routes(&self) -> Vec<Value> {
        let status = self.taps.workspace.keg(["proxy", "status", "--format", "json"]).success().json();
        let root = self.taps.workspace.root();
        let all = status["routes"].as_array().unwrap().iter();
        all.filter(|route| route["workspace"] == root.to_str().unwrap()).cloned().collect()
    }

    /// The folder of the proxy's state.
    pub fn state(&self) -> PathBuf {
        self.taps.workspace.home().join(".local/state/keg/proxy")
    }

    /// The process that is the proxy.
    pub fn process(&self) -> u32 {
        let status = self.taps.workspace.keg(["proxy", "status", "--format", "json"]).success().json();
        status["proxy"]["process"].as_u64().unwrap().try_into().unwrap()
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.taps.workspace.keg(["proxy", "stop"]);
    }
}

/// Makes an image of the tests' server, on the engine that `engine` (as `--host …`) names.
pub fn build(reference: &str, engine: &[&str]) {
    let mut archive = tar::Builder::new(Vec::new());
    let dockerfile = b"FROM scratch\nCOPY server /\nEXPOSE 8080\nSTOPSIGNAL SIGKILL\nENTRYPOINT [\"/server\"]\n";
    for (name, bytes, mode) in [("Dockerfile", &dockerfile[..], 0o644), ("server", server(), 0o755)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        archive.append_data(&mut header, name, bytes).unwrap();
    }
    let mut build = command("docker");
    build.env("DOCKER_BUILDKIT", "0").args(engine).args(["build", "--quiet", "--tag", reference, "-"]);
    run(&mut build, &archive.into_inner().unwrap()).success();
}

/// The program of `tap_server.rs`, compiled once.
fn server() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("server");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proxy/tap_server.rs");
        let mut rustc = command("rustc");
        rustc.args([
            "--edition",
            "2024",
            "-C",
            "opt-level=1",
            "-C",
            "strip=symbols",
            "-C",
            "target-feature=+crt-static",
        ]);
        run(rustc.arg("-o").arg(&program).arg(source), b"").success();
        std::fs::read(program).unwrap()
    })
}

/// Sends a request to the proxy on `port`: its head without the line of the host, and a body.
pub fn send(port: u16, host: &str, head: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
    let rest: String = rest.lines().map(|line| format!("{line}\r\n")).collect();
    stream.write_all(format!("{first} HTTP/1.1\r\nHost: {host}\r\n{rest}\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream
}

/// The status and body of an answer.
pub fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The status and body of a page.
pub fn request(port: u16, host: &str, path: &str) -> (u16, String) {
    answer(send(port, host, &format!("GET {path}\nConnection: close"), b""))
}

/// The status and body of a page at an address behind a proxy.
pub fn get(url: &str, path: &str) -> (u16, String) {
    let host = url.strip_prefix("http://").unwrap();
    request(host.rsplit(':').next().unwrap().parse().unwrap(), host, path)
}

/// Waits until it holds.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
