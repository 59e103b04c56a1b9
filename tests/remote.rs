//! Engines on other machines: over TLS with client certificates, and through ssh.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::start::parts::{get, server, tools};
use crate::start::watch::program::eventually;
use crate::support::{Agent, Registry, RemoteEngine, Run, Workspace, command, docker, end, run, unique};

/// A workspace of base → hub → tap whose registry both this machine and the engine reach.
struct Team {
    workspace: Workspace,
    registry: Registry,
    engine: RemoteEngine,
    tap: String,
}

impl Team {
    fn new() -> Self {
        let mut team = Self::with_registry_here();
        team.engine.pass_on(team.registry.port());
        team
    }

    /// One whose registry is at an address that means another one on the engine's machine.
    fn with_registry_here() -> Self {
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let registry = Registry::start();
        let engine = RemoteEngine::start();
        engine.copy_image(&root);
        let name = |name: &str| workspace.name(name);
        let (base, hub, tap) = (name("base"), name("hub"), name("web"));
        workspace.file("keg.yml", format!("registry: {}\n", registry.host())).file(".gitignore", ".keg/\n");
        workspace.file("base/Dockerfile", format!("FROM {root}\nRUN echo base > /base\n"));
        workspace.file("base/image.yml", format!("name: {base}\n"));
        workspace
            .file("hub/core/Dockerfile", format!("FROM {base}\nCOPY core.txt /\n"))
            .file("hub/core/core.txt", "1\n");
        workspace.file("hub/core/image.yml", format!("name: {hub}\ntests: [{{run: cat /core.txt, expect: \"1\"}}]\n"));
        workspace
            .file("taps/web/Dockerfile", format!("FROM {hub}\nCOPY src /src\n"))
            .file("taps/web/src/page", "one\n");
        workspace.file(
            "taps/web/tap.yml",
            format!("name: {tap}\ncompose: compose.yml\nwatch: [{{path: src, target: /src}}]\n"),
        );
        let compose = server("web", "    ports: [\"80\"]\n    volumes: [\"./src:/mounted\"]\n");
        workspace.file("taps/web/compose.yml", format!("services:\n{compose}"));
        workspace.commit();
        Self { workspace, registry, engine, tap }
    }

    /// Has the variables name the engine over TLS.
    fn over_tls(&mut self) -> (String, String) {
        let (address, certificates) = (self.engine.tls_address(), self.engine.certificates());
        let certificates = certificates.to_str().unwrap().to_owned();
        self.workspace
            .env("DOCKER_HOST", &address)
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", &certificates);
        (address, certificates)
    }

    /// What the engine's containers of the tap are.
    fn containers(&self) -> String {
        self.engine.docker(["ps", "--format", "{{.Names}} {{.Image}}"]).success()
    }
}

