//! Tasks: commands for `keg run`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Scalar;
use crate::yaml::Located;

/// A command for `keg run`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The command: a text for the shell, which gets further arguments as `"$@"`, or a list of arguments.
    pub run: CommandLine,
    /// Where it runs. Default: on the host.
    #[serde(default, rename = "in")]
    pub place: TaskPlace,
    /// The service in whose container it runs. Default: the one that runs the tap's image.
    #[serde(default)]
    pub service: Option<String>,
    /// What it does, for lists of tasks.
    #[serde(default)]
    pub description: Option<String>,
    /// Variables of the task. The environment of the process wins over them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub env: IndexMap<String, Scalar>,
    /// Tasks that run before it, without arguments.
    #[serde(default)]
    pub depends_on: Vec<Located<String>>,
    /// Whether it talks with the user: `true` needs a terminal, `false` gets none and nothing to read. Default: it gets
    /// what keg has.
    #[serde(default)]
    pub interactive: Option<bool>,
}

/// Where a task runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskPlace {
    /// On the host.
    #[default]
    Host,
    /// In the tap's container.
    Container,
}

impl fmt::Display for TaskPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Container => "container",
        })
    }
}

/// A command as it is written in YAML.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandLine {
    /// For the shell.
    Shell(String),
    /// A program and its arguments, which no shell sees.
    Arguments(Vec<String>),
}

impl CommandLine {
    /// It in one line.
    pub fn one_line(&self) -> String {
        match self {
            Self::Shell(text) => {
                text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
            }
            Self::Arguments(arguments) => arguments.join(" "),
        }
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CommandLineVisitor)
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shell(text) => serializer.serialize_str(text),
            Self::Arguments(arguments) => serializer.collect_seq(arguments),
        }
    }
}

struct CommandLineVisitor;

impl<'de> Visitor<'de> for CommandLineVisitor {
    type Value = CommandLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command, or a list of a program and its arguments")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CommandLine, E> {
        match text.trim() {
            "" => Err(E::custom("the command is empty")),
            _ => Ok(CommandLine::Shell(text.to_owned())),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<CommandLine, A::Error> {
        let mut arguments = Vec::new();
        while let Some(argument) = list.next_element::<Scalar>()? {
            arguments.push(argument.0);
        }
        match arguments.first().map(String::as_str) {
            None | Some("") => Err(serde::de::Error::custom("the command is empty")),
            Some(_) => Ok(CommandLine::Arguments(arguments)),
        }
    }
}

impl JsonSchema for CommandLine {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "minItems": 1, "items": { "type": ["string", "number", "boolean"] } },
            ]
        })
    }
}
