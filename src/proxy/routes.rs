//! Which host name leads to which container, read from the labels that `keg start` gave it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_PROXY_HOST, LABEL_PROXY_PORT, LABEL_TAP, LABEL_WORKSPACE};
use crate::border::engine::{PublishedPort, ServingContainer};
use crate::start::running::{service, state};

/// A host name and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The host name with its domain, in lower case.
    pub host: String,
    /// The tap's name.
    pub tap: String,
    /// The branch, as git names it.
    pub branch: String,
    /// The service.
    pub service: String,
    /// The container's name.
    pub container: String,
    /// The container's state, with its health in brackets.
    pub state: String,
    /// The root folder of the workspace.
    pub workspace: String,
    /// Where requests go, or why they cannot go anywhere.
    pub place: Result<Place, Trouble>,
}

/// Where a container is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// An address or a name.
    pub host: String,
    /// The port there.
    pub port: u16,
}

/// Why a container gets no requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It does not run; in this state it is instead.
    NotRunning(String),
    /// Nothing says on which port it listens.
    NoPort,
    /// It may listen on any of these ports.
    SeveralPorts(Vec<u16>),
    /// Neither the container nor a published port can be reached from here.
    OutOfReach(u16),
}

/// What of the engine can be reached from this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Addresses of the engine's networks that this machine has itself: what is in such a network is reached directly.
    pub gateways: BTreeSet<IpAddr>,
    /// Where ports are published; `None` is this machine.
    pub host: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRunning(state) => write!(f, "its container is {state}"),
            Self::NoPort => f.write_str("nothing says on which port it listens"),
            Self::SeveralPorts(ports) => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                write!(f, "it may listen on any of the ports {}", ports.join(", "))
            }
            Self::OutOfReach(port) => {
                write!(f, "its container cannot be reached from here, and it does not publish port {port}")
            }
        }
    }
}

impl Trouble {
    /// What to do about it.
    pub fn remedy(&self, tap: &str) -> String {
        match self {
            Self::NotRunning(_) => format!("keg logs {tap} shows why; keg start {tap} starts it"),
            Self::NoPort => format!("write the port in tap.yml of {tap}: proxy: {{port: 8080}}"),
            Self::SeveralPorts(ports) => {
                let port = ports.first().copied().unwrap_or(8080);
                format!("say which one in tap.yml of {tap}: proxy: {{port: {port}}}")
            }
            Self::OutOfReach(port) => {
                format!("publish it in the compose file of {tap}: ports: [\"127.0.0.1::{port}\"]")
            }
        }
    }
}

impl Serialize for Route {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({
            "host": self.host,
            "tap": self.tap,
            "branch": self.branch,
            "service": self.service,
            "container": self.container,
            "state": self.state,
            "workspace": self.workspace,
            "target": self.place.as_ref().ok().map(Place::to_string),
            "trouble": self.place.as_ref().err().map(Trouble::to_string),
        })
        .serialize(serializer)
    }
}

/// The routes to containers that have a name, sorted by host. Of several containers with one name that runs is taken.
pub fn routes(containers: &[ServingContainer], reach: &Reach) -> Vec<Route> {
    let mut routes: Vec<Route> = containers.iter().filter_map(|container| route(container, reach)).collect();
    routes.sort_by(|one, other| {
        let key = |route: &Route| (route.host.clone(), Reverse(route.place.is_ok()), route.container.clone());
        key(one).cmp(&key(other))
    });
    routes.dedup_by(|later, first| later.host == first.host);
    routes
}

fn route(serving: &ServingContainer, reach: &Reach) -> Option<Route> {
    let container = &serving.container;
    let label = |name: &str| container.labels.get(name).cloned();
    Some(Route {
        host: label(LABEL_PROXY_HOST)?.to_ascii_lowercase(),
        tap: label(LABEL_TAP)?,
        branch: label(LABEL_BRANCH).unwrap_or_default(),
        service: service(container).to_owned(),
        container: container.name.clone(),
        state: state(container),
        workspace: label(LABEL_WORKSPACE).unwrap_or_default(),
        place: place(serving, reach),
    })
}

