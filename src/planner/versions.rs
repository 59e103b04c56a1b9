//! Puts commands that find tags into a plan, as steps of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::manifest::{CommandLine, TestKind, TestPlace};
use crate::observe::{LABEL_REBUILT, Observed, ObservedImage, build_identity};
use crate::plan::{Action, Decision, Plan, PlannedImage, Purpose, Reason, Step, StepIndex, TestAction, VersionAction};
use crate::planner::build::BuildIntent;
use crate::tagging::{BranchSource, TagRule};
use crate::testing::{Definition, ImageTest, Origin, Program, USUAL_LIMIT};
use crate::workspace::{ImageIndex, Workspace};

/// The tags of an image that are not known yet, as they are told: `python-{version of python --version}`.
pub(super) fn told(observed: &Observed, image: ImageIndex) -> Vec<String> {
    let image = observed.images.get(&image);
    image.into_iter().flat_map(|image| image.rules.iter().map(|rule| rule.told(&image.values))).collect()
}

/// Adds a step for each command that finds tags of an image, and one that gives these on the engine; the former are
/// what publishing waits for. A command that several rules have runs once.
pub(super) fn add_versions(
    plan: &mut Plan,
    workspace: &Workspace,
    observed: &Observed,
    intent: &BuildIntent,
    made_by: &BTreeMap<ImageIndex, StepIndex>,
) -> Vec<StepIndex> {
    let (mut all, mut notes) = (Vec::new(), BTreeSet::new());
    for image in plan.images.clone() {
        // As with other tags.
        let is_tagged = intent.selected.contains(&image.index) || image.decision == Decision::Build;
        let Some(facts) = observed.images.get(&image.index).filter(|_| is_tagged) else { continue };
        let mut by_command: Vec<(&CommandLine, Vec<TagRule>)> = Vec::new();
        for rule in &facts.rules {
            let Some(finder) = &rule.finder else { continue };
            match by_command.iter_mut().find(|(command, _)| *command == &finder.command) {
                Some((_, rules)) => rules.push(rule.clone()),
                None => by_command.push((&finder.command, vec![rule.clone()])),
            }
        }
        let made = made_by.get(&image.index);
        let needs = made.filter(|step| matches!(plan.steps[step.0].action, Action::Build(_) | Action::Pull { .. }));
        let needs: Vec<StepIndex> = needs.copied().into_iter().collect();
        if intent.push {
            notes.extend(facts.rules.iter().filter_map(|rule| moves_on_any_branch(rule, facts)));
        }
        let mut found = Vec::new();
        for (command, rules) in by_command {
            let shown = rules.first().map(|rule| rule.shown.clone()).unwrap_or_default();
            let action = VersionAction {
                command: test_action(workspace, &image, command, &rules),
                rules,
                values: facts.values.clone(),
                default_tag: facts.default_tag.clone().filter(|tag| !facts.tags.contains(tag)),
                build: match made.map(|step| &plan.steps[step.0].action) {
                    Some(Action::Build(build)) => {
                        build_identity(&image.key, build.labels.get(LABEL_REBUILT).map(String::as_str))
                    }
                    _ => observed.build_identity(workspace, image.index, &image.key),
                },
            };
            found.push(plan.add(Step {
                subject: format!("{}: {}", image.full_name(), action.command.test.name),
                action: Action::Version(Box::new(action)),
                after: needs.clone(),
                reason: Reason::Defined { at: shown },
            }));
        }
        all.extend(&found);
        let told = told(observed, image.index);
        if !found.is_empty() {
            plan.add(Step {
                subject: image.full_name(),
                action: Action::TagFound { from: image.content.clone(), told },
                after: found,
                reason: Reason::TagMissing,
            });
        }
    }
    plan.notes.extend(notes);
    all
}

/// What to know of a tag that every branch moves, when another branch than the default one does.
fn moves_on_any_branch(rule: &TagRule, facts: &ObservedImage) -> Option<String> {
    let branch = &facts.branch;
    let is_other = !branch.is_default && branch.source != BranchSource::NoRepository;
    let is_shared = rule.branches.is_none() && !rule.is_fixed() && !rule.template.contains("{branch}");
    (is_other && is_shared).then(|| {
        format!(
            "`{}` ({}) is given on every branch, so {} takes it from others; `branches: [NAME]` keeps it for one",
            rule.template, rule.shown, branch.name
        )
    })
}

/// The command as tests are run.
fn test_action(workspace: &Workspace, image: &PlannedImage, command: &CommandLine, rules: &[TagRule]) -> TestAction {
    let rule = rules.first();
    let definition = Definition {
        name: command.one_line(),
        origin: Origin {
            image: rule.and_then(|rule| rule.image.clone()),
            shown: rule.map(|rule| rule.shown.clone()).unwrap_or_default(),
            folder: workspace.root.clone(),
        },
        program: Program::Command(command.clone()),
        place: TestPlace::Image,
        kind: TestKind::Integration,
        expect: None,
        limit: USUAL_LIMIT,
        retries: 0,
        env: Vec::new(),
        ports: Vec::new(),
        digest: String::new(),
    };
    TestAction {
        image: image.full_name(),
        plan: image.plan.clone(),
        reference: image.content.clone(),
        test: ImageTest { name: definition.name.clone(), definition: Arc::new(definition) },
        purpose: Purpose::Version,
    }
}
