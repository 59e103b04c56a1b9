//! Puts the hooks of manifests into a plan, as steps of their own.

use std::collections::BTreeMap;

use crate::manifest::Hooks;
use crate::observe::Observed;
use crate::plan::{Action, HookAction, Moment, Plan, PlannedImage, Reason, Step, StepIndex};
use crate::workspace::Workspace;

/// The plan with the hooks of its images: `after_build` follows the build, and what waited for the build waits for it;
/// `before_push` comes before the image's upload, or before the tags move where nothing is uploaded; `after_push`
/// follows when the tags of the whole set have moved.
pub fn with_hooks(plan: Plan, workspace: &Workspace, observed: &Observed) -> Plan {
    let has_hooks = |image: &PlannedImage| workspace.image(image.index).manifest.hooks != Hooks::default();
    if !plan.images.iter().any(has_hooks) {
        return plan;
    }
    let Plan { images, steps, notes } = plan;
    let mut weaver = Weaver {
        plan: Plan { images, steps: Vec::new(), notes },
        workspace,
        observed,
        places: Vec::new(),
        before: BTreeMap::new(),
        has_tests: steps.iter().any(|step| matches!(step.action, Action::Test(_))),
        tested: BTreeMap::new(),
    };
    for step in steps {
        weaver.add(step);
    }
    weaver.plan
}

struct Weaver<'a> {
    plan: Plan,
    workspace: &'a Workspace,
    observed: &'a Observed,
    /// Where what each step of the old plan does is complete in the new one.
    places: Vec<StepIndex>,
    /// The `before_push` of each image that has run.
    before: BTreeMap<String, StepIndex>,
    /// Whether the plan has tests, so that images get their tags late.
    has_tests: bool,
    /// The tests of each image.
    tested: BTreeMap<String, Vec<StepIndex>>,
}

impl Weaver<'_> {
    fn add(&mut self, mut step: Step) {
        step.after = step.after.iter().filter_map(|old| self.places.get(old.0)).copied().collect();
        match &mut step.action {
            Action::Upload { .. } => {
                let after = step.after.clone();
                step.after.extend(self.before_push(&step.subject, after));
            }
            Action::Publish { moves } => {
                let hooks: Vec<StepIndex> =
                    moves.iter().filter_map(|one| self.before_push(&one.image, Vec::new())).collect();
                // What was observed may be old once hooks have run.
                for one in moves.iter_mut().filter(|_| !hooks.is_empty()) {
                    one.before.clear();
                }
                step.after.extend(hooks);
            }
            _ => {}
        }
        step.after.sort();
        step.after.dedup();
        let (subject, action) = (step.subject.clone(), step.action.clone());
        let place = self.plan.add(step);
        let place = match &action {
            Action::Build(_) => self.hook(&subject, Moment::AfterBuild, vec![place]).unwrap_or(place),
            Action::Publish { moves } => {
                for one in moves {
                    self.hook(&one.image, Moment::AfterPush, vec![place]);
                }
                place
            }
            Action::Test(test) => {
                self.tested.entry(test.image.clone()).or_default().push(place);
                place
            }
            _ => place,
        };
        self.places.push(place);
    }

    /// The step of an image's `before_push`, which runs once.
    fn before_push(&mut self, image: &str, mut after: Vec<StepIndex>) -> Option<StepIndex> {
        if let Some(place) = self.before.get(image) {
            return Some(*place);
        }
        // What has not passed is not signed and the like.
        after.extend(self.tested.get(image).into_iter().flatten());
        after.sort();
        after.dedup();
        let place = self.hook(image, Moment::BeforePush, after)?;
        self.before.insert(image.to_owned(), place);
        Some(place)
    }

    fn hook(&mut self, name: &str, moment: Moment, after: Vec<StepIndex>) -> Option<StepIndex> {
        let planned = self.plan.images.iter().find(|image| image.full_name() == name)?;
        let image = self.workspace.image(planned.index);
        let hooks = &image.manifest.hooks;
        let command = match moment {
            Moment::AfterBuild => &hooks.after_build,
            Moment::BeforePush => &hooks.before_push,
            Moment::AfterPush => &hooks.after_push,
        };
        let is_tagged = moment == Moment::AfterPush || !self.has_tests;
        let reference = planned.tags.first().filter(|_| is_tagged).unwrap_or(&planned.content).clone();
        let mut variables = vec![
            ("KEG_IMAGE", reference.familiar()),
            ("KEG_KEY", planned.key.to_string()),
            ("KEG_WORKSPACE", self.workspace.root.display().to_string()),
        ];
        variables.extend(image.plan().map(|plan| ("KEG_PLAN", plan.to_owned())));
        if let Some(observed) = self.observed.images.get(&planned.index) {
            variables.extend([("KEG_BRANCH", observed.branch.name.clone()), ("KEG_TAG", observed.branch.tag.clone())]);
        }
        let action = HookAction {
            moment,
            image: name.to_owned(),
            reference,
            command: command.clone()?,
            folder: image.folder.clone(),
            untag: (moment == Moment::AfterBuild).then(|| planned.content.clone()),
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        let action = Action::Hook(Box::new(action));
        Some(self.plan.add(Step { subject: name.to_owned(), action, after, reason: Reason::Hook }))
    }
}
