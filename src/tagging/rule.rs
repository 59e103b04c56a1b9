//! Rules of tags: templates, also with values that a command prints in the built image. Pure: it is run elsewhere.

use std::collections::BTreeMap;

use globset::{Glob, GlobSetBuilder};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::reading::ANY;
use super::sanitise::{RESERVED, with_tag_characters};
use super::template::replaced;
use super::{Branch, BranchSource, TemplateValues, expand, words};
use crate::manifest::CommandLine;

/// The words of templates whose values change from one state of a branch to the next.
const OF_A_STATE: [&str; 4] = ["sha", "sha7", "version", "date"];
/// Those whose values name one state of the sources for ever.
const OF_A_COMMIT: [&str; 3] = ["sha", "sha7", "version"];

/// What gives an image a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRule {
    /// The template.
    pub template: String,
    /// Globs of the branches on which images get it.
    pub branches: Option<Vec<String>>,
    /// How values of the template are found in the built image.
    pub finder: Option<Finder>,
    /// The image whose manifest has it; nothing for keg.yml.
    pub image: Option<String>,
    /// Where it stands, as `keg.yml:4`.
    pub shown: String,
}

/// A command and what of its output is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finder {
    /// The command.
    pub command: CommandLine,
    /// The regular expression.
    pub pattern: Option<String>,
}

/// What a finder has found, by the words that stand for it.
pub type Groups = BTreeMap<String, String>;

impl From<&str> for TagRule {
    fn from(template: &str) -> Self {
        Self { template: template.to_owned(), branches: None, finder: None, image: None, shown: String::new() }
    }
}

impl TagRule {
    /// Whether images of a branch get this tag. `latest` is for the default branch, unless the rule names branches.
    pub fn is_for(&self, branch: &Branch) -> bool {
        let Some(globs) = &self.branches else {
            let is_latest = self.template.rsplit_once("}-").map_or(self.template.as_str(), |(_, end)| end) == "latest";
            return !is_latest || branch.is_default || branch.source == BranchSource::NoRepository;
        };
        let mut set = GlobSetBuilder::new();
        // They were checked when the workspace was loaded.
        globs.iter().filter_map(|glob| Glob::new(glob).ok()).for_each(|glob| {
            set.add(glob);
        });
        set.build().is_ok_and(|set| set.is_match(&branch.name))
    }

    /// Whether the tag says which state of the sources its image is of, so that it names one image for ever.
    pub fn is_fixed(&self) -> bool {
        words(&self.template).any(|word| OF_A_COMMIT.contains(&word))
    }

    /// Whether the tag is that of a branch, and moves with it.
    pub fn is_of_branch(&self) -> bool {
        let mut has_branch = false;
        self.finder.is_none()
            && self.branches.is_none()
            && words(&self.template).all(|word| {
                has_branch |= word == "branch";
                !OF_A_STATE.contains(&word)
            })
            && has_branch
    }

    /// The template for reading tags backwards: what a command has printed may be any text.
    pub fn readable(&self) -> String {
        replaced(&self.template, |word| format!("{{{}}}", if is_group(word) { ANY } else { word }))
    }

    /// The tag for readers before its values are found: `python-{version of python --version}`.
    pub fn told(&self, values: &TemplateValues) -> String {
        let Some(finder) = &self.finder else { return self.template.clone() };
        let command = finder.command.one_line();
        let groups = words(&self.template).filter(|word| is_group(word)).count();
        values.put_into(&self.template, |word| match groups {
            _ if !is_group(word) => format!("{{{word}}}"),
            1 => format!("{{version of {command}}}"),
            _ => format!("{{{word} of {command}}}"),
        })
    }

    /// The tag with what was found.
    ///
    /// # Errors
    /// A part that was not found, or a result that is no valid tag or is kept for other uses; as the end of a sentence.
    pub fn tag(&self, values: &TemplateValues, found: &Groups) -> Result<String, String> {
        if let Some(missing) = words(&self.template).find(|word| is_group(word) && !found.contains_key(*word)) {
            return Err(format!("`{{{missing}}}` of the tag {} was not found in what it prints", self.template));
        }
        let values = TemplateValues { found: found.clone(), ..values.clone() };
        let tag = expand(&self.template, &values).map_err(|error| error.one_line())?;
        match self.finder {
            Some(_) if RESERVED.contains(&tag.as_str()) => {
                Err(format!("it gives the tag `{tag}`, which is kept for releases and promotions"))
            }
            _ => Ok(tag),
        }
    }
}

fn is_group(word: &str) -> bool {
    !super::WORDS.contains(&word)
}

impl Finder {
    /// The parts of what the command has printed, with the characters that tags can have: as with branches, others
    /// become `-`.
    ///
    /// # Errors
    /// Why there are none, as the end of a sentence.
    pub fn find(&self, output: &str) -> Result<Groups, String> {
        let mut groups = Groups::new();
        let mut add = |name: &str, value: &str| {
            let value = with_tag_characters(value.trim());
            if !value.is_empty() {
                groups.insert(name.to_owned(), value);
            }
        };
        let Some(pattern) = &self.pattern else {
            let text = output.trim();
            if text.lines().count() > 1 {
                return Err("it prints several lines, and no `match` says what of them is meant".to_owned());
            }
            add("0", text);
            add("1", text);
            return if groups.is_empty() {
                Err("it prints nothing that a tag can have".to_owned())
            } else {
                Ok(groups)
            };
        };
        let expression = expression(pattern).map_err(|error| error.to_string())?;
        let Some(captures) = expression.captures(output) else {
            return Err(format!("it prints nothing that matches `{pattern}`"));
        };
        for (number, name) in expression.capture_names().enumerate() {
            let Some(part) = captures.get(number) else { continue };
            add(&number.to_string(), part.as_str());
            name.into_iter().for_each(|name| add(name, part.as_str()));
        }
        Ok(groups)
    }

    /// The words that its pattern gives.
    ///
    /// # Errors
    /// The pattern is no regular expression.
    pub fn words(&self) -> Result<Vec<String>, regex::Error> {
        let Some(pattern) = &self.pattern else { return Ok(vec!["0".to_owned(), "1".to_owned()]) };
        let expression = expression(pattern)?;
        let names = expression.capture_names().enumerate();
        Ok(names.flat_map(|(number, name)| [Some(number.to_string()), name.map(str::to_owned)]).flatten().collect())
    }
}

fn expression(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).multi_line(true).build()
}

#[cfg(test)]
#[path = "rule/tests.rs"]
mod tests;
