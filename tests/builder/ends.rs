//! How a run with a builder ends, and that nothing is left of it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::newer_engine::{BUILDER, NewerEngine};
use crate::support::{Registry, Workspace, command, end, run};

#[test]
fn nothing_is_left_of_a_run_however_it_ends() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = workspace.name("team");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    NewerEngine::write_busybox(&workspace, "images/base", "");
    let web = |workspace: &Workspace, step: &str| {
        workspace.file("images/web/Dockerfile", format!("FROM base\nRUN {step}\n")).commit();
    };
    web(&workspace, "echo 1");
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    let temporary = workspace.outside("temporary");
    workspace.env("TMPDIR", temporary.to_str().unwrap());
    let left = || std::fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let none = Vec::<std::path::PathBuf>::new();

    workspace.keg(["build", "--push", "--builder", BUILDER]).success();
    assert_eq!(left(), none);
    let empty = workspace.keg(["bake"]).success().complains("nothing is to be built: --all prints");
    assert_eq!(empty.json()["target"], serde_json::json!({}));

    web(&workspace, "exit 3");
    workspace.keg(["build", "--push", "--builder", BUILDER]).code(1);
    assert_eq!(left(), none);

    // For as long as no other process of the machine sleeps.
    let sleep = format!("sleep 6{:08}", std::process::id());
    web(&workspace, &format!("echo begun; {sleep}"));
    let repository = format!("{namespace}/web");
    let before = (registry.tags(&repository), registry.manifest(&repository, "main").unwrap().0);
    let mut keg = workspace.keg_command(["build", "--push", "--builder", BUILDER, "--format", "json"]);
    let mut keg = keg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(keg.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains(r#""line":"begun""#)), "the build does not begin");
    wait_until("the command runs", || is_running(&sleep));
    run(command("kill").args(["-INT", &keg.id().to_string()]), b"").success();
    let _said: Vec<String> = said.collect();
    assert_eq!(end(&mut keg).code(), Some(130));
    assert_eq!(left(), none);
    assert_eq!((registry.tags(&repository), registry.manifest(&repository, "main").unwrap().0), before);
    wait_until("the builder ends it", || !is_running(&sleep));

    // An engine that is stopped is no fault of the Dockerfiles.
    run(workspace.program("docker").args(["context", "create", "stopped", "--docker", "host=tcp://127.0.0.1:1"]), b"")
        .success();
    let stopped = workspace.keg(["build", "--push", "--builder", "stopped"]).code(3);
    stopped.complains("the builder stopped is out of reach").complains("docker buildx inspect --bootstrap stopped");
    assert_eq!(left(), none);
}

/// Whether a process of the machine has these arguments.
fn is_running(arguments: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
    lines.any(|line| line.replace('\0', " ").trim() == arguments)
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
