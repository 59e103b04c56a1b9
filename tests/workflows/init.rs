//! `keg ci init`, `activate` and `deactivate`.

use super::{install, workflow, workflows};
use crate::support::{Run, Workspace};

fn modules() -> Workspace {
    let workspace = Workspace::new();
    workspace.file("keg.yml", "registry: ghcr.io/acme\nlayout: [analyses/*]\n");
    for name in ["Cell-Types", "doublets"] {
        workspace.file(format!("analyses/{name}/Dockerfile"), "FROM debian:12\nCOPY renv.lock /\n");
        workspace.file(format!("analyses/{name}/renv.lock"), "{}\n");
    }
    workspace.branch("main").commit();
    workspace
}

fn names(workspace: &Workspace) -> Vec<String> {
    workflows(workspace).into_keys().collect()
}

#[test]
fn arguments_are_said_once() {
    let workspace = modules();
    let run = workspace.keg(["ci", "init"]).code(2);
    run.complains("nothing says how workflows get keg").complains("--install");
    let command = ["ci", "init", "--install", &install()];
    let run = workspace.keg(command.iter().chain(&["--dry-run"])).success();
    run.says("+++ b/.github/workflows/keg.yml").says("+name: keg");
    assert!(!workspace.path(".github").exists());
    workspace.keg(command).success().says("written .github/workflows/keg.yml").complains("prunes");
    let first = workspace.read(".github/workflows/keg.yml");
    assert!(first.starts_with("# Made by: keg ci init --style one --registry ghcr --default-branch main --install "));
    workspace.keg(["ci", "init"]).success().says("all workflows are up to date");
    assert_eq!(workspace.read(".github/workflows/keg.yml"), first);
    // The workspace gets an image that is built on another: a level more.
    workspace.file("analyses/more/Dockerfile", "FROM doublets\n");
    workspace.keg(["ci", "init"]).success().says("written .github/workflows/keg.yml");
    assert!(workflow(&workspace, "keg.yml")["jobs"].get("build-1").is_some());
    // Another kind of registry shows in keg.yml.
    let keg_yml = workspace.read("keg.yml").replace("ghcr.io/acme", "public.ecr.aws/acme");
    workspace.file("keg.yml", keg_yml);
    workspace.keg(["ci", "init"]).success().complains("KEG_AWS_ROLE");
    assert!(workspace.read(".github/workflows/keg.yml").contains("--registry ecr-public "));
    for wrong in ["", "  ", "a\nb"] {
        workspace.keg(["ci", "init", "--install", wrong]).code(2).complains("no command in one line");
    }
    workspace.keg(["ci", "init", "--registry", "ecr"]).code(2).complains("none of Amazon's");
}

#[test]
fn what_others_wrote_is_not_overwritten() {
    let workspace = modules();
    workspace.file(".github/workflows/keg.yml", "name: mine\n").file(".github/workflows/other.yml", "name: other\n");
    let command = ["ci", "init", "--install", &install()];
    let run = workspace.keg(command).code(2);
    run.says("-name: mine").complains("not made by keg").complains("nothing was written");
    assert_eq!(names(&workspace), ["keg.yml", "other.yml"]);
    workspace.keg(command.iter().chain(&["--force"])).success();
    let text = workspace.read(".github/workflows/keg.yml");
    workspace.file(".github/workflows/keg.yml", text.replace("ubuntu-24.04", "self-hosted"));
    let run = workspace.keg(["ci", "init"]).code(2);
    run.says("-    runs-on: self-hosted").complains("changed by hand");
    workspace.keg(["ci", "init", "--force", "--format", "json"]).success();
    assert_eq!(workspace.read(".github/workflows/keg.yml"), text);
    assert_eq!(workspace.read(".github/workflows/other.yml"), "name: other\n");
}

