//! Plans with tests.

use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;

use super::{ALL, Fixture, T, text};
use crate::manifest::{CommandLine, TestKind, TestPlace};
use crate::plan::{Action, Plan};
use crate::planner::{BuildIntent, Tests, plan_build, plan_test, with_hooks, with_tests};
use crate::testing::{Definition, ImageTest, ImageTests, Origin, Program};

/// A test that the image defines itself.
fn test(image: &str, name: &str, kind: TestKind) -> ImageTest {
    let definition = Definition {
        name: name.to_owned(),
        origin: Origin {
            image: Some(image.to_owned()),
            shown: format!("images/{image}/image.yml:2"),
            folder: "/".into(),
        },
        program: Program::Command(CommandLine::Shell(format!("./{name}"))),
        place: TestPlace::Image,
        kind,
        expect: None,
        limit: Duration::from_secs(1),
        retries: 0,
        env: Vec::new(),
        ports: Vec::new(),
        digest: name.to_owned(),
    };
    ImageTest { name: name.to_owned(), definition: Arc::new(definition) }
}

/// Each of these images has a test of its own, and one for people.
pub(super) fn tests(fixture: &Fixture, images: &[&str]) -> Tests {
    let of_image = |image: &&str| {
        let tests = vec![test(image, "check", TestKind::Integration), test(image, "look", TestKind::Manual)];
        (fixture.workspace.find(image).unwrap(), ImageTests { tests, digest: String::new() })
    };
    images.iter().map(of_image).collect()
}

/// The plan of a build with tests of the images `tested`, of which `untested` are not known to have passed.
fn build(fixture: &Fixture, selected: &[&str], push: bool, tested: &[&str], untested: &[&str]) -> Plan {
    let selected = if selected.is_empty() { fixture.all() } else { fixture.indexes(selected) };
    let intent = BuildIntent { selected, push, untested: fixture.indexes(untested), ..BuildIntent::default() };
    let plan = plan_build(&fixture.workspace, &fixture.observed, &intent);
    with_tests(plan, &fixture.workspace, &fixture.observed, &intent, &tests(fixture, tested))
}

