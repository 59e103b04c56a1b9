//! A builder gets the files that the engine gets, and that the key is of, though it reads the context by itself.

use std::collections::BTreeMap;
use std::io::Read;

use crate::support::newer_engine::{BUILDER, NewerEngine};
use crate::support::{Registry, Workspace, run};

const IMAGES: [&str; 4] = ["plain", "own", "whole", "whole-own"];

/// One image without an ignore file, one with its own beside the Dockerfile and another in the context, and two with the
/// whole workspace as context.
fn write(workspace: &Workspace, registry: &Registry, namespace: &str) {
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    for image in IMAGES {
        let folder = format!("images/{image}");
        workspace.file(format!("{folder}/Dockerfile"), "FROM scratch\nCOPY . /\n");
        for file in ["a", "b", "sub/a", "sub/b", "sp ace", "c$d"] {
            workspace.file(format!("{folder}/{file}"), format!("{file}\n"));
        }
    }
    workspace.file("images/plain/.dockerignore", "sub/b\n");
    workspace.file("images/own/.dockerignore", "a\n");
    workspace.file("images/own/Dockerfile.dockerignore", "sub\n!sub/a\n.dockerignore\n");
    let whole = "build: { context: ../.. }\n";
    workspace.file("images/whole/image.yml", whole).file("images/whole-own/image.yml", whole);
    workspace.file(".dockerignore", ".git\n");
    workspace.file("images/whole-own/Dockerfile.dockerignore", ".git\nimages/*\n!images/own\n");
    workspace.commit();
}

/// The files of the image that the branch's tag names, with what is in them.
fn files(engine: &NewerEngine, workspace: &Workspace, repository: &str) -> BTreeMap<String, Vec<u8>> {
    let (image, archive) = (format!("{repository}:main"), workspace.outside("files").join("export.tar"));
    let container = engine.docker(["create", &image, "nothing"]).success();
    let archive_path = archive.to_str().unwrap();
    engine.docker(["export", "--output", archive_path, container.trim()]).success();
    engine.docker(["rm", container.trim()]).success();
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        // What the engine puts into every container.
        let is_engines = ["dev/", "etc/", "proc/", "sys/", ".dockerenv"].iter().any(|own| path.starts_with(own));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if !is_engines && !path.ends_with('/') {
            files.insert(path, content);
        }
    }
    files
}

#[test]
fn the_files_are_those_of_the_engines_own_build() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = workspace.name("team");
    write(&workspace, &registry, &namespace);
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    let all = || IMAGES.map(|image| files(&engine, &workspace, &format!("{}/{namespace}/{image}", registry.host())));
    workspace.keg(["build", "--push"]).success();
    let by_engine = all();
    let names = by_engine.each_ref().map(|files| files.keys().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(names[0], [".dockerignore", "Dockerfile", "a", "b", "c$d", "sp ace", "sub/a"]);
    assert_eq!(names[1], ["Dockerfile", "Dockerfile.dockerignore", "a", "b", "c$d", "sp ace", "sub/a"]);
    assert!(names[2].contains(&"images/own/sub/b") && names[2].contains(&"keg.yml"), "{names:?}");
    assert!(names[3].contains(&"images/own/sub/b") && !names[3].contains(&"images/plain/a"), "{names:?}");
    for names in &names {
        assert!(!names.iter().any(|path| path.starts_with(".keg") || path.starts_with(".git/")), "{names:?}");
    }

    workspace.keg(["build", "--push", "--builder", BUILDER, "--no-cache"]).success();
    assert_eq!(all(), by_engine);

    let digests = || IMAGES.map(|image| registry.manifest(&format!("{namespace}/{image}"), "main").unwrap().0);
    let before = digests();
    let definition = workspace.keg(["bake", "--all", "--push"]).success();
    let mut buildx = workspace.program(workspace.docker_config().join("cli-plugins/docker-buildx"));
    // It leaves folders behind in that one.
    buildx.env("TMPDIR", workspace.outside("temporary"));
    buildx.env("DOCKER_HOST", "").env("DOCKER_CONTEXT", BUILDER);
    buildx.args(["bake", "--builder", BUILDER, "--no-cache", "--file", "-"]);
    run(&mut buildx, definition.stdout.as_bytes()).success();
    // Under the same content tags, which keg takes for its own.
    workspace.keg(["push"]).success();
    for (image, (before, now)) in IMAGES.iter().zip(before.into_iter().zip(digests())) {
        assert_ne!(before, now, "{image}");
        engine.docker(["pull", &format!("{}/{namespace}/{image}:main", registry.host())]).success();
    }
    assert_eq!(all(), by_engine);
}
