//! `keg init` in repositories that keg did not make, and where there is nothing yet.

use crate::support::{Run, Workspace};

/// The images that `keg status` lists, as `name kind`, and the edges of the graph.
fn images(workspace: &Workspace) -> Vec<String> {
    let json = workspace.keg(["status", "--offline", "--format", "json"]).success().json();
    let row =
        |image: &serde_json::Value| format!("{} {}", image["image"].as_str().unwrap(), image["kind"].as_str().unwrap());
    let mut rows: Vec<String> = json["images"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    rows
}

/// Literal `FROM` of a sibling's full name.
#[test]
fn finds_what_a_repository_has() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("images/base/Dockerfile", format!("FROM {root}\n"));
    workspace.file("images/web/Dockerfile", "FROM ghcr.io/acme/base:1.0\nRUN true\n");
    workspace.file("images/job/Dockerfile", "FROM ghcr.io/acme/base:1.0\nRUN true\n");
    workspace.branch("main").commit();
    workspace.keg(["init", "--dry-run"]).success().says("registry: ghcr.io/acme");
    assert!(!workspace.path("keg.yml").exists());
    workspace.keg(["init"]).success().says("3");
    assert_eq!(images(&workspace), ["base base", "job tap", "web tap"]);
    workspace.keg(["graph"]).success().says("├── job (tap)\n└── web (tap)");
    assert_eq!(workspace.git(["status", "--porcelain"]), "?? keg.yml\n");
    workspace.keg(["init"]).code(2).complains("is there already");
}

/// Bases by build args with defaults, as DataHub has them.
#[test]
fn follows_build_args() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("notebooks/datascience/Dockerfile", format!("ARG ROOT={root}\nFROM $ROOT\n"));
    for child in ["scipy", "rstudio"] {
        let text = "ARG BASE_TAG=latest\nFROM team/datascience:${BASE_TAG}\nRUN true\n";
        workspace.file(format!("notebooks/{child}/Dockerfile"), text);
    }
    workspace.branch("main").commit();
    workspace.keg(["init"]).success();
    assert_eq!(images(&workspace), ["datascience base", "rstudio tap", "scipy tap"]);
}

/// One Dockerfile per folder at any depth, upper-case folders, and a second Dockerfile beside the first.
#[test]
fn finds_any_depth_and_name() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    workspace.file("Base/Dockerfile", format!("FROM {root}\n"));
    workspace.file("services/Api/Dockerfile", "FROM base\nRUN true\n");
    workspace.file("services/Api/Dockerfile.dev", "FROM base\nRUN true\n");
    workspace.file("analyses/cell-type/Module-One/Dockerfile", "FROM base\nRUN true\n");
    workspace.file("node_modules/left/Dockerfile", "FROM nothing\n");
    workspace.branch("main").commit();
    workspace.keg(["init"]).success();
    assert_eq!(images(&workspace), ["api tap", "api-dev tap", "base base", "module-one tap"]);
    // Without an edit they can be built.
    workspace
        .file("keg.yml", format!("{}\nregistry: {}ns.example/team\n", workspace.read("keg.yml"), workspace.name("")));
    workspace.keg(["build", "--dry-run"]).success().says("build api-dev");
}

#[test]
fn makes_a_workspace_where_there_is_nothing() {
    let workspace = Workspace::new();
    crate::support::engine();
    workspace.keg(["init", "--registry", "localhost:5000/team"]).success().says("base/Dockerfile");
    assert!(workspace.read("keg.yml").contains("registry: localhost:5000/team"));
    assert!(workspace.path(".keg/schema/keg.yml.json").exists());
    workspace.keg(["graph"]).success().says("└── tap (hub)");
    workspace.keg(["config"]).success().says("localhost:5000/team");
    workspace.keg(["start", "base"]).code(2).complains("keg exec --image base");
    workspace.file("inner/.gitignore", "");
    let mut inner = workspace.keg_command(["init"]);
    inner.current_dir(workspace.path("inner"));
    Run::of(inner, "").success().complains("is a workspace, too");
}

/// The description of a stack as DataHub keeps it becomes keg's own files, and what is built has its args and tags.
#[test]
fn takes_over_the_description_of_a_stack() {
    let mut workspace = Workspace::new();
    let root = workspace.root_image();
    let spec = "root: lab\nimages:\n  lab:\n    image_name: ghcr.io/team/LAB\n    build_args: {VERSION: 3.10}\n    \
                info_cmds: [RELEASE]\n  stats:\n    image_name: ghcr.io/team/stats\n    depend_on: lab\n    prune: true\n\
                tag: {prefix: \"2026.10\"}\nall_info_cmds:\n  RELEASE: {description: Release, command: cat /version}\n";
    let namespace = format!("localhost:1/{}", workspace.name("team"));
    let spec = spec.replace("ghcr.io/team/LAB", "ghcr.io/team/lab").replace("ghcr.io/team", &namespace);
    workspace.file("images/spec.yml", &spec);
    workspace.file("images/change_ignore.json", r#"{"ChangeIgnore": [], "BuildAll": ["common.txt", "spec.yml"]}"#);
    workspace.file("images/common.txt", "one");
    let dockerfile = format!("FROM {root}\nARG VERSION=0\nRUN echo $VERSION > /version\n");
    workspace.file("images/lab/Dockerfile", dockerfile);
    workspace.file("images/stats/Dockerfile", format!("ARG TAG=latest\nFROM {namespace}/lab:${{TAG}}\nRUN true\n"));
    workspace.branch("dev").commit();
    let from = ["init", "--from", "images/spec.yml"];
    workspace.keg(["init", "--from", "images/spec.yaml"]).code(2).complains("cannot read images/spec.yaml");
    let shown = workspace.keg(from.iter().copied().chain(["--dry-run"])).success().stdout;
    assert!(shown.contains("# images/lab/image.yml") && !workspace.path("keg.yml").exists(), "{shown}");
    // What is there is never overwritten, and then nothing is written.
    workspace.file("images/lab/image.yml", "name: lab\n");
    workspace.keg(from).code(2).complains("there already: images/lab/image.yml");
    assert!(!workspace.path("keg.yml").exists());
    workspace.remove("images/lab/image.yml");
    workspace.keg(from).success().says("images/lab/image.yml").complains("prune of stats has no counterpart");
    let run = workspace.keg(["build", "--offline", "--format", "json"]).success().json();
    assert_eq!(run["images"][0]["tags"], serde_json::json!(["2026.10-dev"]));
    let reference = format!("{namespace}/stats:2026.10-dev");
    assert_eq!(crate::support::docker(["run", "--rm", &reference, "cat", "/version"]).success(), "3.10\n");
    workspace.file("images/common.txt", "two");
    let run = workspace.keg(["build", "--offline", "--dry-run"]).success().stdout;
    assert_eq!(run.matches("build ").count(), 2, "a file of BuildAll changes every image: {run}");
}
