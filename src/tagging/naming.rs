//! The tags of branches, as `tags:` of keg.yml gives them to images.

use std::collections::BTreeMap;

use super::{TagRule, TemplateValues, after_prefix, expand};
use crate::error::Result;
use crate::workspace::Options;

/// What keg.yml says about the tags of branches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// The template of a tag that moves with its branch, if there is one.
    pub template: Option<String>,
    /// `tag_prefix`.
    pub prefix: Option<String>,
    /// The prefixes of plans.
    pub prefixes: BTreeMap<String, String>,
}

impl Naming {
    /// What keg.yml says.
    pub fn of(options: &Options) -> Self {
        Self {
            template: options.tags.iter().find(|rule| rule.is_of_branch()).map(|rule| rule.template.clone()),
            prefix: options.tag_prefix.clone(),
            prefixes: options.plans.iter().map(|plan| (plan.plan.clone(), plan.prefix.clone())).collect(),
        }
    }

    /// Whether images have a tag that moves with their branch and with nothing else.
    pub fn has_branch_tag(rules: &[TagRule]) -> bool {
        rules.iter().any(TagRule::is_of_branch)
    }

    /// What is known of the words of templates from keg.yml and from the tag that a branch's name gives; `None` for a
    /// plan that is gone from keg.yml.
    pub fn values(&self, tag: &str, plan: Option<&str>) -> Option<TemplateValues> {
        let prefix = match plan {
            Some(plan) => Some(self.prefixes.get(plan)?),
            None => self.prefix.as_ref(),
        };
        Some(TemplateValues {
            branch: prefix.map_or_else(|| tag.to_owned(), |prefix| after_prefix(prefix, tag)),
            prefix: prefix.cloned(),
            plan: plan.map(str::to_owned),
            ..TemplateValues::default()
        })
    }

    /// The tag of a branch's images, where `tag` is what the branch's name gives; `None` for a plan that is gone from
    /// keg.yml.
    ///
    /// # Errors
    /// The template gives no valid tag.
    pub fn tag(&self, tag: &str, plan: Option<&str>) -> Result<Option<String>> {
        let usual = if plan.is_some() { "{prefix}-{branch}" } else { "{branch}" };
        let template = self.template.as_deref().unwrap_or(usual);
        self.values(tag, plan).map(|values| expand(template, &values)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(templates: &[&str]) -> Naming {
        let options = Options {
            tags: templates.iter().map(|template| (*template).into()).collect(),
            tag_prefix: Some("2026.3".to_owned()),
            ..Options::default()
        };
        let prefixes = BTreeMap::from([("gpu".to_owned(), "cuda".to_owned())]);
        Naming { prefixes, ..Naming::of(&options) }
    }

    #[test]
    fn the_tag_of_a_branch() {
        let of = |templates: &[&str], plan: Option<&str>| naming(templates).tag("feature-x", plan).unwrap();
        assert_eq!(of(&[], None).as_deref(), Some("feature-x"));
        assert_eq!(of(&[], Some("gpu")).as_deref(), Some("cuda-feature-x"));
        assert_eq!(of(&[], Some("gone")), None);
        let with_prefix = ["{prefix}-{sha7}", "latest", "{prefix}-{branch}", "{branch}"];
        assert_eq!(of(&with_prefix, None).as_deref(), Some("2026.3-feature-x"));
        assert_eq!(of(&["{plan}.{branch}"], Some("gpu")).as_deref(), Some("gpu.feature-x"));
        // Nothing that moves with the branch alone.
        assert_eq!(of(&["{branch}-{sha7}"], None).as_deref(), Some("feature-x"));
        let long = naming(&["{prefix}-{branch}"]).tag(&"x".repeat(128), None).unwrap();
        assert_eq!(long.map(|tag| tag.len()), Some(128));
    }
}
