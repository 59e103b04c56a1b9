//! Plans with the hooks of manifests.

use insta::assert_snapshot;

use super::{ALL, Fixture, T, text};
use crate::plan::{Action, Plan};
use crate::planner::with_hooks;

/// `a` and `b1` have these hooks.
fn fixture(hooks: &str) -> Fixture {
    let mut fixture = Fixture::new(T);
    for image in fixture.workspace.images.iter_mut().filter(|image| ["a", "b1"].contains(&image.name.as_str())) {
        let file: crate::manifest::ImageFile = crate::yaml::parse("image.yml", &format!("hooks: {hooks}")).unwrap();
        image.manifest.hooks = file.hooks.into();
    }
    fixture
}

fn woven(fixture: &Fixture, plan: Plan) -> String {
    text(&with_hooks(plan, &fixture.workspace, &fixture.observed))
}

#[test]
fn children_wait_for_after_build() {
    let fixture = fixture("{after_build: ./scan}");
    assert_snapshot!(woven(&fixture, fixture.build(&[])), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. after_build a (./scan) after 2: hook of its manifest
    4. build b (feature-x) after 1: never built
    5. build a1 (feature-x) after 3: never built
    6. build b1 (feature-x) after 4: never built
    7. after_build b1 (./scan) after 6: hook of its manifest
    8. build b2 (feature-x) after 4: never built
    "#);
}

#[test]
fn uploads_wait_for_before_push_and_after_push_comes_last() {
    let fixture = fixture("{after_build: ./scan, before_push: ./sign, after_push: ./tell}");
    assert_snapshot!(woven(&fixture, fixture.push(&["a", "b1"])), @r#"
     1. build base (feature-x): never built
     2. build a (feature-x) after 1: never built
     3. after_build a (./scan) after 2: hook of its manifest
     4. build b (feature-x) after 1: never built
     5. build b1 (feature-x) after 4: never built
     6. after_build b1 (./scan) after 5: hook of its manifest
     7. upload base (keg-…) after 1: not in the registry
     8. before_push a (./sign) after 3, 7: hook of its manifest
     9. upload a (keg-…) after 3, 7, 8: not in the registry
    10. upload b (keg-…) after 4, 7: not in the registry
    11. before_push b1 (./sign) after 6, 10: hook of its manifest
    12. upload b1 (keg-…) after 6, 10, 11: not in the registry
    13. publish 2 images (a, b1: feature-x) after 7, 8, 9, 10, 11, 12: tag missing
    14. after_push a (./tell) after 13: hook of its manifest
    15. after_push b1 (./tell) after 13: hook of its manifest
    "#);
}

#[test]
fn tags_that_only_move_wait_too() {
    let fixture = fixture("{before_push: ./sign, after_push: ./tell}").published(ALL, &["main"], "main");
    let plan = with_hooks(fixture.push(&["a", "b"]), &fixture.workspace, &fixture.observed);
    assert_snapshot!(text(&plan), @r#"
    1. before_push a (./sign): hook of its manifest
    2. publish 2 images (a, b: feature-x) after 1: tag missing
    3. after_push a (./tell) after 2: hook of its manifest
    "#);
    let Action::Publish { moves } = &plan.steps[1].action else { unreachable!("{plan}") };
    assert!(moves.iter().all(|one| one.before.is_empty()), "what was observed before the hook is old");
}

#[test]
fn what_is_there_runs_no_hook() {
    let fixture = fixture("{after_build: ./scan, before_push: ./sign, after_push: ./tell}");
    let fixture = fixture.on_engine(ALL, &["feature-x"]).published(ALL, &["feature-x"], "feature/x");
    assert_snapshot!(woven(&fixture, fixture.push(&[])), @"nothing to do");
}

#[test]
fn a_failed_after_build_takes_the_content_tag_back() {
    let fixture = fixture("{after_build: ./scan}");
    let plan = with_hooks(fixture.build(&["a"]), &fixture.workspace, &fixture.observed);
    let hook = plan.steps.iter().find_map(|step| match &step.action {
        Action::Hook(hook) => Some(hook),
        _ => None,
    });
    let hook = hook.unwrap();
    assert_eq!(hook.untag, Some(plan.images.iter().find(|image| image.name == "a").unwrap().content.clone()));
    let variable = |name: &str| hook.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(variable("KEG_IMAGE"), Some("localhost:5000/team/a:feature-x"));
    assert_eq!((variable("KEG_BRANCH"), variable("KEG_TAG")), (Some("feature/x"), Some("feature-x")));
}