/// The main job, with an engine that the variables or these flags name.
fn main_job(team: &Team, flags: &[&str]) {
    let command_of = |arguments: &[&str]| team.workspace.keg_command([flags, arguments].concat());
    let keg = |arguments: &[&str]| Run::of(command_of(arguments), "");
    let tap = team.tap.as_str();
    let built = keg(&["build", "--push", "--test", "--format", "json"]).success().json();
    assert_eq!(built["images"].as_array().unwrap().len(), 3, "{built}");
    assert_eq!(team.registry.tags(tap).len(), 2, "main and the content tag");
    let on_engine = team.engine.docker(["images", "--format", "{{.Repository}}:{{.Tag}}"]).success();
    assert!(on_engine.contains(&format!("{tap}:main")), "{on_engine}");
    let here = docker(["images", "--format", "{{.Repository}}"]).success();
    assert!(!here.lines().any(|name| name.ends_with(tap)), "nothing is built on this machine's engine");

    let source = team.workspace.path("taps/web/src");
    let mounted = format!("web mounts {} of this machine at /mounted", source.display());
    keg(&["start", tap, "--dry-run"]).success().complains(&mounted);
    assert_eq!(team.containers(), "", "nothing runs yet");
    let started = keg(&["start", tap, "--format", "json"]).success();
    assert!(started.stderr.contains(&mounted), "{}", started.stderr);
    let url = started.json()["services"][0]["urls"][0].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("http://{}:", team.engine.host())), "{url}");
    assert_eq!(get(&url), "page\n");
    assert!(team.containers().contains(&format!("{tap}:main")), "{}", team.containers());

    keg(&["exec", tap, "cat", "/src/page"]).success().says("one");
    keg(&["logs", tap]).success().says("serving");
    let mut following = command_of(&["logs", "--follow", tap]);
    let mut following = following.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(following.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("serving"), "{first}");
    run(command("kill").args(["-INT", &following.id().to_string()]), b"").success();
    end(&mut following);
    let listed = keg(&["ps", "--format", "json"]).success().stdout;
    assert!(listed.contains(&url), "{listed}");
    let talked = Run::of(command_of(&["exec", tap, "sh", "-c", "read word; echo got $word; exit 7"]), "it\n").code(7);
    assert_eq!(talked.stdout, "got it\n");
    let before = team.engine.docker(["ps", "--quiet"]).success();
    let restarted = keg(&["restart", tap, "--format", "json"]).success().json();
    assert_ne!(team.engine.docker(["ps", "--quiet"]).success(), before);
    let url = restarted["services"][0]["urls"][0].as_str().unwrap().to_owned();
    assert_eq!(get(&url), "page\n");
    keg(&["exec", tap, "sh", "-c", "echo new > /made"]).success();
    let mut watching = command_of(&["watch", tap]);
    let mut watching = watching.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    team.workspace.file("taps/web/src/page", "two\n");
    eventually("a change", || keg(&["exec", tap, "cat", "/src/page"]).stdout == "two\n");
    run(command("kill").args(["-INT", &watching.id().to_string()]), b"").success();
    assert!(end(&mut watching).success());
    keg(&["package", tap, "--tag", "packed", "--format", "json"]).success();
    assert!(team.registry.tags(tap).contains(&"packed".to_owned()), "{:?}", team.registry.tags(tap));
    keg(&["stop", tap]).success();
    assert!(!team.containers().contains(tap));

    // What is in the registry is pulled there, and not built again.
    team.engine.docker(["image", "rm", "--force", &format!("{}/{tap}:main", team.registry.host())]);
    keg(&["start", tap, "--from", &format!("{}/{tap}:packed", team.registry.host())]).success();
    keg(&["exec", tap, "cat", "/made"]).success().says("new");
    keg(&["stop", tap]).success();
    let here = docker(["ps", "--all", "--format", "{{.Names}} {{.Image}}"]).success();
    assert!(!here.contains(tap), "nothing has run on this machine: {here}");
}

#[test]
fn the_main_job_over_tls() {
    let mut team = Team::new();
    let (address, certificates) = team.over_tls();
    main_job(&team, &[]);
    // The user's ssh agent is asked from there.
    let agent = Agent::start();
    let dockerfile = std::fs::read_to_string(team.workspace.path("base/Dockerfile")).unwrap();
    team.workspace
        .file("base/Dockerfile", format!("{dockerfile}RUN --mount=type=ssh,required=true test -S $SSH_AUTH_SOCK\n"));
    team.workspace.keg(["build"]).code(2).complains("the build needs an ssh agent");
    team.workspace.env("SSH_AUTH_SOCK", agent.socket());
    team.workspace.keg(["build"]).success();
    // The engine is named, and what is wrong with a way to it is told.
    let status = team.workspace.keg(["status", "--format", "json"]).success().json();
    assert_eq!(status["engine"], address.as_str());
    let found = team.workspace.keg(["doctor"]).success().stdout;
    assert!(found.contains(&format!("at {address} (DOCKER_HOST)")), "{found}");
    team.workspace.env("DOCKER_TLS_VERIFY", "");
    team.workspace.keg(["ps"]).code(3).complains("the engine there wants TLS").complains("DOCKER_CERT_PATH");
    team.workspace.env("DOCKER_TLS_VERIFY", "1");
    let other = team.workspace.outside("other-certificates");
    crate::support::certificates::write_for(&other, "127.0.0.1");
    team.workspace.env("DOCKER_CERT_PATH", other.to_str().unwrap());
    team.workspace.keg(["ps"]).code(3).complains("comes from an authority that ca.pem does not have");
    std::fs::copy(format!("{certificates}/ca.pem"), other.join("ca.pem")).unwrap();
    team.workspace.keg(["ps"]).code(3).complains("the engine refuses the client's certificate");
    std::fs::remove_file(other.join("key.pem")).unwrap();
    team.workspace.keg(["ps"]).code(3).complains("there is no ").complains("key.pem");
    // Whoever shows no certificate is refused.
    let folder = team.workspace.outside("no-certificates");
    std::fs::copy(format!("{certificates}/ca.pem"), folder.join("ca.pem")).unwrap();
    team.workspace.env("DOCKER_CERT_PATH", folder.to_str().unwrap());
    team.workspace.keg(["status"]).code(3).complains("cannot reach the Docker engine");
}

