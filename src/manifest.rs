//! What keg.yml, image.yml and tap.yml may say: the types that the files are read into and that `keg schema`
//! describes. Doc comments of keys become descriptions in the schemas.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;

use crate::yaml::Located;

mod builder;
mod layout;
mod parts;
mod proxy;
mod tag;
mod task;
mod test;
mod watch;

pub use builder::{Builder, Provenance};
pub use layout::{KindGlobs, Layout};
pub use parts::{Build, Ci, Hooks, ImageCi, ImageHooks, Info, Plan, PlanArguments, PullRequests, Quoted, Scalar};
pub use proxy::{Proxy, ProxyKeys, ProxyKind, TapProxy, TapProxyKeys};
pub use tag::{Tag, TagKeys};
pub use task::{CommandLine, Task, TaskPlace};
pub use test::{Limit, Test, TestKind, TestPlace, TestsFile};
pub use watch::{WatchAction, WatchRule};

/// A workspace of Docker images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "keg.yml")]
pub struct KegFile {
    /// Registry and namespace of the images, as `ghcr.io/acme` or `localhost:5000/a/b`. Without it keg works on the
    /// engine's own image store.
    pub registry: Option<Located<String>>,
    /// The default branch. Default: origin's HEAD, else `main`, else `master`.
    pub default_branch: Option<Located<String>>,
    /// The tag of the default branch's images. Default: the branch's name.
    pub default_tag: Option<Located<String>>,
    /// Where images are: globs of folders or Dockerfiles, as `{base: [base], hub: [hub/*], taps: [taps/*]}`, or a list
    /// of globs. A glob that begins with `!` leaves out what it matches.
    pub layout: Option<Located<Layout>>,
    /// Names of images whose folder's name does not do: folder or Dockerfile, and the name.
    #[schemars(with = "BTreeMap<String, String>")]
    pub names: IndexMap<String, Located<String>>,
    /// The image that new taps start from, and the default of `KEG_BASE_IMAGE`. Default: `tap`.
    pub tap_base: Option<Located<String>>,
    /// Tags of every image: templates with `{branch} {sha} {sha7} {date} {version} {prefix} {plan}`, and maps for tags
    /// that are found by running a command in the built image. Default: `["{branch}"]`, which also stands before a list
    /// without any template.
    pub tags: Option<Vec<Located<Tag>>>,
    /// The value of `{prefix}`, in quotes: `"2026.10"`.
    pub tag_prefix: Option<Located<Quoted>>,
    /// Whether images are published under a tag of their key (`keg-…`) too, so that no machine builds what another one
    /// has built. Without them only the images under the branch's tags and the default tag are known, and the tags of
    /// a set move one by one. Default: true.
    pub content_tags: Option<bool>,
    /// Globs of files of which a change changes every image.
    pub rebuild_all: Vec<Located<String>>,
    /// Globs of files of which a change changes no image.
    pub ignore: Vec<Located<String>>,
    /// The folder of tests that every image must pass: executable files, and commands in a tests.yml.
    pub common_tests: Option<Located<String>>,
    /// Commands whose output documents an image.
    #[schemars(with = "BTreeMap<String, Info>")]
    pub info: IndexMap<String, Located<Info>>,
    /// Variants of every image, each with a tag prefix and build args of its own. The first is the one that `keg start`
    /// takes where no other is named.
    #[schemars(with = "BTreeMap<String, Plan>")]
    pub plans: IndexMap<String, Located<Plan>>,
    /// Variables for every tap.
    #[schemars(with = "BTreeMap<String, Scalar>")]
    pub env: IndexMap<String, Scalar>,
    /// Commands for `keg run`.
    #[schemars(with = "BTreeMap<String, Task>")]
    pub tasks: IndexMap<String, Located<Task>>,
    /// What happens in CI.
    pub ci: Option<Ci>,
    /// Who builds, unless it is the engine: the name of a builder of `docker buildx`, or `{name, cache, provenance, sbom}`.
    pub builder: Option<Builder>,
    /// How taps are reached by name: `auto`, `traefik`, `builtin`, `false`, or `{kind, domain, port, image}`. With this
    /// key, `keg start` starts the proxy.
    pub proxy: Option<Proxy>,
}

