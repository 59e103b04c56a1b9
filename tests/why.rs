//! `keg why`: each kind of change names the right file or base.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Registry, Workspace, docker, image_names};

/// base → tap → web on an image from outside, all locked and committed, on the branch `main`.
struct Family {
    workspace: Workspace,
    registry: Registry,
    outside: String,
}

impl Family {
    fn new() -> Self {
        let registry = Registry::start();
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let outside = format!("{}/{}:1", registry.host(), workspace.name("outside"));
        docker(["tag", root.as_str(), &outside]).success();
        docker(["push", "--quiet", &outside]).success();
        docker(["image", "rm", &outside]).success();
        let namespace = workspace.name("ns");
        let keg = format!(
            "registry: {}/{namespace}\nlayout: [images/*]\nrebuild_all: [spec/**]\nignore: ['**/README.md']\n",
            registry.host()
        );
        workspace.file("keg.yml", keg).file("spec/all.yml", "1\n").file("environment.lock", "1\n");
        workspace.file("images/base/Dockerfile", format!("FROM {outside}\nCOPY setup.sh /\n"));
        workspace.file("images/base/setup.sh", "1\n");
        workspace.file("images/tap/Dockerfile", "FROM base\n");
        workspace.file("images/web/Dockerfile", "ARG COLOR\nFROM tap AS one\nCOPY . /web\nFROM one AS two\n");
        workspace.file("images/web/.dockerignore", "image.yml\n.dockerignore\nhidden\n");
        workspace.file("images/web/image.yml", MANIFEST);
        for name in ["a", "b", "hidden", "README.md"] {
            workspace.file(format!("images/web/{name}"), format!("{name}\n"));
        }
        symlink("a", workspace.path("images/web/link")).unwrap();
        workspace.keg(["update"]).success();
        workspace.branch("main").commit();
        Self { workspace, registry, outside }
    }

    fn build(&self, arguments: &[&str]) {
        self.workspace.keg(["build"].iter().chain(arguments)).success();
    }

    /// What `keg why web` lists.
    fn causes(&self) -> Vec<String> {
        let run = self.workspace.keg(["why", "web"]).success();
        run.stdout.lines().skip(1).map(|line| line.trim().to_owned()).collect()
    }

    fn records(&self) -> usize {
        std::fs::read_dir(self.workspace.path(".keg/records")).map_or(0, Iterator::count)
    }

    /// Everything as it was committed.
    fn reset(&self) {
        self.workspace.git(["reset", "--quiet", "--hard"]);
        self.workspace.git(["clean", "--quiet", "--force", "-d"]);
    }

    /// As another machine would be: no image, no local state.
    fn forget(&self) {
        let mine = image_names().into_iter().filter(|name| name.contains(&self.workspace.name("ns")));
        docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
        self.workspace.remove(".keg");
    }
}

const MANIFEST: &str = "build: { args: { COLOR: red }, target: one }\ninputs: [../../environment.lock]\n";

