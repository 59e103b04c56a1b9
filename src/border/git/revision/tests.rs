use std::fs;

use crate::border::git::tests::Work;

fn changed(work: &Work, since: &str) -> Vec<String> {
    work.found().changed_since(since).unwrap().into_iter().collect()
}

fn commit(work: &Work, message: &str) -> String {
    work.git(&["add", "--all"]);
    work.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    work.git(&["rev-parse", "HEAD"])
}

fn write(work: &Work, path: &str, text: &str) {
    let path = work.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn names_of_commits() {
    let work = Work::with_commit();
    let first = work.git(&["rev-parse", "HEAD"]);
    work.git(&["tag", "--annotate", "--message", "x", "v1"]);
    let second = commit(&work, "second");
    let repository = work.found();
    for (name, expected) in [
        ("main", Some(&second)),
        ("HEAD", Some(&second)),
        ("HEAD~1", Some(&first)),
        ("v1", Some(&first)),
        (&first[..9], Some(&first)),
        ("nowhere", None),
        ("origin/main", None),
    ] {
        assert_eq!(repository.resolve(name).unwrap().as_ref(), expected, "{name}");
    }
    for name in ["main..HEAD", "HEAD:web", "^", ""] {
        assert_eq!(repository.resolve(name).unwrap_err().exit_code(), 2, "{name}");
    }
}

#[test]
fn two_branches_part_somewhere() {
    let work = Work::with_commit();
    let base = work.git(&["rev-parse", "HEAD"]);
    work.git(&["switch", "--quiet", "--create", "one"]);
    let one = commit(&work, "one");
    work.git(&["switch", "--quiet", "--create", "other", "main"]);
    let other = commit(&work, "other");
    let repository = work.found();
    assert_eq!(repository.merge_base(&one, &other).unwrap(), Some(base.clone()));
    assert_eq!(repository.merge_base(&one, &base).unwrap(), Some(base));
    work.git(&["checkout", "--quiet", "--orphan", "alone"]);
    let alone = commit(&work, "alone");
    assert_eq!(work.found().merge_base(&one, &alone).unwrap(), None);
}

#[test]
fn messages_of_a_range() {
    let work = Work::with_commit();
    let base = work.git(&["rev-parse", "HEAD"]);
    commit(&work, "second\n\nwith more");
    let last = commit(&work, "third");
    let messages = work.found().messages(&base, &last).unwrap();
    let texts: Vec<&str> = messages.iter().map(|message| message.text.trim_end()).collect();
    assert_eq!(texts, ["third", "second\n\nwith more"]);
    assert_eq!(messages[0].commit, last);
    assert_eq!(work.found().messages(&last, &last).unwrap(), []);
    assert_eq!(work.found().messages(&last, &base).unwrap(), []);
}

#[test]
fn what_changed_committed_or_not() {
    let work = Work::with_commit();
    write(&work, ".gitignore", "*.log\n");
    write(&work, "mode.sh", "1\n");
    let base = commit(&work, "base");
    assert_eq!(changed(&work, &base), [""; 0]);
    write(&work, "committed", "1\n");
    commit(&work, "second");
    write(&work, "staged", "1\n");
    work.git(&["add", "staged"]);
    write(&work, "untracked/ä b", "1\n");
    write(&work, "ignored.log", "1\n");
    fs::create_dir(work.path().join("empty")).unwrap();
    fs::remove_file(work.path().join("db/Dockerfile")).unwrap();
    work.git(&["mv", "web/Dockerfile", "web/Containerfile"]);
    work.git(&["update-index", "--chmod=+x", "mode.sh"]);
    let expected =
        ["committed", "db/Dockerfile", "mode.sh", "staged", "untracked/ä b", "web/Containerfile", "web/Dockerfile"];
    assert_eq!(changed(&work, &base), expected);
}

#[test]
fn what_was_changed_back_has_not_changed() {
    let work = Work::with_commit();
    let base = work.git(&["rev-parse", "HEAD"]);
    write(&work, "web/Dockerfile", "FROM other\n");
    commit(&work, "there");
    assert_eq!(changed(&work, &base), ["web/Dockerfile"]);
    write(&work, "web/Dockerfile", "FROM scratch\n");
    commit(&work, "and back");
    assert_eq!(changed(&work, &base), [""; 0]);
}

#[test]
fn a_repository_within_is_one_path() {
    let work = Work::with_commit();
    let inner = Work::with_commit();
    let address = inner.path().display().to_string();
    work.git(&["submodule", "--quiet", "add", &address, "sub/inner"]);
    let base = commit(&work, "with a submodule");
    assert_eq!(changed(&work, &base), [""; 0]);
    write(&work, "sub/inner/web/Dockerfile", "FROM other\n");
    assert_eq!(changed(&work, &base), ["sub/inner"]);
    // One that git does not know of yet.
    work.git(&["-C", "sub/inner", "checkout", "--quiet", "."]);
    work.git(&["clone", "--quiet", &address, "nested"]);
    assert_eq!(changed(&work, &base), ["nested"]);
}
