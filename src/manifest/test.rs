//! Tests of built images.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{CommandLine, Scalar};
use crate::yaml::Located;

/// A command that must succeed in the built image, and in every image that is built on it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// What reports call it. Default: the command.
    #[serde(default)]
    pub name: Option<Located<String>>,
    /// The command: a text for the shell, or a list of a program and its arguments.
    pub run: CommandLine,
    /// A regular expression that what it prints must match.
    #[serde(default)]
    pub expect: Option<Located<String>>,
    /// Where it runs: in the image, or on the host against a running container of the image, whose ports it finds in
    /// `KEG_HOST` and `KEG_PORT_<port>`. Default: in the image.
    #[serde(default, rename = "in")]
    pub place: TestPlace,
    /// `manual` tests are listed and not run. Default: integration.
    #[serde(default)]
    pub kind: TestKind,
    /// How long it may take, as `30s`, `5m` or `1h`. Default: 10m.
    #[serde(default)]
    pub timeout: Option<Limit>,
    /// How often it is run again when it fails, each time in a fresh container. Default: 0.
    #[serde(default)]
    pub retries: u8,
    /// Variables of the command.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub env: IndexMap<String, Scalar>,
    /// Ports of the container that a test on the host reaches, beside those that the image exposes.
    #[serde(default)]
    pub ports: Vec<u16>,
}

/// The tests.yml in the folder that `common_tests` names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "tests.yml")]
pub struct TestsFile {
    /// Commands that must succeed in every built image.
    pub tests: Vec<Located<Test>>,
}

/// Where a test runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TestPlace {
    /// In a container of the image, instead of the image's own command.
    #[default]
    Image,
    /// On the host, against a container that runs the image's own command.
    Host,
}

impl fmt::Display for TestPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "image",
            Self::Host => "host",
        })
    }
}

/// Whether a test is for keg or for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TestKind {
    /// keg runs it.
    #[default]
    Integration,
    /// Somebody runs it by hand.
    Manual,
}

/// A time limit: a number and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub Duration);

impl Limit {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim() {
            "s" | "" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
        (seconds > 0 && seconds <= 7 * 24 * 3600).then(|| Self(Duration::from_secs(seconds)))
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Scalar::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{}` is no time limit: write it as `30s`, `5m` or `1h`", text.0))
        })
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string", "pattern": "^[0-9]+ *[smh]?$" }, { "type": "integer", "minimum": 1 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn every_key_is_taken() {
        let text = r#"
tests:
  - { name: page, run: [curl, -f, x, 3.10], expect: "^ok", in: host, kind: manual, timeout: 5m, retries: 2,
      env: { A: 1 }, ports: [8888] }
  - run: "true"
"#;
        let file: TestsFile = parse("tests.yml", text).unwrap();
        let test = &file.tests[0];
        assert_eq!((test.place, test.kind, test.retries), (TestPlace::Host, TestKind::Manual, 2));
        assert_eq!(test.run, CommandLine::Arguments(["curl", "-f", "x", "3.10"].map(str::to_owned).to_vec()));
        assert_eq!((test.timeout, test.ports.as_slice()), (Some(Limit(Duration::from_secs(300))), &[8888][..]));
        assert_eq!((file.tests[0].line, file.tests[1].line), (3, 5));
        assert_eq!(file.tests[1].value.timeout, None);
    }

    #[test]
    fn limits() {
        for (text, seconds) in [("30", 30), ("30s", 30), ("5m", 300), ("1 h", 3600)] {
            assert_eq!(Limit::parse(text), Some(Limit(Duration::from_secs(seconds))), "{text}");
        }
        for text in ["", "m", "0", "1d", "-1", "1.5m", "99999999999999999999", "999h"] {
            assert_eq!(Limit::parse(text), None, "{text}");
        }
        let error = parse::<TestsFile>("tests.yml", "tests: [{run: x, timeout: soon}]").unwrap_err();
        assert!(error.one_line().contains("`soon` is no time limit"), "{error:?}");
    }
}
