use proptest::prelude::*;

use super::*;
use crate::reference::is_tag;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn tag(branch: &str) -> String {
    sanitise(branch).expect(branch)
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (String, String) {
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    (error.message().to_owned(), error.remedy().unwrap_or_default().to_owned())
}

#[test]
fn sanitises() {
    let table = [
        ("main", "main"),
        ("feature/x", "feature-x"),
        ("feature//x", "feature-x"),
        ("fix_#12", "fix_-12"),
        ("Feature/X", "Feature-X"),
        ("71/merge", "71-merge"),
        ("._hidden", "_hidden"),
        (".-.x", "x"),
        ("#1", "1"),
        ("a日本b", "a-b"),
        ("日本-a", "a"),
        ("a-#-b", "a---b"),
        ("x\ny", "x-y"),
        ("$(touch x)", "touch-x-"),
        ("`id`;rm -rf /", "id-rm--rf-"),
        ("\u{1b}[31mred", "31mred"),
        ("Latest", "Latest"),
        ("latest/x", "latest-x"),
        ("kegs", "kegs"),
    ];
    for (branch, expected) in table {
        assert_eq!(tag(branch), expected, "{branch:?}");
    }
}

#[test]
fn long_branches_are_cut_and_stay_apart() {
    assert_eq!(tag(&"b".repeat(128)), "b".repeat(128));
    let (one, other) = ("b".repeat(200), format!("{}c", "b".repeat(199)));
    let cut = tag(&one);
    assert_eq!(cut.len(), 128);
    assert!(cut.starts_with(&format!("{}-", "b".repeat(119))));
    assert!(is_tag(&cut));
    assert_ne!(cut, tag(&other));
    assert_eq!(cut, tag(&one));
}

#[test]
fn refuses_branches_without_a_tag() {
    for (branch, reason) in [
        ("///", "gives no tag"),
        ("日本", "branch `日本` gives no tag"),
        ("...", "gives no tag"),
        ("", "empty"),
        ("latest", "releases and promotions"),
        ("stable", "releases and promotions"),
        ("/stable", "releases and promotions"),
        ("keg-abc", "begin with `keg-`"),
        ("keg/abc", "the tag `keg-abc`"),
        ("\n", "branch `\\n`"),
    ] {
        let (message, help) = refusal(sanitise(branch));
        assert!(message.contains(reason), "{branch:?}: {message}");
        assert!(help.contains("--branch"), "{help}");
    }
}

proptest! {
    #[test]
    fn any_branch_gives_a_valid_tag_or_an_error(branch in any::<String>()) {
        if let Ok(tag) = sanitise(&branch) {
            prop_assert!(is_tag(&tag));
            prop_assert!(check_tag(&tag).is_ok());
        }
    }

    #[test]
    fn any_template_gives_a_valid_tag_or_an_error(template in "\\PC{0,20}(\\{[a-z7]{0,8}\\}?)?\\PC{0,5}") {
        if let Ok(tag) = expand(&template, &values()) {
            prop_assert!(is_tag(&tag));
        }
    }
}

fn on(head: Head) -> BranchFacts {
    BranchFacts { head: Some(head), revision: Some(COMMIT.into()), ..BranchFacts::default() }
}

#[test]
fn head_wins_over_ci_and_the_flag_over_both() {
    let ci = Some(CiBranch { variable: "BRANCH_NAME".into(), name: "other".into() });
    let facts = BranchFacts { ci: ci.clone(), ..on(Head::Branch("feature/x".into())) };
    let branch = decide(&facts).unwrap();
    assert_eq!((branch.name.as_str(), branch.tag.as_str(), branch.is_default), ("feature/x", "feature-x", false));
    assert_eq!(branch.source, BranchSource::Head);
    let branch = decide(&BranchFacts { flag: Some("mine".into()), ..facts }).unwrap();
    assert_eq!((branch.tag.as_str(), &branch.source), ("mine", &BranchSource::Flag));
    let branch = decide(&BranchFacts { ci, ..on(Head::Detached) }).unwrap();
    assert_eq!((branch.tag.as_str(), &branch.source), ("other", &BranchSource::Ci("BRANCH_NAME".into())));
    assert!(branch.origin().contains("BRANCH_NAME"), "{}", branch.origin());
}

#[test]
fn without_a_branch() {
    let branch = decide(&on(Head::Detached)).unwrap();
    assert_eq!((branch.tag.as_str(), &branch.source), ("sha-0123456789ab", &BranchSource::Detached));
    let branch = decide(&BranchFacts { default_tag: Some("develop".into()), ..BranchFacts::default() }).unwrap();
    assert_eq!((branch.tag.as_str(), branch.is_default), ("local", false));
    assert!(branch.origin().contains("no git repository"), "{}", branch.origin());
    let branch = decide(&BranchFacts { revision: None, ..on(Head::Unborn("trunk".into())) }).unwrap();
    assert_eq!((branch.tag.as_str(), &branch.source), ("trunk", &BranchSource::Unborn));
    refusal(decide(&BranchFacts { revision: None, ..on(Head::Detached) }));
    refusal(decide(&BranchFacts { flag: Some(String::new()), ..BranchFacts::default() }));
    refusal(decide(&on(Head::Branch("stable".into()))));
}

#[test]
fn the_default_branch() {
    let is_default = |facts: BranchFacts| decide(&facts).unwrap().is_default;
    let branches = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let on_branch = |name: &str| on(Head::Branch(name.into()));
    assert!(is_default(BranchFacts { local_branches: branches(&["main", "master"]), ..on_branch("main") }));
    assert!(!is_default(BranchFacts { local_branches: branches(&["main", "master"]), ..on_branch("master") }));
    assert!(is_default(BranchFacts { local_branches: branches(&["dev", "master"]), ..on_branch("master") }));
    assert!(is_default(BranchFacts { origin_head: Some("dev".into()), ..on_branch("dev") }));
    assert!(!is_default(BranchFacts { origin_head: Some("dev".into()), ..on_branch("main") }));
    let set = BranchFacts { default_branch: Some("a".into()), origin_head: Some("dev".into()), ..on_branch("a") };
    assert!(is_default(set));
    assert!(is_default(on(Head::Unborn("main".into()))));
    let ci = Some(CiBranch { variable: "CI_COMMIT_REF_NAME".into(), name: "main".into() });
    assert!(is_default(BranchFacts { ci, ..on(Head::Detached) }));
}

#[test]
fn the_default_tag() {
    let facts =
        |branch: &str, tag: &str| BranchFacts { default_tag: Some(tag.into()), ..on(Head::Branch(branch.into())) };
    assert_eq!(decide(&facts("main", "develop")).unwrap().tag, "develop");
    assert_eq!(decide(&facts("main", "latest")).unwrap().tag, "latest");
    assert_eq!(decide(&facts("other", "develop")).unwrap().tag, "other");
    let stable = BranchFacts { default_branch: Some("stable".into()), ..facts("stable", "develop") };
    assert_eq!(decide(&stable).unwrap().tag, "develop");
    let (_, help) = refusal(decide(&facts("main", "a b")));
    assert!(help.contains("default_tag"));
    refusal(decide(&facts("main", "keg-x")));
}

#[test]
fn the_default_tag_from_another_branch() {
    let facts = BranchFacts { local_branches: vec!["main".into(), "x".into()], ..on(Head::Branch("x".into())) };
    assert_eq!(default_tag(&facts).unwrap(), "main");
    assert_eq!(default_tag(&BranchFacts { origin_head: Some("dev/1".into()), ..facts.clone() }).unwrap(), "dev-1");
    assert_eq!(default_tag(&BranchFacts { default_tag: Some("develop".into()), ..facts.clone() }).unwrap(), "develop");
    assert_eq!(default_tag(&on(Head::Unborn("main".into()))).unwrap(), "main");
    refusal(default_tag(&BranchFacts { default_branch: Some("stable".into()), ..facts.clone() }));
    refusal(default_tag(&BranchFacts { default_tag: Some("keg-x".into()), ..facts }));
}

#[test]
fn ci_variables_in_order() {
    let of = |pairs: &[(&str, &str)]| CiBranch::of(&pairs.iter().copied().collect()).map(|branch| branch.name);
    assert_eq!(of(&[("GITHUB_HEAD_REF", "feat"), ("GITHUB_REF_NAME", "71/merge")]).as_deref(), Some("feat"));
    assert_eq!(of(&[("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "dev")]).as_deref(), Some("dev"));
    assert_eq!(of(&[("CI_COMMIT_REF_NAME", "a"), ("BRANCH_NAME", "b")]).as_deref(), Some("a"));
    assert_eq!(of(&[("BRANCH", "b")]), None);
}

fn values() -> TemplateValues {
    TemplateValues {
        branch: "feature-x".into(),
        revision: Some(COMMIT.into()),
        date: "2026-11-20".into(),
        version: Some("v1.2.0".into()),
        prefix: Some("2026.3".into()),
        plan: Some("gpu".into()),
        ..TemplateValues::default()
    }
}

#[test]
fn templates() {
    let table = [
        ("{branch}", "feature-x"),
        ("{prefix}-{branch}", "2026.3-feature-x"),
        ("{sha}", COMMIT),
        ("{branch}-{sha7}", "feature-x-0123456"),
        ("{date}", "2026-11-20"),
        ("{version}_{plan}", "v1.2.0_gpu"),
        ("latest", "latest"),
        ("stable", "stable"),
    ];
    for (template, expected) in table {
        assert_eq!(expand(template, &values()).unwrap(), expected);
    }
}

#[test]
fn templates_that_cannot_be() {
    let nothing = TemplateValues { branch: "b".into(), date: "2026-11-20".into(), ..TemplateValues::default() };
    for (template, reason, remedy) in [
        ("{branhc}", "unknown word `{branhc}`", "did you mean `{branch}`? the words are {branch} {sha}"),
        ("{}", "unknown word `{}`", "the words are"),
        ("{sha", "without its `}`", "the words are"),
        ("{sha}", "no commit", "commit first"),
        ("{sha7}", "no commit", "commit first"),
        ("{version}", "no git tag", "git tag"),
        ("{prefix}-x", "no tag_prefix", "keg.yml"),
        ("{plan}", "without a plan", "--plan"),
        ("", "it is empty", ""),
        ("a b", "it has ` `", ""),
        ("a}b", "it has `}`", ""),
        ("-{branch}", "tag template `-{branch}`: `-b` is no valid tag: a tag cannot begin", ""),
        ("keg-0123456789ab", "content tags", ""),
        ("keg-{branch}", "content tags", ""),
    ] {
        let (message, help) = refusal(expand(template, &nothing));
        assert!(message.contains(reason), "{template}: {message}");
        assert!(help.contains(remedy), "{template}: {help}");
    }
    let (message, _) = refusal(expand(&"a".repeat(129), &nothing));
    assert!(message.contains("129 characters"), "{message}");
    let slash = TemplateValues { version: Some("release/1".into()), ..nothing };
    let (message, _) = refusal(expand("{version}", &slash));
    assert!(message.contains("`release/1`") && message.contains("it has `/`"), "{message}");
}

#[test]
fn the_highest_tag() {
    assert_eq!(highest(["v1.9.0", "v1.10.0", "nightly"]), Some("v1.10.0"));
    assert_eq!(highest(["1.0.0-rc.1", "1.0.0"]), Some("1.0.0"));
    assert_eq!(highest(["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0-rc"]), Some("1.0.0-rc.10"));
    assert_eq!(highest(["1.0.0-alpha", "1.0.0-1"]), Some("1.0.0-alpha"));
    assert_eq!(highest(["2026-01-06", "2026-02-01"]), Some("2026-02-01"));
    assert_eq!(highest(["1.2", "1..3", "v"]), Some("v"));
    assert_eq!(highest(["v1.0.0+b", "v1.0.0+a"]), Some("v1.0.0+b"));
    assert_eq!(highest([]), None);
}

#[test]
fn a_plan_stands_before_the_branch() {
    assert_eq!(with_prefix("2026.3", "feature-x"), "2026.3-feature-x");
    let long = sanitise(&"b".repeat(200)).unwrap();
    let tag = with_prefix("2026.3", &long);
    assert_eq!(tag.len(), 128);
    check_tag(&tag).unwrap();
    assert_ne!(tag, with_prefix("2026.3", &sanitise(&"b".repeat(201)).unwrap()));
    // The same by a template.
    let values =
        TemplateValues { branch: after_prefix("2026.3", &long), prefix: Some("2026.3".into()), ..Default::default() };
    assert_eq!(expand("{prefix}-{branch}", &values).unwrap(), tag);
}
