//! Which taps a Swarm runs, by the labels of their services, and which of them a command means.

use serde::Serialize;

use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_MAIN_SERVICE, LABEL_TAG, LABEL_TAP, LABEL_TAP_PLAN};
use crate::border::engine::{SwarmService, SwarmTask};
use crate::error::{Error, Result, nearest};
use crate::reference::Reference;

/// A tap that was deployed from a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The stack.
    pub stack: String,
    /// The tap's name.
    pub tap: String,
    /// The branch, as git names it.
    pub branch: String,
    /// The branch's tag.
    pub tag: String,
    /// The plan, if the tap has variants.
    pub plan: Option<String>,
    /// Its services, sorted by name.
    pub services: Vec<SwarmService>,
}

/// Groups services by stack, sorted by tap and branch; services without keg's labels are left out.
pub fn deployed(services: Vec<SwarmService>) -> Vec<Deployed> {
    let mut list: Vec<Deployed> = Vec::new();
    for service in services {
        let label = |name: &str| service.labels.get(name).cloned().unwrap_or_default();
        if service.stack.is_empty() || label(LABEL_TAP).is_empty() {
            continue;
        }
        match list.iter_mut().find(|one| one.stack == service.stack) {
            Some(one) => one.services.push(service),
            None => list.push(Deployed {
                stack: service.stack.clone(),
                tap: label(LABEL_TAP),
                branch: label(LABEL_BRANCH),
                tag: label(LABEL_TAG),
                plan: Some(label(LABEL_TAP_PLAN)).filter(|plan| !plan.is_empty()),
                services: vec![service],
            }),
        }
    }
    list.sort_by(|one, other| (&one.tap, &one.branch).cmp(&(&other.tap, &other.branch)));
    list
}

/// The name of a service as its compose file has it.
pub fn short_name(service: &SwarmService) -> &str {
    service.name.strip_prefix(&format!("{}_", service.stack)).unwrap_or(&service.name)
}

/// Whether a service runs the tap's own image.
pub fn is_main(service: &SwarmService) -> bool {
    service.labels.get(LABEL_MAIN_SERVICE).is_some_and(|main| main == short_name(service))
}

/// `web.2` of the second replica; `web` and the node where one runs on each.
pub fn task_name(service: &SwarmService, task: &SwarmTask) -> String {
    match task.slot {
        Some(slot) => format!("{}.{slot}", short_name(service)),
        None => format!("{}@{}", short_name(service), task.node),
    }
}

/// The deployments of `tap` that are meant: all, that of `--branch`, or the only one, else that of the current branch.
///
/// # Errors
/// It is not deployed, or not from that branch; there are several, and nothing says which is meant.
pub fn choose<'a>(
    list: &'a [Deployed],
    tap: &str,
    branch: Option<&str>,
    current: Option<&str>,
    all: bool,
) -> Result<Vec<&'a Deployed>> {
    let of_tap: Vec<&Deployed> = list.iter().filter(|one| one.tap == tap).collect();
    let branches: Vec<&str> = of_tap.iter().map(|one| one.branch.as_str()).collect();
    if of_tap.is_empty() {
        let error = Error::request(format!("{tap} is not deployed in this Swarm"));
        return Err(match nearest(tap, list.iter().map(|one| one.tap.as_str())) {
            Some(near) => error.help(format!("did you mean {near}? keg deploy status shows all")),
            None => error.help(format!("keg deploy {tap} deploys it; keg deploy status shows what is")),
        });
    }
    if all {
        return Ok(of_tap);
    }
    let of = |branch: &str| of_tap.iter().filter(|one| one.branch == branch).copied().collect::<Vec<_>>();
    match (branch, of_tap.len(), current) {
        (Some(branch), ..) => match of(branch) {
            found if found.is_empty() => Err(Error::request(format!("{tap} is not deployed from the branch {branch}"))
                .help(format!("it is from {}", branches.join(", ")))),
            found => Ok(found),
        },
        (None, 1, _) => Ok(of_tap),
        (None, _, Some(current)) if !of(current).is_empty() => Ok(of(current)),
        _ => Err(Error::request(format!("{tap} is deployed from several branches: {}", branches.join(", ")))
            .help(format!("say which is meant: --branch {}", branches.first().copied().unwrap_or_default()))),
    }
}

