//! The verdict on each name by itself, before it is seen what the kept ones need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{KeptBecause, Known, Leftover, PruneIntent, Verdict, Verdicts};
use crate::key::is_content_tag;
use crate::observe::{Content, Maker, Name, Origin, Place, Shelf};
use crate::tagging::{self, RESERVED, Reading, TagRule};
use crate::workspace::Workspace;

/// The rule that always holds, whatever `tags:` says: new taps follow it.
const BRANCH_TEMPLATE: &str = "{branch}";

/// What is the same for all names.
pub(super) struct Judge<'a> {
    pub workspace: &'a Workspace,
    pub now: i64,
    pub intent: &'a PruneIntent,
}

/// By what the names of one image are judged.
#[derive(Clone, Copy)]
struct Rules<'a> {
    known: &'a Known,
    newest: &'a BTreeSet<&'a str>,
    templates: &'a [String],
}

impl Judge<'_> {
    /// The verdict on each name of a shelf.
    pub fn verdicts<'a>(&self, shelf: &'a Shelf, known: Option<&Arc<Known>>) -> Verdicts<'a> {
        let newest = known.map(|known| self.newest(shelf, known)).unwrap_or_default();
        let templates = self.templates(shelf);
        let verdict = |(name, id): (&'a Name, &'a String)| {
            let content = shelf.contents.get(id);
            let verdict = match (content, known) {
                (Some(content), Some(known)) => {
                    self.verdict(shelf, name, id, content, &Rules { known, newest: &newest, templates: &templates })
                }
                // Of an image that is not known nothing is judged.
                _ => Verdict::Keep(KeptBecause::Other),
            };
            (name, verdict)
        };
        shelf.names.iter().map(verdict).collect()
    }

    fn verdict(&self, shelf: &Shelf, name: &Name, id: &str, content: &Content, rules: &Rules<'_>) -> Verdict {
        let Rules { known, newest, templates } = *rules;
        let origin = match &content.maker {
            Maker::Other => return self.foreign(shelf, name, rules),
            Maker::OtherWorkspace => return Verdict::Keep(KeptBecause::OtherWorkspace),
            Maker::Keg(origin) => origin,
        };
        let plans = &self.intent.plans;
        let is_meant = plans.is_empty() || plans.contains(&origin.plan);
        if !self.intent.selected.contains(&shelf.image) || !is_meant {
            return Verdict::Keep(KeptBecause::NotSelected);
        }
        if let Some(container) = &content.used_by {
            return Verdict::Keep(KeptBecause::Used(container.clone()));
        }
        let by_itself = match name {
            Name::Digest(_) => Verdict::Remove(Leftover::Untagged),
            Name::Tag(tag) if *tag == origin.key.content_tag() => content_tag(id, origin, known, newest),
            // It has the form and another key: whatever it is, keg would not have made it.
            Name::Tag(tag) if is_content_tag(tag) => Verdict::Keep(KeptBecause::Other),
            Name::Tag(tag) => self.moving_tag(tag, known, templates),
        };
        match by_itself {
            Verdict::Remove(_) if self.is_young(content) => Verdict::Keep(KeptBecause::Young),
            verdict => verdict,
        }
    }

    /// What keg did not make stays. The layers that builders keep for a branch go with the branch.
    fn foreign(&self, shelf: &Shelf, name: &Name, rules: &Rules<'_>) -> Verdict {
        let branch = name.tag().and_then(tagging::branch_of_cache).filter(|_| shelf.place == Place::Registry);
        let is_meant = self.intent.plans.is_empty() && self.intent.selected.contains(&shelf.image);
        match branch.filter(|_| is_meant) {
            Some(branch) => self.moving_tag(branch, rules.known, rules.templates),
            None => Verdict::Keep(KeptBecause::Other),
        }
    }

    fn is_young(&self, content: &Content) -> bool {
        self.now - content.made < self.intent.older_than
    }

    /// The newest images of each branch and plan that have a content tag; all branches that are gone count as one. Of those that
    /// were made in the same second the one with more names is the newer.
    fn newest<'a>(&self, shelf: &'a Shelf, known: &Known) -> BTreeSet<&'a str> {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for id in shelf.names.values() {
            *count.entry(id).or_default() += 1;
        }
        let mut by_branch: BTreeMap<_, BTreeSet<(i64, usize, &str)>> = BTreeMap::new();
        for (name, id) in &shelf.names {
            let Some(content) = shelf.contents.get(id) else { continue };
            let Some(origin) = content.origin() else { continue };
            if name.tag() == Some(origin.key.content_tag().as_str()) {
                let branch = exists(&origin.branch, known).then_some(origin.branch.as_str());
                by_branch.entry((branch, origin.plan.as_str())).or_default().insert((
                    content.made,
                    count[id.as_str()],
                    id,
                ));
            }
        }
        by_branch.values().flat_map(|images| images.iter().rev().take(self.intent.keep)).map(|(_, _, id)| *id).collect()
    }

    /// The templates that tags of an image may come from. What a command has printed in it may be any text, so that
    /// without the branch every tag could come from such a one.
    fn templates(&self, shelf: &Shelf) -> Vec<String> {
        let rules = self.workspace.tag_rules(shelf.image).into_iter();
        let telling = rules.filter(|rule| rule.finder.is_none() || rule.template.contains(BRANCH_TEMPLATE));
        telling.map(TagRule::readable).chain([BRANCH_TEMPLATE.to_owned()]).collect()
    }

    fn moving_tag(&self, tag: &str, known: &Known, templates: &[String]) -> Verdict {
        let branches = &known.branches;
        if RESERVED.contains(&tag) {
            return Verdict::Keep(KeptBecause::Reserved);
        }
        if branches.default_tag.as_deref() == Some(tag) {
            return Verdict::Keep(KeptBecause::Default);
        }
        let templates = || templates.iter().map(String::as_str);
        // A tag is kept if it can be read as one to keep in any way at all: prefixes change from time to time.
        let mut kept = None;
        let is_version = |reading: &Reading| reading.version.is_some_and(|version| branches.versions.contains(version));
        let mut keeps = |reading: &Reading| {
            let branch = reading.branch.and_then(|branch| branches.by_tag.get(branch));
            let is_default = reading.branch.is_some() && reading.branch == branches.default_tag.as_deref();
            kept = match branch {
                Some(branch) => Some(KeptBecause::Branch(branch.clone())),
                None if is_default => Some(KeptBecause::Default),
                // `gpu-stable` is for a plan what `stable` is without one.
                None if reading.branch.is_some_and(|branch| RESERVED.contains(&branch)) => Some(KeptBecause::Reserved),
                None if is_version(reading) => Some(KeptBecause::Version),
                None => None,
            };
            kept.is_some()
        };
        if branches.versions.contains(tag) {
            return Verdict::Keep(KeptBecause::Version);
        }
        if templates().any(|template| tagging::can_be_read(template, tag, &mut keeps)) {
            return Verdict::Keep(kept.unwrap_or(KeptBecause::Template));
        }
        if self.intent.tags.is_match(tag) {
            return Verdict::Remove(Leftover::Asked);
        }
        // It goes only if it is read strictly.
        let is_strict = |reading: &Reading| {
            let options = &self.workspace.options;
            let mut prefixes = options.plans.iter().map(|plan| &plan.prefix).chain(&options.tag_prefix);
            reading.prefix.is_none_or(|found| prefixes.any(|prefix| prefix == found))
                && reading.version.is_none_or(|version| branches.versions.contains(version))
        };
        // Without a branch in it, as `{sha7}` or `nightly`: any branch may have set it.
        let mut without_branch = templates().filter(|template| !template.contains(BRANCH_TEMPLATE));
        if without_branch.any(|template| tagging::can_be_read(template, tag, is_strict)) {
            return Verdict::Keep(KeptBecause::Template);
        }
        let mut of_gone = None;
        let mut goes = |reading: &Reading| {
            of_gone = reading.branch.filter(|_| is_strict(reading)).and_then(|branch| known.gone.get(branch));
            of_gone.is_some()
        };
        templates().any(|template| tagging::can_be_read(template, tag, &mut goes));
        match of_gone {
            Some(branch) => Verdict::Remove(Leftover::BranchGone(branch.clone())),
            None => Verdict::Keep(KeptBecause::Unknown),
        }
    }
}

fn content_tag(id: &str, origin: &Origin, known: &Known, newest: &BTreeSet<&str>) -> Verdict {
    let branch = || origin.branch.clone();
    match (exists(&origin.branch, known), newest.contains(id)) {
        (true, true) => Verdict::Keep(KeptBecause::Newest(branch())),
        (true, false) => Verdict::Remove(Leftover::Older(branch())),
        (false, true) => Verdict::Keep(KeptBecause::NewestOfGone),
        (false, false) => Verdict::Remove(Leftover::BranchGone(branch())),
    }
}

/// Whether what was built on this branch counts as that of a branch that exists. CI names git tags as branches.
fn exists(branch: &str, known: &Known) -> bool {
    branch.is_empty()
        || known.branches.unknown
        || known.branches.names.contains(branch)
        || tagging::sanitise(branch).is_ok_and(|tag| known.branches.versions.contains(&tag))
}
