//! What git's histories do to CI: merges of all kinds, force pushes, new and deleted branches, and clones that lack
//! commits.

use serde_json::json;

use super::parts::{Event, Repository, plan};

const JSON: [&str; 4] = ["ci", "plan", "--format", "json"];
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A repository of which `main` is published. Gives its commit, too.
fn published(keys: &str) -> (Repository, String) {
    let repository = Repository::new(keys);
    let commit = repository.workspace.git(["rev-parse", "main"]).trim().to_owned();
    repository.keg(&repository.pushed("main", &commit), &["ci", "run"]).success();
    (repository, commit)
}

/// The images of a plan with which something is done, and what.
fn busy(planned: &[String]) -> Vec<&str> {
    planned.iter().map(String::as_str).filter(|line| !line.ends_with(": nothing")).collect()
}

fn commit(repository: &Repository, message: &str) {
    repository.workspace.git(["add", "--all"]);
    repository.workspace.git(["commit", "--quiet", "--message", message]);
}

#[test]
fn a_squash_is_published_as_a_merge_is() {
    let (repository, first) = published("");
    let before = repository.published("main");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    commit(&repository, "half");
    repository.change("a", "3\n");
    commit(&repository, "whole");
    repository.workspace.branch("main").git(["merge", "--quiet", "--squash", "feat"]);
    let squashed = repository.push();
    let push = repository.pushed_since("main", &first, &squashed);
    let planned = plan(&repository.keg(&push, &JSON).success());
    assert_eq!(busy(&planned), ["a1: build [main latest]", "a: build [main latest]"]);
    repository.keg(&push, &["ci", "run"]).success();
    let after = repository.published("latest");
    assert_eq!(after, repository.published("main"));
    assert_eq!((&after["b"], &after["base"]), (&before["b"], &before["base"]));
    assert_eq!(repository.revision("a", "main"), squashed);
}

#[test]
fn a_rebase_loses_none_of_its_commits() {
    let (repository, _) = published("ci: {full_rebuild: full rebuild}\n");
    let before = repository.published("main");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    commit(&repository, "a");
    repository.change("b", "2\n");
    commit(&repository, "b");
    repository.workspace.file("README.md", "2\n");
    commit(&repository, "read me");
    // Meanwhile the branch has moved.
    repository.workspace.branch("main").file("LICENSE", "2\n");
    let old = repository.push();
    repository.keg(&repository.pushed("main", &old), &["ci", "run"]).success();
    repository.workspace.branch("feat").git(["rebase", "--quiet", "main"]);
    repository.workspace.branch("main").git(["merge", "--quiet", "--ff-only", "feat"]);
    repository.workspace.git(["push", "--quiet", "origin", "main"]);
    let new = repository.workspace.git(["rev-parse", "main"]).trim().to_owned();
    let push = repository.pushed_since("main", &old, &new);
    let planned = plan(&repository.keg(&push, &JSON).success());
    assert_eq!(busy(&planned), ["a1: build [main latest]", "a: build [main latest]", "b: build [main latest]"]);
    repository.keg(&push, &["ci", "run"]).success();
    let after = repository.published("main");
    assert!(["a", "a1", "b"].iter().all(|image| after[*image] != before[*image]), "{before:?} {after:?}");
    assert_eq!(after["base"], before["base"]);

    // What a commit in the middle asks for counts.
    for (text, message) in [("3\n", "one"), ("4\n", "Full rebuild, please"), ("5\n", "three")] {
        repository.workspace.file("README.md", text);
        commit(&repository, message);
    }
    repository.workspace.git(["push", "--quiet", "origin", "main"]);
    let newest = repository.workspace.git(["rev-parse", "main"]).trim().to_owned();
    let push = repository.pushed_since("main", &new, &newest);
    assert_eq!(busy(&plan(&repository.keg(&push, &JSON).success())).len(), 4);
    let event = || Event::push("main", &new, &newest);
    // The message of the only commit of a shallow clone counts.
    repository.workspace.file("README.md", "6\n");
    commit(&repository, "full rebuild");
    repository.workspace.git(["push", "--quiet", "origin", "main"]);
    let shallow = repository.clone(&["--depth", "1", "--branch", "main"]);
    let asked = repository.keg(&(shallow, event()), &["ci", "run"]).success();
    asked.complains("asks for a rebuild of all images: full rebuild");
    assert_ne!(repository.published("main")["base"], after["base"]);
}

