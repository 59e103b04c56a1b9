//! Images for several platforms: built, published, moved and removed as a whole.

use serde_json::{Value, json};

use crate::support::newer_engine::{BUILDER, NewerEngine};
use crate::support::{Registry, Workspace};

/// The platforms that the images are for.
const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// base and web for both platforms, and tool, on web, for that of the machine.
fn write(workspace: &Workspace, registry: &Registry) -> String {
    let namespace = workspace.name("team");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    workspace.file(".gitignore", ".keg/\n");
    for (image, parent) in [("base", "scratch"), ("web", "base"), ("tool", "web")] {
        workspace.file(format!("images/{image}/Dockerfile"), format!("FROM {parent}\nCOPY file /{image}\n"));
        workspace.file(format!("images/{image}/file"), "1\n");
    }
    for image in ["base", "web"] {
        workspace.file(format!("images/{image}/image.yml"), "build: { platforms: [linux/amd64, linux/arm64] }\n");
    }
    workspace.commit();
    namespace
}

/// The platforms of an index; each of its images is there, with its settings and layers, and keg's labels.
fn platforms(registry: &Registry, repository: &str, tag: &str) -> Vec<String> {
    let (_, index) = registry.manifest(repository, tag).unwrap_or_else(|| panic!("{repository}:{tag} is not there"));
    let Some(entries) = index["manifests"].as_array() else { return Vec::new() };
    let platform = |entry: &Value| {
        let digest = entry["digest"].as_str().unwrap();
        let (_, manifest) = registry.manifest(repository, digest).unwrap();
        assert!(!manifest["layers"].as_array().unwrap().is_empty(), "{manifest}");
        let labels = registry.labels(repository, digest).unwrap();
        assert!(labels["dev.keg.key"].is_string(), "{labels}");
        format!("{}/{}", entry["platform"]["os"].as_str().unwrap(), entry["platform"]["architecture"].as_str().unwrap())
    };
    let mut platforms: Vec<String> = entries.iter().map(platform).collect();
    platforms.sort();
    platforms
}

fn key(run: &Value, image: &str) -> String {
    let rows = run["images"].as_array().unwrap();
    rows.iter().find(|row| row["image"] == image).unwrap()["key"].as_str().unwrap().to_owned()
}

#[test]
fn an_image_for_two_platforms_is_published_moved_and_removed_as_a_whole() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = write(&workspace, &registry);
    let repository = |image: &str| format!("{namespace}/{image}");
    let digest = |image: &str, tag: &str| registry.manifest(&repository(image), tag).map(|(digest, _)| digest);
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);

    let first = workspace.keg(["build", "--push", "--builder", BUILDER, "--format", "json"]).success().json();
    for image in ["base", "web"] {
        let content = format!("keg-{}", &key(&first, image)[..12]);
        assert_eq!(platforms(&registry, &repository(image), &content), BOTH, "{image}");
        assert_eq!(platforms(&registry, &repository(image), "main"), BOTH, "{image}");
        assert_eq!(digest(image, "main"), digest(image, &content));
        let labels =
            registry.labels(&repository(image), &registry_part(&registry, &repository(image), "arm64")).unwrap();
        assert_eq!(labels["dev.keg.key"], key(&first, image));
    }
    assert_eq!(platforms(&registry, &repository("tool"), "main"), Vec::<String>::new());
    let again = workspace.keg(["build", "--push", "--builder", BUILDER, "--dry-run"]).success();
    assert_eq!(again.stdout, "nothing to do\n");

    // Retagged and promoted: the same index, so both platforms.
    let released = digest("web", "main");
    workspace.keg(["tag", "web", "--tag", "mine", "--push"]).success();
    workspace.keg(["promote", "main", "stable"]).success();
    for tag in ["mine", "stable"] {
        assert_eq!(digest("web", tag), released, "{tag}");
        assert_eq!(platforms(&registry, &repository("web"), tag), BOTH, "{tag}");
    }

    // What is older goes, and neither platform of what stays.
    let mut old = Vec::new();
    for version in ["2", "3"] {
        old.push(registry_parts(&registry, &repository("web"), "main"));
        workspace.file("images/web/file", version);
        workspace.commit();
        workspace.keg(["build", "--push", "--builder", BUILDER]).success();
    }
    let untouched = [old.remove(0)];
    workspace.keg(["prune", "--remote", "--keep", "1", "--older-than", "0s", "--yes"]).success();
    for parts in &old {
        for part in parts {
            assert_eq!(registry.manifest(&repository("web"), part), None, "{part} stays");
        }
    }
    for part in untouched.iter().flatten() {
        assert!(registry.manifest(&repository("web"), part).is_some(), "{part} is stable's, and gone");
    }
    for tag in ["main", "stable"] {
        for image in ["base", "web"] {
            assert_eq!(platforms(&registry, &repository(image), tag), BOTH, "{image}:{tag}");
        }
    }
    assert_eq!(digest("web", "stable"), released);
}

