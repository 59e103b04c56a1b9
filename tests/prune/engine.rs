//! What leaves the engine.

use crate::support::{Registry, Workspace, docker, image_names};

/// The images base and web under names of this workspace's own, with a web for each state of a file.
fn family(workspace: &mut Workspace) -> (String, String) {
    let root = workspace.root_image();
    let (base, web) = (workspace.name("base"), workspace.name("web"));
    workspace.file("keg.yml", "layout: [images/*]\n");
    workspace.file(format!("images/{base}/Dockerfile"), format!("FROM {root}\nRUN echo base > /base\n"));
    workspace.file(format!("images/{web}/Dockerfile"), format!("FROM {base}\nCOPY state /\n"));
    state(workspace, &web, "main");
    (base, web)
}

fn state(workspace: &Workspace, web: &str, state: &str) {
    workspace.file(format!("images/{web}/state"), state);
    workspace.commit();
}

/// The tags that the engine has of an image, content tags as `keg`.
fn tags(image: &str) -> Vec<String> {
    let start = format!("{image}:");
    let names = image_names();
    let tags = names.iter().filter_map(|name| name.split_once(&start)).map(|(_, tag)| tag);
    tags.map(|tag| if tag.starts_with("keg-") { "keg".to_owned() } else { tag.to_owned() }).collect()
}

#[test]
fn a_branch_that_is_gone_leaves_the_engine() {
    let mut workspace = Workspace::new();
    let (base, web) = family(&mut workspace);
    workspace.keg(["build"]).success();
    workspace.branch("feature/x");
    state(&workspace, &web, "x");
    workspace.keg(["build"]).success();
    workspace.branch("feature/y");
    state(&workspace, &web, "y");
    workspace.keg(["build"]).success();
    workspace.keg(["tag", &web, "--tag", "demo"]).success();
    workspace.branch("main");
    workspace.git(["branch", "--quiet", "-D", "feature/x"]);
    workspace.git(["branch", "--quiet", "-D", "feature/y"]);
    docker(["create", "--name", &workspace.name("user"), &format!("{web}:feature-x"), "sh"]).success();

    let prune = ["prune", "--keep", "0", "--yes"];
    workspace.keg(prune).success().says("nothing to remove");
    assert_eq!(tags(&web), ["demo", "feature-x", "feature-y", "keg", "keg", "keg", "main"]);
    let prune = [&prune[..], &["--older-than", "0"]].concat();
    workspace.keg(&prune).success();
    // A container that does not run uses feature-x. demo was set by hand, and its image with it.
    assert_eq!(tags(&web), ["demo", "feature-x", "keg", "keg", "keg", "main"]);
    assert_eq!(tags(&base), ["keg", "main"]);
    docker(["rm", &workspace.name("user")]).success();
    workspace.keg(&prune).success();
    assert_eq!(tags(&web), ["demo", "keg", "keg", "main"]);
    assert_eq!(tags(&base), ["keg", "main"]);
    // What is left is what a build needs.
    workspace.keg(["build", "--dry-run"]).success().says("nothing to do");
}

#[test]
fn old_builds_of_a_branch_leave_the_engine() {
    let mut workspace = Workspace::new();
    let (_, web) = family(&mut workspace);
    for number in ["1", "2", "3", "4"] {
        state(&workspace, &web, number);
        workspace.keg(["build"]).success();
    }
    assert_eq!(tags(&web), ["keg", "keg", "keg", "keg", "main"]);
    let json =
        workspace.keg(["prune", "--older-than", "0", "--keep", "2", "--yes", "--format", "json"]).success().json();
    assert_eq!(tags(&web), ["keg", "keg", "main"]);
    // Two layers of one byte: the base's are still there.
    assert!(json["frees"]["engine_at_most"].as_u64().unwrap() < 10_000, "{json}");
    assert_eq!(json["removed"].as_array().unwrap().len(), 2);
}

#[test]
fn images_of_another_workspace_of_the_same_names_are_left_alone() {
    let mut workspace = Workspace::new();
    let (_, web) = family(&mut workspace);
    let mut other = Workspace::new();
    let root = other.root_image();
    other.file("keg.yml", "layout: [images/*]\n");
    other.file(format!("images/{web}/Dockerfile"), format!("FROM {root}\nRUN echo other > /other\n"));
    other.branch("theirs").commit();
    other.keg(["build"]).success();
    workspace.keg(["prune", "--older-than", "0", "--keep", "0", "--yes"]).success().says("nothing to remove");
    assert_eq!(tags(&web), ["keg", "theirs"]);
}

#[test]
fn what_was_pulled_and_lost_its_tag_leaves_the_engine() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    let (_, web) = family(&mut workspace);
    let namespace = format!("{}ns", workspace.name(""));
    workspace.file("keg.yml", format!("registry: {}/{namespace}\nlayout: [images/*]\n", registry.host()));
    workspace.keg(["build", "--push"]).success();
    state(&workspace, &web, "newer");
    workspace.keg(["build", "--push"]).success();
    // Another machine has the older one alone, and pulls.
    let repository = format!("{}/{namespace}/{web}", registry.host());
    let older = docker(["images", "--digests", "--format", "{{.Tag}} {{.Digest}}", &repository]).success();
    let newest = older.lines().find_map(|line| line.strip_prefix("main ")).unwrap().to_owned();
    let digest = older.lines().filter_map(|line| line.split_once(' ')).map(|(_, digest)| digest);
    let digest = digest.into_iter().find(|digest| *digest != newest && *digest != "<none>").unwrap().to_owned();
    let mine = image_names().into_iter().filter(|name| name.contains(&repository));
    docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
    docker(["pull", &format!("{repository}@{digest}")]).success();
    workspace.keg(["pull", &web]).success();
    let untagged = format!("{repository}@{digest}");
    assert!(image_names().contains(&untagged));
    workspace.keg(["prune", "--local", "--older-than", "0", "--yes"]).success().says("has no tag any more");
    assert!(!image_names().contains(&untagged));
    assert!(image_names().contains(&format!("{repository}:main")));
}