#[test]
fn a_force_push_is_judged_by_what_is_there() {
    let (repository, _) = published("ci: {full_rebuild: full rebuild}\n");
    let main = repository.published("main");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    let first = repository.push();
    // The first push of a branch comes from nowhere.
    repository.keg(&repository.pushed("feat", &first), &["ci", "run"]).success();
    let before = repository.published("feat");
    assert_ne!(before["a"], main["a"]);
    assert_eq!((&before["b"], &before["base"]), (&main["b"], &main["base"]), "one tag more, and no build");
    // Another history takes its place.
    repository.workspace.git(["reset", "--quiet", "--hard", "main"]);
    repository.change("b", "2\n");
    let second = repository.push();
    let push = repository.pushed_since("feat", &first, &second);
    assert!(!repository.git(&push.0, &["rev-list", "--all"]).contains(&first), "no clone has the commit");
    let planned = repository.keg(&push, &JSON).success();
    assert_eq!(busy(&plan(&planned)), ["a1: retag [feat]", "a: retag [feat]", "b: build [feat]"]);
    repository.keg(&push, &["ci", "run"]).success();
    let after = repository.published("feat");
    assert_eq!((&after["a"], &after["a1"]), (&main["a"], &main["a1"]));
    assert_ne!(after["b"], main["b"]);
    assert_eq!(repository.published("main"), main);
}

#[test]
fn a_branch_that_changes_nothing_gets_tags_and_no_build() {
    let (repository, _) = published("");
    repository.workspace.branch("feat").file("README.md", "2\n");
    let commit = repository.push();
    let push = repository.pushed("feat", &commit);
    let expected = ["a1", "a", "b", "base"].map(|image| format!("{image}: retag [feat]"));
    assert_eq!(plan(&repository.keg(&push, &JSON).success()), expected);
    repository.keg(&push, &["ci", "run"]).success();
    assert_eq!(repository.published("feat"), repository.published("main"));
    // A git tag that is a version is a release, whoever pushes it.
    repository.workspace.branch("main");
    repository.tag("v1.0.0");
    let clone = repository.clone(&["--branch", "v1.0.0"]);
    let event = Event::new("push", "refs/tags/v1.0.0", json!({ "before": ZEROS, "after": commit }));
    repository.keg(&(clone, event.with("GITHUB_REF_NAME", "v1.0.0")), &["ci", "run"]).success();
    assert_eq!(repository.published("v1.0.0"), repository.published("main"));
    assert_eq!(repository.published("latest"), repository.published("main"));
}

#[test]
fn a_deleted_branch_needs_nothing() {
    let (repository, first) = published("");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    repository.workspace.branch("main").git(["push", "--quiet", "origin", "--delete", "feat"]);
    let deletion = json!({ "before": first, "after": ZEROS, "deleted": true });
    for event in [
        Event::push("feat", &first, ZEROS),
        Event::new("push", "refs/heads/feat", deletion).with("GITHUB_REF_NAME", "feat"),
        Event::new("delete", "refs/heads/main", json!({ "ref": "feat", "ref_type": "branch" })),
    ] {
        let job = (repository.clone(&["--branch", "main"]), event);
        let planned = repository.keg(&job, &JSON).success();
        assert_eq!(planned.json()["jobs"], json!([]));
        assert_eq!(busy(&plan(&planned)), [""; 0]);
        repository.keg(&job, &["ci", "run"]).success().complains("was deleted");
    }
    assert_eq!(repository.tags("a"), ["latest", "main"]);
    // A run that comes after the deletion leaves the tags of the branch alone.
    let late = repository.clone(&["--branch", "main"]);
    repository.keg(&(late, Event::push("feat", ZEROS, &first)), &["ci", "run"]).success().complains("is gone");
    assert_eq!(repository.tags("a"), ["latest", "main"]);
}

