//! What `keg why` says of one image.

use serde::Serialize;

use super::since::Since;
use crate::command::App;
use crate::error::{Error, Result};
use crate::history::Cause;
use crate::key::Key;
use crate::plan::PlannedImage;
use crate::workspace::full_name;

/// What is known of the difference between an image as it is and as it would be built now.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    pub state: State,
    pub key: Key,
    pub since: Option<Since>,
    /// Whether the causes are certain.
    pub exact: bool,
    pub causes: Vec<Cause>,
    pub note: Option<String>,
    /// The tags of which none names an image that keg built.
    #[serde(skip)]
    pub tried: Vec<String>,
    #[serde(skip)]
    pub error: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// There is no earlier image.
    NeverBuilt,
    Unchanged,
    Changed,
    /// Nobody knows any more what the earlier image was built from.
    Unknown,
}

impl Answer {
    pub fn new(image: &PlannedImage, since: Option<Since>) -> Self {
        Self {
            image: image.name.clone(),
            plan: image.plan.clone(),
            state: State::NeverBuilt,
            key: image.key,
            since,
            exact: true,
            causes: Vec::new(),
            note: None,
            tried: Vec::new(),
            error: None,
        }
    }

    /// It cannot be told what the earlier image was built from.
    pub fn fail(&mut self, since: &Since, error: &Error) {
        let message = format!("cannot tell why {} differs from {}", self.name(), since.reference);
        let report = Error::failed(message).because(error.one_line());
        self.state = State::Unknown;
        self.exact = false;
        self.note = Some(error.one_line());
        self.error = Some(match error.remedy() {
            Some(help) => report.help(help),
            None => report,
        });
    }

    fn name(&self) -> String {
        full_name(&self.image, self.plan.as_deref())
    }

    fn since(&self) -> String {
        self.since.as_ref().map(Since::shown).unwrap_or_default()
    }
}

/// One line for each image, with the first cause.
pub(super) fn print_overview(app: &App, answers: &[Answer]) -> Result<()> {
    if answers.is_empty() {
        return app.ui.print("nothing is to be built\n");
    }
    let mut text = String::new();
    for answer in answers {
        let reason = match answer.state {
            State::NeverBuilt => "never built".to_owned(),
            State::Unchanged => format!("unchanged since {}, whose content tag is missing", answer.since()),
            State::Unknown => format!("unknown: {}", answer.note.as_deref().unwrap_or_default()),
            State::Changed => match answer.causes.split_first() {
                None => "no difference to its commit".to_owned(),
                Some((first, [])) => shown(first),
                Some((first, rest)) => format!("{}, and {} more", shown(first), rest.len()),
            },
        };
        text.push_str(&format!("{}: {reason}\n", answer.name()));
    }
    app.ui.print(&text)?;
    for answer in answers.iter().filter(|answer| answer.state == State::Changed) {
        note(app, answer);
    }
    Ok(())
}

/// Everything that changed in each image.
pub(super) fn print_each(app: &App, answers: &[Answer]) -> Result<()> {
    for answer in answers {
        let name = answer.name();
        let mut text = match answer.state {
            State::NeverBuilt => {
                format!("{name} was never built: there is no {}\n", answer.tried.join(" and no "))
            }
            State::Unchanged => format!("{name} is unchanged since {}\n", answer.since()),
            State::Unknown => continue,
            State::Changed if answer.causes.is_empty() => format!("{name} does not differ from {}\n", answer.since()),
            State::Changed => format!("{name} has changed since {}\n", answer.since()),
        };
        for cause in &answer.causes {
            text.push_str(&format!("  {}\n", shown(cause)));
        }
        app.ui.print(&text)?;
        note(app, answer);
    }
    Ok(())
}

fn note(app: &App, answer: &Answer) {
    if let Some(note) = &answer.note {
        app.ui.note(note);
    }
}

/// A cause without what would act on the terminal: names of files can hold anything.
fn shown(cause: &Cause) -> String {
    let escape = |character: char| {
        if character.is_control() { character.escape_default().to_string() } else { character.to_string() }
    };
    cause.to_string().chars().map(escape).collect()
}
