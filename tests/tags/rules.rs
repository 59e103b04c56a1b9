//! Templates: immutable and moving tags together, tags for some branches, and taps that are known by a template.

use super::{Stack, told_tags};
use crate::start::parts::{Generation, Taps, server};
use crate::support::{Registry, docker};

#[test]
fn a_tag_of_a_commit_stays_while_others_move() {
    let stack = Stack::new("tag_prefix: '2026.3'\ntags: ['{prefix}-{branch}', '{prefix}-{sha7}', 'day-{date}']\n", "");
    let sha = stack.workspace.git(["rev-parse", "HEAD"]).trim()[..7].to_owned();
    let fixed = format!("2026.3-{sha}");
    stack.workspace.keg(["build", "--push"]).success();
    let tags = stack.published("web");
    assert_eq!(tags.len(), 3, "{tags:?}");
    assert!(tags.contains(&"2026.3-main".to_owned()) && tags.contains(&fixed), "{tags:?}");
    let day = tags.iter().find_map(|tag| tag.strip_prefix("day-")).unwrap();
    assert!(day.len() == 10 && day.starts_with("20"), "{day}");
    let first = stack.digest("web", &fixed).unwrap();
    assert_eq!(stack.digest("web", "2026.3-main"), Some(first.clone()));
    // The status shows the first tag.
    let status = stack.workspace.keg(["status", "web", "--format", "json"]).success().json();
    assert_eq!(
        (&status["images"][0]["tag"], &status["images"][0]["published"]),
        (&"2026.3-main".into(), &"yes".into())
    );

    // Changes that are not committed get no tag of the commit, and with it none at all.
    stack.python("web", "FROM base", "3.12.2");
    let run = stack.workspace.keg(["build", "--push"]).code(2);
    run.complains(&format!("web:{fixed} says which commit it is of")).complains("commit the changes");
    let run = stack.workspace.keg(["build", "web"]).success();
    assert_eq!(run.code, Some(0), "the engine's own tags may move");
    stack.workspace.keg(["push"]).code(2).complains(&fixed);
    stack.workspace.keg(["tag", "web", "--tag", "{prefix}-{sha7}", "--push"]).code(2).complains(&fixed);
    for tag in [&fixed, "2026.3-main"] {
        assert_eq!(stack.digest("web", tag), Some(first.clone()), "{tag}");
    }
    // Committed, they get their own, and the moving tags move.
    let next = stack.workspace.commit();
    let next = format!("2026.3-{}", &next.trim()[..7]);
    stack.workspace.keg(["build", "--push"]).success();
    let second = stack.digest("web", &next).unwrap();
    assert_ne!(second, first);
    assert_eq!(stack.digest("web", "2026.3-main"), Some(second));
    assert_eq!(stack.digest("web", &fixed), Some(first));
    // An unchanged image has both tags of the commits.
    assert_eq!(stack.digest("api", &next), stack.digest("api", &fixed));

    // What is built anew under the same key is other content, and only then is it known.
    let before = stack.digest("web", &next);
    let run = stack.workspace.keg(["build", "web", "--no-cache", "--push"]).code(1);
    run.complains(&format!("web:{next} says which commit it is of"));
    assert_eq!((stack.digest("web", &next), stack.digest("web", "2026.3-main")), (before.clone(), before.clone()));
    stack.workspace.keg(["push", "web", "--force"]).success();
    assert_ne!(stack.digest("web", &next), before);
}

