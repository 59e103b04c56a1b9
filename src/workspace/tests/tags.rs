//! Rules of tags: which an image has, and what can be wrong with them.

use insta::assert_snapshot;

use super::*;

/// base → hub → {web, node}: `keys` are lines of keg.yml, `manifests` those of images.
fn tree(keys: &str, manifests: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(&[
        ("keg.yml", &format!("layout: [images/*]\n{keys}")),
        ("images/base/Dockerfile", "FROM debian:12\n"),
        ("images/hub/Dockerfile", "FROM base\n"),
        ("images/web/Dockerfile", "FROM hub\n"),
        ("images/node/Dockerfile", "FROM hub\n"),
        ("images/node/x/Dockerfile", "FROM node\n"),
    ]);
    for (image, text) in manifests {
        std::fs::write(tree.root().join(format!("images/{image}/image.yml")), text).unwrap();
    }
    tree
}

/// The templates of an image's tags, each with the place that it comes from.
fn rules(workspace: &Workspace, image: &str) -> Vec<String> {
    let rules = workspace.tag_rules(workspace.find(image).unwrap()).into_iter();
    rules.map(|rule| format!("{} {}", rule.template, rule.shown).trim().to_owned()).collect()
}

#[expect(clippy::panic, reason = "the summary says what was loaded against expectation")]
fn refused(keys: &str, manifests: &[(&str, &str)]) -> String {
    match tree(keys, manifests).load() {
        Ok(workspace) => panic!("loaded: {}", summary(&workspace)),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            let places = error.places().iter().map(|place| format!("{}:{:?}", place.file(), place.line_and_column()));
            let help = error.remedy().unwrap_or_default();
            format!("{} [{}] {help}", error.one_line(), places.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn tags_are_inherited_until_an_image_says_otherwise() {
    let keys = "tags:\n- '{branch}'\n- {from: cat /etc/debian_version, format: 'debian-{1}'}\n";
    let manifests = [
        ("base", "tags: [{from: python -V, match: '[0-9.]+', format: 'py{0}'}]\n"),
        ("web", "tags: ['nightly-{date}']\n"),
        ("node", "inherit_tags: false\ntags: [{from: node -v, match: 'v(?<major>[0-9]+)', format: 'node-{major}'}]\n"),
    ];
    let workspace = tree(keys, &manifests).load().unwrap();
    assert_eq!(
        rules(&workspace, "base"),
        ["{branch} keg.yml:3", "debian-{1} keg.yml:4", "py{0} images/base/image.yml:1"]
    );
    assert_eq!(rules(&workspace, "hub"), rules(&workspace, "base"));
    assert_eq!(
        rules(&workspace, "web")[2..],
        ["py{0} images/base/image.yml:1", "nightly-{date} images/web/image.yml:1"]
    );
    assert_eq!(rules(&workspace, "node"), ["{branch} keg.yml:3", "node-{major} images/node/image.yml:2"]);

    // What stands on it has what it hands down.
    let keys = keys.replace("tags:", "layout: [images/*, images/node/*]\ntags:");
    let tree = tree("", &manifests);
    std::fs::write(tree.root().join("keg.yml"), keys).unwrap();
    let workspace = tree.load().unwrap();
    assert_eq!(rules(&workspace, "x"), ["{branch} keg.yml:3", "node-{major} images/node/image.yml:2"]);
}

#[test]
fn without_a_template_the_branch_tag_stays() {
    let of = |keys: &str| {
        let workspace = tree(keys, &[]).load().unwrap();
        workspace.options.tags.iter().map(|rule| rule.template.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(""), ["{branch}"]);
    assert_eq!(of("tags: [{from: node -v}]\n"), ["{branch}", "{1}"]);
    assert_eq!(of("plans: {a: {}}\ntags: [{from: node -v, match: v.*}]\n"), ["{prefix}-{branch}", "{0}"]);
    assert_eq!(of("tags: [{format: latest, branches: [main]}]\n"), ["latest"]);
}

#[test]
fn rules_that_cannot_be() {
    let keys = |tag: &str| refused(&format!("tags: [{tag}]\n"), &[]);
    assert_snapshot!(keys("'{brunch}'"), @"tags: tag template `{brunch}` has the unknown word `{brunch}` [keg.yml:(2, 8)] did you mean `{branch}`? the words are {branch} {sha} {sha7} {date} {version} {prefix} {plan}");
    assert_snapshot!(keys("'{prefix}-{branch}'"), @"tags: tag template `{prefix}-{branch}` needs `{prefix}`, but there is no tag_prefix [keg.yml:(2, 8)] set tag_prefix in keg.yml, or leave the word out");
    assert_snapshot!(keys("'a b'"), @"tags: `a b` is no valid tag: it has ` `, and a tag can have letters of a to z, digits, `_`, `.` and `-` only [keg.yml:(2, 8)]");
    assert_snapshot!(keys("{from: x, match: '('}"), @r#"
    tags: `match` is no regular expression: regex parse error:
        (
        ^
    error: unclosed group [keg.yml:(2, 25)]
    "#);
    assert_snapshot!(keys("{match: '(.*)', format: x}"), @"tags: `match` without `from` [keg.yml:(2, 16)] Say with `from` which command is run in the built image.");
    assert_snapshot!(keys("{from: x, match: '(.*)', format: 'py{2}'}"), @"tags: tag template `py{2}` has the unknown word `{2}` [keg.yml:(2, 41)] the words are {branch} {sha} {sha7} {date} {version} {prefix} {plan}; of the output {0} {1}");
    assert_snapshot!(keys("{from: x, match: '(?<branch>.*)'}"), @"tags: the group `branch` of `match` has the name of a word that has another value [keg.yml:(2, 25)] Give it another name.");
    assert_snapshot!(keys("{from: x, format: 'keg-{1}'}"), @"tags: tag template `keg-{1}`: `keg-1` cannot be set as a tag: tags that begin with `keg-` are kept for the immutable content tags that keg sets itself [keg.yml:(2, 26)]");
    assert_snapshot!(keys("{branches: [main]}"), @"tags: a tag without `format` and without `from` [keg.yml:(2, 8)] Write the tag as `format`, or with `from` the command that finds it.");
    assert_snapshot!(keys("{format: latest, branches: ['[']}"), @"tags: `[` is no glob of branches: unclosed character class; missing ']' [keg.yml:(2, 36)]");
    assert_snapshot!(refused("", &[("web", "tags: ['{plan}']\n")]), @"tags: tag template `{plan}` needs `{plan}`, but the image is built without a plan [images/web/image.yml:(1, 8)] name one with --plan, or leave the word out");
    let plans = "plans: {a: {}, b: {}}\n";
    assert_snapshot!(refused(plans, &[("web", "tags: [latest]\n")]), @"tags: `latest` gives the variants of an image the same tag [images/web/image.yml:(1, 8)] Put the plan into it, as `{prefix}-latest`, or its name with `{plan}`.");
    assert!(tree(&format!("{plans}tags: [{{from: node -v}}]\n"), &[]).load().is_ok(), "they may differ");
}
