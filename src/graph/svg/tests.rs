use std::collections::BTreeMap;

use super::*;
use crate::graph::picture::picture;
use crate::workspace::{ImageIndex, Workspace};

fn drawn(is_inline: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("keg.yml", ""),
        ("base/Dockerfile", "FROM debian:bookworm\n"),
        ("taps/web/Dockerfile", "FROM base\n"),
        ("taps/web/tap.yml", "depends_on: [notes]\n"),
        ("taps/notes/Dockerfile", "FROM scratch\n"),
    ] {
        std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let workspace = Workspace::load(folder.path()).unwrap();
    let stale = BTreeMap::from([(ImageIndex(2), "parent <base> changed".to_owned())]);
    let link = |name: &str| format!("images/{name}.html?a&b");
    svg(&picture(&workspace, &stale), &Use { link: &link, is_inline })
}

#[test]
fn boxes_have_kinds_links_and_reasons() {
    let text = drawn(true);
    for part in [
        "<a href=\"images/web.html?a&amp;b\"><g class=\"keg-box keg-tap keg-stale\">",
        "<title>web (tap): to build, parent &lt;base&gt; changed</title>",
        ">tap · to build</text>",
        "<g class=\"keg-box keg-base\"><title>base (base)</title>",
        "<g class=\"keg-box keg-outside\"><title>debian:bookworm (outside)</title>",
        "class=\"keg-arrow keg-dotted\"",
        "3 images and 1 from outside",
        "1 are to be built",
        "prefers-color-scheme: dark",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("id=\"web\""), "{text}");
    assert!(drawn(false).contains("<g id=\"web\" class"));
}

#[test]
fn every_element_ends() {
    let text = drawn(false);
    for element in ["svg", "a", "g", "text", "title", "style", "defs", "marker"] {
        let opened = text.matches(&format!("<{element} ")).count() + text.matches(&format!("<{element}>")).count();
        assert_eq!(opened, text.matches(&format!("</{element}>")).count(), "{element}");
    }
}
