//! Builds with a builder: Docker Engine 26 through buildx.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::newer_engine::{BUILDER, NewerEngine};
use crate::support::{Registry, Workspace, docker};

mod contexts;
mod elsewhere;
mod ends;
mod platforms;

/// How many images are built on the base, and how many on each of them.
const HUBS: usize = 5;
const TAPS: usize = 24;

/// A base, five images on it, and 24 on those, of 20 files each; published to `registry`.
fn thirty_images(workspace: &Workspace, registry: &str) {
    workspace.file("keg.yml", format!("registry: {registry}/{}\nlayout: [images/*]\n", workspace.name("team")));
    let image = |name: &str, parent: &str| {
        workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {parent}\nCOPY files /{name}/\n"));
        for number in 0..20 {
            workspace.file(format!("images/{name}/files/{number}"), format!("{name} {number}\n"));
        }
    };
    image("base", "scratch");
    for hub in 0..HUBS {
        image(&format!("hub{hub}"), "base");
    }
    for tap in 0..TAPS {
        image(&format!("tap{tap}"), &format!("hub{}", tap % HUBS));
    }
    workspace.commit();
}

/// One fact of each image in the JSON that a command prints.
fn column(json: &Value, name: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    json["images"].as_array().unwrap().iter().map(|row| (text(&row["image"]), text(&row[name]))).collect()
}

/// What a workspace keeps of its last run, by what each step works on.
fn steps_of_last_run(workspace: &Workspace) -> BTreeMap<String, Value> {
    let runs = std::fs::read_dir(workspace.path(".keg/runs")).unwrap();
    let last = runs.map(|entry| entry.unwrap().path()).max().unwrap();
    let run: Value = serde_json::from_slice(&std::fs::read(last).unwrap()).unwrap();
    let steps = run["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["subject"].as_str().unwrap().to_owned(), step.clone())).collect()
}

fn all_are(results: &BTreeMap<String, String>, result: &str) -> bool {
    results.values().all(|other| other == result)
}

#[test]
fn a_builder_makes_what_the_engine_would_make() {
    let mut workspace = Workspace::new();
    // With the engine that everything else is tested with.
    docker(["version"]).success();
    thirty_images(&workspace, "127.0.0.1:1");
    let keys = |workspace: &Workspace| {
        let run = workspace.keg(["status", "--offline", "--format", "json"]).success().json();
        column(&run, "key")
    };
    let on_engine = workspace.keg(["build", "--offline", "--format", "json"]).success().json();
    let local = column(&on_engine, "key");
    assert_eq!((local.len(), all_are(&column(&on_engine, "result"), "built")), (1 + HUBS + TAPS, true));

    let engine = NewerEngine::start(&mut workspace);
    assert_eq!(keys(&workspace), local);
    let built = workspace.keg(["build", "--builder", BUILDER, "--offline", "--format", "json"]).success();
    assert!(all_are(&column(&built.json(), "result"), "built"), "{}", built.stdout);
    assert_eq!(column(&built.json(), "key"), local);
    for (image, key) in &local {
        for tag in [format!("keg-{}", &key[..12]), "main".to_owned()] {
            let reference = format!("127.0.0.1:1/{}/{image}:{tag}", workspace.name("team"));
            assert_eq!(engine.label(&reference, "dev.keg.key").as_ref(), Some(key), "{reference}");
            assert_eq!(engine.label(&reference, "dev.keg.image").as_ref(), Some(image), "{reference}");
        }
    }
    // The engine, to which that builder belongs, takes what it has built for its own, and the other way round.
    let again = workspace.keg(["build", "--offline", "--format", "json"]).success().json();
    assert!(all_are(&column(&again, "result"), "reused"), "{again}");
    workspace.file("images/hub0/files/0", "changed\n");
    workspace.keg(["build", "--offline"]).success();
    let again = workspace.keg(["build", "--builder", BUILDER, "--offline", "--format", "json"]).success().json();
    assert!(all_are(&column(&again, "result"), "reused"), "{again}");
}

#[test]
fn only_what_changed_is_built_and_the_events_are_those_of_any_build() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    thirty_images(&workspace, &registry.host());
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    workspace.keg(["build", "--push", "--builder", BUILDER]).success();
    workspace.file("images/hub0/files/0", "changed\n");
    workspace.commit();
    let plan = workspace.keg(["build", "--push", "--builder", BUILDER, "--dry-run"]).success();
    // No upload is a step of its own, and no parent is pulled.
    assert_eq!(plan.stdout.lines().count(), 1 + TAPS.div_ceil(HUBS) + 1, "{}", plan.stdout);
    let run = workspace.keg(["build", "--push", "--builder", BUILDER, "--format", "json"]).success();
    let events: Vec<Value> = run.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of =
        |kind: &str, step: &str| events.iter().filter(|event| event["event"] == kind && event["step"] == step).count();
    assert_eq!((of("step_started", "build hub0"), of("step_finished", "build hub0")), (1, 1), "{}", run.stderr);
    assert!(of("build_progress", "build hub0") > 0, "{}", run.stderr);
    assert_eq!(of("step_started", "build base"), 0);
    let published = |image: &str| registry.labels(&format!("{}/{image}", workspace.name("team")), "main").unwrap();
    for (image, key) in column(&run.json(), "key") {
        assert_eq!(published(&image)["dev.keg.key"], key, "{image}");
    }
}