fn place(serving: &ServingContainer, reach: &Reach) -> Result<Place, Trouble> {
    let container = &serving.container;
    if container.state != "running" {
        return Err(Trouble::NotRunning(container.state.clone()));
    }
    let port = port(serving)?;
    let local = || reach.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
    if serving.has_host_network {
        return Ok(Place { host: local(), port });
    }
    let here = serving.networks.iter().find(|network| network.gateway.is_some_and(|it| reach.gateways.contains(&it)));
    if let Some(network) = here {
        return Ok(Place { host: network.address.to_string(), port });
    }
    let published = container.ports.iter().find(|published| is_tcp(published) && published.container_port == port);
    let published = published.ok_or(Trouble::OutOfReach(port))?;
    let host = match (published.host_ip.as_str(), &reach.host) {
        ("" | "0.0.0.0" | "127.0.0.1", _) => local(),
        ("::" | "::1", None) => "::1".to_owned(),
        ("::" | "::1", Some(host)) => host.clone(),
        (other, _) => other.to_owned(),
    };
    Ok(Place { host, port: published.host_port })
}

/// The port of the label, else the only published one, else the only one that the image exposes.
fn port(serving: &ServingContainer) -> Result<u16, Trouble> {
    let container = &serving.container;
    if let Some(port) = container.labels.get(LABEL_PROXY_PORT).and_then(|port| port.parse().ok()) {
        return Ok(port);
    }
    let published: BTreeSet<u16> =
        container.ports.iter().filter(|port| is_tcp(port)).map(|port| port.container_port).collect();
    let exposed: BTreeSet<u16> = serving.tcp_ports.iter().copied().collect();
    match (published.len(), exposed.len()) {
        (1, _) => Ok(published.into_iter().next().unwrap_or_default()),
        (0, 1) => Ok(exposed.into_iter().next().unwrap_or_default()),
        (0, 0) => Err(Trouble::NoPort),
        (0, _) => Err(Trouble::SeveralPorts(exposed.into_iter().collect())),
        _ => Err(Trouble::SeveralPorts(published.into_iter().collect())),
    }
}

