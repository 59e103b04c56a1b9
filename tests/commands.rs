//! The verbs that only look, words that mean images and plugins, and wrong words.

use crate::support::{Registry, Workspace, run};

/// base → web, where web has the alias `w`.
fn small(workspace: &mut Workspace) -> (String, String) {
    let root = workspace.root_image();
    let (base, web) = (workspace.name("base"), workspace.name("web"));
    workspace.file("keg.yml", "layout: { base: [base], taps: [taps/*] }\n");
    workspace.file("base/Dockerfile", format!("FROM {root}\n")).file("base/image.yml", format!("name: {base}\n"));
    workspace.file("taps/web/Dockerfile", format!("FROM {base}\nRUN true\n"));
    workspace.file("taps/web/tap.yml", format!("name: {web}\nalias: w\n"));
    workspace.branch("feature/x").commit();
    (base, web)
}

#[test]
fn graph_in_all_drawings() {
    let mut workspace = Workspace::new();
    let (base, web) = small(&mut workspace);
    workspace.keg(["graph"]).success().says(&format!("└── {web} (tap)"));
    workspace.keg(["graph", "--format", "dot"]).success().says("digraph").says(&base);
    workspace.keg(["graph", "--format", "mermaid"]).success().says("flowchart").says(&base);
    let json = workspace.keg(["graph", "--format", "json"]).success().json();
    assert_eq!(json["images"].as_array().unwrap().len(), 2, "{json}");
    workspace.keg(["status", "--format", "dot"]).code(2).complains("keg graph");
}

#[test]
fn status_follows_the_work() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let (_, web) = small(&mut workspace);
    let namespace = format!("{}ns", workspace.name(""));
    workspace.file("keg.yml", format!("registry: {}/{namespace}\n{}", registry.host(), workspace.read("keg.yml")));
    let state = |workspace: &Workspace| {
        let json = workspace.keg(["status", &web, "--format", "json"]).success().json();
        let row = &json["images"][0];
        format!("{}, {}", row["state"].as_str().unwrap(), row["published"].as_str().unwrap())
    };
    assert_eq!(state(&workspace), "to build, no");
    workspace.keg(["build"]).success();
    assert_eq!(state(&workspace), "fresh, no");
    workspace.keg(["push"]).success();
    assert_eq!(state(&workspace), "fresh, yes");
    workspace.file("taps/web/Dockerfile", format!("FROM {}\nRUN true && true\n", workspace.name("base")));
    assert_eq!(state(&workspace), "to build, older");
}

#[test]
fn status_of_a_base_image_that_is_nowhere() {
    let workspace = Workspace::new();
    crate::support::engine();
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file("images/web/Dockerfile", "FROM 127.0.0.1:9/no/such:image\n");
    workspace.keg(["status"]).success().says("to build").complains("127.0.0.1:9/no/such:image");
}

#[test]
fn resolve_says_what_is_built_and_started() {
    let mut workspace = Workspace::new();
    let (_, web) = small(&mut workspace);
    workspace.keg(["resolve", "debian", "localhost:5000/a/b/c"]).success().says("docker.io/library/debian:latest\n");
    workspace.keg(["resolve", "localhost:5000/a/b/c"]).success().says("localhost:5000/a/b/c:latest\n");
    let run = workspace.keg(["resolve", "w"]).success();
    run.says(&format!("{web}:keg-")).says("feature-x").says("default tag");
    workspace.keg(["resolve", "UPPER"]).code(2).complains("lower case");
}

#[test]
fn config_says_where_values_come_from() {
    let mut workspace = Workspace::new();
    small(&mut workspace);
    workspace.keg(["config"]).success().says("feature-x").says("checked out");
    let json = workspace.keg(["config", "--branch", "other", "--format", "json"]).success().json();
    assert!(json.to_string().contains("as --branch says"), "{json}");
}

#[test]
fn doctor_finds_what_is_wrong() {
    let mut workspace = Workspace::new();
    small(&mut workspace);
    workspace.keg(["doctor"]).success().says("engine").says("compose").says("ok");
    workspace.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    workspace.keg(["doctor"]).code(3).says("bad").says("workspace").complains("engine");
}

