//! Plugins: what they are told, how they are found and listed, and how their arguments complete. The plugin is the
//! example in the folder beside this file.

use std::path::Path;

use crate::support::{Run, Workspace};

/// A workspace with a base image and a tap, and the example on PATH.
fn workspace() -> Workspace {
    let mut workspace = Workspace::new();
    let (base, web) = (workspace.name("base"), workspace.name("web"));
    workspace.file("keg.yml", "").file("base/image.yml", format!("name: {base}\n")).file("base/file", "base");
    workspace.file("base/Dockerfile", "FROM scratch\nCOPY file /\n");
    workspace.file("taps/web/Dockerfile", format!("FROM {base}\nCOPY file /\n")).file("taps/web/file", "web");
    workspace.file("taps/web/tap.yml", format!("name: {web}\nalias: w\ntasks: {{ seed: {{ run: 'true' }} }}\n"));
    for name in ["keg-sizes", "keg_complete-sizes"] {
        let text = std::fs::read_to_string(Path::new("tests/plugins").join(name)).unwrap();
        workspace.script(name, &text);
    }
    let keg = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_keg"));
    workspace.script("keg", &keg);
    workspace.commit();
    workspace.branch("feature/x");
    workspace
}

fn completed(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let mut command = workspace.keg_command(["--", "keg"].iter().chain(words));
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
    let run = Run::of(command, "").success();
    run.stdout.lines().map(Into::into).collect()
}

#[test]
fn the_example_works() {
    let workspace = workspace();
    let (base, web) = (workspace.name("base"), workspace.name("web"));
    workspace.keg(["sizes"]).success().says(&format!("{base}\tnot built")).says(&format!("{web}\tnot built"));
    workspace.keg(["build"]).success();
    let run = workspace.keg(["sizes", &web]).success().says(&format!("{web}\t0 kB"));
    assert!(!run.stdout.contains(&base), "{}", run.stdout);
    assert!(completed(&workspace, &["sizes", ""]).starts_with(&[base, web.clone()]));
    assert_eq!(completed(&workspace, &["sizes", &web]), [web]);
    assert_eq!(completed(&workspace, &["siz"]), ["sizes"]);
    // Outside a workspace it is run all the same, and says so itself.
    let mut command = workspace.keg_command(["sizes"]);
    command.current_dir(workspace.outside("empty"));
    Run::of(command, "").code(2).complains("there is no workspace here");
}

#[test]
fn facts_are_complete_and_gone_afterwards() {
    let mut workspace = workspace();
    workspace.script("keg-facts", "#!/bin/sh\nls -l \"$KEG_CONTEXT\" >&2\ncat \"$KEG_CONTEXT\"\nexit 5\n");
    let run = workspace.keg(["facts", "--format", "json"]).code(5).complains("-rw-------");
    let facts = run.json();
    let web = workspace.name("web");
    assert_eq!(facts["version"], 1);
    assert_eq!(facts["program"], env!("CARGO_BIN_EXE_keg"));
    assert_eq!(facts["folder"], workspace.root().display().to_string());
    let known = &facts["workspace"];
    assert_eq!(known["branch"], "feature/x");
    assert_eq!(known["tag"], "feature-x");
    assert_eq!(known["images"][1]["name"], web);
    assert_eq!(known["images"][1]["alias"], "w");
    assert_eq!(known["images"][1]["kind"], "tap");
    assert_eq!(known["images"][1]["reference"], format!("{web}:feature-x"));
    assert_eq!(known["images"][1]["parents"], serde_json::json!([workspace.name("base")]));
    assert_eq!(known["images"][1]["tasks"], serde_json::json!(["seed"]));
    let schema = workspace.keg(["schema", "context.json"]).success().json();
    for (key, _) in facts.as_object().unwrap() {
        assert!(schema["properties"][key]["description"].is_string(), "{key} is not described");
    }
    let file = run.stderr.split_whitespace().find(|word| word.contains("keg-context-")).unwrap();
    assert!(!Path::new(file).exists(), "{file} was left behind");
}

#[test]
fn arguments_reach_it_as_they_are() {
    let mut workspace = workspace();
    workspace.script("keg-echo", "#!/bin/sh\nprintf '[%s]' \"$@\"\n");
    let hostile = ["a b", "$(touch x)", "`touch x`", "; touch x", "'", "\"", "*", "--help", "-v", ""];
    let run = workspace.keg(["echo"].iter().chain(&hostile)).success();
    assert_eq!(run.stdout, hostile.map(|one| format!("[{one}]")).concat());
    assert!(!workspace.root().join("x").exists());
}

#[test]
fn none_is_run_where_the_workspace_does_not_load() {
    let mut workspace = workspace();
    let web = workspace.name("web");
    workspace.script(&format!("keg-{web}"), "#!/bin/sh\necho taken over\n");
    workspace.file("keg.yml", "registri: x\n");
    // The word is an image once the file is mended.
    let run = workspace.keg([&web, "build"]).code(2).complains("registri");
    assert!(!run.stdout.contains("taken over"), "{}", run.stdout);
}

#[test]
fn commands_and_plugins_are_listed() {
    let mut workspace = workspace();
    workspace.script("keg-status", "#!/bin/sh\necho taken over\n").script("keg-w", "#!/bin/sh\necho taken over\n");
    let bin = workspace.outside("bin");
    std::fs::write(bin.join("keg-text"), "no program").unwrap();
    let run = workspace.keg(["--list"]).success().says("build").says("keg-sizes").complains("`keg status` is built in");
    assert!(run.stderr.contains("`w` is an image or task"), "{}", run.stderr);
    assert!(!run.stdout.contains("keg-text"), "{}", run.stdout);
    assert!(!run.stdout.contains("keg_complete"), "{}", run.stdout);
    let rows = workspace.keg(["--list", "--format", "json"]).success().json();
    let sizes = rows.as_array().unwrap().iter().find(|row| row["command"] == "sizes").unwrap().clone();
    assert_eq!(sizes["plugin"], true);
    workspace.keg(["--quiet"]).code(2).complains("keg --list");
}

#[test]
fn images_complete_with_verbs_and_tasks() {
    let workspace = workspace();
    let web = workspace.name("web");
    assert!(completed(&workspace, &["w"]).contains(&"w".to_owned()));
    let verbs = completed(&workspace, &[&web, ""]);
    assert!(verbs.contains(&"start".to_owned()) && verbs.contains(&"seed".to_owned()), "{verbs:?}");
    assert_eq!(completed(&workspace, &[&web, "build", "--pus"]), ["--push"]);
}
