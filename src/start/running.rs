//! Which taps run, judged by the labels of their containers, and which of them a command means.
//!
//! Labels stay when the branch is changed or the files go, so a tap can always be found and stopped.

use serde::Serialize;

use crate::border::compose::overlay::{
    LABEL_BRANCH, LABEL_MAIN_SERVICE, LABEL_PROJECT, LABEL_SERVICE, LABEL_TAG, LABEL_TAP, LABEL_TAP_PLAN,
    LABEL_WORKSPACE,
};
use crate::border::engine::EngineContainer;
use crate::error::{Error, Result, nearest};

/// A tap that was started on a branch, and its containers, whatever state they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The tap's name.
    pub tap: String,
    /// The branch, as git names it.
    pub branch: String,
    /// The branch's tag.
    pub tag: String,
    /// The plan, if the tap had variants when it was started.
    pub plan: Option<String>,
    /// The root folder of the workspace.
    pub workspace: String,
    /// The Compose project.
    pub project: String,
    /// The containers, sorted by service and name.
    pub containers: Vec<EngineContainer>,
}

/// Groups containers by workspace, tap, branch and plan, sorted by these. Containers without keg's labels are left out.
pub fn running(containers: impl IntoIterator<Item = EngineContainer>) -> Vec<Running> {
    let mut list: Vec<Running> = Vec::new();
    for container in containers {
        let label = |name: &str| container.labels.get(name).cloned().unwrap_or_default();
        let project = label(LABEL_PROJECT);
        if project.is_empty() || !container.labels.contains_key(LABEL_TAP) {
            continue;
        }
        match list.iter_mut().find(|running| running.project == project) {
            Some(running) => running.containers.push(container),
            None => list.push(Running {
                tap: label(LABEL_TAP),
                branch: label(LABEL_BRANCH),
                tag: label(LABEL_TAG),
                plan: Some(label(LABEL_TAP_PLAN)).filter(|plan| !plan.is_empty()),
                workspace: label(LABEL_WORKSPACE),
                project,
                containers: vec![container],
            }),
        }
    }
    for running in &mut list {
        running.containers.sort_by(|one, other| (service(one), &one.name).cmp(&(service(other), &other.name)));
    }
    list.sort_by(|one, other| {
        let place = |one: &Running| (one.workspace.clone(), one.tap.clone(), one.branch.clone(), one.tag.clone());
        place(one).cmp(&place(other))
    });
    list
}

impl Running {
    /// The service that runs the tap's image.
    pub fn main_service(&self) -> &str {
        let named = self.containers.iter().find_map(|container| container.labels.get(LABEL_MAIN_SERVICE));
        named.map(String::as_str).or_else(|| self.containers.first().map(service)).unwrap_or_default()
    }

