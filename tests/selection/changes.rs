//! What touches an image, and what does not.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::{data_hub, reset, selected};
use crate::support::Workspace;

/// What is done, and which images are touched.
type Case = (&'static str, fn(&Workspace), &'static [&'static str]);

const ALL_BY_SPEC: &[&str] = &[
    "ds: rebuild_all: images/spec.yml",
    "rstudio: rebuild_all: images/spec.yml",
    "scipy: rebuild_all: images/spec.yml",
];

const CASES: &[Case] = &[
    ("nothing", |_| {}, &[]),
    (
        "a Dockerfile",
        |workspace| {
            workspace.file("images/rstudio/Dockerfile", "FROM ds\n");
        },
        &["rstudio: inputs changed: Dockerfile"],
    ),
    (
        "two images",
        |workspace| {
            workspace.file("images/rstudio/rstudio", "2").file("images/scipy/scipy", "2");
        },
        &["rstudio: inputs changed: rstudio", "scipy: inputs changed: scipy"],
    ),
    (
        "rebuild_all: a file",
        |workspace| {
            workspace.file("images/spec.yml", "2");
        },
        ALL_BY_SPEC,
    ),
    (
        "rebuild_all: a file that goes",
        |workspace| {
            workspace.remove("images/spec.yml");
        },
        ALL_BY_SPEC,
    ),
    (
        "rebuild_all: two files",
        |workspace| {
            workspace.file("images/conftest.py", "2").file("images/tests_common/x.py", "2");
        },
        &[
            "ds: rebuild_all: images/conftest.py and 1 more",
            "rstudio: rebuild_all: images/conftest.py and 1 more",
            "scipy: rebuild_all: images/conftest.py and 1 more",
        ],
    ),
    (
        "texts and scripts",
        |workspace| {
            workspace.file("README.md", "2").file("scripts/runner.py", "2").file("images/ds/README.md", "2");
        },
        &[],
    ),
    (
        "what lies in no image",
        |workspace| {
            workspace.file("images/new.txt", "2").file("images/no-image/file", "2");
        },
        &[],
    ),
    (
        "settings of the workspace that go into no key",
        |workspace| {
            workspace.file("keg.yml", workspace.read("keg.yml") + "env: {A: b}\n");
        },
        &[],
    ),
    (
        "a glob of keg.yml that takes a file in",
        |workspace| {
            workspace.file("keg.yml", workspace.read("keg.yml").replace("conftest.py", "*.py, scripts"));
        },
        &[
            "ds: rebuild_all: scripts/runner.py",
            "rstudio: rebuild_all: scripts/runner.py",
            "scipy: rebuild_all: scripts/runner.py",
        ],
    ),
    (
        "a build arg",
        |workspace| {
            workspace.file("images/scipy/image.yml", "build: {args: {PY: '3.12'}}\n");
        },
        &["scipy: inputs changed: image.yml, build-arg PY"],
    ),
    (
        "another parent",
        |workspace| {
            workspace.file("images/scipy/Dockerfile", "FROM rstudio\nCOPY scipy /\n");
        },
        &["scipy: inputs changed: Dockerfile, parent ds, parent rstudio"],
    ),
    (
        "a new image",
        |workspace| {
            workspace.file("images/julia/Dockerfile", "FROM ds\n");
        },
        &["julia: new"],
    ),
    (
        "an image that goes",
        |workspace| {
            workspace.remove("images/scipy");
        },
        &[],
    ),
    (
        "another name",
        |workspace| {
            workspace.git(["mv", "images/scipy", "images/scientific"]);
        },
        &["scientific: new"],
    ),
    (
        "a file that goes",
        |workspace| {
            workspace.file("images/scipy/Dockerfile", "FROM ds\n").remove("images/scipy/scipy");
        },
        &["scipy: inputs changed: 2 files"],
    ),
    (
        "a right to execute",
        |workspace| {
            let file = workspace.path("images/scipy/scipy");
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        },
        &["scipy: inputs changed: scipy"],
    ),
    (
        "a link in the place of a file",
        |workspace| {
            workspace.remove("images/scipy/scipy");
            symlink("Dockerfile", workspace.path("images/scipy/scipy")).unwrap();
        },
        &["scipy: inputs changed: scipy"],
    ),
    (
        "a staged file",
        |workspace| {
            workspace.file("images/scipy/more", "1").git(["add", "--all"]);
        },
        &["scipy: inputs changed: more"],
    ),
    (
        "a file that .dockerignore leaves out",
        |workspace| {
            workspace.file("images/hidden/notes", "2");
        },
        &[],
    ),
    (
        "a .dockerignore that takes a file in",
        |workspace| {
            workspace.file("images/hidden/Dockerfile.dockerignore", ".dockerignore\n*.dockerignore\n");
        },
        &["hidden: inputs changed: notes"],
    ),
    (
        "what git ignores",
        |workspace| {
            workspace.file("images/scipy/cache.log", "1").file("images/scipy/logs/x", "1");
        },
        &[],
    ),
    (
        "a folder that holds nothing",
        |workspace| std::fs::create_dir(workspace.path("images/scipy/empty")).unwrap(),
        &[],
    ),
    (
        "what git ignores no more",
        |workspace| {
            workspace.file("images/scipy/cache.log", "1").file(".gitignore", ".keg/\n");
        },
        &["scipy: inputs changed: cache.log"],
    ),
    (
        "an input elsewhere",
        |workspace| {
            workspace.file("environment.lock", "2");
        },
        &["hidden: inputs changed: environment.lock"],
    ),
    (
        "a lock",
        |workspace| {
            let digest = format!("sha256:{}", "2".repeat(64));
            workspace.file("keg.lock", format!("images:\n  \"127.0.0.1:9/outside:1\": {digest}\n"));
        },
        &["hidden: inputs changed: parent 127.0.0.1:9/outside:1"],
    ),
    (
        "times",
        |workspace| {
            workspace.file("images/scipy/scipy", workspace.read("images/scipy/scipy"));
        },
        &[],
    ),
];

#[test]
fn each_change_touches_its_own_images() {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    workspace.branch("main");
    workspace.file(".gitignore", ".keg/\n*.log\nlogs/\n");
    workspace.file("images/hidden/Dockerfile", "FROM 127.0.0.1:9/outside:1\n");
    workspace.file("images/hidden/Dockerfile.dockerignore", "notes\n.dockerignore\n*.dockerignore\n");
    workspace.file("images/hidden/notes", "1").file("images/hidden/image.yml", "inputs: [../../environment.lock]\n");
    workspace.file("environment.lock", "1");
    let digest = format!("sha256:{}", "1".repeat(64));
    workspace.file("keg.lock", format!("images:\n  \"127.0.0.1:9/outside:1\": {digest}\n"));
    workspace.commit();
    workspace.branch("dev").git(["merge", "--quiet", "main"]);
    for (what, apply, expected) in CASES {
        reset(&workspace);
        apply(&workspace);
        let touched = || {
            let mut touched = selected(&workspace, &["--changed"]);
            // What touches all touches this one as well.
            touched.retain(|line| !line.starts_with("hidden: rebuild_all"));
            touched
        };
        assert_eq!(touched(), *expected, "{what}, in the work tree");
        // The same, committed.
        workspace.commit();
        assert_eq!(touched(), *expected, "{what}, committed");
        workspace.git(["reset", "--quiet", "--hard", "main"]);
        workspace.git(["clean", "--quiet", "--force", "-dx", "--exclude=.keg"]);
    }
}

#[test]
fn a_plan_touches_its_own_variants() {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    let keg = workspace.read("keg.yml").replace("tags: [\"{prefix}-{branch}\"]\n", "");
    workspace
        .branch("main")
        .file("keg.yml", format!("{keg}plans: {{cpu: {{}}, gpu: {{args: {{CUDA: 11}}}}}}\n"))
        .commit();
    workspace.branch("other");
    workspace.file("keg.yml", workspace.read("keg.yml").replace("11", "12"));
    workspace.file("images/scipy/image.yml", "skip_plans: [gpu]\n");
    let expected = [
        "ds [gpu]: inputs changed: build-arg CUDA",
        "rstudio [gpu]: inputs changed: build-arg CUDA",
        "scipy [cpu]: inputs changed: image.yml",
    ];
    assert_eq!(selected(&workspace, &["--changed"]), expected);
    assert_eq!(selected(&workspace, &["--changed", "--plan", "gpu"]), expected[..2]);
    assert_eq!(selected(&workspace, &["scipy", "--changed", "--plan", "cpu"]), expected[2..]);
}

/// Files that git writes otherwise than they are committed, as git-lfs does.
#[test]
fn what_a_filter_of_git_makes_of_a_file_is_no_change() {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    workspace.git(["config", "filter.upper.clean", "tr a-z A-Z"]);
    workspace.git(["config", "filter.upper.smudge", "tr A-Z a-z"]);
    workspace.branch("main").file(".gitattributes", "*.bin filter=upper\n").file("images/scipy/large.bin", "abc\n");
    let file = workspace.path("images/scipy/large.bin");
    // git trusts the time of a file only if it is older than its index.
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(past).unwrap();
    workspace.commit();
    assert_eq!(workspace.git(["show", "HEAD:images/scipy/large.bin"]), "ABC\n");
    workspace.branch("other");
    change_elsewhere(&workspace);
    assert_eq!(selected(&workspace, &["--changed"]), ["rstudio: inputs changed: rstudio"]);
    workspace.file("images/scipy/large.bin", "abcd\n");
    assert_eq!(
        selected(&workspace, &["--changed"]),
        ["rstudio: inputs changed: rstudio", "scipy: inputs changed: large.bin"]
    );
}

/// So that there is something to compare.
fn change_elsewhere(workspace: &Workspace) {
    workspace.file("images/rstudio/rstudio", "elsewhere\n");
}

#[test]
fn a_submodule_counts_when_its_commit_or_its_files_change() {
    crate::support::engine();
    let inner = Workspace::new();
    inner.file("lib.py", "1\n").commit();
    let workspace = data_hub("127.0.0.1:9");
    let address = inner.root().display().to_string();
    workspace.branch("main");
    workspace.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "images/scipy/inner"]);
    workspace.commit();
    workspace.branch("other");
    change_elsewhere(&workspace);
    assert_eq!(selected(&workspace, &["--changed"]), ["rstudio: inputs changed: rstudio"]);
    workspace.file("images/scipy/inner/lib.py", "2\n");
    let changed = selected(&workspace, &["--changed"]);
    assert!(changed.len() == 2 && changed[1].starts_with("scipy: inputs changed"), "{changed:?}");
    workspace.git(["-C", "images/scipy/inner", "checkout", "--quiet", "."]);
    assert_eq!(selected(&workspace, &["--changed"]).len(), 1);
}

