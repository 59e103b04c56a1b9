//! The generated workflows are what GitHub takes for workflows.

use super::{install, scripts, workflows};
use crate::support::{Workspace, command, ensure_with, root_folder, run};

/// A keg.yml for each kind of registry, and none.
const REGISTRIES: [&str; 5] = [
    "registry: ghcr.io/acme\n",
    "registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme\n",
    "registry: public.ecr.aws/alias/acme\n",
    "registry: registry.example.com:5000/acme\n",
    "",
];

fn generated(registry: &str, style: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.file("keg.yml", format!("{registry}layout: [modules/*]\nci: {{ release_tags: ['20??-??-??'] }}\n"));
    workspace.file("modules/Base Image/Dockerfile", "FROM debian:12\nCOPY . /opt\n");
    workspace.file("modules/Base Image/tap.yml", "name: base\n");
    workspace.file("modules/it's-[odd]+/Dockerfile", "FROM base\nCOPY renv.lock *.txt /\n");
    workspace
        .file("modules/it's-[odd]+/tap.yml", "name: team/odd\nci: {run: \"a: 'b'\\n\\tc # \\\"d\\\"\"}\n")
        .file("modules/it's-[odd]+/renv.lock", "{}");
    workspace.branch("main").commit();
    workspace.keg(["ci", "init", "--style", style, "--install", &install()]).success();
    if style == "per-image" {
        workspace.keg(["ci", "activate", "team/odd"]).success();
    }
    workspace
}

#[test]
fn workflows_are_valid() {
    let has_venv = || run(command("/usr/bin/python3").args(["-c", "import ensurepip, venv"]), b"").code == Some(0);
    ensure_with("python3 with venv", &["python3-venv"], has_venv);
    let mut check = command(root_folder().join("tests/support/workflow-schema.sh"));
    let mut all = Vec::new();
    for registry in REGISTRIES {
        for style in ["one", "per-image"] {
            let workspace = generated(registry, style);
            for name in workflows(&workspace).keys() {
                check.arg(workspace.path(format!(".github/workflows/{name}")));
            }
            all.push(workspace);
        }
    }
    let checked = run(&mut check, b"");
    assert_eq!(checked.code, Some(0), "{checked:#?}");
    // It does find faults.
    let broken = &all[0];
    let text = broken.read(".github/workflows/keg.yml").replace("runs-on:", "run-on:");
    broken.file(".github/workflows/keg.yml", text);
    let mut check = command(root_folder().join("tests/support/workflow-schema.sh"));
    let checked = run(check.arg(broken.path(".github/workflows/keg.yml")), b"");
    assert_eq!(checked.code, Some(1), "{checked:#?}");
}

/// Also those that no test can run.
#[test]
fn scripts_are_right_for_a_shell() {
    ensure_with("the program `shellcheck`", &["shellcheck"], || crate::support::has_program("shellcheck"));
    let mut seen = std::collections::BTreeSet::new();
    for registry in REGISTRIES {
        for style in ["one", "per-image"] {
            let workspace = generated(registry, style);
            for (name, workflow) in workflows(&workspace) {
                for (_, step, script) in scripts(&workflow) {
                    if seen.insert(script.clone()) {
                        let mut check = command("shellcheck");
                        let checked = run(check.args(["--shell=bash", "--severity=warning", "-"]), script.as_bytes());
                        assert_eq!(checked.code, Some(0), "{name}, {step}:\n{script}\n{}", checked.stdout);
                    }
                }
            }
        }
    }
}
