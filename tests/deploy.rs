//! Taps as stacks of a Swarm of three engines.

mod jobs;
mod left;
mod load;
mod passing;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::start::parts::tools;
use crate::support::{Registry, RegistryOptions, Run, Swarm, Workspace, run};
use load::{Load, page};

/// The port at which every node that runs the tap answers.
const PORT: u16 = 8080;
/// Longer than a Swarm takes to notice that a node has gone, and to start its containers elsewhere.
const LONGEST: Duration = Duration::from_secs(90);

/// Without IPVS there is no address that all nodes answer at, so each publishes the container that it runs. The image
/// is healthy as long as its page is good.
const COMPOSE: &str = "services:
  web:
    image: ${KEG_IMAGE_FROM}
    network_mode: bridge
    environment: {COSTS: \"a$$b\"}
    ports: [{target: 80, published: 8080, mode: host}]
    depends_on: [worker]
    deploy:
      endpoint_mode: dnsrr
      update_config: {monitor: 3s}
      rollback_config: {monitor: 1s}
  worker:
    image: ${KEG_IMAGE_FROM}
    command: [sleep, \"100000\"]
    healthcheck: {disable: true}
    stop_grace_period: 1s
    deploy:
      replicas: 3
      endpoint_mode: dnsrr
      update_config: {monitor: 1s}
      rollback_config: {monitor: 1s}
";

/// What a slow page brings about takes its time.
const HEALTH: &str = "grep -q good /www/index.html || { grep -q slow /www/index.html && sleep 8; false; }";

/// Hooks note what the manager has when they run.
const BEFORE: &str = "test -z \"$REFUSED\" || exit 1; test -z \"$WAITS\" || { touch \"$WAITS\"; sleep 60; }; \
    echo before $(docker service ls --quiet | wc -l) >> ../../hooks.log";
const AFTER: &str = "echo after $(docker service ls --quiet | wc -l) $KEG_IMAGE_FROM $KEG_TAG >> ../../hooks.log";

/// A workspace with a tap that is built on this machine's engine, and a Swarm.
struct Team {
    workspace: Workspace,
    registry: Registry,
    swarm: Swarm,
    tap: String,
}

impl Team {
    fn new() -> Self {
        let mut workspace = Workspace::new();
        let root = workspace.root_image();
        let (user, password) = ("someone", "who knows");
        let htpasswd = Some((user.to_owned(), password.to_owned()));
        let registry = Registry::start_with(RegistryOptions { htpasswd, ..RegistryOptions::default() });
        workspace.log_in(&registry.host(), user, password);
        let swarm = Swarm::start(3, registry.port());
        let tap = workspace.name("web");
        workspace.file("keg.yml", format!("registry: {}\n", registry.host())).file(".gitignore", ".keg/\nhooks.log\n");
        workspace.file(
            "taps/web/Dockerfile",
            format!(
                "FROM {root}\nCOPY page /www/index.html\nSTOPSIGNAL SIGKILL\n\
                 HEALTHCHECK --interval=1s --retries=2 CMD {HEALTH}\n\
                 CMD [\"sh\", \"-c\", \"echo serving; cat /www/index.html; exec httpd -f -p 80 -h /www\"]\n"
            ),
        );
        workspace.file("taps/web/page", "good one\n").file("taps/web/compose.yml", COMPOSE);
        let manifest = format!(
            "name: {tap}\nalias: shop\ncompose: compose.yml\nservice: web\nhooks:\n  before_deploy: {BEFORE}\n  \
             after_deploy: {AFTER}\n"
        );
        workspace.file("taps/web/tap.yml", manifest);
        // Nothing says of it but that it is there.
        workspace.file("taps/other/Dockerfile", format!("FROM {root}\nCMD [\"sleep\", \"100000\"]\n"));
        workspace.file("taps/other/tap.yml", format!("name: {}\nalias: other\n", workspace.name("other")));
        workspace.file("mounts.yml", "services: {web: {volumes: [\"./page:/mounted\"]}}\n");
        workspace.commit();
        let team = Self { workspace, registry, swarm, tap };
        for (name, place) in [("swarm", 0), ("worker", 2)] {
            let mut context = team.workspace.program("docker");
            let host = format!("host={}", team.swarm.address(place));
            run(context.args(["context", "create", name, "--docker", &host]), b"").success();
        }
        team
    }

    fn deploy(&self, arguments: &[&str]) -> Run {
        self.workspace.keg([&["--context", "swarm", "deploy"], arguments].concat())
    }

    fn deploy_command(&self, arguments: &[&str]) -> Command {
        self.workspace.keg_command([&["--context", "swarm", "deploy"], arguments].concat())
    }

    /// Builds and publishes the tap with another page, and gives the digest.
    fn publish(&self, page: &str) -> String {
        self.workspace.file("taps/web/page", page);
        self.workspace.keg(["build", "--push"]).success();
        self.registry.manifest(&self.tap, "main").unwrap().0
    }

    /// What the manager says, a line for each.
    fn lines<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        self.swarm.docker(0, arguments).success().lines().map(str::to_owned).collect()
    }

    /// Ids of the tasks of a service that are to run.
    fn tasks(&self, service: &str) -> BTreeSet<String> {
        let service = format!("{}-main_{service}", self.tap);
        self.lines(["service", "ps", "--quiet", "--no-trunc", "--filter", "desired-state=running", &service])
    }

    /// The image of a service.
    fn image(&self, service: &str) -> String {
        let service = format!("{}-main_{service}", self.tap);
        let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
        self.swarm.docker(0, ["service", "inspect", "--format", format, &service]).success().trim().to_owned()
    }

    /// What keg says of a service.
    fn status(&self, service: &str) -> Value {
        let rows = self.deploy(&["status", "shop", "--format", "json"]).success().json();
        rows.as_array().unwrap().iter().find(|row| row["service"] == service).unwrap().clone()
    }

    /// The pages that the nodes give.
    fn pages(&self, nodes: std::ops::Range<usize>) -> Vec<Option<String>> {
        nodes.map(|place| page(&self.swarm.host(place))).collect()
    }
}

#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONGEST, "not within {} seconds: {what}", LONGEST.as_secs());
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_tap_in_a_swarm() {
    let mut team = Team::new();
    nothing_is_deployed_unasked(&team);
    left::while_the_swarm_is_told(&mut team);
    let first = deployed(&team);
    let load = Load::start((0..3).map(|place| team.swarm.host(place)).collect());
    let second = updated(&team, &first);
    jobs::jobs(&team);
    left::while_the_swarm_is_at_it(&team);
    rolled_back(&team, &second);
    shown(&team, &second);
    passing::logs(&team);
    passing::requests(&mut team);
    survives(&mut team);
    let (requests, failed) = load.end();
    assert!(requests > 500 && failed == 0, "{failed} of {requests} requests have failed");
    removed(&team);
}

fn nothing_is_deployed_unasked(team: &Team) {
    // What can be mended without a Swarm comes first.
    let here = |arguments: &[&str]| team.workspace.keg([&["deploy"], arguments].concat());
    here(&["shpo"]).code(2).complains("there is no image `shpo`").complains("did you mean `shop`?");
    here(&["shop", "--file", "none.yml"]).code(2).complains("none.yml: there is no such file");
    here(&["shop"]).code(2).complains("is not in its registry");
    team.workspace.keg(["build", "--push"]).success();
    // A node has no credentials of its own for the registry.
    let image = format!("{}/{}:main", team.registry.host(), team.tap);
    let plain = team.swarm.docker(2, ["pull", &image]);
    assert!(plain.code != Some(0) && plain.stderr.contains("no basic auth credentials"), "{plain:?}");
    team.workspace.file("wrong.yml", "services: {web: {ports: [\n");
    here(&["shop", "--file", "wrong.yml"]).code(2).complains("wrong.yml");
    team.workspace.file("more.yml", format!("services: {{more: {{image: \"{}/none:1\"}}}}\n", team.registry.host()));
    here(&["shop", "--file", "more.yml"]).code(2).complains("none:1: image: its registry does not have it");
    here(&["shop"]).code(2).complains("is in no Swarm").complains("docker swarm init");
    let worker = team.workspace.keg(["--context", "worker", "deploy", "shop"]).code(2);
    worker.complains("is a worker of its Swarm").complains("there are 10.214.0.1:2377");
    team.deploy(&["remove", "shpo"]).code(2).complains("nor a tap of this workspace");
    let planned = team.deploy(&["shop", "--replicas", "3", "--dry-run", "--format", "json"]).success().json();
    assert_eq!(planned["file"]["services"]["web"]["deploy"]["replicas"], 3, "{planned}");
    let keys: Vec<&str> =
        planned["changes"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["depends_on", "network_mode"]);
    // A folder of this machine is on no node.
    let mounting = ["shop", "--file", "mounts.yml"];
    let page = team.workspace.path("taps/web/page");
    let refused = team.deploy(&mounting).code(2).complains("web: volumes:").complains("--accept");
    assert!(refused.stderr.replace(['\n', ' ', '│'], "").contains(page.to_str().unwrap()), "{}", refused.stderr);
    let text = team.deploy(&[mounting.as_slice(), &["--accept", "--dry-run"]].concat()).success().stdout;
    assert!(text.contains("left out, with --accept: web: volumes") && !text.contains("target: /mounted"), "{text}");
    // A hook that fails stops it, and what would come after it.
    let mut refused = team.deploy_command(&["shop", "other"]);
    refused.env("REFUSED", "yes");
    let refused = Run::of(refused, "").code(1).complains("the hook before_deploy").complains("ended with code 1");
    refused.complains(&format!("not deployed: {}", team.workspace.name("other")));
    left::before_the_swarm_is_told(team);
    assert_eq!(team.lines(["service", "ls", "--quiet"]), BTreeSet::new());
    assert!(!team.workspace.path("hooks.log").exists());
    team.deploy(&["status"]).success().complains("nothing is deployed");
}

/// From the tag of the branch, by its digest, with Compose v1; Compose v2 makes the same of it.
fn deployed(team: &Team) -> String {
    let digest = team.registry.manifest(&team.tap, "main").unwrap().0;
    std::fs::remove_file(team.workspace.path("hooks.log")).unwrap();
    let run = team.deploy(&["shop", "--replicas", "3", "--format", "json"]).success();
    let image = format!("{}/{}:main@{digest}", team.registry.host(), team.tap);
    assert_eq!(team.workspace.read("hooks.log"), format!("before 0\nafter 2 {image} main\n"));
    assert_eq!(run.json()["services"][0]["running"], 3, "{}", run.stdout);
    assert_eq!((team.image("web"), team.image("worker")), (image.clone(), image));
    assert_eq!(team.pages(0..3), vec![Some("good one\n".to_owned()); 3]);
    let stack = format!("{}-main", team.tap);
    let labels = team.lines(["service", "inspect", "--format", "{{json .Spec.Labels}}", &format!("{stack}_web")]);
    let labels: Value = serde_json::from_str(labels.first().unwrap()).unwrap();
    assert_eq!((&labels["dev.keg.tap"], &labels["dev.keg.branch"]), (&team.tap.as_str().into(), &"main".into()));
    assert_eq!(labels["dev.keg.proxy.host"], format!("{stack}.localhost"));
    let environment = "{{json .Spec.TaskTemplate.ContainerSpec.Env}}";
    let environment = team.lines(["service", "inspect", "--format", environment, &format!("{stack}_web")]);
    assert_eq!(environment, BTreeSet::from(["[\"COSTS=a$b\"]".to_owned()]));
    let before = (team.tasks("web"), team.tasks("worker"));
    let plugins = format!("{}/cli-plugins", tools());
    std::os::unix::fs::symlink(plugins, team.workspace.docker_config().join("cli-plugins")).unwrap();
    team.deploy(&["shop", "--replicas", "3"]).success();
    assert_eq!((team.tasks("web"), team.tasks("worker")), before, "nothing has changed");
    let mut without = team.deploy_command(&["shop"]);
    without.env("PATH", team.workspace.outside("nothing"));
    Run::of(without, "").code(3).complains("Docker's command line was not found").complains("install `docker-cli`");
    // The proxy of a manager knows it by its name.
    let routes = team.workspace.keg(["--context", "swarm", "proxy", "status", "--format", "json"]).success().json();
    let route = routes["routes"].as_array().unwrap().iter().find(|route| route["tap"] == team.tap).unwrap();
    assert_eq!((&route["host"], &route["service"]), (&format!("{stack}.localhost").into(), &"web".into()), "{routes}");
    assert_eq!(route["trouble"], Value::Null, "{routes}");
    digest
}

/// To a new image, one node after the other.
fn updated(team: &Team, first: &str) -> String {
    let second = team.publish("good two\n");
    assert_ne!(second, first);
    team.deploy(&["shop", "--replicas", "3"]).success();
    assert_eq!(team.pages(0..3), vec![Some("good two\n".to_owned()); 3]);
    let status = team.status("web");
    assert_eq!((&status["digest"], &status["update"]), (&second.as_str().into(), &"completed".into()));
    second
}

/// From an image that is never healthy, with the service that would have worked.
fn rolled_back(team: &Team, second: &str) {
    let third = team.registry.manifest(&team.tap, "main").unwrap().0;
    let run = team.deploy(&["shop", "--replicas", "3"]).code(1).complains("web was rolled back to what ran before");
    let run = run.complains("unhealthy container").complains("bad slow three").complains("main@sha256:");
    assert!(run.stderr.contains("again, with 3 of 3 containers"), "{}", run.stderr);
    for service in ["web", "worker"] {
        assert!(team.image(service).ends_with(second), "{service} runs {third}?");
        assert_eq!(team.status(service)["update"], "rollback_completed");
    }
    assert_eq!(team.pages(0..3), vec![Some("good two\n".to_owned()); 3]);
}

fn shown(team: &Team, second: &str) {
    // Whatever branch is checked out.
    team.workspace.branch("other");
    let status = team.status("web");
    let nodes: BTreeSet<&str> =
        status["tasks"].as_array().unwrap().iter().map(|task| task["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, BTreeSet::from(["node1", "node2", "node3"]));
    assert_eq!((&status["running"], &status["digest"]), (&3.into(), &second.into()));
    team.deploy(&["status"]).success().says(&team.tap).says("3/3").says("node2").says("rollback completed");
    team.deploy(&["logs", "shop", "web"]).success().says("good two").says("serving");
    team.deploy(&["logs", "shop", "wob"]).code(2).complains("did you mean web?");
    team.deploy(&["status", "elsewhere"]).code(2).complains("is neither deployed in this Swarm");
}

/// What ran on a node that has gone comes back on the others. Of what has a port of the node there can be one on each.
fn survives(team: &mut Team) {
    team.swarm.kill(2);
    eventually("three workers on two nodes", || {
        let worker = team.status("worker");
        let tasks = worker["tasks"].as_array().unwrap();
        worker["running"] == 3 && tasks.iter().all(|task| task["node"] == "node1" || task["node"] == "node2")
    });
    // Which of them the Swarm takes for lost first is its own business.
    eventually("two servers on two nodes", || team.status("web")["running"] == 2);
    assert_eq!(team.pages(0..2), vec![Some("good two\n".to_owned()); 2]);
    assert_eq!(page(&team.swarm.host(2)), None, "the node has gone with its containers");
}

fn removed(team: &Team) {
    // As one does with a node that is gone for good: the Swarm waits for its word otherwise.
    eventually("a node can be removed", || team.swarm.docker(0, ["node", "rm", "--force", "node3"]).code == Some(0));
    team.deploy(&["remove", "shop", "--dry-run"]).success().says("web, worker");
    assert_eq!(team.tasks("web").len(), 3);
    team.deploy(&["remove", "shop"]).success();
    assert_eq!(team.lines(["service", "ls", "--quiet"]), BTreeSet::new());
    let label = format!("label=com.docker.stack.namespace={}-main", team.tap);
    assert_eq!(team.lines(["network", "ls", "--quiet", "--filter", &label]), BTreeSet::new());
    assert_eq!(team.pages(0..2), [None, None]);
    team.deploy(&["remove", "shop"]).code(2).complains("is not deployed in this Swarm");
}