#[test]
fn a_workspace_may_be_a_part_of_its_repository() {
    crate::support::engine();
    let workspace = Workspace::new();
    let keg = "layout: [images/*]\ndefault_branch: main\nrebuild_all: [all.txt]\n";
    workspace.file("docker/keg.yml", keg).file("docker/.gitignore", ".keg/\n").file("shared/tool", "1");
    workspace.file("docker/images/web/Dockerfile", "FROM scratch\nCOPY shared /\n");
    workspace.file("docker/images/web/image.yml", "build: {context: ../../..}\n");
    workspace.file("docker/images/api/Dockerfile", "FROM scratch\nCOPY . /\n").file("docker/all.txt", "1");
    workspace.file(".dockerignore", "docker\n.git\n");
    workspace.branch("main").commit();
    workspace.branch("dev");
    let of_part = |arguments: &[&str]| selected(&workspace, &[&["--workspace", "docker"], arguments].concat());
    assert_eq!(of_part(&["--changed"]), [""; 0]);
    workspace.file("shared/tool", "2").file("elsewhere", "2");
    assert_eq!(of_part(&["--changed"]), ["web: inputs changed: 2 files"]);
    reset(&workspace);
    workspace.file("all.txt", "2").file("docker/all.txt", "2");
    assert_eq!(of_part(&["api", "--changed"]), ["api: rebuild_all: all.txt"]);
    // The part is new itself.
    reset(&workspace);
    workspace.git(["switch", "--quiet", "--orphan", "empty"]);
    workspace.file("README.md", "1").commit();
    workspace.git(["switch", "--quiet", "--create", "with-images"]);
    workspace.git(["checkout", "--quiet", "main", "--", "docker", ".dockerignore", "shared"]);
    assert_eq!(of_part(&["--changed", "empty"]), ["api: new", "web: new"]);
}

#[test]
fn who_mends_a_broken_workspace_builds_all_of_it() {
    crate::support::engine();
    let workspace = data_hub("127.0.0.1:9");
    let keg = workspace.read("keg.yml");
    workspace.branch("main").file("keg.yml", format!("{keg}no_such_key: 1\n")).commit();
    workspace.branch("other").file("keg.yml", keg).commit();
    let run = workspace.keg(["build", "--changed", "--dry-run"]).success();
    run.complains("does not load, so that every image counts as changed").complains("no_such_key");
    let reason = "the workspace was broken before";
    assert_eq!(
        selected(&workspace, &["--changed"]),
        [format!("ds: {reason}"), format!("rstudio: {reason}"), format!("scipy: {reason}")]
    );
}
