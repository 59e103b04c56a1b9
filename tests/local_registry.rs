//! `keg registry`

use crate::support::{self, Registry, Request, Workspace, free_port};

/// No engine answers in the workspace, so that the registry runs as a program.
fn without_engine() -> Workspace {
    let mut workspace = Workspace::new();
    workspace.env("DOCKER_HOST", "unix:///no/such/socket");
    workspace
}

/// Ends the registry of a workspace, whatever happens.
struct Stopped<'a>(&'a Workspace);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.keg(["registry", "stop"]);
    }
}

fn answers(port: u16) -> bool {
    Request::get(format!("http://127.0.0.1:{port}/v2/")).answer().is_ok_and(|answer| answer.status == 200)
}

#[test]
fn a_program_runs_until_it_is_stopped() {
    let workspace = without_engine();
    let _stopped = Stopped(&workspace);
    workspace.keg(["registry", "status"]).success().says("no registry of keg's is running");
    workspace.keg(["registry", "stop"]).success().says("no registry of keg's is running");

    let port = free_port();
    let number = port.to_string();
    let start = ["registry", "start", "--port", &number];
    workspace.keg(start).success().says(&format!("localhost:{port}")).says("docker-registry");
    assert!(answers(port));
    // A second start finds it, another port does not make a second one.
    workspace.keg(start).success().says(&format!("localhost:{port}"));
    let other = free_port().to_string();
    workspace.keg(["registry", "start", "--port", &other]).code(2).complains("runs already");

    let status = workspace.keg(["--format", "json", "registry", "status"]).success().json();
    assert_eq!(status["host"], format!("localhost:{port}"));
    assert_eq!(status["repositories"], 0);
    put_blob(port, "some/name");
    workspace.keg(["registry", "status"]).success().says("1 repository");

    workspace.keg(["registry", "stop"]).success().says("has stopped");
    assert!(!answers(port));
    // What it holds stays.
    workspace.keg(start).success();
    workspace.keg(["registry", "status"]).success().says("1 repository");
    workspace.keg(["registry", "stop"]).success();
    assert!(!answers(port));
}

/// Makes a repository by uploading a blob to it.
fn put_blob(port: u16, repository: &str) {
    let mut begin = Request::get(format!("http://127.0.0.1:{port}/v2/{repository}/blobs/uploads/"));
    begin.send = Some(("POST", "", Vec::new()));
    let location = begin.answer().unwrap().headers["location"].clone();
    let mut finish = Request::get(format!("{location}&digest={}", support::digest(b"content")));
    finish.send = Some(("PUT", "application/octet-stream", b"content".to_vec()));
    assert_eq!(finish.answer().unwrap().status, 201);
}

#[test]
fn only_its_own_registry_is_stopped() {
    let (registry, workspace) = (Registry::start(), without_engine());
    let _stopped = Stopped(&workspace);
    let taken = registry.port().to_string();
    workspace.keg(["registry", "start", "--port", &taken]).code(2).complains("a registry that keg did not start");

    // A record whose process id belongs to another program by now: this test's own.
    let folder = workspace.home().join(".local/state/keg/registry");
    std::fs::create_dir_all(&folder).unwrap();
    let record = serde_json::json!({
        "port": registry.port(), "runs": "program", "process": std::process::id(), "storage": "/nowhere",
    });
    std::fs::write(folder.join("running.json"), record.to_string()).unwrap();
    workspace.keg(["registry", "status"]).success().says("no registry of keg's is running");
    workspace.keg(["registry", "stop"]).success().says("no registry of keg's is running");
    assert!(answers(registry.port()));
}

#[test]
fn without_anything_to_run_it_says_what_to_install() {
    let mut workspace = without_engine();
    workspace.env("PATH", workspace.outside("empty").to_str().unwrap());
    workspace.keg(["registry", "start", "--port", &free_port().to_string()]).code(3).complains("docker-registry");
}

#[test]
fn a_program_that_does_not_come_up_is_explained() {
    let mut workspace = without_engine();
    workspace.script("docker-registry", "#!/bin/sh\necho 'no space left' >&2\nexit 1\n");
    let start = workspace.keg(["registry", "start", "--port", &free_port().to_string()]);
    start.code(1).complains("does not come up").complains("no space left");
    workspace.keg(["registry", "status"]).success().says("no registry of keg's is running");
}

#[test]
fn an_image_runs_in_a_container() {
    support::engine();
    let workspace = Workspace::new();
    let port = free_port();
    let _stopped = Stopped(&workspace);
    let _volume = Volume(format!("keg-registry-{port}"));
    let image = image(&workspace);
    let number = port.to_string();
    let start = ["registry", "start", "--port", &number, "--image", &image];
    workspace.keg(start).success().says(&format!("in the container keg-registry-{port}"));
    assert!(answers(port));
    let status = workspace.keg(["--format", "json", "registry", "status"]).success().json();
    assert_eq!((&status["registry"]["runs"], &status["repositories"]), (&"container".into(), &0.into()));
    workspace.keg(["registry", "stop"]).success().says(&format!("the volume keg-registry-{port}"));
    assert!(!answers(port));
    workspace.keg(start).success();
    assert!(answers(port));

    let missing = workspace.name("missing");
    let other = free_port().to_string();
    workspace.keg(["registry", "stop"]).success();
    let start = workspace.keg(["registry", "start", "--port", &other, "--image", &format!("127.0.0.1:1/{missing}")]);
    assert_ne!(start.code, Some(0));
}

/// An image of this machine's registry program that serves as `registry:2` does.
fn image(workspace: &Workspace) -> String {
    let name = workspace.name("registry");
    let libraries = support::run(workspace.program("ldd").arg("/usr/bin/docker-registry"), b"").success();
    let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    let files: Vec<&str> = libraries.chain(["/usr/bin/docker-registry"]).collect();
    for file in &files {
        workspace.file(format!("registry{file}"), std::fs::read(file).unwrap());
    }
    let config = serde_json::json!({
        "version": "0.1", "http": { "addr": ":5000" },
        "storage": { "filesystem": { "rootdirectory": "/var/lib/registry" } },
    });
    workspace.file("registry/config.yml", config.to_string());
    workspace.file(
        "registry/Dockerfile",
        "FROM scratch\nCOPY . /\nCMD [\"/usr/bin/docker-registry\", \"serve\", \"/config.yml\"]\n",
    );
    support::run(workspace.program("chmod").args(["-R", "a+rx", "registry"]), b"").success();
    let mut build = workspace.program("docker");
    build.env("DOCKER_BUILDKIT", "0").args(["build", "--quiet", "--tag", &name, "registry"]);
    support::run(&mut build, b"").success();
    name
}

/// A volume that goes in the end.
struct Volume(String);

impl Drop for Volume {
    fn drop(&mut self) {
        support::docker(["rm", "--force", "--volumes", &self.0]);
        support::docker(["volume", "rm", "--force", &self.0]);
    }
}
