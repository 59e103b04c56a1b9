//! Tags by templates and by what commands print in images, with the real engine and registries.

mod branches;
mod rules;

use serde_json::Value;

use crate::support::{Proxy, Registry, Run, Workspace, docker, image_names};

const PYTHON: &str = "{from: python --version, match: '([0-9.]+)', format: 'python-{1}'}";

/// base → {api, plain, web} that publishes through a proxy. `python --version` prints 3.11.2 in base and what is built
/// on it, but 3.12.1 in web; in plain there is none.
struct Stack {
    registry: Registry,
    proxy: Proxy,
    workspace: Workspace,
    namespace: String,
}

impl Stack {
    /// With further keys of keg.yml and the manifest of base.
    fn new(keys: &str, base: &str) -> Self {
        let registry = Registry::start();
        let proxy = Proxy::before(&registry);
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let namespace = workspace.name("tags");
        let stack = Self { registry, proxy, workspace, namespace };
        stack.keg_yml(keys);
        stack.workspace.file(".gitignore", ".keg/\n");
        stack.workspace.file("images/base/image.yml", base);
        stack.python("base", &format!("FROM {root}"), "3.11.2");
        stack.workspace.file("images/api/Dockerfile", "FROM base\nRUN echo 1 > /api\n");
        stack.python("web", "FROM base", "3.12.1");
        stack.workspace.file("images/plain/Dockerfile", "FROM base\nRUN rm /bin/python\n");
        stack.workspace.file("images/plain/image.yml", "inherit_tags: false\n");
        for image in ["base", "api", "web", "plain"] {
            stack.workspace.file(format!("images/{image}/.dockerignore"), "image.yml\n.dockerignore\n");
        }
        stack.workspace.commit();
        stack
    }

    fn keg_yml(&self, keys: &str) {
        let host = self.proxy.host();
        self.workspace.file(
            "keg.yml",
            format!("registry: {host}/{}\nlayout: [images/*]\ndefault_branch: main\n{keys}", self.namespace),
        );
    }

    fn python(&self, image: &str, from: &str, version: &str) {
        let script =
            format!("RUN printf '#!/bin/sh\\necho Python {version}\\n' >/bin/python && chmod +x /bin/python\n");
        self.workspace.file(format!("images/{image}/Dockerfile"), format!("{from}\n{script}"));
    }

    fn repository(&self, image: &str) -> String {
        format!("{}/{image}", self.namespace)
    }

    /// The tags that the registry has of an image, without content tags and lists of what lies beside images.
    fn published(&self, image: &str) -> Vec<String> {
        let mut tags = self.registry.tags(&self.repository(image));
        tags.retain(|tag| !tag.starts_with("keg-") && !tag.starts_with("sha256-"));
        tags
    }

    fn digest(&self, image: &str, tag: &str) -> Option<String> {
        self.registry.manifest(&self.repository(image), tag).map(|(digest, _)| digest)
    }

    /// The tags that the engine has of an image, without content tags.
    fn on_engine(&self, image: &str) -> Vec<String> {
        let own = format!("{}/{}:", self.proxy.host(), self.repository(image));
        let names = image_names();
        let mut tags: Vec<String> =
            names.iter().filter_map(|name| name.strip_prefix(&own)).map(str::to_owned).collect();
        tags.retain(|tag| !tag.starts_with("keg-"));
        tags.sort();
        tags
    }

    /// Removes all its images from the engine and what keg knows of them, as another machine has neither.
    fn forget(&self) {
        let own = format!("{}/{}/", self.proxy.host(), self.namespace);
        let names: Vec<String> = image_names().into_iter().filter(|name| name.starts_with(&own)).collect();
        docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(names)).success();
        self.workspace.remove(".keg");
    }
}

/// The steps of a plan that find versions.
fn version_steps(run: &Run) -> Vec<String> {
    run.stdout.lines().filter(|line| line.contains(" version ")).map(str::to_owned).collect()
}

