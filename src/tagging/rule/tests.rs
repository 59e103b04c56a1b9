use super::*;

fn finder(pattern: Option<&str>) -> Finder {
    Finder { command: CommandLine::Shell("python --version".into()), pattern: pattern.map(str::to_owned) }
}

fn rule(template: &str, pattern: Option<&str>) -> TagRule {
    TagRule { finder: Some(finder(pattern)), ..template.into() }
}

fn values() -> TemplateValues {
    TemplateValues { branch: "feature-x".into(), prefix: Some("2026.3".into()), ..TemplateValues::default() }
}

fn branch(name: &str, is_default: bool) -> Branch {
    Branch { name: name.into(), tag: name.replace('/', "-"), is_default, source: BranchSource::Head }
}

/// The tag, or what is wrong.
fn tag(template: &str, pattern: Option<&str>, output: &str) -> String {
    let rule = rule(template, pattern);
    let found = rule.finder.as_ref().unwrap().find(output);
    found.and_then(|found| rule.tag(&values(), &found)).unwrap_or_else(|reason| reason)
}

#[test]
fn tags_are_found() {
    for (template, pattern, output, expected) in [
        ("python-{1}", Some("([0-9.]+)"), "Python 3.11.2\n", "python-3.11.2"),
        ("python-{0}", Some("[0-9.]+"), "Python 3.11.2\n", "python-3.11.2"),
        ("py{major}.{2}", Some(r"(?<major>\d+)\.(\d+)"), "Python 3.11.2", "py3.11"),
        ("{prefix}-py{1}-{branch}", Some(r"(\d+)"), "3", "2026.3-py3-feature-x"),
        ("{1}", None, " v20.1.0 \n", "v20.1.0"),
        // `^` is the beginning of any line.
        ("r-{1}", Some(r"^R version (\S+)"), "WARNING\nR version 4.4.1 (2024)", "r-4.4.1"),
        // As with branches.
        ("git-{1}", None, "1:2.39.2-1+deb12u1", "git-1-2.39.2-1-deb12u1"),
        ("{1}", None, "--fix_#12", "fix_-12"),
    ] {
        assert_eq!(tag(template, pattern, output), expected, "{template} {output}");
    }
}

#[test]
fn what_gives_no_tag_is_explained() {
    for (template, pattern, output, expected) in [
        ("python-{1}", Some("([0-9.]+)"), "python: not found", "it prints nothing that matches `([0-9.]+)`"),
        ("{1}", None, "\n", "it prints nothing that a tag can have"),
        ("{1}", None, "日本", "it prints nothing that a tag can have"),
        ("{1}", None, "a\nb", "it prints several lines"),
        ("{1}-{2}", Some("(a)|(b)"), "a", "`{2}` of the tag {1}-{2} was not found"),
        ("{1}", None, "latest", "kept for releases"),
        ("{1}", None, "keg-0123", "cannot be set as a tag"),
        ("{1}", None, &"1".repeat(129), "at most 128"),
    ] {
        let told = tag(template, pattern, output);
        assert!(told.contains(expected), "{template} {output}: {told}");
    }
}

#[test]
fn rules_are_for_branches() {
    let latest = TagRule::from("latest");
    assert!(latest.is_for(&branch("main", true)) && !latest.is_for(&branch("dev", false)));
    assert!(!TagRule::from("{prefix}-latest").is_for(&branch("dev", false)));
    let without = Branch { source: BranchSource::NoRepository, ..branch("local", false) };
    assert!(latest.is_for(&without));
    assert!(rule("python-{1}", None).is_for(&branch("dev", false)));
    let some = TagRule { branches: Some(vec!["main".into(), "release/*".into()]), ..rule("{1}", None) };
    let fitting = ["main", "release/1.2", "release/a/b", "mainly", "dev"].map(|name| some.is_for(&branch(name, false)));
    assert_eq!(fitting, [true, true, true, false, false]);
    let all = TagRule { branches: Some(vec!["*".into()]), ..latest };
    assert!(all.is_for(&branch("feature/x", false)));
}

#[test]
fn what_a_tag_says() {
    let of_branch =
        ["{branch}", "{prefix}-{branch}", "{branch}-{sha7}", "{branch}-{date}", "latest", "{plan}.{branch}"];
    assert_eq!(
        of_branch.map(|template| TagRule::from(template).is_of_branch()),
        [true, true, false, false, false, true]
    );
    assert!(!rule("{branch}-py{1}", None).is_of_branch());
    let fixed = ["{prefix}-{sha7}", "{sha}", "v{version}", "{branch}", "{date}"];
    assert_eq!(fixed.map(|template| TagRule::from(template).is_fixed()), [true, true, true, false, false]);
    assert_eq!(rule("{branch}-py{1}", None).told(&values()), "feature-x-py{version of python --version}");
    assert_eq!(rule("{branch}-py{1}.{minor}-{sha7}", None).readable(), "{branch}-py{*}.{*}-{sha7}");
    let two = rule("{1}.{2}-{sha7}", Some("(.)(.)"));
    assert_eq!(two.told(&values()), "{1 of python --version}.{2 of python --version}-{sha7}");
}
