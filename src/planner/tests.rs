//! Plans as text, over small trees that are written into a temporary folder and loaded as users' workspaces are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::context::Context;
use crate::graph::Graph;
use crate::key::Inputs;
use crate::observe::{
    self, LABEL_BRANCH, LABEL_KEY, LocalImage, LocalImages, Observed, ObservedImage, OutsideImage, PublishedTag,
};
use crate::plan::{Action, Decision, Plan};
use crate::planner::{BuildIntent, plan_build};
use crate::reference::Reference;
use crate::tagging::{self, Branch, BranchSource, TemplateValues};
use crate::workspace::{ImageIndex, Workspace};

mod builder;
mod hooks;
mod plans;
mod publishing;
mod testing;
mod versions;

/// base → {a → a1, b → {b1, b2}}
const T: &[(&str, &str)] =
    &[("base", "debian:12"), ("a", "base"), ("a1", "a"), ("b", "base"), ("b1", "b"), ("b2", "b")];

struct Fixture {
    _folder: TempDir,
    workspace: Workspace,
    observed: Observed,
}

impl Fixture {
    fn new(tree: &[(&str, &str)]) -> Self {
        Self::with("", tree)
    }

    /// With further keys in keg.yml.
    fn with(keys: &str, tree: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("registry: localhost:5000/team\nlayout: [images/*]\n{keys}");
        fs::write(folder.path().join("keg.yml"), text).unwrap();
        for (name, parent) in tree {
            let image = folder.path().join("images").join(name);
            fs::create_dir_all(&image).unwrap();
            fs::write(image.join("Dockerfile"), format!("FROM {parent}\nRUN true\n")).unwrap();
        }
        let workspace = Workspace::load(folder.path()).unwrap();
        let mut observed = Observed { platform: "linux/amd64".into(), ..Observed::default() };
        let all: BTreeSet<ImageIndex> = workspace.iter().map(|(index, _)| index).collect();
        for reference in observe::outside_references(&workspace, &all) {
            let digest = format!("sha256:{}", "1".repeat(64));
            let pulled = LocalImage {
                repository_digests: vec![reference.by_digest(&digest).to_string()],
                ..LocalImage::default()
            };
            observed.engine = LocalImages::new([(vec!["outside:pulled".into()], pulled)]);
            observed.outside.insert(reference, OutsideImage::Locked(digest));
        }
        for (index, image) in workspace.iter() {
            let mut read = ObservedImage {
                branch: Branch {
                    name: "feature/x".into(),
                    tag: "feature-x".into(),
                    is_default: false,
                    source: BranchSource::Head,
                },
                tags: vec!["feature-x".into()],
                fixed: BTreeSet::new(),
                rules: Vec::new(),
                found: Vec::new(),
                values: TemplateValues { branch: "feature-x".into(), ..TemplateValues::default() },
                default_tag: Some("main".into()),
                inputs: Inputs::default(),
                context: Arc::new(Context { root: image.context.clone(), entries: Vec::new() }),
                revision: None,
                dirty: false,
                is_committed: true,
                git_ignored: Vec::new(),
                version: None,
            };
            read.inputs.dockerfile(&image.dockerfile.text);
            if let Some(variant) = &image.variant {
                read.inputs.plan(&variant.plan);
                read.branch = read.branch.with_prefix(&variant.prefix);
                read.tags = vec![read.branch.tag.clone()];
                read.default_tag = Some(tagging::with_prefix(&variant.prefix, "main"));
                observed.naming.prefixes.insert(variant.plan.clone(), variant.prefix.clone());
            }
            observed.images.insert(index, read);
        }
        Self { _folder: folder, workspace, observed }
    }

    fn indexes(&self, names: &[&str]) -> BTreeSet<ImageIndex> {
        names.iter().map(|name| self.workspace.find(name).unwrap()).collect()
    }

    fn all(&self) -> BTreeSet<ImageIndex> {
        self.workspace.iter().map(|(index, _)| index).collect()
    }

    fn content(&self, name: &str) -> (Reference, String) {
        let keys = observe::keys(&self.workspace, &self.observed, &Graph::new(&self.workspace).order());
        let index = self.workspace.find(name).unwrap();
        let key = keys[&index];
        (self.workspace.repository(index).with_tag(&key.content_tag()), key.to_string())
    }

