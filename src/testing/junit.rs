//! Outcomes as JUnit's XML, which CI systems read: a suite for each image.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Outcome, Verdict};
use crate::error::{Error, Result};

/// The outcomes as XML.
///
/// # Errors
/// Never, as far as is known: memory can be written to.
pub fn xml(outcomes: &[Outcome]) -> Result<String> {
    let mut report = Report::new("keg test");
    let mut suites: Vec<TestSuite> = Vec::new();
    for outcome in outcomes {
        let case = case(outcome);
        match suites.iter_mut().find(|suite| suite.name.as_str() == outcome.image) {
            Some(suite) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(outcome.image.as_str());
                suite.add_test_case(case);
                suites.push(suite);
            }
        }
    }
    report.add_test_suites(suites);
    report.to_string().map_err(|error| Error::failed("cannot write the JUnit report").cause(error))
}

/// Writes the outcomes to a file, with its folders.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, outcomes: &[Outcome]) -> Result<()> {
    let xml = xml(outcomes)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(file, xml));
    written.map_err(|error| Error::request(format!("cannot write the JUnit report to {}", file.display())).cause(error))
}

fn case(outcome: &Outcome) -> TestCase {
    let mut status = match outcome.result {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Blocked | Verdict::Cancelled | Verdict::Manual => TestCaseStatus::skipped(),
    };
    match (outcome.result, &outcome.error) {
        (Verdict::Passed, _) => {}
        (_, Some(error)) => {
            status.set_message(error.as_str());
        }
        (verdict, None) => {
            status.set_message(verdict.word());
        }
    }
    if outcome.result == Verdict::Failed {
        status.set_type("failed").set_description(format!("{}\n{}", outcome.defined, outcome.output));
    }
    let mut case = TestCase::new(outcome.test.as_str(), status);
    case.set_classname(outcome.image.as_str()).set_time(Duration::from_secs_f64(outcome.seconds.max(0.0)));
    if !outcome.output.is_empty() {
        case.set_system_out(outcome.output.as_str());
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::TestPlace;

    fn outcome(image: &str, test: &str, result: Verdict) -> Outcome {
        Outcome {
            image: image.into(),
            test: test.into(),
            result,
            defined: "base/image.yml:4".into(),
            inherited_from: Some("base".into()),
            place: TestPlace::Image,
            command: "true".into(),
            tries: 1,
            seconds: 0.25,
            log: None,
            error: (result == Verdict::Failed).then(|| "it ended with code 1".into()),
            output: "]]> <b> \u{1b}[31mred\u{1b}[0m \u{0}\n".into(),
        }
    }

    #[test]
    fn a_suite_for_each_image() {
        let outcomes = [
            outcome("api", "a & \"b\"", Verdict::Passed),
            outcome("api", "imports", Verdict::Failed),
            outcome("web", "by hand", Verdict::Manual),
        ];
        let xml = xml(&outcomes).unwrap();
        for part in [
            r#"<testsuite name="api" tests="2" skipped="0" errors="0" failures="1">"#,
            r#"<testcase name="a &amp; &quot;b&quot;" classname="api" time="0.250">"#,
            r#"<failure message="it ended with code 1" type="failed">base/image.yml:4"#,
            r#"<testsuite name="web" tests="1" skipped="1""#,
            r#"<skipped message="manual"/>"#,
        ] {
            assert!(xml.contains(part), "{part} is missing in\n{xml}");
        }
        assert!(!xml.contains('\u{0}') && !xml.contains('\u{1b}'), "{xml}");
    }
}
