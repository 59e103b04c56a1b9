//! Families of tiny images.

use std::collections::{BTreeMap, BTreeSet};

use super::{Proxy, Registry, Workspace, docker};

/// base → {a → a1, b → {b1, b2}}: each image with its parent.
pub const T: [(&str, Option<&str>); 6] =
    [("base", None), ("a", Some("base")), ("a1", Some("a")), ("b", Some("base")), ("b1", Some("b")), ("b2", Some("b"))];

/// ds → {rstudio, scipy}
pub const D: [(&str, Option<&str>); 3] = [("ds", None), ("rstudio", Some("ds")), ("scipy", Some("ds"))];

/// Writes a tree of images of one file each, published to `host` under the workspace's own namespace, and gives the
/// namespace. `keys` are further lines of keg.yml.
pub fn write_tree(workspace: &Workspace, host: &str, tree: &[(&str, Option<&str>)], keys: &str) -> String {
    let namespace = format!("{}tree", workspace.name(""));
    workspace
        .file("keg.yml", format!("registry: {host}/{namespace}\nlayout: [images/*]\ndefault_branch: main\n{keys}"));
    workspace.file(".gitignore", ".keg/\n");
    for (name, parent) in tree {
        let parent = parent.unwrap_or("scratch");
        workspace.file(format!("images/{name}/Dockerfile"), format!("FROM {parent}\nCOPY {name} /\n"));
        workspace.file(format!("images/{name}/{name}"), "1\n");
    }
    namespace
}

/// Changes the file of an image.
pub fn change(workspace: &Workspace, name: &str, content: &str) {
    workspace.file(format!("images/{name}/{name}"), content);
}

/// A tree of images in a workspace, with a registry behind a proxy.
pub struct Family {
    pub registry: Registry,
    pub proxy: Proxy,
    pub workspace: Workspace,
    pub namespace: String,
    pub version: usize,
}

/// Digests by image; `None` where the tag does not exist.
pub type Tags = BTreeMap<&'static str, Option<String>>;
/// Keys by image.
pub type Keys = BTreeMap<String, String>;

impl Family {
    /// The first version is published on `main`.
    pub fn start() -> Self {
        let registry = Registry::start();
        let proxy = Proxy::before(&registry);
        let mut workspace = Workspace::new();
        workspace.env("KEG_REGISTRY_TIMEOUT", "1");
        let namespace = write_tree(&workspace, &proxy.host(), &T, "");
        workspace.commit();
        workspace.keg(["build", "--push"]).success();
        Self { registry, proxy, workspace, namespace, version: 1 }
    }

    /// How many requests a publication of new versions takes.
    pub fn requests(&mut self) -> usize {
        let before = self.proxy.count();
        self.change();
        self.workspace.keg(["build", "--push"]).success();
        self.proxy.count() - before
    }

    /// Changes every image. What was built before leaves the engine, which is slow with thousands of images.
    pub fn change(&mut self) {
        let filter = format!("reference={}/{}/*", self.proxy.host(), self.namespace);
        let old = docker(["images", "--quiet", "--no-trunc", "--filter", &filter]).success();
        let old: BTreeSet<&str> = old.lines().collect();
        if !old.is_empty() {
            docker(["image", "rm", "--force"].into_iter().chain(old));
        }
        self.version += 1;
        for (name, _) in T {
            change(&self.workspace, name, &format!("{}\n", self.version));
        }
    }

    pub fn tags(&self, tag: &str) -> Tags {
        let digest = |name: &str| self.registry.manifest(&self.repository(name), tag).map(|(digest, _)| digest);
        T.map(|(name, _)| (name, digest(name))).into()
    }

    pub fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.namespace)
    }

    /// The digests of the present content tags.
    pub fn content_tags(&self, keys: &Keys) -> Tags {
        T.map(|(name, _)| {
            let tag = format!("keg-{}", &keys[name][..12]);
            (name, self.registry.manifest(&self.repository(name), &tag).map(|(digest, _)| digest))
        })
        .into()
    }

    pub fn keys(&self) -> Keys {
        let status = self.workspace.keg(["status", "--offline", "--format", "json"]).success().json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        status["images"].as_array().unwrap().iter().map(|row| (text(&row["image"]), text(&row["key"]))).collect()
    }

    /// Every tag of the branch names the image of the present key.
    pub fn all_right(&self, branch: &str, keys: &Keys) -> Result<(), String> {
        let (tags, content) = (self.tags(branch), self.content_tags(keys));
        for (name, digest) in &tags {
            if digest.is_none() || content[name] != *digest {
                return Err(format!("{name} names {digest:?}, its content tag {:?}", content[name]));
            }
            let labels = self.registry.labels(&self.repository(name), branch).unwrap();
            if labels["dev.keg.key"] != keys[*name] {
                return Err(format!("{name} has another key: {labels}"));
            }
        }
        Ok(())
    }

    /// The images whose present content tags the registry has.
    pub fn uploaded(&self, keys: &Keys) -> Vec<&'static str> {
        self.content_tags(keys).into_iter().filter_map(|(name, tag)| tag.map(|_| name)).collect()
    }

    /// Publishes what is not published yet; what is `uploaded` is neither built nor sent again.
    pub fn completes(&self, branch: &str, keys: &Keys, uploaded: &[&str]) -> Result<(), String> {
        self.proxy.take_requests();
        let run = self.workspace.keg(["build", "--push", "--branch", branch, "--format", "json"]);
        if run.code != Some(0) {
            return Err(format!("the next run failed:\n{}", run.stderr));
        }
        self.all_right(branch, keys).map_err(|problem| format!("after the next run: {problem}"))?;
        let requests = self.proxy.take_requests();
        for name in uploaded {
            let rows = run.json()["images"].as_array().unwrap().clone();
            let row = rows.into_iter().find(|row| row["image"] == *name).unwrap();
            let upload = format!("/v2/{}/blobs/uploads", self.repository(name));
            if row["result"] != "reused" || requests.iter().any(|request| request.contains(&upload)) {
                return Err(format!("{name} was uploaded and is not reused: {row}\n{requests:#?}"));
            }
        }
        Ok(())
    }
}
