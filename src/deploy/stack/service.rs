//! One service.

use serde_json::{Map, Value, json};

use super::{Maker, Weight, is_empty, pairs, scalar};
use crate::border::compose::overlay::{LABEL_PROXY_HOST, LABEL_PROXY_PORT};
use crate::error::{Error, Result};

/// Keys that mean the same to a stack.
const KEPT: [&str; 27] = [
    "cap_add",
    "cap_drop",
    "command",
    "configs",
    "credential_spec",
    "dns",
    "dns_search",
    "entrypoint",
    "environment",
    "hostname",
    "image",
    "init",
    "isolation",
    "labels",
    "logging",
    "networks",
    "ports",
    "read_only",
    "secrets",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tty",
    "ulimits",
    "user",
    "working_dir",
];

/// Keys that say nothing that a Swarm would have to know: Compose has put their meaning elsewhere.
const SILENT: [&str; 6] = ["attach", "env_file", "expose", "profiles", "pull_policy", "extends"];

/// Keys that are looked at by themselves.
const TREATED: [&str; 12] = [
    "build",
    "cpus",
    "depends_on",
    "deploy",
    "extra_hosts",
    "healthcheck",
    "mem_limit",
    "mem_reservation",
    "network_mode",
    "restart",
    "scale",
    "volumes",
];

/// Keys without which a service is another one.
const NEEDED: [&str; 10] = [
    "device_cgroup_rules",
    "devices",
    "gpus",
    "group_add",
    "ipc",
    "pid",
    "privileged",
    "provider",
    "runtime",
    "volumes_from",
];

/// Labels from which programs read what to do with a service as a whole.
const OF_SERVICE: [&str; 2] = ["dev.keg.", "traefik."];