#[test]
fn children_wait_for_tests_and_no_tag_is_given_before_all_have_passed() {
    let plan = build(&Fixture::new(T), &["a1", "b"], false, &["base", "a", "b"], &[]);
    assert_snapshot!(text(&plan), @r#"
     1. build base (keg-…): never built
     2. test base: check (./check) after 1: defined in images/base/image.yml:2
     3. build a (keg-…) after 1, 2: never built
     4. test a: check (./check) after 3: defined in images/a/image.yml:2
     5. build b (keg-…) after 1, 2: never built
     6. test b: check (./check) after 5: defined in images/b/image.yml:2
     7. build a1 (keg-…) after 3, 4: never built
     8. tag base (feature-x) after 1, 2, 4, 6: tag missing
     9. tag a (feature-x) after 3, 8: tag missing
    10. tag b (feature-x) after 5, 8: tag missing
    11. tag a1 (feature-x) after 7, 8: tag missing
    "#);
}

#[test]
fn uploads_do_not_wait_and_tags_in_the_registry_do() {
    let plan = build(&Fixture::new(T), &["a", "b"], true, &["base", "a"], &[]);
    assert_snapshot!(text(&plan), @r#"
     1. build base (keg-…): never built
     2. test base: check (./check) after 1: defined in images/base/image.yml:2
     3. build a (keg-…) after 1, 2: never built
     4. test a: check (./check) after 3: defined in images/a/image.yml:2
     5. build b (keg-…) after 1, 2: never built
     6. tag base (feature-x) after 1, 2, 4: tag missing
     7. tag a (feature-x) after 3, 6: tag missing
     8. tag b (feature-x) after 5, 6: tag missing
     9. upload base (keg-…) after 1: not in the registry
    10. upload a (keg-…) after 3, 9: not in the registry
    11. upload b (keg-…) after 5, 9: not in the registry
    12. publish 2 images (a, b: feature-x) after 6, 7, 8, 9, 10, 11: tag missing
    "#);
}

#[test]
fn without_content_tags_uploads_move_tags_so_they_wait() {
    let plan = build(&Fixture::with("content_tags: false\n", T), &["base", "a"], true, &["a"], &[]);
    assert_snapshot!(text(&plan), @r#"
    1. build base (keg-…): never built
    2. build a (keg-…) after 1: never built
    3. test a: check (./check) after 2: defined in images/a/image.yml:2
    4. tag base (feature-x) after 1, 3: tag missing
    5. tag a (feature-x) after 2, 4: tag missing
    6. upload base (feature-x) after 1, 2, 4, 5: not in the registry
    7. upload a (feature-x) after 1, 2, 4, 5, 6: not in the registry
    "#);
}

#[test]
fn what_has_passed_is_not_tested_again() {
    let fixture = Fixture::new(T).on_engine(ALL, &["feature-x"]);
    assert_snapshot!(text(&build(&fixture, &[], false, ALL, &[])), @"nothing to do");
    // One whose children are to be built, and one whose tag is missing.
    let fixture = Fixture::new(T).on_engine(&["base", "a", "b"], &["feature-x"]).on_engine(&["b1"], &[]);
    assert_snapshot!(text(&build(&fixture, &["a", "a1", "b1"], false, ALL, &["a", "b1"])), @r#"
    1. test a: check (./check): defined in images/a/image.yml:2
    2. test b1: check (./check): defined in images/b1/image.yml:2
    3. build a1 (keg-…) after 1: never built
    4. test a1: check (./check) after 3: defined in images/a1/image.yml:2
    5. tag a1 (feature-x) after 1, 2, 3, 4: tag missing
    6. tag b1 (feature-x) after 5: tag missing
    "#);
}

#[test]
fn what_only_the_registry_has_is_pulled_for_its_tests_before_its_tags_move() {
    let fixture = Fixture::new(T).published(&["base", "a"], &["main"], "main");
    assert_snapshot!(text(&build(&fixture, &["base", "a"], true, &["base", "a"], &["a"])), @r#"
    1. pull a (keg-…): built before, in the registry
    2. test a: check (./check) after 1: defined in images/a/image.yml:2
    3. tag a (feature-x) after 1, 2: tag missing
    4. publish 2 images (base, a: feature-x) after 1, 3: tag missing
    "#);
    // Nothing moves, so nothing is tested.
    let fixture = Fixture::new(T).published(&["base", "a"], &["feature-x"], "feature/x");
    assert_snapshot!(text(&build(&fixture, &["base", "a"], true, &["base", "a"], &["base", "a"])), @"nothing to do");
}

#[test]
fn what_was_observed_before_the_tests_is_old() {
    let fixture = Fixture::new(T).on_engine(&["base"], &["feature-x"]).published(&["base"], &["main"], "main");
    let plan = build(&fixture, &["base"], true, &["base"], &["base"]);
    let moves = plan.steps.iter().find_map(|step| match &step.action {
        Action::Publish { moves } => Some(moves),
        _ => None,
    });
    assert!(moves.unwrap().iter().all(|one| one.before.is_empty()), "{plan}");
}

#[test]
fn hooks_stand_around_tests() {
    let mut fixture = Fixture::new(T);
    let a = fixture.workspace.images.iter_mut().find(|image| image.name == "a").unwrap();
    let file: crate::manifest::ImageFile =
        crate::yaml::parse("image.yml", "hooks: {after_build: ./scan, before_push: ./sign, after_push: ./tell}")
            .unwrap();
    a.manifest.hooks = file.hooks.into();
    let plan = with_hooks(build(&fixture, &["a"], true, &["a"], &[]), &fixture.workspace, &fixture.observed);
    assert_snapshot!(text(&plan), @r#"
     1. build base (keg-…): never built
     2. build a (keg-…) after 1: never built
     3. after_build a (./scan) after 2: hook of its manifest
     4. test a: check (./check) after 3: defined in images/a/image.yml:2
     5. tag base (feature-x) after 1, 4: tag missing
     6. tag a (feature-x) after 3, 5: tag missing
     7. upload base (keg-…) after 1: not in the registry
     8. before_push a (./sign) after 3, 4, 7: hook of its manifest
     9. upload a (keg-…) after 3, 7, 8: not in the registry
    10. publish a (feature-x) after 5, 6, 7, 8, 9: tag missing
    11. after_push a (./tell) after 10: hook of its manifest
    "#);
    let images: Vec<&str> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Hook(hook) => hook.reference.tag(),
            _ => None,
        })
        .collect();
    // Before the tests have passed there is no other tag.
    assert!(images[0].starts_with("keg-") && images[1] == images[0] && images[2] == "feature-x", "{images:?}");
}

#[test]
fn images_that_are_there_are_tested_as_they_are() {
    let fixture = Fixture::new(T).on_engine(&["a"], &[]).published(&["b"], &["main"], "main");
    let plan = |selected: &[&str], tested: &[&str]| {
        plan_test(&fixture.workspace, &fixture.observed, &fixture.indexes(selected), &tests(&fixture, tested))
    };
    assert_snapshot!(text(&plan(&["a", "b"], &["a", "b"]).unwrap()), @r#"
    1. test a: check (./check): defined in images/a/image.yml:2
    2. pull b (keg-…): built before, in the registry
    3. test b: check (./check) after 2: defined in images/b/image.yml:2
    "#);
    // Nothing is pulled that has no tests.
    assert_snapshot!(text(&plan(&["b"], &[]).unwrap()), @"nothing to do");
    let error = plan(&["a", "a1", "b"], &["a"]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_snapshot!(error.one_line(), @"cannot test what is not built: a1 (never built)");
    assert_snapshot!(error.remedy().unwrap(), @"do both in one: keg build a1 --test");
}
