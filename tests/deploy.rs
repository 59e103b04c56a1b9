//! Taps as stacks of a Swarm of three engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Registry, Run, Swarm, Workspace, command, run};

/// The port at which every node that runs the tap answers.
const PORT: u16 = 8080;

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
        let registry = Registry::start();
        let swarm = Swarm::start(3, registry.port());
        let tap = workspace.name("web");
        workspace.file("keg.yml", format!("registry: {}\n", registry.host())).file(".gitignore", ".keg/\n");
        // The image is healthy as long as its page says so.
        workspace.file(
            "taps/web/Dockerfile",
            format!(
                "FROM {root}\nCOPY page /www/index.html\nSTOPSIGNAL SIGKILL\n\
                 HEALTHCHECK --interval=1s --retries=2 CMD grep -q good /www/index.html\n\
                 CMD [\"sh\", \"-c\", \"echo serving; cat /www/index.html; exec httpd -f -p 80 -h /www\"]\n"
            ),
        );
        workspace.file("taps/web/page", "good one\n");
        workspace.file("taps/web/tap.yml", format!("name: {tap}\nalias: shop\ncompose: compose.yml\nservice: web\n"));
        // Without IPVS there is no address that all nodes answer at, so each publishes its own container.
        workspace.file(
            "taps/web/compose.yml",
            format!(
                "services:\n  web:\n    image: ${{KEG_IMAGE_FROM}}\n    network_mode: bridge\n    environment:\n      \
                 COSTS: \"a$$b\"\n    ports:\n      - {{target: 80, published: {PORT}, mode: host}}\n    depends_on: [worker]\n    \
                 deploy:\n      endpoint_mode: dnsrr\n      update_config: {{monitor: 3s}}\n      rollback_config: {{monitor: 1s}}\n  \
                 worker:\n    image: ${{KEG_IMAGE_FROM}}\n    command: [sleep, \"100000\"]\n    healthcheck: {{disable: true}}\n    \
                 stop_grace_period: 1s\n    \
                 deploy:\n      replicas: 3\n      endpoint_mode: dnsrr\n      update_config: {{monitor: 1s}}\n"
            ),
        );
        workspace.commit();
        let team = Self { workspace, registry, swarm, tap };
        // Docker's own contexts name the manager.
        let mut context = team.workspace.program("docker");
        let host = format!("host={}", team.swarm.address(0));
        run(context.args(["context", "create", "swarm", "--docker", &host]), b"").success();
        team
    }

    fn deploy(&self, arguments: &[&str]) -> Run {
        self.workspace.keg([&["--context", "swarm", "deploy"], arguments].concat())
    }
}

#[test]
fn a_tap_is_deployed_updated_rolled_back_and_survives_a_node() {
    let team = Team::new();
    team.workspace.keg(["build", "--push"]).success();
    std::fs::write(
        "/tmp/swarm-hold",
        format!("{}\n{}\n{}\n", team.workspace.root().display(), team.tap, team.swarm.address(0)),
    )
    .unwrap();
    while std::path::Path::new("/tmp/swarm-hold").exists() {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
