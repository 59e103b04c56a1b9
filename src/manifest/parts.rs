//! Parts of the files that are maps themselves, and values with rules of their own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::CommandLine;
use crate::yaml::{Located, READ_AS};

/// How an image is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// Build args.
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub args: IndexMap<String, Scalar>,
    /// The stage to build. Default: the last.
    pub target: Option<Located<String>>,
    /// Ids of secrets that the build needs.
    pub secrets: Vec<Located<String>>,
    /// Platforms to build for, as `linux/arm64`.
    pub platforms: Vec<Located<String>>,
    /// The build context, relative to the image's folder. Default: the image's folder.
    pub context: Option<Located<String>>,
    /// The Dockerfile, relative to the image's folder. Default: Dockerfile or Containerfile.
    pub dockerfile: Option<Located<String>>,
}

/// A command that documents an image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// What the output is.
    #[serde(default)]
    pub description: Option<String>,
    /// The command, run in the image: a text for the shell, or a list of a program and its arguments.
    pub run: CommandLine,
}

/// A variant of every image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// What the plan's tags begin with, in quotes: `"2026.10"`. Default: the plan's name.
    pub tag_prefix: Option<Located<Quoted>>,
    /// Build args of every image in this plan.
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub args: IndexMap<String, Scalar>,
}

/// What an image adds to a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanArguments {
    /// Build args of this image in this plan; images built on it do not inherit them.
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub args: IndexMap<String, Scalar>,
}

/// Commands that run around building and publishing an image, on the host, in the image's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageHooks {
    /// Before keg looks at the image's files, whether it is built then or not: it may write some of them.
    pub before_build: Option<String>,
    /// After it was built, before anything that needs it.
    pub after_build: Option<String>,
    /// Before it is uploaded or its tags move.
    pub before_push: Option<String>,
    /// After the tags of the whole set have moved.
    pub after_push: Option<String>,
}

/// Commands that run around what keg does with a tap, on the host, in the tap's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Before keg looks at the image's files, whether it is built then or not: it may write some of them.
    pub before_build: Option<String>,
    /// After it was built, before anything that needs it.
    pub after_build: Option<String>,
    /// Before it is uploaded or its tags move.
    pub before_push: Option<String>,
    /// After the tags of the whole set have moved.
    pub after_push: Option<String>,
    /// Before it is started.
    pub before_start: Option<String>,
    /// After it was started and is healthy.
    pub after_start: Option<String>,
    /// Before it is stopped.
    pub before_stop: Option<String>,
    /// After it was stopped.
    pub after_stop: Option<String>,
    /// Before it is deployed to a Swarm.
    pub before_deploy: Option<String>,
    /// After it was deployed to a Swarm and all its containers run there.
    pub after_deploy: Option<String>,
}

impl From<ImageHooks> for Hooks {
    fn from(hooks: ImageHooks) -> Self {
        let ImageHooks { before_build, after_build, before_push, after_push } = hooks;
        Self { before_build, after_build, before_push, after_push, ..Self::default() }
    }
}

/// What happens in CI.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ci {
    /// A commit message that holds this text, in upper or lower case, makes every image count as changed, for CI and for
    /// `--changed`.
    pub full_rebuild: Option<String>,
    /// Globs of git tags that are releases beside `v1.2.3`, as `"20??-??-??"`.
    pub release_tags: Vec<Located<String>>,
    /// Whether images of the default branch and of releases get the tag `latest` too. Default: true.
    pub latest: bool,
    /// What a pull request of the same repository publishes when its images are built and tested. One from another
    /// repository publishes nothing.
    pub pull_requests: PullRequests,
    /// Whether `keg ci check` refuses a pull request that changes environment files and other files of an image at once.
    pub two_step: bool,
}

impl Default for Ci {
    fn default() -> Self {
        Self {
            full_rebuild: None,
            release_tags: Vec::new(),
            latest: true,
            pull_requests: PullRequests::default(),
            two_step: false,
        }
    }
}

/// What happens with an image in CI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageCi {
    /// The command that pull requests which touch the image's folder run in the published image, in that folder, with the
    /// work tree mounted: a text for the shell, or a list of a program and its arguments. `keg ci init` writes the workflow.
    pub run: Option<CommandLine>,
}

/// What a pull request publishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PullRequests {
    /// Nothing: its images are built and tested.
    #[default]
    Test,
    /// Its images under the tag of its branch.
    Branch,
    /// Its images under `pr-` and its number.
    Number,
}

/// A text, or a number or boolean that is taken as it is written: `3.10` stays `3.10`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Scalar(pub String);

impl Deref for Scalar {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// A text that must be in quotes where YAML would read a number: `2026.10` is the number 2026.1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quoted(pub String);

impl Deref for Quoted {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Quoted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuotedVisitor)
    }
}

struct QuotedVisitor;

impl QuotedVisitor {
    fn refuse<E: serde::de::Error>(kind: &str, value: impl fmt::Display) -> E {
        E::custom(format!("{READ_AS} {kind} {value}"))
    }
}

impl Visitor<'_> for QuotedVisitor {
    type Value = Quoted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotes")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quoted, E> {
        Ok(Quoted(text.to_owned()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Quoted, E> {
        Err(Self::refuse("number", value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Quoted, E> {
        Err(Self::refuse("number", value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Quoted, E> {
        Err(Self::refuse("number", value))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Quoted, E> {
        Err(Self::refuse("number", value))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Quoted, E> {
        Err(Self::refuse("number", value))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Quoted, E> {
        Err(Self::refuse("boolean", value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Quoted, E> {
        Err(E::custom("text in quotes is expected"))
    }
}

impl JsonSchema for Quoted {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Quoted".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
