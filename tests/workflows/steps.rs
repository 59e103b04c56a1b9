//! Every script of the generated workflows is run in a clone, with the variables that GitHub sets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::runner::Runner;
use super::{install, scripts, workflow, workflows};
use crate::support::{Registry, RegistryOptions, Workspace, docker, run};

/// Steps that need GitHub or Amazon themselves, and what becomes of them here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("Open a pull request", "asks GitHub with gh; what it opens the pull request for is pushed by the step before"),
    ("Log in at ghcr.io", "with the token of a run; the same command logs in at another registry below"),
    ("Log in at 123456789012.dkr.ecr.eu-west-1.amazonaws.com", "with a role at Amazon"),
    ("Log in at public.ecr.aws", "with a role at Amazon"),
    ("Make the repositories that are missing", "at Amazon"),
];

const USER: &str = "robot";
const PASSWORD: &str = "pass word";

/// base and web on it, in a clone of a repository of its own. What they stand on is in an open registry.
struct Project {
    workspace: Workspace,
    registry: Registry,
    outside: Registry,
}

impl Project {
    fn new(style: &str) -> Self {
        let login = Some((USER.to_owned(), PASSWORD.to_owned()));
        let registry =
            Registry::start_with(RegistryOptions { htpasswd: login, delete: true, ..RegistryOptions::default() });
        let outside = Registry::start();
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let project = Self { workspace, registry, outside };
        docker(["tag", &root, &project.outside_image()]).success();
        docker(["push", "--quiet", &project.outside_image()]).success();
        let workspace = &project.workspace;
        workspace.file("keg.yml", format!("registry: {}/{}\n", project.registry.host(), workspace.name("ns")));
        workspace.file("base/Dockerfile", format!("FROM {}\n", project.outside_image()));
        workspace.file("taps/web/Dockerfile", "FROM base\nCOPY renv.lock /\n");
        workspace.file("taps/web/tap.yml", "tests: [{ run: test -e /renv.lock }]\n");
        workspace.file("taps/web/renv.lock", "{}\n").file(".gitignore", ".keg\n");
        workspace.branch("main").commit();
        workspace.keg(["ci", "init", "--style", style, "--install", &install()]).success();
        workspace.keg(["update"]).success();
        workspace.commit();
        let origin = workspace.outside("origin.git");
        workspace.git(["init", "--quiet", "--bare", "--initial-branch=main", origin.to_str().unwrap()]);
        workspace.git(["remote", "add", "origin", origin.to_str().unwrap()]);
        workspace.git(["push", "--quiet", "--set-upstream", "origin", "main"]);
        project
    }

    fn outside_image(&self) -> String {
        format!("{}/{}:1", self.outside.host(), self.workspace.name("outside"))
    }

    fn tags(&self, image: &str) -> Vec<String> {
        let repository = format!("{}/{image}", self.workspace.name("ns"));
        let tags = self.registry.tags(&repository).into_iter();
        tags.filter(|tag| !tag.starts_with("keg-")).collect()
    }

    fn push(&self) {
        self.workspace.git(["push", "--quiet", "origin", "HEAD"]);
    }

    fn runner(&self) -> Runner<'_> {
        let mut runner = Runner::new(&self.workspace);
        runner.value("secrets.KEG_REGISTRY_USER", USER).value("secrets.KEG_REGISTRY_PASSWORD", PASSWORD);
        runner.value("secrets.KEG_PULL_REQUEST_TOKEN || github.token", "token");
        runner
    }

    /// The checks of a pull request of the branch that is checked out.
    fn pull_request(&self) -> Value {
        let base = self.workspace.git(["rev-parse", "origin/main"]).trim().to_owned();
        let repository = json!({ "full_name": "acme/images" });
        json!({
            "action": "opened",
            "pull_request": {
                "number": 7,
                "head": { "ref": "feature", "repo": repository },
                "base": { "ref": "main", "sha": base, "repo": repository },
            },
        })
    }
}

