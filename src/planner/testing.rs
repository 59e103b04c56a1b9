//! Puts tests into a plan, as steps of their own, and plans `keg test`.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::observe::Observed;
use crate::plan::{Action, Decision, Plan, PlannedImage, Purpose, Reason, Step, StepIndex, TestAction};
use crate::planner::build::{BuildIntent, plan_build};
use crate::testing::ImageTests;
use crate::workspace::{ImageIndex, Workspace};

/// The tests of images.
pub type Tests = BTreeMap<ImageIndex, ImageTests>;

/// The plan of `keg build --test`: `plan` with the tests of images that are built, and of selected images that are
/// there and have not passed.
///
/// What is built on an image waits for its tests. Uploads do not: they go to content tags, which nobody uses by
/// themselves. But no moving tag is given, on the engine or in the registry, before all tests of the run have passed.
pub fn with_tests(plan: Plan, workspace: &Workspace, observed: &Observed, intent: &BuildIntent, tests: &Tests) -> Plan {
    let Plan { images, steps, notes } = plan;
    let mut weaver = Weaver {
        plan: Plan { images, steps: Vec::new(), notes },
        workspace,
        observed,
        tests,
        places: Vec::new(),
        tested: BTreeMap::new(),
        tags: Vec::new(),
        are_tags_added: false,
        given: Vec::new(),
    };
    weaver.add_images_that_are_there(intent);
    for step in steps {
        weaver.add(step, intent);
    }
    weaver.add_tags();
    weaver.plan
}

struct Weaver<'a> {
    plan: Plan,
    workspace: &'a Workspace,
    observed: &'a Observed,
    tests: &'a Tests,
    /// Where each step of the old plan is in the new one; steps that give tags are put off and have no place.
    places: Vec<Option<StepIndex>>,
    /// The tests of each image.
    tested: BTreeMap<ImageIndex, Vec<StepIndex>>,
    /// The tags that are given on the engine when all tests have passed, and the step that makes their image.
    tags: Vec<(Step, Option<StepIndex>)>,
    are_tags_added: bool,
    /// The steps that give them.
    given: Vec<StepIndex>,
}

impl Weaver<'_> {
    fn add_images_that_are_there(&mut self, intent: &BuildIntent) {
        let there = |image: &&PlannedImage| image.decision == Decision::Reuse && intent.untested.contains(&image.index);
        let images: Vec<PlannedImage> = self.plan.images.iter().filter(there).cloned().collect();
        for image in &images {
            self.add_tests(image, None);
        }
    }

    fn add(&mut self, mut step: Step, intent: &BuildIntent) {
        step.after = step.after.iter().filter_map(|old| self.places.get(old.0).copied().flatten()).collect();
        let image = self.plan.images.iter().find(|image| image.full_name() == step.subject).cloned();
        let mut put_off = Vec::new();
        let content_tags = self.workspace.options.content_tags;
        match (&mut step.action, &image) {
            (Action::Build(build), Some(image)) => {
                put_off = std::mem::take(&mut build.tags);
                for parent in self.workspace.parents_in_workspace(image.index) {
                    step.after.extend(self.tested.get(&parent).into_iter().flatten());
                }
            }
            (Action::Pull { tags, .. }, Some(image)) => {
                put_off = tags.iter().filter(|tag| **tag != image.content).cloned().collect();
                tags.retain(|tag| *tag == image.content);
            }
            (Action::Tag { .. } | Action::TagFound { .. }, Some(_)) => {
                self.tags.push((step, None));
                self.places.push(None);
                return;
            }
            (Action::Upload { .. }, _) => {
                self.add_tags();
                // Without content tags an upload moves a tag, which the engine has to have.
                if !content_tags {
                    step.after.extend(self.all_passed());
                    step.after.extend(&self.given);
                }
            }
            (Action::Publish { moves }, _) => {
                self.add_tags();
                step.after.extend(self.all_passed());
                step.after.extend(&self.given);
                // What was observed may be old once tests have run.
                for one in moves.iter_mut().filter(|_| !self.tested.is_empty()) {
                    one.before.clear();
                }
            }
            _ => {}
        }
        step.after.sort();
        step.after.dedup();
        let place = self.plan.add(step.clone());
        self.places.push(Some(place));
        let Some(image) = image else { return };
        if !put_off.is_empty() {
            let action = Action::Tag { from: image.content.clone(), tags: put_off };
            self.tags.push((Step { action, after: Vec::new(), ..step.clone() }, Some(place)));
        }
        let is_new = matches!(step.action, Action::Build(_));
        let is_pulled = matches!(step.action, Action::Pull { .. }) && intent.untested.contains(&image.index);
        if is_new || is_pulled {
            self.add_tests(&image, Some(place));
        }
    }

    fn add_tests(&mut self, image: &PlannedImage, after: Option<StepIndex>) {
        let Some(tests) = self.tests.get(&image.index) else { return };
        for step in test_steps(image, tests, Purpose::Test, after) {
            let place = self.plan.add(step);
            self.tested.entry(image.index).or_default().push(place);
        }
    }

    /// The steps that have been waited for when all tests have passed: the tests, or the first one that waits for them.
    fn all_passed(&self) -> Vec<StepIndex> {
        match self.given.first() {
            Some(first) => vec![*first],
            None => self.tested.values().flatten().copied().collect(),
        }
    }

    /// The steps that give tags on the engine, once: after all tests, before anything is published.
    fn add_tags(&mut self) {
        if std::mem::replace(&mut self.are_tags_added, true) {
            return;
        }
        for (mut step, made) in std::mem::take(&mut self.tags) {
            // Tags that are found wait for that too.
            step.after = self.all_passed().into_iter().chain(made).chain(step.after).collect();
            step.after.sort();
            step.after.dedup();
            if let Action::Tag { tags, .. } = &step.action {
                let is_there = tags.iter().any(|tag| self.observed.engine.get(tag).is_some());
                step.reason = if is_there { Reason::TagOlder } else { Reason::TagMissing };
            }
            let given = self.plan.add(step);
            self.given.push(given);
        }
    }
}

