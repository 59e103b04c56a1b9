//! Looks at the images that could be started, and pulls the one that is.

use futures_util::future::join_all;

use super::Args;
use crate::border::credentials;
use crate::border::engine::Engine;
use crate::command::App;
use crate::command::variables::TapVariables;
use crate::env_vars;
use crate::error::{Error, Kind, Result};
use crate::event::Events;
use crate::observe::Borders;
use crate::reference::Reference;
use crate::start::{self, Candidate, LocalImage, Observed, Pull, Remote, StartDecision, StartFacts, Tags, Wanted};
use crate::tagging::check_tag;
use crate::workspace::{ImageIndex, Workspace};

/// The image to start, with what is known of it on the engine and in the registry.
///
/// # Errors
/// See [`start::decide`].
pub async fn decide(
    args: &Args,
    app: &App,
    workspace: &Workspace,
    index: ImageIndex,
    tags: Tags<'_>,
    variables: &TapVariables,
) -> Result<StartDecision> {
    let tap = workspace.image(index);
    let wanted = Wanted {
        asked: None,
        flag: args.from.as_deref(),
        environment: app.settings.variables.get(env_vars::KEG_IMAGE_FROM),
        tap_environment: variables.image_from(),
        manifest: tap.tap.as_ref().and_then(|tap| tap.from.as_deref()),
    };
    let candidates = start::candidates(workspace, index, wanted, tags)?;
    let is_own = candidates.iter().all(|candidate| !candidate.origin.is_explicit());
    let policy = if args.build && is_own { args.pull_after_build() } else { args.pull };
    let has_registry = workspace.options.registry.is_some();
    decide_among(app, &tap.name, candidates, policy, has_registry).await
}

/// The one of `candidates` to start. `has_registry` says whether the workspace's images are in one; `subject` is for
/// error messages.
///
/// # Errors
/// See [`start::decide`].
pub async fn decide_among(
    app: &App,
    subject: &str,
    candidates: Vec<Candidate>,
    policy: Pull,
    has_registry: bool,
) -> Result<StartDecision> {
    let borders = app.borders()?;
    let looks = candidates.into_iter().map(|candidate| {
        let ask = policy != Pull::Never && (has_registry || candidate.image.is_none());
        look(&borders, candidate, ask)
    });
    let (observed, refusals): (Vec<_>, Vec<_>) =
        join_all(looks).await.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let mut facts = StartFacts { tap: subject.to_owned(), candidates: observed, policy, existing: Vec::new() };
    match start::decide(&facts) {
        Ok(decision) => Ok(decision),
        // The registry answered, and its answer says more than that it cannot be used.
        Err(error) if error.kind() == Kind::Unreachable => Err(refusals.into_iter().flatten().next().unwrap_or(error)),
        Err(_) => {
            facts.existing = existing(&borders, &facts, has_registry).await;
            start::decide(&facts)
        }
    }
}

/// One candidate on the engine and in the registry, and what the registry said when it refused to tell.
async fn look(borders: &Borders, candidate: Candidate, ask: bool) -> Result<(Observed, Option<Error>)> {
    let familiar = candidate.reference.familiar();
    let remote = async {
        if !ask {
            return (Remote::NotAsked, None);
        }
        match borders.registry.head(&candidate.reference).await {
            Ok(Some(manifest)) => (Remote::Digest(manifest.digest), None),
            Ok(None) => (Remote::Missing, None),
            Err(error) if error.kind() == Kind::Unreachable => (Remote::Unreachable(error.one_line()), None),
            Err(error) => (Remote::Unreachable(error.one_line()), Some(error)),
        }
    };
    let (local, (remote, refusal)) = tokio::join!(borders.engine.inspect(&familiar), remote);
    let repository = candidate.reference.repository();
    let local = local?.map(|image| LocalImage {
        digests: image.repo_digests.iter().filter_map(|text| digest_in(text, &repository)).collect(),
    });
    Ok((Observed { candidate, local, remote }, refusal))
}

/// The digest of a `repository@digest`, if it is of this repository.
fn digest_in(text: &str, repository: &str) -> Option<String> {
    let reference = Reference::parse(text).ok()?;
    (reference.repository() == repository).then(|| reference.digest().map(str::to_owned)).flatten()
}

/// Tags of the first candidate's repository, here and in the registry. For an error message, so failures are none.
async fn existing(borders: &Borders, facts: &StartFacts, has_registry: bool) -> Vec<String> {
    let Some(first) = facts.candidates.first().map(|observed| &observed.candidate) else { return Vec::new() };
    let mut tags = Vec::new();
    if has_registry || first.image.is_none() {
        tags.extend(borders.registry.tags(&first.reference).await.ok().flatten().unwrap_or_default());
    }
    for image in borders.engine.images().await.unwrap_or_default() {
        let references = image.tags.iter().filter_map(|tag| Reference::parse(tag).ok());
        let same = references.filter(|reference| reference.repository() == first.reference.repository());
        tags.extend(same.filter_map(|reference| reference.tag().map(str::to_owned)));
    }
    // Content tags are keg's own.
    tags.retain(|tag| check_tag(tag).is_ok());
    tags.sort();
    tags.dedup();
    tags
}

/// Pulls `reference`, with the credentials that Docker has stored.
///
/// # Errors
/// The registry or the engine fails, or the registry's name means another one on the engine's machine.
pub async fn pull(app: &App, engine: &Engine, reference: &Reference, step: &str, events: &Events) -> Result<()> {
    app.check_shared_pull(reference).await?;
    let credential = credentials::lookup(&app.settings, reference.domain()).await?;
    engine.pull(reference, None, credential, step, events).await
}

/// Says what the user should know of a decision, and pulls what is newer in the registry, for the container `name`.
///
/// # Errors
/// The registry or the engine fails.
pub async fn bring(app: &App, engine: &Engine, decision: &StartDecision, name: &str) -> Result<()> {
    let (events, shown) = app.ui.start();
    for note in &decision.notes {
        events.note(note);
    }
    let result = if decision.pull {
        let step = format!("pull {name}");
        let pull = pull(app, engine, &decision.image, &step, &events);
        events.step(&step, name, "pulling", pull).await
    } else {
        Ok(())
    };
    drop(events);
    shown.finish().await;
    result
}
