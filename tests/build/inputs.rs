//! What goes into a build and into its key.

use super::{printed, results};
use crate::support::Workspace;

fn image(workspace: &mut Workspace, dockerfile: &str) -> String {
    let root = workspace.root_image();
    let name = workspace.name("web");
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(format!("images/{name}/Dockerfile"), dockerfile.replace("ROOT", &root));
    workspace.branch("main").commit();
    name
}

fn built(workspace: &Workspace, arguments: &[&str]) -> String {
    let run = workspace.keg(["build", "--format", "json"].iter().chain(arguments)).success();
    results(workspace, &run.json()).join(", ")
}

#[test]
fn build_args_and_target_count() {
    let mut workspace = Workspace::new();
    let name = image(
        &mut workspace,
        "FROM ROOT AS first\nARG COLOR=red\nRUN echo $COLOR > /color\nFROM first AS second\nRUN echo second >> /color\n",
    );
    let reference = format!("{name}:main");
    assert_eq!(built(&workspace, &[]), "web built");
    assert_eq!(printed(&reference, &["cat", "/color"]), "red\nsecond\n");
    assert_eq!(built(&workspace, &[&name, "--build-arg", "COLOR=blue"]), "web built");
    assert_eq!(printed(&reference, &["cat", "/color"]), "blue\nsecond\n");
    workspace.file(format!("images/{name}/image.yml"), "build: { args: { COLOR: green }, target: first }\n");
    assert_eq!(built(&workspace, &[]), "web built");
    assert_eq!(printed(&reference, &["cat", "/color"]), "green\n");
    assert_eq!(built(&workspace, &[]), "web reused");
}

#[test]
fn ignored_files_neither_count_nor_are_sent() {
    let mut workspace = Workspace::new();
    let name = image(&mut workspace, "FROM ROOT\nCOPY . /all\n");
    workspace.file(format!("images/{name}/.dockerignore"), "*.log\nDockerfile\n.dockerignore\nimage.yml\n");
    workspace.file(format!("images/{name}/kept"), "kept\n");
    workspace.file(format!("images/{name}/noise.log"), "1\n");
    assert_eq!(built(&workspace, &[]), "web built");
    assert_eq!(printed(&format!("{name}:main"), &["ls", "/all"]), "kept\n");
    workspace.file(format!("images/{name}/noise.log"), "2\n");
    assert_eq!(built(&workspace, &[]), "web reused");
    workspace.file(format!("images/{name}/kept"), "other\n");
    assert_eq!(built(&workspace, &[]), "web built");
}

#[test]
fn git_ignored_files_are_warned_of() {
    let mut workspace = Workspace::new();
    let name = image(&mut workspace, "FROM ROOT\nCOPY . /all\n");
    workspace.file(".gitignore", "*.cache\n").file(format!("images/{name}/left.cache"), "x\n");
    workspace.keg(["build"]).success().complains("left.cache");
}

#[test]
fn a_base_is_handed_over_by_argument_or_by_rewriting() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let (one, two) = (workspace.name("one"), workspace.name("two"));
    let (by_argument, by_rewriting) = (workspace.name("argument"), workspace.name("rewriting"));
    workspace.file("keg.yml", "layout: [images/*]\n");
    for (name, text) in [(&one, "one"), (&two, "two")] {
        workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {root}\nRUN echo {text} > /which\n"));
    }
    workspace.file(
        format!("images/{by_argument}/Dockerfile"),
        format!("ARG KEG_BASE_IMAGE={one}\nFROM ${{KEG_BASE_IMAGE}}\nRUN cat /which > /seen\n"),
    );
    workspace.file(format!("images/{by_rewriting}/Dockerfile"), format!("FROM {one}:any\nRUN cat /which > /seen\n"));
    workspace.branch("main").commit();
    workspace.keg(["build"]).success();
    let seen = |name: &str| printed(&format!("{name}:main"), &["cat", "/seen"]);
    assert_eq!((seen(&by_argument), seen(&by_rewriting)), ("one\n".into(), "one\n".into()));
    workspace.keg(["build", &by_argument, &by_rewriting, "--base", &two]).success();
    assert_eq!((seen(&by_argument), seen(&by_rewriting)), ("two\n".into(), "two\n".into()));
    // The environment does the same for named images, and nothing for the others.
    workspace.env("KEG_BASE_IMAGE", two.clone());
    workspace.keg(["build"]).success();
    assert_eq!(seen(&by_argument), "one\n");
    workspace.keg(["build", &by_argument]).success();
    assert_eq!(seen(&by_argument), "two\n");
}
