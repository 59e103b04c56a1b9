//! Plans: variants of images under one name, with the real engine, registries and Compose.

use serde_json::Value;

use crate::start::parts::{Generation, Taps, get, server};
use crate::support::{Registry, Workspace, docker, image_names};

/// ds → {rstudio, scipy} with the plans old and new, on the branch `dev`.
struct Stack {
    registry: Registry,
    workspace: Workspace,
    namespace: String,
}

const PLANS: &str = "plans:\n  old: {tag_prefix: \"2026.3\", args: {A: A}}\n  new: {args: {A: B, FLAVOUR: new}}\n";

impl Stack {
    fn new() -> Self {
        let registry = Registry::start();
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let namespace = workspace.name("stack");
        let stack = Self { registry, workspace, namespace };
        stack.plans(PLANS);
        let record = "ARG A=none\nARG FLAVOUR=none\nARG TEST_COMMON=none\nRUN echo \"$A $FLAVOUR $TEST_COMMON\" >";
        stack.workspace.file(".gitignore", ".keg/\n");
        stack.workspace.file("images/ds/Dockerfile", format!("FROM {root}\n{record} /ds\n"));
        stack.workspace.file("images/ds/image.yml", "build: {args: {TEST_COMMON: DEADBEEF, A: own}}\n");
        stack.workspace.file("images/rstudio/Dockerfile", format!("FROM ds\n{record} /rstudio\n"));
        stack.workspace.file("images/scipy/Dockerfile", format!("FROM ds\n{record} /scipy\n"));
        stack.workspace.file("images/scipy/image.yml", "plans: {new: {args: {FLAVOUR: scipy}}}\n");
        for image in ["ds", "rstudio", "scipy"] {
            stack.workspace.file(format!("images/{image}/.dockerignore"), "image.yml\n.dockerignore\n");
        }
        stack.workspace.branch("main").commit();
        stack.workspace.branch("dev");
        stack
    }

    fn plans(&self, plans: &str) {
        let host = self.registry.host();
        self.workspace.file("keg.yml", format!("registry: {host}/{}\nlayout: [images/*]\n{plans}", self.namespace));
    }

    fn repository(&self, image: &str) -> String {
        format!("{}/{image}", self.namespace)
    }

    fn reference(&self, image: &str, tag: &str) -> String {
        format!("{}/{}:{tag}", self.registry.host(), self.repository(image))
    }

    /// The moving tags that the registry has of an image.
    fn published(&self, image: &str) -> Vec<String> {
        let mut tags = self.registry.tags(&self.repository(image));
        tags.retain(|tag| !tag.starts_with("keg-"));
        tags
    }

    fn content_tags(&self, image: &str) -> usize {
        self.registry.tags(&self.repository(image)).len() - self.published(image).len()
    }

    fn digest(&self, image: &str, tag: &str) -> Option<String> {
        self.registry.manifest(&self.repository(image), tag).map(|(digest, _)| digest)
    }

    /// What stands in a file of an image on the engine.
    fn file(&self, image: &str, tag: &str, file: &str) -> String {
        docker(["run", "--rm", &self.reference(image, tag), "cat", file]).success().trim().to_owned()
    }

    /// Removes all its images from the engine, as another machine has none of them.
    fn forget(&self) {
        let own = format!("{}/{}/", self.registry.host(), self.namespace);
        let names: Vec<String> = image_names().into_iter().filter(|name| name.starts_with(&own)).collect();
        docker(["image", "rm", "--force"].into_iter().map(str::to_owned).chain(names)).success();
    }

    /// What became of each variant: `ds old built`.
    fn build(&self, arguments: &[&str]) -> Vec<String> {
        results(&self.workspace.keg([&["build", "--format", "json"], arguments].concat()).success().json())
    }
}

fn results(json: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &Value| [&row["image"], &row["plan"], &row["result"]].map(text).join(" ");
    json["images"].as_array().unwrap().iter().map(row).collect()
}

