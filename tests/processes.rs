//! Several keg processes at once: nothing is built or uploaded twice, and no file is torn.

use std::process::{Child, Stdio};

use crate::support::{Proxy, Registry, Run, Workspace, docker};

const PROCESSES: usize = 8;
const IMAGES: usize = 12;

/// A base, three images on it, and eight on those; each has random bytes in it, so that two builds are never alike.
fn twelve_images(workspace: &mut Workspace, keys: &str) {
    let root = workspace.root_image();
    workspace.file("keg.yml", format!("layout: [images/*]\ndefault_branch: main\n{keys}"));
    workspace.file(".gitignore", ".keg/\n");
    for number in 0..IMAGES {
        let parent = match number {
            0 => root.clone(),
            1..=3 => workspace.name("0"),
            _ => workspace.name(&(number % 3 + 1).to_string()),
        };
        let name = workspace.name(&number.to_string());
        workspace.file(
            format!("images/{name}/Dockerfile"),
            format!("FROM {parent}\nRUN head -c 16 /dev/urandom > /{number}\n"),
        );
    }
    workspace.commit();
}

/// Runs all at once and gives what each said.
fn at_once(workspaces: &[&Workspace], arguments: &[&str]) -> Vec<Run> {
    let start = |number: usize| -> Child {
        let mut command = workspaces[number % workspaces.len()].keg_command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = (0..PROCESSES).map(start).collect();
    running.into_iter().map(|child| Run::from(child.wait_with_output().unwrap()).success()).collect()
}

fn count(runs: &[Run], result: &str) -> usize {
    let rows = runs.iter().flat_map(|run| run.json()["images"].as_array().unwrap().clone());
    rows.filter(|row| row["result"] == result).count()
}

#[test]
fn every_key_is_built_once() {
    let mut workspace = Workspace::new();
    twelve_images(&mut workspace, "");
    let runs = at_once(&[&workspace], &["build", "--format", "json"]);
    assert_eq!((count(&runs, "built"), count(&runs, "reused")), (IMAGES, (PROCESSES - 1) * IMAGES));
    let again = workspace.keg(["build", "--format", "json"]).success();
    assert_eq!(count(&[again], "reused"), IMAGES);
    let locks = workspace.home().join(".local/state/keg/locks");
    assert_eq!(std::fs::read_dir(locks).unwrap().count(), 0, "no lock is left");
}

#[test]
fn every_image_is_built_and_uploaded_once_and_published_by_all() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let mut workspace = Workspace::new();
    // The base is from outside, for a lock file that all of them write.
    let (root, outside) = (workspace.root_image(), format!("{}/{}outside:1", registry.host(), workspace.name("")));
    docker(["tag", &root, &outside]).success();
    docker(["push", "--quiet", &outside]).success();
    docker(["image", "rm", &outside]).success();
    let namespace = workspace.name("tree");
    twelve_images(&mut workspace, &format!("registry: {}/{namespace}\n", proxy.host()));
    let name = workspace.name("0");
    let dockerfile = format!("FROM {outside}\nRUN head -c 16 /dev/urandom > /0\n");
    workspace.file(format!("images/{name}/Dockerfile"), dockerfile).commit();
    let runs = at_once(&[&workspace], &["build", "--push", "--format", "json"]);
    assert_eq!((count(&runs, "built"), count(&runs, "reused")), (IMAGES, (PROCESSES - 1) * IMAGES));
    let content_tags = |request: &&String| request.starts_with("PUT ") && request.contains("/manifests/keg-");
    assert_eq!(proxy.take_requests().iter().filter(content_tags).count(), IMAGES, "each is uploaded once");
    for number in 0..IMAGES {
        let tags = registry.tags(&format!("{namespace}/{}", workspace.name(&number.to_string())));
        assert_eq!(tags.len(), 2, "{tags:?}");
    }
    let lock = workspace.read("keg.lock");
    assert!(lock.contains(&format!("{outside}: sha256:")), "{lock}");
    let again = workspace.keg(["build", "--push", "--format", "json"]).success();
    assert_eq!(count(&[again], "reused"), IMAGES);
}