#[test]
fn the_main_job_through_ssh_in_a_context() {
    let mut team = Team::new();
    let (address, programs) = team.engine.serve_ssh();
    let path = which::which("sh").unwrap();
    let path = format!("{}:{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.display(), path.parent().unwrap().display());
    team.workspace.env("PATH", path).env("DOCKER_HOST", "");
    let context = unique("context");
    let endpoint = format!("host={address}");
    let mut create = team.workspace.program("docker");
    run(create.args(["context", "create", &context, "--docker", &endpoint]), b"").success();
    // Compose v2 here, and v1 over TLS.
    let plugins = format!("{}/cli-plugins", tools());
    std::os::unix::fs::symlink(plugins, team.workspace.docker_config().join("cli-plugins")).unwrap();
    main_job(&team, &["--context", &context]);
    // The main process is joined through the same connection.
    let (root, talk) = (team.workspace.root_image(), team.workspace.name("talk"));
    team.workspace.file("taps/talk/Dockerfile", format!("FROM {root}\n"));
    team.workspace.file("taps/talk/tap.yml", format!("name: {talk}\ncompose: compose.yml\n"));
    let waits =
        "services:\n  talk:\n    stdin_open: true\n    command: [sh, -c, \"read word; echo got $$word; exit 5\"]\n";
    team.workspace.file("taps/talk/compose.yml", waits);
    let command_of = |arguments: &[&str]| team.workspace.keg_command([&["--context", &context], arguments].concat());
    let keg = |arguments: &[&str]| Run::of(command_of(arguments), "");
    keg(&["build", &talk]).success();
    keg(&["start", &talk]).success();
    let mut attached = command_of(&["attach", &talk]);
    let mut attached = attached.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The engine leaves a process whose input ends: it stays open until the answer is there.
    let mut input = attached.stdin.take().unwrap();
    input.write_all(b"it\n").unwrap();
    let mut answer = String::new();
    BufReader::new(attached.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert_eq!(answer, "got it\n");
    drop(input);
    assert_eq!(end(&mut attached).code(), Some(5));
    keg(&["stop", &talk]).success();
    assert_eq!(team.engine.docker(["ps", "--all", "--quiet", "--filter", &format!("name={talk}")]).success(), "");
    // Nothing of the connections stays.
    let left = run(command("pgrep").args(["-f", &format!("ssh .*-L .*{}", team.engine.host())]), b"").stdout;
    assert_eq!(left, "");
    team.workspace.keg(["ps", "--context", "nowhere"]).code(2).complains("there is no context `nowhere`");
    team.workspace.env("DOCKER_HOST", &address);
    // What ssh's own configuration wants to listen at, another ssh may have.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = programs.parent().unwrap().join("ssh_config");
    let usual = std::fs::read_to_string(&file).unwrap();
    let forward = format!("LocalForward {} 127.0.0.1:1\n", taken.local_addr().unwrap());
    std::fs::write(&file, format!("{usual}{forward}")).unwrap();
    team.workspace.keg(["ps"]).success();
    std::fs::write(&file, usual).unwrap();
    team.workspace.env("DOCKER_HOST", format!("ssh://nobody@{}", team.engine.host()));
    team.workspace.keg(["ps"]).code(3).complains("Permission denied");
    team.workspace.env("DOCKER_HOST", format!("{address}/run/nothing.sock"));
    team.workspace.keg(["ps"]).code(3).complains("no engine answers at /run/nothing.sock there: channel ");
    std::fs::write(programs.parent().unwrap().join("known_hosts"), "").unwrap();
    team.workspace.env("DOCKER_HOST", &address);
    team.workspace.keg(["ps"]).code(3).complains("ssh does not know this machine yet");
}

/// The processes that a RUN step which waits has on the engine, as every machine's list shows them.
fn waiting(seconds: &str) -> bool {
    run(command("pgrep").args(["-x", "-f", &format!("sleep {seconds}")]), b"").code == Some(0)
}

#[test]
fn an_interrupted_build_leaves_nothing_on_the_engine() {
    let mut team = Team::new();
    // A length that no other process waits.
    let seconds = format!("300.{}", std::process::id());
    let root = team.workspace.root_image();
    team.workspace.file("base/Dockerfile", format!("FROM {root}\nRUN sleep {seconds}\n"));
    team.over_tls();
    let mut building = team.workspace.keg_command(["build"]);
    let mut building = building.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the step", || waiting(&seconds));
    run(command("kill").args(["-INT", &building.id().to_string()]), b"").success();
    assert_eq!(end(&mut building).code(), Some(130));
    eventually("the end of the step", || !waiting(&seconds));
    let on_engine = team.engine.docker(["images", "--format", "{{.Repository}}"]).success();
    assert_eq!(on_engine.lines().count(), 1, "only the root image: {on_engine}");
    assert_eq!(team.engine.docker(["ps", "--all", "--quiet"]).success(), "");
}

#[test]
fn a_registry_at_a_loopback_address_has_to_be_the_same_on_both_machines() {
    let mut team = Team::with_registry_here();
    team.over_tls();
    let (host, tap) = (team.registry.host(), team.tap.clone());
    let images = |team: &Team| team.engine.docker(["images", "--format", "{{.Repository}}"]).success().lines().count();
    // There is none: nothing begins.
    let refused = team.workspace.keg(["build", "--push"]).code(2);
    refused
        .complains(&format!("{host} is each machine's own"))
        .complains("finds no registry there")
        .complains("ssh -N -R");
    assert_eq!(images(&team), 1, "nothing is built");
    let found = team.workspace.keg(["doctor"]).code(3).stdout;
    assert!(found.contains("finds no registry there"), "{found}");
    // What needs no registry goes on.
    team.workspace.keg(["build"]).success();
    assert_eq!(images(&team), 7, "the root image, and each of three under two tags");

    // Another one: its first upload tells, and keg's own registry gets nothing.
    let other = Registry::start();
    team.engine.pass_on_as(other.port(), team.registry.port());
    eventually("the other registry", || team.workspace.keg(["doctor"]).code == Some(0));
    team.workspace.keg(["push"]).code(2).complains("went to another registry");
    assert_eq!(team.registry.catalog(), Vec::<String>::new());
    // Once something is known of keg's, nothing is sent to the other any more.
    let base = team.workspace.name("base");
    let content = other.tags(&base).pop().unwrap();
    team.registry.put_image(&tap, "main", &[]);
    let sent = other.catalog();
    team.workspace.keg(["push"]).code(2).complains("finds another registry there");
    assert_eq!((other.catalog(), other.tags(&base)), (sent, vec![content]));
    team.workspace.keg(["start", &tap, "--pull", "always"]).code(2).complains("finds another registry there");
    assert_eq!(team.engine.docker(["ps", "--all", "--quiet"]).success(), "");
}
