//! Plans of what a builder builds.

use insta::assert_snapshot;

use super::{ALL, Fixture, T, decided, text};
use crate::observe::Builds;
use crate::plan::{Action, BuildAction, Decision, Plan};
use crate::planner::{BuildIntent, check_platforms};

/// As `keg build --builder` plans it.
fn built(fixture: &Fixture, names: &[&str], builds: Builds, is_apart: bool) -> Plan {
    fixture.plan(names, |intent| {
        intent.builds = builds;
        intent.is_apart = is_apart;
        intent.push = builds == Builds::Published;
    })
}

fn action<'a>(plan: &'a Plan, name: &str) -> &'a BuildAction {
    let step = plan.steps.iter().find(|step| step.name() == format!("build {name}")).unwrap();
    let Action::Build(action) = &step.action else { unreachable!() };
    action
}

#[test]
fn what_a_builder_builds_is_uploaded_by_it_before_any_tag_moves() {
    let plan = built(&Fixture::new(T), &["base", "a"], Builds::Published, true);
    // Images from outside are the builder's business too.
    assert_snapshot!(text(&plan), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. publish 2 images (base, a: feature-x) after 1, 2: tag missing
    "#);
    assert!(action(&plan, "a").uploads);
    assert!(!action(&built(&Fixture::new(T), &["a"], Builds::Loaded, true), "a").uploads);
}

#[test]
fn keys_and_labels_are_those_of_the_engine() {
    let fixture = Fixture::new(T);
    let (engine, builder) = (fixture.build(&["a1"]), built(&fixture, &["a1"], Builds::Published, true));
    for name in ["base", "a", "a1"] {
        let (engine, builder) = (action(&engine, name), action(&builder, name));
        assert_eq!((engine.key, &engine.labels), (builder.key, &builder.labels), "{name}");
        assert_eq!((&engine.dockerfile, &engine.content), (&builder.dockerfile, &builder.content), "{name}");
    }
}

#[test]
fn a_published_parent_is_neither_built_nor_pulled_for_a_builder() {
    let fixture = Fixture::new(T).published(&["base", "a"], &[], "main");
    let plan = built(&fixture, &["a1"], Builds::Loaded, true);
    assert_snapshot!(text(&plan), @"1. build a1 (feature-x): never built");
    assert_eq!(decided(&plan, Decision::Published), ["a"]);
    let parent = &action(&plan, "a1").parents[0];
    assert_eq!(parent.published, Some(parent.reference.by_digest(&format!("digest of {}", parent.reference))));
}

#[test]
fn a_parent_that_only_the_engine_has_is_built_again_by_a_builder_elsewhere() {
    let fixture = Fixture::new(T).on_engine(&["base", "a"], &["feature-x"]);
    assert_snapshot!(text(&built(&fixture, &["a1"], Builds::Loaded, false)), @"1. build a1 (feature-x): never built");
    assert_snapshot!(text(&built(&fixture, &["a1"], Builds::Loaded, true)), @r#"
    1. build base (feature-x): not where the builder gets images
    2. build a (feature-x) after 1: not where the builder gets images
    3. build a1 (feature-x) after 2: never built
    "#);
}

#[test]
fn an_image_that_the_engine_has_is_uploaded_by_it() {
    let plan = built(&Fixture::new(T).on_engine(ALL, &["feature-x"]), &["base"], Builds::Published, false);
    assert_snapshot!(text(&plan), @r#"
    1. upload base (keg-…): not in the registry
    2. publish base (feature-x) after 1: tag missing
    "#);
}

/// A fixture in which `a` is for two platforms.
fn wide() -> Fixture {
    let mut fixture = Fixture::new(T);
    let a = fixture.workspace.find("a").unwrap();
    fixture.workspace.images[a.0].platforms = vec!["linux/arm64".into(), "linux/amd64".into()];
    let image = fixture.observed.images.get_mut(&a).unwrap();
    image.inputs.platforms(&["linux/arm64".to_owned(), "linux/amd64".to_owned()]);
    fixture
}

#[test]
fn the_part_of_an_image_that_an_engine_makes_has_a_key_of_its_own_and_is_not_published() {
    let mut fixture = wide();
    let a = fixture.workspace.find("a").unwrap();
    let whole = built(&fixture, &["a1"], Builds::Published, true);
    assert_eq!(action(&whole, "a").platforms, ["linux/amd64", "linux/arm64"]);
    fixture.observed.narrowed = [a].into();
    let part = fixture.build(&["a1"]);
    assert_eq!(action(&part, "a").platforms, ["linux/amd64"]);
    assert_ne!(action(&part, "a").key, action(&whole, "a").key);
    // As with any other change of a parent.
    assert_ne!(action(&part, "a1").key, action(&whole, "a1").key);
    assert_eq!(action(&part, "base").key, action(&whole, "base").key);

    let check = |push: bool| {
        let intent = BuildIntent { selected: [a].into(), push, ..BuildIntent::default() };
        check_platforms(&part, &fixture.workspace, &fixture.observed, &intent)
    };
    assert_snapshot!(check(false).unwrap().join(" "), @"built for linux/amd64 alone: a (linux/arm64, linux/amd64); a builder makes all platforms when it publishes");
    assert_snapshot!(check(true).unwrap_err().message(), @"only linux/amd64 of a (linux/arm64, linux/amd64) is made here: an image is published for all of its platforms, or not");
}

#[test]
fn an_engine_does_not_build_for_others() {
    let mut fixture = wide();
    let a = fixture.workspace.find("a").unwrap();
    fixture.workspace.images[a.0].platforms = vec!["linux/arm64".into()];
    let check = |builds: Builds| {
        let intent = BuildIntent { selected: [a].into(), builds, ..BuildIntent::default() };
        check_platforms(&fixture.build(&["a"]), &fixture.workspace, &fixture.observed, &intent)
    };
    assert_snapshot!(check(Builds::OnEngine).unwrap_err().message(), @"this engine builds for linux/amd64, and not a (linux/arm64)");
    assert_eq!(check(Builds::Loaded).unwrap(), Vec::<String>::new());
    assert_eq!(check(Builds::Published).unwrap(), Vec::<String>::new());
}
