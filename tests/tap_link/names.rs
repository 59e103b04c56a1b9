//! What links may be called, and what becomes of those that lead nowhere.

use super::*;

#[test]
fn a_name_that_is_taken_is_refused_with_both_places() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    workspace.file("taps/web/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n").file("taps/web/tap.yml", "alias: w\n");
    let repository = scene.repository("lnk", "main", "app", "alias: lnk\n");
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
    workspace.keg(["tap", "link", path, "--dry-run"]).success().says("would link lnk");
    workspace.keg(["tap", "link", path]).success();
    workspace.keg(["tap", "link", path]).success();
    let third = scene.repository("third", "main", "third", "");
    let run = workspace.keg(["tap", "link", "lnk", third.to_str().unwrap()]).code(2);
    run.complains(path).complains("keg tap unlink lnk");
    let nothing = workspace.outside("nothing");
    workspace.keg(["tap", "link", "x", nothing.to_str().unwrap()]).code(2).complains("tap.yml or a Dockerfile");
    workspace.keg(["tap", "link", "x", "not-there"]).code(2).complains("not-there");
    workspace.keg(["tap", "unlink", "lnh"]).code(2).complains("did you mean `lnk`?");
    workspace.keg(["tap", "unlink", "lnk", "--dry-run"]).success().says("would unlink lnk");
    assert!(scene.links().contains("lnk"));

    // The workspace gains a tap of the link's name.
    workspace.file("taps/lnk/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    for arguments in [["status", "lnk"], ["lnk", "build"], ["start", "lnk"]] {
        let run = workspace.keg(arguments).code(2);
        run.complains(&workspace.path("taps/lnk").display().to_string()).complains(path);
    }
    workspace.keg(["status", "--offline"]).success().complains("`lnk` means two images");
    workspace.keg(["status", "web"]).success();
    let listed = workspace.keg(["tap", "list", "--format", "json"]).success().json();
    let rows = listed["taps"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["link"] == "lnk" && row["state"] == "broken"), "{listed}");
    assert!(rows.iter().any(|row| row["name"] == "lnk" && row["state"] == "ready"), "{listed}");
}

#[test]
fn a_tap_that_has_moved_is_told_of_and_linked_anew() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    let repository = scene.repository("lnk", "main", "app", "alias: lnk\n");
    workspace.keg(["tap", "link", repository.to_str().unwrap()]).success();
    std::fs::rename(&repository, scene.elsewhere.join("moved")).unwrap();
    for arguments in [["lnk", "status"], ["build", "lnk"], ["lnk", "start"], ["run", "lnk"], ["lnk", "seed"]] {
        let run = scene.outside(arguments).code(2);
        run.complains("keg tap link lnk NEW-PATH").complains("keg tap unlink lnk");
    }
    let listed = scene.outside(["tap", "list", "--format", "json"]).success().json();
    assert_eq!((&listed["taps"][0]["link"], &listed["taps"][0]["state"]), (&"lnk".into(), &"missing".into()));
    // Nothing else suffers.
    workspace.keg(["build", "--dry-run"]).success();
    workspace.keg(["status", "--offline"]).success().complains("is not there");
    workspace.keg(["graph"]).success();
    scene.outside(["tap", "link", "lnk", "moved"]).success();
    scene.outside(["lnk", "status"]).success().says(&workspace.name("app"));
    assert!(scene.links().contains(&format!("workspace: {}", workspace.root().display())), "{}", scene.links());

    // The workspace goes.
    std::fs::remove_file(workspace.path("keg.yml")).unwrap();
    scene.outside(["lnk", "status"]).code(2).complains("belongs to the workspace").complains("keg tap unlink lnk");
    scene.outside(["tap", "unlink", "lnk"]).success();
}

#[test]
fn a_broken_configuration_file_is_shown_with_the_place() {
    let scene = Scene::new(Generation::Two);
    write(&scene.workspace().home(), ".config/keg/config.yml", "taps:\n  lnk: {path: lnk}\n");
    let run = scene.outside(["tap", "list"]).code(2);
    run.complains("config.yml").complains("is no absolute path").complains("lnk: {path: lnk}");
    scene.outside(["tap", "link", "x", "."]).code(2).complains("is no absolute path");
}

#[test]
fn words_of_different_workspaces_do_not_mix() {
    let scene = Scene::new(Generation::Two);
    let workspace = scene.workspace();
    let repository = scene.repository("lnk", "main", "app", "alias: lnk\n");
    workspace.keg(["tap", "link", repository.to_str().unwrap()]).success();
    let alone = scene.repository("alone", "main", "alone", "");
    write(&alone, "container/Dockerfile", "FROM scratch\nCOPY page /\n");
    scene.outside(["tap", "link", "solo", "alone"]).success();
    scene.outside(["status", "lnk", "solo"]).code(2).complains("lnk and solo belong to different workspaces");
    workspace.keg(["status", &scene.base(), "solo"]).code(2).complains("belong to different workspaces");
    workspace.keg(["solo", "status"]).success().says(&workspace.name("alone"));
    // A named workspace is the one that is meant.
    let root = workspace.root().display().to_string();
    scene.outside(["--workspace", &root, "status", "solo"]).code(2).complains("no image `solo`");
    scene.outside(["--workspace", &root, "status", "lnk"]).success();
    scene.outside(["lnh", "status"]).code(2).complains("did you mean `lnk`?");
}
