//! Plans of what is uploaded and which tags move.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::{ALL, Fixture, T, decided, text};
use crate::observe::{LABEL_KEY, LABEL_REBUILT, LocalImage, LocalImages};
use crate::plan::{Action, Decision};
use crate::planner::{check_clashes, plan_push};

#[test]
fn publishing_uploads_all_before_any_tag_moves() {
    assert_snapshot!(text(&Fixture::new(T).push(&["base", "a", "b"])), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. build b (feature-x) after 1: never built
    4. upload base (keg-…) after 1: not in the registry
    5. upload a (keg-…) after 2, 4: not in the registry
    6. upload b (keg-…) after 3, 4: not in the registry
    7. publish 3 images (base, a, b: feature-x) after 4, 5, 6: tag missing
    "#);
}

#[test]
fn publishing_a_new_branch_of_published_images_only_moves_tags() {
    let fixture = Fixture::new(T).published(ALL, &["main"], "main");
    let plan = fixture.push(&[]);
    assert_snapshot!(text(&plan), @"1. publish 6 images (base, a, b, a1, b1, b2: feature-x): tag missing");
    let Action::Publish { moves } = &plan.steps[0].action else { unreachable!("{plan}") };
    for one in moves {
        // What was looked at is what is moved, whatever the content tag names by then.
        assert_eq!(one.digest, Some(format!("digest of {}", one.from)));
    }
    assert_eq!(decided(&plan, Decision::Published).len(), 6);
}

#[test]
fn publishing_again_does_nothing() {
    let fixture = Fixture::new(T).on_engine(ALL, &["feature-x"]).published(ALL, &["feature-x"], "feature/x");
    assert_snapshot!(text(&fixture.push(&[])), @"nothing to do");
}

#[test]
fn built_ancestors_are_uploaded_but_not_moved() {
    assert_snapshot!(text(&Fixture::new(T).push(&["a"])), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. upload base (keg-…) after 1: not in the registry
    4. upload a (keg-…) after 2, 3: not in the registry
    5. publish a (feature-x) after 3, 4: tag missing
    "#);
}

#[test]
fn an_image_that_was_rebuilt_here_is_uploaded_again() {
    let mut fixture = Fixture::new(&T[..1]).on_engine(&["base"], &["feature-x"]);
    fixture = fixture.published(&["base"], &["feature-x"], "feature/x");
    assert!(fixture.push(&[]).steps.is_empty());
    let (content, key) = fixture.content("base");
    let labels = BTreeMap::from([(LABEL_KEY.into(), key), (LABEL_REBUILT.into(), "2026-11-20T12:00:00Z".into())]);
    let image = LocalImage { id: "rebuilt".into(), labels, ..LocalImage::default() };
    let tags = vec![content.to_string(), content.with_tag("feature-x").to_string()];
    fixture.observed.engine = LocalImages::new([(tags, image)]);
    assert_snapshot!(text(&fixture.push(&[])), @r#"
    1. upload base (keg-…): not in the registry
    2. publish base (feature-x) after 1: tag names another image
    "#);
}

#[test]
fn push_refuses_what_is_not_built() {
    let fixture = Fixture::new(T).on_engine(&["base", "a"], &["feature-x"]);
    let error = plan_push(&fixture.workspace, &fixture.observed, &fixture.indexes(&["a", "a1"])).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_snapshot!(error.message(), @"cannot push what is not built: a1 (never built)");
    assert_snapshot!(error.remedy().unwrap(), @"build first: keg build a1 --push");
}

#[test]
fn a_tag_of_a_branch_with_the_same_tag_is_not_overwritten() {
    let fixture = Fixture::new(T).published(&["base"], &["feature-x"], "feature-x").changed(&["base"]);
    let plan = fixture.push(&["base"]);
    let error = check_clashes(&plan, &fixture.observed).unwrap_err();
    assert_snapshot!(error.message(), @"localhost:5000/team/base:feature-x was made by branch `feature-x`, and branch `feature/x` would overwrite it");
}

#[test]
fn a_further_tag_is_not_that_of_another_branch() {
    let fixture = || Fixture::new(T).published(&["base"], &["other"], "other").changed(&["base"]).further_tag("other");
    let error = check_clashes(&fixture().push(&["base"]), &fixture().observed).unwrap_err();
    assert_snapshot!(error.message(), @"localhost:5000/team/base:other was made by branch `other`, and branch `feature/x` would overwrite it");
    assert_snapshot!(error.remedy().unwrap(), @"choose another tag, or pass --force");
    // Retagged from another branch, as `latest` is.
    let fixture = Fixture::new(T).published(&["base"], &["other"], "main").changed(&["base"]).further_tag("other");
    check_clashes(&fixture.push(&["base"]), &fixture.observed).unwrap();
}

#[test]
fn a_content_tag_that_names_another_key_is_not_overwritten_and_not_used() {
    let mut fixture = Fixture::new(&T[..1]).published(&["base"], &[], "main");
    let (content, key) = fixture.content("base");
    let other = format!("{}{}", &key[..12], "0".repeat(52));
    fixture.observed.published.get_mut(&content).unwrap().labels.insert(LABEL_KEY.into(), other);
    let plan = fixture.push(&[]);
    assert_eq!(decided(&plan, Decision::Build), ["base"]);
    let error = check_clashes(&plan, &fixture.observed).unwrap_err();
    let message = error.message().replace(&key[..12], "…");
    assert_snapshot!(message, @"localhost:5000/team/base:keg-… is taken: the image that the registry has there has the key …0000000000000000000000000000000000000000000000000000, which begins with the same 12 digits");
    fixture.observed.published.get_mut(&content).unwrap().labels.clear();
    let error = check_clashes(&plan, &fixture.observed).unwrap_err();
    assert_snapshot!(error.message().replace(&key[..12], "…"), @"localhost:5000/team/base:keg-… is taken: the image that the registry has there has no key: keg did not make it");
}

#[test]
fn without_content_tags_the_labels_of_moving_tags_count() {
    let off = "content_tags: false\n";
    // Never published: every upload waits for all builds, and moves the branch's tag itself.
    assert_snapshot!(text(&Fixture::with(off, T).push(&["base", "a"])), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. upload base (feature-x) after 1, 2: not in the registry
    4. upload a (feature-x) after 1, 2, 3: not in the registry
    "#);
    // The default branch has published it.
    let mut fixture = Fixture::with(off, T).published(&["base", "a"], &["main"], "main");
    fixture.observed.published.retain(|tag, _| tag.tag() == Some("main"));
    assert_snapshot!(text(&fixture.push(&["base", "a"])), @"1. publish 2 images (base, a: feature-x): tag missing");
    assert_snapshot!(text(&fixture.build(&["a"])), @"1. pull a (keg-…, feature-x): built before, in the registry");
    // This branch has published something older.
    let plan = fixture.changed(&["a"]).push(&["a"]);
    assert_snapshot!(text(&plan), @r#"
    1. pull base (keg-…): needed by a
    2. build a (feature-x) after 1: never built
    3. upload a (feature-x) after 1, 2: not in the registry
    "#);
}

#[test]
fn a_tag_that_was_retagged_from_another_branch_is_overwritten() {
    let fixture = Fixture::new(T).published(&["base"], &["feature-x"], "main").changed(&["base"]);
    check_clashes(&fixture.push(&["base"]), &fixture.observed).unwrap();
}
