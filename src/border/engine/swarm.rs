//! What a Swarm knows: its nodes, and the services of stacks with their tasks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::models::{
    EndpointPortConfig, EndpointPortConfigPublishModeEnum, LocalNodeState, NodeState, ObjectVersion, Service,
    ServiceSpec, ServiceSpecMode, Task, TaskSpec, TaskSpecRestartPolicyConditionEnum, TaskState,
};
use bollard::query_parameters::{
    InspectServiceOptions, ListNodesOptions, ListServicesOptionsBuilder, ListTasksOptionsBuilder, LogsOptionsBuilder,
    UpdateServiceOptionsBuilder,
};
use futures_util::StreamExt;

use super::Engine;
use crate::error::{Error, Result};

/// The label that Docker's client gives to everything of a stack.
pub const LABEL_STACK: &str = "com.docker.stack.namespace";

/// The engine's part in a Swarm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// Whether it belongs to a Swarm at all, and is neither locked nor lost.
    pub is_member: bool,
    /// Whether it takes orders for the Swarm.
    pub is_manager: bool,
    /// Addresses of the managers that it knows.
    pub managers: Vec<String>,
    /// What is wrong with it, as the engine says.
    pub trouble: Option<String>,
    /// How many nodes the Swarm has, as far as it knows.
    pub nodes: i64,
}

/// A service of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwarmService {
    /// Its id.
    pub id: String,
    /// Its name: `<stack>_<service>`.
    pub name: String,
    /// The stack.
    pub stack: String,
    /// Its own labels, which are not those of its containers.
    pub labels: BTreeMap<String, String>,
    /// The image that its tasks are to run, with tag and digest.
    pub image: String,
    /// How many tasks are to run, or to do their work; `None` is one on each node.
    pub replicas: Option<u64>,
    /// How many tasks the Swarm wants to run at the moment.
    pub desired: u64,
    /// Whether a task that ends by itself is replaced.
    pub restarts: bool,
    /// How far its last update is; `None` where it has had none since it was last changed.
    pub update: Option<Update>,
    /// Published ports.
    pub ports: Vec<SwarmPort>,
    /// Whether its containers have a terminal.
    pub terminal: bool,
    /// Its tasks, those of earlier times among them, sorted by slot, node and age.
    pub tasks: Vec<SwarmTask>,
}

/// How far an update of a service is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// `updating`, `completed`, `paused`, `rollback_started`, `rollback_paused` or `rollback_completed`.
    pub state: String,
    /// What the Swarm says about it.
    pub message: String,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SwarmPort {
    /// The port of the node.
    pub published: u16,
    /// The port in the container.
    pub target: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Whether only nodes with a task of the service answer there.
    pub host_mode: bool,
}

/// One container of a service, as the Swarm sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwarmTask {
    /// Its id.
    pub id: String,
    /// Its place among the replicas, which jobs count from 0; `None` where one runs on each node.
    pub slot: Option<i64>,
    /// The host name of its node; empty while it has none.
    pub node: String,
    /// The address of its node.
    pub address: String,
    /// The image, with tag and digest.
    pub image: String,
    /// `new`, `pending`, `preparing`, `starting`, `running`, `complete`, `failed`, `rejected`, `shutdown` and so on.
    pub state: String,
    /// Whether the Swarm wants it to run; of a job, whether it is one of the last run and not given up.
    pub is_wanted: bool,
    /// Whether it is as the service is to be now.
    pub is_current: bool,
    /// Why it failed, or why it has no node yet.
    pub error: Option<String>,
    /// Since when it is in this state, in seconds since 1970.
    pub since: i64,
    /// Whether its node has gone.
    pub is_lost: bool,
}

/// A node, as far as its tasks need it.
#[derive(Debug, Default)]
struct Node {
    name: String,
    address: String,
    is_down: bool,
}