impl Maker<'_> {
    pub(super) fn service(&mut self, name: &str, project: &Value) -> Result<Map<String, Value>> {
        let empty = Map::new();
        let given = project.as_object().unwrap_or(&empty);
        let mut service = Map::new();
        for (key, value) in given.iter().filter(|(_, value)| !is_empty(value)) {
            let key = key.as_str();
            if KEPT.contains(&key) {
                service.insert(key.to_owned(), value.clone());
            } else if NEEDED.contains(&key) {
                let text = "a stack cannot give it to a service".to_owned();
                self.note(name, key, Weight::Breaks, text);
            } else if !SILENT.contains(&key) && !TREATED.contains(&key) && !key.starts_with("x-") {
                self.other(name, key, value, &mut service);
            }
        }
        self.image(name, given, &mut service);
        self.labels(given, &mut service);
        self.environment(given, &mut service);
        self.order(name, given, &mut service);
        self.hosts(given, &mut service);
        self.health(name, given, &mut service);
        self.networks_of_service(name, given, &mut service);
        self.mounts(name, given, &mut service);
        self.ports(name, given, &mut service);
        let deploy = self.deploy(name, given, &service)?;
        service.insert("deploy".to_owned(), Value::Object(deploy));
        Ok(service)
    }

    /// Keys that a stack has not; `tmpfs` and `shm_size` can be said as mounts.
    fn other(&mut self, name: &str, key: &str, value: &Value, service: &mut Map<String, Value>) {
        match key {
            "tmpfs" | "shm_size" => {
                let mounts = service.entry("volumes").or_insert_with(|| json!([]));
                if let Some(mounts) = mounts.as_array_mut() {
                    mounts.extend(super::mounts::in_memory(key, value));
                }
            }
            "develop" => self.note(name, key, Weight::Lost, "nothing is watched in a Swarm"),
            "container_name" => self.note(name, key, Weight::Lost, "the Swarm names its containers itself"),
            "links" | "external_links" => {
                let text = "services of a stack find each other by their names, and by `aliases` of `networks`";
                self.note(name, key, Weight::Lost, text);
            }
            _ => self.note(name, key, Weight::Lost, "a stack has no such key"),
        }
    }

    fn image(&mut self, name: &str, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let builds = given.get("build").is_some_and(|build| !is_empty(build));
        let image = given.get("image").and_then(Value::as_str).map(str::to_owned);
        match (&image, builds) {
            (None, true) => {
                let text = "the nodes of a Swarm build nothing; publish its image and name it with `image`";
                self.note(name, "build", Weight::Impossible, text);
            }
            (None, false) => self.note(name, "image", Weight::Impossible, "it has none"),
            (Some(_), true) if name != self.request.service => {
                self.note(name, "build", Weight::Lost, "the nodes pull its image and build nothing");
            }
            _ => {}
        }
        if let Some(pinned) = image.and_then(|image| self.request.images.get(&image)) {
            service.insert("image".to_owned(), json!(pinned));
        }
    }

    fn labels(&mut self, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let labels = pairs(given.get("labels"));
        if !labels.is_empty() {
            service.insert("labels".to_owned(), Value::Object(labels));
        }
    }

    /// Values of variables that are only named.
    fn environment(&mut self, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let mut environment = pairs(given.get("environment"));
        for (name, value) in environment.iter_mut().filter(|(_, value)| value.is_null()) {
            if let Some((_, known)) = self.request.variables.iter().rev().find(|(known, _)| known == name) {
                *value = json!(known.replace('$', "$$"));
            }
        }
        if !environment.is_empty() {
            service.insert("environment".to_owned(), Value::Object(environment));
        }
    }

    fn order(&mut self, name: &str, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let before: Vec<String> = match given.get("depends_on") {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(list)) => list.iter().filter_map(scalar).collect(),
            _ => return,
        };
        if before.is_empty() {
            return;
        }
        let text = format!(
            "a Swarm starts everything at once and keeps no order: {name} has to wait for {} itself",
            before.join(", ")
        );
        self.note(name, "depends_on", Weight::Lost, text);
        service.insert("depends_on".to_owned(), json!(before));
    }

    /// Newer versions of Compose write `name=address`.
    fn hosts(&mut self, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let hosts: Vec<String> = match given.get("extra_hosts") {
            Some(Value::Array(list)) => list.iter().filter_map(scalar).map(|host| host.replacen('=', ":", 1)).collect(),
            Some(Value::Object(map)) => map
                .iter()
                .flat_map(|(name, addresses)| match addresses {
                    Value::Array(list) => list.iter().filter_map(scalar).map(|one| format!("{name}:{one}")).collect(),
                    other => scalar(other).map(|one| format!("{name}:{one}")).into_iter().collect::<Vec<_>>(),
                })
                .collect(),
            _ => return,
        };
        if !hosts.is_empty() {
            service.insert("extra_hosts".to_owned(), json!(hosts));
        }
    }

    fn health(&mut self, name: &str, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let Some(check) = given.get("healthcheck").and_then(Value::as_object) else { return };
        let known = ["test", "interval", "timeout", "retries", "start_period", "disable"];
        let mut kept = check.clone();
        kept.retain(|key, value| known.contains(&key.as_str()) && !value.is_null());
        if check.contains_key("start_interval") {
            self.note(name, "healthcheck", Weight::Lost, "a stack has no `start_interval`");
        }
        if !kept.is_empty() {
            service.insert("healthcheck".to_owned(), Value::Object(kept));
        }
    }

    fn deploy(
        &mut self,
        name: &str,
        given: &Map<String, Value>,
        service: &Map<String, Value>,
    ) -> Result<Map<String, Value>> {
        let mut deploy = given.get("deploy").and_then(Value::as_object).cloned().unwrap_or_default();
        deploy.retain(|_, value| !is_empty(value) || value.is_boolean());
        let is_global = deploy.get("mode").and_then(Value::as_str).is_some_and(|mode| mode.starts_with("global"));
        let asked = self.request.replicas.filter(|_| name == self.request.service);
        match (asked, given.get("scale")) {
            (Some(_), _) if is_global => {
                let message = format!("--replicas cannot be given: {name} runs once on each node, with `mode: global`");
                return Err(Error::request(message).help("leave --replicas out, or `mode: global` in the compose file"));
            }
            (Some(replicas), _) => {
                deploy.insert("replicas".to_owned(), json!(replicas));
            }
            (None, Some(scale)) if !deploy.contains_key("replicas") && !is_global => {
                deploy.insert("replicas".to_owned(), scale.clone());
            }
            _ => {}
        }
        let mut labels = pairs(deploy.get("labels"));
        for (label, value) in pairs(service.get("labels")) {
            if OF_SERVICE.iter().any(|prefix| label.starts_with(prefix)) {
                labels.entry(label).or_insert(value);
            }
        }
        if self.request.traefik {
            self.traefik(name, service, &mut labels);
        }
        if !labels.is_empty() {
            deploy.insert("labels".to_owned(), Value::Object(labels));
        }
        self.restart(name, given, &mut deploy);
        self.resources(name, given, &mut deploy);
        super::update::fill(&mut deploy, service);
        Ok(deploy)
    }

    /// The labels from which Traefik reads its routes in a Swarm, where the file has none
    /// (<https://doc.traefik.io/traefik/routing/providers/swarm/>). It cannot see there which ports an image exposes.
    fn traefik(&mut self, name: &str, service: &Map<String, Value>, labels: &mut Map<String, Value>) {
        let Some(host) = labels.get(LABEL_PROXY_HOST).and_then(scalar) else { return };
        if labels.keys().any(|label| label.starts_with("traefik.")) {
            return;
        }
        let ports: Vec<&Value> = service.get("ports").and_then(Value::as_array).into_iter().flatten().collect();
        let published = match ports.as_slice() {
            [port] => port.get("target").and_then(scalar),
            _ => None,
        };
        let Some(port) = labels.get(LABEL_PROXY_PORT).and_then(scalar).or(published) else {
            let text = "Traefik needs to know the port: write `proxy: {port: 8080}` in tap.yml";
            self.note(name, "proxy", Weight::Lost, text);
            return;
        };
        let own = format!("{}-{}", self.request.project, name.replace('.', "-"));
        labels.insert("traefik.enable".to_owned(), json!("true"));
        labels.insert(format!("traefik.http.routers.{own}.rule"), json!(format!("Host(`{host}`)")));
        labels.insert(format!("traefik.http.services.{own}.loadbalancer.server.port"), json!(port));
    }

    fn restart(&mut self, name: &str, given: &Map<String, Value>, deploy: &mut Map<String, Value>) {
        let Some(restart) = given.get("restart").and_then(scalar) else { return };
        if deploy.contains_key("restart_policy") {
            return;
        }
        let policy = match restart.split_once(':') {
            Some(("on-failure", times)) => match times.parse::<u64>() {
                Ok(times) => json!({ "condition": "on-failure", "max_attempts": times }),
                Err(_) => json!({ "condition": "on-failure" }),
            },
            _ if restart == "on-failure" => json!({ "condition": "on-failure" }),
            _ if restart == "no" || restart == "false" => json!({ "condition": "none" }),
            _ => json!({ "condition": "any" }),
        };
        let condition = policy["condition"].as_str().unwrap_or_default().to_owned();
        self.note(name, "restart", Weight::Adapted, format!("`deploy.restart_policy` has the condition {condition}"));
        deploy.insert("restart_policy".to_owned(), policy);
    }

    fn resources(&mut self, name: &str, given: &Map<String, Value>, deploy: &mut Map<String, Value>) {
        let mut resources = deploy.get("resources").and_then(Value::as_object).cloned().unwrap_or_default();
        let keys = [
            ("mem_limit", "limits", "memory"),
            ("cpus", "limits", "cpus"),
            ("mem_reservation", "reservations", "memory"),
        ];
        for (key, kind, field) in keys {
            let Some(value) = given.get(key).filter(|value| !is_empty(value)).and_then(scalar) else { continue };
            if value == "0" {
                continue;
            }
            let part = resources.entry(kind).or_insert_with(|| json!({}));
            if part.get(field).is_none() {
                part[field] = json!(value);
                self.note(name, key, Weight::Adapted, format!("`deploy.resources.{kind}.{field}` says it"));
            }
        }
        for (kind, part) in &mut resources {
            let Some(part) = part.as_object_mut() else { continue };
            part.retain(|_, value| !is_empty(value));
            if part.remove("devices").is_some() {
                self.note(name, "devices", Weight::Breaks, format!("a stack has none among `deploy.resources.{kind}`"));
            }
            for field in ["cpus", "memory"] {
                if let Some(value) = part.get(field).and_then(scalar) {
                    part.insert(field.to_owned(), json!(value));
                }
            }
        }
        resources.retain(|_, part| !is_empty(part));
        deploy.remove("resources");
        if !resources.is_empty() {
            deploy.insert("resources".to_owned(), Value::Object(resources));
        }
    }
}