/// A step for each test that keg runs.
fn test_steps(image: &PlannedImage, tests: &ImageTests, purpose: Purpose, after: Option<StepIndex>) -> Vec<Step> {
    let name = image.full_name();
    let step = |test: &crate::testing::ImageTest| Step {
        subject: format!("{name}: {}", test.name),
        action: Action::Test(Box::new(TestAction {
            image: name.clone(),
            plan: image.plan.clone(),
            reference: image.content.clone(),
            test: test.clone(),
            purpose,
        })),
        after: after.into_iter().collect(),
        reason: Reason::Defined { at: test.definition.origin.shown.clone() },
    };
    tests.tests.iter().filter(|test| test.is_run()).map(step).collect()
}

/// The plan of `keg test`: the selected images as they are, pulled where only the registry has them.
///
/// # Errors
/// An image that is not built.
pub fn plan_test(
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    tests: &Tests,
) -> Result<Plan> {
    plan_commands(workspace, observed, selected, tests, Purpose::Test)
}

/// The plan of `keg manifest`: as [`plan_test`], with `info` commands. Images without any are pulled too.
///
/// # Errors
/// An image that is not built.
pub fn plan_info(
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    commands: &Tests,
) -> Result<Plan> {
    plan_commands(workspace, observed, selected, commands, Purpose::Info)
}

fn plan_commands(
    workspace: &Workspace,
    observed: &Observed,
    selected: &BTreeSet<ImageIndex>,
    tests: &Tests,
    purpose: Purpose,
) -> Result<Plan> {
    let intent = BuildIntent { selected: selected.clone(), ..BuildIntent::default() };
    let built = plan_build(workspace, observed, &intent);
    let stale: Vec<&PlannedImage> = built
        .images
        .iter()
        .filter(|image| selected.contains(&image.index) && image.decision == Decision::Build)
        .collect();
    if !stale.is_empty() {
        let list: Vec<String> = stale.iter().map(|image| format!("{} ({})", image.full_name(), image.reason)).collect();
        let mut names: Vec<&str> = stale.iter().map(|image| image.name.as_str()).collect();
        names.dedup();
        let (verb, flag) = match purpose {
            Purpose::Test => ("test", "--test"),
            Purpose::Info | Purpose::Version => ("describe", "--manifest"),
        };
        return Err(Error::request(format!("cannot {verb} what is not built: {}", list.join(", ")))
            .help(format!("do both in one: keg build {} {flag}", names.join(" "))));
    }
    let mut plan = Plan { notes: built.notes, ..Plan::default() };
    let pulls = built.steps.into_iter().filter(|step| matches!(step.action, Action::Pull { .. }));
    let mut pulls: BTreeMap<String, Step> = pulls.map(|step| (step.subject.clone(), step)).collect();
    for image in built.images.into_iter().filter(|image| selected.contains(&image.index)) {
        let has_tests = tests.get(&image.index).is_some_and(|tests| tests.tests.iter().any(|test| test.is_run()));
        let mut after = None;
        if let Some(mut pull) = pulls.remove(&image.full_name()).filter(|_| has_tests || purpose == Purpose::Info) {
            if let Action::Pull { tags, .. } = &mut pull.action {
                tags.retain(|tag| *tag == image.content);
            }
            after = Some(plan.add(pull));
        }
        if let Some(tests) = tests.get(&image.index) {
            for step in test_steps(&image, tests, purpose, after) {
                plan.add(step);
            }
        }
        plan.images.push(image);
    }
    Ok(plan)
}
