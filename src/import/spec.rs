//! What spec.yml and change_ignore.json may say: today's form and the older one with plans.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::manifest::Scalar;
use crate::yaml::Located;

/// spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The folder of the image that all others stand on.
    pub root: Option<String>,
    /// Images by folder.
    pub images: IndexMap<String, SpecImage>,
    /// The prefix of all tags.
    pub tag: SpecTag,
    /// Commands that document images, by name.
    #[serde(alias = "manifests")]
    pub all_info_cmds: IndexMap<String, SpecInfo>,
    /// Variants of the images, by name; the older forms, of which the oldest is a list of maps.
    #[serde(alias = "tags", deserialize_with = "map_or_list")]
    pub plans: IndexMap<String, SpecPlan>,
}

/// An image of spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpecImage {
    /// Registry, namespace and name.
    pub image_name: Option<Located<String>>,
    /// The folder of its parent.
    pub depend_on: Option<Located<String>>,
    /// Build args.
    pub build_args: IndexMap<String, Scalar>,
    /// Build args by plan, and those of all plans under `common`; the older form.
    pub dbuild_env: IndexMap<String, IndexMap<String, Scalar>>,
    /// Names of commands that document it.
    #[serde(alias = "manifests")]
    pub info_cmds: Vec<String>,
    /// Whether the tests of its folder `test` are run: usually they are.
    pub basic_tests: Option<bool>,
    /// Whether the tests of its folder `integration_tests` are run: usually they are not.
    pub integration_tests: Option<bool>,
    /// Whether it is removed after it was built.
    pub prune: Option<bool>,
    /// Whether its earlier version is pulled before it is built.
    pub prepull: Option<bool>,
    /// Plans in which it is not built; the older form.
    pub skip_plans: Vec<String>,
}

/// `tag` of spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpecTag {
    /// What tags begin with.
    pub prefix: Option<Scalar>,
}

/// A command of spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpecInfo {
    /// What its output is.
    pub description: Option<String>,
    /// The command.
    pub command: String,
}

/// A plan of spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpecPlan {
    /// What its tags begin with.
    pub tag_prefix: Option<Scalar>,
    /// What its stable tags end with.
    pub tag_stable_postfix: Option<Scalar>,
}

/// change_ignore.json: names of files and folders beside spec.yml.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ChangeIgnore {
    /// A change to these builds nothing.
    #[serde(rename = "ChangeIgnore")]
    pub change_ignore: Vec<String>,
    /// A change to these builds every image.
    #[serde(rename = "BuildAll")]
    pub build_all: Vec<String>,
}

fn map_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IndexMap<String, SpecPlan>, D::Error> {
    // Not an untagged enum: that would read 2021.30 as a number before anybody can say that it is a text.
    struct MapOrList;

    impl<'de> Visitor<'de> for MapOrList {
        type Value = IndexMap<String, SpecPlan>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of plans")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut plans = IndexMap::new();
            while let Some((name, plan)) = map.next_entry()? {
                plans.insert(name, plan);
            }
            Ok(plans)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut plans = IndexMap::new();
            while let Some(part) = list.next_element::<IndexMap<String, SpecPlan>>()? {
                plans.extend(part);
            }
            Ok(plans)
        }
    }

    deserializer.deserialize_any(MapOrList)
}
