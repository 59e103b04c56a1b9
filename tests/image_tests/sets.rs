//! `keg build --test`: nothing that has not passed gets a tag that people use.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{containers, keg_yml, outcomes};
use crate::support::trees::T;
use crate::support::{Registry, Workspace, docker};

/// The tree T, where an image passes if its own file does not say `bad`, and inherits the tests of its parents.
struct Tree {
    registry: Registry,
    workspace: Workspace,
}

impl Tree {
    /// Nothing is built yet.
    fn new(keys: &str) -> Self {
        let (registry, mut workspace) = (Registry::start(), Workspace::new());
        let root = workspace.root_image();
        workspace.file("keg.yml", keg_yml(&workspace, &registry.host(), keys)).file(".gitignore", ".keg/\n");
        for (name, parent) in T {
            let parent = parent.unwrap_or(&root);
            let folder = format!("images/{name}");
            workspace.file(format!("{folder}/Dockerfile"), format!("FROM {parent}\nCOPY {name} /\n"));
            workspace.file(format!("{folder}/.dockerignore"), "image.yml\n");
            let test = format!("{{name: of-{name}, run: '! grep bad /{name}'}}");
            workspace.file(format!("{folder}/image.yml"), format!("tests: [{test}]\n"));
            workspace.file(format!("{folder}/{name}"), "1\n");
        }
        workspace.commit();
        Self { registry, workspace }
    }

    fn change(&self, image: &str, text: &str) {
        self.workspace.file(format!("images/{image}/{image}"), text);
    }

    fn repository(&self, image: &str) -> String {
        format!("{}team/{image}", self.workspace.name(""))
    }

    /// What the tag `main` of each image names: in the registry and on the engine.
    fn tags(&self) -> BTreeMap<&'static str, [String; 2]> {
        let of = |name: &str| {
            let there = self.registry.manifest(&self.repository(name), "main").map(|(digest, _)| digest);
            [there.unwrap_or_default(), self.on_engine(name, "main")]
        };
        T.map(|(name, _)| (name, of(name))).into()
    }

    /// The id of an image on the engine; empty where there is none.
    fn on_engine(&self, name: &str, tag: &str) -> String {
        let reference = format!("{}/{}:{tag}", self.registry.host(), self.repository(name));
        docker(["image", "inspect", "--format", "{{.Id}}", &reference]).stdout.trim().to_owned()
    }

    fn content_tag(&self, row: &Value) -> String {
        format!("keg-{}", &row["key"].as_str().unwrap()[..12])
    }
}

/// The result of each image by its name.
fn results(json: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    json["images"].as_array().unwrap().iter().map(|row| (text(&row["image"]), text(&row["result"]))).collect()
}

fn expected(results: &[(&str, &str)]) -> BTreeMap<String, String> {
    results.iter().map(|(name, result)| ((*name).to_owned(), (*result).to_owned())).collect()
}

#[test]
fn a_failing_test_blocks_what_is_built_on_the_image_and_every_tag() {
    let tree = Tree::new("");
    let build = ["build", "--test", "--push", "--format", "json"];
    tree.workspace.keg(build).success();
    let before = tree.tags();
    assert!(before.values().flatten().all(|tag| !tag.is_empty()), "{before:?}");

    tree.change("base", "2\n");
    tree.change("a", "bad\n");
    let run = tree.workspace.keg(build).code(1);
    let json = run.json();
    assert_eq!(
        results(&json),
        expected(&[
            ("a", "failed"),
            ("a1", "blocked"),
            ("b", "built"),
            ("b1", "built"),
            ("b2", "built"),
            ("base", "built"),
        ])
    );
    assert_eq!(tree.tags(), before, "a tag has moved");
    assert!(json["images"].as_array().unwrap().iter().all(|row| row["published"] == false), "{json}");
    let row = |name: &str| json["images"].as_array().unwrap().iter().find(|row| row["image"] == name).unwrap().clone();
    assert!(
        row("a")["error"].as_str().unwrap().contains("test `of-a` of a (images/a/image.yml:1): it ended with code 1")
    );
    assert_eq!(row("a1")["reason"], "test a: of-a failed");
    // It was uploaded; that harms nobody.
    let uploaded = tree.registry.tags(&tree.repository("a"));
    assert!(uploaded.contains(&tree.content_tag(&row("a"))), "{uploaded:?}");
    assert_eq!(tree.on_engine("a1", &tree.content_tag(&row("a1"))), "");
    assert!(outcomes(&json).contains(&"b1 of-b1 passed".to_owned()), "{json}");
    assert!(outcomes(&json).contains(&"a1 of-base blocked".to_owned()), "{json}");

    // It is still not good when nothing has to be built.
    let json = tree.workspace.keg(build).code(1).json();
    assert_eq!((results(&json)["a"].as_str(), results(&json)["b"].as_str()), ("failed", "reused"));
    assert_eq!(tree.tags(), before, "a tag has moved");

    tree.change("a", "3\n");
    let json = tree.workspace.keg(build).success().json();
    assert_eq!(
        results(&json),
        expected(&[
            ("a", "built"),
            ("a1", "built"),
            ("b", "reused"),
            ("b1", "reused"),
            ("b2", "reused"),
            ("base", "reused"),
        ])
    );
    // What has passed before is not run again.
    assert_eq!(
        outcomes(&json),
        ["a of-base passed", "a of-a passed", "a1 of-base passed", "a1 of-a passed", "a1 of-a1 passed"]
    );
    let after = tree.tags();
    assert!(T.iter().all(|(name, _)| after[name][0] != before[name][0] && after[name][1] != before[name][1]));
    for (name, _) in T {
        let labels = tree.registry.labels(&tree.repository(name), "main").unwrap();
        let key = json["images"].as_array().unwrap().iter().find(|row| row["image"] == name).unwrap()["key"].clone();
        assert_eq!(labels["dev.keg.key"], key, "{name}");
    }
    assert_eq!(containers(&tree.workspace), "");
}

