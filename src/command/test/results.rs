//! What became of tests, and which there are.

use std::time::Duration;

use crate::command::App;
use crate::error::Result;
use crate::execute::{Report, StepReport, StepResult, TestRun};
use crate::plan::{Action, Plan, Step, TestAction};
use crate::planner::Tests;
use crate::settings::Format;
use crate::testing::{ImageTest, Outcome, Verdict};
use crate::ui::human_duration;
use crate::workspace::Workspace;

/// What became of the tests of a run.
#[derive(Debug, Default)]
pub struct Results {
    /// In the order of the workspace's images and of their tests; those that people run come with them.
    pub outcomes: Vec<Outcome>,
}

impl Results {
    /// What a run has left.
    pub fn of(workspace: &Workspace, tests: &Tests, plan: &Plan, report: &Report, run: &TestRun) -> Self {
        let mut outcomes = Vec::new();
        for (index, tests) in tests {
            let image = &workspace.image(*index).full_name();
            let steps =
                || plan.steps.iter().zip(&report.steps).filter_map(|(step, ended)| of_image(step, ended, image));
            if steps().next().is_none() && tests.tests.iter().any(ImageTest::is_run) {
                // The plan has no need for the tests of this image.
                continue;
            }
            for test in &tests.tests {
                let ended = steps().find(|(action, _)| action.test.name == test.name).map(|(_, ended)| ended);
                outcomes.push(outcome(image, test, ended, run));
            }
        }
        Self { outcomes }
    }

    /// Whether all tests of an image that keg runs have passed; not, where there are none.
    pub fn has_passed(&self, image: &str) -> bool {
        let mut own = self.outcomes.iter().filter(|one| one.image == image && one.result != Verdict::Manual).peekable();
        own.peek().is_some() && own.all(|one| one.result == Verdict::Passed)
    }

    /// Prints a table of all tests, and a line that counts them.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn print(&self, app: &App) -> Result<()> {
        if self.outcomes.is_empty() {
            return app.ui.print("there are no tests\n");
        }
        let cells = self.outcomes.iter().map(|one| {
            let result = match one.tries {
                tries @ 2.. => format!("{} (try {tries})", one.result.word()),
                _ => one.result.word().to_owned(),
            };
            let took = if one.tries > 0 { human_duration(Duration::from_secs_f64(one.seconds)) } else { String::new() };
            vec![one.image.clone(), one.test.clone(), result, took, one.defined.clone()]
        });
        app.ui.print_table(&["image", "test", "result", "time", "defined in"], cells.collect())?;
        app.ui.note(self.summary());
        Ok(())
    }

    /// As `12 tests passed, 1 failed; 2 are run by hand`.
    pub fn summary(&self) -> String {
        let count = |verdict| self.outcomes.iter().filter(|one| one.result == verdict).count();
        let passed = count(Verdict::Passed);
        let mut text = format!("{passed} {} passed", if passed == 1 { "test" } else { "tests" });
        for verdict in [Verdict::Failed, Verdict::Blocked, Verdict::Cancelled] {
            if count(verdict) > 0 {
                text.push_str(&format!(", {} {}", count(verdict), verdict.word()));
            }
        }
        match count(Verdict::Manual) {
            0 => {}
            1 => text.push_str("; 1 is run by hand"),
            more => text.push_str(&format!("; {more} are run by hand")),
        }
        text
    }
}

fn of_image<'a>(step: &'a Step, ended: &'a StepReport, image: &str) -> Option<(&'a TestAction, &'a StepReport)> {
    match &step.action {
        Action::Test(action) if action.image == image => Some((action, ended)),
        _ => None,
    }
}

fn outcome(image: &str, test: &ImageTest, ended: Option<&StepReport>, run: &TestRun) -> Outcome {
    let (result, error) = match ended.map(|ended| &ended.result) {
        None => (Verdict::Manual, None),
        Some(StepResult::Done | StepResult::Found) => (Verdict::Passed, None),
        Some(StepResult::Failed(error)) => (Verdict::Failed, Some(error.message().to_owned())),
        Some(StepResult::Blocked(_)) => (Verdict::Blocked, None),
        Some(StepResult::Cancelled) => (Verdict::Cancelled, None),
    };
    let record = run.record(image, &test.name).unwrap_or_default();
    let took = ended.map(|ended| ended.took).unwrap_or_default();
    Outcome {
        image: image.to_owned(),
        test: test.name.clone(),
        result,
        defined: test.definition.origin.shown.clone(),
        inherited_from: test.inherited_from(image).map(str::to_owned),
        place: test.definition.place,
        command: test.command(),
        tries: record.tries,
        seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        log: record.log,
        error,
        output: record.output,
    }
}

/// Prints which tests there are.
///
/// # Errors
/// Stdout cannot be written to.
pub fn list(app: &App, workspace: &Workspace, tests: &Tests) -> Result<()> {
    let rows = || {
        let of_image = |(index, tests): (&crate::workspace::ImageIndex, &'_ crate::testing::ImageTests)| {
            let image = workspace.image(*index).full_name();
            tests.tests.iter().map(|test| (image.clone(), test.clone())).collect::<Vec<_>>()
        };
        tests.iter().flat_map(of_image)
    };
    if app.settings.format == Format::Json {
        let rows: Vec<_> = rows()
            .map(|(image, test)| {
                serde_json::json!({
                    "inherited_from": test.inherited_from(&image),
                    "image": image,
                    "test": test.name,
                    "kind": test.definition.kind,
                    "in": test.definition.place,
                    "defined": test.definition.origin.shown,
                    "command": test.command(),
                })
            })
            .collect();
        return app.ui.print_json(&serde_json::json!({ "tests": rows }));
    }
    let cells: Vec<Vec<String>> = rows()
        .map(|(image, test)| {
            let kind = if test.is_run() { test.definition.place.to_string() } else { "by hand".to_owned() };
            let from = test.inherited_from(&image).unwrap_or_default().to_owned();
            vec![image, test.name.clone(), kind, from, test.definition.origin.shown.clone()]
        })
        .collect();
    if cells.is_empty() {
        return app.ui.print("there are no tests\n");
    }
    app.ui.print_table(&["image", "test", "runs", "inherited from", "defined in"], cells)
}
