//! What must not be overwritten.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::observe::{LABEL_BRANCH, LABEL_KEY, LABEL_PLAN, Observed};
use crate::plan::{Action, Move, Plan};
use crate::reference::Reference;
use crate::tagging;

/// Refuses to overwrite what others made, on the engine or in the registry:
/// - tags of another branch or plan: `feature/x` and `feature-x` give the same tag, and `--tag` may name any (a tag
///   whose image was built on a third branch and only retagged is no clash);
/// - content tags whose image has another key: content tags are 12 digits of it.
///
/// # Errors
/// Names the tags, and the branches or keys.
pub fn check_clashes(plan: &Plan, observed: &Observed) -> Result<()> {
    let mut errors = Vec::new();
    let registry = |tag: &Reference| observed.published.get(tag).map(|tag| &tag.labels);
    let engine = |tag: &Reference| observed.engine.get(tag).map(|image| &image.labels);
    for step in &plan.steps {
        let subject = step.subject.as_str();
        match &step.action {
            Action::Publish { moves } => {
                for one in moves {
                    errors.extend(fixed_clashes(plan, observed, one));
                    errors.extend(branch_clashes(plan, observed, &one.image, &one.tags, &registry));
                }
            }
            Action::Build(build) => errors.extend(branch_clashes(plan, observed, subject, &build.tags, &engine)),
            Action::Tag { tags, .. } | Action::Pull { tags, .. } => {
                errors.extend(branch_clashes(plan, observed, subject, tags, &engine));
            }
            Action::Upload { reference, key, .. } => {
                // What is packaged has no key, and its tags are checked before.
                let Some(key) = key else { continue };
                let is_content = reference.tag() == Some(key.content_tag().as_str());
                let there = observed.published.get(reference).filter(|there| !there.has_key(key));
                match there {
                    Some(there) if is_content => errors.push(collision(reference, &there.labels)),
                    Some(_) => {
                        let tags = std::slice::from_ref(reference);
                        errors.extend(branch_clashes(plan, observed, subject, tags, &registry));
                    }
                    None => {}
                }
            }
            Action::Package(_)
            | Action::Untag { .. }
            | Action::Remove { .. }
            | Action::Delete(_)
            | Action::Hook(_)
            | Action::Test(_)
            | Action::Version(_)
            | Action::TagFound { .. } => {}
        }
    }
    Error::all(errors).map_or(Ok(()), Err)
}

/// Lets tags be overwritten that are not otherwise; those of other branches are, unless [`check_clashes`] is asked.
pub fn allow_clashes(plan: &mut Plan) {
    for step in &mut plan.steps {
        if let Action::Publish { moves } = &mut step.action {
            moves.iter_mut().for_each(|one| one.fixed.clear());
        }
    }
}

/// Tags that say which commit an image is of, and are there with other content.
fn fixed_clashes(plan: &Plan, observed: &Observed, one: &Move) -> Vec<Error> {
    let key = plan.images.iter().find(|image| image.full_name() == one.image).map(|image| image.key);
    let is_other = |tag: &&Reference| {
        let Some(there) = observed.published.get(*tag) else { return false };
        let is_same = match &one.digest {
            Some(digest) => there.digest == *digest,
            None => key.is_none_or(|key| there.has_key(&key)),
        };
        !is_same
    };
    one.fixed.iter().filter(is_other).map(|tag| fixed_tag(&one.image, tag, Error::request)).collect()
}

/// The error of a tag that says which commit an image is of, and would get other content; also the executor's, of its
/// own kind.
pub fn fixed_tag(image: &str, tag: &Reference, error: impl Fn(String) -> Error) -> Error {
    error(format!(
        "{} says which commit it is of, and is there with other content than {image} has now",
        tag.familiar()
    ))
    .help("commit the changes, so that it gets a tag of its own, or overwrite the tag with --force")
}

/// Labels of what a tag names now.
type Labels<'a> = dyn Fn(&Reference) -> Option<&'a BTreeMap<String, String>> + 'a;

fn branch_clashes(plan: &Plan, observed: &Observed, image: &str, tags: &[Reference], labels: &Labels) -> Vec<Error> {
    let Some(planned) = plan.images.iter().find(|planned| planned.full_name() == image) else { return Vec::new() };
    let Some(image) = observed.images.get(&planned.index) else { return Vec::new() };
    let maker = Maker { branch: &image.branch.name, plan: planned.plan.as_deref(), tag: &image.branch.tag };
    tags.iter().filter_map(|tag| of_another(tag, labels(tag)?, &maker, observed)).collect()
}

/// Who would set a tag.
pub(super) struct Maker<'a> {
    /// The branch, as git names it.
    pub branch: &'a str,
    /// The plan.
    pub plan: Option<&'a str>,
    /// The tag that both give.
    pub tag: &'a str,
}

impl fmt::Display for Maker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "branch `{}`", self.branch)?;
        self.plan.map_or(Ok(()), |plan| write!(f, " by the plan `{plan}`"))
    }
}

/// The error of a tag that names an image with these labels, if another branch or plan made it.
pub(super) fn of_another(
    tag: &Reference,
    labels: &BTreeMap<String, String>,
    maker: &Maker<'_>,
    observed: &Observed,
) -> Option<Error> {
    let branch = labels.get(LABEL_BRANCH)?;
    let plan = labels.get(LABEL_PLAN).map(String::as_str).filter(|plan| !plan.is_empty());
    let sanitised = tagging::sanitise(branch).ok()?;
    // Of a plan that is gone from keg.yml nothing is protected.
    let given = observed.naming.tag(&sanitised, plan).ok().flatten()?;
    let other = Maker { branch, plan, tag: &given };
    let is_another = (other.branch, other.plan) != (maker.branch, maker.plan);
    (tag.tag() == Some(other.tag) && is_another).then(|| {
        let is_own = tag.tag() == Some(maker.tag);
        Error::request(format!("{} was made by {other}, and {maker} would overwrite it", tag.familiar())).help(
            if is_own {
                "rename one of the branches, choose another tag with --branch, or pass --force"
            } else {
                "choose another tag, or pass --force"
            },
        )
    })
}

/// The error of a content tag that names something else; also the executor's, when it turns out only then.
pub fn collision(reference: &Reference, labels: &BTreeMap<String, String>) -> Error {
    let holds = match labels.get(LABEL_KEY) {
        Some(key) => format!("has the key {key}, which begins with the same 12 digits"),
        None => "has no key: keg did not make it".to_owned(),
    };
    Error::request(format!("{} is taken: the image that the registry has there {holds}", reference.familiar()))
        .help("change anything in the image (a comment in its Dockerfile will do), or overwrite it with --force")
}
