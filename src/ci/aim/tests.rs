use super::*;
use crate::yaml;

fn ci(text: &str) -> Ci {
    let file: crate::manifest::KegFile = yaml::parse("keg.yml", &format!("ci: {text}\n")).unwrap();
    file.ci.unwrap()
}

fn event(kind: EventKind) -> Event {
    Event { title: "what happened".into(), kind, is_tag_alone: false }
}

fn release(tag: &str, is_prerelease: bool) -> Event {
    event(EventKind::Release(Release { tag: tag.into(), is_prerelease }))
}

fn on(branch: &str) -> Circumstances {
    Circumstances { branch: branch.into(), is_default: branch == "main", git_tags: Vec::new() }
}

fn request(number: u64, is_fork: bool) -> Event {
    event(EventKind::PullRequest(PullRequest {
        number: Some(number),
        branch: Some("feat".into()),
        commit: None,
        base: Some(Base::Commit("abc".into())),
        is_fork,
    }))
}

#[test]
fn a_pull_request_is_about_what_it_changes() {
    let aim = aim(&request(71, false), &Ci::default(), &on("feat"));
    assert_eq!(aim.selection, Selection::Changed(Some(Base::Commit("abc".into()))));
    assert_eq!(aim.tags, None);
    assert_eq!(aim.branch.as_deref(), Some("feat"));
}

#[test]
fn a_pull_request_publishes_what_keg_yml_says_and_never_from_a_fork() {
    let tags = |text: &str, is_fork| aim(&request(71, is_fork), &ci(text), &on("feat")).tags;
    assert_eq!(tags("{pull_requests: branch}", false), Some(TagsOfRun::OfBranch(vec![])));
    assert_eq!(tags("{pull_requests: number}", false), Some(TagsOfRun::Only(vec!["pr-71".into()])));
    assert_eq!(tags("{pull_requests: branch}", true), None);
    assert_eq!(tags("{pull_requests: number}", true), None);
}

#[test]
fn the_default_branch_moves_latest() {
    let tags =
        |branch, text: &str| aim(&event(EventKind::Push { branch: None, before: None }), &ci(text), &on(branch)).tags;
    assert_eq!(tags("main", "{}"), Some(TagsOfRun::OfBranch(vec!["latest".into()])));
    assert_eq!(tags("main", "{latest: false}"), Some(TagsOfRun::OfBranch(vec![])));
    assert_eq!(tags("feat", "{}"), Some(TagsOfRun::OfBranch(vec![])));
}

#[test]
fn a_release_tags_every_image() {
    let of = |event: &Event| aim(event, &Ci::default(), &on("v1.2.0"));
    let released = of(&release("v1.2.0", false));
    assert_eq!(released.selection, Selection::All);
    assert_eq!(released.tags, Some(TagsOfRun::Only(vec!["v1.2.0".into(), "latest".into()])));
    let tried = of(&release("v1.2.0-rc.1", true));
    assert_eq!(tried.tags, Some(TagsOfRun::Only(vec!["v1.2.0-rc.1".into()])));
    assert_eq!(tried.notes, ["latest stays where it is: v1.2.0-rc.1 is a pre-release"]);
}

#[test]
fn an_older_release_leaves_latest_to_the_newer_one() {
    let git_tags = ["v1.9.0", "v1.10.0", "v2.0.0-rc.1", "nightly"].map(str::to_owned).to_vec();
    let around = Circumstances { git_tags, ..on("x") };
    let tags = |tag| aim(&release(tag, false), &Ci::default(), &around).tags.unwrap().further().to_vec();
    assert_eq!(tags("v1.9.1"), ["v1.9.1"]);
    assert_eq!(tags("v1.10.0"), ["v1.10.0", "latest"]);
    assert_eq!(tags("v1.10.1"), ["v1.10.1", "latest"]);
    assert_eq!(tags("2026-01-06"), ["2026-01-06", "latest"]);
}

#[test]
fn a_git_tag_is_a_release_where_it_looks_like_one() {
    let selection = |tag, text: &str| {
        let pushed = Event { is_tag_alone: true, ..release(tag, false) };
        aim(&pushed, &ci(text), &on("x")).selection
    };
    assert_eq!(selection("v1.2.0", "{}"), Selection::All);
    assert_eq!(selection("2026-01-06", "{}"), Selection::Nothing);
    assert_eq!(selection("2026-01-06", "{release_tags: [\"20??-??-??\"]}"), Selection::All);
    assert_eq!(selection("nightly", "{release_tags: [\"20??-??-??\"]}"), Selection::Nothing);
}
