//! Which references `KEG_IMAGE_FROM` may be, best first.

use std::fmt;

use crate::error::{Error, Result};
use crate::reference::{Reference, is_tag};
use crate::workspace::{ImageIndex, Workspace};

/// Where a reference came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Asked,
    /// `--from`.
    Flag,
    /// `KEG_IMAGE_FROM` in the environment of the process.
    Environment,
    /// `KEG_IMAGE_FROM` in the tap's own variables: its `.env` file or `env:`.
    TapEnvironment,
    /// `from:` in tap.yml.
    Manifest,
    /// The tap's image with the tag of its branch.
    Branch,
    /// The tap's image with the default tag.
    Default,
}

impl Origin {
    /// Whether somebody wrote the reference, so that nothing else may be started in its place.
    pub fn is_explicit(self) -> bool {
        !matches!(self, Self::Branch | Self::Default)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "the command line",
            Self::Flag => "--from",
            Self::Environment => "KEG_IMAGE_FROM in the environment",
            Self::TapEnvironment => "KEG_IMAGE_FROM of the tap's variables",
            Self::Manifest => "from in tap.yml",
            Self::Branch => "the branch",
            Self::Default => "the default tag",
        })
    }
}

/// A reference that could be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The image, with tag or digest.
    pub reference: Reference,
    /// Who says so.
    pub origin: Origin,
    /// The name of the workspace's image that it stands for, if it was named by the workspace's means.
    pub image: Option<String>,
}

/// What each place says about the image to start; the first that says something counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// A reference that a command is about.
    pub asked: Option<&'a str>,
    /// `--from`.
    pub flag: Option<&'a str>,
    /// `KEG_IMAGE_FROM` in the environment of the process.
    pub environment: Option<&'a str>,
    /// `KEG_IMAGE_FROM` in the tap's variables.
    pub tap_environment: Option<&'a str>,
    /// `from:` in tap.yml.
    pub manifest: Option<&'a str>,
}

/// The tags that stand for the tap's branch.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a> {
    /// The tag of the tap's branch.
    pub branch: &'a str,
    /// The tag of the default branch.
    pub default: &'a str,
}

/// What may be started for `tap`, best first: what somebody asked for alone, else its image with the branch's tag
/// and then with the default tag. `web` and `web:tag` mean the workspace's image of this name or alias; `web`
/// without a tag means the branch's tag, else the default tag.
///
/// # Errors
/// A request that is no reference, with the place that it came from.
pub fn candidates(
    workspace: &Workspace,
    tap: ImageIndex,
    wanted: Wanted<'_>,
    tags: Tags<'_>,
) -> Result<Vec<Candidate>> {
    let asked = [
        (wanted.asked, Origin::Asked),
        (wanted.flag, Origin::Flag),
        (wanted.environment, Origin::Environment),
        (wanted.tap_environment, Origin::TapEnvironment),
        (wanted.manifest, Origin::Manifest),
    ];
    let found = asked.into_iter().find_map(|(text, origin)| Some((text.filter(|text| !text.is_empty())?, origin)));
    let both = |index: ImageIndex, first: Origin, second: Origin| {
        let candidate = |tag: &str, origin: Origin| Candidate {
            reference: workspace.repository(index).with_tag(tag),
            origin,
            image: Some(workspace.image(index).name.clone()),
        };
        let mut list = vec![candidate(tags.branch, first)];
        if tags.branch != tags.default {
            list.push(candidate(tags.default, second));
        }
        list
    };
    let Some((text, origin)) = found else { return Ok(both(tap, Origin::Branch, Origin::Default)) };
    match of_workspace(workspace, text, origin)? {
        Some((index, reference)) if reference.tag().is_none() && reference.digest().is_none() => {
            Ok(both(index, origin, origin))
        }
        Some((index, reference)) => {
            let image = Some(workspace.image(index).name.clone());
            Ok(vec![Candidate { reference, origin, image }])
        }
        None => {
            let reference = Reference::parse(text).map_err(|error| not_a_reference(text, origin).cause(error))?;
            Ok(vec![Candidate { reference: reference.with_default_tag(), origin, image: None }])
        }
    }
}

/// The image that a name or alias stands for, and its repository with the tag or digest that was written.
fn of_workspace(workspace: &Workspace, text: &str, origin: Origin) -> Result<Option<(ImageIndex, Reference)>> {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    let Some(index) = workspace.find(name) else { return Ok(None) };
    let mut reference = workspace.repository(index);
    if let Some(tag) = tag {
        if !is_tag(tag) {
            return Err(not_a_reference(text, origin).because(format!("`{tag}` is not a tag")));
        }
        reference = reference.with_tag(tag);
    }
    if let Some(digest) = digest {
        if !crate::reference::is_digest(digest) {
            return Err(not_a_reference(text, origin).because(format!("`{digest}` is not a digest")));
        }
        reference = reference.with_digest(digest);
    }
    Ok(Some((index, reference)))
}

fn not_a_reference(text: &str, origin: Origin) -> Error {
    Error::request(format!("`{text}` ({origin}) is not a reference of an image"))
        .help("Write it as `tap:tag`, `registry/name:tag` or `name@sha256:…`.")
}

#[cfg(test)]
mod tests;
