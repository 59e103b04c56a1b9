//! Reads the event from the variables of CI systems: GitHub Actions, GitLab CI, Jenkins, and others with flags.

use serde_json::Value;

use super::event::EventName;
use super::{Base, Event, EventKind, PullRequest, Release};
use crate::env_vars::Variables;
use crate::error::{Error, Result};

/// The CI system that runs keg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions, and what speaks as it does: Forgejo, Gitea.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Jenkins' multibranch pipelines.
    Jenkins,
    /// None that keg knows, or a person's own machine.
    Other,
}

impl Provider {
    /// Which one has set the environment.
    pub fn of(variables: &Variables) -> Self {
        if variables.get("GITHUB_EVENT_NAME").is_some() {
            Self::GitHub
        } else if variables.get("GITLAB_CI").is_some() {
            Self::GitLab
        } else if variables.get("JENKINS_URL").is_some() {
            Self::Jenkins
        } else {
            Self::Other
        }
    }
}

/// What the command line says of the event.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `--event`; `None` for what the variables say.
    pub event: Option<EventName>,
    /// `--base`: what a pull request is compared with.
    pub base: Option<String>,
    /// `--branch`.
    pub branch: Option<String>,
    /// The exact git tag on HEAD.
    pub version: Option<String>,
}

/// The event, as the flags, else the variables say. `payload` is the JSON document of GitHub's event.
///
/// # Errors
/// An event of which something is missing.
pub fn read(variables: &Variables, payload: Option<&Value>, asked: &Asked) -> Result<Event> {
    let provider = Provider::of(variables);
    let is_release = match (asked.event, provider) {
        (None | Some(EventName::Auto), Provider::GitHub) => variables.get("GITHUB_EVENT_NAME") == Some("release"),
        (None | Some(EventName::Auto), _) => false,
        (Some(event), _) => event == EventName::Release,
    };
    let kind = match asked.event {
        None | Some(EventName::Auto) => match provider {
            Provider::GitHub => github(variables, payload)?,
            Provider::GitLab => gitlab(variables),
            Provider::Jenkins => jenkins(variables),
            Provider::Other => EventKind::Manual,
        },
        Some(EventName::PullRequest) => {
            // A fork stays one, whatever else is asked for.
            EventKind::PullRequest(told_or_stranger(provider, variables, payload))
        }
        Some(EventName::Push) => EventKind::Push { branch: None, before: None },
        Some(EventName::Release) => release_of(provider, variables, payload, asked)?,
        Some(EventName::Schedule) => EventKind::Schedule,
        Some(EventName::Manual) => EventKind::Manual,
    };
    let event = with_flags(kind, asked);
    let is_tag_alone = matches!(event.kind, EventKind::Release(_)) && !is_release;
    Ok(Event { is_tag_alone, ..event })
}

fn with_flags(mut kind: EventKind, asked: &Asked) -> Event {
    if let EventKind::PullRequest(request) = &mut kind {
        if let Some(base) = &asked.base {
            request.base = Some(Base::Commit(base.clone()));
        }
        if let Some(branch) = &asked.branch {
            request.branch = Some(branch.clone());
        }
    }
    if let (EventKind::Queue { base }, Some(asked)) = (&mut kind, &asked.base) {
        *base = Some(Base::Commit(asked.clone()));
    }
    if let (EventKind::Push { branch, .. }, Some(asked)) = (&mut kind, &asked.branch) {
        *branch = Some(asked.clone());
    }
    Event { title: title(&kind), kind, is_tag_alone: false }
}

fn title(kind: &EventKind) -> String {
    match kind {
        EventKind::PullRequest(request) => {
            let number = request.number.map(|number| format!(" {number}")).unwrap_or_default();
            let branch = request.branch.as_ref().map(|branch| format!(" of {branch}")).unwrap_or_default();
            let fork = if request.is_fork { " from a fork" } else { "" };
            format!("pull request{number}{branch}{fork}")
        }
        EventKind::Queue { .. } => "merge queue".to_owned(),
        EventKind::Push { branch: Some(branch), .. } => format!("push to {branch}"),
        EventKind::Push { branch: None, .. } => "push".to_owned(),
        EventKind::Release(release) => {
            let word = if release.is_prerelease { "pre-release" } else { "release" };
            format!("{word} {}", release.tag)
        }
        EventKind::Schedule => "schedule".to_owned(),
        EventKind::Manual => "run by hand".to_owned(),
        EventKind::Nothing(what) => what.clone(),
    }
}