fn all(result: &str) -> Vec<String> {
    let images = ["ds", "rstudio", "scipy"].into_iter();
    images.flat_map(|image| ["old", "new"].map(|plan| format!("{image} {plan} {result}"))).collect()
}

#[test]
fn two_plans_of_three_images_are_six_images() {
    let stack = Stack::new();
    assert_eq!(stack.build(&["--push"]), all("built"));
    // The image's own args, over them those of the plan, over both its own for the plan; nothing is inherited.
    for (image, tag, file, expected) in [
        ("ds", "2026.3-dev", "/ds", "A none DEADBEEF"),
        ("ds", "new-dev", "/ds", "B new DEADBEEF"),
        ("rstudio", "2026.3-dev", "/rstudio", "A none none"),
        ("rstudio", "new-dev", "/rstudio", "B new none"),
        ("scipy", "2026.3-dev", "/scipy", "A none none"),
        ("scipy", "new-dev", "/scipy", "B scipy none"),
        // Each on the same plan of its parent.
        ("scipy", "2026.3-dev", "/ds", "A none DEADBEEF"),
        ("scipy", "new-dev", "/ds", "B new DEADBEEF"),
    ] {
        assert_eq!(stack.file(image, tag, file), expected, "{image}:{tag} {file}");
    }
    for image in ["ds", "rstudio", "scipy"] {
        assert_eq!(stack.published(image), ["2026.3-dev", "new-dev"]);
        assert_eq!(stack.content_tags(image), 2);
        assert_ne!(stack.digest(image, "2026.3-dev"), stack.digest(image, "new-dev"));
        let labels = stack.registry.labels(&stack.repository(image), "new-dev").unwrap();
        assert_eq!((labels["dev.keg.plan"].as_str(), labels["dev.keg.image"].as_str()), (Some("new"), Some(image)));
    }

    assert_eq!(stack.build(&["--push"]), all("reused"));
    stack.workspace.keg(["build", "--push", "--dry-run"]).success().says("nothing to do");
    // Another machine has nothing of it: what is published counts, and one plan can be had alone.
    stack.forget();
    stack.workspace.keg(["pull", "scipy", "--plan", "new"]).success();
    let own = format!("{}/{}/", stack.registry.host(), stack.namespace);
    let here: Vec<String> = image_names().into_iter().filter(|name| name.starts_with(&own)).collect();
    assert_eq!(here, [stack.reference("scipy", "new-dev")]);
    assert_eq!(stack.build(&["--push"]), all("reused"));
}

#[test]
fn args_of_an_image_in_a_plan_are_its_own() {
    let stack = Stack::new();
    stack.plans("plans: {old: {}, new: {}}\n");
    let own = "build: {args: {TEST_COMMON: DEADBEEF}}\nplans: {old: {args: {A: A}}}\n";
    stack.workspace.file("images/ds/image.yml", own);
    stack.workspace.file("images/rstudio/image.yml", "plans: {old: {args: {FLAVOUR: child}}}\n");
    stack.workspace.file("images/scipy/image.yml", "skip_plans: [old]\n");
    let built = ["ds old built", "ds new built", "rstudio old built", "rstudio new built", "scipy new built"];
    assert_eq!(stack.build(&["--push"]), built);
    for (image, tag, file, expected) in [
        ("ds", "old-dev", "/ds", "A none DEADBEEF"),
        ("ds", "new-dev", "/ds", "none none DEADBEEF"),
        ("rstudio", "old-dev", "/rstudio", "none child none"),
        ("rstudio", "old-dev", "/ds", "A none DEADBEEF"),
        ("rstudio", "new-dev", "/rstudio", "none none none"),
        ("scipy", "new-dev", "/ds", "none none DEADBEEF"),
    ] {
        assert_eq!(stack.file(image, tag, file), expected, "{image}:{tag} {file}");
    }
    assert_eq!((stack.published("scipy"), stack.content_tags("scipy")), (vec!["new-dev".to_owned()], 1));
}

