//! What services have in common: networks, volumes, secrets and configs.

use serde_json::{Map, Value, json};

use super::{Maker, Weight, is_empty, pairs};

/// What stands for all services in a change.
const ALL: &str = "networks";

impl Maker<'_> {
    /// The networks of a service; `network_mode` can name one of those that every node has.
    pub(super) fn networks_of_service(
        &mut self,
        name: &str,
        given: &Map<String, Value>,
        service: &mut Map<String, Value>,
    ) {
        match given.get("network_mode").and_then(Value::as_str) {
            Some(mode @ ("host" | "bridge" | "none")) => {
                let network = node_network(mode);
                self.networks.insert(network.clone(), json!({ "external": true, "name": mode }));
                service.insert("networks".to_owned(), json!({ network: null }));
                let text = format!("it is in the network `{mode}` of its node");
                self.note(name, "network_mode", Weight::Adapted, text);
                return;
            }
            Some(mode) => {
                let text = format!("a stack cannot put it into the network of {mode}");
                self.note(name, "network_mode", Weight::Breaks, text);
                return;
            }
            None => {}
        }
        let Some(Value::Object(networks)) = service.get_mut("networks") else { return };
        let mut fixed = Vec::new();
        for (network, settings) in networks {
            let aliases = settings.get("aliases").filter(|aliases| !is_empty(aliases)).cloned();
            if settings.get("ipv4_address").or_else(|| settings.get("ipv6_address")).is_some() {
                fixed.push(network.clone());
            }
            *settings = aliases.map_or(Value::Null, |aliases| json!({ "aliases": aliases }));
        }
        for network in fixed {
            let text = format!("a stack gives no fixed addresses, as that in {network}");
            self.note(name, "networks", Weight::Lost, text);
        }
    }

    pub(super) fn networks_of(&mut self, project: &Value) -> Map<String, Value> {
        let mut networks = Map::new();
        for (name, value) in pairs(project.get("networks")) {
            let mut network = self.named(&name, &value);
            let driver = network.get("driver").and_then(Value::as_str).map(str::to_owned);
            if driver.as_deref() == Some("bridge") {
                network.remove("driver");
                network.remove("driver_opts");
                self.note(ALL, &name, Weight::Adapted, "it spans all nodes, with the driver `overlay`");
            }
            let known = ["name", "driver", "driver_opts", "ipam", "external", "internal", "attachable", "labels"];
            let lost: Vec<String> = network.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
            for key in lost {
                if network.remove(&key).is_some_and(|value| !is_empty(&value)) && !key.starts_with("x-") {
                    self.note(ALL, &name, Weight::Lost, format!("a stack has no `{key}`"));
                }
            }
            let subnets: Vec<Value> = network
                .remove("ipam")
                .and_then(|ipam| ipam.get("config")?.as_array().cloned())
                .into_iter()
                .flatten()
                .filter_map(|one| Some(json!({ "subnet": one.get("subnet")? })))
                .collect();
            if !subnets.is_empty() {
                network.insert("ipam".to_owned(), json!({ "config": subnets }));
            }
            networks.insert(name, Value::Object(network));
        }
        networks
    }

    pub(super) fn shared_of(&mut self, project: &Value, kind: &str) -> Map<String, Value> {
        let mut found = Map::new();
        for (name, value) in pairs(project.get(kind)) {
            let mut one = self.named(&name, &value);
            for key in ["environment", "content"] {
                if kind != "volumes" && one.remove(key).is_some() {
                    let text = format!("a stack takes it from a `file`, or as `external`, and not from `{key}`");
                    self.note(kind, &name, Weight::Impossible, text);
                }
            }
            one.retain(|key, _| !key.starts_with("x-"));
            found.insert(name, Value::Object(one));
        }
        found
    }

    /// Without the name that Compose has made up, in the place of which the stack has its own.
    fn named(&self, name: &str, value: &Value) -> Map<String, Value> {
        let mut one = value.as_object().cloned().unwrap_or_default();
        one.retain(|_, value| !value.is_null() && *value != json!(false));
        let made_up = format!("{}_{name}", self.request.project);
        if one.get("name").and_then(Value::as_str) == Some(made_up.as_str()) {
            one.remove("name");
        }
        one
    }
}

/// The name in the file of a network that every node has.
pub(super) fn node_network(mode: &str) -> String {
    format!("node_{mode}")
}
