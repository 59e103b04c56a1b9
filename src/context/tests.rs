use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use super::*;
use crate::event::Event;
use crate::hash_cache::HashCache;

/// A folder with these files; a path that ends in `/` is an empty folder.
fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        if file.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("content of {file}")).unwrap();
        }
    }
    folder
}

fn walk(root: &Path, ignore: &str) -> Context {
    Context::walk(root, &DockerIgnore::parse(".dockerignore", ignore).unwrap()).unwrap()
}

fn paths(root: &Path, ignore: &str) -> Vec<String> {
    walk(root, ignore).entries.into_iter().map(|entry| entry.path).collect()
}

fn values(root: &Path) -> Vec<(String, String)> {
    digests(&walk(root, ""), &HashCache::load(root)).unwrap().into_iter().collect()
}

#[test]
fn folders_come_before_what_they_hold_and_names_in_byte_order() {
    let folder = tree(&["b/c", "b/a", "b.txt", "b-x", "B", "a/", "é"]);
    assert_eq!(paths(folder.path(), ""), ["B", "a", "b", "b/a", "b/c", "b-x", "b.txt", "é"]);
}

#[test]
fn a_folder_is_listed_for_what_an_exception_brings_back() {
    let folder = tree(&["a/b/keep", "a/b/drop", "a/c/drop", "x"]);
    assert_eq!(paths(folder.path(), "a\n!a/b/keep"), ["a", "a/b", "a/b/keep", "x"]);
    assert_eq!(paths(folder.path(), "*\n!**/keep"), ["a", "a/b", "a/b/keep"]);
    assert_eq!(paths(folder.path(), "*\n!a/c/nothing"), [""; 0]);
}

#[test]
fn state_of_keg_is_no_part_of_a_context() {
    let folder = tree(&["keg.yml", ".keg/hashes", "a/.keg/x", "b/keg.yml", "b/.keg/records/x"]);
    assert_eq!(paths(folder.path(), ""), ["a", "a/.keg", "a/.keg/x", "b", "b/keg.yml", "keg.yml"]);
}

#[test]
fn entries_say_what_the_file_system_says() {
    let folder = tree(&["file", "folder/"]);
    fs::set_permissions(folder.path().join("file"), fs::Permissions::from_mode(0o4711)).unwrap();
    symlink("no/where", folder.path().join("link")).unwrap();
    let entries = walk(folder.path(), "").entries;
    assert_eq!(entries.len(), 3);
    let (file, directory, link) = (&entries[0], &entries[1], &entries[2]);
    assert_eq!((&file.kind, file.mode, file.size), (&EntryKind::File, 0o4711, 15));
    assert!(file.modified > 1_600_000_000_000_000_000 && file.identity.inode != 0);
    assert_eq!((&directory.kind, directory.size), (&EntryKind::Directory, 0));
    assert_eq!(link.kind, EntryKind::Symlink { target: "no/where".to_owned() });
}

