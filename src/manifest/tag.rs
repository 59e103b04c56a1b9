//! `tags:` of keg.yml and of manifests: templates, and tags that are found by running a command.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::CommandLine;
use crate::yaml::Located;

/// A tag: a template, or a map that says more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag(pub TagKeys);

/// A tag: a template with a condition, or one with what a command prints in the built image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TagKeys {
    /// A command that is run in the built image, as `python --version`: a text for the shell, or a list of a program
    /// and its arguments. What it prints gives `{0}`, `{1}` and so on.
    pub from: Option<CommandLine>,
    /// A regular expression that picks a part of what the command prints: `{0}` is all that it matches, `{1}` its first
    /// group, `{name}` the group `(?<name>…)`. Default: all of the one line that is printed.
    #[serde(rename = "match")]
    pub pattern: Option<Located<String>>,
    /// The tag: a template with `{1}` and the like, and with `{branch} {sha} {sha7} {date} {version} {prefix} {plan}`.
    /// Default: what the command prints, or the first group of `match`.
    pub format: Option<Located<String>>,
    /// Globs of branches on which images get this tag, as `[main, "release/*"]`; `*` stands for any text. Default: all,
    /// but `latest` is for the default branch.
    pub branches: Option<Vec<Located<String>>>,
}

impl From<&str> for Tag {
    fn from(template: &str) -> Self {
        Self(TagKeys { format: Some(template.to_owned().into()), ..TagKeys::default() })
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagVisitor)
    }
}

struct TagVisitor;

impl<'de> Visitor<'de> for TagVisitor {
    type Value = Tag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a template of a tag in quotes, or a map with `from`, `match`, `format` and `branches`")
    }

    fn visit_str<E: serde::de::Error>(self, template: &str) -> Result<Tag, E> {
        Ok(template.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tag, A::Error> {
        TagKeys::deserialize(MapAccessDeserializer::new(map)).map(Tag)
    }
}

impl JsonSchema for Tag {
    fn schema_name() -> Cow<'static, str> {
        "Tag".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<TagKeys>();
        json_schema!({ "anyOf": [{ "type": "string" }, keys] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{ImageFile, KegFile};
    use crate::yaml::parse;

    #[test]
    fn templates_and_maps() {
        let text = "tags: ['{branch}', {from: python --version, match: '([0-9.]+)', format: 'python-{1}', \
                    branches: [main]},\n  {from: [node, -v]}]\n";
        let file: KegFile = parse("keg.yml", text).unwrap();
        let tags = file.tags.unwrap();
        assert_eq!(tags[0].value, Tag::from("{branch}"));
        let python = &tags[1].0;
        assert_eq!(python.from, Some(CommandLine::Shell("python --version".into())));
        assert_eq!(python.pattern.as_ref().map(|pattern| pattern.value.as_str()), Some("([0-9.]+)"));
        assert_eq!(python.branches.as_ref().map(|branches| branches[0].value.as_str()), Some("main"));
        assert_eq!((tags[1].line, tags[2].line), (1, 2));
        assert_eq!(tags[2].0.from, Some(CommandLine::Arguments(vec!["node".into(), "-v".into()])));
        let image: ImageFile = parse("image.yml", "tags: [{from: node -v}]\ninherit_tags: false\n").unwrap();
        assert_eq!((image.tags.len(), image.inherit_tags), (1, Some(false)));
    }

    #[test]
    fn other_things_are_no_tags() {
        for (text, expected) in [
            ("tags: [3.10]", "a template of a tag in quotes"),
            ("tags: [{fron: x}]", "did you mean `from`?"),
            ("tags: [{from: ''}]", "the command is empty"),
        ] {
            let error = parse::<KegFile>("keg.yml", text).unwrap_err();
            let told = format!("{} {}", error.one_line(), error.remedy().unwrap_or_default()).to_lowercase();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
