//! Which image is started, and whether it is pulled before.

use super::choose::{Candidate, Origin};
use crate::error::{Error, Result};
use crate::reference::Reference;

/// When the image is pulled before a start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Pull {
    /// When the registry has another one than the engine.
    #[default]
    Newer,
    /// Every time; without the registry nothing starts.
    Always,
    /// When the engine has none.
    Missing,
    /// Never.
    Never,
}

/// What the engine has under a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// Digests of the manifests under which the engine knows the image in this repository.
    /// None means that it was built here and was never pushed or pulled.
    pub digests: Vec<String>,
}

/// What the registry has under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// There is no registry to ask, or the policy needs no answer.
    NotAsked,
    /// The digest of the manifest.
    Digest(String),
    /// The registry answered that it has none.
    Missing,
    /// The registry gave no usable answer, and why.
    Unreachable(String),
}

/// A candidate with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The reference and who asked for it.
    pub candidate: Candidate,
    /// What the engine has.
    pub local: Option<LocalImage>,
    /// What the registry has.
    pub remote: Remote,
}

/// Everything that [`decide`] looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartFacts {
    /// The tap's name, for sentences and for the command that builds it.
    pub tap: String,
    /// Candidates, best first; at least one.
    pub candidates: Vec<Observed>,
    /// `--pull`.
    pub policy: Pull,
    /// Tags of the image that do exist, here or in the registry, for the error that nothing can be started.
    pub existing: Vec<String>,
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartDecision {
    /// The image: `KEG_IMAGE_FROM`.
    pub image: Reference,
    /// Who asked for it.
    pub origin: Origin,
    /// Whether it is pulled first.
    pub pull: bool,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
}

/// What a candidate turns out to be.
enum Verdict {
    Use { pull: bool, note: Option<String> },
    Absent,
    Unknown(String),
}

/// Decides which candidate is started and whether it is pulled.
///
/// # Errors
/// Nothing can be started: the request is wrong where no candidate exists, and the registry is out of reach where it
/// could not be asked and the engine has nothing (or the policy is `always`).
pub fn decide(facts: &StartFacts) -> Result<StartDecision> {
    let mut unknown: Option<(&Candidate, String)> = None;
    let mut passed_over: Vec<&Candidate> = Vec::new();
    for observed in &facts.candidates {
        let candidate = &observed.candidate;
        match judge(observed, facts.policy)? {
            Verdict::Use { pull, note } => {
                let mut notes: Vec<String> = Vec::new();
                if let Some(missed) = passed_over.first() {
                    notes.push(fallback(facts, missed, candidate, unknown.as_ref()));
                }
                notes.extend(note);
                return Ok(StartDecision { image: candidate.reference.clone(), origin: candidate.origin, pull, notes });
            }
            Verdict::Absent => passed_over.push(candidate),
            Verdict::Unknown(reason) => {
                passed_over.push(candidate);
                unknown.get_or_insert((candidate, reason));
            }
        }
    }
    Err(match unknown {
        Some((candidate, reason)) => out_of_reach(&candidate.reference, &reason)
            .help("Start again when the registry answers, or build the image here: `keg build`."),
        None => nothing_to_start(facts, &passed_over),
    })
}

