use insta::assert_snapshot;

use super::*;

fn link(name: &str, path: &str, workspace: Option<&str>) -> Link {
    Link { name: name.into(), path: path.into(), workspace: workspace.map(Into::into) }
}

fn refused(text: &str) -> String {
    let error = Links::parse("config.yml", text).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let place = error.places().first().map(|place| format!("{:?}", place.line_and_column())).unwrap_or_default();
    format!("{} {place}", error.message())
}

#[test]
fn links_are_read() {
    let text = "other: {a: 1}\ntaps:\n  evf: {path: /r/evf, workspace: /w}\n  Web:\n    path: /r/web\n";
    let links = Links::parse("config.yml", text).unwrap();
    assert_eq!(
        links.iter().cloned().collect::<Vec<_>>(),
        [link("evf", "/r/evf", Some("/w")), link("Web", "/r/web", None)]
    );
    assert_eq!(links.get("WEB").unwrap().path, Path::new("/r/web"));
    assert!(links.get("we").is_none());
    for empty in ["", "# nothing\n", "taps:\n", "taps: {}\n", "other: 1\n"] {
        assert_eq!(Links::parse("config.yml", empty).unwrap(), Links::default(), "{empty:?}");
    }
}

#[test]
fn what_is_wrong_is_shown_with_its_place() {
    assert_snapshot!(refused("taps: [a]"), @"reading config.yml: keys with values are expected (1, 7)");
    assert_snapshot!(refused("taps:\n  evf: {workspace: /w}\n"), @"reading config.yml: `path` is missing (2, 9)");
    assert_snapshot!(refused("taps:\n  evf: {path: r/evf}\n"), @"reading config.yml: `r/evf` is no absolute path (2, 15)");
    assert_snapshot!(refused("taps:\n  evf: {path: /r, workspace: w}\n"), @"reading config.yml: `w` is no absolute path (2, 30)");
    assert_snapshot!(refused("taps:\n  build: {path: /r}\n"), @"reading config.yml: `build` is a command of keg and cannot be the name of a link (2, 10)");
    assert_snapshot!(refused("taps:\n  ../x: {path: /r}\n"), @"reading config.yml: `../x` cannot be the name of a link (2, 9)");
    assert_snapshot!(refused("taps:\n  a: {path: /r}\n  A: {path: /r}\n"), @"reading config.yml: `a` and `A` differ only in upper and lower case (3, 6)");
    assert_snapshot!(refused("taps:\n  a: {path: /r, pth: /r}\n"), @"reading config.yml: `pth` is no key here (2, 17)");
    assert_snapshot!(refused("taps: {a"), @"reading config.yml: unclosed bracket '{' (1, 7)");
}

#[test]
fn the_innermost_link_around_a_folder() {
    let links = Links::default().with(link("outer", "/r", None)).with(link("inner", "/r/a", None));
    let name = |folder: &str| links.around(Path::new(folder)).map(|link| link.name.as_str());
    assert_eq!(name("/r/a/container"), Some("inner"));
    assert_eq!(name("/r/ab"), Some("outer"));
    assert_eq!(name("/"), None);
}

#[test]
fn names_that_cannot_be_called_are_refused() {
    for name in ["evf", "Core2", "a.b", "keg-core"] {
        check_name(name).unwrap();
    }
    for name in ["", "-x", "a b", "a/b", "../x", "a\nb", "start", "Build", "$(x)"] {
        assert_eq!(check_name(name).unwrap_err().exit_code(), 2, "{name}");
    }
    assert!(!check_name("a\nb").unwrap_err().message().contains('\n'));
}

fn set(text: &str, name: &str, path: &str) -> String {
    changed("config.yml", text, name, Some(&link(name, path, None))).unwrap()
}

fn removed(text: &str, name: &str) -> String {
    changed("config.yml", text, name, None).unwrap()
}

#[test]
fn a_link_is_added_and_removed_again() {
    let with = changed("config.yml", "", "evf", Some(&link("evf", "/r/evf", Some("/w")))).unwrap();
    assert_eq!(with, "taps:\n  evf:\n    path: /r/evf\n    workspace: /w\n");
    let two = set(&with, "web", "/r/a: b #c");
    assert_eq!(Links::parse("", &two).unwrap().get("web").unwrap().path, Path::new("/r/a: b #c"));
    assert!(two.starts_with(&with), "{two}");
    assert_eq!(removed(&two, "WEB"), with);
    assert_eq!(removed(&with, "evf"), "");
    assert_eq!(removed(&with, "other"), with);
}

#[test]
fn other_keys_and_comments_stay() {
    let text = "# mine\na: {b: [1, yes]} # why\n\ntaps:\n  # the shop\n  web:\n    path: /r/web # here\n  # the rest\n  evf: {path: /r/evf}\n# c\nc: |\n  taps:\n    x\n";
    assert_eq!(removed(&set(text, "new", "/n"), "new"), text);
    let moved = set(text, "web", "/r/w2");
    assert_eq!(moved, text.replace("/r/web # here", "/r/w2"));
    assert_eq!(removed(text, "evf"), text.replace("  evf: {path: /r/evf}\n", ""));
    assert_eq!(removed(&removed(text, "evf"), "web").matches('#').count(), 3);
    let without_end = "a: 1\ntaps:\n  evf:\n    path: /r";
    assert_eq!(set(without_end, "web", "/w"), "a: 1\ntaps:\n  evf:\n    path: /r\n  web:\n    path: /w\n");
}

#[test]
fn other_ways_to_write_it_are_understood_or_refused() {
    let flow = "a: 1\ntaps: {evf: {path: /r}}\nb: 2\n";
    assert_eq!(set(flow, "web", "/w"), "a: 1\ntaps:\n  evf:\n    path: /r\n  web:\n    path: /w\nb: 2\n");
    assert_eq!(removed(flow, "evf"), "a: 1\nb: 2\n");
    assert_eq!(set("a: 1\ntaps:\n", "web", "/w"), "a: 1\ntaps:\n  web:\n    path: /w\n");
    assert_eq!(set("\"taps\":\n    evf: {path: /r}\n", "web", "/w").matches("path").count(), 2);
    assert_eq!(set("{}\n", "web", "/w").matches("path").count(), 1);
    let refused = changed("config.yml", "{a: 1}\n", "web", Some(&link("web", "/w", None))).unwrap_err();
    assert_snapshot!(refused.one_line(), @"config.yml is written in a way that keg cannot change");
    assert!(changed("config.yml", "taps: {a", "web", None).is_err());
}

proptest::proptest! {
    #[test]
    fn a_change_keeps_all_else(text in "(taps:|  [a-c]: \\{path: /[xyz]\\}|[a-c]: 1|# c|    path: /p|  [a-c]:| |\n){0,24}") {
        let Ok(before) = Links::parse("", &text) else { return Ok(()) };
        if let Ok(after) = changed("", &text, "b", Some(&link("b", "/new", Some("/w")))) {
            let read = Links::parse("", &after).unwrap();
            proptest::prop_assert_eq!(read.get("b").unwrap().path.to_str(), Some("/new"));
            for other in before.iter().filter(|link| link.name != "b") {
                proptest::prop_assert_eq!(read.get(&other.name), Some(other));
            }
        }
    }
}
