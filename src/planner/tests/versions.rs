//! Plans with tags that have to be found in images.

use insta::assert_snapshot;

use super::{ALL, Fixture, T, text};
use crate::manifest::CommandLine;
use crate::plan::{Action, Decision};
use crate::planner::{BuildIntent, Tests, check_clashes, plan_build, with_tests};
use crate::tagging::{Finder, TagRule};

fn rule(command: &str, template: &str) -> TagRule {
    let finder = Finder { command: CommandLine::Shell(command.into()), pattern: None };
    TagRule {
        finder: Some(finder),
        image: Some("base".into()),
        shown: "images/base/image.yml:2".into(),
        ..template.into()
    }
}

impl Fixture {
    /// These images have tags that are not known.
    fn with_rules(mut self, names: &[&str], rules: &[TagRule]) -> Self {
        for index in self.indexes(names) {
            self.observed.images.get_mut(&index).unwrap().rules = rules.to_vec();
        }
        self
    }
}

#[test]
fn tags_are_found_in_what_is_built_before_any_tag_moves() {
    let rules = [rule("python -V", "py{1}"), rule("python -V", "{branch}-py{1}"), rule("node -v", "node-{1}")];
    let fixture = Fixture::new(&T[..2]).with_rules(&["a"], &rules);
    assert_snapshot!(text(&fixture.push(&[])), @r#"
    note: `node-{1}` (images/base/image.yml:2) is given on every branch, so feature/x takes it from others; `branches: [NAME]` keeps it for one
    note: `py{1}` (images/base/image.yml:2) is given on every branch, so feature/x takes it from others; `branches: [NAME]` keeps it for one
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. version a: python -V (py{version of python -V}, feature-x-py{version of python -V}) after 2: defined in images/base/image.yml:2
    4. version a: node -v (node-{version of node -v}) after 2: defined in images/base/image.yml:2
    5. tag a (py{version of python -V}, feature-x-py{version of python -V}, node-{version of node -v}) after 3, 4: tag missing
    6. upload base (keg-…) after 1: not in the registry
    7. upload a (keg-…) after 2, 6: not in the registry
    8. publish 2 images (base: feature-x; a: feature-x, py{version of python -V}, feature-x-py{version of python -V}, node-{version of node -v}) after 3, 4, 6, 7: tag missing
    "#);
}

#[test]
fn what_is_only_published_is_pulled_to_find_its_tags() {
    let fixture =
        Fixture::new(T).published(ALL, &["feature-x"], "feature/x").with_rules(&["b1"], &[rule("node -v", "{1}")]);
    let plan = fixture.push(&[]);
    assert_snapshot!(text(&plan), @r#"
    note: `{1}` (images/base/image.yml:2) is given on every branch, so feature/x takes it from others; `branches: [NAME]` keeps it for one
    1. pull b1 (keg-…, feature-x): built before, in the registry
    2. version b1: node -v ({version of node -v}) after 1: defined in images/base/image.yml:2
    3. tag b1 ({version of node -v}) after 2: tag missing
    4. publish b1 ({version of node -v}) after 1, 2: tag missing
    "#);
    assert_eq!(super::decided(&plan, Decision::Pull), ["b1"]);
    let Action::Publish { moves } = &plan.steps[3].action else { unreachable!("{plan}") };
    assert_eq!(moves[0].told, ["{version of node -v}"]);
    // What is not asked for is not run.
    assert!(fixture.push(&["b2"]).is_empty());
}

#[test]
fn tests_come_before_tags_that_are_found() {
    let fixture = Fixture::new(&T[..2]).with_rules(&["a"], &[rule("node -v", "node-{1}")]);
    let intent = BuildIntent { selected: fixture.all(), push: true, ..BuildIntent::default() };
    let plan = plan_build(&fixture.workspace, &fixture.observed, &intent);
    let tests: Tests = super::testing::tests(&fixture, &["base"]);
    let plan = with_tests(plan, &fixture.workspace, &fixture.observed, &intent, &tests);
    assert_snapshot!(text(&plan), @r#"
    note: `node-{1}` (images/base/image.yml:2) is given on every branch, so feature/x takes it from others; `branches: [NAME]` keeps it for one
     1. build base (keg-…): never built
     2. test base: check (./check) after 1: defined in images/base/image.yml:2
     3. build a (keg-…) after 1, 2: never built
     4. version a: node -v (node-{version of node -v}) after 3: defined in images/base/image.yml:2
     5. tag base (feature-x) after 1, 2: tag missing
     6. tag a (feature-x) after 3, 5: tag missing
     7. tag a (node-{version of node -v}) after 4, 5: tag missing
     8. upload base (keg-…) after 1: not in the registry
     9. upload a (keg-…) after 3, 8: not in the registry
    10. publish 2 images (base: feature-x; a: feature-x, node-{version of node -v}) after 4, 5, 6, 7, 8, 9: tag missing
    "#);
}

#[test]
fn a_tag_of_a_commit_does_not_move() {
    let fixed = |fixture: Fixture| {
        let mut fixture = fixture.further_tag("2026.3-0123456");
        for image in fixture.observed.images.values_mut() {
            image.fixed.insert("2026.3-0123456".to_owned());
        }
        fixture
    };
    let there = Fixture::new(&T[..1]).published(&["base"], &["2026.3-0123456"], "main");
    let same = fixed(there);
    assert!(check_clashes(&same.push(&[]), &same.observed).is_ok());
    let other = same.changed(&["base"]);
    let mut plan = other.push(&[]);
    let error = check_clashes(&plan, &other.observed).unwrap_err();
    assert_snapshot!(format!("{} | {}", error.one_line(), error.remedy().unwrap_or_default()), @"localhost:5000/team/base:2026.3-0123456 says which commit it is of, and is there with other content than base has now | commit the changes, so that it gets a tag of its own, or overwrite the tag with --force");
    let fixed_tags = |plan: &crate::plan::Plan| match &plan.steps.last().unwrap().action {
        Action::Publish { moves } => moves[0].fixed.len(),
        _ => 0,
    };
    assert_eq!(fixed_tags(&plan), 1);
    crate::planner::allow_clashes(&mut plan);
    assert_eq!(fixed_tags(&plan), 0);
    assert!(check_clashes(&plan, &other.observed).is_ok());
}
