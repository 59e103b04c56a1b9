//! Each test shows a whole inventory judged: `-` goes, `+` is kept.

use insta::assert_snapshot;
use tempfile::TempDir;

use super::*;
use crate::key::Key;
use crate::observe::{Content, EngineLayers, Maker, Origin};

mod branches;
mod engine;
mod registry;

const HOUR: i64 = 3600;
const NOW: i64 = 1_000_000 * HOUR;

/// base → {api, web}, of which each has images by number: the number is in the key, the id and the size.
struct Fixture {
    _folder: TempDir,
    workspace: Workspace,
    inventory: Inventory,
    branches: Branches,
    intent: PruneIntent,
}

/// An image to be: its number, its branch, its age in hours and the number of its base.
#[derive(Clone, Copy)]
struct Made(u8, &'static str, i64, u8);

fn key(number: u8) -> Key {
    Key::parse(&format!("{number:02x}").repeat(32)).unwrap()
}

fn content_tag(number: u8) -> String {
    key(number).content_tag()
}

fn digest(number: u8) -> String {
    format!("sha256:{}", format!("{number:02x}").repeat(32))
}

impl Fixture {
    /// The branches `main`, which is the default one, and `feature/y` exist.
    fn new() -> Self {
        Self::with("")
    }

    fn with(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("registry: localhost:5000/team\nlayout: [images/*]\n{options}");
        std::fs::write(folder.path().join("keg.yml"), file).unwrap();
        for (name, parent) in [("base", "debian:12"), ("api", "base"), ("web", "base")] {
            let image = folder.path().join("images").join(name);
            std::fs::create_dir_all(&image).unwrap();
            std::fs::write(image.join("Dockerfile"), format!("FROM {parent}\n")).unwrap();
        }
        let workspace = Workspace::load(folder.path()).unwrap();
        let branches = Branches {
            by_tag: [("main", "main"), ("feature-y", "feature/y")].map(|(tag, name)| (tag.into(), name.into())).into(),
            names: ["main", "feature/y"].map(String::from).into(),
            default_tag: Some("main".into()),
            ..Branches::default()
        };
        let intent = PruneIntent {
            selected: workspace.iter().map(|(index, _)| index).collect(),
            plans: BTreeSet::new(),
            keep: 0,
            older_than: 2 * HOUR,
            tags: GlobSet::empty(),
        };
        let inventory = Inventory { now: NOW, ..Inventory::default() };
        Self { workspace, inventory, branches, intent, _folder: folder }
    }

    fn index(&self, image: &str) -> ImageIndex {
        self.workspace.find(image).unwrap()
    }

    fn shelf(&mut self, place: Place, image: &str) -> &mut Shelf {
        let index = self.index(image);
        let shelves = &mut self.inventory.shelves;
        let found = shelves.iter().position(|shelf| shelf.place == place && shelf.image == index);
        let position = found.unwrap_or_else(|| {
            shelves.push(Shelf {
                place,
                image: index,
                repository: self.workspace.repository(index),
                names: BTreeMap::new(),
                contents: BTreeMap::new(),
            });
            shelves.len() - 1
        });
        &mut shelves[position]
    }

    /// A place has an image that keg made, under its content tag and `tags`.
    fn has(mut self, place: Place, image: &str, made: Made, tags: &[&str]) -> Self {
        let Made(number, branch, age, base) = made;
        let parents = (image != "base").then(|| (self.index("base"), content_tag(base))).into_iter().collect();
        let content = Content {
            maker: Maker::Keg(Origin { key: key(number), branch: branch.into(), plan: String::new(), parents }),
            made: NOW - age * HOUR,
            size: u64::from(number) * 1000,
            used_by: None,
            named_elsewhere: false,
            blobs: vec![("shared".into(), 500), (digest(number).into(), u64::from(number) * 1000)],
            parts: Vec::new(),
        };
        let shelf = self.shelf(place, image);
        shelf.contents.insert(digest(number), content);
        for tag in tags.iter().map(|tag| (*tag).to_owned()).chain([content_tag(number)]) {
            shelf.names.insert(Name::Tag(tag), digest(number));
        }
        if place == Place::Engine {
            let layers = EngineLayers { size: u64::from(number) * 1000, above: None };
            self.inventory.engine.insert(digest(number), layers);
        }
        self
    }

    fn engine(self, image: &str, made: Made, tags: &[&str]) -> Self {
        self.has(Place::Engine, image, made, tags)
    }

    fn registry(self, image: &str, made: Made, tags: &[&str]) -> Self {
        self.has(Place::Registry, image, made, tags)
    }

    fn content(&mut self, place: Place, image: &str, number: u8) -> &mut Content {
        self.shelf(place, image).contents.get_mut(&digest(number)).unwrap()
    }

    fn unname(&mut self, place: Place, image: &str, tag: &str) {
        self.shelf(place, image).names.remove(&Name::Tag(tag.to_owned())).unwrap();
    }

    fn keep(mut self, keep: usize) -> Self {
        self.intent.keep = keep;
        self
    }

    fn prune(&mut self) -> Pruning {
        let branches = Arc::new(self.branches.clone());
        self.inventory.branches = self.workspace.iter().map(|(index, _)| (index, branches.clone())).collect();
        plan_prune(&self.workspace, &self.inventory, &self.intent)
    }

    fn judged(&mut self) -> String {
        judged(&self.prune())
    }
}

fn name(name: &Name) -> &str {
    match name {
        Name::Tag(tag) => tag,
        Name::Digest(digest) => &digest[..11],
    }
}

fn judged(pruning: &Pruning) -> String {
    let place = |place| if place == Place::Engine { "engine" } else { "registry" };
    let mut text = String::new();
    for one in &pruning.removed {
        let size = one.size.map(|size| format!(" ({size} B)")).unwrap_or_default();
        text += &format!("- {} {}:{}{size}: {}\n", place(one.place), one.image, name(&one.name), one.because);
    }
    for one in &pruning.kept {
        text += &format!("+ {} {}:{}: {}\n", place(one.place), one.image, name(&one.name), one.because);
    }
    text
}

#[test]
fn nothing_there_nothing_to_do() {
    let pruning = Fixture::new().prune();
    assert!(pruning.plan.is_empty() && pruning.removed.is_empty() && pruning.kept.is_empty());
}

#[test]
fn a_branch_that_is_gone_goes_with_its_images() {
    let mut fixture = Fixture::new()
        .registry("base", Made(1, "main", 99, 0), &["main", "feature-x"])
        .registry("web", Made(2, "main", 99, 1), &["main"])
        .registry("web", Made(3, "feature/x", 9, 1), &["feature-x"]);
    assert_snapshot!(fixture.judged(), @r#"
    - registry base:feature-x: branch feature/x is gone
    - registry web:feature-x (3000 B): branch feature/x is gone
    - registry web:keg-030303030303: branch feature/x is gone
    + registry base:keg-010101010101: needed by web:main
    + registry base:main: the default branch's
    + registry web:keg-020202020202: needed by web:main
    + registry web:main: the default branch's
    "#);
    assert_snapshot!(fixture.prune().plan.to_string(), @r#"
    1. delete base (only the tag feature-x): not needed any more
    2. delete web (feature-x = keg-030303030303): not needed any more
    "#);
}

#[test]
fn both_places_are_judged_alike() {
    let made = Made(3, "feature/x", 9, 1);
    let mut fixture = Fixture::new().engine("web", made, &["feature-x"]).registry("web", made, &["feature-x"]);
    assert_snapshot!(fixture.judged(), @r#"
    - engine web:feature-x (3000 B): branch feature/x is gone
    - engine web:keg-030303030303: branch feature/x is gone
    - registry web:feature-x (3000 B): branch feature/x is gone
    - registry web:keg-030303030303: branch feature/x is gone
    "#);
    assert_snapshot!(fixture.prune().plan.to_string(), @r#"
    1. remove web (feature-x, keg-030303030303): not needed any more
    2. delete web (feature-x = keg-030303030303): not needed any more
    "#);
}

#[test]
fn what_is_young_is_kept() {
    let mut fixture = Fixture::new().registry("web", Made(1, "feature/x", 1, 0), &["feature-x"]).registry(
        "api",
        Made(2, "feature/x", 2, 0),
        &["feature-x"],
    );
    // By the clock of the one who built it, it is yet to be built.
    fixture = fixture.registry("base", Made(3, "feature/x", -5, 0), &["feature-x"]);
    assert_snapshot!(fixture.judged(), @r#"
    - registry api:feature-x (2000 B): branch feature/x is gone
    - registry api:keg-020202020202: branch feature/x is gone
    + registry web:feature-x: too young
    + registry web:keg-010101010101: too young
    + registry base:feature-x: too young
    + registry base:keg-030303030303: too young
    "#);
    fixture.intent.older_than = i64::MAX;
    assert!(fixture.prune().removed.is_empty());
}

#[test]
fn the_newest_of_each_branch_are_kept_with_their_content_tags() {
    let mut fixture = Fixture::new().keep(2);
    for (number, branch) in [(1, "main"), (2, "main"), (3, "main"), (4, "feature/y"), (5, "a"), (6, "b"), (7, "c")] {
        fixture = fixture.registry("web", Made(number, branch, 100 - i64::from(number), 0), &[]);
    }
    assert_snapshot!(fixture.judged(), @r#"
    - registry web:keg-010101010101 (1000 B): main has newer ones
    - registry web:keg-050505050505 (5000 B): branch a is gone
    + registry web:keg-020202020202: one of the newest of main
    + registry web:keg-030303030303: one of the newest of main
    + registry web:keg-040404040404: one of the newest of feature/y
    + registry web:keg-060606060606: one of the newest of branches that are gone
    + registry web:keg-070707070707: one of the newest of branches that are gone
    "#);
    fixture.intent.keep = 9;
    assert!(fixture.prune().removed.is_empty());
}

#[test]
fn what_a_kept_image_is_built_on_is_kept() {
    let mut fixture = Fixture::new()
        .registry("base", Made(1, "gone", 99, 0), &[])
        .registry("base", Made(2, "gone", 99, 0), &[])
        .registry("base", Made(3, "main", 99, 0), &["main"])
        .registry("web", Made(4, "gone", 99, 1), &["feature-y"])
        .registry("api", Made(5, "gone", 99, 2), &["gone"]);
    assert_snapshot!(fixture.judged(), @r#"
    - registry base:keg-020202020202 (2000 B): branch gone is gone
    - registry api:gone (5000 B): branch gone is gone
    - registry api:keg-050505050505: branch gone is gone
    + registry base:keg-010101010101: needed by web:feature-y
    + registry base:keg-030303030303: needed by base:main
    + registry base:main: the default branch's
    + registry web:feature-y: branch feature/y exists
    + registry web:keg-040404040404: needed by web:feature-y
    "#);
}

#[test]
fn what_is_needed_on_the_engine_is_not_needed_in_the_registry() {
    let mut fixture = Fixture::new()
        .engine("base", Made(1, "gone", 99, 0), &[])
        .registry("base", Made(1, "gone", 99, 0), &[])
        .engine("web", Made(2, "main", 99, 1), &["main"]);
    assert_snapshot!(fixture.judged(), @r#"
    - registry base:keg-010101010101 (1000 B): branch gone is gone
    + engine base:keg-010101010101: needed by web:main
    + engine web:keg-020202020202: needed by web:main
    + engine web:main: the default branch's
    "#);
}

#[test]
fn grandparents_are_needed_too() {
    let mut fixture = Fixture::new()
        .registry("base", Made(1, "gone", 99, 0), &[])
        .registry("api", Made(2, "gone", 99, 1), &[])
        .registry("web", Made(3, "main", 99, 9), &["main"]);
    let (api, web) = (fixture.index("api"), fixture.index("web"));
    // web is built on api here, and each on the other in an impossible circle.
    for (image, number, parent, tag) in [("web", 3, api, content_tag(2)), ("api", 2, web, content_tag(3))] {
        let content = fixture.content(Place::Registry, image, number);
        let Maker::Keg(origin) = &mut content.maker else { unreachable!() };
        origin.parents.push((parent, tag));
    }
    assert_snapshot!(fixture.judged(), @r#"
    + registry base:keg-010101010101: needed by web:main
    + registry api:keg-020202020202: needed by web:main
    + registry web:keg-030303030303: needed by web:main
    + registry web:main: the default branch's
    "#);
}

#[test]
fn others_that_are_not_asked_for_are_kept_with_all_they_need() {
    let mut fixture = Fixture::new()
        .registry("base", Made(1, "gone", 99, 0), &["gone"])
        .registry("base", Made(2, "gone", 99, 0), &[])
        .registry("web", Made(3, "gone", 99, 1), &["gone"]);
    fixture.intent.selected = [fixture.index("base")].into();
    assert_snapshot!(fixture.judged(), @r#"
    - registry base:gone: branch gone is gone
    - registry base:keg-020202020202 (2000 B): branch gone is gone
    + registry base:keg-010101010101: needed by web:keg-030303030303
    "#);
}

#[test]
fn what_keg_did_not_make_is_never_touched() {
    let mut fixture = Fixture::new()
        .engine("web", Made(1, "gone", 99, 0), &["gone", "latest"])
        .engine("web", Made(2, "gone", 99, 0), &["gone-too"])
        .engine("web", Made(3, "gone", 99, 0), &["gone"]);
    fixture.content(Place::Engine, "web", 1).maker = Maker::Other;
    fixture.content(Place::Engine, "web", 2).maker = Maker::OtherWorkspace;
    // A content tag that keg would have given to another key.
    fixture.shelf(Place::Engine, "web").names.insert(Name::Tag(content_tag(9)), digest(3));
    assert_snapshot!(fixture.judged(), @r#"
    - engine web:gone: branch gone is gone
    + engine web:gone-too: made by another workspace
    + engine web:keg-010101010101: not made by keg
    + engine web:keg-020202020202: made by another workspace
    + engine web:keg-030303030303: needed by web:keg-090909090909
    + engine web:keg-090909090909: not made by keg
    + engine web:latest: not made by keg
    "#);
}

#[test]
fn many_images_are_judged_in_no_time() {
    let mut fixture = Fixture::new();
    let branches: Vec<String> = (0..200).map(|number| format!("feature/{number}")).collect();
    for (position, number) in (0..u8::MAX).cycle().take(50_000).enumerate() {
        let id = format!("sha256:{position:064x}");
        let branch = &branches[position % branches.len()];
        let content = Content {
            maker: Maker::Keg(Origin {
                key: key(number),
                branch: branch.clone(),
                plan: String::new(),
                parents: Vec::new(),
            }),
            made: NOW - i64::try_from(position).unwrap() * HOUR,
            size: 1,
            used_by: None,
            named_elsewhere: false,
            blobs: vec![("shared".into(), 1)],
            parts: Vec::new(),
        };
        let image = ["base", "api", "web"][position % 3];
        let shelf = fixture.shelf(Place::Registry, image);
        shelf.contents.insert(id.clone(), content);
        shelf.names.insert(Name::Tag(format!("feature-{}-{position}", position % 200)), id.clone());
        shelf.names.insert(Name::Tag(tagging::sanitise(branch).unwrap()), id);
    }
    let begin = std::time::Instant::now();
    assert!(fixture.prune().removed.len() > 100);
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}
