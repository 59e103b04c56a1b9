use std::path::PathBuf;

use super::*;
use crate::dockerfile::Dockerfile;
use crate::workspace::{Image, Kind, Options};

fn image(name: &str, alias: Option<&str>) -> Image {
    Image {
        name: name.to_owned(),
        alias: alias.map(str::to_owned),
        variant: None,
        kind: Kind::Tap,
        folder: PathBuf::from("/w/taps").join(name),
        dockerfile: Dockerfile::default(),
        context: PathBuf::from("/w/taps").join(name),
        build_args: Default::default(),
        target: None,
        secrets: Vec::new(),
        platforms: Vec::new(),
        inputs: Vec::new(),
        tags: Vec::new(),
        parents: Vec::new(),
        tap: None,
        manifest: Default::default(),
        manifest_file: None,
    }
}

fn chosen(wanted: Wanted<'_>, branch: &str) -> Vec<String> {
    let workspace = Workspace {
        root: "/w".into(),
        options: Options { registry: Some("localhost:5000/a/b".to_owned()), ..Options::default() },
        images: vec![image("evf-app", Some("evf")), image("web", None)],
        links: Vec::new(),
    };
    match candidates(&workspace, ImageIndex(1), wanted, Tags { branch, default: "develop" }) {
        Ok(list) => list.iter().map(|candidate| format!("{} {:?}", candidate.reference, candidate.origin)).collect(),
        Err(error) => vec![error.one_line()],
    }
}

#[test]
fn the_first_place_that_says_something_counts() {
    let all = Wanted {
        asked: None,
        flag: Some("web:flag"),
        environment: Some("web:environment"),
        tap_environment: Some("web:variables"),
        manifest: Some("web:manifest"),
    };
    assert_eq!(chosen(all, "dev"), ["localhost:5000/a/b/web:flag Flag"]);
    let all = Wanted { flag: None, ..all };
    assert_eq!(chosen(all, "dev"), ["localhost:5000/a/b/web:environment Environment"]);
    let all = Wanted { environment: Some(""), ..all };
    assert_eq!(chosen(all, "dev"), ["localhost:5000/a/b/web:variables TapEnvironment"]);
    let all = Wanted { tap_environment: None, ..all };
    assert_eq!(chosen(all, "dev"), ["localhost:5000/a/b/web:manifest Manifest"]);
    assert_eq!(
        chosen(Wanted::default(), "dev"),
        ["localhost:5000/a/b/web:dev Branch", "localhost:5000/a/b/web:develop Default"]
    );
    assert_eq!(chosen(Wanted::default(), "develop"), ["localhost:5000/a/b/web:develop Branch"]);
}

#[test]
fn names_of_the_workspace_and_references() {
    let digest = format!("sha256:{}", "a".repeat(64));
    for (text, expected) in [
        ("evf:x", "localhost:5000/a/b/evf-app:x Flag"),
        ("EVF:X", "localhost:5000/a/b/evf-app:X Flag"),
        ("evf-app:x", "localhost:5000/a/b/evf-app:x Flag"),
        (&format!("evf@{digest}"), &format!("localhost:5000/a/b/evf-app@{digest} Flag")),
        ("ghcr.io/o/web:1", "ghcr.io/o/web:1 Flag"),
        ("localhost:5000/web", "localhost:5000/web:latest Flag"),
        ("redis", "docker.io/library/redis:latest Flag"),
        ("web:", "`web:` (--from) is not a reference of an image: `` is not a tag"),
        ("web:a b", "`web:a b` (--from) is not a reference of an image: `a b` is not a tag"),
        ("web@x", "`web@x` (--from) is not a reference of an image: `x` is not a digest"),
        ("ab/C", "`ab/C` (--from) is not a reference of an image"),
    ] {
        let got = chosen(Wanted { flag: Some(text), ..Wanted::default() }, "dev");
        assert!(got.len() == 1 && got[0].starts_with(expected), "{text}: {got:?}");
    }
}

#[test]
fn a_name_without_a_tag_means_the_branch_and_then_the_default() {
    assert_eq!(
        chosen(Wanted { manifest: Some("evf"), ..Wanted::default() }, "dev"),
        ["localhost:5000/a/b/evf-app:dev Manifest", "localhost:5000/a/b/evf-app:develop Manifest"]
    );
}
