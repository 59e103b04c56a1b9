//! Hooks around building and publishing, with the real engine and a real registry. Those around starting and stopping
//! are in the tests of `keg start`.

use crate::support::{Registry, Workspace, docker};

/// base → web, where web has these hooks; gives the repository of web and its reference on the branch `main`.
fn family(workspace: &mut Workspace, registry: &Registry, hooks: &str) -> (String, String) {
    let root = workspace.root_image();
    let namespace = workspace.name("team");
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    workspace.file("images/base/Dockerfile", format!("FROM {root}\nRUN echo base > /base\n"));
    workspace.file("images/web/Dockerfile", "FROM base\nCOPY generated /\n");
    workspace.file("images/web/.dockerignore", "image.yml\n*.log\n");
    workspace.file("images/web/image.yml", format!("hooks: {{{hooks}}}\n")).file("images/web/source", "one");
    workspace.branch("main").commit();
    (format!("{namespace}/web"), format!("{}/{namespace}/web:main", registry.host()))
}

#[test]
fn files_may_be_written_before_keg_looks() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let (_, web) =
        family(&mut workspace, &registry, "before_build: 'cp source generated; echo \"$KEG_IMAGE\" > out.log'");
    workspace.keg(["build", "--dry-run"]).success();
    assert!(!workspace.path("images/web/generated").exists(), "a trial run ran a hook");
    workspace.keg(["build"]).success();
    assert_eq!(docker(["run", "--rm", &web, "cat", "/generated"]).success(), "one");
    assert_eq!(workspace.read("images/web/out.log").trim(), web);
    // What the hook writes counts as any other file does.
    let run = workspace.keg(["build", "--format", "json"]).success();
    assert_eq!(run.json()["images"][1]["result"], "reused");
    workspace.file("images/web/source", "two");
    workspace.keg(["build", "web"]).success();
    assert_eq!(docker(["run", "--rm", &web, "cat", "/generated"]).success(), "two");
    workspace.file("images/web/image.yml", "hooks: {before_build: 'echo looked; echo no source >&2; exit 3'}\n");
    let run = workspace.keg(["build"]).code(1).complains("the hook before_build of web ended with code 3");
    assert!(run.stderr.contains("no source") && run.stderr.contains("looked"), "{}", run.stderr);
}

#[test]
fn a_failed_after_build_keeps_an_image_from_being_built_and_published() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let hooks = "before_build: 'cp source generated', after_build: 'docker run --rm $KEG_IMAGE cat /generated; test -e good.log'";
    let (repository, web) = family(&mut workspace, &registry, hooks);
    for _ in 0..2 {
        let run = workspace.keg(["build", "--push"]).code(1).complains("the hook after_build of web");
        assert!(run.stdout.contains("not published") || run.stdout.contains("failed"), "{}", run.stdout);
        assert_eq!(registry.tags(&repository), [""; 0]);
    }
    // Other images than the one that failed are not published either: the set is not complete.
    assert!(registry.tags(&repository.replace("/web", "/base")).iter().all(|tag| tag.starts_with("keg-")));
    workspace.keg(["status", "web", "--format", "json"]).success().says("to build");
    workspace.file("images/web/good.log", "");
    workspace.keg(["build", "--push"]).success();
    assert!(registry.tags(&repository).contains(&"main".to_owned()));
    assert_eq!(docker(["run", "--rm", &web, "cat", "/generated"]).success(), "one");
}

#[test]
fn hooks_stand_around_publishing() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let hooks = "before_build: 'cp source generated', before_push: 'test -e good.log', after_push: 'docker pull -q \
                 $KEG_IMAGE && docker image inspect -f \"{{index .RepoDigests 0}}\" $KEG_IMAGE > after.log; test -e \
                 fine.log'";
    let (repository, _) = family(&mut workspace, &registry, hooks);
    workspace.keg(["build"]).success();
    workspace.keg(["push", "web"]).code(1).complains("the hook before_push of web ended with code 1");
    assert_eq!(registry.tags(&repository), [""; 0]);
    workspace.file("images/web/good.log", "");
    // What is published stays so, and is said.
    let run = workspace.keg(["push", "web"]).code(1).complains("the hook after_push of web");
    assert!(run.stdout.contains("published, and then the hook after_push failed"), "{}", run.stdout);
    let digest = registry.manifest(&repository, "main").unwrap().0;
    assert!(workspace.read("images/web/after.log").contains(&digest));
    // Nothing is to be done, so no hook runs; a new tag runs them.
    workspace.remove("images/web/after.log").file("images/web/fine.log", "");
    workspace.keg(["push", "web"]).success();
    assert!(!workspace.path("images/web/after.log").exists());
    let plan = workspace.keg(["push", "web", "--tag", "v1", "--dry-run"]).success().stdout;
    assert!(plan.contains("before_push web (test -e good.log)"), "{plan}");
    workspace.keg(["push", "web", "--tag", "v1"]).success();
    assert!(workspace.path("images/web/after.log").exists());
}