#[test]
fn workflows_of_images_are_activated_one_by_one() {
    let workspace = modules();
    workspace.keg(["ci", "activate", "doublets"]).code(2).complains("no workflows that keg made");
    let command = ["ci", "init", "--style", "per-image", "--install", &install()];
    workspace.keg(command).success().complains("inactive until keg ci activate: cell-types, doublets");
    let expected = ["docker_cell-types.yml", "docker_doublets.yml", "keg-check.yml", "keg-rebuild.yml"];
    assert_eq!(names(&workspace), expected);
    let triggers = |name: &str| {
        let workflow = workflow(&workspace, &format!("docker_{name}.yml"));
        workflow["on"].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(triggers("cell-types"), "workflow_dispatch");
    workspace.keg(["ci", "activate"]).code(2).complains("<IMAGE>");
    workspace.keg(["ci", "activate", "cell-tpyes"]).code(2).complains("cell-types");
    workspace.keg(["ci", "activate", "Cell-Types", "--dry-run"]).success().says("+  pull_request:");
    assert_eq!(triggers("cell-types"), "workflow_dispatch");
    workspace.keg(["ci", "activate", "Cell-Types"]).success().says("written .github/workflows/docker_cell-types.yml");
    assert_eq!(triggers("cell-types"), "pull_request push release workflow_dispatch");
    assert_eq!(triggers("doublets"), "workflow_dispatch");
    let paths = workflow(&workspace, "docker_cell-types.yml")["on"]["push"]["paths"].to_string();
    assert!(paths.contains("\"analyses/Cell-Types/renv.lock\"") && !paths.contains("doublets"), "{paths}");
    // What is active stays so.
    workspace.keg(["ci", "init"]).success().says("up to date");
    workspace.keg(["ci", "activate", "--all"]).success();
    assert_eq!(triggers("doublets"), "pull_request push release workflow_dispatch");
    workspace.keg(["ci", "deactivate", "doublets"]).success();
    assert_eq!(triggers("doublets"), "workflow_dispatch");
    // The other style needs none of these.
    workspace.keg(["ci", "init", "--style", "one"]).success().says("removed .github/workflows/docker_doublets.yml");
    assert_eq!(names(&workspace), ["keg-rebuild.yml", "keg.yml"]);
    workspace.keg(["ci", "activate", "doublets"]).code(2).complains("always active");
}

#[test]
fn a_new_tap_gets_its_workflow() {
    let workspace = Workspace::new();
    workspace.file("keg.yml", "registry: ghcr.io/acme\n").file("hub/tap/Dockerfile", "FROM debian:12\n");
    workspace.branch("main").commit();
    let new = |name: &str| workspace.keg(["tap", "new", name, "--no-build"]).success();
    new("early");
    assert!(!workspace.path(".github").exists());
    workspace.keg(["ci", "init", "--style", "per-image", "--install", &install()]).success();
    // It is named beforehand, too.
    let planned = workspace.keg(["tap", "new", "shop", "--dry-run"]).success();
    planned.says(".github/workflows/docker_shop.yml\n");
    assert!(!workspace.path(".github/workflows/docker_shop.yml").exists());
    new("shop").complains("docker_shop.yml, inactive until keg ci activate shop");
    let workflow = workflow(&workspace, "docker_shop.yml");
    assert_eq!(workflow["on"], serde_json::json!({ "workflow_dispatch": null }));
    workspace.keg(["ci", "init"]).success().says("up to date");
}

#[test]
fn a_workspace_may_be_a_part_of_its_repository() {
    let workspace = Workspace::new();
    workspace.file("images/keg.yml", "registry: ghcr.io/acme\nlayout: ['*']\n");
    workspace.file("images/base/Dockerfile", "FROM debian:12\n");
    workspace.branch("main").commit();
    let mut command = workspace.keg_command(["ci", "init", "--style", "per-image", "--install", &install()]);
    command.current_dir(workspace.path("images/base"));
    Run::of(command, "").success();
    let mut command = workspace.keg_command(["ci", "activate", "base"]);
    command.current_dir(workspace.path("images"));
    Run::of(command, "").success();
    let workflow = workflow(&workspace, "docker_base.yml");
    assert_eq!(workflow["defaults"]["run"]["working-directory"], "images");
    let paths = workflow["on"]["pull_request"]["paths"].to_string();
    assert!(paths.contains("\"images/base/Dockerfile\"") && paths.contains("\"images/keg.lock\""), "{paths}");
    let mut command = workspace.keg_command(["ci", "check"]);
    command.current_dir(workspace.path("images"));
    Run::of(command, "").success();
}
