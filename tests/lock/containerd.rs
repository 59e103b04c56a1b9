//! An engine that keeps images in containerd lists images of its own as if a registry had them.

use super::locked;
use crate::support::newer_engine::NewerEngine;
use crate::support::{Registry, Workspace};

#[test]
fn only_what_a_registry_has_is_locked() {
    let mut workspace = Workspace::new();
    let registry = Registry::start();
    let mut engine = NewerEngine::start(&mut workspace);
    engine.pass_on(&registry);
    let repository = workspace.name("a");
    let outside = format!("{}/{repository}:1", registry.host());
    workspace.file("keg.yml", "layout: [images/*]\n").branch("main");
    NewerEngine::write_busybox(&workspace, "images/one", "");
    workspace.keg(["build"]).success();
    engine.docker(["tag", "one:main", &outside]).success();

    workspace.file("images/one/Dockerfile", format!("FROM {outside}\nCOPY Dockerfile /\n"));
    workspace.keg(["build", "--dry-run"]).success().says("build one");
    workspace.keg(["build", "--locked"]).success();
    workspace.keg(["update"]).success().complains(&format!("only this engine has it: {outside}"));
    assert_eq!(locked(&workspace), []);

    engine.docker(["push", "--quiet", &outside]).success();
    workspace.keg(["build", "--locked"]).code(2).complains(&outside);
    workspace.keg(["build"]).success();
    let digest = registry.manifest(&repository, "1").unwrap().0;
    assert_eq!(locked(&workspace), [("a".to_owned(), digest)]);
    workspace.file("images/one/further", "");
    workspace.keg(["build", "--locked"]).success();
}
