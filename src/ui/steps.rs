//! What renderers remember about running steps.

use std::collections::HashMap;

/// A step that has begun and not ended.
#[derive(Debug)]
pub(super) struct Step {
    /// The name that lines and bars show.
    pub(super) subject: String,
    /// What is being done, as `building`.
    pub(super) doing: &'static str,
}

/// The running steps by their names.
#[derive(Debug, Default)]
pub(super) struct Steps(HashMap<String, Step>);

impl Steps {
    pub(super) fn start(&mut self, step: &str, subject: &str, doing: &'static str) {
        self.0.insert(step.to_owned(), Step { subject: subject.to_owned(), doing });
    }

    pub(super) fn end(&mut self, step: &str) -> Option<Step> {
        self.0.remove(step)
    }

    /// The name to show for `step`: its subject, or, of one that never began, the step itself.
    pub(super) fn subject<'a>(&'a self, step: &'a str) -> &'a str {
        self.0.get(step).map_or(step, |step| &step.subject)
    }

    /// What is being done in `step`.
    pub(super) fn doing(&self, step: &str) -> &'static str {
        self.0.get(step).map_or("", |step| step.doing)
    }
}

/// What has been done: `built` for `building`, `moved the tag` for `moving the tag`.
pub(super) fn done(doing: &str) -> String {
    const IRREGULAR: [(&str, &str); 8] = [
        ("building", "built"),
        ("running", "run"),
        ("reading", "read"),
        ("writing", "written"),
        ("copying", "copied"),
        ("making", "made"),
        ("sending", "sent"),
        ("waiting", "waited"),
    ];
    let (verb, rest) = doing.split_at(doing.find(' ').unwrap_or(doing.len()));
    let irregular = IRREGULAR.iter().find(|(present, _)| *present == verb).map(|(_, past)| (*past).to_owned());
    let past = irregular.or_else(|| verb.strip_suffix("ing").map(|stem| format!("{stem}ed")));
    format!("{}{rest}", past.as_deref().unwrap_or("done"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participles() {
        let table = [
            ("building", "built"),
            ("pulling", "pulled"),
            ("uploading", "uploaded"),
            ("starting", "started"),
            ("tagging", "tagged"),
            ("moving tags", "moved tags"),
            ("removing", "removed"),
            ("", "done"),
        ];
        for (doing, expected) in table {
            assert_eq!(done(doing), expected);
        }
    }

    #[test]
    fn knows_what_runs() {
        let mut steps = Steps::default();
        steps.start("build web", "web", "building");
        assert_eq!((steps.subject("build web"), steps.subject("build other")), ("web", "build other"));
        assert_eq!(steps.end("build web").unwrap().doing, "building");
        assert!(steps.end("build web").is_none());
    }
}
