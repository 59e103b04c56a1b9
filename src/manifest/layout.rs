//! `layout:`, which is a map of globs by kind, or a list of globs.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::yaml::Located;

/// Where images are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Globs by kind.
    ByKind(KindGlobs),
    /// Globs of images whose kind follows from what they are built on.
    List(Vec<Located<String>>),
}

/// Globs of folders or Dockerfiles by the kind of the images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KindGlobs {
    /// Base images.
    pub base: Vec<Located<String>>,
    /// Hub images.
    pub hub: Vec<Located<String>>,
    /// Taps.
    pub taps: Vec<Located<String>>,
    /// Images whose kind follows from what they are built on.
    pub images: Vec<Located<String>>,
}

impl<'de> Deserialize<'de> for Layout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayoutVisitor)
    }
}

/// Not an untagged enum: serde would buffer the values and lose their places.
struct LayoutVisitor;

impl<'de> Visitor<'de> for LayoutVisitor {
    type Value = Layout;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of globs, or globs under `base`, `hub`, `taps` and `images`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Layout, A::Error> {
        let mut globs = Vec::new();
        while let Some(glob) = list.next_element()? {
            globs.push(glob);
        }
        Ok(Layout::List(globs))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Layout, A::Error> {
        KindGlobs::deserialize(MapAccessDeserializer::new(map)).map(Layout::ByKind)
    }
}

impl JsonSchema for Layout {
    fn schema_name() -> Cow<'static, str> {
        "Layout".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let by_kind = generator.subschema_for::<KindGlobs>();
        let list = generator.subschema_for::<Vec<String>>();
        json_schema!({ "anyOf": [by_kind, list] })
    }
}
