//! Steps that ask for the user's ssh agent.

use super::{printed, results};
use crate::support::{Agent, Workspace, agent};

/// A workspace with an image `web` that has a client of agents, before these lines of its Dockerfile.
fn workspace_with(lines: &str) -> (Workspace, String) {
    let mut workspace = Workspace::new();
    let (root, name) = (workspace.root_image(), workspace.name("web"));
    workspace.file("keg.yml", "layout: [images/*]\n");
    for path in agent::client() {
        let place = workspace.path(format!("images/{name}/files{}", path.display()));
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(&path, place).unwrap();
    }
    let ssh_add = which::which("ssh-add").unwrap();
    let lines = lines.replace("ssh-add", ssh_add.to_str().unwrap());
    // In each test's own image the steps are others: BuildKit would take them from its cache.
    workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {root}\nENV TEST={name}\nCOPY files /\n{lines}"));
    workspace.branch("main").commit();
    (workspace, name)
}

#[test]
fn a_step_talks_with_the_agent_and_nothing_of_it_stays() {
    let (mut workspace, name) = workspace_with(
        "RUN --mount=type=ssh,required=true test -S $SSH_AUTH_SOCK && ssh-add -L > /keys\n\
         RUN --mount=type=ssh,id=deploy ssh-add -T /keys && echo signed > /signed\n\
         RUN test -z \"$SSH_AUTH_SOCK\"\n",
    );
    let agent = Agent::start();
    workspace.env("SSH_AUTH_SOCK", agent.socket());
    let key = |workspace: &Workspace| {
        let status = workspace.keg(["status", "--format", "json"]).success().json();
        status["images"][0]["key"].as_str().unwrap().to_owned()
    };
    let before = key(&workspace);
    workspace.keg(["build"]).success();
    let reference = format!("{name}:main");
    assert_eq!(printed(&reference, &["cat", "/keys", "/signed"]), format!("{}signed\n", agent.public_key()));
    let inspected = crate::support::docker(["inspect", &reference]).success();
    assert!(!inspected.contains(&agent.socket()) && !inspected.contains("SSH_AUTH_SOCK="), "{inspected}");
    // Whoever has no agent has the same image.
    drop(agent);
    workspace.env("SSH_AUTH_SOCK", "");
    assert_eq!(key(&workspace), before);
    let again = workspace.keg(["build", "--format", "json"]).success().json();
    assert_eq!(results(&workspace, &again), ["web reused"]);
}

#[test]
fn without_an_agent_the_step_is_named_that_needs_one() {
    let (mut workspace, name) = workspace_with("RUN --mount=type=ssh,required=true ssh-add -L\n");
    let refused = workspace.keg(["build"]).code(2);
    refused.complains("the build needs an ssh agent").complains("SSH_AUTH_SOCK is not set").complains("Dockerfile:4");
    workspace.env("SSH_AUTH_SOCK", workspace.outside("none").join("sock").to_str().unwrap());
    workspace.keg(["build"]).code(2).complains("the build needs an ssh agent").complains("No such file");
    workspace.env("SSH_AUTH_SOCK", "");
    // One that a step can do without is none that it gets.
    let root = workspace.root_image();
    let dockerfile = |line: &str| format!("FROM {root}\nENV TEST={name}\nRUN --mount=type=ssh {line}\n");
    workspace.file(format!("images/{name}/Dockerfile"), dockerfile("test -S \"$SSH_AUTH_SOCK\""));
    workspace.keg(["build"]).code(1).complains("it asks for an ssh agent, and there is none");
    workspace.file(format!("images/{name}/Dockerfile"), dockerfile("test -S \"$SSH_AUTH_SOCK\" || echo none > /agent"));
    workspace.keg(["build"]).success();
    assert_eq!(printed(&format!("{name}:main"), &["cat", "/agent"]), "none\n");
}
