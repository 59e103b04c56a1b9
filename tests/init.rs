//! `keg init` in repositories that keg did not make, and where there is nothing yet.

use crate::support::Workspace;

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
}
