//! How a service is updated, where its file does not say it.

use serde_json::{Map, Value, json};

/// How long a new container is watched before the next one is replaced counts as done.
const MONITOR: &str = "10s";

/// Fills in what `update_config` and `rollback_config` leave open: one container after the other; a new one has to run,
/// and to pass its health check, before an old one ends, where both can be there at the same time; and back to what ran
/// before as soon as one fails. Jobs are not updated: they run again from the start, and a Swarm takes no such settings.
pub(super) fn fill(deploy: &mut Map<String, Value>, service: &Map<String, Value>) {
    if deploy.get("mode").and_then(Value::as_str).is_some_and(|mode| mode.ends_with("-job")) {
        return;
    }
    let order = if can_overlap(deploy, service) { "start-first" } else { "stop-first" };
    let update = [
        ("parallelism", json!(1)),
        ("order", json!(order)),
        ("failure_action", json!("rollback")),
        ("monitor", json!(MONITOR)),
    ];
    let back = [("parallelism", json!(1)), ("order", json!(order))];
    for (key, values) in [("update_config", update.to_vec()), ("rollback_config", back.to_vec())] {
        let config = deploy.entry(key).or_insert_with(|| json!({}));
        let Some(config) = config.as_object_mut() else { continue };
        for (field, value) in values {
            config.entry(field).or_insert(value);
        }
    }
}

/// Whether an old and a new container of one place can be there at once: they need neither the same port of a node nor
/// the same volume, and there is room for one more.
fn can_overlap(deploy: &Map<String, Value>, service: &Map<String, Value>) -> bool {
    let list = |key: &str| service.get(key).and_then(Value::as_array).into_iter().flatten();
    let has = |mut values: Box<dyn Iterator<Item = &Value> + '_>, key: &str, wanted: &str| {
        values.any(|value| value.get(key).and_then(Value::as_str) == Some(wanted))
    };
    let is_global = deploy.get("mode").and_then(Value::as_str).is_some_and(|mode| mode.starts_with("global"));
    let is_limited = deploy.get("placement").is_some_and(|placement| placement.get("max_replicas_per_node").is_some());
    let uses_node = has(Box::new(list("ports")), "mode", "host");
    let stores = has(Box::new(list("volumes")), "type", "volume") || has(Box::new(list("volumes")), "type", "bind");
    let on_host = service
        .get("networks")
        .and_then(Value::as_object)
        .is_some_and(|networks| networks.contains_key(&super::shared::node_network("host")));
    !(is_global || is_limited || uses_node || stores || on_host)
}
