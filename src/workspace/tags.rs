//! Rules of tags: what keg.yml and manifests say, checked, and which of them an image has.

use globset::Glob;

use super::source::SourceFile;
use super::{ImageIndex, Options, Workspace};
use crate::error::Error;
use crate::manifest::{KegFile, Tag};
use crate::tagging::{Finder, TagRule, TemplateValues, WORDS, expand};
use crate::yaml::Located;

/// The rules of keg.yml. Without a template in it a list only adds to the branch's tag.
pub(super) fn of_workspace(file: &KegFile, source: &SourceFile, errors: &mut Vec<Error>) -> Vec<TagRule> {
    let mut rules = checked(file.tags.as_deref().unwrap_or_default(), None, file, source, errors);
    if rules.iter().all(|rule| rule.finder.is_some()) {
        rules.insert(0, if file.plans.is_empty() { "{branch}" } else { "{prefix}-{branch}" }.into());
    }
    rules
}

/// The rules of a file, without those that cannot be.
pub(super) fn checked(
    tags: &[Located<Tag>],
    image: Option<&str>,
    keg: &KegFile,
    source: &SourceFile,
    errors: &mut Vec<Error>,
) -> Vec<TagRule> {
    let rule = |tag| match rule(tag, image, keg, source) {
        Ok(rule) => Some(rule),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    tags.iter().filter_map(rule).collect()
}

fn rule(tag: &Located<Tag>, image: Option<&str>, keg: &KegFile, source: &SourceFile) -> Result<TagRule, Error> {
    let keys = &tag.value.0;
    // A template that is no map is its own place.
    let format = |message: String, label: &str| match keys.format.as_ref().filter(|format| format.line > 0) {
        Some(format) => source.error(format, message, label),
        None => source.error(tag, message, label),
    };
    if let (Some(pattern), None) = (&keys.pattern, &keys.from) {
        return Err(source
            .error(pattern, "tags: `match` without `from`", "matches the output of no command")
            .help("Say with `from` which command is run in the built image."));
    }
    let finder = keys.from.as_ref().map(|command| Finder {
        command: command.clone(),
        pattern: keys.pattern.as_ref().map(|pattern| pattern.value.clone()),
    });
    let groups = match (&finder, &keys.pattern) {
        (None, _) => Vec::new(),
        (Some(finder), None) => finder.words().unwrap_or_default(),
        (Some(finder), Some(pattern)) => finder.words().map_err(|error| {
            source.error(pattern, "tags: `match` is no regular expression", "here").because(error.to_string())
        })?,
    };
    if let (Some(taken), Some(pattern)) = (groups.iter().find(|group| WORDS.contains(&group.as_str())), &keys.pattern) {
        let message = format!("tags: the group `{taken}` of `match` has the name of a word that has another value");
        return Err(source.error(pattern, message, "this group").help("Give it another name."));
    }
    let template = match (&keys.format, &finder) {
        (Some(format), _) => format.value.clone(),
        (None, Some(_)) => if groups.iter().any(|group| group == "1") { "{1}" } else { "{0}" }.to_owned(),
        (None, None) => {
            return Err(source
                .error(tag, "tags: a tag without `format` and without `from`", "which tag is meant?")
                .help("Write the tag as `format`, or with `from` the command that finds it."));
        }
    };
    let some = |is_there: bool| is_there.then(|| "1".to_owned());
    let values = TemplateValues {
        branch: "branch".to_owned(),
        revision: Some("0".repeat(40)),
        date: "2026-01-01".to_owned(),
        version: Some("1".to_owned()),
        prefix: some(keg.tag_prefix.is_some() || !keg.plans.is_empty()),
        plan: some(!keg.plans.is_empty()),
        found: groups.iter().map(|group| (group.clone(), "1".to_owned())).collect(),
    };
    expand(&template, &values).map_err(|error| {
        let found: Vec<String> = groups.iter().map(|group| format!("{{{group}}}")).collect();
        let found = if found.is_empty() { String::new() } else { format!("; of the output {}", found.join(" ")) };
        let help = error.remedy().map(|help| format!("{help}{found}"));
        let error = format(format!("tags: {}", error.message()), "this template");
        help.into_iter().fold(error, Error::help)
    })?;
    if finder.is_none() && keg.plans.len() > 1 && !template.contains("{prefix}") && !template.contains("{plan}") {
        let message = format!("tags: `{template}` gives the variants of an image the same tag");
        let help = format!("Put the plan into it, as `{{prefix}}-{template}`, or its name with `{{plan}}`.");
        return Err(format(message, "no {prefix} and no {plan}").help(help));
    }
    for glob in keys.branches.iter().flatten() {
        if let Err(error) = Glob::new(glob) {
            let message = format!("tags: `{}` is no glob of branches: {}", **glob, error.kind());
            return Err(source.error(glob, message, "in this glob"));
        }
    }
    Ok(TagRule {
        template,
        branches: keys.branches.as_ref().map(|globs| globs.iter().map(|glob| glob.value.clone()).collect()),
        finder,
        image: image.map(str::to_owned),
        shown: format!("{}:{}", source.shown, tag.line),
    })
}

impl Options {
    /// Templates whose values are known without an image, in the order of keg.yml.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter(|rule| rule.finder.is_none()).map(|rule| rule.template.as_str())
    }
}

impl Workspace {
    /// The rules of an image's tags: those of keg.yml, then those of the images that it stands on, the lowest first, then
    /// its own. An image that inherits none has the templates of keg.yml and its own rules, and hands down no others.
    pub fn tag_rules(&self, image: ImageIndex) -> Vec<&TagRule> {
        let mut line = Vec::new();
        let mut next = Some(image);
        let mut inherits = true;
        while let Some(index) = next.filter(|_| inherits) {
            line.push(index);
            inherits = self.image(index).manifest.inherit_tags.unwrap_or(true);
            next = self.base_in_workspace(index);
        }
        let of_workspace = self.options.tags.iter().filter(|rule| inherits || rule.finder.is_none());
        let own = line.iter().rev().flat_map(|index| &self.image(*index).tags);
        of_workspace.chain(own).collect()
    }
}
