//! What goes wrong in runs of CI: unknown images, jobs without those that they follow, and a registry that is off.

use super::parts::{Event, Repository, plan};

const JSON: [&str; 4] = ["ci", "plan", "--format", "json"];

#[test]
fn images_that_do_not_exist_are_named() {
    let repository = Repository::new("");
    let push = repository.pushed("main", "main");
    for command in [&["ci", "plan", "bse"][..], &["ci", "run", "bse", "a", "--stage", "build"]] {
        repository.keg(&push, command).code(2).complains("`bse`").complains("base");
    }
    // One that a pull request removes is in no job of its plan.
    repository.keg(&push, &["ci", "run"]).success();
    repository.workspace.branch("feat").remove("analyses/a1");
    repository.change("a", "2\n");
    repository.push();
    let request = repository.pull_request("feat", "acme/modules");
    let planned = repository.keg(&request, &JSON).success();
    assert_eq!(plan(&planned), ["a: build", "b: nothing", "base: nothing"]);
    repository.keg(&request, &["ci", "run", "a", "a1"]).code(2).complains("a1");
}

#[test]
fn a_job_whose_parents_were_not_uploaded_makes_them_itself() {
    let repository = Repository::new("");
    let push = repository.pushed("main", "main");
    repository.keg(&push, &["ci", "run", "a1", "--stage", "build"]).success();
    assert!(repository.published("main").is_empty(), "a job moves no tag");
    // The others were not built: the set is not whole.
    repository.forget();
    let run = repository.keg(&push, &["ci", "run", "--stage", "publish"]).code(2);
    run.complains("cannot push what is not built: b (never built)");
    assert!(repository.published("main").is_empty() && repository.published("latest").is_empty());
    // What is there is not built again.
    let planned = repository.keg(&push, &JSON).success();
    assert!(plan(&planned).contains(&"a1: retag [main latest]".to_owned()), "{}", planned.stdout);
    repository.keg(&push, &["ci", "run", "b", "--stage", "build"]).success();
    repository.forget();
    repository.keg(&push, &["ci", "run", "--stage", "publish"]).success();
    assert_eq!(repository.published("main").len(), 4);
    assert_eq!(repository.published("latest"), repository.published("main"));
}

#[test]
fn a_registry_that_is_off_stops_what_publishes() {
    let repository = Repository::new("");
    let port = crate::support::free_port();
    let text = repository.workspace.read("keg.yml").replace(&repository.registry.host(), &format!("127.0.0.1:{port}"));
    repository.workspace.file("keg.yml", text);
    repository.push();
    let push = repository.pushed("main", "origin/main");
    for command in
        [&JSON[..], &["ci", "plan", "--format", "github"], &["ci", "run"], &["ci", "run", "--stage", "publish"]]
    {
        let run = repository.keg(&push, command).code(3);
        assert!(run.stdout.is_empty(), "{}", run.stdout);
        run.complains(&format!("127.0.0.1:{port}"));
    }
    // A pull request needs none.
    repository.workspace.branch("feat");
    repository.change("a", "2\n");
    repository.push();
    let request = repository.pull_request("feat", "acme/modules");
    repository.keg(&request, &["ci", "run"]).success();
    // Where nothing is to do, nobody asks.
    let deleted = Event::push("old", "main", &"0".repeat(40));
    let clone = repository.clone(&["--branch", "main"]);
    repository.keg(&(clone, deleted), &["ci", "run"]).success().complains("was deleted");
}
