//! `keg ci check`.

use serde_json::json;

use super::install;
use crate::support::{Run, Workspace};

const KEG_YML: &str = "registry: ghcr.io/acme\nlayout: [modules/*]\n";

fn modules(keg_yml: &str, style: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.file("keg.yml", keg_yml).file(".gitignore", ".keg\n");
    for name in ["evf", "Web"] {
        workspace.file(format!("modules/{name}/Dockerfile"), "FROM debian:12\n# The packages\nCOPY renv.lock /\n");
        workspace.file(format!("modules/{name}/renv.lock"), "{}\n").file(format!("modules/{name}/run.R"), "1\n");
    }
    workspace.keg(["ci", "init", "--style", style, "--install", &install()]).success();
    workspace.branch("main").commit();
    workspace
}

fn findings(run: &Run) -> Vec<String> {
    let json = run.json();
    let finding = |finding: &serde_json::Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}:{}", text("level"), text("rule"), text("file"), finding["line"])
    };
    json["findings"].as_array().unwrap().iter().map(finding).collect()
}

#[test]
fn drift_is_shown_as_a_difference() {
    let workspace = modules(KEG_YML, "one");
    workspace.keg(["ci", "check"]).success().says("nothing is amiss");
    workspace.file("modules/more/Dockerfile", "FROM evf\n");
    let run = workspace.keg(["ci", "check"]).code(1);
    let run =
        run.says(".github/workflows/keg.yml: the workflow is out of date").says("+  build-1:").says("run keg ci init");
    run.complains("one error");
    workspace.keg(["ci", "init"]).success();
    workspace.keg(["ci", "check"]).success();
    let text = workspace.read(".github/workflows/keg.yml");
    workspace.file(".github/workflows/keg.yml", text.replace("fail-fast: false", "fail-fast: true"));
    let run = workspace.keg(["ci", "check", "--format", "json"]).code(1);
    assert_eq!(findings(&run), ["error drift .github/workflows/keg.yml:null"]);
    workspace.remove(".github");
    workspace.keg(["ci", "check"]).success().complains("keg ci init writes them");
}

#[test]
fn images_without_an_active_workflow_get_a_warning() {
    let workspace = modules(KEG_YML, "per-image");
    let run = workspace.keg(["ci", "check"]).success();
    run.says("warning: no change builds evf, web: their workflows are inactive").says("keg ci activate NAME, or --all");
    workspace.keg(["ci", "activate", "web"]).success();
    let run = workspace.keg(["ci", "check"]).success();
    run.says("warning: .github/workflows/docker_evf.yml: no change builds evf").says("keg ci activate evf");
    workspace.keg(["ci", "check", "--strict"]).code(1);
    workspace.keg(["ci", "activate", "evf"]).success();
    workspace.keg(["ci", "check", "--strict"]).success();
    // A file that an active image copies from now on is in no filter yet.
    let dockerfile = workspace.read("modules/evf/Dockerfile");
    workspace.file("modules/evf/Dockerfile", format!("{dockerfile}COPY conda-lock.yml /\n"));
    workspace.file("modules/evf/conda-lock.yml", "{}\n");
    workspace.keg(["ci", "check"]).code(1).says("+      - 'modules/evf/conda-lock.yml'");
    workspace.keg(["ci", "init"]).success();
    workspace.keg(["ci", "check", "--strict"]).success();
    workspace.remove(".github/workflows/docker_evf.yml");
    workspace.keg(["ci", "check"]).code(1).says("docker_evf.yml: the workflow is missing");
}