#[test]
fn a_failed_target_is_reported_as_a_failed_build_is_and_the_others_go_on() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = workspace.name("team");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    NewerEngine::write_busybox(&workspace, "images/base", "");
    workspace.file("images/bad/Dockerfile", "FROM base\nRUN echo first; echo last; exit 7\n");
    workspace.file("images/child/Dockerfile", "FROM bad\nRUN echo never\n");
    workspace.file("images/lost/Dockerfile", "FROM base\nCOPY nothing /\n");
    // Still running when the others have failed.
    workspace.file("images/slow/Dockerfile", "FROM base\nRUN sleep 3; echo done > /slow\n");
    workspace.commit();
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);

    let run = workspace.keg(["build", "--push", "--builder", BUILDER, "--format", "json"]).code(1);
    let results = column(&run.json(), "result");
    let results: Vec<(&str, &str)> = results.iter().map(|(image, result)| (image.as_str(), result.as_str())).collect();
    let expected = [("bad", "failed"), ("base", "built"), ("child", "blocked"), ("lost", "failed"), ("slow", "built")];
    assert_eq!(results, expected, "{}{}", run.stdout, run.stderr);
    // Uploaded, and no tag has moved.
    let tags = |image: &str| registry.tags(&format!("{namespace}/{image}"));
    for image in ["base", "slow"] {
        let tags = tags(image);
        assert!(matches!(&tags[..], [only] if only.starts_with("keg-")), "{image}: {tags:?}");
    }
    for image in ["bad", "child", "lost"] {
        assert_eq!(tags(image), Vec::<String>::new(), "{image}");
    }

    // In the words of a build on the engine, with the same place and the same last lines.
    let by_builder = workspace.keg(["build", "bad", "lost", "--builder", BUILDER]).code(1);
    let by_engine = workspace.keg(["build", "bad", "lost"]).code(1);
    let report = |text: &str| text.split_once("  × ").map(|(_, report)| report.to_owned()).unwrap();
    assert_eq!(report(&by_builder.stderr), report(&by_engine.stderr));
    by_builder
        .complains("build bad: `RUN echo first; echo last; exit 7` ended with exit code 7 first last")
        .complains("images/bad/Dockerfile:2:1")
        .complains("nothing is not in the build context");
}

#[test]
fn secrets_reach_the_builder_and_nobody_else() {
    let mut workspace = Workspace::new();
    workspace.file("keg.yml", "layout: [images/*]\n");
    let run = "RUN --mount=type=secret,id=npm test \"$(cat /run/secrets/npm)\" = t0p-s3cret && cat /run/secrets/npm\n";
    NewerEngine::write_busybox(&workspace, "images/web", run);
    workspace.commit();
    workspace.env("NPM_TOKEN", "t0p-s3cret");
    let _engine = NewerEngine::start(&mut workspace);
    let secret = ["--secret", "id=npm,env=NPM_TOKEN"];
    let run = workspace.keg(["build", "--builder", BUILDER, "--verbose"].into_iter().chain(secret)).success();
    assert!(!run.stderr.contains("t0p-s3cret"), "{}", run.stderr);
    workspace.file("images/web/new", "\n");
    let definition = workspace.keg(["bake"].into_iter().chain(secret)).success();
    assert_eq!(definition.json()["target"]["web"]["secret"][0], "id=npm,env=NPM_TOKEN");
    assert!(!definition.stdout.contains("t0p-s3cret"));
}

