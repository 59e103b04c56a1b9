//! `keg manifest` with the real engine and a real registry.

use serde_json::Value;

use crate::support::{Fault, Proxy, Registry, Request, Workspace, digest, docker};

/// base → web, with `info` commands, published to `host`.
fn family(host: &str) -> Workspace {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let info = "info:\n  RELEASE: {description: Release, run: cat /release}\n  SHELL: {run: [busybox, --help]}\n  \
                NOTHING: {run: 'true'}\n  WRONG: {run: 'echo oh dear; exit 3'}\n";
    let keys = format!("registry: {host}/{}team\nlayout: [images/*]\ndefault_branch: main\n", workspace.name(""));
    workspace.file("keg.yml", format!("{keys}tags: ['{{branch}}', 'v1-{{branch}}']\n{info}"));
    workspace.file(".gitignore", ".keg/\n");
    workspace.file("images/base/Dockerfile", format!("FROM {root}\nCOPY release /\n"));
    workspace.file("images/base/release", "one\n").file("images/base/image.yml", "info: [RELEASE]\n");
    workspace.file("images/web/Dockerfile", "FROM base\nARG COLOR\nARG API_TOKEN\nRUN echo $COLOR > /color\n");
    let args = "build: {args: {COLOR: green, API_TOKEN: hunter22}}\n";
    workspace.file("images/web/image.yml", format!("info: [SHELL, RELEASE]\ntests: [run: grep green /color]\n{args}"));
    workspace.file("images/web/.dockerignore", "image.yml\n");
    workspace
}

fn json(workspace: &Workspace, path: &str) -> Value {
    serde_json::from_str(&workspace.read(path)).unwrap()
}

fn get(registry: &Registry, path: &str) -> Option<Value> {
    let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                  application/vnd.docker.distribution.manifest.v2+json";
    let mut request = Request::get(format!("http://{}/v2/{path}", registry.host()));
    request.accept = Some(accept);
    let answer = request.answer().unwrap();
    (answer.status == 200).then(|| answer.json())
}

#[test]
fn what_is_built_is_described_in_files_and_beside_the_image() {
    let registry = Registry::start();
    let workspace = family(&registry.host());
    let commit = workspace.commit();
    workspace.keg(["build", "--test", "--push", "--manifest"]).success().complains("4 manifests are written");

    let record = json(&workspace, ".keg/manifests/web/main.json");
    assert_eq!(record["builds"], json(&workspace, ".keg/manifests/web/v1-main.json")["builds"]);
    assert_eq!((&record["version"], &record["image"], &record["kind"]), (&1.into(), &"web".into(), &"tap".into()));
    let (build, repository) = (&record["builds"][0], format!("{}team/web", workspace.name("")));
    let (image_digest, manifest) = registry.manifest(&repository, "main").unwrap();
    let reference = format!("{}/{repository}:main", registry.host());
    let inspected: Value = serde_json::from_str(&docker(["image", "inspect", &reference]).success()).unwrap();
    assert_eq!((&build["digest"], &build["id"]), (&image_digest.clone().into(), &inspected[0]["Id"]));
    assert_eq!((&build["revision"], &build["dirty"]), (&commit.into(), &false.into()));
    assert_eq!(build["size"]["unpacked"], inspected[0]["Size"]);
    let blobs = manifest["layers"].as_array().unwrap();
    let compressed: u64 = blobs.iter().map(|layer| layer["size"].as_u64().unwrap()).sum();
    assert_eq!(build["size"]["compressed"], compressed);
    let layers = build["layers"].as_array().unwrap();
    assert_eq!(layers.len(), blobs.len());
    for (place, layer) in layers.iter().enumerate() {
        assert_eq!(layer["diff"], inspected[0]["RootFS"]["Layers"][place]);
        assert_eq!((&layer["digest"], &layer["compressed"]), (&blobs[place]["digest"], &blobs[place]["size"]));
    }
    let base = registry.manifest(&repository.replace("/web", "/base"), "main").unwrap().0;
    let parent = &build["parents"][0];
    assert_eq!((&parent["name"], &parent["digest"], &parent["is_base"]), (&"base".into(), &base.into(), &true.into()));
    assert_eq!(build["build_args"], serde_json::json!({ "API_TOKEN": "***", "COLOR": "green" }));
    assert_eq!(build["tests"], serde_json::json!({ "count": 1, "passed": true }));
    let info = build["info"].as_array().unwrap();
    let names: Vec<&str> = info.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["RELEASE", "SHELL"], "inherited ones first, each once");
    assert_eq!((&info[0]["output"], &info[0]["description"]), (&"one\n".into(), &"Release".into()));
    let markdown = workspace.read(".keg/manifests/web/main.md");
    assert!(markdown.contains(&image_digest) && markdown.contains("$ cat /release\none\n"), "{markdown}");

    // This registry does not list referrers itself, so they stand under a tag.
    let tag = image_digest.replace(':', "-");
    let index = get(&registry, &format!("{repository}/manifests/{tag}")).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["artifactType"]), (1, &"application/vnd.keg.manifest.v1+json".into()));
    let artifact =
        get(&registry, &format!("{repository}/manifests/{}", entries[0]["digest"].as_str().unwrap())).unwrap();
    assert_eq!(artifact["subject"]["digest"], image_digest.as_str());
    let document = artifact["layers"][0]["digest"].as_str().unwrap();
    let stored = get(&registry, &format!("{repository}/blobs/{document}")).unwrap();
    assert_eq!(stored, record);
    assert_eq!(digest(serde_json::to_string_pretty(&stored).unwrap().as_bytes()), document);

    // Another build becomes the first of two; the same again does not become a third.
    workspace.file("images/base/release", "two\n");
    workspace.keg(["build", "--push"]).success();
    for _ in 0..2 {
        workspace.keg(["manifest", "--push", "web"]).success().says(".keg/manifests/web/main.json");
    }
    let record = json(&workspace, ".keg/manifests/web/main.json");
    let outputs: Vec<&Value> =
        record["builds"].as_array().unwrap().iter().map(|build| &build["info"][0]["output"]).collect();
    assert_eq!(outputs, ["two\n", "one\n"]);
    assert_eq!(record["builds"][0]["tests"]["passed"], false);
    workspace.keg(["manifest", "base"]).success();
    assert_eq!(json(&workspace, ".keg/manifests/base/main.json")["builds"][0]["dirty"], true);
    let tag = record["builds"][0]["digest"].as_str().unwrap().replace(':', "-");
    let index = get(&registry, &format!("{repository}/manifests/{tag}")).unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1, "{index}");
    // What stands beside images is in nobody's way.
    workspace.keg(["prune", "--remote", "--older-than", "0s", "--keep", "1", "--yes"]).success();
    workspace.keg(["push"]).success();
}

