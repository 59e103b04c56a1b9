//! A repository with a remote, clones of it as CI systems make them, and events.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Registry, Run, Workspace, docker, image_names};

/// base → {a → a1, b}: modules with a lock file of their environment, and code that is no part of the image.
const TREE: [(&str, &str); 4] = [("base", "scratch"), ("a", "base"), ("a1", "a"), ("b", "base")];

/// A repository and the registry that its CI publishes to.
pub struct Repository {
    pub workspace: Workspace,
    pub registry: Registry,
    namespace: String,
    images: Vec<String>,
    clones: Cell<usize>,
}

/// What a CI system tells.
pub struct Event {
    variables: Vec<(String, String)>,
    payload: Value,
}

impl Repository {
    /// Its first commit is on `main`, there and in the remote; nothing is published.
    pub fn new(keys: &str) -> Self {
        Self::of(|workspace, registry| {
            let head = format!("registry: {registry}\nlayout: [analyses/*]\ndefault_branch: main\n");
            workspace.file("keg.yml", head + keys);
            for (name, parent) in TREE {
                let folder = format!("analyses/{name}");
                workspace.file(format!("{folder}/Dockerfile"), format!("FROM {parent}\nCOPY renv.lock /{name}.lock\n"));
                workspace.file(format!("{folder}/renv.lock"), "1\n").file(format!("{folder}/analysis.R"), "1\n");
                workspace.file(format!("{folder}/.dockerignore"), "*\n!renv.lock\n");
            }
            TREE.map(|(name, _)| name.to_owned()).to_vec()
        })
    }

    /// One of which `write` writes the files, for the registry that it is given, and names the images.
    pub fn of(write: impl FnOnce(&mut Workspace, &str) -> Vec<String>) -> Self {
        let registry = Registry::start();
        let mut workspace = Workspace::new();
        let namespace = format!("{}ci", workspace.name(""));
        let images = write(&mut workspace, &format!("{}/{namespace}", registry.host()));
        workspace.file(".gitignore", ".keg/\n").commit();
        let origin = workspace.outside("origin.git");
        workspace.git(["init", "--quiet", "--bare", "--initial-branch=main", origin.to_str().unwrap()]);
        workspace.git(["remote", "add", "origin", origin.to_str().unwrap()]);
        workspace.git(["push", "--quiet", "origin", "main"]);
        Self { workspace, registry, namespace, images, clones: Cell::new(0) }
    }

    /// Changes the environment of a module.
    pub fn change(&self, module: &str, content: &str) {
        self.workspace.file(format!("analyses/{module}/renv.lock"), content);
    }

    /// Commits everything, pushes the branch, and gives the commit.
    pub fn push(&self) -> String {
        let commit = self.workspace.commit();
        self.workspace.git(["push", "--quiet", "--force", "origin", "HEAD"]);
        commit
    }

    /// Merges a branch into `main` as a pull request is merged, pushes, and gives the commit.
    pub fn merge(&self, branch: &str) -> String {
        self.workspace.branch("main");
        self.workspace.git(["merge", "--quiet", "--no-ff", "--message", "Merge", branch]);
        self.push()
    }

    /// The pull request of `branch`: what would be merged into `main` is checked out.
    pub fn pull_request(&self, branch: &str, from: &str) -> (PathBuf, Event) {
        let commit = self.workspace.git(["rev-parse", branch]).trim().to_owned();
        let base = self.workspace.git(["rev-parse", "main"]).trim().to_owned();
        let clone = self.clone(&["--branch", "main"]);
        let git = |arguments: &[&str]| self.git(&clone, arguments);
        git(&["switch", "--quiet", "--detach"]);
        git(&["merge", "--quiet", "--no-ff", "--message", "Merge", &commit]);
        let event = Event::pull_request(branch, &commit, &base, from);
        (clone, event)
    }

    /// The first push of a branch: the commit is checked out as the branch.
    pub fn pushed(&self, branch: &str, commit: &str) -> (PathBuf, Event) {
        self.pushed_since(branch, &"0".repeat(40), commit)
    }

    /// A push to a branch that was at another commit before.
    pub fn pushed_since(&self, branch: &str, before: &str, commit: &str) -> (PathBuf, Event) {
        let clone = self.clone(&["--no-checkout"]);
        self.git(&clone, &["checkout", "--quiet", "-B", branch, commit]);
        (clone, Event::push(branch, before, commit))
    }

    /// What GitHub checks out for the pull request of `branch`, as the reference `refs/pull/71/merge` of the remote. Gives
    /// the event, of which the base is as old as `base`.
    pub fn merge_reference(&self, branch: &str, base: &str) -> Event {
        let commit = self.workspace.git(["rev-parse", branch]).trim().to_owned();
        self.workspace.git(["switch", "--quiet", "--detach", "main"]);
        self.workspace.git(["merge", "--quiet", "--no-ff", "--message", "Merge", &commit]);
        self.workspace.git(["push", "--quiet", "--force", "origin", "HEAD:refs/pull/71/merge"]);
        self.workspace.branch("main");
        Event::pull_request(branch, &commit, base, "acme/modules")
    }

