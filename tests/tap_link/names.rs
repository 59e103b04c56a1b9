//! What links may be called, and what becomes of those that lead nowhere.

use super::*;

#[test]
fn a_name_that_is_taken_is_refused_with_both_places() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n").file("taps/web/tap.yml", "alias: w\n");
    let repository = scene.repository("evf", "main", "app", "alias: evf\n");
    let path = repository.to_str().unwrap();
    let place = workspace.path("taps/web").display().to_string();
    for name in ["web", "w", "WEB"] {
        workspace.keg(["tap", "link", name, path]).code(2).complains(&place).complains(path);
    }
    for name in ["build", "tap", "../x", "a b", "-x", "a\nb", "$(touch x)"] {
        workspace.keg(["tap", "link", "--", name, path]).code(2);
    }
    assert_eq!(scene.links(), "");
    // The tap's own name is one of the workspace's.
    let second = scene.repository("second", "main", "base", "");
    workspace
        .keg(["tap", "link", "second", second.to_str().unwrap()])
        .code(2)
        .complains("hub/base")
        .complains("second");
    // The image in that folder gets one more name.
    workspace.keg(["tap", "link", "shop", "taps/web"]).success();
    scene.outside(["status", "shop", "--format", "json"]).success().says("\"image\": \"web\"");
    workspace.keg(["tap", "link", path, "--dry-run"]).success().says("would link evf");
    workspace.keg(["tap", "link", path]).success();
    workspace.keg(["tap", "link", path]).success();
    let third = scene.repository("third", "main", "third", "");
    let run = workspace.keg(["tap", "link", "evf", third.to_str().unwrap()]).code(2);
    run.complains(path).complains("keg tap unlink evf");
    let nothing = workspace.outside("nothing");
    workspace.keg(["tap", "link", "x", nothing.to_str().unwrap()]).code(2).complains("tap.yml or a Dockerfile");
    workspace.keg(["tap", "link", "x", "not-there"]).code(2).complains("not-there");
    workspace.keg(["tap", "unlink", "evg"]).code(2).complains("did you mean `evf`?");
    workspace.keg(["tap", "unlink", "evf", "--dry-run"]).success().says("would unlink evf");
    assert!(scene.links().contains("evf"));

    // The workspace gains a tap of the link's name.
    workspace.file("taps/evf/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    for arguments in [["status", "evf"], ["evf", "build"], ["start", "evf"]] {
        let run = workspace.keg(arguments).code(2);
        run.complains(&workspace.path("taps/evf").display().to_string()).complains(path);
    }
    workspace.keg(["status", "--offline"]).success().complains("`evf` means two images");
    workspace.keg(["status", "web"]).success();
    let listed = workspace.keg(["tap", "list", "--format", "json"]).success().json();
    let rows = listed["taps"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["link"] == "evf" && row["state"] == "broken"), "{listed}");
    assert!(rows.iter().any(|row| row["name"] == "evf" && row["state"] == "ready"), "{listed}");
}

#[test]
fn a_tap_that_has_moved_is_told_of_and_linked_anew() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    let repository = scene.repository("evf", "main", "app", "alias: evf\n");
    workspace.keg(["tap", "link", repository.to_str().unwrap()]).success();
    std::fs::rename(&repository, scene.elsewhere.join("moved")).unwrap();
    for arguments in [["evf", "status"], ["build", "evf"], ["evf", "start"], ["run", "evf"], ["evf", "seed"]] {
        let run = scene.outside(arguments).code(2);
        run.complains("keg tap link evf NEW-PATH").complains("keg tap unlink evf");
    }
    let listed = scene.outside(["tap", "list", "--format", "json"]).success().json();
    assert_eq!((&listed["taps"][0]["link"], &listed["taps"][0]["state"]), (&"evf".into(), &"missing".into()));
    // Nothing else suffers.
    workspace.keg(["build", "--dry-run"]).success();
    workspace.keg(["status", "--offline"]).success().complains("is not there");
    workspace.keg(["graph"]).success();
    scene.outside(["tap", "link", "evf", "moved"]).success();
    scene.outside(["evf", "status"]).success().says(&workspace.name("app"));
    assert!(scene.links().contains(&format!("workspace: {}", workspace.root().display())), "{}", scene.links());

    // The workspace goes.
    std::fs::remove_file(workspace.path("keg.yml")).unwrap();
    scene.outside(["evf", "status"]).code(2).complains("belongs to the workspace").complains("keg tap unlink evf");
    scene.outside(["tap", "unlink", "evf"]).success();
}

#[test]
fn a_broken_configuration_file_is_shown_with_the_place() {
    let scene = Scene::new(Generation::Two);
    write(&scene.workspace().home(), ".config/keg/config.yml", "taps:\n  evf: {path: evf}\n");
    let run = scene.outside(["tap", "list"]).code(2);
    run.complains("config.yml").complains("is no absolute path").complains("evf: {path: evf}");
    scene.outside(["tap", "link", "x", "."]).code(2).complains("is no absolute path");
}

#[test]
fn words_of_different_workspaces_do_not_mix() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    let repository = scene.repository("evf", "main", "app", "alias: evf\n");
    workspace.keg(["tap", "link", repository.to_str().unwrap()]).success();
    let alone = scene.repository("alone", "main", "alone", "");
    write(&alone, "container/Dockerfile", "FROM scratch\nCOPY page /\n");
    scene.outside(["tap", "link", "solo", "alone"]).success();
    scene.outside(["status", "evf", "solo"]).code(2).complains("evf and solo belong to different workspaces");
    workspace.keg(["status", &scene.base(), "solo"]).code(2).complains("belong to different workspaces");
    workspace.keg(["solo", "status"]).success().says(&workspace.name("alone"));
    // A named workspace is the one that is meant.
    let root = workspace.root().display().to_string();
    scene.outside(["--workspace", &root, "status", "solo"]).code(2).complains("no image `solo`");
    scene.outside(["--workspace", &root, "status", "evf"]).success();
    scene.outside(["evg", "status"]).code(2).complains("did you mean `evf`?");
}