#[test]
fn commands_that_fail_or_print_nothing_are_errors() {
    let workspace = family("127.0.0.1:1");
    workspace.commit();
    workspace.keg(["manifest", "web"]).code(2).complains("cannot describe what is not built: web");
    workspace.file("images/base/image.yml", "info: [RELEASE, NOTHING, WRONG]\n");
    workspace.keg(["build", "--offline"]).success();
    let run =
        workspace.keg(["manifest", "web"]).code(1).complains("info `NOTHING` of web (keg.yml:8): it prints nothing");
    run.complains("info `WRONG` of web (keg.yml:9): it ended with code 3").complains("oh dear");
    assert!(!workspace.path(".keg/manifests/web").exists());
    workspace.file("images/base/image.yml", "info: [RELEASE]\n");
    workspace.keg(["build", "--offline"]).success();
    let printed = workspace.keg(["manifest", "base", "--format", "json"]).success().json();
    let build = &printed["manifests"][0]["builds"][0];
    assert_eq!((&build["digest"], &build["size"]["compressed"]), (&Value::Null, &Value::Null));
    assert_eq!(build["info"][0]["output"], "one\n");
    workspace
        .keg(["manifest", "web", "--dry-run"])
        .success()
        .says("info web: RELEASE (cat /release): defined in keg.yml:6");
}

#[test]
fn a_registry_that_takes_images_only_is_said_and_no_failure() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = family(&proxy.host());
    workspace.commit();
    workspace.keg(["build", "base", "--push"]).success();
    proxy.fail("PUT /v2/", Fault::Status(400, ""));
    let run = workspace.keg(["manifest", "base", "--push"]).success();
    run.complains("those of base are in .keg/manifests only");
    assert!(workspace.path(".keg/manifests/base/main.md").exists());
    workspace.keg(["build", "web"]).success();
    workspace.keg(["manifest", "web", "--push"]).code(2).complains("web is not published").complains("keg push web");
}

#[test]
fn every_variant_of_an_image_is_tested_and_described() {
    let registry = Registry::start();
    let workspace = family(&registry.host());
    let plans = "plans: {cpu: {args: {COLOR: green}}, gpu: {args: {COLOR: evergreen}}}\n";
    let keys = workspace.read("keg.yml").replace("tags: ['{branch}', 'v1-{branch}']\n", plans);
    workspace.file("keg.yml", keys).commit();
    let run = workspace.keg(["build", "--test", "--push", "--manifest", "--format", "json"]).success();
    let tests = run.json()["tests"].as_array().unwrap().clone();
    let names: Vec<&str> = tests.iter().map(|test| test["image"].as_str().unwrap()).collect();
    assert_eq!(names, ["web [cpu]", "web [gpu]"]);
    assert!(tests.iter().all(|test| test["result"] == "passed" && test["inherited_from"] == Value::Null), "{tests:?}");
    let repository = format!("{}team/web", workspace.name(""));
    for (plan, color) in [("cpu", "green"), ("gpu", "evergreen")] {
        let build = &json(&workspace, &format!(".keg/manifests/web/{plan}-main.json"))["builds"][0];
        let (digest, _) = registry.manifest(&repository, &format!("{plan}-main")).unwrap();
        assert_eq!((&build["plan"], &build["digest"]), (&plan.into(), &digest.clone().into()));
        assert_eq!(build["build_args"]["COLOR"], color);
        assert_eq!(build["info"][0]["output"], "one\n");
        assert!(get(&registry, &format!("{repository}/manifests/{}", digest.replace(':', "-"))).is_some());
    }
    workspace.keg(["test", "web", "--plan", "gpu"]).success().says("web [gpu]").complains("1 test passed");
}
