//! keg.lock: `keg update`, `--locked`, `--offline`, and what `keg status` says of images from outside.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Registry, Run, Workspace, docker, image_names};

mod containerd;

/// An image from outside under a tag that can be moved: root image and one file with `text`. Gives its digest.
fn push_outside(workspace: &mut Workspace, registry: &Registry, name: &str, text: &str) -> String {
    let root = workspace.root_image();
    let reference = format!("{}/{}:1", registry.host(), workspace.name(name));
    let container = docker(["create", &root, "sh", "-c", &format!("echo {text} > /outside")]).success();
    let container = container.trim();
    docker(["start", "--attach", container]).success();
    docker(["commit", container, &reference]).success();
    docker(["rm", container]).success();
    docker(["push", "--quiet", &reference]).success();
    docker(["image", "rm", &reference]).success();
    registry.manifest(&workspace.name(name), "1").unwrap().0
}

/// The images `one` on the outside image `a`, and `two` on `b`.
fn pair(workspace: &mut Workspace, registry: &Registry) -> [String; 2] {
    let digests = ["a", "b"].map(|name| push_outside(workspace, registry, name, name));
    workspace.file("keg.yml", "layout: [images/*]\n");
    for (image, outside) in [("one", "a"), ("two", "b")] {
        let from = format!("{}/{}:1", registry.host(), workspace.name(outside));
        let folder = format!("images/{}", workspace.name(image));
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {from}\nRUN cat /outside > /seen\n"));
    }
    workspace.branch("main").commit();
    digests
}

/// The digests in keg.lock by the last letter of the repository.
fn locked(workspace: &Workspace) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(workspace.path("keg.lock")).unwrap_or_default();
    let entry = |line: &str| {
        let (reference, digest) = line.trim().split_once(": ")?;
        let name = reference.rsplit('-').next()?.strip_suffix(":1")?;
        Some((name.to_owned(), digest.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

fn entries(pairs: &[(&str, &String)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).clone())).collect()
}

fn states(run: &Run) -> Vec<String> {
    let json = run.json();
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = json["outside"].as_array().unwrap();
    rows.iter().map(|row| field(row, "state")).collect()
}

#[test]
fn update_locks_moves_and_drops() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let [a, b] = pair(&mut workspace, &registry);
    let (one, two) = (workspace.name("one"), workspace.name("two"));
    workspace.keg(["update", "--dry-run"]).success().says("added");
    assert_eq!(locked(&workspace), []);
    workspace.keg(["update", &one]).success();
    assert_eq!(locked(&workspace), entries(&[("a", &a)]));
    workspace.keg(["update"]).success().says("added");
    assert_eq!(locked(&workspace), entries(&[("a", &a), ("b", &b)]));
    workspace.keg(["update"]).success().says("up to date");

    // Both tags move; only what is named is updated, and nothing is dropped then.
    let other_a = push_outside(&mut workspace, &registry, "a", "other");
    let other_b = push_outside(&mut workspace, &registry, "b", "other");
    workspace.file(format!("images/{two}/Dockerfile"), format!("FROM {one}\n"));
    workspace.keg(["update", &two]).success().says(&a[..19]).says(&other_a[..19]);
    assert_eq!(locked(&workspace), entries(&[("a", &other_a), ("b", &b)]));
    let json = workspace.keg(["update", "--format", "json"]).success().json();
    let removed = json["outside"].as_array().unwrap().iter().find(|row| row["result"] == "removed").unwrap();
    assert_eq!((removed["old"].as_str(), removed["new"].as_str()), (Some(b.as_str()), None), "{json}");
    assert_eq!(locked(&workspace), entries(&[("a", &other_a)]));
    assert_ne!(other_b, b);
}

#[test]
fn update_does_nothing_by_halves() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    pair(&mut workspace, &registry);
    let host = registry.host();
    workspace.file("images/x/Dockerfile", format!("FROM {host}/no/such:1\n"));
    workspace.file("images/y/Dockerfile", "FROM 127.0.0.1:9/out/of:reach\n");
    let run = workspace.keg(["update"]);
    assert!(run.code == Some(2) || run.code == Some(3), "{run:?}");
    run.complains(&format!("{host}/no/such:1")).complains("127.0.0.1:9/out/of:reach");
    assert!(!workspace.path("keg.lock").exists());
    workspace.remove("images/x");
    workspace.keg(["update"]).code(3);
    workspace.remove("images/y");
    workspace.keg(["update"]).success();
}

#[test]
fn what_needs_no_lock_gets_none() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let digest = format!("sha256:{}", "1".repeat(64));
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file("images/local/Dockerfile", format!("FROM {root}\n"));
    workspace.file("images/fixed/Dockerfile", format!("FROM 127.0.0.1:9/x/y@{digest}\n"));
    workspace.keg(["update"]).success().says("up to date").complains(&format!("only this engine has it: {root}"));
    assert!(!workspace.path("keg.lock").exists());
}

