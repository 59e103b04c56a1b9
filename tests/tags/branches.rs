//! Branch names as tags, in a real registry, and registries with a port and a nested namespace.

use crate::start::parts::{Generation, Taps, server};
use crate::support::{Registry, Workspace};

#[test]
fn branches_give_tags_or_say_why_not() {
    let registry = Registry::start();
    let mut workspace = Workspace::new();
    workspace.file("keg.yml", format!("registry: {}/a/b\nlayout: [images/*]\ndefault_branch: main\n", registry.host()));
    let image = workspace.name("web");
    workspace.file(format!("images/{image}/Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n").commit();
    let repository = format!("a/b/{image}");
    let published = || {
        let mut tags = registry.tags(&repository);
        tags.retain(|tag| !tag.starts_with("keg-"));
        tags
    };
    let long = "x".repeat(200);
    let other = format!("{long}y");
    let mut expected = Vec::new();
    for (branch, tag) in
        [("main", "main"), ("feature/x", "feature-x"), ("fix_#12", "fix_-12"), ("Feature/X", "Feature-X")]
    {
        workspace.keg(["build", "--push", "--branch", branch]).success();
        expected.push(tag.to_owned());
        expected.sort();
        assert_eq!(published(), expected, "{branch}");
    }
    // Two long names that begin alike have two tags of 128 characters.
    for branch in [&long, &other] {
        workspace.keg(["build", "--push", "--branch", branch]).success();
    }
    let cut: Vec<String> = published().into_iter().filter(|tag| tag.len() == 128).collect();
    assert!(cut.len() == 2 && cut[0] != cut[1], "{cut:?}");

    let before = published();
    for (branch, reason, remedy) in [
        ("stable", "kept for releases and promotions", "--branch"),
        ("latest", "kept for releases and promotions", "--branch"),
        ("keg-abc", "content tags", "--branch"),
        ("///", "gives no tag", "rename the branch"),
        ("日本", "gives no tag", "rename the branch"),
    ] {
        let run = workspace.keg(["build", "--push", "--branch", branch]).code(2);
        run.complains(reason).complains(remedy);
        let run = workspace.keg(["status", "--branch", branch]).code(2);
        run.complains(reason);
    }
    // What is checked out counts as what is named.
    workspace.git(["switch", "--quiet", "--create", "fix_#13"]);
    workspace.keg(["build", "--push"]).success();
    assert!(published().contains(&"fix_-13".to_owned()));
    // CI checks out a commit, and calls a pull request by a number.
    workspace.git(["checkout", "--quiet", "--detach"]);
    workspace.env("GITHUB_REF_NAME", "71/merge").env("GITHUB_HEAD_REF", "feat");
    workspace.keg(["build", "--push"]).success();
    let after = published();
    assert!(after.contains(&"feat".to_owned()) && !after.iter().any(|tag| tag.contains("merge")), "{after:?}");
    assert_eq!(after.len(), before.len() + 2);
}

#[test]
fn a_prefix_that_yaml_reads_as_a_number_is_refused() {
    let workspace = Workspace::new();
    workspace.file("keg.yml", "layout: [images/*]\ntag_prefix: 2026.10\ntags: ['{prefix}-{branch}']\n");
    workspace.file("images/web/Dockerfile", "FROM scratch\n");
    let run = workspace.keg(["build"]).code(2);
    run.complains("`2026.10` was read as the number 2026.1").complains("Put it in quotes: `\"2026.10\"`");
    workspace.file("keg.yml", "layout: [images/*]\ntag_prefix: '2026.10'\ntags: ['{prefix}-{branch}']\n").commit();
    workspace.keg(["build", "--dry-run"]).success().says("(2026.10-main)");
}

#[test]
fn a_port_and_a_nested_namespace_survive_every_command() {
    let registry = Registry::start();
    let host = registry.host();
    let taps = Taps::with(Generation::Two, &format!("registry: {host}/a/b/c\ndefault_branch: main\n"));
    let web = taps.tap("web", &format!("services:\n{}", server("web", "")), "tests: [{run: 'true'}]\n");
    let workspace = &taps.workspace;
    workspace.commit();
    let reference = |tag: &str| format!("{host}/a/b/c/{web}:{tag}");
    let repository = format!("a/b/c/{web}");
    workspace.keg(["build", "--push", "--test", "--manifest"]).success();
    assert!(registry.tags(&repository).contains(&"main".to_owned()));
    workspace.keg(["tag", "--tag", "try", "--push"]).success();
    workspace.keg(["push", "--tag", "more"]).success();
    workspace.keg(["promote", "main", "stable"]).success();
    let digest = |tag: &str| registry.manifest(&repository, tag).unwrap().0;
    for tag in ["try", "more", "stable"] {
        assert_eq!(digest(tag), digest("main"), "{tag}");
    }
    for arguments in [
        &["pull"][..],
        &["test"],
        &["why", &web],
        &["update", "--dry-run"],
        &["manifest", "--push"],
        &["docs"],
        &["graph"],
        &["prune", "--dry-run"],
        &["pull", "--tag", "stable"],
    ] {
        workspace.keg(arguments.iter().copied()).success();
    }
    let status = workspace.keg(["status", "--format", "json"]).success().json();
    assert_eq!((&status["images"][0]["state"], &status["images"][0]["published"]), (&"fresh".into(), &"yes".into()));
    workspace.keg(["resolve", &web]).success().says(&reference("main"));
    workspace.keg(["start", &web]).success();
    workspace.keg(["package", &web, "--tag", "packaged"]).success();
    assert!(registry.tags(&repository).contains(&"packaged".to_owned()));
    workspace.keg(["restart", &web, "--from", &reference("stable")]).success();
    workspace.keg(["stop", &web]).success();
    assert_eq!(registry.catalog(), [repository]);
}
