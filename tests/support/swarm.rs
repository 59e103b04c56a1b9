//! A Swarm of several engines, each on a machine of its own as far as the network and its processes tell. Needs root.
//!
//! The kernel need not have IPVS, so services have no common address and no port that every node answers at: what
//! is published has the mode `host`, and services the endpoint mode `dnsrr`.

use std::path::Path;

use super::daemon::Daemon;
use super::namespace::{Namespace, ip};
use super::process::{Finished, command, run};
use super::{ensure_with, has_program};

/// The engines: the first one is the manager, the others are workers. They end when dropped.
#[derive(Debug)]
pub struct Swarm {
    // In the order in which they end.
    nodes: Vec<Node>,
    _switch: Switch,
}

#[derive(Debug)]
struct Node {
    daemon: Daemon,
    namespace: Namespace,
}

/// The network that joins the nodes. It is in a namespace of its own, where no firewall of this machine's engine is in
/// the way.
#[derive(Debug)]
struct Switch(String);

impl Swarm {
    /// So many engines that have joined, with `127.0.0.1:<port>` of this machine known to each.
    pub fn start(count: u8, port: u16) -> Self {
        ensure_with("the programs `ip`, `nsenter` and `unshare`", &["iproute2", "util-linux"], || {
            ["ip", "nsenter", "unshare"].into_iter().all(has_program)
        });
        let mut namespaces: Vec<Namespace> = (0..count).map(|_| Namespace::new()).collect();
        let switch = Switch::new(&format!("{}s", namespaces[0].name()));
        for (place, namespace) in namespaces.iter().enumerate() {
            switch.join(namespace, place);
        }
        let mut nodes = Vec::new();
        for (place, mut namespace) in namespaces.drain(..).enumerate() {
            let mut daemon = Daemon::new();
            daemon.apart();
            namespace.pass_on(port, daemon.folder().path());
            daemon.run(node_program(&namespace, daemon.folder().path(), place));
            nodes.push(Node { daemon, namespace });
        }
        let swarm = Self { nodes, _switch: switch };
        let address = inner_address(0);
        swarm.docker(0, ["swarm", "init", "--advertise-addr", &address, "--dispatcher-heartbeat", "1s"]).success();
        let token = swarm.docker(0, ["swarm", "join-token", "--quiet", "worker"]).success();
        for place in 1..swarm.nodes.len() {
            let own = inner_address(place);
            let join = ["swarm", "join", "--advertise-addr", &own, "--token", token.trim(), &format!("{address}:2377")];
            swarm.docker(place, join).success();
        }
        swarm
    }

    /// What `DOCKER_HOST` says of a node.
    pub fn address(&self, place: usize) -> String {
        self.nodes[place].daemon.address()
    }

    /// Where this machine reaches what a node publishes.
    pub fn host(&self, place: usize) -> String {
        self.nodes[place].namespace.address()
    }

    /// The argument of `nsenter` for programs in the network of a node.
    pub fn network(&self, place: usize) -> String {
        format!("--net=/var/run/netns/{}", self.nodes[place].namespace.name())
    }

    /// The name of a node.
    pub fn name(place: usize) -> String {
        format!("node{}", place + 1)
    }

    /// Runs Docker's client with a node.
    pub fn docker<'a>(&self, place: usize, arguments: impl IntoIterator<Item = &'a str>) -> Finished {
        run(command("docker").args(["--host", &self.address(place)]).args(arguments), b"")
    }

    /// Ends a node at once, with everything that it runs.
    pub fn kill(&mut self, place: usize) {
        self.nodes[place].daemon.kill();
    }
}

/// A command that runs an engine with a host name, processes and mounts of its own. Networks of a Swarm need the
/// namespace's own `/sys`, and containers the control groups that are mounted in this machine's.
fn node_program(namespace: &Namespace, folder: &Path, place: usize) -> std::process::Command {
    let groups = folder.join("groups");
    std::fs::create_dir(&groups).unwrap();
    let groups = groups.display();
    let script = format!(
        "hostname {} && mount --rbind /sys/fs/cgroup {groups} && mount -t sysfs sysfs /sys && \
         mount --move {groups} /sys/fs/cgroup && exec {} \"$@\"",
        Swarm::name(place),
        Daemon::program().display()
    );
    let mut program = namespace.program("unshare");
    program.args(["--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", &script, "sh"]);
    program
}

fn inner_address(place: usize) -> String {
    format!("10.214.0.{}", place + 1)
}

impl Switch {
    fn new(name: &str) -> Self {
        ip(&format!("netns add {name}"));
        let switch = Self(name.to_owned());
        ip(&format!("-n {name} link add switch type bridge"));
        ip(&format!("-n {name} link set switch up"));
        switch
    }

    fn join(&self, namespace: &Namespace, place: usize) {
        let (switch, node, port) = (&self.0, namespace.name(), format!("port{place}"));
        ip(&format!("-n {switch} link add {port} type veth peer name eth1 netns {node}"));
        ip(&format!("-n {switch} link set {port} master switch up"));
        ip(&format!("-n {node} addr add {}/24 dev eth1", inner_address(place)));
        ip(&format!("-n {node} link set eth1 up"));
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        run(command("ip").args(["netns", "delete", &self.0]), b"");
    }
}