#[test]
fn a_change_of_one_plan_builds_that_plan_alone() {
    let stack = Stack::new();
    assert_eq!(stack.build(&["--plan", "new"]), ["ds new built", "rstudio new built", "scipy new built"]);
    assert_eq!(stack.build(&["scipy", "--plan", "old"]), ["ds old built", "scipy old built"]);
    stack.workspace.commit();
    stack.build(&["--push"]);

    stack.plans(&PLANS.replace("A: B", "A: C"));
    let status = stack.workspace.keg(["status", "--format", "json"]).success().json();
    let states: Vec<_> =
        status["images"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["fresh", "to build", "fresh", "to build", "fresh", "to build"]);
    // Compared with the image of the same plan, by what its commit says.
    stack.workspace.keg(["why", "ds", "--plan", "new"]).success().says("ds [new]").says("~ build-arg A: B → C");
    stack.workspace.keg(["why", "ds", "--plan", "old"]).success().says("ds [old] is unchanged");
    stack.workspace.keg(["why"]).success().says("scipy [new]: ~ build-arg A: B → C");

    let before = stack.digest("scipy", "2026.3-dev");
    let changed = ["ds old reused", "ds new built", "rstudio old reused", "rstudio new built", "scipy old reused"];
    assert_eq!(stack.build(&["--push"]), [&changed[..], &["scipy new built"]].concat());
    assert_eq!(stack.digest("scipy", "2026.3-dev"), before);
    assert_eq!(stack.file("rstudio", "new-dev", "/rstudio"), "C new none");

    stack.workspace.keg(["build", "--plan", "nw"]).code(2).complains("did you mean");
    // A plan that is skipped is not built and not there.
    stack.workspace.file("images/rstudio/image.yml", "skip_plans: [old]\n");
    let of_rstudio = stack.build(&["rstudio", "--push"]);
    assert_eq!(of_rstudio, ["rstudio new reused"]);
    stack
        .workspace
        .keg(["build", "rstudio", "--plan", "old"])
        .code(2)
        .complains("rstudio is not built in the plan old");
    stack.workspace.file("images/ds/image.yml", "skip_plans: [old]\n");
    stack.workspace.keg(["build"]).code(2).complains("scipy needs ds in the plan `old`, which ds skips");
}

#[test]
fn tags_that_would_be_those_of_two_plans_are_refused() {
    let stack = Stack::new();
    stack.workspace.keg(["build", "--tag", "try"]).code(2).complains("the images of two plans, old and new");
    assert!(stack.published("ds").is_empty());
    stack.workspace.keg(["build", "--push", "--tag", "{plan}-try", "--tag", "try-{prefix}"]).success();
    let expected = ["2026.3-dev", "new-dev", "new-try", "old-try", "try-2026.3", "try-new"];
    assert_eq!(stack.published("scipy"), expected);
    stack.workspace.keg(["tag", "--push", "--plan", "new", "--tag", "only"]).success();
    assert_eq!(stack.digest("scipy", "only"), stack.digest("scipy", "new-dev"));
    // The branch `x` by the plan `new-y` would take the tag that the branch `y-x` has by the plan `new`.
    stack.workspace.branch("y-x");
    stack.plans(&PLANS.replace("A: B", "A: C"));
    stack.workspace.keg(["build", "ds", "--plan", "new", "--push"]).success();
    stack.workspace.branch("x");
    stack.plans("plans: {old: {}, new: {}, new-y: {args: {A: 9}}}\n");
    let run = stack.workspace.keg(["build", "ds", "--plan", "new-y", "--push"]).code(2);
    run.complains("branch `y-x` by the plan `new`, and branch `x` by the plan `new-y` would overwrite it");
}