impl Engine {
    /// The engine's part in a Swarm.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn membership(&self) -> Result<Membership> {
        let info = self.docker.info().await.map_err(|error| self.error("asking the engine for its Swarm", error))?;
        let Some(swarm) = info.swarm else { return Ok(Membership::default()) };
        Ok(Membership {
            is_member: swarm.local_node_state == Some(LocalNodeState::ACTIVE),
            is_manager: swarm.control_available.unwrap_or_default(),
            managers: swarm.remote_managers.into_iter().flatten().filter_map(|manager| manager.addr).collect(),
            trouble: swarm.error.filter(|text| !text.is_empty()),
            nodes: swarm.nodes.unwrap_or_default(),
        })
    }

    /// The services that have all these labels, each `name` or `name=value`, with their tasks; sorted by name.
    ///
    /// # Errors
    /// It is no manager of a Swarm, or it is out of reach.
    pub async fn swarm_services(&self, label_filters: &[String]) -> Result<Vec<SwarmService>> {
        let doing = "listing the services of the Swarm";
        let filters = HashMap::from([("label".to_owned(), label_filters.to_vec())]);
        let options = ListServicesOptionsBuilder::default().filters(&filters).status(true).build();
        let services = self.docker.list_services(Some(options)).await.map_err(|error| self.error(doing, error))?;
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = services.iter().filter_map(|service| service.id.clone()).collect();
        let filters = HashMap::from([("service".to_owned(), ids)]);
        let options = ListTasksOptionsBuilder::default().filters(&filters).build();
        let (tasks, nodes) = tokio::join!(self.docker.list_tasks(Some(options)), self.nodes());
        let (tasks, nodes) = (tasks.map_err(|error| self.error(doing, error))?, nodes?);
        let mut list: Vec<SwarmService> = services.into_iter().map(|one| service(one, &tasks, &nodes)).collect();
        list.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(list)
    }

    /// How many containers of a stack the Swarm still knows, in whatever state unless they have done their work: on nodes that are there, and on those that
    /// have gone.
    ///
    /// # Errors
    /// It is no manager of a Swarm, or it is out of reach.
    pub async fn stack_tasks(&self, stack: &str) -> Result<(usize, usize)> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{LABEL_STACK}={stack}")])]);
        let options = ListTasksOptionsBuilder::default().filters(&filters).build();
        let tasks = self.docker.list_tasks(Some(options)).await;
        let mut tasks = tasks.map_err(|error| self.error("listing the tasks of the Swarm", error))?;
        // Some engines remember what jobs have done for ever.
        tasks.retain(|task| task.job_iteration.is_none() || !has_ended(task));
        let nodes = self.nodes().await?;
        let is_lost =
            |task: &&Task| task.node_id.as_ref().and_then(|id| nodes.get(id)).is_some_and(|node| node.is_down);
        let lost = tasks.iter().filter(is_lost).count();
        Ok((tasks.len() - lost, lost))
    }

    async fn nodes(&self) -> Result<HashMap<String, Node>> {
        let nodes = self.docker.list_nodes(None::<ListNodesOptions>).await;
        let nodes = nodes.map_err(|error| self.error("listing the nodes of the Swarm", error))?;
        Ok(nodes.into_iter().filter_map(node).collect())
    }

    /// Has the Swarm go back to what a service was before its last change. It returns before that is done.
    ///
    /// # Errors
    /// It has never been changed, it is changed at this moment, or the engine is out of reach.
    pub async fn take_back_service(&self, service: &str) -> Result<()> {
        let doing = format!("taking back the service {service}");
        let found = self.docker.inspect_service(service, None::<InspectServiceOptions>).await;
        let found = found.map_err(|error| self.error(&doing, error))?;
        let version = found.version.and_then(|version| version.index).unwrap_or_default();
        let options = UpdateServiceOptionsBuilder::default()
            .version(i32::try_from(version).unwrap_or_default())
            .registry_auth_from("previous-spec")
            .rollback("previous")
            .build();
        let updated = self.docker.update_service(service, found.spec.unwrap_or_default(), options, None).await;
        updated.map(|_| ()).map_err(|error| self.error(&doing, error))
    }

    /// The last `count` lines that a task printed, on whatever node it is or was.
    ///
    /// # Errors
    /// Its node does not answer, or the engine is out of reach.
    pub async fn task_log(&self, task: &str, count: usize) -> Result<Vec<String>> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&count.to_string()).build();
        let mut stream = std::pin::pin!(self.docker.task_logs(task, Some(options)));
        let mut text = Vec::new();
        while let Some(part) = stream.next().await {
            let part = part.map_err(|error| self.error(&format!("reading the log of the task {task}"), error))?;
            text.extend_from_slice(&part.into_bytes());
        }
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// Fails unless the engine takes orders for a Swarm.
    ///
    /// # Errors
    /// Just that, with what to do; the engine is out of reach.
    pub async fn require_manager(&self) -> Result<Membership> {
        let membership = self.membership().await?;
        if membership.is_member && membership.is_manager {
            return Ok(membership);
        }
        let address = self.address();
        if membership.is_member {
            let error = Error::request(format!("the engine at {address} is a worker of its Swarm, and no manager"));
            let managers = membership.managers.join(", ");
            return Err(error.help(format!("name a manager with --context NAME or DOCKER_HOST; there are {managers}")));
        }
        let error = Error::request(format!("the engine at {address} is in no Swarm"));
        let error = match membership.trouble {
            Some(trouble) => error.because(trouble),
            None => error,
        };
        Err(error.help("name a manager of your Swarm with --context NAME, or make this engine one: docker swarm init"))
    }
}

