//! `keg tap new` with the real engine and registry.

use crate::support::{Registry, Workspace, docker, image_names};

/// A workspace with an image that taps start from, published to `registry` under the branch `main`.
fn workspace(registry: &Registry) -> Workspace {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let namespace = format!("{}/{}ns", registry.host(), workspace.name(""));
    workspace.file("keg.yml", format!("registry: {namespace}\ndefault_tag: develop\n"));
    workspace.file("hub/tap/Dockerfile", format!("FROM {root}\n"));
    workspace.branch("main").commit();
    workspace
}

fn repository(workspace: &Workspace, image: &str) -> String {
    format!("{}ns/{image}", workspace.name(""))
}

fn remove_local_images(workspace: &Workspace) {
    let mine: Vec<String> =
        image_names().into_iter().filter(|name| name.contains(&format!("{}ns/", workspace.name("")))).collect();
    docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
}

#[test]
fn every_template_is_built_published_and_works() {
    let registry = Registry::start();
    let workspace = workspace(&registry);
    workspace.keg(["build", "--push"]).success();
    remove_local_images(&workspace);
    workspace.branch("feature/new");
    // The base is pulled and not built: its content is the published one's.
    let run =
        workspace.keg(["tap", "new", "plain", "--template", "blank", "--alias", "p", "--format", "json"]).success();
    assert_eq!(run.json()["images"][0]["result"], "pulled", "{}", run.stdout);
    assert_eq!(run.json()["images"][1]["result"], "built", "{}", run.stdout);
    let tags = registry.tags(&repository(&workspace, "plain"));
    assert!(tags.contains(&"develop".to_owned()) && !tags.contains(&"feature-new".to_owned()), "{tags:?}");

    workspace.keg(["tap", "new", "greeter", "--template", "web"]).success();
    remove_local_images(&workspace);
    // No image of the branch: it starts from the default tag, pulled.
    workspace.keg(["start", "greeter"]).success().complains("develop").says("healthy");
    let page = "wget -q -O - http://127.0.0.1:8080/";
    let run = workspace.keg(["exec", "greeter", "--", "sh", "-c", page]).success();
    assert!(run.stdout.to_lowercase().contains("greeter"), "{}", run.stdout);
    workspace.keg(["stop", "greeter"]).success();
    workspace.keg(["tap", "list"]).success().says("greeter").says("plain");
}

#[test]
fn nothing_is_written_by_halves() {
    let registry = Registry::start();
    let workspace = workspace(&registry);
    workspace.keg(["tap", "new"]).code(2).complains("name");
    workspace.keg(["tap", "new", "Bad Name"]).code(2).complains("try `bad-name`");
    workspace.keg(["tap", "new", "../x"]).code(2);
    workspace.keg(["tap", "new", "tap"]).code(2).complains("hub/tap");
    workspace.keg(["tap", "new", "shop", "--template", "wbe"]).code(2).complains("web");
    workspace.keg(["tap", "new", "shop", "--alias", "build"]).code(2).complains("command");
    workspace.keg(["tap", "new", "shop", "--base", "NO:T A"]).code(2);
    workspace.keg(["tap", "new", "shop", "--dry-run"]).success().says("taps/shop/Dockerfile");
    workspace.keg(["tap", "new", "docs", "--dry-run"]).success().complains("`keg start docs`");
    assert!(!workspace.path("taps").exists());
    workspace.keg(["tap", "new", "shop", "--no-build"]).success();
    assert!(workspace.path("taps/shop/Dockerfile").exists());
    assert!(registry.catalog().is_empty());
    workspace.keg(["tap", "new", "shop"]).code(2).complains("taps/shop");
    workspace.keg(["tap", "new", "mart", "--no-push"]).success();
    assert!(registry.catalog().is_empty());
}