/// GitHub's variables and its event's document
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>).
fn github(variables: &Variables, payload: Option<&Value>) -> Result<EventKind> {
    let name = variables.get("GITHUB_EVENT_NAME").unwrap_or_default();
    let reference = variables.get("GITHUB_REF").unwrap_or_default();
    let says = |pointer: &str| payload.and_then(|payload| payload.pointer(pointer));
    let action = says("/action").and_then(Value::as_str);
    Ok(match name {
        // Comments and reviews of a pull request come with its code.
        name if name.starts_with("pull_request") => match action {
            Some("closed") => EventKind::Nothing("a pull request was closed".to_owned()),
            _ => EventKind::PullRequest(told_or_stranger(Provider::GitHub, variables, payload)),
        },
        // A queue tries what several pull requests are together; it merges itself.
        "merge_group" => EventKind::Queue {
            base: says("/merge_group/base_sha").and_then(Value::as_str).map(|sha| Base::Commit(sha.to_owned())),
        },
        "push" if says("/deleted").and_then(Value::as_bool) == Some(true) || is_deletion(says("/after")) => {
            EventKind::Nothing(format!("{reference} was deleted"))
        }
        "delete" => {
            let deleted = says("/ref").and_then(Value::as_str).unwrap_or("a branch or git tag");
            EventKind::Nothing(format!("{deleted} was deleted"))
        }
        "push" => match reference.strip_prefix("refs/tags/") {
            Some(tag) => release(tag),
            None => EventKind::Push {
                branch: branch_of(reference),
                before: says("/before").and_then(Value::as_str).and_then(commit_before),
            },
        },
        "release" => match action {
            None | Some("published" | "released" | "prereleased") => github_release(variables, payload)?,
            Some(action) => EventKind::Nothing(format!("a release was {action}")),
        },
        "schedule" => EventKind::Schedule,
        // Somebody may start it from a git tag as well.
        "workflow_dispatch" | "repository_dispatch" | "workflow_run" | "workflow_call" => {
            reference.strip_prefix("refs/tags/").map_or(EventKind::Manual, release)
        }
        // An issue or a comment can be anybody's, and may come with anybody's code.
        other => {
            return Err(Error::request(format!(
                "nobody says what images the event `{other}` (GITHUB_EVENT_NAME) asks for"
            ))
            .help("say it with --event: keg ci run --event manual publishes the branch that is checked out"));
        }
    })
}

/// Whether a push leaves nothing, which systems write as the commit of zeros.
fn is_deletion(after: Option<&Value>) -> bool {
    after.and_then(Value::as_str).is_some_and(|commit| !commit.is_empty() && commit_before(commit).is_none())
}

/// The commit that a branch was at; a new branch was at none, which systems write as zeros.
fn commit_before(commit: &str) -> Option<String> {
    commit.chars().any(|digit| digit != '0').then(|| commit.to_owned())
}

fn branch_of(reference: &str) -> Option<String> {
    reference.strip_prefix("refs/heads/").map(str::to_owned)
}

fn github_release(variables: &Variables, payload: Option<&Value>) -> Result<EventKind> {
    let release = payload.and_then(|payload| payload.get("release"));
    let tag = release
        .and_then(|release| release.get("tag_name"))
        .and_then(Value::as_str)
        .or_else(|| variables.get("GITHUB_REF").and_then(|reference| reference.strip_prefix("refs/tags/")))
        .ok_or_else(no_release_tag)?;
    let marked = release.and_then(|release| release.get("prerelease")).and_then(Value::as_bool);
    let is_prerelease = marked.unwrap_or_else(|| is_prerelease(tag));
    Ok(EventKind::Release(Release { tag: tag.to_owned(), is_prerelease }))
}

fn no_release_tag() -> Error {
    Error::request("a release without a git tag").help("check out the release's git tag: git switch --detach v1.2.0")
}

/// Whether a version such as `v1.2.0-rc.1` is a pre-release (<https://semver.org>, item 9).
fn is_prerelease(tag: &str) -> bool {
    semver::Version::parse(tag.strip_prefix('v').unwrap_or(tag)).is_ok_and(|version| !version.pre.is_empty())
}