#[test]
fn every_plan_is_promoted_behind_its_prefix() {
    let stack = Stack::new();
    stack.build(&["--push"]);
    stack.workspace.keg(["promote", "dev", "stable", "--dry-run"]).success().says("publish 6 images");
    assert_eq!(stack.published("ds"), ["2026.3-dev", "new-dev"]);
    stack.workspace.keg(["promote", "dev", "stable"]).success().says("promoted");
    for image in ["ds", "rstudio", "scipy"] {
        assert_eq!(stack.published(image), ["2026.3-dev", "2026.3-stable", "new-dev", "new-stable"]);
        for prefix in ["2026.3", "new"] {
            let digest = |tag: &str| stack.digest(image, &format!("{prefix}-{tag}"));
            assert_eq!(digest("stable"), digest("dev"));
        }
    }
    stack.workspace.keg(["promote", "dev", "stable"]).success().says("nothing to do");
    // One plan by its prefix, and one by its name.
    stack.workspace.keg(["promote", "2026.3-dev", "good"]).success();
    stack.workspace.keg(["promote", "dev", "fine", "ds", "--plan", "new"]).success();
    let further = ["2026.3-dev", "2026.3-good", "2026.3-stable", "new-dev", "new-fine", "new-stable"];
    assert_eq!(stack.published("ds"), further);
    // With all plans, the tag of one stands for those of all.
    stack.workspace.keg(["promote", "2026.3-dev", "2026.3-next", "ds", "--all-plans"]).success();
    assert_eq!(stack.digest("ds", "new-next"), stack.digest("ds", "new-dev"));
    assert_eq!(stack.digest("ds", "2026.3-next"), stack.digest("ds", "2026.3-dev"));
    stack.workspace.keg(["promote", "dev", "next", "ds", "--all-plans"]).success().says("nothing to do");
    stack.workspace.keg(["promote", "dev", "next", "--all-plans", "--plan", "new"]).code(2);
    let further = ["2026.3-dev", "2026.3-good", "2026.3-next", "2026.3-stable"];
    let further = [&further[..], &["new-dev", "new-fine", "new-next", "new-stable"]].concat();
    // One variant lacks the tag: nothing moves.
    stack.workspace.keg(["promote", "fine", "best"]).code(1).complains("the registry has no `2026.3-fine` of ds [old]");
    stack.workspace.keg(["promote", "dve", "best"]).code(1).complains("did you mean");
    assert_eq!(stack.published("ds"), further);
}

#[test]
fn cleaning_up_keeps_the_tags_of_all_plans() {
    let stack = Stack::new();
    stack.workspace.branch("feature/x");
    stack.workspace.commit();
    stack.workspace.file("images/ds/Dockerfile", format!("{}RUN true\n", stack.workspace.read("images/ds/Dockerfile")));
    stack.build(&["--push"]);
    stack.workspace.git(["checkout", "--quiet", "--", "."]);
    stack.workspace.branch("main");
    stack.build(&["--push"]);
    stack.workspace.keg(["promote", "main", "stable"]).success();
    stack.workspace.git(["branch", "--quiet", "-D", "feature/x"]);

    let prune = ["prune", "--local", "--remote", "--keep", "0", "--older-than", "0"];
    // Of one plan alone.
    stack.workspace.keg([&prune[..], &["--plan", "new", "--yes"]].concat()).success();
    let kept = ["2026.3-feature-x", "2026.3-main", "2026.3-stable", "new-main", "new-stable"];
    assert_eq!(stack.published("scipy"), kept);
    assert_eq!(stack.content_tags("scipy"), 3);
    stack.workspace.keg([&prune[..], &["--yes"]].concat()).success().says("branch feature/x is gone");
    for image in ["ds", "rstudio", "scipy"] {
        assert_eq!(stack.published(image), ["2026.3-main", "2026.3-stable", "new-main", "new-stable"]);
        assert_eq!(stack.content_tags(image), 2);
    }
    let own = format!("{}/", stack.reference("scipy", "").trim_end_matches(':'));
    let left = image_names().into_iter().filter(|name| name.starts_with(own.trim_end_matches('/')));
    assert_eq!(left.filter(|name| !name.contains(":keg-")).count(), 2);
    // Nothing that is needed has gone.
    assert_eq!(stack.build(&["--push"]), all("reused"));
    stack.workspace.keg([&prune[..], &["--dry-run"]].concat()).success().says("nothing to remove");
    stack.workspace.keg(["prune", "--plan", "gpu"]).code(2).complains("there is no plan `gpu`");
}

