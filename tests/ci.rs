//! What a run of CI does for the events of a repository, in clones as CI systems make them, with a real engine and
//! registry.

use std::process::Stdio;

use serde_json::json;

use crate::ci::parts::{Event, Repository, plan};
use crate::support::{Run, end};

mod amiss;
mod history;
mod many;
mod modules;
mod parts;
mod systems;

const JSON: [&str; 4] = ["ci", "plan", "--format", "json"];

#[test]
fn a_pull_request_builds_what_it_changes_and_publishes_nothing() {
    let repository = Repository::new("");
    let first = repository.workspace.git(["rev-parse", "main"]).trim().to_owned();
    repository.keg(&repository.pushed("main", &first), &["ci", "run"]).success();
    let before = repository.published("main");
    assert_eq!(before.len(), 4);

    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    // Meanwhile something else is merged.
    repository.workspace.branch("main");
    repository.change("b", "2\n");
    repository.push();
    let request = repository.pull_request("feat", "acme/modules");
    let planned = repository.keg(&request, &JSON).success();
    assert_eq!(plan(&planned), ["a1: build", "a: build", "b: nothing", "base: nothing"]);
    let json = planned.json();
    assert_eq!((&json["event"], &json["publishes"]), (&"pull_request".into(), &false.into()));
    let reasons: Vec<&str> =
        json["images"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert!(reasons.contains(&"inputs changed: renv.lock") && reasons.contains(&"built on a"), "{reasons:?}");
    assert_eq!(json["jobs"], serde_json::json!([[{ "name": "a and 1 more", "images": "a a1" }]]));

    repository.keg(&request, &["ci", "run"]).success();
    assert_eq!(repository.published("main"), before);
    assert_eq!(repository.tags("a"), ["latest", "main"]);
    assert!(repository.published("feat").is_empty());
}

#[test]
fn a_pull_request_publishes_where_it_may() {
    let repository = Repository::new("ci: {pull_requests: number}\n");
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    let fork = repository.pull_request("feat", "somebody/modules");
    repository.keg(&fork, &["ci", "run"]).success().complains("publishes nothing");
    assert_eq!(repository.tags("a"), ["latest", "main"]);
    let own = repository.pull_request("feat", "acme/modules");
    repository.keg(&own, &["ci", "run"]).success();
    assert_eq!(repository.published("pr-71").into_keys().collect::<Vec<_>>(), ["a", "a1"]);
    assert_eq!(repository.tags("b"), ["latest", "main"]);
}

#[test]
fn a_merge_publishes_what_changed_under_the_default_tag_and_latest() {
    let repository = Repository::new("default_tag: develop\n");
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    let before = repository.published("latest");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    let merged = repository.merge("feat");
    let push = repository.pushed("main", &merged);
    let planned = repository.keg(&push, &JSON).success();
    assert_eq!(
        plan(&planned),
        ["a1: build [develop latest]", "a: build [develop latest]", "b: nothing", "base: nothing"]
    );
    repository.keg(&push, &["ci", "run"]).success();
    let after = repository.published("latest");
    assert_eq!(after, repository.published("develop"));
    for image in ["base", "b"] {
        assert_eq!(after[image], before[image]);
    }
    for image in ["a", "a1"] {
        assert_ne!(after[image], before[image]);
        assert_eq!(repository.revision(image, "latest"), merged);
    }

    // Code that is no input builds nothing.
    repository.workspace.file("analyses/a/analysis.R", "2\n").file("README.md", "2\n");
    let code = repository.push();
    let push = repository.pushed("main", &code);
    let planned = repository.keg(&push, &JSON).success();
    assert_eq!(plan(&planned), ["a1: nothing", "a: nothing", "b: nothing", "base: nothing"]);
    repository.keg(&push, &["ci", "run"]).success().complains("every tag is where it should be");
    assert_eq!(repository.published("latest"), after);
}

#[test]
fn a_release_tags_every_image_without_a_build() {
    let repository = Repository::new("ci: {release_tags: [\"20??-??-??\"]}\n");
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    let main = repository.published("main");
    let release = repository.release("v1.2.0", false);
    let planned = repository.keg(&release, &JSON).success();
    let expected = ["a1", "a", "b", "base"].map(|image| format!("{image}: retag [v1.2.0]"));
    assert_eq!(plan(&planned), expected, "latest is there already");
    repository.keg(&release, &["ci", "run"]).success();
    assert_eq!(repository.published("v1.2.0"), main);

    // A new version moves latest, one to try does not, and neither does one of an older line.
    repository.change("b", "2\n");
    repository.push();
    repository.keg(&repository.release("v2.0.0-rc.1", true), &["ci", "run"]).success().complains("latest stays");
    assert_eq!(repository.published("latest"), main);
    assert_ne!(repository.published("v2.0.0-rc.1")["b"], main["b"]);
    repository.keg(&repository.release("v2.0.0", false), &["ci", "run"]).success();
    let second = repository.published("v2.0.0");
    assert_eq!(repository.published("latest"), second);
    repository.workspace.git(["branch", "--force", "line", "HEAD"]);
    repository.keg(&repository.release("v1.2.1", false), &["ci", "run"]).success().complains("v2.0.0 is newer");
    assert_eq!(repository.published("latest"), second);

    // A date that is pushed as a git tag counts where keg.yml says so; another word does not.
    let pushed = |tag: &str| {
        repository.tag(tag);
        let event = Event::new("push", &format!("refs/tags/{tag}"), serde_json::json!({}));
        (repository.clone(&["--branch", tag]), event.with("GITHUB_REF_NAME", tag))
    };
    repository.keg(&pushed("2026-01-06"), &["ci", "run"]).success();
    assert_eq!(repository.published("2026-01-06"), second);
    repository.keg(&pushed("nightly"), &["ci", "run"]).success().complains("the git tag nightly is no release");
    assert!(repository.published("nightly").is_empty());
}

#[test]
fn two_merges_at_once_end_right_whichever_ends_last() {
    let repository = Repository::new("");
    repository.change("a", "2\n");
    let older = repository.push();
    let first = repository.pushed("main", &older);
    repository.change("a", "3\n");
    repository.change("b", "3\n");
    let newer = repository.push();
    let second = repository.pushed("main", &newer);
    // Both at once.
    let start = |(clone, event): &(std::path::PathBuf, Event)| {
        let mut keg = repository.command((clone, event), &["ci", "run"]);
        keg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut runs = [start(&first), start(&second)];
    assert!(runs.iter_mut().all(|run| end(run).success()));
    let right = repository.published("main");
    assert_eq!(repository.published("latest"), right);
    assert_eq!(repository.revision("a", "main"), newer);
    // The older one is run once more by hand, long after.
    repository.forget();
    repository.keg(&first, &["ci", "run"]).success().complains("the run of that commit moves the tags");
    assert_eq!(repository.published("main"), right);
    assert_eq!(repository.published("latest"), right);
    // After a force push back, the older commit is the newest one.
    repository.workspace.git(["reset", "--quiet", "--hard", &older]);
    repository.workspace.git(["push", "--quiet", "--force", "origin", "main"]);
    repository.keg(&repository.pushed("main", &older), &["ci", "run"]).success();
    assert_eq!(repository.revision("a", "main"), older);
}

/// Path filters and `[skip ci]` keep a newer commit from having a run that would publish the images.
#[test]
fn a_newer_commit_that_changes_nothing_of_the_images_leaves_the_tags_to_the_older_run() {
    let repository = Repository::new("");
    repository.change("a", "2\n");
    let older = repository.push();
    let first = repository.pushed("main", &older);
    // The clone of the run does not have these.
    repository.workspace.file("README.md", "2\n").file("analyses/a/analysis.R", "2\n");
    let _ = repository.push();
    let run = repository.keg(&first, &["ci", "run", "a"]).success();
    run.complains("where the image would be the same");
    assert_eq!(repository.revision("a", "main"), older);
    assert_eq!(repository.tags("b"), [""; 0], "only one was asked for");
    // One that changes another image is none that this image waits for.
    repository.change("b", "2\n");
    let _ = repository.push();
    repository.keg(&first, &["ci", "run", "a1"]).success();
    assert_eq!(repository.tags("a1"), ["latest", "main"]);
    // Where it changes an image of the run or one below, the older run has nothing to move.
    repository.keg(&first, &["ci", "run", "a", "b"]).success().complains("the run of that commit moves the tags");
    assert_eq!(repository.tags("b"), [""; 0]);
    repository.change("base", "2\n");
    let newest = repository.push();
    repository.keg(&first, &["ci", "run", "a1"]).success().complains("the run of that commit moves the tags");
    repository.keg(&repository.pushed("main", &newest), &["ci", "run"]).success();
    assert_eq!(repository.revision("a1", "main"), newest);
}

/// GitHub keeps one waiting run of a group: of three merges the second may never run. Nothing of it is lost, since what
/// is built follows from what the registry has, and not from what a push brings.
#[test]
fn what_a_cancelled_run_would_have_built_is_built_by_the_next() {
    let repository = Repository::new("");
    let first = repository.push();
    repository.keg(&repository.pushed("main", &first), &["ci", "run"]).success();
    repository.change("a", "2\n");
    let second = repository.push();
    repository.change("b", "2\n");
    let third = repository.push();
    let (clone, _) = repository.pushed("main", &third);
    let event = Event::new("push", "refs/heads/main", json!({ "before": second })).with("GITHUB_REF_NAME", "main");
    let run = (clone, event);
    let planned = plan(&repository.keg(&run, &["ci", "plan", "--format", "json"]).success());
    assert!(planned.contains(&"a: build [main latest]".to_owned()), "{planned:?}");
    repository.keg(&run, &["ci", "run"]).success();
    for image in ["a", "a1", "b"] {
        assert_eq!(repository.revision(image, "main"), third, "{image}");
    }
}

#[test]
fn a_commit_message_asks_for_a_rebuild() {
    let repository = Repository::new("ci: {full_rebuild: full rebuild}\n");
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    let before = repository.published("main");
    repository.workspace.file("README.md", "2\n");
    repository.workspace.git(["add", "--all"]);
    repository.workspace.git(["commit", "--quiet", "--message", "Full Rebuild of the year"]);
    repository.workspace.git(["push", "--quiet", "origin", "main"]);
    let push = repository.pushed("main", "origin/main");
    let expected = ["a1", "a", "b", "base"].map(|image| format!("{image}: build [main latest]"));
    assert_eq!(plan(&repository.keg(&push, &JSON).success()), expected);
    repository.keg(&push, &["ci", "run"]).success().complains("asks for a rebuild of all images");
    let after = repository.published("main");
    assert!(before.iter().all(|(image, digest)| after[image] != *digest), "{before:?} {after:?}");
    // The next push builds nothing, and the same run once more neither.
    let nothing = ["a1: nothing", "a: nothing", "b: nothing", "base: nothing"];
    assert_eq!(plan(&repository.keg(&push, &JSON).success()), nothing);
    let push = repository.pushed("main", &repository.push());
    assert_eq!(plan(&repository.keg(&push, &JSON).success()), nothing);
    // The run of the push that asks for it was cancelled: the next one hears it.
    repository.workspace.git(["commit", "--quiet", "--allow-empty", "--message", "full rebuild"]);
    let second = repository.push();
    repository.workspace.file("README.md", "3\n");
    let (clone, _) = repository.pushed("main", &repository.push());
    let event = Event::new("push", "refs/heads/main", json!({ "before": second })).with("GITHUB_REF_NAME", "main");
    assert_eq!(plan(&repository.keg(&(clone, event), &JSON).success()), expected);
}

#[test]
fn jobs_of_a_matrix_do_the_work_together() {
    let repository = Repository::new("");
    let push = repository.pushed("main", "main");
    let outputs = repository.keg(&push, &["ci", "plan", "--format", "github"]).success().stdout;
    assert_eq!(std::fs::read_to_string(push.0.with_extension("output")).unwrap().trim_end(), outputs.trim_end());
    let value = |name: &str| {
        let line = outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name}: {outputs}")).to_owned()
    };
    assert_eq!((value("any"), value("publishes"), value("levels")), ("true".into(), "true".into(), "3".into()));
    for level in 0..3 {
        let matrix: serde_json::Value = serde_json::from_str(&value(&format!("level_{level}"))).unwrap();
        for job in matrix["include"].as_array().unwrap() {
            let images: Vec<&str> = job["images"].as_str().unwrap().split(' ').collect();
            // Each job has a machine of its own.
            repository.forget();
            repository.keg(&push, &[&["ci", "run", "--stage", "build"], &images[..]].concat()).success();
            assert!(repository.published("main").is_empty(), "tags move together");
        }
    }
    repository.forget();
    repository.keg(&push, &["ci", "run", "--stage", "publish"]).success();
    assert_eq!(repository.published("main").len(), 4);
    assert_eq!(repository.published("latest"), repository.published("main"));
    let summary = std::fs::read_to_string(push.0.with_extension("summary.md")).unwrap();
    assert!(summary.contains("| a1 |") && summary.contains("`main` `latest`"), "{summary}");
}

#[test]
fn what_fails_stands_beside_its_line_and_moves_no_tag() {
    let repository = Repository::new("");
    repository.keg(&repository.pushed("main", "main"), &["ci", "run"]).success();
    let before = repository.published("main");
    repository.workspace.file("analyses/a/Dockerfile", "FROM base\nCOPY renv.lock /a.lock\nCOPY missing /\n");
    repository.change("b", "2\n");
    let broken = repository.push();
    let push = repository.pushed("main", &broken);
    let failed = repository.keg(&push, &["ci", "run"]).code(1);
    assert!(failed.stderr.contains("::error file=analyses/a/Dockerfile,line=3,col=1::"), "{}", failed.stderr);
    assert!(failed.stderr.contains("::group::building b"), "{}", failed.stderr);
    assert_eq!(repository.published("main"), before);
    let summary = std::fs::read_to_string(push.0.with_extension("summary.md")).unwrap();
    assert!(summary.contains("| a | failed |") && summary.contains("| a1 | blocked |"), "{summary}");
    // Mended, only what is missing is built.
    repository.workspace.file("analyses/a/Dockerfile", "FROM base\nCOPY renv.lock /other.lock\n");
    let mended = repository.push();
    let push = repository.pushed("main", &mended);
    let planned = repository.keg(&push, &JSON).success();
    assert_eq!(
        plan(&planned),
        ["a1: build [main latest]", "a: build [main latest]", "b: retag [main latest]", "base: nothing"]
    );
    repository.keg(&push, &["ci", "run"]).success();
    assert_ne!(repository.published("main")["b"], before["b"]);
}

#[test]
fn what_is_missing_is_said() {
    let repository = Repository::new("");
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    let (_, event) = repository.pull_request("feat", "acme/modules");
    let shallow = repository.clone(&["--depth", "1", "--branch", "feat"]);
    repository.keg(&(shallow, event), &["ci", "run"]).code(2).complains("fetch-depth: 0");
    // On a person's own machine nobody says what has happened.
    repository.workspace.keg(["ci", "run"]).code(2).complains("keg ci run --event push");
    repository.workspace.keg(["ci", "plan"]).success();
    let event = ["ci", "plan", "--event", "release"];
    repository.workspace.keg(event).code(2).complains("a release without a git tag");
    // A base that this clone lacks, and a workspace with a fault, are said for what they are.
    let base = ["ci", "plan", "--event", "pull_request", "--base", "nowhere"];
    repository.workspace.keg(base).code(2).complains("`nowhere`").complains("git fetch");
    let clone = repository.clone(&[]);
    std::fs::write(clone.join("keg.yml"), "registry: [\n").unwrap();
    let event = Event::new("push", "refs/heads/main", json!({}));
    let run = (clone, event);
    for verb in ["plan", "run"] {
        repository.keg(&run, &["ci", verb]).code(2).complains("::error file=keg.yml,line=");
    }
}

/// The clones of CI systems do not know what the remote's default branch is.
#[test]
fn the_event_says_which_branch_is_the_default_one() {
    let repository = Repository::new("");
    let keys = repository.workspace.read("keg.yml").replace("default_branch: main\n", "");
    repository.workspace.file("keg.yml", keys).branch("trunk");
    let commit = repository.push();
    let (clone, _) = repository.pushed("trunk", &commit);
    repository.workspace.git(["-C", clone.to_str().unwrap(), "remote", "set-head", "origin", "--delete"]);
    let event = |payload| Event::new("push", "refs/heads/trunk", payload).with("GITHUB_REF_NAME", "trunk");
    let planned = |event| plan(&repository.keg(&(clone.clone(), event), &JSON).success());
    assert!(planned(event(json!({}))).contains(&"a: build [trunk]".to_owned()));
    let told = json!({ "repository": { "default_branch": "trunk" } });
    assert!(planned(event(told)).contains(&"a: build [trunk latest]".to_owned()));
    let gitlab = event(json!({})).with("CI_DEFAULT_BRANCH", "trunk");
    assert!(planned(gitlab).contains(&"a: build [trunk latest]".to_owned()));
}

/// What README says for GitLab: `keg ci run`, and the clone that GitLab's runner makes.
#[test]
fn gitlab_needs_one_command() {
    let repository = Repository::new("");
    let run = |clone: &std::path::Path, variables: &[(&str, &str)]| {
        let mut keg = repository.workspace.keg_command(["ci", "run"]);
        keg.current_dir(clone).env("GITLAB_CI", "true").envs(variables.iter().copied());
        Run::of(keg, "").success()
    };
    // Runners check out commits.
    let checked_out = |branch: &str| {
        let clone = repository.clone(&["--branch", branch]);
        repository.workspace.git(["-C", clone.to_str().unwrap(), "switch", "--quiet", "--detach"]);
        clone
    };
    let branch = [("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_REF_NAME", "main"), ("CI_PIPELINE_SOURCE", "push")];
    run(&checked_out("main"), &branch).complains("section_start:");
    assert_eq!(repository.tags("a1"), ["latest", "main"]);
    let before = repository.published("main");

    let base = repository.workspace.git(["rev-parse", "main"]).trim().to_owned();
    repository.workspace.branch("feat");
    repository.change("b", "2\n");
    let _ = repository.push();
    let request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feat"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
    ];
    run(&checked_out("feat"), &request).complains("1 of 4 images has changed");
    assert_eq!((repository.tags("b"), repository.published("main")), (vec!["latest".into(), "main".into()], before));

    repository.workspace.branch("main");
    repository.tag("v1.0.0");
    run(&checked_out("v1.0.0"), &[("CI_COMMIT_TAG", "v1.0.0"), ("CI_COMMIT_REF_NAME", "v1.0.0")]);
    assert_eq!(repository.tags("b"), ["latest", "main", "v1.0.0"]);
}