fn node(node: bollard::models::Node) -> Option<(String, Node)> {
    let status = node.status.unwrap_or_default();
    let name = node.description.and_then(|description| description.hostname).unwrap_or_default();
    let is_down = status.state == Some(NodeState::DOWN);
    Some((node.id?, Node { name, address: status.addr.unwrap_or_default(), is_down }))
}

fn service(service: Service, tasks: &[Task], nodes: &HashMap<String, Node>) -> SwarmService {
    let Service { id, spec, endpoint, update_status, service_status, job_status, .. } = service;
    let (id, spec) = (id.unwrap_or_default(), spec.unwrap_or_default());
    let ServiceSpec { name, labels, task_template, mode, .. } = spec;
    let labels: BTreeMap<String, String> = labels.unwrap_or_default().into_iter().collect();
    let mut template = task_template.unwrap_or_default();
    // Only the service says it, of what runs in both as a container.
    template.runtime = None;
    let job = job_status.map(|status| Job {
        is_replicated: mode.as_ref().is_some_and(|mode| mode.replicated_job.is_some()),
        run: run_of(status.job_iteration),
    });
    let own = tasks.iter().filter(|task| task.service_id.as_ref() == Some(&id));
    let mut tasks: Vec<SwarmTask> = own.map(|one| task(one, &template, job.as_ref(), nodes)).collect();
    tasks.sort_by(|one, other| {
        (one.slot, &one.node, one.since, &one.id).cmp(&(other.slot, &other.node, other.since, &other.id))
    });
    let wanted = tasks.iter().filter(|task| task.is_wanted).count();
    let condition = template.restart_policy.as_ref().and_then(|policy| policy.condition);
    SwarmService {
        stack: labels.get(LABEL_STACK).cloned().unwrap_or_default(),
        name: name.unwrap_or_default(),
        image: image(&template),
        replicas: replicas(mode.as_ref()),
        // What has done its work is wanted too.
        desired: service_status
            .and_then(|status| status.desired_tasks.filter(|_| job.is_none()))
            .unwrap_or(wanted as u64),
        restarts: job.is_none() && matches!(condition, None | Some(TaskSpecRestartPolicyConditionEnum::ANY)),
        update: update_status.and_then(|status| {
            let state = status.state.map(|state| state.to_string()).filter(|state| !state.is_empty())?;
            Some(Update { state, message: status.message.unwrap_or_default() })
        }),
        ports: ports(endpoint.and_then(|endpoint| endpoint.ports).unwrap_or_default()),
        terminal: template.container_spec.as_ref().and_then(|container| container.tty).unwrap_or_default(),
        labels,
        id,
        tasks,
    }
}

