//! Tells from what a Swarm runs whether it is still at a deployment.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Stack;
use crate::border::engine::SwarmService;
use crate::deploy::deployed::short_name;

/// The label of a service with the digest of the stack file that it was deployed from.
pub const LABEL_FILE: &str = "dev.keg.stack.file";
/// How many hexadecimal digits tell a file from others.
const DIGITS: usize = 16;

/// Whether the Swarm is still replacing a service's containers.
pub fn is_updating(service: &SwarmService) -> bool {
    service.update.as_ref().is_some_and(|update| update.state == "updating")
}

impl Stack {
    /// Labels all services with the digest of the file. Containers do not get it, so none is replaced for it.
    pub fn mark(&mut self) {
        let digest = self.digest();
        let services = self.document.get_mut("services").and_then(Value::as_object_mut);
        let services = services.into_iter().flat_map(|services| services.values_mut());
        for service in services.filter_map(Value::as_object_mut) {
            let deploy = service.entry("deploy").or_insert_with(|| json!({})).as_object_mut();
            let labels = deploy.map(|deploy| deploy.entry("labels").or_insert_with(|| json!({})));
            if let Some(labels) = labels.and_then(Value::as_object_mut) {
                labels.insert(LABEL_FILE.to_owned(), json!(digest));
            }
        }
    }

    /// Whether the Swarm has just this file, and is at it. To hand it over again would have the Swarm forget what it
    /// goes back to when this fails.
    pub fn is_under_way(&self, before: &[SwarmService]) -> bool {
        let services = self.document.get("services").and_then(Value::as_object);
        let label = |value: &Value| value["deploy"]["labels"][LABEL_FILE].as_str().map(str::to_owned);
        let is_there = |(name, value): (&String, &Value)| {
            let service = before.iter().find(|service| short_name(service) == name);
            let Some(wanted) = label(value) else { return false };
            // Whoever changes a service by hand leaves its label.
            let image = value["image"].as_str().unwrap_or_default();
            service.is_some_and(|one| one.labels.get(LABEL_FILE) == Some(&wanted) && one.image.starts_with(image))
        };
        before.iter().any(is_updating)
            && services.is_some_and(|services| services.len() == before.len() && services.iter().all(is_there))
    }

    fn digest(&self) -> String {
        let digest = Sha256::digest(self.document.to_string());
        let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        hexadecimal.chars().take(DIGITS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::engine::Update;

    fn marked(image: &str) -> Stack {
        let deploy = json!({ "labels": { "own": "1" } });
        let services = json!({ "web": { "image": image, "deploy": deploy }, "db": { "image": "db" } });
        let mut stack = Stack { document: json!({ "services": services }), changes: Vec::new() };
        stack.mark();
        stack
    }

    fn services(stack: &Stack, state: &str) -> Vec<SwarmService> {
        let service = |name: &str| SwarmService {
            name: format!("shop_{name}"),
            stack: "shop".to_owned(),
            image: stack.document["services"][name]["image"].as_str().unwrap().to_owned(),
            labels: serde_json::from_value(stack.document["services"][name]["deploy"]["labels"].clone()).unwrap(),
            update: (name == "web").then(|| Update { state: state.to_owned(), message: String::new() }),
            ..SwarmService::default()
        };
        vec![service("db"), service("web")]
    }

    #[test]
    fn it_is_under_way_as_long_as_the_same_file_is_rolled_out() {
        let stack = marked("web:1");
        assert_eq!(stack.document["services"]["web"]["deploy"]["labels"]["own"], "1");
        assert!(stack.is_under_way(&services(&stack, "updating")));
        assert!(!stack.is_under_way(&services(&stack, "completed")));
        assert!(!stack.is_under_way(&services(&marked("web:2"), "updating")), "another file");
        assert!(!stack.is_under_way(&services(&stack, "updating")[1..]), "a service was never handed over");
        assert!(!stack.is_under_way(&[]));
        let mut changed = services(&stack, "updating");
        changed[1].image = "by-hand:1".to_owned();
        assert!(!stack.is_under_way(&changed));
    }
}