#[test]
fn a_builder_that_is_not_there() {
    let workspace = Workspace::new();
    workspace
        .file("keg.yml", "layout: [images/*]\n")
        .file("images/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    workspace.commit();
    let instances = workspace.docker_config().join("buildx/instances");
    std::fs::create_dir_all(&instances).unwrap();
    std::fs::write(instances.join("farm"), r#"{"Name": "farm", "Driver": "docker-container", "Nodes": []}"#).unwrap();
    let run = workspace.keg(["build", "--builder", "frm"]).code(2);
    run.complains("there is no builder `frm`").complains("did you mean farm? There are: default, farm");
    workspace.file("keg.yml", "layout: [images/*]\nbuilder: elsewhere\n");
    workspace.keg(["build"]).code(2).complains("there is no builder `elsewhere`").complains("there are: default, farm");
    workspace.keg(["build", "--no-builder", "--dry-run"]).success();
}

#[test]
fn the_definition_is_what_bake_builds() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    thirty_images(&workspace, &registry.host());
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    let definition = workspace.keg(["bake", "tap0"]).success();
    let targets: Vec<String> = definition.json()["target"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(targets, ["base", "hub0", "tap0"]);
    let mut buildx = workspace.program(workspace.docker_config().join("cli-plugins/docker-buildx"));
    // It leaves folders behind in that one.
    buildx.env("TMPDIR", workspace.outside("temporary"));
    buildx.env("DOCKER_HOST", "").env("DOCKER_CONTEXT", BUILDER);
    buildx.args(["bake", "--builder", BUILDER, "--file", "-", "--push"]);
    crate::support::run(&mut buildx, definition.stdout.as_bytes()).success();
    // keg takes them for its own: nothing is left to do but to move the tags.
    let run = workspace.keg(["build", "tap0", "--push", "--format", "json"]).success().json();
    assert_eq!(column(&run, "result").values().collect::<Vec<_>>(), ["reused"]);
    let repository = |image: &str| format!("{}/{image}", workspace.name("team"));
    let (content, _) =
        registry.manifest(&repository("tap0"), &format!("keg-{}", &column(&run, "key")["tap0"][..12])).unwrap();
    assert_eq!(registry.manifest(&repository("tap0"), "main").unwrap().0, content);
    let empty = workspace.keg(["bake", "tap0"]).success().json();
    assert_eq!(empty["target"], json!({}));
    let all = workspace.keg(["bake", "tap0", "--all"]).success().json();
    // The same as if nothing was there.
    assert_eq!(all, definition.json());
}

#[test]
fn layers_in_the_registry_help_the_next_builder() {
    let registry = Registry::start();
    let write = |workspace: &Workspace, namespace: &str| {
        let keys = "layout: [images/*]\ndefault_branch: main\nbuilder: { name: newer, cache: true }\n";
        workspace.file("keg.yml", format!("registry: {}/{namespace}\n{keys}", registry.host()));
        NewerEngine::write_busybox(workspace, "images/web", "COPY file /\n");
        workspace.file("images/web/file", "1\n");
        // With a step of the same words.
        workspace
            .file("images/tool/Dockerfile", "FROM web\nRUN sleep 2\nCOPY file /\n")
            .file("images/tool/file", "tool\n");
        workspace.commit();
    };
    let mut first = Workspace::new();
    let namespace = first.name("team");
    write(&first, &namespace);
    {
        let mut engine = NewerEngine::start(&mut first);
        engine.pass_on(&registry);
        first.keg(["build", "--push"]).success();
    }
    let repository = format!("{namespace}/web");
    assert!(registry.tags(&repository).contains(&"keg-cache-main".to_owned()), "{:?}", registry.tags(&repository));

    // Another machine, on another branch, which has nothing of it.
    let mut other = Workspace::new();
    write(&other, &namespace);
    other.branch("feature/x").file("images/web/file", "2\n").commit();
    let mut engine = NewerEngine::start(&mut other);
    engine.pass_on(&registry);
    let run = other.keg(["build", "--push", "--format", "json"]).success();
    let events = run.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let cached = |event: &Value| {
        let is_install = event["instruction"].as_str().is_some_and(|instruction| instruction.contains("--install"));
        event["event"] == "build_progress" && is_install && event["cached"] == true
    };
    assert!(events.into_iter().any(|event| cached(&event)), "{}", run.stderr);
    // The account of the run has each image's own steps, none of its parents, and when it was built itself.
    let steps = steps_of_last_run(&other);
    assert_eq!((&steps["web"]["cache"], &steps["tool"]["cache"]), (&json!([3, 2]), &json!([2, 0])));
    let seconds = |image: &str, name: &str| steps[image][name].as_f64().unwrap();
    assert!(seconds("tool", "seconds") >= 2.0, "{steps:?}");
    let ended = |image: &str| seconds(image, "began") + seconds(image, "seconds");
    // It waits for web's steps, and web is done by itself while it runs.
    assert!(seconds("tool", "began") >= seconds("web", "began") && ended("web") < ended("tool"), "{steps:?}");
    assert!(registry.tags(&repository).contains(&"keg-cache-feature-x".to_owned()));
}