fn judge(observed: &Observed, policy: Pull) -> Result<Verdict> {
    let shown = observed.candidate.reference.familiar();
    let keep = |note: Option<String>| Verdict::Use { pull: false, note };
    Ok(match (policy, &observed.local, &observed.remote) {
        (Pull::Always, _, Remote::Digest(_)) => Verdict::Use { pull: true, note: None },
        (Pull::Always, _, Remote::Missing) => Verdict::Absent,
        (Pull::Always, _, Remote::Unreachable(reason)) => {
            return Err(out_of_reach(&observed.candidate.reference, reason)
                .help("Without `--pull always` an image that the engine has is started."));
        }
        (Pull::Always, _, Remote::NotAsked) => {
            return Err(Error::request(format!("`--pull always`: there is no registry to pull {shown} from"))
                .help("Set `registry:` in keg.yml, or leave `--pull always` out."));
        }
        (Pull::Never | Pull::Missing, Some(_), _) => keep(None),
        (Pull::Never, None, _) => Verdict::Absent,
        (Pull::Newer, Some(local), Remote::Digest(digest)) if local.digests.contains(digest) => keep(None),
        (Pull::Newer, Some(local), Remote::Digest(_)) if local.digests.is_empty() => keep(Some(format!(
            "{shown} was built here and is not what the registry has: starting the one built here \
             (`--pull always` takes the registry's)"
        ))),
        (Pull::Newer, Some(_), Remote::Missing) => {
            keep(Some(format!("{shown} is not in the registry: starting the one on this engine")))
        }
        (Pull::Newer, Some(_), Remote::Unreachable(reason)) => {
            keep(Some(format!("the registry is out of reach ({reason}): starting {shown} as it is on this engine")))
        }
        (Pull::Newer, Some(_), Remote::NotAsked) => keep(None),
        (Pull::Newer, Some(_), Remote::Digest(_)) | (Pull::Newer | Pull::Missing, None, Remote::Digest(_)) => {
            Verdict::Use { pull: true, note: None }
        }
        (Pull::Newer | Pull::Missing, None, Remote::Missing | Remote::NotAsked) => Verdict::Absent,
        (Pull::Newer | Pull::Missing, None, Remote::Unreachable(reason)) => Verdict::Unknown(reason.clone()),
    })
}

fn fallback(
    facts: &StartFacts,
    missed: &Candidate,
    taken: &Candidate,
    unknown: Option<&(&Candidate, String)>,
) -> String {
    let tag = missed.reference.tag().unwrap_or_default();
    let shown = taken.reference.familiar();
    match unknown {
        Some((_, reason)) => format!(
            "the registry is out of reach ({reason}) and this engine has no {} image with the tag `{tag}`: \
             starting {shown}",
            facts.tap
        ),
        None => format!("there is no {} image with the tag `{tag}`: starting {shown}, the default tag", facts.tap),
    }
}

fn out_of_reach(reference: &Reference, reason: &str) -> Error {
    Error::unreachable(format!("starting {}: the registry is out of reach", reference.familiar())).because(reason)
}

fn nothing_to_start(facts: &StartFacts, candidates: &[&Candidate]) -> Error {
    let names: Vec<String> = candidates.iter().map(|candidate| candidate.reference.familiar()).collect();
    let first = candidates.first();
    let asked = match first {
        // What was asked for needs no place: it is what the user has just typed.
        Some(Candidate { origin: Origin::Asked, .. }) => String::new(),
        Some(candidate) if candidate.origin.is_explicit() => format!(" ({})", candidate.origin),
        _ => String::new(),
    };
    let asked_registry = facts.candidates.iter().any(|observed| observed.remote != Remote::NotAsked);
    let place = if asked_registry { "in the registry or on this engine" } else { "on this engine" };
    let missing = match names.as_slice() {
        [name] => format!("{name}{asked} does not exist {place}"),
        names => format!("neither {}{asked} exists {place}", names.join(" nor ")),
    };
    let exists = if facts.existing.is_empty() {
        "No tag of it exists.".to_owned()
    } else {
        format!("These tags exist: {}.", facts.existing.join(", "))
    };
    let build = match first.map(|candidate| (candidate.image.as_deref(), candidate)) {
        Some((Some(image), candidate)) if candidate.origin.is_explicit() => match candidate.reference.tag() {
            Some(tag) => format!(" `keg build {image} --tag {tag} --push` builds and publishes it."),
            None => String::new(),
        },
        Some((Some(image), _)) => format!(" `keg build {image}` builds it."),
        _ => String::new(),
    };
    Error::request(format!("starting {}: {missing}", facts.tap)).help(format!("{exists}{build}"))
}

#[cfg(test)]
mod tests;