/// The jobs of the one workflow in their order: plan, levels, publishing. Gives what the plan has said.
fn run_all(runner: &mut Runner<'_>, workflow: &Value) -> BTreeMap<String, String> {
    runner.outputs.clear();
    runner.job(workflow, "plan", &[]);
    let planned = runner.outputs.clone();
    for level in 0.. {
        let job = match planned["publishes"] == "true" {
            true => format!("build-{level}"),
            false if level == 0 => "test".to_owned(),
            false => break,
        };
        if workflow["jobs"].get(&job).is_none() {
            break;
        }
        let matrix: Value = serde_json::from_str(&planned[&format!("level_{level}")]).unwrap();
        for entry in matrix["include"].as_array().unwrap() {
            runner.value("matrix.images", entry["images"].as_str().unwrap());
            runner.job(workflow, &job, &[]);
        }
    }
    if planned["publishes"] == "true" {
        runner.job(workflow, "publish", &[]);
    }
    planned
}

#[test]
fn one_workflow_tests_publishes_rebuilds_and_prunes() {
    let project = Project::new("one");
    let workspace = &project.workspace;
    let keg = workflow(workspace, "keg.yml");
    let mut runner = project.runner();

    // A pull request builds and tests, and publishes nothing.
    workspace.branch("feature").file("taps/web/renv.lock", "{ }\n").commit();
    project.push();
    let payload = project.pull_request();
    runner.event("pull_request", "refs/pull/7/merge", &payload);
    let planned = run_all(&mut runner, &keg);
    assert_eq!(planned["publishes"], "false", "{planned:?}");
    assert!(planned["level_0"].contains("web"), "{planned:?}");
    runner.job(&keg, "check", &[]);
    assert_eq!(project.registry.catalog(), [""; 0]);

    // It is merged.
    workspace.branch("main").git(["merge", "--quiet", "--ff-only", "feature"]);
    project.push();
    runner.event("push", "refs/heads/main", &json!({}));
    let planned = run_all(&mut runner, &keg);
    assert_eq!(planned["publishes"], "true", "{planned:?}");
    for image in ["base", "web"] {
        assert_eq!(project.tags(image), ["latest", "main"], "{image}");
    }

    // A release.
    workspace.git(["tag", "v1.2.0"]);
    runner.event("push", "refs/tags/v1.2.0", &json!({}));
    run_all(&mut runner, &keg);
    assert!(project.tags("web").contains(&"v1.2.0".to_owned()), "{:?}", project.tags("web"));

    // A newer image outside.
    let newer = format!("FROM {}\nLABEL newer=yes\n", project.outside_image());
    let mut build = workspace.program("docker");
    let built = run(build.args(["build", "--quiet", "--tag", &project.outside_image(), "-"]), newer.as_bytes());
    assert_eq!(built.code, Some(0), "{built:?}");
    docker(["push", "--quiet", &project.outside_image()]).success();
    let rebuild = workflow(workspace, "keg-rebuild.yml");
    runner.event("schedule", "refs/heads/main", &json!({}));
    runner.outputs.clear();
    runner.job(&rebuild, "rebuild", &["Open a pull request"]);
    assert_eq!(runner.outputs["changed"], "true");
    workspace.git(["fetch", "--quiet", "origin"]);
    let changed = workspace.git(["diff", "--name-only", "origin/main", "origin/keg-rebuild"]);
    assert_eq!(changed, "keg.lock\n");
    workspace.branch("main");

    let prune = workflow(workspace, "keg-prune.yml");
    runner.job(&prune, "prune", &[]);
    assert!(project.tags("web").contains(&"main".to_owned()), "what is needed stays");

    gate(&mut runner, &keg);
    every_script_was_run(workspace, &runner, &[]);
}