#[test]
fn schema_of_each_file() {
    let workspace = Workspace::new();
    for file in ["keg.yml", "image.yml", "tap.yml"] {
        let json = workspace.keg(["schema", file]).success().json();
        assert_eq!(json["type"], "object", "{file}");
        assert_eq!(json["additionalProperties"], false, "{file}");
    }
    workspace.keg(["schema", "kge.yml"]).code(2).complains("did you mean keg.yml");
}

#[test]
fn completions_and_manual() {
    let mut workspace = Workspace::new();
    small(&mut workspace);
    workspace.keg(["completions", "fish"]).success().says("complete -c keg");
    workspace.keg(["man"]).success().says(".TH keg");
    workspace.keg(["man", "--folder", "pages"]).success();
    assert!(workspace.read("pages/keg-build.1").contains("keg-build"));
    // The shell asks keg itself for names of images.
    let mut command = workspace.keg_command(["--", "keg", "build", ""]);
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
    let completed = run(&mut command, b"").success();
    assert!(completed.lines().any(|line| line == workspace.name("web")), "{completed}");
}

#[test]
fn images_and_plugins_are_words() {
    let mut workspace = Workspace::new();
    let (_, web) = small(&mut workspace);
    workspace.keg(["w", "status"]).success().says(&web);
    workspace.keg(["w"]).success().says(&web);
    workspace.keg(["build", "taps/web", "--dry-run"]).success().says(&web);
    // Flags after the verb count in both orders.
    let run = workspace.keg(["w", "build", "--dry-run", "--branch", "fix/1", "--format", "json"]).success();
    assert!(run.json()["images"].to_string().contains("fix-1"), "{}", run.stdout);
    workspace.keg(["docker", "build", "--dry-run"]).success().says("1. build");
    workspace.keg(["base", "build", "--dry-run"]).success().says("1. build");
    workspace.script("keg-greet", "#!/bin/sh\necho \"hello $1 of $KEG_TAG in $KEG_WORKSPACE\"\nexit 7\n");
    let root = workspace.root().display().to_string();
    workspace.keg(["greet", "you and me"]).code(7).says(&format!("hello you and me of feature-x in {root}"));
    // A built-in verb cannot be taken over.
    workspace.script("keg-status", "#!/bin/sh\necho taken over\n");
    let run = workspace.keg(["status"]).success();
    assert!(!run.stdout.contains("taken over"));
}

#[test]
fn wrong_words_get_the_right_one() {
    let mut workspace = Workspace::new();
    let (_, web) = small(&mut workspace);
    workspace.keg(["biuld"]).code(2).complains("did you mean `build`");
    workspace.keg(["build", &web.replace("web", "wbe")]).code(2).complains(&format!("did you mean `{web}`"));
    workspace.keg(["w", "strat"]).code(2).complains("start`");
    workspace.keg(["w", "sync"]).code(2).complains(&format!("`keg {web} watch`"));
    workspace.keg(["docker", "container", "list"]).code(2).complains("`keg ps`");
    workspace.keg(["build", "--psuh"]).code(2).complains("--push");
    let elsewhere = workspace.outside("empty");
    let mut command = workspace.keg_command(["build"]);
    command.current_dir(elsewhere);
    crate::support::Run::of(command, "").code(2).complains("keg init");
}

#[test]
fn hostile_branches_are_only_names() {
    let mut workspace = Workspace::new();
    small(&mut workspace);
    workspace.git(["switch", "--quiet", "--create", "feature/$(touch${IFS}x);`id`"]);
    workspace.keg(["config"]).success().says("feature-touch-IFS-x-id-");
    assert!(!workspace.path("x").exists());
    for branch in ["stable", "latest", "keg-abc", "///", "日本"] {
        workspace.keg(["build", "--branch", branch, "--dry-run"]).code(2).complains("branch");
    }
}

#[test]
fn without_a_repository_the_tag_is_local() {
    let mut workspace = Workspace::new();
    small(&mut workspace);
    workspace.remove(".git");
    let run = workspace.keg(["config"]).success();
    run.says("local").says("no git repository");
}