    /// A clone that holds nothing but a reference of the remote and `depth` commits.
    pub fn fetched(&self, reference: &str, depth: &str) -> PathBuf {
        let clone = self.clone(&["--depth", "1", "--no-checkout"]);
        self.git(&clone, &["fetch", "--quiet", "--depth", depth, "origin", reference]);
        self.git(&clone, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
        clone
    }

    /// A release of what `main` is: its git tag is checked out.
    pub fn release(&self, tag: &str, prerelease: bool) -> (PathBuf, Event) {
        self.tag(tag);
        let clone = self.clone(&["--branch", tag]);
        let payload = json!({ "action": "published", "release": { "tag_name": tag, "prerelease": prerelease } });
        let event = Event::new("release", &format!("refs/tags/{tag}"), payload);
        (clone, event.with("GITHUB_REF_NAME", tag))
    }

    /// Pushes a git tag.
    pub fn tag(&self, tag: &str) {
        self.workspace.git(["tag", tag, "main"]);
        self.workspace.git(["push", "--quiet", "origin", tag]);
    }

    /// A clone of the remote on a machine that has no image of it.
    pub fn clone(&self, options: &[&str]) -> PathBuf {
        self.clones.set(self.clones.get() + 1);
        let folder = self.workspace.outside(&format!("clone{}", self.clones.get()));
        let origin = format!("file://{}", self.workspace.outside("origin.git").display());
        let ends = ["clone", "--quiet"];
        let words = ends.iter().chain(options).copied().chain([origin.as_str(), folder.to_str().unwrap()]);
        self.workspace.git(words.collect::<Vec<_>>());
        for (name, value) in [("user.name", "Test"), ("user.email", "test@example.invalid")] {
            self.git(&folder, &["config", name, value]);
        }
        self.forget();
        folder
    }

    /// Runs git in a clone.
    pub fn git(&self, clone: &Path, arguments: &[&str]) -> String {
        self.workspace.git([&["-C", clone.to_str().unwrap()], arguments].concat())
    }

    /// Takes all images from the engine, as another machine has none.
    pub fn forget(&self) {
        let mine: Vec<String> = image_names().into_iter().filter(|name| name.contains(&self.namespace)).collect();
        if !mine.is_empty() {
            docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(mine)).success();
        }
    }

    /// Runs keg in a clone for an event.
    pub fn keg(&self, (clone, event): &(PathBuf, Event), arguments: &[&str]) -> Run {
        Run::of(self.command((clone, event), arguments), "")
    }

    /// The same, not yet started.
    pub fn command(&self, (clone, event): (&PathBuf, &Event), arguments: &[&str]) -> std::process::Command {
        let mut command = self.workspace.keg_command(arguments);
        command.current_dir(clone);
        if !event.payload.is_null() {
            let file = clone.with_extension("event.json");
            std::fs::write(&file, event.payload.to_string()).unwrap();
            command.env("GITHUB_EVENT_PATH", file);
            command.env("GITHUB_OUTPUT", clone.with_extension("output"));
            command.env("GITHUB_STEP_SUMMARY", clone.with_extension("summary.md"));
        }
        command.envs(event.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What each image has under a tag in the registry.
    pub fn published(&self, tag: &str) -> BTreeMap<String, String> {
        let digest = |image: &str| Some(self.registry.manifest(&format!("{}/{image}", self.namespace), tag)?.0);
        self.images.iter().filter_map(|image| Some((image.clone(), digest(image)?))).collect()
    }

    /// The tags of an image in the registry that people use, sorted.
    pub fn tags(&self, image: &str) -> Vec<String> {
        let mut tags = self.registry.tags(&format!("{}/{image}", self.namespace));
        tags.retain(|tag| !tag.starts_with("keg-"));
        tags.sort();
        tags
    }

    /// The commit that an image under a tag was built of.
    pub fn revision(&self, image: &str, tag: &str) -> String {
        let labels = self.registry.labels(&format!("{}/{image}", self.namespace), tag).unwrap();
        labels["org.opencontainers.image.revision"].as_str().unwrap().to_owned()
    }
}

impl Event {
    pub fn new(name: &str, reference: &str, payload: Value) -> Self {
        let event = Self { variables: Vec::new(), payload };
        event.with("GITHUB_EVENT_NAME", name).with("GITHUB_REF", reference).with("GITHUB_ACTIONS", "true")
    }

    /// A push that moves a branch.
    pub fn push(branch: &str, before: &str, after: &str) -> Self {
        let payload = json!({ "before": before, "after": after });
        Self::new("push", &format!("refs/heads/{branch}"), payload).with("GITHUB_REF_NAME", branch)
    }

    /// A change of the pull request 71 of a branch in the repository `from`, which is at `commit`, to `main`, which was at
    /// `base`.
    pub fn pull_request(branch: &str, commit: &str, base: &str, from: &str) -> Self {
        let payload = json!({
            "action": "synchronize",
            "pull_request": {
                "number": 71,
                "head": { "ref": branch, "sha": commit, "repo": { "full_name": from } },
                "base": { "ref": "main", "sha": base, "repo": { "full_name": "acme/modules" } },
            },
        });
        let event = Self::new("pull_request", "refs/pull/71/merge", payload).with("GITHUB_REF_NAME", "71/merge");
        event.with("GITHUB_HEAD_REF", branch).with("GITHUB_BASE_REF", "main")
    }

    /// What a system that is not GitHub tells.
    pub fn of_variables(variables: &[(&str, &str)]) -> Self {
        let event = Self { variables: Vec::new(), payload: Value::Null };
        variables.iter().fold(event, |event, (name, value)| event.with(name, value))
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// `image: what is done [tags]` of each image in what `keg ci plan --format json` prints.
pub fn plan(run: &Run) -> Vec<String> {
    let line = |part: &Value| {
        let tags: Vec<&str> = part["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        let text = format!("{}: {}", part["image"].as_str().unwrap(), part["does"].as_str().unwrap());
        if tags.is_empty() { text } else { format!("{text} [{}]", tags.join(" ")) }
    };
    let mut lines: Vec<String> = run.json()["images"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}