/// GitLab's variables (<https://docs.gitlab.com/ci/variables/predefined_variables/>).
fn gitlab(variables: &Variables) -> EventKind {
    if let Some(request) = pull_request_of(Provider::GitLab, variables, None) {
        return match variables.get("CI_MERGE_REQUEST_EVENT_TYPE") {
            Some("merge_train") => EventKind::Queue { base: request.base },
            _ => EventKind::PullRequest(request),
        };
    }
    if let Some(tag) = variables.get("CI_COMMIT_TAG") {
        return release(tag);
    }
    match variables.get("CI_PIPELINE_SOURCE") {
        Some("schedule") => EventKind::Schedule,
        Some("web" | "api" | "trigger" | "pipeline") => EventKind::Manual,
        _ => EventKind::Push {
            branch: variables.get("CI_COMMIT_BRANCH").map(str::to_owned),
            before: variables.get("CI_COMMIT_BEFORE_SHA").and_then(commit_before),
        },
    }
}

/// Jenkins' variables of multibranch pipelines.
fn jenkins(variables: &Variables) -> EventKind {
    if let Some(request) = pull_request_of(Provider::Jenkins, variables, None) {
        return EventKind::PullRequest(request);
    }
    match variables.get("TAG_NAME") {
        Some(tag) => release(tag),
        None => EventKind::Push {
            branch: variables.get("BRANCH_NAME").map(str::to_owned),
            before: variables.get("GIT_PREVIOUS_COMMIT").and_then(commit_before),
        },
    }
}

/// What the system says of the pull request. Where GitHub's document is missing, nothing proves that it is no fork's.
fn told_or_stranger(provider: Provider, variables: &Variables, payload: Option<&Value>) -> PullRequest {
    let is_fork = provider == Provider::GitHub && variables.get("GITHUB_EVENT_NAME") != Some("workflow_dispatch");
    let unknown = PullRequest {
        branch: variables.get("GITHUB_HEAD_REF").map(str::to_owned),
        base: variables.get("GITHUB_BASE_REF").map(|branch| Base::Branch(branch.to_owned())),
        is_fork,
        ..PullRequest::default()
    };
    pull_request_of(provider, variables, payload).unwrap_or(unknown)
}

fn pull_request_of(provider: Provider, variables: &Variables, payload: Option<&Value>) -> Option<PullRequest> {
    let text = |name: &str| variables.get(name).map(str::to_owned);
    match provider {
        Provider::GitHub => {
            let request = payload?.get("pull_request")?;
            let says = |pointer: &str| request.pointer(pointer);
            let repository = |end: &str| says(&format!("/{end}/repo/full_name")).and_then(Value::as_str);
            let base = says("/base/sha").and_then(Value::as_str).map(|sha| Base::Commit(sha.to_owned()));
            Some(PullRequest {
                number: says("/number").and_then(Value::as_u64),
                branch: text("GITHUB_HEAD_REF").or_else(|| says("/head/ref")?.as_str().map(str::to_owned)),
                commit: says("/head/sha").and_then(Value::as_str).map(str::to_owned),
                base: base.or_else(|| text("GITHUB_BASE_REF").map(Base::Branch)),
                // The fork may be gone; then nothing proves that it was none. What Dependabot starts may only read.
                is_fork: repository("head").is_none()
                    || repository("head") != repository("base")
                    || variables.get("GITHUB_ACTOR") == Some("dependabot[bot]"),
            })
        }
        Provider::GitLab => {
            let number = variables.get("CI_MERGE_REQUEST_IID")?;
            let commit = text("CI_MERGE_REQUEST_DIFF_BASE_SHA").map(Base::Commit);
            Some(PullRequest {
                number: number.parse().ok(),
                branch: text("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
                commit: text("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
                base: commit.or_else(|| text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").map(Base::Branch)),
                is_fork: variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
                    != variables.get("CI_MERGE_REQUEST_PROJECT_ID"),
            })
        }
        Provider::Jenkins => Some(PullRequest {
            number: variables.get("CHANGE_ID")?.parse().ok(),
            branch: text("CHANGE_BRANCH"),
            commit: None,
            base: text("CHANGE_TARGET").map(Base::Branch),
            is_fork: variables.get("CHANGE_FORK").is_some(),
        }),
        Provider::Other => None,
    }
}

fn release_of(provider: Provider, variables: &Variables, payload: Option<&Value>, asked: &Asked) -> Result<EventKind> {
    let told = match provider {
        Provider::GitHub => github_release(variables, payload).ok(),
        Provider::GitLab => variables.get("CI_COMMIT_TAG").map(release),
        Provider::Jenkins => variables.get("TAG_NAME").map(release),
        Provider::Other => None,
    };
    told.or_else(|| asked.version.as_deref().map(release)).ok_or_else(no_release_tag)
}

fn release(tag: &str) -> EventKind {
    EventKind::Release(Release { tag: tag.to_owned(), is_prerelease: is_prerelease(tag) })
}

#[cfg(test)]
mod tests;
