//! `keg build` with the real engine.

use std::time::{Duration, Instant};

use crate::support::{Workspace, docker, image_names};

mod agent;
mod failure;
mod inputs;
mod interrupt;

/// base → {a → a1, b → {b1, b2}}, on the branch `feature/x`.
fn tree(workspace: &mut Workspace) {
    let root = workspace.root_image();
    let name = |name: &str| workspace.name(name);
    workspace.file("keg.yml", "layout: [images/*]\n");
    for (image, parent) in [
        ("base", root),
        ("a", name("base")),
        ("a1", name("a")),
        ("b", name("base")),
        ("b1", name("b")),
        ("b2", name("b")),
    ] {
        let folder = format!("images/{}", workspace.name(image));
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {parent}\nCOPY file /{image}\n"));
        workspace.file(format!("{folder}/file"), format!("{image}\n"));
    }
    workspace.branch("feature/x").commit();
}

/// The tags that the engine has of an image of this workspace, sorted.
fn tags(workspace: &Workspace, image: &str) -> Vec<String> {
    let prefix = format!("{}:", workspace.name(image));
    let mut tags: Vec<_> =
        image_names().iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned)).collect();
    tags.sort();
    tags
}

fn id(reference: &str) -> String {
    docker(["image", "inspect", "--format", "{{.Id}}", reference]).success().trim().to_owned()
}

fn label(reference: &str, name: &str) -> String {
    let format = format!("{{{{index .Config.Labels \"{name}\"}}}}");
    docker(["image", "inspect", "--format", &format, reference]).success().trim().to_owned()
}

/// What a command in an image prints.
fn printed(reference: &str, command: &[&str]) -> String {
    docker(["run", "--rm", reference].iter().chain(command)).success()
}

/// What became of each image, as `name result`, without the workspace's prefix.
fn results(workspace: &Workspace, json: &serde_json::Value) -> Vec<String> {
    let images = json["images"].as_array().unwrap();
    let row = |image: &serde_json::Value| {
        let name = image["image"].as_str().unwrap().trim_start_matches(&workspace.name("")).to_owned();
        format!("{name} {}", image["result"].as_str().unwrap())
    };
    images.iter().map(row).collect()
}

#[test]
fn builds_the_graph_once() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert_eq!(
        results(&workspace, &run.json()),
        ["base built", "a built", "b built", "a1 built", "b1 built", "b2 built"]
    );
    for image in ["base", "a", "a1", "b", "b1", "b2"] {
        let tags = tags(&workspace, image);
        assert_eq!(tags.len(), 2, "{tags:?}");
        assert_eq!(tags[0], "feature-x");
        assert!(tags[1].starts_with("keg-") && tags[1].len() == 16, "{tags:?}");
        let name = workspace.name(image);
        assert_eq!(id(&format!("{name}:{}", tags[0])), id(&format!("{name}:{}", tags[1])));
        assert_eq!(label(&format!("{name}:feature-x"), "dev.keg.branch"), "feature/x");
        assert_eq!(label(&format!("{name}:feature-x"), "dev.keg.image"), name);
        assert_eq!(format!("keg-{}", &label(&format!("{name}:feature-x"), "dev.keg.key")[..12]), tags[1]);
    }
    // Each child holds what its parents put there.
    let b2 = format!("{}:feature-x", workspace.name("b2"));
    assert_eq!(printed(&b2, &["cat", "/base", "/b", "/b2"]), "base\nb\nb2\n");
    assert_eq!(label(&b2, "dev.keg.parent"), format!("{}:{}", workspace.name("b"), tags(&workspace, "b")[1]));

    let ids: Vec<String> =
        ["base", "b2"].iter().map(|image| id(&format!("{}:feature-x", workspace.name(image)))).collect();
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert!(results(&workspace, &run.json()).iter().all(|row| row.ends_with(" reused")), "{}", run.stdout);
    workspace.keg(["build", "--dry-run"]).success().says("nothing to do");
    let after: Vec<String> =
        ["base", "b2"].iter().map(|image| id(&format!("{}:feature-x", workspace.name(image)))).collect();
    assert_eq!(ids, after);
}

#[test]
fn builds_what_changed_and_what_is_built_on_it() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    workspace.keg(["build"]).success();
    workspace.file(format!("images/{}/file", workspace.name("b")), "changed\n");
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert_eq!(
        results(&workspace, &run.json()),
        ["base reused", "a reused", "b built", "a1 reused", "b1 built", "b2 built"]
    );
    assert_eq!(printed(&format!("{}:feature-x", workspace.name("b1")), &["cat", "/b"]), "changed\n");
    // What is put back is built already.
    workspace.file(format!("images/{}/file", workspace.name("b")), "b\n");
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert!(results(&workspace, &run.json()).iter().all(|row| row.ends_with(" reused")), "{}", run.stdout);
    assert_eq!(printed(&format!("{}:feature-x", workspace.name("b1")), &["cat", "/b"]), "b\n");
}

#[test]
fn another_branch_of_the_same_sources_only_gets_tags() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    workspace.keg(["build"]).success();
    workspace.branch("fix_#12");
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert!(results(&workspace, &run.json()).iter().all(|row| row.ends_with(" reused")), "{}", run.stdout);
    assert_eq!(tags(&workspace, "a")[..2], ["feature-x", "fix_-12"]);
}

#[test]
fn a_named_image_gets_what_it_needs_and_no_more() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    let name = workspace.name("a1");
    workspace.keg(["build", &name, "--tag", "try-{sha7}"]).success();
    assert_eq!(tags(&workspace, "a1").len(), 3);
    assert_eq!(tags(&workspace, "a").len(), 2);
    assert!(tags(&workspace, "b").is_empty());
    // The same, said the other way round.
    workspace.keg([name.as_str(), "build", "--dry-run"]).success().says("nothing to do");
}

#[test]
fn siblings_are_built_at_once() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("keg.yml", "layout: [images/*]\n");
    for image in ["one", "two", "three"] {
        let folder = format!("images/{}", workspace.name(image));
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {root}\nRUN echo {image} && sleep 4\n"));
    }
    let begin = Instant::now();
    workspace.keg(["build", "--jobs", "3"]).success();
    // One after the other they would sleep for twelve seconds.
    assert!(begin.elapsed() < Duration::from_secs(11), "{:?}", begin.elapsed());
}

#[test]
fn no_cache_rebuilds_the_image_and_its_children() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    let root = workspace.root_image();
    let base = workspace.name("base");
    workspace.file(
        format!("images/{base}/Dockerfile"),
        format!("FROM {root}\nRUN cat /proc/sys/kernel/random/uuid > /base\n"),
    );
    workspace.keg(["build"]).success();
    let uuid = |image: &str| printed(&format!("{}:feature-x", workspace.name(image)), &["cat", "/base"]);
    let before = uuid("b2");
    let run = workspace.keg(["build", &base, "--no-cache", "--format", "json"]).success();
    assert!(results(&workspace, &run.json()).iter().all(|row| row.ends_with(" built")), "{}", run.stdout);
    assert_ne!(uuid("b2"), before);
    assert_eq!(uuid("b2"), uuid("base"));
}