#[test]
fn a_tap_starts_by_a_plan_and_restarts_by_the_same() {
    for generation in [Generation::One, Generation::Two] {
        let taps = Taps::with(generation, "plans: {cpu: {tag_prefix: \"1.0\"}, gpu: {args: {WORD: gpu}}}\n");
        let compose = format!("services:\n{}", server("web", "    ports: [\"127.0.0.1::80\"]\n"));
        let web = taps.tap("web", &compose, "");
        let dockerfile = format!("FROM {}\nARG WORD=cpu\nENV WORD=$WORD\n", taps.root);
        taps.workspace.file("taps/web/Dockerfile", dockerfile).branch("main").commit();

        let start = |arguments: &[&str]| {
            let run = taps.workspace.keg([&["start", &web, "--format", "json"], arguments].concat()).success();
            // With --build, the summary of the build comes first.
            let documents = serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>();
            documents.last().unwrap().unwrap()
        };
        let cpu = start(&["--build"]);
        assert_eq!((&cpu["plan"], &cpu["image"]), (&"cpu".into(), &format!("{web}:1.0-main").into()));
        let exec = |branch: &[&str]| {
            let words = [&["exec", &web], branch, &["sh", "-c", "echo word $WORD"]].concat();
            taps.workspace.keg(words).success().stdout.trim().to_owned()
        };
        assert_eq!(exec(&[]), "word cpu");
        // The other plan was not built.
        let run = taps.workspace.keg(["start", &web, "--plan", "gpu"]).code(2);
        assert!(run.stderr.contains("gpu-main"), "{}", run.stderr);
        let gpu = start(&["--build", "--plan", "gpu"]);
        assert_eq!((&gpu["plan"], &gpu["image"]), (&"gpu".into(), &format!("{web}:gpu-main").into()));
        assert_ne!(gpu["project"], cpu["project"]);
        assert_eq!(get(gpu["services"][0]["urls"][0].as_str().unwrap()), "page\n");

        // Both run side by side on one branch.
        taps.workspace.keg(["exec", &web, "true"]).code(2).complains("--branch 1.0-main, --branch gpu-main");
        assert_eq!(exec(&["--branch", "gpu-main"]), "word gpu");
        taps.workspace.keg(["stop", &web, "--branch", "1.0-main"]).success();
        assert_eq!(exec(&[]), "word gpu");
        taps.workspace.keg(["restart", &web]).success();
        assert_eq!(exec(&[]), "word gpu");
        taps.workspace.keg(["stop", &web]).success();
        taps.workspace.keg(["start", &web, "--plan", "gup"]).code(2).complains("did you mean `gpu`?");
        taps.workspace.keg(["env", &web]).success().says("1.0-main").says("KEG_PLAN");
    }
}

#[test]
fn the_plans_are_shown_and_completed() {
    let stack = Stack::new();
    stack.workspace.file("images/rstudio/image.yml", "skip_plans: [old]\n");
    let graph = stack.workspace.keg(["graph"]).success().stdout;
    let expected = "ds [old] (base)";
    assert!(graph.contains(expected) && graph.contains("rstudio [new]") && !graph.contains("rstudio [old]"), "{graph}");
    let json = stack.workspace.keg(["graph", "--plan", "new", "--format", "json"]).success().json();
    let images = json["images"].as_array().unwrap();
    assert!(images.len() == 3 && images.iter().all(|image| image["plan"] == "new"), "{json}");
    let resolved = stack.workspace.keg(["resolve", "scipy", "--format", "json"]).success().json();
    let references: Vec<_> =
        resolved.as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect();
    assert_eq!(references, ["2026.3-dev", "new-dev"].map(|tag| stack.reference("scipy", tag)));
    stack.workspace.keg(["tap", "list"]).success();

    let mut complete = stack.workspace.keg_command(["--", "keg", "build", "--plan", ""]);
    complete.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3").env("_CLAP_IFS", "\n");
    let offered = crate::support::Run::of(complete, "").success().stdout;
    assert_eq!(offered.lines().collect::<Vec<_>>(), ["old", "new"]);
}