/// The last job, for what the jobs before may have come to.
fn gate(runner: &mut Runner<'_>, keg: &Value) {
    let step = keg["jobs"]["keg"]["steps"][0].clone();
    let cases = [
        // A merge, and one that only moves tags.
        ("success skipped skipped success success success", "success", "true true skipped", "success", 0),
        ("success skipped skipped skipped skipped success", "success", "false true skipped", "success", 0),
        // A pull request, and one for which nothing was to do.
        ("success success success skipped skipped", "success", "true false success", "skipped", 0),
        ("success success skipped skipped skipped", "success", "false false skipped", "skipped", 0),
        ("success success skipped failure skipped skipped", "success", "true true skipped", "skipped", 1),
        ("success failure success skipped", "success", "true false success", "skipped", 1),
        ("success cancelled skipped", "success", "true false cancelled", "skipped", 1),
        ("failure skipped skipped skipped", "failure", "  skipped", "skipped", 1),
        // What should have been published or tested was skipped, for whatever reason.
        ("success skipped skipped success skipped", "success", "true true skipped", "skipped", 1),
        ("success success skipped skipped skipped", "success", "true false skipped", "skipped", 1),
        ("success success skipped skipped skipped", "success", "  skipped", "skipped", 1),
        ("skipped skipped skipped skipped", "skipped", "  skipped", "skipped", 1),
    ];
    for (results, planned, outputs, published, code) in cases {
        let [any, publishes, tested] = outputs.split(' ').collect::<Vec<_>>()[..] else { unreachable!("{outputs}") };
        runner.value("join(needs.*.result, ' ')", results).value("needs.plan.result", planned);
        runner.value("needs.plan.outputs.any", any).value("needs.test.result", tested);
        runner.value("needs.plan.outputs.publishes", publishes).value("needs.publish.result", published);
        let run = runner.step(keg, "keg", &step);
        assert_eq!(run.code, Some(code), "{results}: {}", run.stdout);
    }
}

#[test]
fn each_image_has_a_workflow_that_tests_and_publishes_it() {
    let project = Project::new("per-image");
    let workspace = &project.workspace;
    workspace.keg(["ci", "activate", "web"]).success();
    workspace.commit();
    project.push();
    let mut runner = project.runner();
    let docker_web = workflow(workspace, "docker_web.yml");

    workspace.branch("feature").file("taps/web/renv.lock", "{ }\n").commit();
    project.push();
    let payload = project.pull_request();
    runner.event("pull_request", "refs/pull/7/merge", &payload);
    runner.job(&docker_web, "test", &[]);
    runner.job(&workflow(workspace, "keg-check.yml"), "keg", &[]);
    assert_eq!(project.registry.catalog(), [""; 0]);

    workspace.branch("main").git(["merge", "--quiet", "--ff-only", "feature"]);
    project.push();
    runner.event("push", "refs/heads/main", &json!({}));
    runner.job(&docker_web, "docker", &[]);
    assert_eq!(project.tags("web"), ["latest", "main"]);
    runner.event("workflow_dispatch", "refs/heads/main", &json!({}));
    runner.job(&workflow(workspace, "docker_base.yml"), "docker", &[]);
    assert_eq!(project.tags("base"), ["latest", "main"]);
    let elsewhere = ["keg-rebuild.yml", "keg-prune.yml"];
    every_script_was_run(workspace, &runner, &elsewhere);
    // The other style has the same two, where they are run.
    let both = || elsewhere.map(|name| scripts(&workflow(workspace, name)));
    let before = both();
    workspace.keg(["ci", "init", "--style", "one"]).success();
    assert_eq!(both(), before);
}

/// The code of a module is run in the image that was published before, with the files of the pull request.
#[test]
fn a_module_runs_in_its_image() {
    let project = Project::new("per-image");
    let workspace = &project.workspace;
    let command = "cat /renv.lock code.txt > ran.txt; grep -q right code.txt";
    workspace.file("taps/web/tap.yml", format!("ci: {{ run: '{command}' }}\n")).file("taps/web/code.txt", "wrong\n");
    workspace.keg(["ci", "init"]).success().says("written .github/workflows/run_web.yml");
    workspace.keg(["ci", "activate", "web"]).success().says("run_web.yml");
    workspace.file(".gitignore", ".keg\nran.txt\n").commit();
    project.push();
    let run_web = workflow(workspace, "run_web.yml");
    let step = run_web["jobs"]["run"]["steps"].as_array().unwrap().last().unwrap().clone();
    let mut runner = project.runner();
    runner.event("push", "refs/heads/main", &json!({}));
    runner.job(&workflow(workspace, "docker_web.yml"), "docker", &[]);

    // The environment changes in the same pull request: it is not in the image yet.
    workspace.branch("feature").file("taps/web/renv.lock", "{ }\n").file("taps/web/code.txt", "right\n").commit();
    project.push();
    let payload = project.pull_request();
    runner.event("pull_request", "refs/pull/7/merge", &payload);
    runner.variables.insert("GITHUB_HEAD_REF".to_owned(), "feature".to_owned());
    runner.job(&run_web, "run", &[]);
    assert_eq!(workspace.read("taps/web/ran.txt"), "{}\nright\n");
    // Where the branch has an image of its own, that is taken.
    workspace.keg(["build", "web", "--push"]).success();
    runner.job(&run_web, "run", &[]);
    assert_eq!(workspace.read("taps/web/ran.txt"), "{ }\nright\n");
    // What fails there fails the job.
    workspace.file("taps/web/code.txt", "wrong\n");
    runner.step(&run_web, "run", &step).code(1);
    let label = format!("label=dev.keg.workspace={}", workspace.root().display());
    assert_eq!(docker(["ps", "--all", "--quiet", "--filter", &label]).success(), "");
    let elsewhere = ["keg-rebuild.yml", "keg-prune.yml", "keg-check.yml", "docker_base.yml"];
    every_script_was_run(workspace, &runner, &elsewhere);
}