#[test]
fn latest_is_for_the_default_branch_and_versions_for_releases() {
    let tags = "tags: ['{branch}', latest, '{version}', {format: edge, branches: ['feature/*']}]\n";
    let stack = Stack::new(tags, "tags: [{from: python --version, match: '[0-9.]+', branches: [main]}]\n");
    stack.workspace.branch("feature/x");
    stack.workspace.keg(["build", "--push"]).success();
    assert_eq!(stack.published("web"), ["edge", "feature-x"]);
    stack.workspace.branch("main");
    let json = stack.workspace.keg(["build", "--push", "--format", "json"]).success().json();
    assert_eq!(stack.published("web"), ["3.12.1", "edge", "feature-x", "latest", "main"]);
    assert_eq!(told_tags(&json, "web"), ["main", "latest", "3.12.1"]);
    // A release: unchanged images get its tag without a build.
    stack.workspace.git(["tag", "v1.2.0"]);
    stack.workspace.keg(["build", "--push", "--dry-run"]).success().says("1. tag").says("v1.2.0");
    stack.workspace.keg(["build", "--push"]).success();
    assert_eq!(stack.digest("web", "v1.2.0"), stack.digest("web", "main"));
    let moved = stack.digest("web", "latest");
    stack.workspace.branch("feature/y");
    stack.python("web", "FROM base", "3.13");
    stack.workspace.commit();
    stack.workspace.keg(["build", "--push"]).success();
    assert_eq!(stack.digest("web", "latest"), moved);
    assert_ne!(stack.digest("web", "edge"), moved);
}

/// Where no tag is the plain branch's, taps are started by what the template gives.
#[test]
fn a_tap_is_found_by_its_template() {
    let registry = Registry::start();
    let keys = "default_branch: main\ndefault_tag: develop\ntag_prefix: '2026.3'\ntags: ['{prefix}-{sha7}', '{prefix}-{branch}']\n";
    let taps = Taps::with(Generation::Two, &format!("registry: {}/team\n{keys}", registry.host()));
    let web = taps.tap("web", &format!("services:\n{}", server("web", "")), "");
    taps.workspace.commit();
    let repository = format!("{}/team/{web}", registry.host());
    let planned = || taps.workspace.keg(["start", &web, "--dry-run", "--format", "json"]).success().json();
    taps.workspace.keg(["build", "--push"]).success();
    let published = registry.tags(&format!("team/{web}"));
    assert_eq!(published.iter().filter(|tag| tag.starts_with("2026.3-")).count(), 2, "{published:?}");
    let plan = planned();
    assert_eq!((&plan["image"], &plan["from"]), (&format!("{repository}:2026.3-develop").into(), &"the branch".into()));

    taps.workspace.branch("feature/z");
    let plan = planned();
    assert_eq!(
        (&plan["image"], &plan["from"]),
        (&format!("{repository}:2026.3-develop").into(), &"the default tag".into())
    );
    taps.workspace.file("taps/web/Dockerfile", format!("FROM {}\nRUN echo z > /z\n", taps.root));
    taps.workspace.commit();
    taps.workspace.keg(["build", "--push"]).success();
    assert_eq!(planned()["image"], format!("{repository}:2026.3-feature-z"));
    taps.workspace.keg(["resolve", &web]).success().says(&format!("{repository}:2026.3-feature-z"));
    let env = taps.workspace.keg(["env", &web, "--format", "json"]).success().stdout;
    assert!(env.contains("2026.3-feature-z"), "{env}");

    // A machine that has nothing pulls what it starts.
    let all = docker(["images", "--format", "{{.Repository}}:{{.Tag}}"]).success();
    let own = all.lines().filter(|name| name.starts_with(&repository)).map(str::to_owned);
    docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(own)).success();
    taps.workspace.keg(["pull", &web]).success();
    taps.workspace.keg(["start", &web]).success();
    let containers =
        docker(["ps", "--format", "{{.Image}}", "--filter", &format!("label=dev.keg.tap={web}")]).success();
    assert_eq!(containers.trim(), format!("{repository}:2026.3-feature-z"));
    taps.workspace.keg(["stop", &web]).success();

    // Only the commit tells its image: that of this commit is started.
    let keys = keys.replace(", '{prefix}-{branch}'", "");
    let text = taps.workspace.read("keg.yml");
    let start = text.find("default_branch").unwrap();
    taps.workspace.file("keg.yml", format!("{}{keys}", &text[..start]));
    let sha = taps.workspace.commit().trim()[..7].to_owned();
    taps.workspace.keg(["build", "--push"]).success();
    assert_eq!(planned()["image"], format!("{repository}:2026.3-{sha}"));
}
