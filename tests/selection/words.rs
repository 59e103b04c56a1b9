//! Globs and kinds, wherever images are named.

use super::{built, reset, selected, with_result};
use crate::support::{Registry, Run, Workspace, docker, image_names};

/// base → hub/r-core → {taps/r-studio, taps/web}, and hub/tools on base.
fn folders(registry: &Registry) -> (Workspace, String) {
    let workspace = Workspace::new();
    let namespace = format!("{}tree", workspace.name(""));
    workspace.file("keg.yml", format!("registry: {}/{namespace}\ndefault_branch: main\n", registry.host()));
    workspace.file(".gitignore", ".keg/\n");
    for (path, parent) in [
        ("base", "scratch"),
        ("hub/r-core", "base"),
        ("hub/tools", "base"),
        ("taps/r-studio", "r-core"),
        ("taps/web", "r-core"),
    ] {
        let dockerfile =
            format!("ARG FLAVOUR=plain\nFROM {parent}\nARG FLAVOUR\nLABEL flavour=$FLAVOUR\nCOPY file /{path}\n");
        workspace.file(format!("{path}/Dockerfile"), dockerfile).file(format!("{path}/file"), "1\n");
    }
    workspace.file("taps/web/tap.yml", "alias: w\n");
    workspace.branch("main").commit();
    (workspace, namespace)
}

#[test]
fn globs_stand_wherever_images_are_named() {
    let registry = Registry::start();
    let (workspace, namespace) = folders(&registry);
    let tags = |image: &str| registry.tags(&format!("{namespace}/{image}"));
    assert_eq!(selected(&workspace, &["hub/*"]), ["r-core", "tools"]);
    assert_eq!(selected(&workspace, &["r-*"]), ["r-core", "r-studio"]);
    assert_eq!(selected(&workspace, &["r-*", "hub/*", "w"]), ["r-core", "r-studio", "tools", "web"]);
    // Only these are tagged and published, and what they need is built.
    let run = workspace.keg(["build", "hub/*", "--push", "--format", "json"]).success();
    assert_eq!(with_result(&run, "built"), ["base", "r-core", "tools"]);
    let published =
        ["base", "r-core", "tools", "r-studio", "web"].map(|image| tags(image).contains(&"main".to_owned()));
    assert_eq!(published, [false, true, true, false, false]);
    assert_eq!(built(&workspace, &["taps/*"]), ["r-studio", "web"]);
    workspace.keg(["tag", "*-studio", "--tag", "tried", "--push"]).success();
    assert!(tags("r-studio").contains(&"tried".to_owned()) && tags("web").is_empty());
    workspace.keg(["push", "taps/**"]).success();
    assert!(tags("web").contains(&"main".to_owned()));
    workspace.keg(["promote", "main", "stable", "taps/*", "tools"]).success();
    assert!(tags("tools").contains(&"stable".to_owned()) && tags("web").contains(&"stable".to_owned()));
    assert!(!tags("r-core").contains(&"stable".to_owned()));
    let tools = format!("{}/{namespace}/tools:main", registry.host());
    docker(["image", "rm", "--force", &tools]).success();
    workspace.keg(["pull", "t*"]).success();
    assert!(image_names().contains(&tools));
    workspace.keg(["why", "taps/*"]).success().says("r-studio is unchanged").says("web is unchanged");
    workspace.keg(["prune", "hub/*", "--local", "--dry-run"]).success();
    workspace.keg(["update", "taps/*", "--dry-run"]).success();
}

#[test]
fn a_glob_that_matches_nothing_says_what_there_is() {
    let registry = Registry::start();
    let (workspace, _) = folders(&registry);
    for verb in
        ["build", "push", "pull", "test", "status", "why", "manifest", "update", "prune", "promote a b", "tag --tag x"]
    {
        let run = workspace.keg(verb.split(' ').chain(["x-*"])).code(2);
        run.complains("`x-*` matches no image").complains("images here: base, r-core, r-studio, tools, web");
    }
    let run = workspace.keg(["build", "hubs/*", "y*", "nothing"]).code(2);
    run.complains("folders of images here: base, hub/r-core, taps/r-studio").complains("`y*`").complains("`nothing`");
    workspace.keg(["build", "[a"]).code(2).complains("`[a` is no glob");
    workspace.keg(["build", "hub"]).code(2).complains("its images are 'hub/*'");
    // A folder that is no image, in any of the ways that people write it.
    workspace.file("spare/deep/new/Dockerfile", "FROM scratch\n");
    let new = "spare/deep/new has a Dockerfile, and `layout` in keg.yml does not find it";
    workspace.keg(["build", "spare/deep/new/"]).code(2).complains(new);
    let from = |folder: &str, word: &str| {
        let mut command = workspace.keg_command(["build", word]);
        command.current_dir(workspace.path(folder));
        Run::of(command, "").code(2)
    };
    from("spare/deep/new", ".").complains(new);
    from("taps", ".").complains("its images are 'taps/*'");
    workspace.file("keg.yml", "layout: ['spare/*/*']\n");
    workspace.keg(["build", "spare"]).code(2).complains("its images are 'spare/**'");
}

