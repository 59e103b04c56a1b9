//! Sync rules and the watch rules that they become.

use insta::assert_snapshot;

use super::*;

fn watch(mutagen: &'static str) -> (Vec<String>, Vec<String>) {
    let (file, notes) = Tap { mutagen, ..Tap::of("env: {IMAGE: evf, DOC_APP_PATH: /keg/tap}") }.converted();
    let rules = file.watch.iter().map(|rule| {
        let ignore: Vec<&str> = rule.ignore.iter().map(|pattern| pattern.as_str()).collect();
        format!("{} → {} without {}", rule.path.value, rule.target.as_ref().unwrap().value, ignore.join(" "))
    });
    (rules.collect(), notes)
}

#[test]
fn the_rule_of_the_tap_is_watched() {
    let of = |mutagen| watch(mutagen).0.join("; ");
    assert_eq!(of("sync: {evf: {beta: docker://tap/x}}"), ". → /keg/tap without ");
    // The only rule counts, whatever it is called.
    assert_eq!(of("sync: {other: {beta: docker://tap/x}}"), ". → /keg/tap without ");
    assert_eq!(of("sync: {}"), "");
    assert_eq!(of(""), "");
    let (file, notes) = Tap { mutagen: "sync: {a: {beta: docker://tap/x/y}}", ..Tap::of("") }.converted();
    assert_eq!((file.watch[0].target.as_ref().unwrap().as_str(), notes.len()), ("/x/y", 0));
    let (file, notes) = Tap { mutagen: "sync: {a: {alpha: x}}", ..Tap::of("") }.converted();
    assert_eq!(file.watch.len(), 0);
    assert_snapshot!(notes.join("\n"), @"container/mutagen.yml:1: sync: `a` is left out: nothing says where it goes");
}

#[test]
fn rules_that_do_something_else_are_listed() {
    let (rules, notes) = watch(
        "sync:\n  defaults: {mode: x}\n  evf: {mode: two-way-safe, beta: docker://a/b, permissions: {a: b}}\n  core: {beta: docker://a/c}\n",
    );
    assert_eq!(rules, [". → /keg/tap without "]);
    assert_snapshot!(notes.join("\n"), @r#"
    container/mutagen.yml:3: sync: `evf` is `two-way-safe`: files only go into the container here
    container/mutagen.yml:3: sync: `permissions` of `evf` is left out
    container/mutagen.yml:4: sync: `core` is left out: it is no rule for this tap's folder
    "#);
}

#[test]
fn ignored_paths_mean_the_same_in_the_other_language() {
    let (rules, _) = watch(
        "sync:\n  evf:\n    ignore:\n      vcs: true\n      paths: [node_modules, '/.*', '!/.npmrc', '*.lock', '!/README.md', /core/**/index.js, \
         a/b, dist/, '/build/', '!keep', '']\n",
    );
    assert_eq!(
        rules,
        [
            ". → /keg/tap without **/.git **/.svn **/.hg **/.bzr **/_darcs **/node_modules .* !.npmrc **/*.lock !README.md \
          core/**/index.js a/b **/dist build !**/keep"
        ]
    );
}

#[test]
fn patterns_that_are_none_are_left_out() {
    let (rules, notes) = watch("sync: {evf: {ignore: {paths: ['a[', b]}}}");
    assert_eq!(rules, [". → /keg/tap without **/b"]);
    assert_snapshot!(notes.join("\n"), @"container/mutagen.yml:1: sync: `**/a[` is left out: it is no pattern");
}
