//! What an event asks for.

use globset::Glob;

use super::event::EventName;
use super::{Base, Event, EventKind, PullRequest, Release};
use crate::manifest::{Ci, PullRequests};

/// The tag that the newest of everything gets beside its own.
pub const LATEST: &str = "latest";

/// What CI has to do for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// What a reader calls the event.
    pub title: String,
    /// The event's kind.
    pub event: EventName,
    /// Which images it is about.
    pub selection: Selection,
    /// The tags that they get in the registry; `None` where nothing is published.
    pub tags: Option<TagsOfRun>,
    /// Why they are not published, or not under all tags.
    pub notes: Vec<String>,
    /// The branch that the images are built for, where the event names it.
    pub branch: Option<String>,
    /// The commit of the branch, where it is not what is checked out.
    pub commit: Option<String>,
}

/// The images that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All: what is fresh is not built again.
    All,
    /// Those that have changed since the base, and what is built on them.
    Changed(Option<Base>),
    /// None.
    Nothing,
}

/// The tags that the images of a run get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagsOfRun {
    /// Those of keg.yml for the branch, and further ones.
    OfBranch(Vec<String>),
    /// Only these.
    Only(Vec<String>),
}

impl TagsOfRun {
    /// Tags beside those of the branch.
    pub fn further(&self) -> &[String] {
        match self {
            Self::OfBranch(tags) | Self::Only(tags) => tags,
        }
    }
}

/// What else decides.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The branch that is checked out, or that CI's variables name.
    pub branch: String,
    /// Whether it is the default branch.
    pub is_default: bool,
    /// The git tags of the repository.
    pub git_tags: Vec<String>,
}

/// What `event` asks for.
pub fn aim(event: &Event, ci: &Ci, around: &Circumstances) -> Aim {
    let nothing = |notes: Vec<String>, name| Aim {
        title: event.title.clone(),
        event: name,
        selection: Selection::Nothing,
        tags: None,
        notes,
        branch: None,
        commit: None,
    };
    match &event.kind {
        EventKind::PullRequest(request) => of_pull_request(event, request, ci),
        EventKind::Queue { base } => {
            Aim { selection: Selection::Changed(base.clone()), ..nothing(Vec::new(), EventName::PullRequest) }
        }
        EventKind::Push { .. } => of_branch(event, EventName::Push, ci, around),
        EventKind::Schedule => of_branch(event, EventName::Schedule, ci, around),
        EventKind::Manual => of_branch(event, EventName::Manual, ci, around),
        EventKind::Release(release) if event.is_tag_alone && !is_release_tag(&release.tag, ci) => {
            let note = format!("the git tag {} is no release: see `ci: {{release_tags: […]}}` of keg.yml", release.tag);
            nothing(vec![note], EventName::Release)
        }
        EventKind::Release(release) => of_release(event, release, ci, around),
        EventKind::Nothing(what) => nothing(vec![format!("nothing is to do: {what}")], EventName::Auto),
    }
}

fn of_pull_request(event: &Event, request: &PullRequest, ci: &Ci) -> Aim {
    let mut notes = Vec::new();
    let tags = match (ci.pull_requests, request.number) {
        (PullRequests::Test, _) => None,
        _ if request.is_fork => {
            notes.push("a pull request from another repository publishes nothing".to_owned());
            None
        }
        (PullRequests::Number, Some(number)) => Some(TagsOfRun::Only(vec![format!("pr-{number}")])),
        (PullRequests::Number, None) => {
            notes.push("nothing is published: no variable says which number the pull request has".to_owned());
            None
        }
        (PullRequests::Branch, _) => Some(TagsOfRun::OfBranch(Vec::new())),
    };
    Aim {
        title: event.title.clone(),
        event: EventName::PullRequest,
        selection: Selection::Changed(request.base.clone()),
        tags,
        notes,
        branch: request.branch.clone(),
        commit: request.commit.clone(),
    }
}

fn of_branch(event: &Event, name: EventName, ci: &Ci, around: &Circumstances) -> Aim {
    let further = if around.is_default && ci.latest { vec![LATEST.to_owned()] } else { Vec::new() };
    Aim {
        title: event.title.clone(),
        event: name,
        selection: Selection::All,
        tags: Some(TagsOfRun::OfBranch(further)),
        notes: Vec::new(),
        branch: Some(around.branch.clone()),
        commit: None,
    }
}

fn of_release(event: &Event, release: &Release, ci: &Ci, around: &Circumstances) -> Aim {
    let mut tags = vec![release.tag.clone()];
    let mut notes = Vec::new();
    match (ci.latest, release.is_prerelease, newer(&release.tag, &around.git_tags)) {
        (false, ..) => {}
        (true, true, _) => notes.push(format!("{LATEST} stays where it is: {} is a pre-release", release.tag)),
        (true, false, Some(newer)) => notes.push(format!("{LATEST} stays where it is: {newer} is newer")),
        (true, false, None) => tags.push(LATEST.to_owned()),
    }
    Aim {
        title: event.title.clone(),
        event: EventName::Release,
        selection: Selection::All,
        tags: Some(TagsOfRun::Only(tags)),
        notes,
        branch: None,
        commit: None,
    }
}

/// Whether a git tag that was pushed stands for a release: a version as `v1.2.0` or `1.2.0`, or what keg.yml says.
fn is_release_tag(tag: &str, ci: &Ci) -> bool {
    let is_meant = |glob: &str| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(tag));
    version(tag).is_some() || ci.release_tags.iter().any(|glob| is_meant(glob))
}

fn version(tag: &str) -> Option<semver::Version> {
    semver::Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

/// The highest released version of the repository that is higher than this one: of tags that are no versions, the order
/// is not known.
fn newer<'a>(tag: &str, all: &'a [String]) -> Option<&'a str> {
    let own = version(tag)?;
    let released = all.iter().filter_map(|tag| Some((version(tag).filter(|version| version.pre.is_empty())?, tag)));
    let (highest, tag) = released.max_by(|(one, _), (other, _)| one.cmp_precedence(other))?;
    (highest.cmp_precedence(&own) == std::cmp::Ordering::Greater).then_some(tag)
}

#[cfg(test)]
mod tests;
