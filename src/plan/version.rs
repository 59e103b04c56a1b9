//! Tags that are found in built images, as steps of a plan.

use super::TestAction;
use crate::error::Error;
use crate::reference::Reference;
use crate::tagging::{TagRule, TemplateValues};
use crate::versions::Found;

/// How many lines of an output that gives no tag are shown.
const SHOWN_LINES: usize = 10;

/// A command that is run in an image, and the tags that its output gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionAction {
    /// The command.
    pub command: TestAction,
    /// The rules that it is run for.
    pub rules: Vec<TagRule>,
    /// What the other words of their templates stand for.
    pub values: TemplateValues,
    /// What tells the build of the image from others.
    pub build: String,
    /// The tag of the default branch, which no output may give to another one's image.
    pub default_tag: Option<String>,
}

/// What a command has given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTags {
    /// The tags.
    pub tags: Vec<Reference>,
    /// Those of them that name a commit.
    pub fixed: Vec<Reference>,
    /// What they are made of.
    pub found: Vec<Found>,
}

impl VersionAction {
    /// The tags before they are found, as `python-{version of python --version}`.
    pub fn told(&self) -> Vec<String> {
        self.rules.iter().map(|rule| rule.told(&self.values)).collect()
    }

    /// The tags that an output gives.
    ///
    /// # Errors
    /// A rule finds nothing in it, or gives no valid tag.
    pub fn tags(&self, output: &str) -> Result<FoundTags, Error> {
        let mut all = FoundTags::default();
        let mut errors = Vec::new();
        for rule in &self.rules {
            let Some(finder) = &rule.finder else { continue };
            let found = finder.find(output).and_then(|groups| {
                let tag = rule.tag(&self.values, &groups)?;
                match self.default_tag.as_ref() {
                    Some(default) if *default == tag => {
                        Err(format!("it gives the tag `{tag}`, which is the default branch's"))
                    }
                    _ => Ok((tag, groups)),
                }
            });
            match found {
                Ok((tag, groups)) => {
                    let tag = self.command.reference.with_tag(&tag);
                    if rule.is_fixed() {
                        all.fixed.push(tag.clone());
                    }
                    if !all.tags.contains(&tag) {
                        all.tags.push(tag);
                    }
                    all.found.push(Found { finder: finder.clone(), groups });
                }
                Err(reason) => {
                    let lines: Vec<&str> = output.lines().take(SHOWN_LINES).collect();
                    let error = self.failure(rule, &reason);
                    errors.push(if lines.is_empty() { error } else { error.because(lines.join("\n")) });
                }
            }
        }
        Error::all(errors).map_or(Ok(all), Err)
    }

    /// The report of a rule that gives no tag, for this reason.
    fn failure(&self, rule: &TagRule, reason: &str) -> Error {
        let (command, image, shown) = (&self.command.test.name, &self.command.image, &rule.shown);
        let own = image.split(" [").next().unwrap_or(image);
        let (from, help) = match &rule.image {
            Some(other) if other == own => (String::new(), None),
            Some(other) => (format!(", inherited from {other}"), Some(own)),
            None => (String::new(), Some(own)),
        };
        let error = Error::failed(format!("version `{command}` of {image} ({shown}{from}): {reason}"));
        match help {
            Some(own) => error.help(format!("`inherit_tags: false` in the manifest of {own} spares it this tag")),
            None => error,
        }
    }

    /// The report of a command that failed.
    #[must_use]
    pub fn command_failure(&self, error: Error) -> Error {
        let Some(rule) = self.rules.first() else { return error };
        let told = self.failure(rule, "");
        let help = [error.remedy(), told.remedy()].into_iter().flatten().collect::<Vec<_>>().join("; ");
        if help.is_empty() { error } else { error.help(help) }
    }
}