/// The tags of an image in the summary of a build.
fn told_tags(json: &Value, image: &str) -> Vec<String> {
    let row = json["images"].as_array().unwrap().iter().find(|row| row["image"] == image).unwrap();
    row["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

#[test]
fn versions_are_found_in_each_image_and_inherited() {
    let stack = Stack::new("", &format!("tags: [{PYTHON}]\n"));
    let plan = stack.workspace.keg(["build", "--push", "--dry-run"]).success();
    let steps = version_steps(&plan);
    assert_eq!(steps.len(), 3, "{}", plan.stdout);
    let line = steps.iter().find(|line| line.contains("version web: python --version")).unwrap();
    assert!(line.contains("(python-{version of python --version})"), "{line}");
    assert!(line.ends_with("defined in images/base/image.yml:1"), "{line}");
    plan.says("base, api, web: main, python-{version of python --version}");
    assert!(stack.registry.catalog().is_empty());

    let json = stack.workspace.keg(["build", "--push", "--format", "json"]).success().json();
    for (image, expected) in
        [("base", "python-3.11.2"), ("api", "python-3.11.2"), ("web", "python-3.12.1"), ("plain", "")]
    {
        let mut tags = vec!["main", expected];
        tags.retain(|tag| !tag.is_empty());
        assert_eq!(stack.published(image), tags, "{image}");
        assert_eq!(stack.on_engine(image), tags, "{image}");
        assert_eq!(told_tags(&json, image), tags, "{image}");
        for tag in tags {
            assert_eq!(stack.digest(image, tag), stack.digest(image, "main"), "{image}:{tag}");
        }
    }
}

#[test]
fn what_was_found_is_not_looked_for_again() {
    let stack = Stack::new("", &format!("tags: [{PYTHON}]\n"));
    stack.workspace.keg(["build", "--push"]).success();
    stack.workspace.keg(["build", "--push", "--dry-run"]).success().says("nothing to do");
    // A new rule for what was found already, and another format for what is known.
    stack.workspace.file("images/base/image.yml", format!("tags: [{}]\n", PYTHON.replace("python-{1}", "py{1}")));
    let plan = stack.workspace.keg(["build", "--push", "--dry-run"]).success();
    assert_eq!(version_steps(&plan), [] as [&str; 0]);
    plan.says("py3.12.1");
    stack.workspace.file("images/base/image.yml", format!("tags: [{}]\n", PYTHON.replace("[0-9.]+", "[0-9]+")));
    let plan = stack.workspace.keg(["build", "web", "--push", "--dry-run"]).success();
    assert_eq!(version_steps(&plan).len(), 1, "{}", plan.stdout);
    stack.workspace.file("images/base/image.yml", format!("tags: [{PYTHON}]\n"));

    // A manifest for each tag, which lies beside the image together with what was found.
    stack.workspace.keg(["manifest", "--push"]).success();
    for tag in ["main", "python-3.12.1"] {
        let text = stack.workspace.read(format!(".keg/manifests/web/{tag}.json"));
        let manifest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["builds"][0]["digest"], stack.digest("web", "main").unwrap().as_str(), "{tag}");
    }

    // A machine that has none of the images reads what lies beside them in the registry, and pulls nothing.
    stack.forget();
    stack.workspace.keg(["build", "--push", "--dry-run"]).success().says("nothing to do");
    stack.workspace.branch("feature/x");
    stack.proxy.take_requests();
    stack.workspace.keg(["build", "--push"]).success();
    assert_eq!(stack.published("web"), ["feature-x", "main", "python-3.12.1"]);
    assert_eq!(stack.on_engine("web"), [] as [&str; 0]);
    // Where nothing lies beside it, the image itself tells.
    let index = format!("sha256-{}", stack.digest("web", "main").unwrap().replace("sha256:", ""));
    let (digest, _) = stack.registry.manifest(&stack.repository("web"), &index).unwrap();
    stack.registry.delete(&stack.repository("web"), &digest);
    // It may be gone: what is too new to be trusted is not kept.
    std::fs::remove_dir_all(stack.workspace.path(".keg")).ok();
    let plan = stack.workspace.keg(["push", "web", "--dry-run"]).success();
    assert_eq!(version_steps(&plan).len(), 1, "{}", plan.stdout);
    plan.says("1. pull web");
    stack.workspace.keg(["push", "web"]).success();
    assert_eq!(stack.on_engine("web"), ["feature-x", "python-3.12.1"]);
    stack.workspace.keg(["push", "web", "--dry-run"]).success().says("nothing to do");
    // One that is built anew may have other versions under the same key.
    let plan = stack.workspace.keg(["build", "web", "--no-cache", "--dry-run"]).success();
    assert_eq!(version_steps(&plan).len(), 1, "{}", plan.stdout);
}

#[test]
fn a_version_that_is_not_found_moves_no_tag_of_the_set() {
    let stack = Stack::new("", &format!("tags: [{PYTHON}]\n"));
    stack.workspace.keg(["build", "--push"]).success();
    let before = ["base", "api", "web", "plain"].map(|image| stack.digest(image, "main"));
    let unmoved = || {
        let now = ["base", "api", "web", "plain"].map(|image| stack.digest(image, "main"));
        assert_eq!(now, before);
    };
    // It prints something else.
    stack.workspace.file("images/api/Dockerfile", "FROM base\nRUN echo 2 > /api\n");
    stack.python("web", "FROM base", "unknown");
    let run = stack.workspace.keg(["build", "--push"]).code(1);
    run.complains("version `python --version` of web (images/base/image.yml:1, inherited from base)")
        .complains("it prints nothing that matches `([0-9.]+)`")
        .complains("Python unknown")
        .complains("`inherit_tags: false` in the manifest of web");
    unmoved();
    // It fails.
    stack.workspace.file("images/web/Dockerfile", "FROM base\nRUN rm /bin/python\n");
    let run = stack.workspace.keg(["build", "--push"]).code(1);
    run.complains("it ended with code 127").complains("python: not found");
    unmoved();
    // It gives no tag.
    stack.python("web", "FROM base", "3.1");
    stack.workspace.file("images/web/image.yml", "tags: [{from: 'echo main'}, {from: 'printf \"a\\nb\"'}]\n");
    let run = stack.workspace.branch("dev").keg(["build", "--push"]).code(1);
    run.complains("version `echo main` of web (images/web/image.yml:1): it gives the tag `main`")
        .complains("it prints several lines");
    unmoved();
    assert_eq!(stack.published("web"), ["main", "python-3.12.1"]);
    // The mended set is published, with what tags cannot have made `-`.
    stack.workspace.file("images/web/image.yml", "tags: [{from: 'echo 1:2.0+x', format: 'git-{1}'}]\n");
    stack.workspace.keg(["build", "--push"]).success();
    assert_eq!(stack.published("web"), ["dev", "git-1-2.0-x", "main", "python-3.1", "python-3.12.1"]);
    assert_eq!(stack.digest("web", "git-1-2.0-x"), stack.digest("web", "dev"));
}

#[test]
fn versions_wait_for_tests() {
    let stack = Stack::new("content_tags: false\n", &format!("tags: [{PYTHON}]\ntests: [{{run: test ! -e /bad}}]\n"));
    stack.workspace.keg(["build", "--test", "--push"]).success();
    assert_eq!(stack.published("web"), ["main", "python-3.12.1"]);
    stack.workspace.file("images/web/Dockerfile", "FROM base\nRUN touch /bad\n");
    let before = stack.digest("web", "main");
    stack.workspace.keg(["build", "--test", "--push"]).code(1).says("test `test ! -e /bad` failed");
    assert_eq!(stack.digest("web", "main"), before);
    assert_eq!(stack.published("web"), ["main", "python-3.12.1"]);
    assert_eq!(stack.on_engine("web"), ["main", "python-3.12.1"]);
    let json = stack.workspace.keg(["build", "api", "--test", "--format", "json"]).success().json();
    assert_eq!(told_tags(&json, "api"), ["main", "python-3.11.2"]);
}

#[test]
fn one_version_cannot_be_the_tag_of_two_plans() {
    let stack = Stack::new("plans: {old: {}, new: {}}\n", &format!("tags: [{PYTHON}]\n"));
    let run = stack.workspace.keg(["build", "api", "--push"]).code(1);
    run.complains("the tag `python-3.11.2` of api [").complains("would be that of api [").complains("`{prefix}-…`");
    assert_eq!(stack.published("api"), [] as [&str; 0]);
    // Each plan by itself is no clash.
    stack.workspace.keg(["build", "api", "--push", "--plan", "new"]).success();
    assert_eq!(stack.published("api"), ["new-main", "python-3.11.2"]);
    // What is known of both is refused before anything is done.
    stack.workspace.keg(["build", "api", "--plan", "old"]).success();
    stack.workspace.keg(["build", "api", "--push"]).code(2).complains("the images of two plans, old and new");
    let rule = PYTHON.replace("python-{1}", "{prefix}-py{1}");
    stack.workspace.file("images/base/image.yml", format!("tags: [{rule}]\n"));
    stack.workspace.keg(["build", "api", "--push"]).success();
    assert_eq!(stack.published("api"), ["new-main", "new-py3.11.2", "old-main", "old-py3.11.2", "python-3.11.2"]);
    assert_eq!(stack.digest("api", "old-py3.11.2"), stack.digest("api", "old-main"));
}