/// Where no job can know what another has built, one does all.
#[test]
fn without_content_tags_one_job_publishes() {
    let project = Project::new("one");
    let workspace = &project.workspace;
    workspace.file("keg.yml", format!("{}content_tags: false\n", workspace.read("keg.yml")));
    workspace.keg(["ci", "init"]).success();
    workspace.commit();
    project.push();
    let keg = workflow(workspace, "keg.yml");
    let mut runner = project.runner();
    runner.event("push", "refs/heads/main", &json!({}));
    runner.job(&keg, "plan", &[]);
    assert_eq!(runner.outputs["publishes"], "true");
    runner.job(&keg, "publish", &[]);
    assert_eq!(project.tags("web"), ["latest", "main"]);
}

/// A missing login ends no pull request of a fork, and a job for each level is asked for.
#[test]
fn steps_fail_where_they_should() {
    let project = Project::new("one");
    let keg = workflow(&project.workspace, "keg.yml");
    let mut runner = project.runner();
    runner.event("pull_request", "refs/pull/7/merge", &json!({}));
    let step = |job: &str, start: &str| {
        let steps = keg["jobs"][job]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["name"].as_str().is_some_and(|name| name.starts_with(start))).unwrap().clone()
    };
    runner.value("secrets.KEG_REGISTRY_PASSWORD", "");
    runner.step(&keg, "plan", &step("plan", "Log in")).success().says("::notice::");
    runner.value("steps.plan.outputs.levels", "2");
    let levels = step("plan", "Make sure");
    runner.step(&keg, "plan", &levels).success();
    runner.value("steps.plan.outputs.levels", "3");
    runner.step(&keg, "plan", &levels).code(1).says("run keg ci init");
}

/// No script of these workflows, `but` for some files, is left out; of those for other registries only what is listed.
fn every_script_was_run(workspace: &Workspace, runner: &Runner<'_>, but: &[&str]) {
    let is_elsewhere = |name: &str| ELSEWHERE.iter().any(|(step, _)| *step == name);
    for (file, workflow) in workflows(workspace).into_iter().filter(|(file, _)| !but.contains(&file.as_str())) {
        for (job, name, script) in scripts(&workflow) {
            assert!(runner.ran.contains(&script) || is_elsewhere(&name), "{file}, {job}: nothing runs `{name}`");
        }
    }
    let own = workspace.read("keg.yml");
    for registry in ["ghcr.io/acme", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme", "public.ecr.aws/alias"] {
        workspace.file("keg.yml", format!("registry: {registry}\n"));
        workspace.keg(["ci", "init"]).success();
        for (file, workflow) in workflows(workspace).into_iter().filter(|(file, _)| !but.contains(&file.as_str())) {
            for (job, name, script) in scripts(&workflow) {
                assert!(runner.ran.contains(&script) || is_elsewhere(&name), "{file}, {job}: nothing runs `{name}`");
            }
        }
    }
    workspace.file("keg.yml", own);
    workspace.keg(["ci", "init"]).success();
}