/// A task in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The tap.
    pub tap: String,
    /// The branch that it was deployed from.
    pub branch: String,
    /// The stack.
    pub stack: String,
    /// The service.
    pub service: String,
    /// How many tasks run, and how many should.
    pub running: u64,
    /// How many should.
    pub replicas: u64,
    /// How far the last update is, if there was one.
    pub update: Option<String>,
    /// The image with its tag.
    pub image: String,
    /// The image's digest.
    pub digest: Option<String>,
    /// Where it answers.
    pub urls: Vec<String>,
    /// The containers.
    pub tasks: Vec<TaskRow>,
}

/// A container of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskRow {
    /// Its name: `web.1`.
    pub name: String,
    /// Its state.
    pub state: String,
    /// Its node.
    pub node: String,
    /// Its image's digest.
    pub digest: Option<String>,
    /// Since when it is in this state, in seconds since 1970.
    pub since: i64,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// Rows of a deployment; `host` is where ports of the Swarm are reached.
pub fn rows(deployed: &Deployed, host: &str) -> Vec<Row> {
    let row = |service: &SwarmService| {
        let (image, digest) = split(&service.image);
        let shown = |task: &&SwarmTask| task.is_wanted && !task.is_lost;
        Row {
            tap: deployed.tap.clone(),
            branch: deployed.branch.clone(),
            stack: deployed.stack.clone(),
            service: short_name(service).to_owned(),
            running: running(service),
            replicas: service.replicas.unwrap_or(service.desired),
            update: service.update.as_ref().map(|update| update.state.clone()),
            image,
            digest,
            urls: urls(service, host),
            tasks: service.tasks.iter().filter(shown).map(|task| task_row(service, task)).collect(),
        }
    };
    deployed.services.iter().map(row).collect()
}

/// How many tasks of a service run on nodes that are there.
pub fn running(service: &SwarmService) -> u64 {
    service.tasks.iter().filter(|task| task.is_wanted && task.state == "running" && !task.is_lost).count() as u64
}

fn task_row(service: &SwarmService, task: &SwarmTask) -> TaskRow {
    TaskRow {
        name: task_name(service, task),
        state: task.state.clone(),
        node: task.node.clone(),
        digest: split(&task.image).1,
        since: task.since,
        error: task.error.clone(),
    }
}

/// Where a service answers: on `host`, which stands for every node, or on each node that runs it.
fn urls(service: &SwarmService, host: &str) -> Vec<String> {
    let mut urls = Vec::new();
    for port in service.ports.iter().filter(|port| port.protocol == "tcp") {
        if !port.host_mode {
            urls.push(url(host, port.published));
            continue;
        }
        let runs = service.tasks.iter().filter(|task| task.is_wanted && task.state == "running" && !task.is_lost);
        urls.extend(runs.filter(|task| !task.address.is_empty()).map(|task| url(&task.address, port.published)));
    }
    urls.dedup();
    urls
}

/// The address of a port; one of IPv6 may be in brackets or not.
fn url(host: &str, port: u16) -> String {
    let is_bare = host.contains(':') && !host.starts_with('[');
    if is_bare { format!("http://[{host}]:{port}") } else { format!("http://{host}:{port}") }
}

/// An image's name with its tag, and its digest.
pub fn split(image: &str) -> (String, Option<String>) {
    match Reference::parse(image) {
        Ok(reference) => {
            let digest = reference.digest().map(str::to_owned);
            let named = Reference::parse(image.split('@').next().unwrap_or(image));
            (named.map_or_else(|_| image.to_owned(), |named| named.familiar()), digest)
        }
        Err(_) => (image.to_owned(), None),
    }
}

#[cfg(test)]
mod tests;