#[test]
fn other_tests_run_again_and_what_is_published_is_pulled_for_them() {
    let tree = Tree::new("");
    tree.workspace.keg(["build", "--test", "--push"]).success();
    let none: [String; 0] = [];
    let json = tree.workspace.keg(["build", "--test", "--push", "--format", "json"]).success().json();
    assert_eq!(outcomes(&json), none);
    // Another definition is another test, of this image and of those on it.
    tree.workspace.file("images/a/image.yml", "tests: [{name: of-a, run: grep 1 /a}]\n");
    let json = tree.workspace.keg(["build", "--test", "--push", "--format", "json"]).success().json();
    assert_eq!(outcomes(&json).len(), 5, "{json}");

    // On a machine that knows nothing: what already has its tags is left alone, a new tag is only for what has passed.
    let ids = docker([
        "images",
        "--quiet",
        "--no-trunc",
        &format!("{}/{}team/*", tree.registry.host(), tree.workspace.name("")),
    ]);
    let mut ids: Vec<&str> = ids.stdout.lines().collect();
    ids.sort_unstable();
    ids.dedup();
    docker(["image", "rm", "--force"].into_iter().chain(ids)).success();
    tree.workspace.remove(".keg");
    let json = tree.workspace.keg(["build", "--test", "--push", "--format", "json"]).success().json();
    assert_eq!(outcomes(&json), none);
    tree.workspace.branch("other");
    let json = tree.workspace.keg(["build", "b", "--test", "--push", "--format", "json"]).success().json();
    assert_eq!(results(&json)["b"], "pulled");
    assert_eq!(outcomes(&json), ["b of-base passed", "b of-b passed"]);
    assert!(tree.registry.tags(&tree.repository("b")).contains(&"other".to_owned()));
}

#[test]
fn without_content_tags_nothing_is_uploaded_before_it_has_passed() {
    let tree = Tree::new("content_tags: false\n");
    tree.change("b", "bad\n");
    tree.workspace.keg(["build", "base", "b", "--test", "--push"]).code(1);
    assert_eq!(
        (tree.registry.tags(&tree.repository("base")), tree.registry.tags(&tree.repository("b"))),
        (vec![], vec![])
    );
    assert_eq!(tree.on_engine("base", "main"), "");
    tree.change("b", "good\n");
    tree.workspace.keg(["build", "base", "b", "--test", "--push"]).success();
    assert_eq!(tree.registry.tags(&tree.repository("b")), ["main"]);
    assert_ne!(tree.on_engine("base", "main"), "");
}

#[test]
fn a_rebuild_under_the_same_key_is_tested_again() {
    let tree = Tree::new("");
    tree.workspace.keg(["build", "base", "--test"]).success();
    let json = tree.workspace.keg(["build", "base", "--test", "--no-cache", "--format", "json"]).success().json();
    assert_eq!(outcomes(&json).len(), 14, "base and all that is built on it: {json}");
    let json = tree.workspace.keg(["build", "base", "--test", "--format", "json"]).success().json();
    assert_eq!(outcomes(&json), [""; 0]);
}
