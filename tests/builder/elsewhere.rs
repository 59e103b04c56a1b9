//! Builders, and an engine that is on another machine.

use crate::support::newer_engine::{BUILDER, NewerEngine};
use crate::support::{Registry, RemoteEngine, Workspace, docker, run};

/// What the engine knows an image of this name by, that is built by keg.
fn key(engine: &RemoteEngine, image: &str) -> Option<String> {
    let format = "{{index .Config.Labels \"dev.keg.key\"}}";
    let found = engine.docker(["image", "inspect", "--format", format, image]);
    (found.code == Some(0)).then(|| found.stdout.trim().to_owned())
}

#[test]
fn the_builder_builds_for_an_engine_on_another_machine() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = workspace.name("team");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    workspace.file("images/lone/Dockerfile", "FROM scratch\nCOPY file /\n").file("images/lone/file", "1\n");
    workspace.file("images/base/Dockerfile", "FROM scratch\nCOPY file /\n").file("images/base/file", "1\n");
    workspace.file("images/web/Dockerfile", "FROM base\nCOPY file /web\n").file("images/web/file", "2\n");
    workspace.commit();
    let mut remote = RemoteEngine::start();
    remote.pass_on(registry.port());
    let mut newer = NewerEngine::start(&mut workspace);
    newer.pass_on(&registry);
    let (certificates, address) = (remote.certificates(), remote.tls_address());
    let file = |name: &str| certificates.join(name).display().to_string();
    let endpoint = format!("host={address},ca={},cert={},key={}", file("ca.pem"), file("cert.pem"), file("key.pem"));
    let mut create = workspace.program("docker");
    run(create.args(["context", "create", "far", "--docker", &endpoint]), b"").success();
    // The flag wins over the variable, which names the builder's engine.
    let keg = |workspace: &Workspace, arguments: &[&str]| {
        workspace.keg(arguments.iter().copied().chain(["--context", "far"]))
    };
    let image = |name: &str| format!("{}/{namespace}/{name}:main", registry.host());

    let refused = keg(&workspace, &["build", "web", "--builder", BUILDER]).code(2);
    refused.complains("the builder newer is another engine").complains("--context newer");
    // The one builds, the other takes it from the registry.
    keg(&workspace, &["build", "--push", "web", "--builder", BUILDER]).success();
    assert_eq!(key(&remote, &image("web")), None);
    keg(&workspace, &["pull", "web"]).success();
    let published = registry.labels(&format!("{namespace}/web"), "main").unwrap();
    assert_eq!(key(&remote, &image("web")).as_deref(), published["dev.keg.key"].as_str());

    // The engine's own builder, by the name of the context and over TLS, loads what it builds.
    keg(&workspace, &["build", "lone", "--builder", "far"]).success();
    let lone = key(&remote, &image("lone"));
    assert!(lone.is_some());
    // And through ssh, by the variable.
    let (address, programs) = remote.serve_ssh();
    let path = which::which("sh").unwrap();
    let path = format!("{}:{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.display(), path.parent().unwrap().display());
    workspace.env("PATH", path).env("DOCKER_HOST", &address);
    workspace.file("images/lone/file", "3\n");
    workspace.keg(["build", "lone", "--builder", "default"]).success();
    let changed = key(&remote, &image("lone"));
    assert!(changed.is_some() && changed != lone);
    // By a context as well, with the ssh that buildx starts itself.
    let mut create = workspace.program("docker");
    run(create.args(["context", "create", "ssh", "--docker", &format!("host={address}")]), b"").success();
    workspace.file("images/lone/file", "4\n");
    workspace.keg(["build", "lone", "--context", "ssh", "--builder", "ssh"]).success();
    let again = key(&remote, &image("lone"));
    assert!(again.is_some() && again != changed);
    let here = docker(["images", "--format", "{{.Repository}}"]).success();
    assert!(!here.contains(&namespace), "{here}");
}
