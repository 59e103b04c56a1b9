//! What comes from the containers of a deployed tap, whatever node runs them: lines and answers.

use std::process::{Child, Stdio};

use super::left::Running;
use super::load::page_of;
use super::{Team, eventually};
use crate::support::free_port;

/// `--follow` shows what a container on another node prints later on.
pub fn logs(team: &Team) {
    let mut keg = Running::start(team.deploy_command(&["logs", "shop", "web", "--follow"]));
    keg.until("good two");
    for place in [1, 2] {
        let name = format!("name={}-main_web", team.tap);
        let container = team.swarm.docker(place, ["ps", "--quiet", "--filter", &name]).success();
        let say = format!("echo news of {place} > /proc/1/fd/1");
        team.swarm.docker(place, ["exec", container.trim(), "sh", "-c", &say]).success();
        keg.until(&format!("news of {place}"));
    }
    assert_eq!(keg.interrupt().0, Some(130));
}

/// keg's proxy, on the manager's machine.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The name leads to the container of this node, and to that of another node where this one has none.
pub fn requests(team: &mut Team) {
    let port = free_port().to_string();
    let mut proxy = team.workspace.program("nsenter");
    proxy.args([&team.swarm.network(0), env!("CARGO_BIN_EXE_keg"), "--context", "swarm", "proxy", "start"]);
    proxy.args(["--foreground", "--kind", "builtin", "--listen", "0.0.0.0", "--port", &port]);
    let _proxy = Proxy(proxy.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let address = format!("{}:{port}", team.swarm.host(0));
    let name = format!("{}-main.localhost", team.tap);
    let answers = || page_of(&address, &name).as_deref() == Some("good two\n");
    eventually("the proxy answers", answers);
    assert_eq!(page_of(&address, "other.localhost"), None);
    team.swarm.docker(0, ["node", "update", "--availability", "drain", "node1"]).success();
    eventually("node1 has none", || team.pages(0..3)[0].is_none() && team.status("web")["running"] == 2);
    eventually("the proxy answers from another node", answers);
    team.swarm.docker(0, ["node", "update", "--availability", "active", "node1"]).success();
    eventually("node1 has one again", || team.status("web")["running"] == 3);
}