    /// What programs are told of it: `KEG_TAP`, `KEG_BRANCH`, `KEG_TAG`, `KEG_PLAN`.
    pub fn variables(&self) -> Vec<(String, String)> {
        let of = [("KEG_TAP", &self.tap), ("KEG_BRANCH", &self.branch), ("KEG_TAG", &self.tag)];
        let plan = self.plan.as_ref().map(|plan| ("KEG_PLAN", plan));
        of.into_iter().chain(plan).map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// The running container of a service; the first one if there are several.
    ///
    /// # Errors
    /// As [`require_service`](Self::require_service).
    pub fn container(&self, wanted: &str) -> Result<&EngineContainer> {
        self.require_service(wanted)?;
        let mut of_service = self.containers.iter().filter(|container| service(container) == wanted);
        of_service
            .find(|container| container.state == "running")
            .ok_or_else(|| Error::request(format!("{wanted} of {} is not running", self.tap)))
    }

    /// Whether a container of `wanted` runs.
    ///
    /// # Errors
    /// None is, with the services that are.
    pub fn require_service(&self, wanted: &str) -> Result<()> {
        self.require_known(wanted)?;
        let mut of_service = self.containers.iter().filter(|container| service(container) == wanted);
        if of_service.clone().any(|container| container.state == "running") {
            return Ok(());
        }
        let state = of_service.next().map_or("gone", |container| container.state.as_str());
        Err(Error::request(format!("{wanted} of {} is not running: it is {state}", self.tap))
            .help(format!("keg logs {0} shows why; keg restart {0} starts it anew", self.tap)))
    }

    /// Whether there is a container of `wanted`, in whatever state.
    ///
    /// # Errors
    /// There is none, with the services that there are.
    pub fn require_known(&self, wanted: &str) -> Result<()> {
        let mut services: Vec<&str> = self.containers.iter().map(service).collect();
        services.dedup();
        if services.contains(&wanted) {
            return Ok(());
        }
        let error = Error::request(format!("{} on branch {} has no service `{wanted}`", self.tap, self.branch));
        Err(match nearest(wanted, services.iter().copied()) {
            Some(near) => error.help(format!("Did you mean `{near}`? Its services are: {}.", services.join(", "))),
            None => error.help(format!("Its services are: {}.", services.join(", "))),
        })
    }
}

/// The service that a container belongs to.
pub fn service(container: &EngineContainer) -> &str {
    container.labels.get(LABEL_SERVICE).map_or("", String::as_str)
}

/// Which of a tap's branches a command means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// The one with this branch or tag.
    Branch(&'a str),
    /// The only one, else the current branch's, where there is one.
    Current(Option<&'a str>),
}

/// The running taps that are meant; none when nothing that fits runs.
///
/// # Errors
/// Several branches of the tap run, or several plans of one, and nothing says which is meant.
pub fn choose<'a>(running: &'a [Running], tap: &str, which: Which<'_>) -> Result<Vec<&'a Running>> {
    let of_tap: Vec<&Running> = running.iter().filter(|one| one.tap == tap).collect();
    let on = |name: &str| -> Vec<&Running> {
        let on_branch: Vec<&Running> = of_tap.iter().copied().filter(|one| one.branch == name).collect();
        let with_tag = of_tap.iter().copied().filter(|one| one.tag == name);
        if on_branch.is_empty() { with_tag.take(1).collect() } else { on_branch }
    };
    let only = |found: Vec<&'a Running>| match found.as_slice() {
        [first, _, ..] => {
            let tags: Vec<String> = found.iter().map(|one| format!("--branch {}", one.tag)).collect();
            Err(Error::request(format!("{tap} runs by {} plans on the branch {}", found.len(), first.branch))
                .help(format!("Say which one is meant: {}.", tags.join(", "))))
        }
        _ => Ok(found),
    };
    match which {
        Which::All => Ok(of_tap),
        Which::Branch(name) => only(on(name)),
        Which::Current(_) if of_tap.len() < 2 => Ok(of_tap),
        Which::Current(current) => match current.map(on).filter(|found| !found.is_empty()) {
            Some(found) => only(found),
            None => {
                let branches: Vec<String> = of_tap.iter().map(|one| format!("--branch {}", one.branch)).collect();
                Err(Error::request(format!("{tap} runs on {} branches, and none is the current one", of_tap.len()))
                    .help(format!("Say which one is meant: {}.", branches.join(", "))))
            }
        },
    }
}

/// The one running tap that is meant, for commands that need it to run.
///
/// # Errors
/// It does not run, or several do and nothing says which is meant.
pub fn choose_one<'a>(running: &'a [Running], tap: &str, which: Which<'_>) -> Result<&'a Running> {
    choose(running, tap, which)?.first().copied().ok_or_else(|| {
        let error = Error::request(match which {
            Which::Branch(branch) => format!("{tap} does not run on the branch {branch}"),
            _ => format!("{tap} does not run"),
        });
        match running.iter().find(|one| one.tap == tap) {
            Some(other) => error.help(format!("It runs on the branch {}.", other.branch)),
            None => error.help(format!("Start it with `keg start {tap}`.")),
        }
    })
}

/// One container of a tap, as `ps` and `start` show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The tap's name.
    pub tap: String,
    /// The branch.
    pub branch: String,
    /// The service.
    pub service: String,
    /// The container's name.
    pub container: String,
    /// The image that it was made from.
    pub image: String,
    /// Its state, with its health in brackets: `running (healthy)`.
    pub state: String,
    /// Published ports: `8080->80/tcp`.
    pub ports: Vec<String>,
    /// Addresses for a browser.
    pub urls: Vec<String>,
    /// The address behind the proxy, when that runs.
    pub proxy: Option<String>,
    /// The root folder of the workspace.
    pub workspace: String,
}

/// The containers of running taps, a row each. `host` is where published ports are reached.
pub fn rows<'a>(running: impl IntoIterator<Item = &'a Running>, host: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for one in running {
        rows.extend(one.containers.iter().map(|container| Row {
            tap: one.tap.clone(),
            branch: one.branch.clone(),
            service: service(container).to_owned(),
            container: container.name.clone(),
            image: container.image.clone(),
            state: state(container),
            ports: ports(container),
            urls: urls(container, host),
            proxy: None,
            workspace: one.workspace.clone(),
        }));
    }
    rows
}

impl Row {
    /// Where it is reached, the address behind the proxy first.
    pub fn addresses(&self) -> String {
        self.proxy.iter().chain(&self.urls).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// The state, with the health in brackets: `running (healthy)`.
pub fn state(container: &EngineContainer) -> String {
    match &container.health {
        Some(health) => format!("{} ({health})", container.state),
        None => container.state.clone(),
    }
}

/// `8080->80/tcp`; an address is shown only where the port is not open to all.
fn ports(container: &EngineContainer) -> Vec<String> {
    let mut ports: Vec<String> = Vec::new();
    for port in &container.ports {
        let address = match port.host_ip.as_str() {
            "" | "0.0.0.0" | "::" => String::new(),
            other if other.contains(':') => format!("[{other}]:"),
            other => format!("{other}:"),
        };
        let text = format!("{address}{}->{}/{}", port.host_port, port.container_port, port.protocol);
        if !ports.contains(&text) {
            ports.push(text);
        }
    }
    ports
}

/// `http://localhost:8080` for each published TCP port.
pub fn urls(container: &EngineContainer, host: &str) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for port in container.ports.iter().filter(|port| port.protocol == "tcp") {
        let address = match port.host_ip.as_str() {
            "" | "0.0.0.0" | "::" | "127.0.0.1" | "::1" => host.to_owned(),
            other if other.contains(':') => format!("[{other}]"),
            other => other.to_owned(),
        };
        let url = format!("http://{address}:{}", port.host_port);
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

/// Where published ports are reached: this machine, or the one that `DOCKER_HOST` names.
pub fn host(docker_host: &str) -> String {
    let address = match docker_host.split_once("://") {
        Some(("tcp" | "ssh" | "http" | "https", address)) => address,
        _ => return "localhost".to_owned(),
    };
    let authority = address.split('/').next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => format!("[{host}]"),
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    };
    match host.as_str() {
        "" | "127.0.0.1" | "[::1]" => "localhost".to_owned(),
        _ => host,
    }
}

#[cfg(test)]
mod tests;
