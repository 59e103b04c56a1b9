//! What is particular to the engine: containers, images without tags, names elsewhere and shared layers.

use insta::assert_snapshot;

use super::*;

#[test]
fn images_that_containers_use_are_kept() {
    let mut fixture = Fixture::new()
        .engine("base", Made(1, "gone", 99, 0), &[])
        .engine("web", Made(2, "gone", 99, 1), &["gone"])
        .engine("api", Made(3, "gone", 99, 1), &["gone"]);
    fixture.content(Place::Engine, "web", 2).used_by = Some("web-1".into());
    assert_snapshot!(fixture.judged(), @r#"
    - engine api:gone (3000 B): branch gone is gone
    - engine api:keg-030303030303: branch gone is gone
    + engine base:keg-010101010101: needed by web:keg-020202020202
    + engine web:gone: container web-1 uses it
    + engine web:keg-020202020202: container web-1 uses it
    "#);
}

#[test]
fn images_without_a_tag_leave_the_engine() {
    let mut fixture =
        Fixture::new().engine("web", Made(1, "main", 99, 0), &[]).engine("web", Made(2, "main", 1, 0), &[]);
    for number in [1, 2] {
        fixture.unname(Place::Engine, "web", &content_tag(number));
        fixture.shelf(Place::Engine, "web").names.insert(Name::Digest(digest(number)), digest(number));
    }
    assert_snapshot!(fixture.judged(), @r#"
    - engine web:sha256:0101 (1000 B): has no tag any more
    + engine web:sha256:0202: too young
    "#);
}

#[test]
fn an_image_with_a_name_elsewhere_loses_its_tags_and_stays() {
    let mut fixture = Fixture::new().engine("web", Made(1, "gone", 99, 0), &["gone"]);
    fixture.content(Place::Engine, "web", 1).named_elsewhere = true;
    // The same image under the name of another image of the workspace, which keg did not make as that.
    fixture = fixture.engine("api", Made(2, "gone", 99, 0), &[]).engine("base", Made(2, "main", 99, 0), &["main"]);
    fixture.content(Place::Engine, "base", 2).maker = Maker::Other;
    let pruning = fixture.prune();
    assert_snapshot!(judged(&pruning), @r#"
    - engine web:gone: branch gone is gone
    - engine web:keg-010101010101: branch gone is gone
    - engine api:keg-020202020202: branch gone is gone
    + engine base:keg-020202020202: not made by keg
    + engine base:main: not made by keg
    "#);
    assert_eq!(pruning.freed, Freed::default());
}

#[test]
fn layers_under_images_that_stay_are_not_freed() {
    let mut fixture = Fixture::new()
        .engine("base", Made(10, "gone", 99, 0), &[])
        .engine("web", Made(30, "gone", 99, 10), &[])
        .engine("api", Made(20, "gone", 99, 10), &[]);
    let lies_on = |fixture: &mut Fixture, upper: u8, lower: u8| {
        fixture.inventory.engine.get_mut(&digest(upper)).unwrap().above = Some(digest(lower));
    };
    lies_on(&mut fixture, 20, 10);
    lies_on(&mut fixture, 30, 10);
    // 10 kB of the base, 10 and 20 kB upon it.
    assert_eq!(fixture.prune().freed.engine, 40_000);
    // An image of somebody else lies on api.
    fixture.inventory.engine.insert("other".into(), EngineLayers { size: 90_000, above: Some(digest(20)) });
    assert_eq!(fixture.prune().freed.engine, 20_000);
    // Two that lie on each other are an error of the engine, and no endless loop.
    lies_on(&mut fixture, 10, 20);
    assert_eq!(fixture.prune().freed.engine, 20_000);
}
