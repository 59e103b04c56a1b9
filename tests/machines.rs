//! What one machine has built and published, another one neither builds nor sends again.

use std::collections::BTreeMap;

use crate::support::trees::{D, Family, T, change, write_tree};
use crate::support::{Proxy, Registry, Run, Workspace, docker, image_names};

/// The images with this result, sorted.
fn with_result(run: &Run, result: &str) -> Vec<String> {
    let rows = run.json()["images"].as_array().unwrap().clone();
    let wanted = rows.iter().filter(|row| row["result"] == result);
    let mut names: Vec<String> = wanted.map(|row| row["image"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Publishes everything and gives what was built.
fn built(workspace: &Workspace, arguments: &[&str]) -> Vec<String> {
    let run = workspace.keg(["build", "--push", "--format", "json"].iter().chain(arguments));
    with_result(&run.success(), "built")
}

/// Takes everything of this workspace from the engine, as if this were another machine.
fn forget(workspace: &Workspace) {
    let mine: Vec<String> = image_names().into_iter().filter(|name| name.contains(&workspace.name("tree"))).collect();
    docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
    for folder in [workspace.path(".keg"), workspace.home().join(".cache"), workspace.home().join(".local")] {
        std::fs::remove_dir_all(folder).ok();
    }
}

/// Images of this workspace on the engine, without content tags.
fn on_engine(workspace: &Workspace) -> Vec<String> {
    let names = image_names().into_iter().filter(|name| name.contains(&workspace.name("tree")));
    let mut names: Vec<String> = names.filter(|name| !name.contains(":keg-")).collect();
    names.sort();
    names
}

#[test]
fn another_machine_builds_nothing_and_sends_no_layer() {
    let mut family = Family::start();
    let first = family.tags("main");
    // A second clone of the same commit, on a machine that has nothing.
    let clone = family.workspace.outside("clone");
    family.workspace.git(["clone", "--quiet", ".", clone.to_str().unwrap()]);
    family.workspace.git(["-C", clone.to_str().unwrap(), "switch", "--quiet", "--create", "other"]);
    forget(&family.workspace);
    family.proxy.take_requests();
    let (bytes, blobs) = (family.proxy.received(), family.proxy.received_blobs());
    let mut command = family.workspace.keg_command(["build", "--push", "--format", "json"]);
    let run = Run::of(
        {
            command.current_dir(&clone);
            command
        },
        "",
    )
    .success();
    assert_eq!(with_result(&run, "reused").len(), T.len());
    assert_eq!(family.tags("other"), first);
    assert_eq!(family.proxy.received_blobs(), blobs, "no layer is sent");
    // Six manifests of less than 2 kB.
    assert!(family.proxy.received() - bytes < 6 * 2048, "{}", family.proxy.received() - bytes);
    let requests = family.proxy.take_requests();
    assert!(requests.iter().all(|request| !request.contains("/blobs/uploads")), "{requests:#?}");
    assert_eq!(on_engine(&family.workspace), [""; 0], "nothing is pulled either");
    // Only what one asks for is pulled.
    family.workspace.keg(["build", "b2"]).success();
    let host = family.proxy.host();
    assert_eq!(on_engine(&family.workspace), [format!("{host}/{}/b2:main", family.namespace)]);
    // Publishing it all again is a few questions.
    family.proxy.take_requests();
    family.change();
    family.workspace.git(["checkout", "--quiet", "."]);
    assert_eq!(
        with_result(&family.workspace.keg(["build", "--push", "--format", "json"]).success(), "reused").len(),
        6
    );
    assert!(
        family.proxy.take_requests().iter().all(|request| request.starts_with("HEAD") || request.ends_with("/v2/"))
    );
}

#[test]
fn only_what_changed_is_sent() {
    let registry = Registry::start();
    let proxy = Proxy::before(&registry);
    let workspace = Workspace::new();
    write_tree(&workspace, &proxy.host(), &T, "");
    // Not to be made smaller by compression.
    let mut state = 1_u64;
    let large: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(2_000_000)
    .collect();
    workspace.file("images/base/base", large).commit();
    workspace.keg(["build", "--push"]).success();
    assert!(proxy.received_blobs() > 2_000_000 && proxy.received_blobs() < 2_500_000, "{}", proxy.received_blobs());
    forget(&workspace);
    let before = proxy.received_blobs();
    change(&workspace, "a1", "2\n");
    assert_eq!(built(&workspace, &[]), ["a1"]);
    assert!(proxy.received_blobs() - before < 50_000, "{}", proxy.received_blobs() - before);
}

/// ds → {rstudio, scipy}, published on `main`.
fn data_hub(registry: &Registry) -> Workspace {
    let workspace = Workspace::new();
    let keys = "tag_prefix: \"2026.3\"\ntags: [\"{prefix}-{branch}\"]\nignore: [\"**/README.md\"]\n\
                rebuild_all: [images/spec.yml, \"images/tests_common/**\"]\n";
    write_tree(&workspace, &registry.host(), &D, keys);
    workspace.file("images/spec.yml", "1\n").file("images/tests_common/x.py", "1\n");
    workspace.file("README.md", "1\n").file("scripts/runner.py", "1\n").file("images/ds/README.md", "1\n");
    workspace.commit();
    assert_eq!(built(&workspace, &[]), ["ds", "rstudio", "scipy"]);
    workspace
}

#[test]
fn what_changes_in_a_stack_is_built_on_what_is_published() {
    let registry = Registry::start();
    let workspace = data_hub(&registry);
    let namespace = workspace.name("tree");
    let digest = |image: &str, tag: &str| registry.manifest(&format!("{namespace}/{image}"), tag).map(|found| found.0);
    // A new branch of the same sources: nothing is built, three tags move.
    workspace.branch("dev");
    assert_eq!(built(&workspace, &[]), [""; 0]);
    for (image, _) in D {
        assert!(digest(image, "2026.3-dev").is_some());
        assert_eq!(digest(image, "2026.3-dev"), digest(image, "2026.3-main"));
    }
    // One image, on its parent as it is published, which is pulled and not built.
    forget(&workspace);
    change(&workspace, "rstudio", "2\n");
    assert_eq!(built(&workspace, &[]), ["rstudio"]);
    assert_eq!(digest("ds", "2026.3-dev"), digest("ds", "2026.3-main"));
    assert_ne!(digest("rstudio", "2026.3-dev"), digest("rstudio", "2026.3-main"));
    // What is no input changes nothing, and every image is accounted for.
    workspace.file("README.md", "2\n").file("scripts/runner.py", "2\n").file("images/ds/README.md", "2\n");
    workspace.file("images/new.txt", "2\n").file("images/no-image/file", "2\n");
    let run = workspace.keg(["build", "--push", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["ds", "rstudio", "scipy"]);
    // Two images, and then what changes all.
    change(&workspace, "rstudio", "3\n");
    change(&workspace, "scipy", "3\n");
    assert_eq!(built(&workspace, &[]), ["rstudio", "scipy"]);
    for (file, content) in [("images/spec.yml", "2\n"), ("images/tests_common/x.py", "2\n")] {
        workspace.file(file, content);
        assert_eq!(built(&workspace, &[]), ["ds", "rstudio", "scipy"], "{file}");
    }
    // A run that was skipped, several commits at once, a way back: only the state counts.
    change(&workspace, "scipy", "4\n");
    workspace.commit();
    change(&workspace, "scipy", "3\n");
    workspace.commit();
    assert_eq!(built(&workspace, &[]), [""; 0]);
    workspace.git(["reset", "--quiet", "--hard", "HEAD~2"]);
    workspace.git(["checkout", "--quiet", "main"]);
    assert_eq!(built(&workspace, &[]), [""; 0]);
}

#[test]
fn parents_come_before_children_and_a_failure_blocks_only_its_own() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    let namespace = write_tree(&workspace, &registry.host(), &T, "");
    workspace.commit();
    let all: Vec<String> = ["a", "a1", "b", "b1", "b2", "base"].map(Into::into).into();
    assert_eq!(built(&workspace, &[]), all);
    let tags = || -> BTreeMap<&str, String> {
        T.map(|(name, _)| (name, registry.manifest(&format!("{namespace}/{name}"), "main").unwrap().0)).into()
    };
    let first = tags();
    for (changed, expected) in
        [(&["b"][..], &["b", "b1", "b2"][..]), (&["a1"], &["a1"]), (&["b1", "a"], &["a", "a1", "b1"])]
    {
        for name in changed {
            change(&workspace, name, &format!("{changed:?}\n"));
        }
        assert_eq!(built(&workspace, &[]), expected);
    }
    // The base changes and A cannot be built: B and its children are built, A's child is not, and no tag moves.
    let before = tags();
    assert_ne!(before, first);
    change(&workspace, "base", "2\n");
    workspace.file("images/a/Dockerfile", "FROM base\nCOPY missing /\n");
    let run = workspace.keg(["build", "--push", "--format", "json"]).code(1);
    assert_eq!(with_result(&run, "built"), ["b", "b1", "b2", "base"]);
    assert_eq!((with_result(&run, "failed"), with_result(&run, "blocked")), (vec!["a".into()], vec!["a1".into()]));
    assert_eq!(tags(), before);
    // Only A is mended.
    workspace.file("images/a/Dockerfile", "FROM base\nCOPY a /\n");
    assert_eq!(built(&workspace, &[]), ["a", "a1"]);
    assert!(tags().iter().all(|(name, digest)| before[name] != *digest));
    // A parent that is rebuilt to the same key leaves its children fresh; one that is forced takes them along.
    change(&workspace, "b", "other\n");
    workspace.keg(["build", "b"]).success();
    change(&workspace, "b", "[\"b\"]\n");
    assert_eq!(built(&workspace, &[]), [""; 0]);
    let before = tags();
    assert_eq!(built(&workspace, &["b", "--no-cache"]), ["b", "b1", "b2"]);
    let moved = tags();
    assert!(["b", "b1", "b2"].iter().all(|name| moved[name] != before[name]) && moved["a"] == before["a"]);
}

#[test]
fn what_was_never_published_is_published_with_its_children() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    let namespace = write_tree(&workspace, &registry.host(), &T, "");
    workspace.commit();
    // Only one side of the tree has been published.
    assert_eq!(built(&workspace, &["a1", "a"]), ["a", "a1", "base"]);
    forget(&workspace);
    assert_eq!(built(&workspace, &[]), ["b", "b1", "b2"]);
    for (name, _) in T {
        assert!(registry.tags(&format!("{namespace}/{name}")).contains(&"main".to_owned()), "{name}");
    }
    // B alone is lost. It is built to the same key, by which its children know it, so they stay as they are.
    let digest = |name: &str| registry.manifest(&format!("{namespace}/{name}"), "main").map(|found| found.0);
    let children = ["b1", "b2"].map(digest);
    registry.delete(&format!("{namespace}/b"), &digest("b").unwrap());
    assert_eq!(digest("b"), None);
    forget(&workspace);
    assert_eq!(built(&workspace, &[]), ["b"]);
    assert!(digest("b").is_some() && children == ["b1", "b2"].map(digest));
}

#[test]
fn without_content_tags_labels_tell_what_is_there() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    let namespace = write_tree(&workspace, &registry.host(), &T[..2], "content_tags: false\n");
    workspace.commit();
    assert_eq!(built(&workspace, &[]), ["a", "base"]);
    forget(&workspace);
    workspace.branch("other");
    let run = workspace.keg(["build", "--push", "--tag", "extra", "--format", "json"]).success();
    assert_eq!(with_result(&run, "reused"), ["a", "base"]);
    for name in ["a", "base"] {
        let repository = format!("{namespace}/{name}");
        assert_eq!(registry.tags(&repository), ["extra", "main", "other"]);
        let digest = |tag| registry.manifest(&repository, tag).unwrap().0;
        assert!(digest("other") == digest("main") && digest("extra") == digest("main"));
    }
    change(&workspace, "a", "2\n");
    let run = workspace.keg(["build", "--push", "--tag", "extra", "--format", "json"]).success();
    assert_eq!(with_result(&run, "built"), ["a"]);
    assert_eq!(run.json()["images"][1]["published"], true, "{}", run.stdout);
    let digest = |tag| registry.manifest(&format!("{namespace}/a"), tag).unwrap().0;
    assert!(digest("other") != digest("main") && digest("extra") == digest("other"));
}

#[test]
fn a_content_tag_of_another_key_is_neither_used_nor_overwritten() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    let namespace = write_tree(&workspace, &registry.host(), &T[..1], "");
    workspace.commit();
    let status = workspace.keg(["status", "--format", "json"]).success().json();
    let key = status["images"][0]["key"].as_str().unwrap().to_owned();
    let (repository, tag) = (format!("{namespace}/base"), format!("keg-{}", &key[..12]));
    let other = format!("{}{}", &key[..12], "0".repeat(52));
    let digest = registry.put_image(&repository, &tag, &[("dev.keg.key", &other)]);
    workspace.keg(["build", "--push"]).code(2).complains("begins with the same 12 digits").complains("--force");
    assert_eq!(registry.manifest(&repository, &tag).unwrap().0, digest);
    assert_eq!(registry.tags(&repository), [tag.as_str()]);
    assert_eq!(built(&workspace, &["--force"]), ["base"]);
    assert_ne!(registry.manifest(&repository, &tag).unwrap().0, digest);
}

#[test]
fn pulls_ask_once_for_each_image() {
    let family = Family::start();
    family.workspace.keg(["pull"]).success();
    family.proxy.take_requests();
    family.workspace.keg(["pull"]).success().says("up to date");
    let mut requests = family.proxy.take_requests();
    requests.retain(|request| !request.ends_with("/v2/"));
    assert_eq!(requests.len(), T.len(), "{requests:#?}");
    assert!(requests.iter().all(|request| request.starts_with("HEAD ")), "{requests:#?}");
}

/// What is built again from a tree with changes says so, as what is built the first time.
#[test]
fn a_rebuilt_image_knows_that_its_tree_was_dirty() {
    let registry = Registry::start();
    let workspace = Workspace::new();
    let namespace = write_tree(&workspace, &registry.host(), &T[..1], "");
    workspace.commit();
    change(&workspace, "base", "not committed\n");
    let dirty = || registry.labels(&format!("{namespace}/base"), "main").unwrap()["dev.keg.dirty"].clone();
    workspace.keg(["build", "--push"]).success();
    let first = dirty();
    assert_ne!(first, "");
    workspace.keg(["build", "--no-cache", "--push"]).success();
    assert_eq!(dirty(), first);
}
