//! Tag templates: `{branch}`, `{sha}` and the like in `tags:` and `--tag`.

use std::collections::BTreeMap;

use crate::error::{Error, Result, nearest};

use super::sanitise::{check_tag, shown};

/// What the words of a template stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateValues {
    /// `{branch}`: the branch's tag.
    pub branch: String,
    /// `{sha}` and, in short, `{sha7}`: the commit of HEAD.
    pub revision: Option<String>,
    /// `{date}`: the day in UTC, as `2026-11-20`.
    pub date: String,
    /// `{version}`: the git tag on HEAD.
    pub version: Option<String>,
    /// `{prefix}`: `tag_prefix` of keg.yml, or the plan's.
    pub prefix: Option<String>,
    /// `{plan}`: the name of the plan.
    pub plan: Option<String>,
    /// `{1}` and the like: parts of what a command has printed in the image.
    pub found: BTreeMap<String, String>,
}

/// The words of templates whose values are known before an image is built.
pub const WORDS: [&str; 7] = ["branch", "sha", "sha7", "date", "version", "prefix", "plan"];

impl TemplateValues {
    /// The value of `word`, or why it has none and what to do about it.
    fn value(&self, word: &str) -> Option<Result<&str, (&'static str, &'static str)>> {
        let commit = ("there is no commit yet", "commit first, or leave the word out");
        Some(match word {
            "branch" => Ok(self.branch.as_str()),
            "sha" => self.revision.as_deref().ok_or(commit),
            "sha7" => self.revision.as_deref().map(|revision| revision.get(..7).unwrap_or(revision)).ok_or(commit),
            "date" => Ok(self.date.as_str()),
            "version" => self
                .version
                .as_deref()
                .ok_or(("no git tag points at HEAD", "check out a tagged commit, or tag this one with `git tag`")),
            "prefix" => self
                .prefix
                .as_deref()
                .ok_or(("there is no tag_prefix", "set tag_prefix in keg.yml, or leave the word out")),
            "plan" => self
                .plan
                .as_deref()
                .ok_or(("the image is built without a plan", "name one with --plan, or leave the word out")),
            _ => Ok(self.found.get(word)?.as_str()),
        })
    }
}

impl TemplateValues {
    /// The template with the words that have values, and `other` in the place of others.
    pub fn put_into(&self, template: &str, other: impl Fn(&str) -> String) -> String {
        replaced(template, |word| match self.value(word) {
            Some(Ok(value)) => value.to_owned(),
            _ => other(word),
        })
    }
}

/// The template with other texts in the place of its words.
pub fn replaced(template: &str, text: impl Fn(&str) -> String) -> String {
    let mut replaced = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (word, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        replaced.push_str(before);
        replaced.push_str(&text(word));
        rest = after;
    }
    replaced + rest
}

/// The words of a template, in their order.
pub fn words(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(word, _)| word))
}

/// Puts the values into `template`. Text without words is taken as it is, so that `latest` can be set on purpose.
///
/// # Errors
/// When a word is unknown or has no value here, when a brace is left open, and when the result is no valid tag or
/// one of keg's content tags.
pub fn expand(template: &str, values: &TemplateValues) -> Result<String> {
    let whole = shown(template);
    let mut tag = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        tag.push_str(before);
        let Some((word, after)) = after.split_once('}') else {
            return Err(Error::request(format!("tag template `{whole}` has a `{{` without its `}}`")).help(all_words()));
        };
        match values.value(word) {
            Some(Ok(value)) => tag.push_str(value),
            Some(Err((reason, remedy))) => {
                return Err(
                    Error::request(format!("tag template `{whole}` needs `{{{word}}}`, but {reason}")).help(remedy)
                );
            }
            None => {
                let error =
                    Error::request(format!("tag template `{whole}` has the unknown word `{{{}}}`", shown(word)));
                let help = match nearest(word, WORDS) {
                    Some(right) => format!("did you mean `{{{right}}}`? {}", all_words()),
                    None => all_words(),
                };
                return Err(error.help(help));
            }
        }
        rest = after;
    }
    tag.push_str(rest);
    check_tag(&tag).map_err(|error| {
        if template == tag { error } else { Error::request(format!("tag template `{whole}`: {}", error.message())) }
    })?;
    Ok(tag)
}

fn all_words() -> String {
    let words: Vec<String> = WORDS.iter().map(|word| format!("{{{word}}}")).collect();
    format!("the words are {}", words.join(" "))
}