    /// The engine has these images with their present keys, under the content tag and `tags`.
    fn on_engine(mut self, names: &[&str], tags: &[&str]) -> Self {
        let mut images: Vec<(Vec<String>, LocalImage)> = Vec::new();
        for (reference, image) in self.observed.engine.iter() {
            images.push((vec![reference.to_owned()], image.clone()));
        }
        for name in names {
            let (content, key) = self.content(name);
            let labels = BTreeMap::from([(LABEL_KEY.to_owned(), key)]);
            let image = LocalImage { id: format!("id of {content}"), labels, ..LocalImage::default() };
            let mut references = vec![content.to_string()];
            references.extend(tags.iter().map(|tag| content.with_tag(tag).to_string()));
            images.push((references, image));
        }
        self.observed.engine = LocalImages::new(images);
        self
    }

    /// The registry has these images with their present keys, under the content tag and `tags`.
    fn published(mut self, names: &[&str], tags: &[&str], branch: &str) -> Self {
        for name in names {
            let (content, key) = self.content(name);
            let labels = BTreeMap::from([(LABEL_KEY.into(), key), (LABEL_BRANCH.into(), branch.into())]);
            let tag = PublishedTag { digest: format!("digest of {content}"), labels };
            for reference in tags.iter().map(|tag| content.with_tag(tag)).chain([content.clone()]) {
                self.observed.published.insert(reference, tag.clone());
            }
        }
        self
    }

    /// These images' sources change.
    fn changed(mut self, names: &[&str]) -> Self {
        for index in self.indexes(names) {
            self.observed.images.get_mut(&index).unwrap().inputs.file("new", "file");
        }
        self
    }

    /// All images get this tag too.
    fn further_tag(mut self, tag: &str) -> Self {
        self.observed.images.values_mut().for_each(|image| image.tags.push(tag.to_owned()));
        self
    }

    fn plan(&self, names: &[&str], adjust: impl FnOnce(&mut BuildIntent)) -> Plan {
        let selected = if names.is_empty() { self.all() } else { self.indexes(names) };
        let mut intent = BuildIntent { selected, ..BuildIntent::default() };
        adjust(&mut intent);
        plan_build(&self.workspace, &self.observed, &intent)
    }

    fn build(&self, names: &[&str]) -> Plan {
        self.plan(names, |_| {})
    }

    fn push(&self, names: &[&str]) -> Plan {
        self.plan(names, |intent| intent.push = true)
    }
}

/// The plan's text with keys made short and equal, since they say nothing to a reader.
fn text(plan: &Plan) -> String {
    let text = plan.to_string();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("keg-") {
        out.push_str(&rest[..start]);
        out.push_str("keg-…");
        rest = &rest[start + 16..];
    }
    out + rest
}

fn decided(plan: &Plan, decision: Decision) -> Vec<&str> {
    plan.images.iter().filter(|image| image.decision == decision).map(|image| image.name.as_str()).collect()
}

const ALL: &[&str] = &["base", "a", "a1", "b", "b1", "b2"];

