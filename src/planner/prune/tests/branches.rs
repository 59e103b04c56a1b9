//! Which moving tags are known to be of a branch that is gone.

use super::*;

/// The verdicts on these tags of one old image that was built on `branch`.
fn of(fixture: Fixture, branch: &'static str, tags: &[&str]) -> String {
    let mut fixture = fixture.registry("web", Made(1, branch, 99, 0), tags);
    fixture.unname(Place::Registry, "web", &content_tag(1));
    fixture.judged()
}

#[test]
fn tags_with_a_meaning_are_kept() {
    let mut fixture = Fixture::new();
    fixture.branches.versions = ["v1.2.0", "2026-01-06"].map(String::from).into();
    let tags = ["main", "feature-y", "latest", "stable", "v1.2.0", "2026-01-06"];
    assert_snapshot!(of(fixture, "gone", &tags), @r#"
    + registry web:2026-01-06: a git tag
    + registry web:feature-y: branch feature/y exists
    + registry web:latest: for releases and promotions
    + registry web:main: the default branch's
    + registry web:stable: for releases and promotions
    + registry web:v1.2.0: a git tag
    "#);
}

#[test]
fn a_tag_that_somebody_set_is_kept() {
    assert_snapshot!(of(Fixture::new(), "gone", &["production", "gone", "main-2"]), @r#"
    - registry web:gone: branch gone is gone
    + registry web:main-2: of no branch that keg knows
    + registry web:production: of no branch that keg knows
    "#);
}

#[test]
fn a_tag_that_somebody_set_goes_when_it_is_asked_for() {
    let mut fixture = Fixture::new();
    fixture.intent.tags = globset::GlobSetBuilder::new().add(globset::Glob::new("*").unwrap()).build().unwrap();
    assert_snapshot!(of(fixture, "gone", &["production", "gone", "main", "latest"]), @r#"
    - registry web:gone: asked for with --tag
    - registry web:production: asked for with --tag
    + registry web:latest: for releases and promotions
    + registry web:main: the default branch's
    "#);
}

#[test]
fn a_branch_is_known_by_any_image_of_the_workspace() {
    // web did not change on it: its image is main's.
    let fixture = Fixture::new().registry("api", Made(2, "feature/x", 99, 0), &["feature-x"]);
    assert_snapshot!(of(fixture, "main", &["feature-x"]), @r#"
    - registry api:feature-x (2000 B): branch feature/x is gone
    - registry api:keg-020202020202: branch feature/x is gone
    - registry web:feature-x (1000 B): branch feature/x is gone
    "#);
}

#[test]
fn a_branch_is_known_since_it_was_checked_out_here() {
    let mut fixture = Fixture::new();
    fixture.branches.visited = ["feature/x", "main", "0123456789"].map(String::from).into();
    assert_snapshot!(of(fixture, "main", &["feature-x", "main", "other"]), @r#"
    - registry web:feature-x: branch feature/x is gone
    + registry web:main: the default branch's
    + registry web:other: of no branch that keg knows
    "#);
}

#[test]
fn a_branch_with_the_tag_of_one_that_is_gone_keeps_it() {
    let mut fixture = Fixture::new();
    fixture.branches.by_tag.insert("feature-x".into(), "feature-x".into());
    fixture.branches.names.insert("feature-x".into());
    assert_snapshot!(of(fixture, "feature/x", &["feature-x"]), @"+ registry web:feature-x: branch feature-x exists");
}

#[test]
fn branches_of_another_repository_say_nothing() {
    let mut fixture = Fixture::new().registry("web", Made(1, "main", 99, 0), &["feature-x"]).registry(
        "api",
        Made(2, "feature/x", 99, 0),
        &["feature-x"],
    );
    fixture.prune();
    // api lies in a repository of its own.
    let (api, own) = (fixture.index("api"), Arc::new(fixture.branches.clone()));
    fixture.inventory.branches.insert(api, own);
    let pruning = plan_prune(&fixture.workspace, &fixture.inventory, &fixture.intent);
    assert_snapshot!(judged(&pruning), @r#"
    - registry api:feature-x (2000 B): branch feature/x is gone
    - registry api:keg-020202020202: branch feature/x is gone
    + registry web:feature-x: of no branch that keg knows
    + registry web:keg-010101010101: needed by web:feature-x
    "#);
}

#[test]
fn the_default_tag_is_kept_whatever_the_branch_is_called() {
    let mut fixture = Fixture::new();
    fixture.branches.default_tag = Some("develop".into());
    assert_snapshot!(of(fixture, "gone", &["develop"]), @"+ registry web:develop: the default branch's");
}

#[test]
fn templates_are_read_backwards() {
    let options = "tag_prefix: \"2026.3\"\ntags: [\"{branch}\", \"{prefix}-{branch}\", \"{branch}-{sha7}\", nightly]\n";
    let tags = [
        "2026.3-gone",
        "2026.2-gone",
        "2026.2-main",
        "gone-0123abc",
        "feature-y-0123abc",
        "gone-production",
        "nightly",
    ];
    assert_snapshot!(of(Fixture::with(options), "gone", &tags), @r#"
    - registry web:2026.3-gone: branch gone is gone
    - registry web:gone-0123abc: branch gone is gone
    + registry web:2026.2-gone: of no branch that keg knows
    + registry web:2026.2-main: branch main exists
    + registry web:feature-y-0123abc: branch feature/y exists
    + registry web:gone-production: of no branch that keg knows
    + registry web:nightly: follows from tags: of keg.yml
    "#);
}

#[test]
fn templates_without_a_branch_are_of_any_branch() {
    let options = "tags: [\"{branch}\", \"{sha7}\", \"v{version}\"]\n";
    let mut fixture = Fixture::with(options);
    fixture.branches.versions = ["1.0.0"].map(String::from).into();
    assert_snapshot!(of(fixture, "gone", &["0123abc", "v1.0.0", "v2.0.0"]), @r#"
    + registry web:0123abc: follows from tags: of keg.yml
    + registry web:v1.0.0: a git tag
    + registry web:v2.0.0: of no branch that keg knows
    "#);
}

#[test]
fn commits_without_a_branch_are_branches_that_are_gone() {
    let mut fixture = Fixture::new().keep(1);
    for (number, branch) in [(1, "sha-0123456789ab"), (2, "sha-ba9876543210")] {
        fixture = fixture.registry("web", Made(number, branch, 99 - i64::from(number), 0), &[branch]);
    }
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:keg-010101010101 (1000 B): branch sha-0123456789ab is gone
    - registry web:sha-0123456789ab: branch sha-0123456789ab is gone
    - registry web:sha-ba9876543210: branch sha-ba9876543210 is gone
    + registry web:keg-020202020202: one of the newest of branches that are gone
    "#);
}

#[test]
fn ci_calls_git_tags_branches() {
    let mut fixture = Fixture::new().keep(1);
    fixture.branches.versions = ["v1.0.0"].map(String::from).into();
    fixture = fixture.registry("web", Made(1, "v1.0.0", 99, 0), &["v1.0.0"]);
    assert_snapshot!(fixture.judged(), @r#"
    + registry web:keg-010101010101: one of the newest of v1.0.0
    + registry web:v1.0.0: a git tag
    "#);
}

#[test]
fn without_a_repository_no_branch_is_gone() {
    let mut fixture = Fixture::new().keep(1);
    fixture.branches = Branches { unknown: true, ..Branches::default() };
    fixture = fixture
        .registry("web", Made(1, "main", 99, 0), &["main"])
        .registry("web", Made(2, "feature/x", 99, 0), &["feature-x"])
        .registry("web", Made(3, "feature/x", 98, 0), &[])
        .registry("web", Made(4, "feature/x", 97, 0), &[]);
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:keg-030303030303 (3000 B): feature/x has newer ones
    + registry web:feature-x: of no branch that keg knows
    + registry web:keg-010101010101: one of the newest of main
    + registry web:keg-020202020202: needed by web:feature-x
    + registry web:keg-040404040404: one of the newest of feature/x
    + registry web:main: of no branch that keg knows
    "#);
}

const PLANS: &str = "plans: {cpu: {tag_prefix: \"2026.3\"}, gpu: {}}\n";

#[test]
fn tags_of_plans_are_read_behind_their_prefixes() {
    let tags = ["2026.3-main", "gpu-feature-y", "gpu-gone", "2026.3-gone", "2026.2-gone", "gpu-stable", "gone"];
    assert_snapshot!(of(Fixture::with(PLANS), "gone", &tags), @r#"
    - registry web:2026.3-gone: branch gone is gone
    - registry web:gone: branch gone is gone
    - registry web:gpu-gone: branch gone is gone
    + registry web:2026.2-gone: of no branch that keg knows
    + registry web:2026.3-main: branch main exists
    + registry web:gpu-feature-y: branch feature/y exists
    + registry web:gpu-stable: for releases and promotions
    "#);
}

#[test]
fn the_default_tag_of_a_plan_is_kept() {
    let mut fixture = Fixture::with(PLANS);
    fixture.branches.default_tag = Some("develop".into());
    assert_snapshot!(of(fixture, "main", &["gpu-develop", "develop"]), @r#"
    + registry web:develop: the default branch's
    + registry web:gpu-develop: the default branch's
    "#);
}

#[test]
fn the_newest_of_each_plan_are_kept() {
    let mut fixture = Fixture::with(PLANS)
        .registry("web", Made(1, "main", 50, 0), &[])
        .registry("web", Made(2, "main", 40, 0), &[])
        .registry("web", Made(3, "main", 30, 0), &[])
        .registry("web", Made(4, "main", 20, 0), &[])
        .keep(1);
    for (number, plan) in [(1, "cpu"), (2, "cpu"), (3, "gpu"), (4, "gpu")] {
        let content = fixture.content(Place::Registry, "web", number);
        let Maker::Keg(origin) = &mut content.maker else { continue };
        origin.plan = plan.to_owned();
    }
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:keg-010101010101 (1000 B): main has newer ones
    - registry web:keg-030303030303 (3000 B): main has newer ones
    + registry web:keg-020202020202: one of the newest of main
    + registry web:keg-040404040404: one of the newest of main
    "#);
    fixture.intent.plans = ["gpu".to_owned()].into();
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:keg-030303030303 (3000 B): main has newer ones
    + registry web:keg-010101010101: not asked for
    + registry web:keg-020202020202: not asked for
    + registry web:keg-040404040404: one of the newest of main
    "#);
}

#[test]
fn version_tags_go_with_their_branch_or_stay() {
    let rules =
        "tags: ['{branch}', {from: python --version, format: '{branch}-py{1}'}, {from: node -v, format: '{1}'}]\n";
    assert_snapshot!(of(Fixture::with(rules), "gone", &["gone-py3.11", "feature-y-py3.11", "v20.1", "gone"]), @r#"
    - registry web:gone: branch gone is gone
    - registry web:gone-py3.11: branch gone is gone
    + registry web:feature-y-py3.11: branch feature/y exists
    + registry web:v20.1: of no branch that keg knows
    "#);
}

#[test]
fn layers_that_builders_keep_go_with_their_branch() {
    let mut fixture = Fixture::new().registry("web", Made(1, "feature/x", 99, 0), &["feature-x"]);
    let tags = ["keg-cache-feature-x", "keg-cache-main", "keg-cache-of-somebody"];
    fixture =
        fixture.registry("web", Made(2, "main", 99, 0), &tags).registry("web", Made(3, "main", 99, 0), &["other"]);
    for number in [2, 3] {
        fixture.content(Place::Registry, "web", number).maker = Maker::Other;
        fixture.unname(Place::Registry, "web", &content_tag(number));
    }
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:feature-x (1000 B): branch feature/x is gone
    - registry web:keg-010101010101: branch feature/x is gone
    - registry web:keg-cache-feature-x: branch feature/x is gone
    + registry web:keg-cache-main: the default branch's
    + registry web:keg-cache-of-somebody: of no branch that keg knows
    + registry web:other: not made by keg
    "#);
}