/// Defines the type of a manifest: the keys that image.yml and tap.yml share, and the type's own.
macro_rules! manifest {
    ($(#[$meta:meta])* pub struct $name:ident, $title:literal { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(title = $title)]
        pub struct $name {
            /// The image's name: lower-case letters and digits, separated by `.`, `_` or `-`. Default: the folder's name.
            pub name: Option<Located<String>>,
            /// A short name for the command line.
            pub alias: Option<Located<String>>,
            /// The value of `KEG_BASE_IMAGE`: the image that this one is built on, as `tap:develop`.
            pub base: Option<Located<String>>,
            /// How the image is built.
            pub build: Build,
            /// Files beside the build context that count as inputs, relative to the image's folder.
            pub inputs: Vec<Located<String>>,
            /// Images of the workspace that must be built before, though no `FROM` shows it.
            pub depends_on: Vec<Located<String>>,
            /// Commands that must succeed in the built image, and in every image that is built on it.
            pub tests: Vec<Located<Test>>,
            /// Names of the workspace's `info` commands that document this image.
            pub info: Vec<Located<String>>,
            /// Tags beside those of keg.yml, for this image and those that are built on it: templates, and maps for tags
            /// that are found by running a command in the built image.
            pub tags: Vec<Located<Tag>>,
            /// Whether the image gets the `tags` of what it is built on, and those of keg.yml that are found by running a
            /// command. Default: true.
            pub inherit_tags: Option<bool>,
            /// Build args of this image in each plan.
            #[schemars(with = "BTreeMap<String, PlanArguments>")]
            pub plans: IndexMap<String, Located<PlanArguments>>,
            /// Plans in which this image is not built.
            pub skip_plans: Vec<Located<String>>,
            /// What happens with the image in CI, beside building and publishing it.
            pub ci: Option<ImageCi>,
            $($own)*
        }
    };
}

manifest! {
    /// A base or hub image.
    pub struct ImageFile, "image.yml" {
        /// Commands that run around building and publishing.
        pub hooks: ImageHooks,
    }
}

manifest! {
    /// A tap: a service or module that people work on, and its image.
    pub struct TapFile, "tap.yml" {
        /// The image that `keg start` runs, instead of the tap's own: as `ghcr.io/org/web:develop`.
        pub from: Option<Located<String>>,
        /// The compose file, relative to the tap's folder. Default: compose.yml or docker-compose.yml, if there.
        pub compose: Option<Located<String>>,
        /// The service that gets the image. Default: the only one, or the one named as the tap.
        pub service: Option<Located<String>>,
        /// Ports of a tap without a compose file, in Compose's short syntax: `"3000:3000"`.
        #[schemars(with = "Vec<Scalar>")]
        pub ports: Vec<Located<String>>,
        /// Variables of the tap.
        #[schemars(with = "BTreeMap<String, Scalar>")]
        pub env: IndexMap<String, Scalar>,
        /// Commands for `keg run`.
        #[schemars(with = "BTreeMap<String, Task>")]
        pub tasks: IndexMap<String, Located<Task>>,
        /// Commands that run around building, publishing, starting and stopping.
        pub hooks: Hooks,
        /// What a running tap gets when files change.
        pub watch: Vec<Located<WatchRule>>,
        /// The tap's name behind the proxy: `{port, service, services}`, or `false` for none.
        pub proxy: Option<TapProxy>,
    }
}

impl From<ImageFile> for TapFile {
    fn from(file: ImageFile) -> Self {
        Self {
            name: file.name,
            alias: file.alias,
            base: file.base,
            build: file.build,
            inputs: file.inputs,
            depends_on: file.depends_on,
            tests: file.tests,
            info: file.info,
            tags: file.tags,
            inherit_tags: file.inherit_tags,
            plans: file.plans,
            skip_plans: file.skip_plans,
            ci: file.ci,
            hooks: file.hooks.into(),
            ..Self::default()
        }
    }
}

/// File names and the JSON Schemas of what they may hold.
pub fn schemas() -> [(&'static str, Schema); 4] {
    [
        ("keg.yml", schema_for!(KegFile)),
        ("image.yml", schema_for!(ImageFile)),
        ("tap.yml", schema_for!(TapFile)),
        ("tests.yml", schema_for!(TestsFile)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn every_key_is_taken() {
        let keg: KegFile = parse(
            "keg.yml",
            r#"
registry: ghcr.io/acme
default_branch: main
default_tag: develop
layout: { base: [base], hub: [hub/*], taps: [taps/*], images: [images/*] }
names: { images/a: b }
tap_base: tap
tags: ["{branch}", {from: node -v, match: "v(.*)", format: "node-{1}", branches: [main]}]
tag_prefix: "2026.3"
rebuild_all: [keg.yml, "tests_common/**"]
ignore: ["**/README.md"]
common_tests: tests_common
info: { PY_VER: { description: Python version, run: python --version } }
plans: { one: { tag_prefix: "1", args: { A: 1.10 } } }
env: { DEBUG: true }
tasks: { seed: { run: x, in: container, description: y } }
ci: { full_rebuild: full rebuild, release_tags: ["20*"], two_step: true }
proxy: { kind: builtin, domain: localhost, port: 8080, image: "traefik:v3" }
"#,
        )
        .unwrap();
        assert_eq!(keg.plans["one"].args["A"].0, "1.10");
        assert_eq!(keg.env["DEBUG"].0, "true");
        assert_eq!(keg.tasks["seed"].place, TaskPlace::Container);
        let tap: TapFile = parse(
            "tap.yml",
            r#"
name: evf-app
alias: evf
base: tap:develop
build: { args: {PY: 3.10}, target: dev, secrets: [npm], platforms: [linux/arm64], context: ., dockerfile: Dockerfile }
inputs: [renv.lock]
depends_on: [other]
tests: [{ run: "python -c 'import numpy'", expect: ok, name: numpy }]
info: [PY_VER]
tags: ["{branch}-x", {from: node -v}]
inherit_tags: false
plans: { one: { args: { B: x } } }
skip_plans: [two]
ci: { run: bash run.sh }
from: ghcr.io/org/evf-app:develop
compose: compose.yml
service: web
ports: ["80:80"]
env: {}
tasks:
  seed: { run: [python, seed.py, 3.10], service: db, env: { A: 1 }, depends_on: [x], interactive: false }
hooks:
  { before_start: a, after_start: b, before_stop: c, after_stop: d, before_build: e, after_build: f, before_push: g,
    before_deploy: h, after_deploy: i }
watch: [{ path: src, target: /app/src, ignore: [node_modules/], action: sync+restart, service: web }]
proxy: { port: 8080, service: web, services: { admin: 9000 } }
"#,
        )
        .unwrap();
        assert_eq!(tap.build.args["PY"].0, "3.10");
        assert_eq!(tap.tasks["seed"].place, TaskPlace::Host);
    }

    #[test]
    fn schemas_describe_every_key() {
        assert_eq!(schemas().map(|(name, _)| name), ["keg.yml", "image.yml", "tap.yml", "tests.yml"]);
        for (name, schema) in schemas() {
            assert_eq!(schema.get("title").and_then(|title| title.as_str()), Some(name));
            assert_eq!(schema.get("additionalProperties"), Some(&serde_json::Value::Bool(false)));
            let properties = schema.get("properties").and_then(|properties| properties.as_object()).unwrap();
            for (key, property) in properties {
                let described = property.get("description").and_then(|text| text.as_str());
                assert!(described.is_some_and(|text| text.len() > 10), "{name}: {key}: {property}");
            }
        }
    }
}