#[test]
fn nothing_there_builds_all_each_after_its_parent() {
    assert_snapshot!(text(&Fixture::new(T).build(&[])), @r#"
    1. build base (feature-x): never built
    2. build a (feature-x) after 1: never built
    3. build b (feature-x) after 1: never built
    4. build a1 (feature-x) after 2: never built
    5. build b1 (feature-x) after 3: never built
    6. build b2 (feature-x) after 3: never built
    "#);
}

#[test]
fn everything_there_does_nothing() {
    let plan = Fixture::new(T).on_engine(ALL, &["feature-x"]).build(&[]);
    assert_snapshot!(text(&plan), @"nothing to do");
    assert_eq!(decided(&plan, Decision::Reuse).len(), 6);
}

#[test]
fn a_changed_base_changes_all() {
    let plan = Fixture::new(T).on_engine(ALL, &["feature-x"]).changed(&["base"]).build(&[]);
    assert_snapshot!(text(&plan), @r#"
    1. build base (feature-x): inputs changed since feature-x
    2. build a (feature-x) after 1: parent base changed
    3. build b (feature-x) after 1: parent base changed
    4. build a1 (feature-x) after 2: parent a changed
    5. build b1 (feature-x) after 3: parent b changed
    6. build b2 (feature-x) after 3: parent b changed
    "#);
}

#[test]
fn a_changed_image_changes_its_descendants_only() {
    let plan = Fixture::new(T).on_engine(ALL, &["feature-x"]).changed(&["b"]).build(&[]);
    assert_eq!(decided(&plan, Decision::Build), ["b", "b1", "b2"]);
    let plan = Fixture::new(T).on_engine(ALL, &["feature-x"]).changed(&["a1", "a"]).build(&[]);
    assert_eq!(decided(&plan, Decision::Build), ["a", "a1"]);
    let plan = Fixture::new(T).on_engine(ALL, &["feature-x"]).changed(&["a1"]).build(&[]);
    assert_eq!(decided(&plan, Decision::Build), ["a1"]);
}

#[test]
fn a_named_image_brings_only_the_ancestors_that_it_needs() {
    let fixture = Fixture::new(T).on_engine(&["base"], &[]);
    assert_snapshot!(text(&fixture.build(&["a1"])), @r#"
    1. build a (feature-x): never built
    2. build a1 (feature-x) after 1: never built
    "#);
    let fixture = Fixture::new(T).on_engine(&["a1"], &["feature-x"]);
    assert_snapshot!(text(&fixture.build(&["a1"])), @"nothing to do");
}

#[test]
fn a_published_parent_is_pulled_and_not_built() {
    let fixture = Fixture::new(T).published(&["base", "a"], &["main"], "main");
    assert_snapshot!(text(&fixture.build(&["a1"])), @r#"
    1. pull a (keg-…): needed by a1
    2. build a1 (feature-x) after 1: never built
    "#);
}

#[test]
fn a_published_image_is_pulled_and_tagged_with_the_branch() {
    let fixture = Fixture::new(T).published(ALL, &["main"], "main");
    assert_snapshot!(text(&fixture.build(&["b2"])), @"1. pull b2 (keg-…, feature-x): built before, in the registry");
}

#[test]
fn another_branch_only_tags() {
    let fixture = Fixture::new(T).on_engine(ALL, &["main"]);
    assert_snapshot!(text(&fixture.build(&["base", "a"])), @r#"
    1. tag base (feature-x): tag missing
    2. tag a (feature-x): tag missing
    "#);
}

#[test]
fn no_cache_rebuilds_descendants_too() {
    let fixture = Fixture::new(T).on_engine(ALL, &["feature-x"]).published(ALL, &["feature-x"], "feature/x");
    let plan = fixture
        .plan(&["b", "b1", "b2"], |intent| (intent.rebuild, intent.push) = (Some("2026-11-20T12:00:00Z".into()), true));
    assert_snapshot!(text(&plan), @r#"
    1. untag b (keg-…, keg-…, keg-…): asked for with --no-cache
    2. build b (feature-x) after 1: asked for with --no-cache
    3. build b1 (feature-x) after 1, 2: parent b changed
    4. build b2 (feature-x) after 1, 2: parent b changed
    5. upload b (keg-…) after 2: not in the registry
    6. upload b1 (keg-…) after 3, 5: not in the registry
    7. upload b2 (keg-…) after 4, 5: not in the registry
    8. publish 3 images (b, b1, b2: feature-x) after 5, 6, 7: tag names another image
    "#);
}

#[test]
fn the_build_names_its_parent_by_content_tag_and_outside_images_by_digest() {
    let fixture = Fixture::new(T);
    let plan = fixture.build(&["a"]);
    let dockerfiles: Vec<&str> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Build(build) => Some(build.dockerfile.lines().next().unwrap()),
            _ => None,
        })
        .collect();
    let (base, _) = fixture.content("base");
    assert_eq!(dockerfiles[0], format!("FROM debian:12@sha256:{}", "1".repeat(64)));
    assert_eq!(dockerfiles[1], format!("FROM {base}"));
}

#[test]
fn an_outside_image_is_pulled_once_by_digest() {
    let mut fixture = Fixture::new(&[("a", "debian:12"), ("b", "debian:12")]);
    fixture.observed.engine = LocalImages::default();
    assert_snapshot!(text(&fixture.build(&[])).replace(&"1".repeat(64), "1…"), @r#"
    1. pull debian:12 (sha256:1…): not on the engine
    2. build a (feature-x) after 1: never built
    3. build b (feature-x) after 1: never built
    "#);
}

#[test]
fn a_key_changes_with_the_parents_key() {
    let fixture = Fixture::new(T);
    let before = fixture.content("b2").1;
    assert_ne!(before, fixture.changed(&["base"]).content("b2").1);
}
