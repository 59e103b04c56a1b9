//! Tags that name packaged images, and will not any more.

use std::collections::BTreeSet;

use crate::observe::Observed;
use crate::package::packaged;
use crate::plan::{Action, Plan};
use crate::reference::Reference;

/// A sentence for each tag that a packaged image loses to a built one, on the engine or in the registry.
pub(super) fn taken_from_packaged(plan: &Plan, observed: &Observed) -> BTreeSet<String> {
    let on_engine = |tag: &Reference| packaged(&observed.engine.get(tag)?.labels).map(str::to_owned);
    let in_registry = |tag: &Reference| packaged(&observed.published.get(tag)?.labels).map(str::to_owned);
    let mut sentences = BTreeSet::new();
    let mut add = |tags: &[Reference], time: &dyn Fn(&Reference) -> Option<String>| {
        for tag in tags {
            sentences
                .extend(time(tag).map(|time| {
                    format!("{} was packaged on {time}, and goes back to the built image", tag.familiar())
                }));
        }
    };
    for step in &plan.steps {
        match &step.action {
            Action::Build(build) => add(&build.tags, &on_engine),
            Action::Tag { tags, .. } | Action::Pull { tags, .. } => add(tags, &on_engine),
            Action::Upload { reference, .. } => add(std::slice::from_ref(reference), &in_registry),
            Action::Publish { moves } => moves.iter().for_each(|one| add(&one.tags, &in_registry)),
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
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{LABEL_KEY, LocalImage, LocalImages};
    use crate::package::labels::LABEL_PACKAGED;
    use crate::plan::{Reason, Step};

    #[test]
    fn only_packaged_images_are_told_of() {
        let image = |labels: &[(&str, &str)]| LocalImage {
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..LocalImage::default()
        };
        let time = (LABEL_PACKAGED, "2026-11-21T09:30:00Z");
        let engine = LocalImages::new([
            (vec!["web:main".to_owned()], image(&[time])),
            (vec!["web:built-on-it".to_owned()], image(&[time, (LABEL_KEY, "1")])),
        ]);
        let observed = Observed { engine, ..Observed::default() };
        let tags = ["main", "built-on-it", "new"].map(|tag| Reference::parse(&format!("web:{tag}")).unwrap());
        let from = Reference::parse("web:keg-1").unwrap();
        let mut plan = Plan::default();
        let action = Action::Tag { from, tags: tags.to_vec() };
        plan.add(Step { subject: "web".to_owned(), action, after: Vec::new(), reason: Reason::TagOlder });
        let found: Vec<String> = taken_from_packaged(&plan, &observed).into_iter().collect();
        assert_eq!(found, ["web:main was packaged on 2026-11-21T09:30:00Z, and goes back to the built image"]);
    }
}