fn is_tcp(port: &PublishedPort) -> bool {
    port.protocol == "tcp"
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::border::compose::overlay::LABEL_SERVICE;
    use crate::border::engine::{AttachedNetwork, EngineContainer};

    /// A running container of `tap` in a network of this machine, that exposes a port.
    pub(in crate::proxy) fn serving(tap: &str, branch: &str, ports: &[u16]) -> ServingContainer {
        let labels = [
            (LABEL_TAP, tap.to_owned()),
            (LABEL_BRANCH, branch.to_owned()),
            (LABEL_WORKSPACE, "/w".to_owned()),
            (LABEL_SERVICE, "web".to_owned()),
            (LABEL_PROXY_HOST, format!("{tap}-{branch}.localhost")),
        ];
        ServingContainer {
            container: EngineContainer {
                id: "1".into(),
                name: format!("{tap}-{branch}-1"),
                image_id: String::new(),
                image: String::new(),
                state: "running".into(),
                health: None,
                labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                ports: Vec::new(),
                created: 0,
            },
            tcp_ports: ports.to_vec(),
            networks: vec![AttachedNetwork {
                address: "172.18.0.2".parse().unwrap(),
                gateway: Some("172.18.0.1".parse().unwrap()),
            }],
            has_host_network: false,
        }
    }

    fn here() -> Reach {
        Reach { gateways: ["172.18.0.1".parse().unwrap()].into(), host: None }
    }

    fn publish(serving: &mut ServingContainer, host_ip: &str, host_port: u16, container_port: u16, protocol: &str) {
        let protocol = protocol.to_owned();
        let port = PublishedPort { host_ip: host_ip.to_owned(), host_port, container_port, protocol };
        serving.container.ports.push(port);
    }

    fn shown(serving: &ServingContainer, reach: &Reach) -> String {
        match &routes(std::slice::from_ref(serving), reach)[0].place {
            Ok(place) => place.to_string(),
            Err(trouble) => trouble.to_string(),
        }
    }

    #[test]
    fn the_port_follows_from_label_published_and_exposed_ports() {
        let mut web = serving("web", "main", &[]);
        assert_eq!(shown(&web, &here()), "nothing says on which port it listens");
        web.tcp_ports = vec![8080];
        assert_eq!(shown(&web, &here()), "172.18.0.2:8080");
        web.tcp_ports = vec![80, 443];
        assert_eq!(shown(&web, &here()), "it may listen on any of the ports 80, 443");
        publish(&mut web, "0.0.0.0", 18080, 443, "tcp");
        publish(&mut web, "::", 18080, 443, "tcp");
        publish(&mut web, "0.0.0.0", 18081, 53, "udp");
        assert_eq!(shown(&web, &here()), "172.18.0.2:443");
        publish(&mut web, "0.0.0.0", 18082, 80, "tcp");
        assert_eq!(shown(&web, &here()), "it may listen on any of the ports 80, 443");
        web.container.labels.insert(LABEL_PROXY_PORT.to_owned(), "9000".to_owned());
        assert_eq!(shown(&web, &here()), "172.18.0.2:9000");
    }

    #[test]
    fn a_container_elsewhere_is_reached_through_its_published_port() {
        let mut web = serving("web", "main", &[8080]);
        let nowhere = Reach::default();
        assert_eq!(
            shown(&web, &nowhere),
            "its container cannot be reached from here, and it does not publish port 8080"
        );
        publish(&mut web, "127.0.0.1", 18080, 8080, "tcp");
        assert_eq!(shown(&web, &nowhere), "127.0.0.1:18080");
        let remote = Reach { gateways: BTreeSet::new(), host: Some("box".to_owned()) };
        assert_eq!(shown(&web, &remote), "box:18080");
        web.container.ports[0].host_ip = "::".to_owned();
        assert_eq!(shown(&web, &nowhere), "[::1]:18080");
        web.container.ports[0].host_ip = "10.0.0.7".to_owned();
        assert_eq!(shown(&web, &remote), "10.0.0.7:18080");
        web.has_host_network = true;
        assert_eq!(shown(&web, &nowhere), "127.0.0.1:8080");
    }

    #[test]
    fn one_route_for_each_name_and_it_runs_if_any_does() {
        let mut ended = serving("web", "main", &[80]);
        ended.container.name = "a".to_owned();
        ended.container.state = "exited".to_owned();
        assert_eq!(shown(&ended, &here()), "its container is exited");
        let mut unnamed = serving("db", "main", &[5432]);
        unnamed.container.labels.remove(LABEL_PROXY_HOST);
        let list = routes(&[ended, serving("web", "main", &[80]), unnamed, serving("api", "main", &[80])], &here());
        let shown: Vec<_> = list.iter().map(|route| (route.host.as_str(), route.container.as_str())).collect();
        assert_eq!(shown, [("api-main.localhost", "api-main-1"), ("web-main.localhost", "web-main-1")]);
    }

    #[test]
    fn every_trouble_has_a_remedy() {
        for trouble in [
            Trouble::NotRunning("exited".to_owned()),
            Trouble::NoPort,
            Trouble::SeveralPorts(vec![80, 443]),
            Trouble::OutOfReach(80),
        ] {
            assert!(trouble.remedy("web").contains("web"), "{trouble}");
        }
        assert!(Trouble::SeveralPorts(vec![80, 443]).remedy("web").ends_with("proxy: {port: 80}"));
    }
}
