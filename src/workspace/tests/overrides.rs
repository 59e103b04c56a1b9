use super::*;

fn tree() -> Tree {
    Tree::new(&[
        ("keg.yml", ""),
        ("base/Dockerfile", "FROM debian"),
        ("hub/a/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE"),
        ("hub/a/image.yml", "base: base\ndepends_on: [b]"),
        ("hub/b/Dockerfile", "FROM base AS dev\nFROM debian"),
        ("hub/c/Dockerfile", "ARG V=1\nFROM debian:$V"),
        ("hub/s/Dockerfile", "FROM scratch"),
    ])
}

fn overridden(name: &str, overrides: Overrides) -> String {
    let tree = tree();
    let mut workspace = tree.load().unwrap();
    let index = workspace.find(name).unwrap();
    match workspace.override_inputs(index, &overrides) {
        Ok(()) => summary(&workspace).lines().nth(index.0).unwrap().to_owned(),
        Err(error) => error.one_line(),
    }
}

fn base(reference: &str) -> Overrides {
    Overrides { base: Some(reference.to_owned()), ..Overrides::default() }
}

#[test]
fn a_given_base_wins() {
    assert_eq!(overridden("a", base("b")), "hub a <- b [argument] hub/a/Dockerfile:2");
    assert_eq!(
        overridden("a", base("ubuntu")),
        "hub a <- docker.io/library/ubuntu [argument] hub/a/Dockerfile:2 <- b [nothing] hub/a/image.yml:2"
    );
    assert_eq!(overridden("b", base("ubuntu")), "hub b <- docker.io/library/ubuntu [debian] hub/b/Dockerfile:2");
    assert_eq!(overridden("s", base("ubuntu")), "hub/s/Dockerfile:1: s is built from scratch, not on `ubuntu`");
    assert!(overridden("b", base("Not a name")).contains("`Not a name` names no image"));
    assert!(overridden("b", base("$x")).contains("`$x` names no image"));
}

#[test]
fn an_empty_override_changes_nothing() {
    let tree = tree();
    let mut workspace = tree.load().unwrap();
    let before = summary(&workspace);
    for index in 0..workspace.images.len() {
        workspace.override_inputs(ImageIndex(index), &Overrides::default()).unwrap();
    }
    assert_eq!(summary(&workspace), before);
}

#[test]
fn build_args_and_target() {
    let build_args = [("V".to_owned(), "2".to_owned())].into_iter().collect();
    let overrides = Overrides { build_args, ..Overrides::default() };
    assert_eq!(overridden("c", overrides), "hub c <- docker.io/library/debian:2 [debian:$V] hub/c/Dockerfile:2");
    let overrides = Overrides { target: Some("dev".into()), ..Overrides::default() };
    assert_eq!(overridden("b", overrides), "hub b <- base [base] hub/b/Dockerfile:1");
    let overrides = Overrides { target: Some("no".into()), ..Overrides::default() };
    assert_eq!(overridden("b", overrides), "hub/b/Dockerfile has no stage `no`");
}

#[test]
fn a_cycle_is_refused_and_nothing_changes() {
    let tree = tree();
    let mut workspace = tree.load().unwrap();
    let before = summary(&workspace);
    let index = workspace.find("base").unwrap();
    let error = workspace.override_inputs(index, &base("a")).unwrap_err();
    assert!(error.message().contains("a → base → a"), "{}", error.message());
    assert_eq!(summary(&workspace), before);
}

#[test]
fn an_image_without_parent_loads_with_a_given_one() {
    let tree = Tree::new(&[
        ("keg.yml", ""),
        ("base/Dockerfile", "FROM debian"),
        ("hub/a/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE"),
    ]);
    assert!(tree.load().is_err());
    let words = ["A".to_owned(), "unknown".to_owned()];
    let workspace = Workspace::load_overridden(tree.root(), &words, &base("base")).unwrap();
    assert!(summary(&workspace).contains("hub a <- base [argument]"));
    assert!(Workspace::load_overridden(tree.root(), &words[1..], &base("base")).is_err());
    assert!(Workspace::load_overridden(tree.root(), &words, &base("a")).is_ok_and(|workspace| {
        // An image is never its own parent.
        summary(&workspace).contains("hub a <- docker.io/library/a")
    }));
}