fn has_ended(task: &Task) -> bool {
    let state = task.status.as_ref().and_then(|status| status.state);
    let ended = [
        TaskState::COMPLETE,
        TaskState::FAILED,
        TaskState::REJECTED,
        TaskState::SHUTDOWN,
        TaskState::REMOVE,
        TaskState::ORPHANED,
    ];
    state.is_some_and(|state| ended.contains(&state))
}

fn replicas(mode: Option<&ServiceSpecMode>) -> Option<u64> {
    let mode = mode?;
    let replicas = match (&mode.replicated, &mode.replicated_job) {
        (Some(replicated), _) => replicated.replicas.unwrap_or_default(),
        (None, Some(job)) => job.total_completions.unwrap_or(1),
        (None, None) => return None,
    };
    u64::try_from(replicas).ok()
}

/// A service whose tasks do their work once, whenever it is deployed.
struct Job {
    is_replicated: bool,
    /// Tells its last run from earlier ones.
    run: u64,
}

fn run_of(iteration: Option<ObjectVersion>) -> u64 {
    iteration.and_then(|version| version.index).unwrap_or_default()
}

fn ports(ports: Vec<EndpointPortConfig>) -> Vec<SwarmPort> {
    let number = |port: Option<i64>| u16::try_from(port.unwrap_or_default()).ok().filter(|port| *port != 0);
    let ports = ports.into_iter().filter_map(|port| {
        Some(SwarmPort {
            published: number(port.published_port)?,
            target: number(port.target_port)?,
            protocol: port.protocol.map_or_else(|| "tcp".to_owned(), |protocol| protocol.to_string()),
            host_mode: port.publish_mode == Some(EndpointPortConfigPublishModeEnum::HOST),
        })
    });
    ports.collect::<BTreeSet<_>>().into_iter().collect()
}

fn image(template: &TaskSpec) -> String {
    template.container_spec.as_ref().and_then(|container| container.image.clone()).unwrap_or_default()
}

fn task(task: &Task, template: &TaskSpec, job: Option<&Job>, nodes: &HashMap<String, Node>) -> SwarmTask {
    let node = task.node_id.as_ref().and_then(|id| nodes.get(id));
    let status = task.status.as_ref();
    let spec = TaskSpec { runtime: None, ..task.spec.clone().unwrap_or_default() };
    let moment = status.and_then(|status| status.timestamp).map(|moment| moment.unix_timestamp());
    let error = status.and_then(|status| status.err.clone()).filter(|text| !text.is_empty());
    let is_of_run = job.is_none_or(|job| job.run == run_of(task.job_iteration.clone()));
    let wanted = if job.is_some() { TaskState::COMPLETE } else { TaskState::RUNNING };
    SwarmTask {
        id: task.id.clone().unwrap_or_default(),
        slot: match job {
            Some(job) => job.is_replicated.then(|| task.slot.unwrap_or_default()),
            None => task.slot.filter(|slot| *slot != 0),
        },
        node: node.map(|node| node.name.clone()).unwrap_or_default(),
        address: node.map(|node| node.address.clone()).unwrap_or_default(),
        image: image(&spec),
        state: status.and_then(|status| status.state).map(|state| state.to_string()).unwrap_or_default(),
        is_wanted: is_of_run && task.desired_state == Some(wanted),
        is_current: is_of_run && spec == *template,
        error,
        since: moment.unwrap_or_default(),
        is_lost: node.is_some_and(|node| node.is_down),
    }
}
