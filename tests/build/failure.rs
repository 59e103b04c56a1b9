//! What a user sees of a build that fails.

use super::{results, tags, tree};
use crate::support::{Workspace, docker};

#[test]
fn a_failed_step_blocks_its_dependents_only() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    let (base, a) = (workspace.name("base"), workspace.name("a"));
    workspace.file(
        format!("images/{a}/Dockerfile"),
        format!("FROM {base}\nRUN echo looking for the flux && echo no flux here >&2 && exit 3\nCOPY file /a\n"),
    );
    let run = workspace.keg(["build", "--format", "json"]).code(1);
    assert_eq!(
        results(&workspace, &run.json()),
        ["base built", "a failed", "b built", "a1 blocked", "b1 built", "b2 built"]
    );
    assert!(tags(&workspace, "a").is_empty());
    assert_eq!(tags(&workspace, "b2").len(), 2);

    let run = workspace.keg(["build"]).code(1);
    // The failing line with its place, the exit code, and what the step printed.
    let run = run.complains(&format!("images/{a}/Dockerfile:2")).complains("no flux here").complains("exit code 3");
    // The report shows the file as it is on disk, not as it was sent.
    let run = run.complains(&format!("FROM {base} 2"));
    run.says("blocked");

    // After the repair only what failed and what was blocked is built.
    workspace.file(format!("images/{a}/Dockerfile"), format!("FROM {base}\nCOPY file /a\n"));
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert_eq!(
        results(&workspace, &run.json()),
        ["base reused", "a built", "b reused", "a1 built", "b1 reused", "b2 reused"]
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let name = workspace.name("web");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {root}\nCOPY servr.conf /\n"));
    workspace.file(format!("images/{name}/server.conf"), "port 80\n");
    workspace.keg(["build"]).code(1).complains("servr.conf").complains("server.conf");
}

#[test]
fn an_outside_image_that_is_nowhere_is_named() {
    let workspace = Workspace::new();
    let name = workspace.name("web");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(format!("images/{name}/Dockerfile"), "FROM 127.0.0.1:9/no/such:image\n");
    workspace.keg(["build"]).code(3).complains("127.0.0.1:9/no/such:image");
    // The name of an image of the workspace, in another place than the workspace's.
    let base = workspace.name("base");
    workspace.file("keg.yml", "layout: [images/*]\nregistry: 127.0.0.1:9/team\n");
    workspace.file(format!("images/{base}/Dockerfile"), "FROM scratch\n");
    workspace.file(format!("images/{name}/Dockerfile"), format!("FROM 127.0.0.1:9/other/{base}:1\n"));
    let place = format!("images/{name}/Dockerfile:1: the image of this workspace is written `{base}`");
    workspace.keg(["build"]).code(3).complains(&place);
}

#[test]
fn an_engine_that_does_not_answer_is_said() {
    let mut workspace = Workspace::new();
    tree(&mut workspace);
    workspace.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    workspace.keg(["build"]).code(3).complains("/nowhere/docker.sock");
}

#[test]
fn secrets_stay_secret() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let name = workspace.name("web");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(
        format!("images/{name}/Dockerfile"),
        format!("FROM {root}\nRUN --mount=type=secret,id=token,required=true echo {name} && sha256sum /run/secrets/token > /sum && cat /run/secrets/token\n"),
    );
    workspace.branch("main").commit();
    workspace.keg(["build"]).code(2).complains("--secret id=token");
    let secret = "correct-horse-battery";
    workspace.env("TOKEN", secret);
    let run = workspace.keg(["build", "--secret", "id=token,env=TOKEN", "--verbose"]).success();
    assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{}{}", run.stdout, run.stderr);
    let reference = format!("{name}:main");
    let history = docker(["history", "--no-trunc", &reference]).success();
    let inspected = docker(["image", "inspect", &reference]).success();
    assert!(!history.contains(secret) && !inspected.contains(secret));
    let found = docker([
        "run",
        "--rm",
        &reference,
        "sh",
        "-c",
        "grep -r correct-horse /etc /run /tmp /root /sum; ls /run/secrets",
    ]);
    assert!(!found.stdout.contains("correct-horse"), "{found:?}");
    // Another value of a secret is no other image.
    workspace.env("TOKEN", "another");
    workspace.keg(["build", "--secret", "id=token,env=TOKEN", "--dry-run"]).success().says("nothing to do");
}