#[test]
fn a_shallow_clone_is_enough_for_a_push() {
    let (repository, first) = published("");
    repository.change("a", "2\n");
    let newer = repository.push();
    let shallow = repository.clone(&["--depth", "1", "--branch", "main"]);
    let job = (shallow, Event::push("main", &first, &newer));
    let planned = plan(&repository.keg(&job, &JSON).success());
    assert_eq!(busy(&planned), ["a1: build [main latest]", "a: build [main latest]"]);
    repository.keg(&job, &["ci", "run"]).success();
    assert_eq!(repository.revision("a", "main"), newer);
    assert_eq!(repository.published("latest"), repository.published("main"));
    // Nor does it move tags back.
    let right = repository.published("main");
    repository.change("b", "2\n");
    repository.push();
    repository.forget();
    repository.keg(&job, &["ci", "run"]).success().complains("the run of that commit moves the tags");
    assert_eq!(repository.published("main"), right);
}

#[test]
fn a_pull_request_is_compared_with_what_it_is_merged_into() {
    let (repository, old) = published("");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    // Since the pull request was opened something else was merged.
    repository.workspace.branch("main");
    repository.change("b", "2\n");
    repository.push();
    let event = repository.merge_reference("feat", &old);
    // Two commits are enough: the merge, and what it was made of. All of them do no harm.
    let job = (repository.fetched("refs/pull/71/merge", "2"), event);
    assert_eq!(busy(&plan(&repository.keg(&job, &JSON).success())), ["a1: build", "a: build"]);
    let (_, event) = job;
    let job = (repository.fetched("refs/pull/71/merge", "1000"), event);
    assert_eq!(busy(&plan(&repository.keg(&job, &JSON).success())), ["a1: build", "a: build"]);
    repository.keg(&job, &["ci", "run"]).success();
    assert_eq!(repository.tags("a"), ["latest", "main"]);
    // With one commit less nobody knows what has changed.
    let (_, event) = job;
    let shallow = (repository.fetched("refs/pull/71/merge", "1"), event);
    for command in [&JSON[..], &["ci", "run"]] {
        repository.keg(&shallow, command).code(2).complains("fetch-depth: 0");
    }
}

#[test]
fn a_queue_builds_what_it_would_merge_and_publishes_nothing() {
    let (repository, base) = published("ci: {pull_requests: branch}\n");
    let before = repository.published("main");
    for (branch, module) in [("one", "a"), ("two", "b")] {
        repository.workspace.branch("main").branch(branch);
        repository.change(module, "2\n");
        commit(&repository, branch);
    }
    let queue = "gh-readonly-queue/main/pr-71-abc";
    repository.workspace.branch("main").branch(queue);
    repository.workspace.git(["merge", "--quiet", "--no-ff", "--message", "Queue", "one", "two"]);
    let commit = repository.push();
    let payload = json!({
        "action": "checks_requested",
        "merge_group": { "head_sha": commit, "base_sha": base, "head_ref": format!("refs/heads/{queue}") },
    });
    let event = Event::new("merge_group", &format!("refs/heads/{queue}"), payload).with("GITHUB_REF_NAME", queue);
    let job = (repository.clone(&["--branch", queue]), event);
    let planned = repository.keg(&job, &JSON).success();
    assert_eq!(busy(&plan(&planned)), ["a1: build", "a: build", "b: build"]);
    assert_eq!(planned.json()["title"], "merge queue");
    repository.keg(&job, &["ci", "run"]).success();
    assert_eq!(repository.published("main"), before);
    assert_eq!(repository.tags("a"), ["latest", "main"]);
}

#[test]
fn a_remote_that_is_gone_is_said() {
    let (repository, first) = published("");
    repository.change("a", "2\n");
    let newer = repository.push();
    let push = repository.pushed_since("main", &first, &newer);
    repository.git(&push.0, &["remote", "set-url", "origin", "file:///nowhere/origin.git"]);
    let run = repository.keg(&push, &["ci", "run"]).success();
    let run = run.complains("nobody says whether main has a newer commit");
    run.complains("cannot ask the git remote `origin`").complains("tags may go back");
    assert_eq!(repository.revision("a", "main"), newer);
}
