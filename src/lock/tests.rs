use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn lock() -> Lock {
    let mut lock = Lock::default();
    lock.set(&reference("python:3.12"), &digest('b'));
    lock.set(&reference("debian"), &digest('a'));
    lock.set(&reference("localhost:5000/a/b:x"), &digest('c'));
    lock
}

#[test]
fn text_is_sorted_and_reads_back() {
    let (a, b, c) = (digest('a'), digest('b'), digest('c'));
    let text = format!("{HEADER}images:\n  debian:latest: {a}\n  localhost:5000/a/b:x: {c}\n  python:3.12: {b}\n");
    assert_eq!(lock().to_text(), text);
    assert_eq!(Lock::parse(FILE, &text).unwrap(), lock());
    assert_eq!(Lock::parse(FILE, &Lock::default().to_text()).unwrap(), Lock::default());
    for empty in ["", "# nothing\n", "images: {}\n", "{}"] {
        assert_eq!(Lock::parse(FILE, empty).unwrap(), Lock::default(), "{empty}");
    }
}

#[test]
fn spellings_of_one_reference_are_one() {
    let lock = lock();
    for spelling in ["debian", "debian:latest", "docker.io/debian", "docker.io/library/debian:latest"] {
        assert_eq!(lock.get(&reference(spelling)), Some(digest('a').as_str()), "{spelling}");
    }
    assert_eq!(lock.get(&reference("debian:12")), None);
}

#[test]
fn a_digest_in_the_reference_wins() {
    let mut lock = lock();
    let fixed = reference(&format!("debian@{}", digest('f')));
    assert_eq!(lock.get(&fixed), Some(digest('f').as_str()));
    lock.set(&fixed, &digest('e'));
    assert_eq!(lock, self::lock());
}

#[test]
fn what_nothing_needs_can_go() {
    let mut lock = lock();
    lock.keep_only(&[reference("docker.io/library/debian"), reference("other")]);
    assert_eq!(lock.iter().map(|(reference, _)| reference.familiar()).collect::<Vec<_>>(), ["debian:latest"]);
}

#[test]
fn wrong_files_are_located() {
    let good = digest('a');
    for (text, message, place) in [
        (format!("images:\n  Debian: {good}\n"), "must be lower case", "Debian"),
        ("images:\n  debian: sha256:12\n".to_owned(), "is no digest", "sha256:12"),
        (format!("images:\n  debian: {good}\n  debian:latest: {good}\n"), "locked twice", "debian:latest"),
        (format!("images:\n  debian@{good}: {good}\n"), "needs no lock", "debian@"),
        (format!("image:\n  debian: {good}\n"), "image", "image"),
        ("images:\n  debian: [1]\n".to_owned(), "reading keg.lock", "["),
        ("<<<<<<< HEAD\nimages: {}\n".to_owned(), "reading keg.lock", ""),
    ] {
        let error = Lock::parse(FILE, &text).unwrap_err();
        assert!(error.message().contains(message), "{text}: {error}");
        let label = miette::Diagnostic::labels(&error).and_then(|mut labels| labels.next());
        let offset = label.unwrap_or_else(|| unreachable!("{error} has no place")).offset();
        assert!(text[offset..].starts_with(place), "{text}: {error} points at {:?}", &text[offset..]);
    }
    let two = Lock::parse(FILE, "images:\n  A: x\n  b: y\n").unwrap_err();
    assert_eq!(miette::Diagnostic::related(&two).unwrap().count(), 1);
}

#[test]
fn it_is_written_only_when_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let empty = Lock::default();
    assert_eq!(Lock::read(root).unwrap(), empty);
    assert!(!empty.write(&empty, root).unwrap());
    assert!(!root.join(FILE).exists());
    assert!(lock().write(&empty, root).unwrap());
    assert_eq!(Lock::read(root).unwrap(), lock());
    let with_comment = format!("# mine\n{}", lock().to_text());
    fs::write(root.join(FILE), &with_comment).unwrap();
    assert!(!lock().write(&lock(), root).unwrap());
    assert!(!lock().write(&empty, root).unwrap());
    assert_eq!(fs::read_to_string(root.join(FILE)).unwrap(), with_comment);
    assert!(empty.write(&lock(), root).unwrap());
    assert_eq!(Lock::read(root).unwrap(), empty);
    assert_eq!(fs::read_dir(root).unwrap().count(), 2, "no temporary file is left");
    assert_ne!(fs::metadata(root.join(FILE)).unwrap().permissions().mode() & 0o444, 0o400, "others may read it");
}

#[test]
fn what_others_have_locked_meanwhile_stays() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let before = lock();
    before.write(&Lock::default(), root).unwrap();
    let (mut mine, mut theirs) = (before.clone(), before.clone());
    mine.set(&reference("alpine:3"), &digest('d'));
    mine.keep_only(&[reference("alpine:3"), reference("debian"), reference("localhost:5000/a/b:x")]);
    theirs.set(&reference("busybox"), &digest('e'));
    theirs.set(&reference("debian"), &digest('f'));
    assert!(theirs.write(&before, root).unwrap());
    assert!(mine.write(&before, root).unwrap());
    let mut merged: Vec<String> = Lock::read(root).unwrap().iter().map(|(reference, _)| reference.familiar()).collect();
    merged.sort();
    assert_eq!(merged, ["alpine:3", "busybox:latest", "debian:latest", "localhost:5000/a/b:x"]);
    assert_eq!(Lock::read(root).unwrap().get(&reference("debian")), Some(digest('f').as_str()));
}

#[test]
fn the_same_reference_locked_to_another_digest_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (mut mine, mut theirs) = (Lock::default(), Lock::default());
    mine.set(&reference("debian"), &digest('a'));
    mine.set(&reference("alpine"), &digest('a'));
    theirs.set(&reference("debian"), &digest('b'));
    assert!(theirs.write(&Lock::default(), root).unwrap());
    let error = mine.write(&Lock::default(), root).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert!(error.message().contains("debian:latest is now sha256:bbbbbbbbbbbb, not sha256:aaaaaaaaaaaa"), "{error}");
    assert_eq!(Lock::read(root).unwrap(), theirs, "nothing is half done");
    // What both have found out alike is no conflict.
    assert!(!theirs.write(&Lock::default(), root).unwrap());
}

#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("shared")).unwrap();
    fs::write(folder.path().join("shared/lock"), "").unwrap();
    symlink("shared/lock", folder.path().join(FILE)).unwrap();
    assert!(lock().write(&Lock::default(), folder.path()).unwrap());
    assert!(folder.path().join(FILE).is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("shared/lock")).unwrap(), lock().to_text());
}

#[test]
fn a_lock_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".keg"), "in the way").unwrap();
    let error = lock().write(&Lock::default(), folder.path()).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    fs::create_dir(folder.path().join(FILE)).unwrap();
    assert!(Lock::read(folder.path()).is_err());
}

#[test]
fn digests_are_cut_for_people() {
    assert_eq!(short(&digest('a')), "sha256:aaaaaaaaaaaa");
    assert_eq!(short("sha256:ab"), "sha256:ab");
    assert_eq!(short(""), "");
}
