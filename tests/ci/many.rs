//! More images than a matrix has jobs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::parts::{Event, Repository};
use crate::support::Workspace;

/// One base, 9 images on it, and on each of these a ninth of the others; of the last ones more than 256.
const HUBS: usize = 9;
const TAPS: usize = 290;
/// The most jobs that GitHub takes in a matrix.
const MOST: usize = 256;

fn tap(number: usize) -> String {
    format!("tap-{number:03}")
}

fn hub(number: usize) -> String {
    format!("hub-{}", number % HUBS)
}

fn write(workspace: &mut Workspace, registry: &str) -> Vec<String> {
    workspace.file("keg.yml", format!("registry: {registry}\ndefault_branch: main\n"));
    workspace.file("base/Dockerfile", "FROM scratch\nCOPY lock /base.lock\n").file("base/lock", "1\n");
    let hubs = (0..HUBS).map(|number| (format!("hub/{}", hub(number)), "base".to_owned()));
    let taps = (0..TAPS).map(|number| (format!("taps/{}", tap(number)), hub(number)));
    for (folder, parent) in hubs.chain(taps) {
        workspace.file(format!("{folder}/Dockerfile"), format!("FROM {parent}\nCOPY lock /{folder}.lock\n"));
        workspace.file(format!("{folder}/lock"), "1\n");
    }
    let names = (0..HUBS).map(hub).chain((0..TAPS).map(tap));
    std::iter::once("base".to_owned()).chain(names).collect()
}

/// The images of each job of each level, from what is printed for GitHub.
fn levels(outputs: &str) -> Vec<Vec<Vec<String>>> {
    let matrices =
        outputs.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| name.starts_with("level_"));
    let level = |(_, text): (&str, &str)| -> Vec<Vec<String>> {
        let matrix: Value = serde_json::from_str(text).unwrap();
        let images = |job: &Value| job["images"].as_str().unwrap().split(' ').map(str::to_owned).collect();
        matrix["include"].as_array().unwrap().iter().map(images).collect()
    };
    matrices.map(level).collect()
}

#[test]
fn no_matrix_has_more_jobs_than_github_takes() {
    let repository = Repository::of(write);
    let push = repository.pushed("main", "main");
    let outputs = repository.keg(&push, &["ci", "plan", "--format", "github"]).success().stdout;
    let found = levels(&outputs);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|level| level.len() <= MOST && level.iter().all(|job| !job.is_empty())), "{outputs}");
    let all = |level: &[Vec<String>]| -> Vec<String> { level.iter().flatten().cloned().collect() };
    assert_eq!(all(&found[0]), ["base"]);
    assert_eq!(all(&found[1]), (0..HUBS).map(hub).collect::<Vec<_>>());
    assert_eq!(all(&found[2]), (0..TAPS).map(tap).collect::<Vec<_>>(), "each once, and in order");
    // GitHub takes a megabyte of outputs of a job.
    assert!(outputs.len() < 100_000, "{}", outputs.len());

    // What is published already is in no job.
    let parents = ["ci", "run", "base", "hub-*", "--stage", "build"];
    repository.keg(&repository.pushed("main", "main"), &parents).success();
    // A pull request that changes a few; those on one are one job's, as nothing is uploaded between jobs.
    repository.workspace.branch("feat").file("hub/hub-1/lock", "2\n").file("taps/tap-003/lock", "2\n");
    repository.push();
    let request = repository.pull_request("feat", "somebody/images");
    let outputs = repository.keg(&request, &["ci", "plan", "--format", "github"]).success().stdout;
    let found = levels(&outputs);
    let jobs: Vec<&Vec<String>> = found.iter().flatten().collect();
    let of_hub: BTreeSet<String> = (0..TAPS).filter(|number| number % HUBS == 1).map(tap).chain([hub(1)]).collect();
    assert_eq!(jobs.len(), 2, "{outputs}");
    assert_eq!(jobs[0].iter().cloned().collect::<BTreeSet<_>>(), of_hub);
    assert_eq!(jobs[1], &[tap(3)]);
    assert!(outputs.contains("publishes=false"), "{outputs}");

    // A release builds what nobody has published.
    repository.workspace.branch("main");
    let release = repository.release("v1.0.0", false);
    let outputs = repository.keg(&release, &["ci", "plan", "--format", "github"]).success().stdout;
    assert_eq!(
        levels(&outputs).iter().map(|level| all(level).len()).sum::<usize>(),
        TAPS,
        "what is there is not built"
    );

    // The part of one job: what it stands on is another job's.
    let event = Event::new("push", "refs/heads/main", json!({})).with("GITHUB_REF_NAME", "main");
    let clone = repository.clone(&["--branch", "main"]);
    let dry = repository.keg(&(clone, event), &["ci", "run", "tap-003", "--stage", "build", "--dry-run"]).success();
    assert!(dry.stdout.contains("tap-003") && !dry.stdout.contains("tap-004"), "{}", dry.stdout);
}