#[test]
fn environment_files_that_nothing_covers() {
    let workspace = modules(&format!("{KEG_YML}ignore: ['**/*.lock']\n"), "one");
    workspace.file("modules/Web/.dockerignore", "*\n");
    let mut command = workspace.keg_command(["ci", "check", "--format", "json"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", "push");
    let run = Run::of(command, "").code(1);
    let expected = ["error environment modules/evf/Dockerfile:3", "error environment modules/Web/Dockerfile:3"];
    assert_eq!(findings(&run), expected);
    let messages = run.json().to_string();
    assert!(
        messages.contains("a change of it builds nothing anew") && messages.contains(".dockerignore keeps"),
        "{messages}"
    );
    let run = run.complains("::error file=modules/evf/Dockerfile,line=3::evf copies");
    run.complains("::error file=modules/Web/Dockerfile,line=3::web copies");
    workspace.file("keg.yml", KEG_YML).file("modules/Web/.dockerignore", "*\n!renv.lock\n");
    workspace.keg(["ci", "check"]).success();
    workspace.remove("modules/Web/renv.lock");
    workspace
        .keg(["ci", "check"])
        .code(1)
        .says("modules/Web/Dockerfile:3: web copies modules/Web/renv.lock, which is not there");
    // What is named and missing is a fault of the workspace.
    workspace.file("modules/Web/tap.yml", "inputs: [../../pins.txt]\n");
    let mut command = workspace.keg_command(["ci", "check"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", "push");
    let run = Run::of(command, "").code(2);
    run.complains("::error file=modules/Web/tap.yml,line=1").complains("there is no file");
}

#[test]
fn environment_and_code_come_one_after_the_other() {
    let workspace = modules(&format!("{KEG_YML}ignore: ['**/README.md']\nci: {{ two_step: true }}\n"), "one");
    let origin = workspace.outside("origin.git");
    workspace.git(["init", "--quiet", "--bare", "--initial-branch=main", origin.to_str().unwrap()]);
    workspace.git(["remote", "add", "origin", origin.to_str().unwrap()]);
    workspace.git(["push", "--quiet", "origin", "main"]);
    let base = workspace.git(["rev-parse", "HEAD"]).trim().to_owned();

    // One image's environment, another's code, and documentation.
    workspace.branch("feature").file("modules/evf/renv.lock", "{ }\n").file("modules/Web/run.R", "2\n");
    workspace.file("modules/evf/README.md", "new\n").commit();
    workspace.keg(["ci", "check"]).success();
    workspace.file("modules/evf/run.R", "2\n");
    let run = workspace.keg(["ci", "check"]).code(1).says("the environment of evf");
    run.says("1. the environment: modules/evf/renv.lock\n").says("2. the rest: modules/evf/run.R\n");
    workspace.commit();

    // A pull request on GitHub, in the merge commit that is checked out there.
    let event = workspace.outside("event").join("event.json");
    let repository = json!({ "full_name": "acme/images" });
    let payload = json!({ "pull_request": {
        "number": 1, "head": { "ref": "feature", "repo": repository }, "base": { "sha": base, "repo": repository },
    }});
    std::fs::write(&event, payload.to_string()).unwrap();
    workspace.branch("main").file("modules/Web/renv.lock", "{  }\n").commit();
    let base = workspace.git(["rev-parse", "HEAD"]).trim().to_owned();
    let payload = payload.to_string().replace(payload["pull_request"]["base"]["sha"].as_str().unwrap(), &base);
    std::fs::write(&event, payload).unwrap();
    workspace.git(["switch", "--quiet", "--detach"]);
    workspace.git(["merge", "--quiet", "--no-ff", "--message", "Merge", "feature"]);
    let on_github = |name: &str| {
        let mut command = workspace.keg_command(["ci", "check", "--format", "json"]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", &event);
        Run::of(command, "")
    };
    let run = on_github("pull_request").code(1).complains("::error file=modules/evf/renv.lock::");
    assert_eq!(findings(&run), ["error two_step modules/evf/renv.lock:null"], "what others have merged does not count");
    // What was merged is as it is.
    on_github("push").success();

    // Where it is off, nothing is said; nor of the parts one by one.
    workspace.branch("feature");
    workspace.keg(["ci", "check", "--base", "HEAD"]).success();
    workspace.keg(["ci", "check", "--base", "nowhere"]).code(2).complains("does not have `nowhere`");
    workspace.file("keg.yml", KEG_YML);
    workspace.keg(["ci", "check"]).success();
}

#[test]
fn names_that_the_registry_does_not_take_are_warned_of() {
    let at = |registry: &str| format!("registry: {registry}\nlayout: [modules/*]\n");
    let workspace = modules(&at("public.ecr.aws/acme"), "one");
    workspace.keg(["ci", "check", "--format", "json"]).success().says("\"findings\": []");
    workspace
        .file("modules/cell__types/Dockerfile", "FROM debian:12\n")
        .file("modules/a/Dockerfile", "FROM debian:12\n");
    let run = workspace.keg(["ci", "init"]).success();
    run.complains("public.ecr.aws/acme/a has a name of length 1").complains("keg ci check shows one more");
    let run = workspace.keg(["ci", "check", "--format", "json"]).success();
    let expected = ["warning name modules/a/Dockerfile:null", "warning name modules/cell__types/Dockerfile:null"];
    assert_eq!(findings(&run), expected);
    workspace.keg(["ci", "check", "--strict"]).code(1).says("has `__`, which Amazon does not allow");
    workspace.file("keg.yml", at("ghcr.io"));
    let run = workspace.keg(["ci", "init", "--registry", "ghcr"]).success();
    run.complains("names no owner").complains("registry: ghcr.io/my-team");
    workspace.file("keg.yml", at("ghcr.io/acme"));
    workspace.keg(["ci", "init"]).success();
    workspace.keg(["ci", "check"]).success().says("nothing is amiss");
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let workspace = modules(&format!("{KEG_YML}ci: {{ two_step: true }}\n"), "one");
    workspace.branch("feature").file("modules/evf/run.R", "2\n").commit();
    let clone = workspace.outside("clones").join("shallow");
    let url = format!("file://{}", workspace.root().display());
    workspace.git(["clone", "--quiet", "--depth=1", "--branch=feature", &url, clone.to_str().unwrap()]);
    let mut command = workspace.keg_command(["ci", "check", "--base", "main"]);
    command.current_dir(&clone);
    Run::of(command, "").code(2).complains("fetch-depth: 0");
}
