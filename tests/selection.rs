//! Which images a command is about: what has changed since a branch parted from another, globs, kinds, and what stands
//! on them, with a real engine and registry.

use crate::support::trees::{D, T, change, write_tree};
use crate::support::{Registry, Run, Workspace};

mod changes;
mod revisions;
mod words;

/// The images with this result, in the order of their names.
fn with_result(run: &Run, result: &str) -> Vec<String> {
    let rows = run.json()["images"].as_array().unwrap().clone();
    let wanted = rows.iter().filter(|row| row["result"] == result);
    let mut names: Vec<String> = wanted.map(|row| row["image"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Builds, and gives what was built.
fn built(workspace: &Workspace, arguments: &[&str]) -> Vec<String> {
    with_result(&workspace.keg(["build", "--format", "json"].iter().chain(arguments)).success(), "built")
}

/// `image: reason` of each image that `keg status` shows with these arguments.
fn selected(workspace: &Workspace, arguments: &[&str]) -> Vec<String> {
    let run = workspace.keg(["status", "--offline", "--format", "json"].iter().chain(arguments)).success();
    let line = |row: &serde_json::Value| {
        let name = row["image"].as_str().unwrap();
        let name = row["plan"].as_str().map_or_else(|| name.to_owned(), |plan| format!("{name} [{plan}]"));
        row["selected"].as_str().map_or_else(|| name.clone(), |reason| format!("{name}: {reason}"))
    };
    let mut lines: Vec<String> = run.json()["images"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// ds → {rstudio, scipy}, committed on `main`, with `dev` checked out.
fn data_hub(host: &str) -> Workspace {
    let workspace = Workspace::new();
    let keys = "tag_prefix: \"2026.3\"\ntags: [\"{prefix}-{branch}\"]\nignore: [\"**/README.md\"]\n\
                rebuild_all: [images/spec.yml, images/conftest.py, \"images/tests_common/**\"]\n\
                ci: {full_rebuild: \"full rebuild\"}\n";
    write_tree(&workspace, host, &D, keys);
    workspace.file("images/spec.yml", "1\n").file("images/conftest.py", "1\n").file("images/tests_common/x.py", "1\n");
    workspace.file("README.md", "1\n").file("scripts/runner.py", "1\n").file("images/ds/README.md", "1\n");
    workspace.branch("main").commit();
    workspace.branch("dev");
    workspace
}

/// Everything as it was committed.
fn reset(workspace: &Workspace) {
    workspace.git(["reset", "--quiet", "--hard"]);
    workspace.git(["clean", "--quiet", "--force", "-d"]);
}

/// What is published on `main` is what a branch builds on, and of the branch only what it changes is built.
#[test]
fn a_branch_builds_and_publishes_what_it_touches() {
    let registry = Registry::start();
    let workspace = data_hub(&registry.host());
    let namespace = workspace.name("tree");
    workspace.branch("main");
    workspace.keg(["build", "--push"]).success();
    workspace.branch("dev");
    let tags = |image: &str| registry.tags(&format!("{namespace}/{image}"));
    let has_branch = |image: &str| tags(image).contains(&"2026.3-dev".to_owned());
    let layers = |image: &str, tag: &str| {
        let (_, manifest) = registry.manifest(&format!("{namespace}/{image}"), tag).unwrap();
        manifest["layers"].as_array().unwrap().clone()
    };
    // Only texts that are no inputs: nothing is selected, and that is no failure.
    workspace.file("README.md", "2\n").file("scripts/runner.py", "2\n").commit();
    let run = workspace.keg(["build", "--changed", "--push", "--format", "json"]).success();
    assert_eq!(run.json()["images"], serde_json::json!([]));
    assert!(!has_branch("ds") && !has_branch("rstudio") && !has_branch("scipy"));
    // One Dockerfile.
    workspace.file("images/rstudio/Dockerfile", "FROM ds\nCOPY rstudio /rstudio-2\n").commit();
    let run = workspace.keg(["build", "--changed", "--push", "--format", "json"]).success();
    assert_eq!((with_result(&run, "built"), with_result(&run, "reused")), (vec!["rstudio".into()], vec!["ds".into()]));
    assert!(!has_branch("ds") && has_branch("rstudio") && !has_branch("scipy"));
    // It stands on the parent that is published.
    let parent = layers("ds", "2026.3-main");
    assert_eq!(layers("rstudio", "2026.3-dev")[..parent.len()], parent);
    // The same again: selected, and fresh.
    let run = workspace.keg(["build", "--changed", "--push", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["rstudio"]);
    // With its parents, they get the branch's tag too.
    let run = workspace.keg(["build", "--changed", "--and-parents", "--push", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["ds", "rstudio"]);
    assert!(has_branch("ds") && !has_branch("scipy"));
    // What was changed and changed back is not selected, whatever was built meanwhile.
    workspace.file("images/rstudio/Dockerfile", "FROM ds\nCOPY rstudio /\n").commit();
    assert_eq!(selected(&workspace, &["--changed"]), [""; 0]);
}

/// A message selects all images; what is fresh is built again only with --no-cache.
#[test]
fn a_commit_message_asks_for_all_images() {
    let registry = Registry::start();
    let workspace = data_hub(&registry.host());
    workspace.keg(["build"]).success();
    workspace.file("README.md", "2\n");
    workspace.git(["commit", "--quiet", "--all", "--message", "Newer packages\n\nFULL Rebuild, please"]);
    workspace.file("README.md", "3\n").commit();
    let commit = workspace.git(["rev-parse", "HEAD~1"]);
    let reason = format!("commit message of {}", &commit[..12]);
    let expected = D.map(|(name, _)| format!("{name}: {reason}"));
    assert_eq!(selected(&workspace, &["--changed"]), expected);
    let run = workspace.keg(["build", "--changed", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["ds", "rstudio", "scipy"]);
    let run = workspace.keg(["build", "--changed", "--dry-run"]).success();
    run.complains("asks for all images: Newer packages").complains("--no-cache rebuilds them");
    assert_eq!(built(&workspace, &["--changed", "--no-cache"]), ["ds", "rstudio", "scipy"]);
    // Names and kinds narrow it all the same.
    assert_eq!(selected(&workspace, &["scipy", "--changed"]), [format!("scipy: {reason}")]);
    // It counts as long as its commit is not in the branch that is compared with.
    assert_eq!(selected(&workspace, &["--changed", "HEAD~1"]), [""; 0]);
    let keg = workspace.read("keg.yml");
    workspace.file("keg.yml", keg.replace("full rebuild", "alles neu"));
    assert_eq!(selected(&workspace, &["--changed"]), [""; 0]);
}

/// base → {a → a1, b → {b1, b2}}: what is selected with what is built on it, and in which order it is built.
#[test]
fn what_is_built_on_a_change_comes_along() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    write_tree(&workspace, &registry.host(), &T, "");
    workspace.branch("main").commit();
    workspace.keg(["build", "--push"]).success();
    workspace.branch("dev");
    for (changed, alone, expected) in [
        (&["b"][..], &["b"][..], &["b", "b1", "b2"][..]),
        (&["a1"], &["a1"], &["a1"]),
        (&["b1", "a"], &["a", "b1"], &["a", "a1", "b1"]),
        (&[], &[], &[]),
    ] {
        reset(&workspace);
        for name in changed {
            change(&workspace, name, &format!("{changed:?}\n"));
        }
        assert_eq!(built(&workspace, &["--changed"]), alone, "{changed:?}");
        let further: Vec<&&str> = expected.iter().filter(|name| !alone.contains(name)).collect();
        assert_eq!(
            built(&workspace, &["--changed", "--and-dependents"]),
            further.into_iter().copied().collect::<Vec<_>>()
        );
        let all: Vec<String> = selected(&workspace, &["--changed", "--and-dependents"]);
        let mut names: Vec<&str> = all.iter().map(|line| line.split_once(": ").unwrap().0).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{changed:?}");
    }
    // The base: six builds, each parent before its children, and siblings at once.
    reset(&workspace);
    change(&workspace, "base", "2\n");
    let run = workspace.keg(["build", "--changed", "--dry-run"]).success();
    let run = run.complains("5 images are built on what has changed; --and-dependents takes them along");
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    let run = workspace.keg(["build", "--changed", "--and-dependents", "--jobs", "6", "--format", "json"]).success();
    assert_eq!(with_result(&run, "built"), ["a", "a1", "b", "b1", "b2", "base"]);
    let events: Vec<serde_json::Value> =
        run.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let place = |event: &str, step: &str| {
        let is_it = |one: &serde_json::Value| one["event"] == event && one["step"] == step;
        events.iter().position(is_it).unwrap_or_else(|| panic!("no {event} {step} in\n{}", run.stderr))
    };
    for (name, parent) in T {
        let Some(parent) = parent else { continue };
        let (started, ended) = (format!("build {name}"), format!("build {parent}"));
        assert!(place("step_started", &started) > place("step_finished", &ended), "{name} after {parent}");
    }
    for siblings in [["build a", "build b"], ["build b1", "build b2"]] {
        let started = siblings.map(|step| place("step_started", step));
        let ended = siblings.map(|step| place("step_finished", step));
        assert!(started.iter().max() < ended.iter().min(), "{siblings:?} run at once:\n{}", run.stderr);
    }
}

/// Several commits, a rebase, a branch that was pushed with force: what counts is where the branch parts from the other
/// one now, and what the files are now.
#[test]
fn history_may_be_rewritten() {
    let registry = Registry::start();
    let workspace = data_hub(&registry.host());
    change(&workspace, "rstudio", "2\n");
    workspace.commit();
    change(&workspace, "scipy", "2\n");
    workspace.commit();
    let both = ["rstudio: inputs changed: rstudio", "scipy: inputs changed: scipy"];
    assert_eq!(selected(&workspace, &["--changed"]), both);
    // The other branch goes on, which is no change of this one.
    workspace.branch("main");
    change(&workspace, "ds", "2\n");
    workspace.commit();
    workspace.branch("dev");
    assert_eq!(selected(&workspace, &["--changed"]), both);
    workspace.git(["rebase", "--quiet", "main"]);
    assert_eq!(selected(&workspace, &["--changed"]), both);
    assert_eq!(built(&workspace, &["--changed", "--and-dependents"]), ["ds", "rstudio", "scipy"]);
    // One commit is dropped, as by a push with force.
    workspace.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(selected(&workspace, &["--changed"]), both[..1]);
    assert_eq!(
        with_result(&workspace.keg(["build", "--changed", "--format", "json"]).success(), "reused"),
        ["rstudio"]
    );
    // Merged: nothing of its own is left.
    workspace.branch("main").git(["merge", "--quiet", "dev"]);
    assert_eq!(selected(&workspace, &["--changed"]), [""; 0]);
    workspace.branch("dev");
    assert_eq!(selected(&workspace, &["--changed"]), [""; 0]);
    // What a push brought: the commit before it is named.
    assert_eq!(selected(&workspace, &["--changed", "HEAD~1"]), both[..1]);
}

/// A parent whose build leads to the key that it had leaves its children fresh; one that is rebuilt takes them along.
#[test]
fn what_is_selected_and_what_is_fresh_are_two_things() {
    let registry = Registry::start();
    let workspace = data_hub(&registry.host());
    workspace.keg(["build"]).success();
    change(&workspace, "ds", "2\n");
    workspace.keg(["build", "--changed"]).success();
    // Selected, and fresh; its child is not selected, and stale.
    assert_eq!(built(&workspace, &["--changed"]), [""; 0]);
    let states = workspace.keg(["status", "--format", "json"]).success().json();
    let states: Vec<&str> =
        states["images"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["fresh", "to build", "to build"]);
    // Back to the key that it had: nothing is selected, and all is fresh.
    change(&workspace, "ds", "1\n");
    assert_eq!(selected(&workspace, &["--changed"]), [""; 0]);
    assert_eq!(built(&workspace, &[]), [""; 0]);
    // Asked for without cached layers: the children follow, though only the parent is selected.
    change(&workspace, "ds", "2\n");
    assert_eq!(built(&workspace, &["--changed", "--no-cache"]), ["ds", "rstudio", "scipy"]);
}
