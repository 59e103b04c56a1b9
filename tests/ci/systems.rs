//! Events of GitLab, of people and clocks, and of systems that keg does not know.

use super::parts::{Event, Repository, plan};

const JSON: [&str; 4] = ["ci", "plan", "--format", "json"];

fn published(keys: &str) -> Repository {
    let repository = Repository::new(keys);
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    repository
}

fn head(repository: &Repository, revision: &str) -> String {
    repository.workspace.git(["rev-parse", revision]).trim().to_owned()
}

/// A clone as GitLab makes it: a commit is checked out, and no branch.
fn detached(repository: &Repository, commit: &str) -> std::path::PathBuf {
    let clone = repository.clone(&["--no-checkout"]);
    repository.git(&clone, &["checkout", "--quiet", "--detach", commit]);
    clone
}

fn gitlab(variables: &[(&str, &str)]) -> Event {
    Event::of_variables(&[&[("GITLAB_CI", "true"), ("CI", "true")], variables].concat())
}

#[test]
fn gitlab_builds_merge_requests_and_publishes_branches_and_tags() {
    let repository = published("ci: {pull_requests: branch}\n");
    let main = repository.published("main");
    let base = head(&repository, "main");
    repository.workspace.branch("feature/x");
    repository.change("a", "2\n");
    let commit = repository.push();
    let request = |project: &str| {
        gitlab(&[
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_COMMIT_REF_NAME", "feature/x"),
            ("CI_COMMIT_BEFORE_SHA", &"0".repeat(40)),
            ("CI_MERGE_REQUEST_IID", "5"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/x"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project),
        ])
    };
    let fork = (detached(&repository, &commit), request("2"));
    let planned = repository.keg(&fork, &JSON).success();
    assert_eq!(plan(&planned), ["a1: build", "a: build", "b: nothing", "base: nothing"]);
    repository.keg(&fork, &["ci", "run"]).success().complains("publishes nothing");
    assert_eq!(repository.tags("a"), ["latest", "main"]);
    let own = (detached(&repository, &commit), request("1"));
    repository.keg(&own, &["ci", "run"]).success();
    assert_eq!(repository.published("feature-x").into_keys().collect::<Vec<_>>(), ["a", "a1"]);

    // It is merged.
    let merged = repository.merge("feature/x");
    let push = gitlab(&[
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_COMMIT_REF_NAME", "main"),
        ("CI_COMMIT_BEFORE_SHA", &base),
        ("CI_COMMIT_SHA", &merged),
    ]);
    let job = (detached(&repository, &merged), push);
    let planned = plan(&repository.keg(&job, &JSON).success());
    assert_eq!(planned[..2], ["a1: retag [main latest]", "a: retag [main latest]"], "the request has built them");
    repository.keg(&job, &["ci", "run"]).success();
    let after = repository.published("main");
    assert_eq!(after["a"], repository.published("feature-x")["a"]);
    assert_eq!(after["b"], main["b"]);

    // It is released.
    repository.tag("v2.0.0");
    let tag = gitlab(&[("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v2.0.0"), ("CI_COMMIT_REF_NAME", "v2.0.0")]);
    repository.keg(&(detached(&repository, "v2.0.0"), tag), &["ci", "run"]).success();
    assert_eq!(repository.published("v2.0.0"), after);
    // A train is a queue.
    let train = request("1").with("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train");
    let run = repository.keg(&(detached(&repository, &commit), train), &["ci", "run"]).success();
    run.complains("merge queue");
    assert_eq!(repository.published("main"), after);
}

#[test]
fn gitlab_says_what_a_shallow_clone_lacks() {
    let repository = published("");
    let base = head(&repository, "main");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    let event = gitlab(&[
        ("CI_COMMIT_REF_NAME", "feat"),
        ("CI_MERGE_REQUEST_IID", "5"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feat"),
    ]);
    let shallow = repository.clone(&["--depth", "1", "--branch", "feat"]);
    repository.keg(&(shallow, event), &["ci", "run"]).code(2).complains("GIT_DEPTH: 0");
}

#[test]
fn people_and_clocks_publish_what_is_checked_out() {
    let repository = Repository::new("");
    let event = |name: &str, branch: &str| {
        let payload = serde_json::json!({ "schedule": "0 3 1 * *" });
        Event::new(name, &format!("refs/heads/{branch}"), payload).with("GITHUB_REF_NAME", branch)
    };
    let clock = (repository.clone(&["--branch", "main"]), event("schedule", "main"));
    let planned = repository.keg(&clock, &JSON).success();
    assert_eq!(planned.json()["event"], "schedule");
    repository.keg(&clock, &["ci", "run"]).success();
    let main = repository.published("main");
    assert_eq!((main.len(), &repository.published("latest")), (4, &main));
    repository.workspace.branch("feat");
    repository.change("b", "2\n");
    repository.push();
    let by_hand = (repository.clone(&["--branch", "feat"]), event("workflow_dispatch", "feat"));
    repository.keg(&by_hand, &["ci", "run"]).success();
    let feat = repository.published("feat");
    assert_eq!((feat.len(), &feat["a"]), (4, &main["a"]));
    assert_ne!(feat["b"], main["b"]);
    assert_eq!(repository.published("latest"), main, "it follows the default branch");
    // One image of it, as a workflow of its own does.
    repository.change("b", "3\n");
    repository.push();
    let by_hand = (repository.clone(&["--branch", "feat"]), event("workflow_dispatch", "feat"));
    repository.keg(&by_hand, &["ci", "run", "b"]).success();
    assert_ne!(repository.published("feat")["b"], feat["b"]);
    assert_eq!(repository.published("feat")["a"], feat["a"]);
    // A git tag that somebody chooses is a release.
    repository.workspace.branch("main");
    repository.tag("v1.0.0");
    let event = Event::new("workflow_dispatch", "refs/tags/v1.0.0", serde_json::json!({}));
    let job = (repository.clone(&["--branch", "v1.0.0"]), event.with("GITHUB_REF_NAME", "v1.0.0"));
    repository.keg(&job, &["ci", "run"]).success();
    assert_eq!(repository.published("v1.0.0"), main);
}

#[test]
fn flags_tell_what_an_unknown_system_does_not() {
    let repository = Repository::new("");
    let none = || Event::of_variables(&[]);
    let clone = repository.clone(&["--branch", "main"]);
    repository.keg(&(clone.clone(), none()), &["ci", "run"]).code(2).complains("--event push");
    repository.keg(&(clone, none()), &["ci", "run", "--event", "push"]).success();
    let main = repository.published("main");
    assert_eq!(main.len(), 4);
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    let commit = repository.push();
    // A commit is checked out; variables or a flag say of which branch it is.
    let request = ["ci", "plan", "--format", "json", "--event", "pull_request", "--base", "origin/main"];
    let job = (detached(&repository, &commit), Event::of_variables(&[("BRANCH_NAME", "feat")]));
    let planned = repository.keg(&job, &request).success();
    assert_eq!(plan(&planned), ["a1: build", "a: build", "b: nothing", "base: nothing"]);
    assert_eq!(planned.json()["publishes"], false);
    repository.keg(&job, &["ci", "run", "--event", "push", "--branch", "feat"]).success();
    assert_eq!(repository.published("feat").len(), 4);
    assert_eq!(repository.published("main"), main);
    repository.workspace.branch("main");
    repository.tag("v1.0.0");
    let job = (detached(&repository, "v1.0.0"), none());
    repository.keg(&job, &["ci", "run", "--event", "release"]).success();
    assert_eq!(repository.published("v1.0.0"), main);
}
