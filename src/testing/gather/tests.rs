use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

/// A workspace of these files; those in `executable` may be run.
fn workspace(files: &[(&str, &str)], executable: &[&str]) -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for path in executable {
        std::fs::set_permissions(folder.path().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let workspace = Workspace::load(folder.path()).unwrap();
    (folder, workspace)
}

const FAMILY: [(&str, &str); 8] = [
    ("keg.yml", "layout: [images/*]\ncommon_tests: checks\n"),
    ("checks/tests.yml", "tests:\n  - run: id -u\n"),
    ("checks/user", "#!/bin/sh\n"),
    ("images/base/Dockerfile", "FROM scratch\n"),
    ("images/base/image.yml", "tests:\n  - {run: init --version, expect: '^1'}\n"),
    ("images/files/Dockerfile", "FROM scratch\n"),
    ("images/web/Dockerfile", "FROM base AS build\nFROM base\nCOPY --from=files / /\nCOPY --from=build / /\n"),
    ("images/web/image.yml", "tests: [{name: user, run: 'true', kind: manual}]\n"),
];

fn all(workspace: &Workspace) -> Result<Gathered> {
    gather(workspace, &workspace.iter().map(|(index, _)| index).collect())
}

fn of<'a>(workspace: &Workspace, gathered: &'a Gathered, image: &str) -> &'a ImageTests {
    &gathered.tests[&workspace.find(image).unwrap()]
}

#[test]
fn common_then_inherited_then_own() {
    let files =
        [("images/web/test/page", "#!/bin/sh\n"), ("images/web/test/.hidden", ""), ("images/web/test/page~", "")];
    let executable = ["checks/user", "images/web/test/page", "images/web/test/.hidden", "images/web/test/page~"];
    let (_folder, workspace) = workspace(&[&FAMILY[..], &files].concat(), &executable);
    let gathered = all(&workspace).unwrap();
    let lines = of(&workspace, &gathered, "web").tests.iter().map(|test| {
        let from = test.inherited_from("web").unwrap_or("-");
        format!("{} | {} | {from} | {}", test.name, test.definition.origin.shown, test.is_run())
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    id -u | checks/tests.yml:2 | the workspace | true
    user | checks/user | the workspace | true
    init --version | images/base/image.yml:2 | base | true
    user (2) | images/web/image.yml:1 | - | false
    page | images/web/test/page | - | true
    "#);
    // What is only copied from gives no tests.
    assert_eq!(of(&workspace, &gathered, "files").tests.len(), 2);
    assert_eq!(gathered.warnings, [""; 0]);
}

#[test]
fn the_digest_follows_definitions_and_files() {
    let digest = |change: &[(&str, &str)]| {
        let (_folder, workspace) = workspace(&[&FAMILY[..], change].concat(), &["checks/user"]);
        let gathered = all(&workspace).unwrap();
        of(&workspace, &gathered, "web").digest.clone()
    };
    let usual = digest(&[]);
    assert_eq!(usual, digest(&[("images/web/image.yml", "tests: [{name: look, run: 'x', kind: manual}]\n")]));
    for change in [
        ("images/base/image.yml", "tests:\n  - {run: init --version, expect: '^2'}\n"),
        ("checks/user", "#!/bin/sh\nfalse\n"),
        ("checks/data/table", "1"),
        ("images/base/test/data", "1"),
    ] {
        assert_ne!(usual, digest(&[change]), "{change:?}");
    }
}

#[test]
fn a_script_that_cannot_be_run_is_mentioned() {
    let (_folder, workspace) = workspace(&FAMILY, &[]);
    let gathered = all(&workspace).unwrap();
    assert_eq!(gathered.warnings, ["checks/user is not executable, so it is no test: chmod +x checks/user"]);
    assert_eq!(of(&workspace, &gathered, "base").tests.len(), 2);
}

#[test]
fn mistakes_are_located() {
    let refused = |change: &[(&str, &str)]| {
        let (_folder, workspace) = workspace(&[&FAMILY[..], change].concat(), &[]);
        let error = all(&workspace).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let place = error.places().first().map(|place| format!("{}:{}", place.file(), place.line_and_column().0));
        format!("{} at {}", error.message(), place.unwrap_or_default())
    };
    let regex = ("images/base/image.yml", "name: base\ntests:\n  - {run: x, expect: '('}\n");
    assert_eq!(refused(&[regex]), "tests: `expect` is no regular expression at images/base/image.yml:3");
    let ports = ("images/base/image.yml", "tests:\n  - {run: x, ports: [80]}\n");
    assert_eq!(refused(&[ports]), "tests: `ports` is for tests on the host at images/base/image.yml:2");
    let folder = ("keg.yml", "layout: [images/*]\ncommon_tests: nowhere\n");
    assert_eq!(refused(&[folder]), "common_tests: there is no folder `nowhere` at keg.yml:2");
    let word = ("checks/tests.yml", "tests:\n  - {rnu: x}\n");
    assert!(refused(&[word]).starts_with("reading checks/tests.yml: "), "{}", refused(&[word]));
}

#[test]
fn tests_are_chosen_by_a_part_of_their_name() {
    let (_folder, workspace) = workspace(&FAMILY, &["checks/user"]);
    let mut gathered = all(&workspace).unwrap();
    gathered.only(&["VERSION".to_owned()]).unwrap();
    assert_eq!(of(&workspace, &gathered, "web").tests.len(), 1);
    assert_eq!(of(&workspace, &gathered, "files").tests.len(), 0);
    let error = all(&workspace).unwrap().only(&["usre".to_owned()]).unwrap_err();
    assert_eq!(error.remedy(), Some("did you mean `user`?"));
}
