//! `builder:` of keg.yml, which can be a name or a map.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Who builds, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "BuilderKeys")]
struct Keys {
    /// The builder's name, as `docker buildx ls` shows it. Without it `--builder` says who builds.
    name: Option<String>,
    /// Whether layers are kept in the registry, for each image and branch, so that other builders need not make them
    /// again. Default: true, but for builders that are a Docker engine: most of those cannot do it.
    cache: Option<bool>,
    /// Whether the registry is told how each image was made. Default: false.
    provenance: Provenance,
    /// Whether the registry is told which packages each image holds. Default: false.
    sbom: bool,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provenance {
    /// Nothing.
    #[default]
    None,
    /// What was built from which sources.
    Min,
    /// All of it, with the Dockerfile and build args.
    Max,
}

/// Who builds, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builder {
    /// The builder's name.
    pub name: Option<String>,
    /// Whether layers are kept in the registry.
    pub cache: Option<bool>,
    /// How much is told of how images were made.
    pub provenance: Provenance,
    /// Whether packages are listed.
    pub sbom: bool,
}

impl From<Keys> for Builder {
    fn from(Keys { name, cache, provenance, sbom }: Keys) -> Self {
        Self { name, cache, provenance, sbom }
    }
}

impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BuilderVisitor)
    }
}

struct BuilderVisitor;

impl<'de> Visitor<'de> for BuilderVisitor {
    type Value = Builder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a builder's name, or a map with `name`, `cache`, `provenance` and `sbom`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Builder, E> {
        Ok(Builder { name: Some(text.to_owned()), ..Builder::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Builder, A::Error> {
        Keys::deserialize(MapAccessDeserializer::new(map)).map(Builder::from)
    }
}

impl JsonSchema for Builder {
    fn schema_name() -> Cow<'static, str> {
        "Builder".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<Keys>();
        json_schema!({ "anyOf": [{ "type": "string" }, keys] })
    }
}

impl Provenance {
    /// What buildx calls it.
    pub fn mode(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Min => Some("min"),
            Self::Max => Some("max"),
        }
    }
}

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProvenanceVisitor)
    }
}

struct ProvenanceVisitor;

impl Visitor<'_> for ProvenanceVisitor {
    type Value = Provenance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`min`, `max`, `true` or `false`")
    }

    fn visit_bool<E: serde::de::Error>(self, wanted: bool) -> Result<Provenance, E> {
        Ok(if wanted { Provenance::Min } else { Provenance::None })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Provenance, E> {
        match text {
            "min" => Ok(Provenance::Min),
            "max" => Ok(Provenance::Max),
            _ => Err(E::unknown_variant(text, &["min", "max"])),
        }
    }
}

impl JsonSchema for Provenance {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Provenance".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["min", "max", true, false] })
    }
}
