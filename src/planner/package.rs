//! What becomes of a container that is packaged.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::observe::Observed;
use crate::plan::{Action, Move, PackageAction, Plan, Reason, Step};
use crate::planner::clash;
use crate::planner::push::publish_set;
use crate::reference::Reference;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct PackageIntent {
    /// The tap's image.
    pub image: String,
    /// The container's id.
    pub container: String,
    /// The branch that the tap was started on.
    pub branch: String,
    /// The plan by which it was started.
    pub plan: Option<String>,
    /// The tag of that branch.
    pub branch_tag: String,
    /// All labels of the new image.
    pub labels: BTreeMap<String, String>,
    /// What the user says about it.
    pub message: Option<String>,
    /// The tags that it gets; at least one.
    pub tags: Vec<Reference>,
    /// Whether it is published.
    pub push: bool,
    /// Whether tags of other branches are overwritten.
    pub force: bool,
}

/// The plan of `keg package`. A packaged image has no key, so it has no content tag either: it is uploaded as its first
/// tag, which moves when all of it is there; the others follow.
///
/// # Errors
/// A tag that another branch made.
pub fn plan_package(observed: &Observed, intent: &PackageIntent) -> Result<Plan> {
    if !intent.force {
        check(observed, intent)?;
    }
    let mut plan = Plan::default();
    let package = PackageAction {
        container: intent.container.clone(),
        labels: intent.labels.clone(),
        message: intent.message.clone(),
        tags: intent.tags.clone(),
    };
    let subject = intent.image.clone();
    let packaged = plan.add(Step {
        subject: subject.clone(),
        action: Action::Package(Box::new(package)),
        after: Vec::new(),
        reason: Reason::Asked,
    });
    let Some((first, others)) = intent.tags.split_first().filter(|_| intent.push) else { return Ok(plan) };
    let is_there = observed.published.contains_key(first);
    let uploaded = plan.add(Step {
        subject: subject.clone(),
        action: Action::Upload { reference: first.clone(), key: None, replaces: true },
        after: vec![packaged],
        reason: if is_there { Reason::TagOlder } else { Reason::NotPublished },
    });
    if !others.is_empty() {
        let tags = others.to_vec();
        let moved = Move::new(subject, first.clone(), None, tags);
        publish_set(&mut plan, observed, vec![moved], vec![uploaded]);
    }
    Ok(plan)
}

/// On the engine and in the registry, as for what is built.
fn check(observed: &Observed, intent: &PackageIntent) -> Result<()> {
    let maker = clash::Maker { branch: &intent.branch, plan: intent.plan.as_deref(), tag: &intent.branch_tag };
    let mut errors = Vec::new();
    for tag in &intent.tags {
        let published = observed.published.get(tag).map(|there| &there.labels);
        let local = observed.engine.get(tag).map(|image| &image.labels);
        let labels = [published.filter(|_| intent.push), local];
        errors
            .extend(labels.into_iter().flatten().filter_map(|labels| clash::of_another(tag, labels, &maker, observed)));
    }
    Error::all(errors).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{LABEL_BRANCH, PublishedTag};

    fn intent(tags: &[&str], push: bool) -> PackageIntent {
        let tags = tags.iter().map(|tag| Reference::parse(&format!("localhost:5000/t/web:{tag}")).unwrap());
        PackageIntent {
            image: "web".into(),
            container: "c".into(),
            branch: "feature/x".into(),
            branch_tag: "feature-x".into(),
            tags: tags.collect(),
            push,
            ..PackageIntent::default()
        }
    }

    #[test]
    fn the_first_tag_is_uploaded_and_the_others_follow() {
        let plan = plan_package(&Observed::default(), &intent(&["feature-x", "demo", "try"], true)).unwrap();
        insta::assert_snapshot!(plan.to_string(), @r#"
        1. package web (feature-x, demo, try): asked for
        2. upload web (feature-x) after 1: not in the registry
        3. publish web (demo, try) after 2: tag missing
        "#);
        let plan = plan_package(&Observed::default(), &intent(&["feature-x", "demo"], false)).unwrap();
        insta::assert_snapshot!(plan.to_string(), @"1. package web (feature-x, demo): asked for");
    }

    #[test]
    fn the_tag_of_another_branch_is_not_overwritten() {
        let mut observed = Observed::default();
        let mut wanted = intent(&["feature-x"], true);
        let labels = BTreeMap::from([(LABEL_BRANCH.to_owned(), "feature-x".to_owned())]);
        observed.published.insert(wanted.tags[0].clone(), PublishedTag { digest: "sha256:1".into(), labels });
        let error = plan_package(&observed, &wanted).unwrap_err();
        assert!(error.message().contains("was made by branch `feature-x`, and branch `feature/x`"), "{error}");
        wanted.force = true;
        assert_eq!(plan_package(&observed, &wanted).unwrap().steps.len(), 2);
        wanted.force = false;
        wanted.push = false;
        assert_eq!(plan_package(&observed, &wanted).unwrap().steps.len(), 1);
    }
}