/// The digests of an index's images.
fn registry_parts(registry: &Registry, repository: &str, tag: &str) -> Vec<String> {
    let (_, index) = registry.manifest(repository, tag).unwrap();
    let digests =
        index["manifests"].as_array().unwrap().iter().map(|entry| entry["digest"].as_str().unwrap().to_owned());
    digests.collect()
}

/// The digest of an index's image for an architecture.
fn registry_part(registry: &Registry, repository: &str, architecture: &str) -> String {
    let (_, index) = registry.manifest(repository, "main").unwrap();
    let entries = index["manifests"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["platform"]["architecture"] == architecture).unwrap();
    entry["digest"].as_str().unwrap().to_owned()
}

#[test]
fn an_engine_makes_its_own_platform_and_takes_the_whole_where_there_is_one() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = write(&workspace, &registry);
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    let catalog = || registry.catalog();

    // Nobody has the whole: the engine makes its part, under a key of its own.
    let local = workspace.keg(["build", "--format", "json"]).success();
    assert!(local.stderr.contains("built for linux/amd64 alone: base (linux/amd64, linux/arm64)"), "{}", local.stderr);
    let local = local.json();
    // Which is never published.
    for arguments in [&["push"][..], &["build", "--push"], &["tag", "web", "--tag", "mine", "--push"]] {
        let run = workspace.keg(arguments.iter().copied()).code(2);
        run.complains("only linux/amd64").complains("keg build --push --builder NAME");
    }
    assert_eq!(catalog(), Vec::<String>::new());
    let whole = workspace.keg(["build", "--push", "--builder", BUILDER, "--format", "json"]).success().json();
    for image in ["base", "web", "tool"] {
        assert_ne!(key(&whole, image), key(&local, image), "{image}");
    }
    assert_eq!(platforms(&registry, &format!("{namespace}/web"), "main"), BOTH);

    // Another machine gets the whole from the registry and builds nothing.
    let mut other = Workspace::new();
    for file in ["keg.yml", "images/base/Dockerfile", "images/base/file", "images/base/image.yml"] {
        other.file(file, workspace.read(file));
    }
    other.commit();
    let other_engine = {
        let mut engine = NewerEngine::start(&mut other);
        engine.pass_on(&registry);
        engine
    };
    let run = other.keg(["build", "--format", "json"]).success().json();
    assert_eq!(run["images"][0]["result"], json!("pulled"), "{run}");
    assert_eq!(key(&run, "base"), key(&whole, "base"));
    let content = format!("{}/{namespace}/base:keg-{}", registry.host(), &key(&whole, "base")[..12]);
    assert_eq!(other_engine.label(&content, "dev.keg.key"), Some(key(&whole, "base")));
    // And has nothing to publish.
    other.keg(["push"]).success();
    assert_eq!(platforms(&registry, &format!("{namespace}/base"), "main"), BOTH);
}

#[test]
fn a_start_says_which_platform_is_pulled() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let namespace = workspace.name("team");
    let keys = "layout: { taps: [taps/*] }\ndefault_branch: main\n";
    workspace.file("keg.yml", format!("registry: {}/{namespace}\n{keys}", registry.host()));
    let name = workspace.name("web");
    workspace.file(format!("taps/{name}/tap.yml"), "build: { platforms: [linux/amd64, linux/arm64] }\n");
    // What runs is for one of them, which is enough where it runs.
    workspace.file(format!("taps/{name}/busybox"), std::fs::read(NewerEngine::busybox()).unwrap());
    let dockerfile = "FROM scratch\nCOPY --chmod=755 busybox /busybox\nCMD [\"/busybox\", \"sleep\", \"600\"]\n";
    workspace.file(format!("taps/{name}/Dockerfile"), dockerfile);
    workspace.commit();
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    workspace.keg(["build", "--push", "--builder", BUILDER]).success();
    let repository = format!("{namespace}/{name}");
    assert_eq!(platforms(&registry, &repository, "main"), BOTH);
    let reference = format!("{}/{repository}:main", registry.host());
    engine.docker(["image", "rm", "--force", &reference]).success();
    let line = format!("{reference}: its linux/amd64 is pulled, of linux/amd64, linux/arm64");
    workspace.keg(["start", &name]).success().complains(&line);
    assert_eq!(engine.docker(["ps", "--quiet"]).success().lines().count(), 1);
    // What was pulled needs no word.
    let again = workspace.keg(["start", &name]).success();
    assert!(!again.stderr.contains("is pulled"), "{}", again.stderr);
    workspace.keg(["stop", &name]).success();

    // An index with nothing for this engine: refused before anything is pulled.
    let (_, mut index) = registry.manifest(&repository, "main").unwrap();
    index["manifests"].as_array_mut().unwrap().retain(|entry| entry["platform"]["architecture"] == "arm64");
    index["mediaType"] = json!("application/vnd.oci.image.index.v1+json");
    registry.put_manifest(&repository, "elsewhere", &index);
    let elsewhere = format!("{}/{repository}:elsewhere", registry.host());
    let run = workspace.keg(["start", &name, "--from", &elsewhere]).code(2);
    run.complains(&format!("{elsewhere} is for linux/arm64, and the engine is linux/amd64"));
}