/// Changes one thing, and gives what `keg why` has to say.
type Kind = (&'static str, fn(&Workspace), &'static [&'static str]);

const KINDS: &[Kind] = &[
    ("nothing", |_| {}, &[]),
    (
        "a file that does not count",
        |workspace| {
            workspace.file("images/web/README.md", "other\n");
        },
        &[],
    ),
    (
        "the Dockerfile",
        |workspace| {
            workspace.file("images/web/Dockerfile", "FROM tap AS one\n");
        },
        &["~ dockerfile", "~ file Dockerfile"],
    ),
    (
        "a new file",
        |workspace| {
            workspace.file("images/web/new", "1");
        },
        &["+ file new"],
    ),
    (
        "a file less",
        |workspace| {
            workspace.remove("images/web/b");
        },
        &["- file b"],
    ),
    (
        "another file",
        |workspace| {
            workspace.file("images/web/b", "other\n");
        },
        &["~ file b"],
    ),
    (
        "an executable bit",
        |workspace| {
            let file = workspace.path("images/web/b");
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        },
        &["~ file b: file → executable"],
    ),
    (
        "the target of a link",
        |workspace| {
            workspace.remove("images/web/link");
            symlink("b", workspace.path("images/web/link")).unwrap();
        },
        &["~ file link: link a → link b"],
    ),
    (
        "a build arg",
        |workspace| {
            workspace.file("images/web/image.yml", MANIFEST.replace("red", "blue"));
        },
        &["~ build-arg COLOR: red → blue"],
    ),
    (
        "the target",
        |workspace| {
            workspace.file("images/web/image.yml", MANIFEST.replace("one", "two"));
        },
        &["~ target: one → two"],
    ),
    (
        "a file under inputs",
        |workspace| {
            workspace.file("environment.lock", "2\n");
        },
        &["~ input environment.lock"],
    ),
    (
        "a file under rebuild_all",
        |workspace| {
            workspace.file("spec/all.yml", "2\n");
        },
        &["~ workspace spec/all.yml"],
    ),
    (
        ".dockerignore",
        |workspace| {
            workspace.file("images/web/.dockerignore", "image.yml\n.dockerignore\n");
        },
        &["+ file hidden"],
    ),
    (
        "a file two levels up",
        |workspace| {
            workspace.file("images/base/setup.sh", "2\n");
        },
        &["parent tap ← base: ~ file setup.sh"],
    ),
    (
        "several things",
        |workspace| {
            workspace.file("images/base/setup.sh", "2\n").file("images/tap/x", "1").remove("images/web/a");
        },
        &["- file a", "parent tap: + file x", "parent tap ← base: ~ file setup.sh"],
    ),
];

#[test]
fn each_kind_of_change_is_named() {
    let family = Family::new();
    family.build(&["--push"]);
    assert_eq!(family.records(), 0, "the commit tells everything");
    let check_all = || {
        for (kind, change, expected) in KINDS {
            change(&family.workspace);
            assert_eq!(family.causes(), *expected, "{kind}");
            family.reset();
        }
    };
    check_all();
    // A base from outside that was moved.
    let root = family.workspace.read("keg.lock");
    let (repository, tag) = family.outside.rsplit_once('/').unwrap().1.split_once(':').unwrap();
    let old = family.registry.manifest(repository, tag).unwrap().0;
    let new = family.registry.put_image(repository, tag, &[]);
    family.workspace.keg(["update"]).success();
    assert_ne!(family.workspace.read("keg.lock"), root);
    let expected = format!("parent tap ← base: ~ parent {}: {} → {}", family.outside, &old[7..19], &new[7..19]);
    assert_eq!(family.causes(), [expected]);
    family.reset();
    // Commits in between change nothing in what is compared.
    family.workspace.file("images/web/later", "1").commit();
    assert_eq!(family.causes(), ["+ file later"]);
    family.workspace.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    // Another machine has the registry and the commit.
    family.forget();
    family.workspace.file("images/web/b", "other\n");
    assert_eq!(family.causes(), ["~ file b"]);
    let left = std::fs::read_dir(family.workspace.path(".keg")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name != ".gitignore" && name != "hashes").collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(family.workspace.git(["status", "--porcelain"]), " M images/web/b\n");
}

#[test]
fn an_overview_has_the_first_cause_of_each() {
    let family = Family::new();
    family.workspace.keg(["why"]).success().says("web: never built");
    family.workspace.keg(["why", "web"]).success().says("web was never built").says("web:main");
    family.build(&[]);
    family.workspace.keg(["why"]).success().says("nothing is to be built");
    family.workspace.keg(["why", "web"]).success().says("web is unchanged since");
    family.workspace.file("images/base/setup.sh", "2\n").file("images/web/new", "1");
    let run = family.workspace.keg(["why", "--offline"]).success();
    let expected = "base: ~ file setup.sh\n\
                    tap: parent base: ~ file setup.sh\n\
                    web: + file new, and 1 more\n";
    assert_eq!(run.stdout, expected);
    let json = family.workspace.keg(["why", "tap", "--format", "json"]).success().json();
    let answer = &json["images"][0];
    assert_eq!((&answer["state"], &answer["exact"]), (&"changed".into(), &true.into()), "{json}");
    assert_eq!(answer["causes"][0]["path"], serde_json::json!(["base"]));
    assert_eq!(answer["causes"][0]["change"]["name"], "file setup.sh");
    family.workspace.keg(["why", "wbe"]).code(2).complains("did you mean `web`?");
}

#[test]
fn builds_that_no_commit_tells_of_are_recorded() {
    let family = Family::new();
    family.build(&["web", "--build-arg", "COLOR=green", "--push"]);
    assert_eq!(family.causes(), ["~ build-arg COLOR: green → red"]);
    // A dirty build is compared with what it was built from, not with its commit.
    family.workspace.file("images/web/b", "dirty\n");
    family.build(&["--push"]);
    family.workspace.file("images/web/a", "other\n").file("images/base/setup.sh", "2\n");
    assert_eq!(family.causes(), ["~ file a", "parent tap ← base: ~ file setup.sh"]);
    assert!(family.records() > 0);
    // Another machine has only the commit, and says so.
    family.workspace.remove(".keg/records");
    let run = family.workspace.keg(["why", "web"]).success();
    run.says("with uncommitted changes").says("~ file a").says("~ file b").complains("has no record");
    let json = family.workspace.keg(["why", "web", "--format", "json"]).success().json();
    assert_eq!(json["images"][0]["exact"], false);
    family.reset();
    // Build args are no uncommitted change, but the commit does not tell of them either.
    family.build(&["web", "--build-arg", "COLOR=green", "--push"]);
    family.workspace.keg(["why", "web"]).success().complains("something else than its commit");
}

#[test]
fn files_that_git_ignores_are_recorded() {
    let family = Family::new();
    family.workspace.file(".gitignore", "*.cache\n").commit();
    family.workspace.file("images/web/x.cache", "1");
    family.build(&[]);
    family.workspace.remove("images/web/x.cache");
    assert_eq!(family.causes(), ["- file x.cache"]);
}

#[test]
fn the_branch_tag_comes_before_the_default_tag() {
    let family = Family::new();
    family.build(&["--push"]);
    family.workspace.branch("feature/x").file("images/web/on-branch", "1").commit();
    family.workspace.keg(["why", "web"]).success().says("web:main").says("+ file on-branch");
    family.build(&["--push"]);
    family.workspace.file("images/web/later", "1");
    let run = family.workspace.keg(["why", "web"]).success().says("web:feature-x");
    assert!(run.stdout.ends_with("  + file later\n") && run.stdout.lines().count() == 2, "{}", run.stdout);
    // What is only on the engine does as well.
    let web = format!("{}/{}/web", family.registry.host(), family.workspace.name("ns"));
    family.workspace.keg(["why", "web", "--offline"]).success().says("web:feature-x on the engine");
    docker(["image", "rm", &format!("{web}:feature-x")]).success();
    family.workspace.keg(["why", "web", "--offline"]).success().says("web:main on the engine").says("+ file on-branch");
    // Another image under the branch tag is none to compare with.
    let base = format!("{}/{}/base:main", family.registry.host(), family.workspace.name("ns"));
    docker(["tag", &base, &format!("{web}:feature-x")]).success();
    family.workspace.keg(["why", "web", "--offline"]).success().says("web:main on the engine").says("+ file on-branch");
}

#[test]
fn a_commit_that_is_not_there_is_said() {
    let family = Family::new();
    family.workspace.file("images/web/new", "1").commit();
    family.build(&["--push"]);
    family.workspace.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    family.workspace.git(["reflog", "expire", "--expire=now", "--all"]);
    family.workspace.git(["gc", "--quiet", "--prune=now"]);
    let run = family.workspace.keg(["why", "web"]).code(1);
    run.complains("is not in this clone").complains("git fetch");
    family.forget();
    family.workspace.keg(["why"]).success().says("is not in this clone");
    // A shallow clone gets the rest in another way.
    let shallow = family.workspace.outside("shallow");
    let url = format!("file://{}", family.workspace.root().display());
    family.workspace.commit();
    family.workspace.git(["clone", "--quiet", "--depth=1", &url, shallow.to_str().unwrap()]);
    let shallow = shallow.to_str().unwrap();
    family.workspace.keg(["--workspace", shallow, "--branch", "main", "why", "web"]).code(1).complains("--unshallow");
}

#[test]
fn a_workspace_within_a_repository_and_links_are_read_from_the_commit() {
    let family = Family::new();
    let inner = &family.workspace;
    std::fs::create_dir(inner.path("inner")).unwrap();
    for name in ["keg.yml", "keg.lock", "spec", "environment.lock", "images"] {
        std::fs::rename(inner.path(name), inner.path("inner").join(name)).unwrap();
    }
    // An image behind a link, with a context outside the workspace and a Dockerfile of another name.
    inner.file("shared/tool/build.txt", "FROM tap\nCOPY . /\n").file("shared/tool/file", "1\n");
    inner.file("shared/tool/image.yml", "build: { dockerfile: build.txt, context: ../../../shared }\n");
    symlink("../../shared/tool", inner.path("inner/images/tool")).unwrap();
    inner.commit();
    let keg = |arguments: &[&str]| inner.keg(["--workspace", "inner"].iter().chain(arguments)).success();
    keg(&["build"]);
    assert!(!inner.path("inner/.keg/records").exists(), "the commit tells everything");
    inner.file("shared/other", "1\n").file("shared/tool/file", "2\n");
    let run = keg(&["why", "tool"]);
    assert_eq!(run.stdout.lines().skip(1).collect::<Vec<_>>(), ["  + file other", "  ~ file tool/file"]);
    inner.file("inner/images/web/b", "2\n");
    assert!(keg(&["why", "web"]).stdout.ends_with("  ~ file b\n"));
    // A folder counts though all that it holds is left out; git would not carry it if it were empty.
    inner.file("shared/.dockerignore", "left-out/*\n").file("shared/left-out/x", "1\n").commit();
    keg(&["build"]);
    inner.remove("inner/.keg/records").file("shared/left-out/y", "1\n").file("shared/other", "2\n");
    let answer = keg(&["why", "tool", "--format", "json"]).json()["images"][0].clone();
    assert_eq!((&answer["exact"], &answer["causes"][0]["change"]["name"]), (&true.into(), &"file other".into()));
    assert_eq!(answer["causes"].as_array().unwrap().len(), 1, "{answer}");
}