#[test]
fn locked_builds_change_no_lock() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    pair(&mut workspace, &registry);
    let namespace = workspace.name("ns");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    let (one, two) = (workspace.name("one"), workspace.name("two"));
    let run = workspace.keg(["build", "--locked", "--push"]).code(2);
    run.complains(&workspace.name("a:1")).complains(&workspace.name("b:1")).complains("keg update");
    assert!(!workspace.path("keg.lock").exists());
    assert!(!image_names().iter().any(|name| name.contains(&namespace)), "nothing was built");
    workspace.keg(["update", &one]).success();
    workspace.keg(["build", &one, "--locked"]).success();
    workspace.keg(["build", "--locked"]).code(2).complains(&workspace.name("b:1"));
    workspace.keg(["push", &one, "--locked"]).success();
    workspace.keg(["build"]).success();
    workspace.keg(["build", "--locked", "--push"]).success();
    workspace.remove("keg.lock");
    workspace.keg(["push", &two, "--locked"]).code(2).complains(&workspace.name("b:1"));
    // A trial on another base changes no lock either.
    let root = workspace.root_image();
    workspace.keg(["build", &one, "--base", &root, "--build-arg", "X=1", "--locked", "--dry-run"]).success();
    workspace.keg(["build", &one, "--build-arg", "=1"]).code(2).complains("--build-arg has no name");
    // A fresh image was built on something, which is locked again.
    workspace.keg(["build"]).success();
    workspace.keg(["build", "--locked"]).success();
}

#[test]
fn builds_stay_on_the_locked_digest() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let [a, _] = pair(&mut workspace, &registry);
    let one = workspace.name("one");
    let seen = |image: &str| docker(["run", "--rm", &format!("{image}:main"), "cat", "/seen"]).success();
    workspace.keg(["build", &one]).success();
    assert_eq!((locked(&workspace), seen(&one)), (entries(&[("a", &a)]), "a\n".to_owned()));
    let moved = push_outside(&mut workspace, &registry, "a", "moved");
    assert_eq!(states(&workspace.keg(["status", &one, "--format", "json"]).success()), ["moved"]);
    workspace.keg(["status", &one]).success().says("moved").says(&a[..19]).says(&moved[..19]).says("keg update");
    assert_eq!(
        workspace.keg(["status", &one, "--format", "json", "--offline"]).success().json()["outside"],
        Value::Null
    );
    workspace.keg(["build", &one, "--dry-run"]).success().says("nothing to do");
    workspace.keg(["update", &one]).success();
    assert_eq!(states(&workspace.keg(["status", &one, "--format", "json"]).success()), ["current"]);
    workspace.keg(["build", &one]).success();
    assert_eq!((locked(&workspace), seen(&one)), (entries(&[("a", &moved)]), "moved\n".to_owned()));
}

#[test]
fn offline_asks_nobody() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    pair(&mut workspace, &registry);
    let (one, two) = (workspace.name("one"), workspace.name("two"));
    workspace.keg(["build", &one]).success();
    workspace.keg(["update"]).success();
    drop(registry);
    workspace.keg(["build", "--offline", "--push"]).code(2).complains("--push");
    workspace.file(format!("images/{one}/new"), "1");
    workspace.keg(["build", &one, "--offline"]).success().says("built");
    // Locked, but not on the engine.
    let run = workspace.keg(["build", "--offline"]).code(3);
    run.complains(&workspace.name("b:1")).complains(&format!("by {two}")).complains("--offline");
    // Not even locked.
    workspace.remove("keg.lock");
    workspace.keg(["build", &two, "--offline"]).code(3).complains(&workspace.name("b:1")).complains("--offline");
    assert!(!image_names().iter().any(|name| name.starts_with(&two)), "nothing was built");
    workspace.keg(["status", "--offline"]).success();
}

#[test]
fn a_registry_that_does_not_answer_holds_up_no_status() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    // Connections come about, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let reference = format!("{}/x:1", silent.local_addr().unwrap());
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file("images/one/Dockerfile", format!("FROM {root}\nCOPY --from={reference} /x /x\n"));
    workspace.file("keg.lock", format!("images:\n  {reference}: sha256:{}\n", "1".repeat(64)));
    let begin = Instant::now();
    let run = workspace.keg(["status", "--format", "json"]).success();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let mut states = states(&run);
    states.sort();
    assert_eq!(states, ["local", "unknown"]);
    workspace.keg(["status"]).success().says(&format!("unknown whether moved: {reference}"));
}

#[test]
fn processes_that_lock_at_once_lose_nothing() {
    const PROCESSES: usize = 8;
    let registry = Registry::start();
    let workspace = Workspace::new();
    workspace.file("keg.yml", "layout: [images/*]\n");
    let mut digests = Vec::new();
    for number in 0..PROCESSES {
        let name = format!("outside-{number}");
        digests.push((number.to_string(), registry.put_image(&name, "1", &[("number", &number.to_string())])));
        workspace
            .file(format!("images/image{number}/Dockerfile"), format!("FROM {}/{name}:1\n", registry.host()))
            .file(".keg/hashes.left.new", "what a killed process left")
            .file(".keg.lock.left.new", "what a killed process left");
    }
    crate::support::engine();
    std::thread::scope(|scope| {
        for number in 0..PROCESSES {
            let workspace = &workspace;
            scope.spawn(move || workspace.keg(["update", &format!("image{number}")]).success());
        }
    });
    assert_eq!(locked(&workspace), digests);
    workspace.keg(["status", "--offline"]).success();
    let left = |folder: &str| {
        let names = std::fs::read_dir(workspace.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".new")).count()
    };
    assert_eq!((left("."), left(".keg")), (0, 0));
}
