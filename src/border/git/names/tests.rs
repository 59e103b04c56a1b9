use crate::border::git::tests::Work;

use super::*;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn ask(repository: &Repository, remote: &str) -> Result<Names> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(repository.names_of_remote(remote))
}

#[test]
fn names_here_and_as_last_fetched() {
    let (upstream, work) = (Work::with_commit(), Work::with_commit());
    upstream.git(&["branch", "feature/theirs"]);
    upstream.git(&["tag", "v1"]);
    work.git(&["remote", "add", "origin", upstream.path().to_str().unwrap()]);
    work.git(&["fetch", "--quiet", "--tags", "origin"]);
    work.git(&["remote", "set-head", "origin", "main"]);
    work.git(&["branch", "feature/mine"]);
    work.git(&["tag", "--annotate", "--message=x", "v2"]);
    upstream.git(&["branch", "--delete", "feature/theirs"]);
    upstream.git(&["branch", "later"]);
    work.git(&["update-ref", "refs/remotes/gone/old", "main"]);

    let repository = work.found();
    let names = repository.names(&[]).unwrap();
    assert_eq!(names.branches, set(&["feature/mine", "feature/theirs", "main", "old"]));
    assert_eq!(names.tags, set(&["v1", "v2"]));
    assert_eq!(repository.remotes().unwrap(), ["origin"]);
    let asked = repository.names(&["origin".to_owned()]).unwrap();
    assert_eq!(asked.branches, set(&["feature/mine", "main", "old"]));
    // What it has now, whatever was fetched.
    let now = ask(&repository, "origin").unwrap();
    assert_eq!(now, Names { branches: set(&["later", "main"]), tags: set(&["v1"]) });
}

#[test]
fn a_remote_that_cannot_be_asked() {
    let work = Work::with_commit();
    work.git(&["remote", "add", "gone", "/no/such/repository"]);
    let error = ask(&work.found(), "gone").unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(error.one_line().contains("/no/such/repository"), "{}", error.one_line());
    // A name is never taken for an option.
    assert!(ask(&work.found(), "--upload-pack=touch x").is_err());
}

#[test]
fn branches_that_were_here() {
    let work = Work::with_commit();
    work.git(&["switch", "--quiet", "--create", "feature/x"]);
    work.git(&["switch", "--quiet", "main"]);
    work.git(&["branch", "--delete", "feature/x"]);
    let repository = work.found();
    assert_eq!(repository.visited(), set(&["feature/x", "main"]));
    assert_eq!(repository.names(&[]).unwrap().branches, set(&["main"]));
    assert_eq!(Work::with_commit().found().visited(), set(&[]));
}

#[test]
fn when_a_commit_was_made() {
    let work = Work::with_commit();
    let repository = work.found();
    let expected = work.git(&["log", "-1", "--format=%ct"]).parse().unwrap();
    assert_eq!(repository.commit_time(repository.revision.as_deref().unwrap()), Some(expected));
    assert_eq!(repository.commit_time(&"0".repeat(40)), None);
    assert_eq!(repository.commit_time("no commit"), None);
}

#[test]
fn a_remote_with_a_slash_in_its_name() {
    let (upstream, work) = (Work::with_commit(), Work::with_commit());
    upstream.git(&["branch", "feature/x"]);
    work.git(&["remote", "add", "up/stream", upstream.path().to_str().unwrap()]);
    work.git(&["fetch", "--quiet", "up/stream"]);
    assert_eq!(work.found().names(&[]).unwrap().branches, set(&["feature/x", "main"]));
}