#[test]
fn links_to_folders_are_not_followed() {
    let folder = tree(&["a/file"]);
    symlink("a", folder.path().join("b")).unwrap();
    symlink("..", folder.path().join("a/up")).unwrap();
    assert_eq!(paths(folder.path(), ""), ["a", "a/file", "a/up", "b"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the standard library makes no pipes in the file system")]
fn sockets_and_pipes_are_left_out() {
    let folder = tree(&["a"]);
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(paths(folder.path(), ""), ["a"]);
}

#[test]
fn devices_are_refused() {
    let file = Path::new("/dev/null");
    let error = Entry::of(|| file.to_owned(), "null".to_owned(), &fs::symlink_metadata(file).unwrap()).unwrap_err();
    assert!(error.message().starts_with("/dev/null is a device") && error.remedy().is_some(), "{error}");
}

#[test]
fn a_missing_context_is_an_error_with_its_path() {
    let folder = tree(&["file"]);
    for (name, said) in [("none", "cannot read the build context"), ("file", "is not a folder")] {
        let error = Context::walk(&folder.path().join(name), &DockerIgnore::default()).unwrap_err();
        assert!(error.message().contains(said) && error.message().contains(name), "{error}");
        assert!(error.remedy().is_some());
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn a_name_that_is_not_utf8_is_an_error_unless_it_is_ignored() {
    let folder = tree(&["a"]);
    let name = std::ffi::OsString::from_vec(b"\xff.bin".to_vec());
    fs::write(folder.path().join(name), "").unwrap();
    let error = Context::walk(folder.path(), &DockerIgnore::default()).unwrap_err();
    assert!(error.message().ends_with("is not UTF-8"), "{error}");
    assert_eq!(paths(folder.path(), "*.bin"), ["a"]);
}

#[test]
fn the_file_beside_the_dockerfile_replaces_the_one_in_the_context() {
    let folder = tree(&["other/Dockerfile"]);
    let load = || Context::load_ignore(folder.path(), &folder.path().join("other/Dockerfile"));
    assert!(load().unwrap().is_empty());
    fs::write(folder.path().join(".dockerignore"), "a").unwrap();
    assert!(load().unwrap().is_ignored("a"));
    fs::write(folder.path().join("other/Dockerfile.dockerignore"), "b").unwrap();
    let ignore = load().unwrap();
    assert!(ignore.is_ignored("b") && !ignore.is_ignored("a"));
    fs::write(folder.path().join("other/Dockerfile.dockerignore"), b"\xff").unwrap();
    assert!(load().unwrap_err().message().ends_with("is not UTF-8 text"));
}

#[test]
fn values_tell_kinds_contents_and_targets() {
    let folder = tree(&["plain", "run", "empty/", "full/x"]);
    fs::write(folder.path().join("plain"), "abc").unwrap();
    fs::write(folder.path().join("run"), "").unwrap();
    fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("plain", folder.path().join("link")).unwrap();
    let values = values(folder.path());
    let expected = [
        ("empty", "directory"),
        ("full/x", ""),
        ("link", "link plain"),
        ("plain", "file sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("run", "executable sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ];
    assert_eq!(values.len(), expected.len());
    for ((path, value), (expected_path, expected_value)) in values.iter().zip(expected) {
        assert_eq!(path, expected_path);
        assert!(expected_value.is_empty() || value == expected_value, "{path}: {value}");
    }
}

#[test]
fn times_and_other_permissions_do_not_count() {
    let folder = tree(&["a", "b"]);
    let before = values(folder.path());
    fs::set_permissions(folder.path().join("a"), fs::Permissions::from_mode(0o600)).unwrap();
    let file = fs::File::options().write(true).open(folder.path().join("b")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(values(folder.path()), before);
}

#[test]
fn many_files_of_any_size_are_hashed_right() {
    let folder = tempfile::tempdir().unwrap();
    let content = |index: usize| vec![u8::try_from(index % 251).unwrap(); index * 3_001];
    for index in 0..200 {
        fs::write(folder.path().join(format!("{index:03}")), content(index)).unwrap();
    }
    let values = values(folder.path());
    for (index, (_, value)) in values.iter().enumerate() {
        use sha2::Digest as _;
        let digest: String = sha2::Sha256::digest(content(index)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(*value, format!("file sha256:{digest}"));
    }
    assert_eq!(values.len(), 200);
}

#[test]
fn a_file_that_has_gone_is_an_error() {
    let folder = tree(&["a", "b"]);
    let context = walk(folder.path(), "");
    fs::remove_file(folder.path().join("b")).unwrap();
    let error = digests(&context, &HashCache::load(folder.path())).unwrap_err();
    assert!(error.message().contains("has gone"), "{error}");
}

#[test]
fn git_ignored_files_are_counted_and_five_are_named() {
    let folder = tree(&["a", "n/1", "n/2", "n/3", "n/x/4", "n/x/5", "n/x/6", "log"]);
    let context = walk(folder.path(), "");
    let warning = |ignored: &[&str]| {
        let ignored: Vec<String> = ignored.iter().map(|path| (*path).to_owned()).collect();
        match warn_of_git_ignored("web", &context, &ignored) {
            Some(Event::Warning { message, help: Some(_) }) => message,
            other => format!("{other:?}"),
        }
    };
    assert_eq!(warning(&[]), "None");
    assert_eq!(warning(&["other", "nn"]), "None");
    assert_eq!(warning(&["log"]), "the build context of web holds files that git ignores: log");
    assert_eq!(
        warning(&["n/", "log"]),
        "the build context of web holds files that git ignores: log, n/1, n/2, n/3, n/x/4 and 2 more"
    );
}

#[test]
fn programs_that_read_a_context_themselves_are_told_what_else_to_leave_out() {
    let folder = tree(&["a", "images/web/Dockerfile", "images/web/a"]);
    let (root, web) = (folder.path(), folder.path().join("images/web"));
    let dockerfile = web.join("Dockerfile");
    let told = |root: &Path, workspace: &Path| Context::ignore_for_others(root, &dockerfile, workspace).unwrap();
    // They find `.dockerignore` themselves.
    fs::write(web.join(".dockerignore"), "a").unwrap();
    assert_eq!(told(&web, root), None);
    // One beside the Dockerfile would hide it.
    fs::write(root.join(".dockerignore"), "b").unwrap();
    assert_eq!(told(root, root).as_deref(), Some("b\n/.keg\n"));
    fs::write(web.join("Dockerfile.dockerignore"), "!*").unwrap();
    assert_eq!(told(&web, root).as_deref(), Some("!*"));
    assert_eq!(told(root, &root.join("#a[b")).as_deref(), Some("!*\n/#a\\[b/.keg\n"));
    let ignore = DockerIgnore::parse("x", &told(root, &root.join("#a[b")).unwrap()).unwrap();
    assert!(ignore.is_ignored("#a[b/.keg/x") && !ignore.is_ignored("#a[b/x") && !ignore.is_ignored(".keg"));
}
