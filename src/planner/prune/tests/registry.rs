//! What goes from a registry: by digest where no tag stays, else the tag alone.

use super::*;

/// An index of two images, one of which may have a tag of its own.
fn with_index(tag_of_part: Option<&str>) -> Fixture {
    let mut fixture = Fixture::new().registry("web", Made(1, "gone", 99, 0), &["gone"]);
    fixture.content(Place::Registry, "web", 1).parts = vec![digest(2), digest(3)];
    if let Some(tag) = tag_of_part {
        fixture = fixture.registry("web", Made(2, "gone", 99, 0), &[tag]);
        fixture.unname(Place::Registry, "web", &content_tag(2));
    }
    fixture
}

fn deletion(pruning: &Pruning) -> String {
    let mut text = pruning.plan.to_string();
    for step in &pruning.plan.steps {
        let crate::plan::Action::Delete(deletion) = &step.action else { continue };
        for image in &deletion.images {
            let after: Vec<&str> = image.named_by.iter().map(|digest| &digest[7..9]).collect();
            text += &format!("{} after {after:?}\n", &image.digest[7..9]);
        }
    }
    text
}

#[test]
fn only_the_tag_goes_from_an_image_that_a_kept_tag_names() {
    let mut fixture = Fixture::new().registry("web", Made(1, "main", 99, 0), &["main", "gone"]);
    fixture.branches.visited.insert("gone".into());
    let pruning = fixture.prune();
    assert_snapshot!(judged(&pruning), @r#"
    - registry web:gone: branch gone is gone
    + registry web:keg-010101010101: needed by web:main
    + registry web:main: the default branch's
    "#);
    assert_snapshot!(deletion(&pruning), @"1. delete web (only the tag gone): not needed any more");
    assert_eq!(pruning.freed, Freed::default());
}

#[test]
fn an_index_goes_before_what_it_names() {
    assert_snapshot!(deletion(&with_index(None).prune()), @r#"
    1. delete web (gone = keg-010101010101, +, +): not needed any more
    01 after []
    02 after ["01"]
    03 after ["01"]
    "#);
    assert_snapshot!(deletion(&with_index(Some("gone-too")).prune()), @r#"
    1. delete web (gone = keg-010101010101, +): not needed any more
    01 after []
    03 after ["01"]
    "#);
    let mut fixture = with_index(Some("old"));
    fixture.branches.visited.insert("old".into());
    assert_snapshot!(deletion(&fixture.prune()), @r#"
    1. delete web (gone = keg-010101010101, old, +): not needed any more
    01 after []
    02 after ["01"]
    03 after ["01"]
    "#);
}

#[test]
fn an_index_that_stays_keeps_what_it_names() {
    let mut fixture = with_index(Some("old"));
    fixture.branches.visited.insert("old".into());
    fixture.shelf(Place::Registry, "web").names.insert(Name::Tag("main".into()), digest(1));
    let pruning = fixture.prune();
    assert_snapshot!(judged(&pruning), @r#"
    - registry web:gone: branch gone is gone
    - registry web:old: branch old is gone
    + registry web:keg-010101010101: needed by web:main
    + registry web:main: the default branch's
    "#);
    assert_snapshot!(deletion(&pruning), @"1. delete web (only the tag gone, only the tag old): not needed any more");
}

#[test]
fn a_part_of_two_indexes_goes_with_the_last() {
    let mut fixture = with_index(None).registry("web", Made(4, "gone", 99, 0), &["other"]);
    fixture.content(Place::Registry, "web", 4).parts = vec![digest(3)];
    // `other` was set by somebody.
    assert_snapshot!(deletion(&fixture.prune()), @r#"
    1. delete web (gone = keg-010101010101, +): not needed any more
    01 after []
    02 after ["01"]
    "#);
    fixture.unname(Place::Registry, "web", "other");
    assert_snapshot!(deletion(&fixture.prune()), @r#"
    1. delete web (gone = keg-010101010101, keg-040404040404, +, +): not needed any more
    01 after []
    04 after []
    02 after ["01"]
    03 after ["01", "04"]
    "#);
}

#[test]
fn an_index_in_an_index_goes_between() {
    let mut fixture = with_index(Some("old"));
    fixture.branches.visited.insert("old".into());
    fixture.content(Place::Registry, "web", 2).parts = vec![digest(3)];
    assert_snapshot!(deletion(&fixture.prune()), @r#"
    1. delete web (gone = keg-010101010101, old, +): not needed any more
    01 after []
    02 after ["01"]
    03 after ["01", "02"]
    "#);
}

#[test]
fn what_any_repository_keeps_is_not_freed() {
    let mut fixture = Fixture::new().registry("web", Made(1, "gone", 99, 0), &["gone"]).registry(
        "api",
        Made(2, "gone", 99, 0),
        &["gone"],
    );
    // Both have the same 500 bytes, which count once.
    assert_eq!(fixture.prune().freed.registry, 500 + 1000 + 2000);
    fixture = fixture.registry("base", Made(3, "main", 99, 0), &["main"]);
    assert_eq!(fixture.prune().freed.registry, 1000 + 2000);
    fixture.content(Place::Registry, "base", 3).blobs.push((digest(2).into(), 2000));
    assert_eq!(fixture.prune().freed.registry, 1000);
}

#[test]
fn the_size_of_an_image_is_said_once() {
    let mut fixture = Fixture::new().registry("web", Made(1, "gone", 99, 0), &["gone", "also-gone"]);
    fixture.branches.visited.insert("also/gone".into());
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:also-gone (1000 B): branch also/gone is gone
    - registry web:gone: branch gone is gone
    - registry web:keg-010101010101: branch gone is gone
    "#);
}
