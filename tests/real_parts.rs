//! The parts that the other tests rely on are real and clean up after themselves.

use crate::support::{self, Registry, RegistryOptions, Request, Run, Workspace};

#[test]
fn a_registry_holds_images() {
    let registry = Registry::start();
    let digest = registry.put_image("a/b", "one", &[("color", "red")]);
    let (found, manifest) = registry.manifest("a/b", "one").unwrap();
    assert_eq!(found, digest);
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(registry.put_manifest("a/b", "two", &manifest), digest);
    assert_eq!(registry.tags("a/b"), ["one", "two"]);
    assert_eq!(registry.catalog(), ["a/b"]);
    assert_eq!(registry.manifest("a/b", "three"), None);
    assert_eq!(registry.tags("none"), [""; 0]);
}

#[test]
fn a_registry_ends_with_its_value() {
    let registry = Registry::start();
    let url = format!("http://{}/v2/", registry.host());
    assert_eq!(Request::get(&url).answer().unwrap().status, 200);
    drop(registry);
    Request::get(&url).answer().unwrap_err();
}

#[test]
fn a_registry_with_tls_and_a_password_refuses_strangers() {
    let login = ("user".to_owned(), "pass word".to_owned());
    let options = RegistryOptions { htpasswd: Some(login.clone()), tls: true, ..RegistryOptions::default() };
    let registry = Registry::start_with(options);
    registry.put_image("a", "one", &[]);
    assert_eq!(registry.tags("a"), ["one"]);

    let url = format!("https://localhost:{}/v2/", registry.port());
    Request::get(&url).answer().unwrap_err();
    let trusting = Request { authority: Some(registry.ca_file()), ..Request::get(&url) };
    assert_eq!(trusting.clone().answer().unwrap().status, 401);
    let logged_in = Request { login: Some(login), ..trusting.clone() };
    assert_eq!(logged_in.answer().unwrap().status, 200);
    let mistaken = Request { login: Some(("user".to_owned(), "other".to_owned())), ..trusting };
    assert_eq!(mistaken.answer().unwrap().status, 401);
}

#[test]
fn a_workspace_is_a_clean_place() {
    let mut workspace = Workspace::new();
    workspace.file("a/b.txt", "text").commit();
    workspace.branch("feature/x").file("c.txt", "more");
    assert_eq!(workspace.git(["status", "--porcelain"]), "?? c.txt\n");
    let first = workspace.commit();
    workspace.branch("main");
    assert_eq!(workspace.read("a/b.txt"), "text");
    assert!(!workspace.path("c.txt").exists());
    workspace.remove("a");
    assert_ne!(workspace.commit(), first);

    workspace.env("OWN", "1");
    let listed = support::run(&mut workspace.program("env"), b"").success();
    let names: Vec<&str> = listed.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(["HOME", "DOCKER_CONFIG", "OWN", "PATH"].iter().all(|name| names.contains(name)), "{listed}");
    assert!(!names.contains(&"CI") && !names.contains(&"TERM"), "{listed}");
    assert!(workspace.outside("elsewhere").is_dir());
}

#[test]
fn a_run_tells_how_it_ended() {
    let workspace = Workspace::new();
    let mut shell = workspace.program("sh");
    shell.args(["-c", "cat; printf '  × it is\\n  │ broken' >&2; exit 3"]);
    let run = Run::of(shell, "{\"a\": 1}").code(3).says("\"a\"").complains("it is broken");
    assert_eq!(run.json()["a"], 1);
    workspace.keg(["--version"]).success();
    workspace.keg_with_input(["--version"], "").success();
}

#[test]
fn a_workspace_knows_a_registry() {
    let login = ("user".to_owned(), "pass".to_owned());
    let options = RegistryOptions { htpasswd: Some(login), tls: true, ..RegistryOptions::default() };
    let registry = Registry::start_with(options);
    let workspace = Workspace::new();
    workspace.trust(&registry).log_in(&registry.host(), "user", "pass");
    let authority = workspace.docker_config().join("certs.d").join(registry.host()).join("ca.crt");
    assert_eq!(std::fs::read(authority).unwrap(), std::fs::read(registry.ca_file()).unwrap());
    let config = std::fs::read_to_string(workspace.docker_config().join("config.json")).unwrap();
    assert!(config.contains(&registry.host()) && config.contains("dXNlcjpwYXNz"), "{config}");
}

#[test]
fn the_root_image_is_shared_and_has_a_shell() {
    let (one, other) = (support::root_image(), support::root_image());
    assert_eq!(*one, *other);
    assert_eq!(support::docker(["run", "--rm", &one, "sh", "-c", "echo $((6 * 7))"]).success(), "42\n");
}

#[test]
fn a_workspace_removes_what_it_built() {
    support::engine();
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let name = workspace.name("web");
    workspace.file("web/Dockerfile", format!("FROM {root}\nLABEL dev.keg.image={name}\nRUN ls /bin > /list\n"));
    let build = || {
        let mut build = workspace.program("docker");
        build.env("DOCKER_BUILDKIT", "0").args(["build", "--quiet", "--no-cache", "--tag", &name, "web"]);
        support::run(&mut build, b"").success().trim().to_owned()
    };
    let (first, second) = (build(), build());
    assert_ne!(first, second);
    let container = workspace.name("container");
    let listed = support::docker(["run", "--name", &container, &name, "cat", "/list"]).success();
    assert!(listed.contains("busybox"), "{listed}");

    // A name whose tag has moved to another image: its digest is left of it.
    let registry = Registry::start();
    let pushed = format!("{}/team/{name}:one", registry.host());
    support::docker(["tag", &name, &pushed]).success();
    support::docker(["push", "--quiet", &pushed]).success();
    support::docker(["tag", &first, &pushed]).success();

    drop(workspace);
    let left = support::docker(["image", "ls", "--digests"]).success();
    assert!(!left.contains(&name), "{left}");
    for gone in [&first, &second, &container] {
        let inspected = support::docker(["inspect", gone]);
        assert!(inspected.stderr.contains("No such object"), "{gone} is still there: {inspected:?}");
    }
}