#[test]
fn what_a_glob_names_is_named() {
    let registry = Registry::start();
    let (workspace, namespace) = folders(&registry);
    // --build-arg is for the images that are named, and not for what they are built on.
    workspace.keg(["build", "taps/*", "--push", "--and-parents", "--build-arg", "FLAVOUR=special"]).success();
    let flavour = |image: &str| registry.labels(&format!("{namespace}/{image}"), "main").unwrap()["flavour"].clone();
    assert_eq!(["r-studio", "web", "r-core", "base"].map(flavour), ["special", "special", "plain", "plain"]);
    // And so is --base.
    let run = workspace.keg(["build", "taps/w*", "--base", "tools", "--dry-run", "--format", "json"]).success();
    let subjects: Vec<_> = run.json()["steps"].as_array().unwrap().iter().map(|step| step["subject"].clone()).collect();
    assert_eq!(subjects, ["tools", "web"], "{}", run.stdout);
}

#[test]
fn folders_are_meant_from_where_the_user_is() {
    let registry = Registry::start();
    let (workspace, _) = folders(&registry);
    for (pattern, expected) in [
        ("./r-*", &["r-studio"][..]),
        ("../hub/*", &["r-core", "tools"]),
        ("hub/*", &["r-core", "tools"]),
        ("r-*", &["r-core", "r-studio"]),
    ] {
        let mut command = workspace.keg_command(["status", "--offline", "--format", "json", pattern]);
        command.current_dir(workspace.path("taps"));
        let json = Run::of(command, "").success().json();
        let names: Vec<_> = json["images"].as_array().unwrap().iter().map(|row| row["image"].clone()).collect();
        assert_eq!(names, expected, "{pattern}");
    }
}

#[test]
fn kinds_narrow_and_what_stands_around_them_widens() {
    let registry = Registry::start();
    let (workspace, _) = folders(&registry);
    assert_eq!(selected(&workspace, &["--kind", "tap"]), ["r-studio", "web"]);
    assert_eq!(selected(&workspace, &["--kind", "base", "--kind", "hub"]), ["base", "r-core", "tools"]);
    assert_eq!(selected(&workspace, &["r-*", "--kind", "hub"]), ["r-core"]);
    let around = ["base: parent of r-core", "r-core", "r-studio: built on r-core", "web: built on r-core"];
    assert_eq!(selected(&workspace, &["r-core", "--and-dependents", "--and-parents"]), around);
    workspace.keg(["status", "web", "--kind", "hub"]).code(2).complains("web is no hub").complains("2 hub");
    workspace.keg(["status", "--kind", "hubb"]).code(2).complains("hub");
    // With changes.
    workspace.branch("dev");
    workspace.file("hub/r-core/file", "2\n").file("taps/web/file", "2\n").file("base/file", "2\n");
    assert_eq!(
        selected(&workspace, &["--changed", "--kind", "hub", "--and-dependents"]),
        ["r-core: inputs changed: file", "r-studio: built on r-core", "web: built on r-core"]
    );
    assert_eq!(selected(&workspace, &["taps/*", "--changed"]), ["web: inputs changed: file"]);
    assert_eq!(selected(&workspace, &["--changed", "main", "tools"]), [""; 0]);
    reset(&workspace);
    assert_eq!(selected(&workspace, &["--changed", "--and-dependents", "--and-parents"]), [""; 0]);
}

#[test]
fn tests_are_run_of_what_is_selected() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let namespace = format!("{}tree", workspace.name(""));
    workspace.file("keg.yml", format!("registry: {}/{namespace}\ndefault_branch: main\n", registry.host()));
    workspace.file(".gitignore", ".keg/\n").file("base/Dockerfile", format!("FROM {root}\nCOPY file /base\n"));
    workspace.file("base/file", "1\n").file("base/image.yml", "tests: [{run: test -e /base}]\n");
    for name in ["api", "web"] {
        workspace.file(format!("taps/{name}/Dockerfile"), format!("FROM base\nCOPY file /{name}\n"));
        workspace
            .file(format!("taps/{name}/file"), "1\n")
            .file(format!("taps/{name}/tap.yml"), format!("tests: [{{run: test -e /{name}}}]\n"));
    }
    workspace.branch("main").commit();
    workspace.branch("dev").file("taps/web/file", "2\n");
    workspace.keg(["build"]).success();
    let tested = |arguments: &[&str]| {
        let run = workspace.keg(["test", "--format", "json"].iter().chain(arguments)).success();
        let mut images: Vec<String> = run.json()["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|test| test["image"].as_str().unwrap().to_owned())
            .collect();
        images.sort();
        images.dedup();
        images
    };
    assert_eq!(tested(&["--changed"]), ["web"]);
    assert_eq!(tested(&["--changed", "--and-parents"]), ["base", "web"]);
    assert_eq!(tested(&["--kind", "tap"]), ["api", "web"]);
    assert_eq!(tested(&["a*"]), ["api"]);
    let run = workspace.keg(["build", "--changed", "--test", "--push", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["web"]);
    assert!(registry.tags(&format!("{namespace}/web")).contains(&"dev".to_owned()));
    assert!(registry.tags(&format!("{namespace}/api")).is_empty());
}
