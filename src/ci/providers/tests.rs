use serde_json::json;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().copied().collect()
}

fn told(pairs: &[(&str, &str)], payload: Option<Value>) -> Event {
    read(&variables(pairs), payload.as_ref(), &Asked::default()).unwrap()
}

fn pull_request(head: Option<&str>) -> Value {
    let head = head.map(|name| json!({ "full_name": name }));
    json!({
        "action": "synchronize",
        "pull_request": {
            "number": 71,
            "head": { "ref": "feat", "sha": "c".repeat(40), "repo": head },
            "base": { "sha": "b".repeat(40), "repo": { "full_name": "acme/images" } },
        },
    })
}

const PULL_REQUEST: [(&str, &str); 3] =
    [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_REF", "refs/pull/71/merge"), ("GITHUB_HEAD_REF", "feat")];

#[test]
fn a_pull_request_of_github() {
    let event = told(&PULL_REQUEST, Some(pull_request(Some("acme/images"))));
    let expected = PullRequest {
        number: Some(71),
        branch: Some("feat".into()),
        commit: Some("c".repeat(40)),
        base: Some(Base::Commit("b".repeat(40))),
        is_fork: false,
    };
    assert_eq!(event.kind, EventKind::PullRequest(expected));
    assert_eq!(event.title, "pull request 71 of feat");
}

#[test]
fn a_fork_is_told_from_the_repository_itself() {
    let is_fork =
        |payload| matches!(told(&PULL_REQUEST, payload).kind, EventKind::PullRequest(request) if request.is_fork);
    assert!(is_fork(Some(pull_request(Some("somebody/images")))));
    assert!(is_fork(Some(pull_request(None))), "the fork was deleted");
    assert!(!is_fork(Some(pull_request(Some("acme/images")))));
    let by_a_program = [&PULL_REQUEST[..], &[("GITHUB_ACTOR", "dependabot[bot]")]].concat();
    let kind = told(&by_a_program, Some(pull_request(Some("acme/images")))).kind;
    assert!(matches!(kind, EventKind::PullRequest(request) if request.is_fork), "its token may only read");
    let asked = Asked { event: Some(EventName::PullRequest), ..Asked::default() };
    let payload = pull_request(Some("somebody/images"));
    let event = read(&variables(&PULL_REQUEST), Some(&payload), &asked).unwrap();
    assert!(matches!(event.kind, EventKind::PullRequest(request) if request.is_fork), "whatever flags say");
}

#[test]
fn without_its_document_a_pull_request_is_trusted_in_nothing() {
    let EventKind::PullRequest(request) = told(&PULL_REQUEST, None).kind else { unreachable!("a pull request") };
    assert!(request.is_fork);
}

#[test]
fn pushes_of_github() {
    let push = |reference| told(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", reference)], Some(json!({}))).kind;
    assert_eq!(push("refs/heads/feature/x"), EventKind::Push { branch: Some("feature/x".into()), before: None });
    assert_eq!(push("refs/tags/v1.2.0"), EventKind::Release(Release { tag: "v1.2.0".into(), is_prerelease: false }));
    assert_eq!(push("refs/tags/v2.0-rc"), EventKind::Release(Release { tag: "v2.0-rc".into(), is_prerelease: false }));
    let deleted =
        told(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/heads/old")], Some(json!({ "deleted": true })));
    assert_eq!(deleted.kind, EventKind::Nothing("refs/heads/old was deleted".into()));
    let zeros = json!({ "after": "0".repeat(40) });
    let deleted = told(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/heads/old")], Some(zeros));
    assert_eq!(deleted.kind, EventKind::Nothing("refs/heads/old was deleted".into()));
}

#[test]
fn releases_of_github() {
    let release = |action: &str, prerelease: bool| {
        let payload = json!({ "action": action, "release": { "tag_name": "2026-01-06", "prerelease": prerelease } });
        told(&[("GITHUB_EVENT_NAME", "release"), ("GITHUB_REF", "refs/tags/2026-01-06")], Some(payload))
    };
    let published = release("published", false);
    assert_eq!(published.kind, EventKind::Release(Release { tag: "2026-01-06".into(), is_prerelease: false }));
    assert!(!published.is_tag_alone, "somebody has said that it is one");
    assert_eq!(release("published", true).title, "pre-release 2026-01-06");
    assert_eq!(release("deleted", false).kind, EventKind::Nothing("a release was deleted".into()));
    assert!(told(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", "refs/tags/2026-01-06")], None).is_tag_alone);
}

#[test]
fn other_events_of_github() {
    let kind = |name, payload| told(&[("GITHUB_EVENT_NAME", name), ("GITHUB_REF", "refs/heads/main")], payload).kind;
    assert_eq!(kind("schedule", None), EventKind::Schedule);
    assert_eq!(kind("workflow_dispatch", None), EventKind::Manual);
    let of_tag = told(&[("GITHUB_EVENT_NAME", "workflow_dispatch"), ("GITHUB_REF", "refs/tags/v1.0.0")], None);
    assert_eq!(of_tag.kind, EventKind::Release(Release { tag: "v1.0.0".into(), is_prerelease: false }));
    assert!(of_tag.is_tag_alone, "nobody says that it is a release");
    let queue = kind("merge_group", Some(json!({ "merge_group": { "base_sha": "abc" } })));
    assert_eq!(queue, EventKind::Queue { base: Some(Base::Commit("abc".into())) });
    let deleted = kind("delete", Some(json!({ "ref": "old", "ref_type": "branch" })));
    assert_eq!(deleted, EventKind::Nothing("old was deleted".into()));
    // A review comes with the code of the pull request, and a comment with anybody's.
    let review = kind("pull_request_review", Some(json!({ "action": "submitted" })));
    assert!(matches!(review, EventKind::PullRequest(request) if request.is_fork));
    let comment = variables(&[("GITHUB_EVENT_NAME", "issue_comment"), ("GITHUB_REF", "refs/heads/main")]);
    let error = read(&comment, None, &Asked::default()).unwrap_err();
    assert!(error.message().contains("`issue_comment`"), "{error}");
    let asked = Asked { event: Some(EventName::Manual), ..Asked::default() };
    assert_eq!(read(&comment, None, &asked).unwrap().kind, EventKind::Manual);
    let closed = kind("pull_request", Some(json!({ "action": "closed" })));
    assert_eq!(closed, EventKind::Nothing("a pull request was closed".into()));
}

#[test]
fn events_of_gitlab() {
    let lab = |pairs: &[(&str, &str)]| told(&[&[("GITLAB_CI", "true")], pairs].concat(), None).kind;
    assert_eq!(lab(&[("CI_COMMIT_BRANCH", "main")]), EventKind::Push { branch: Some("main".into()), before: None });
    assert_eq!(lab(&[("CI_PIPELINE_SOURCE", "schedule"), ("CI_COMMIT_BRANCH", "main")]), EventKind::Schedule);
    let tag = lab(&[("CI_COMMIT_TAG", "v1.0.0-rc.1"), ("CI_PIPELINE_SOURCE", "push")]);
    assert_eq!(tag, EventKind::Release(Release { tag: "v1.0.0-rc.1".into(), is_prerelease: true }));
    let request = |project| {
        let kind = lab(&[
            ("CI_MERGE_REQUEST_IID", "5"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feat"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project),
        ]);
        let EventKind::PullRequest(request) = kind else { unreachable!("{kind:?}") };
        request
    };
    let train = lab(&[
        ("CI_MERGE_REQUEST_IID", "5"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "abc"),
    ]);
    assert_eq!(train, EventKind::Queue { base: Some(Base::Commit("abc".into())) });
    assert_eq!(request("1").base, Some(Base::Branch("main".into())));
    assert!(!request("1").is_fork);
    assert!(request("2").is_fork);
}

#[test]
fn events_of_jenkins() {
    let jenkins = |pairs: &[(&str, &str)]| told(&[&[("JENKINS_URL", "http://ci")], pairs].concat(), None).kind;
    assert_eq!(jenkins(&[("BRANCH_NAME", "main")]), EventKind::Push { branch: Some("main".into()), before: None });
    let tag = jenkins(&[("TAG_NAME", "v1.0.0"), ("BRANCH_NAME", "v1.0.0")]);
    assert_eq!(tag, EventKind::Release(Release { tag: "v1.0.0".into(), is_prerelease: false }));
    let change = [("CHANGE_ID", "7"), ("CHANGE_BRANCH", "feat"), ("CHANGE_TARGET", "main"), ("CHANGE_FORK", "me")];
    let kind = jenkins(&change);
    let EventKind::PullRequest(request) = kind else { unreachable!("{kind:?}") };
    assert!(request.is_fork);
}

#[test]
fn flags_speak_where_no_system_does() {
    let with = |asked: Asked| read(&variables(&[]), None, &asked);
    assert_eq!(with(Asked::default()).unwrap().kind, EventKind::Manual);
    let asked = Asked {
        event: Some(EventName::PullRequest),
        base: Some("main".into()),
        branch: Some("feat".into()),
        ..Asked::default()
    };
    let EventKind::PullRequest(request) = with(asked).unwrap().kind else { unreachable!("a pull request") };
    assert_eq!(request.base, Some(Base::Commit("main".into())));
    assert_eq!(request.branch.as_deref(), Some("feat"));
    let release = Asked { event: Some(EventName::Release), ..Asked::default() };
    assert_eq!(with(release.clone()).unwrap_err().message(), "a release without a git tag");
    let release = with(Asked { version: Some("v1.0.0".into()), ..release }).unwrap();
    assert_eq!(release.title, "release v1.0.0");
    assert!(!release.is_tag_alone);
}
