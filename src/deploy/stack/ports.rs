//! Published ports.

use serde_json::{Map, Value, json};

use super::{Maker, Weight};
use crate::border::compose::model::{ModelPort, short_port};

impl Maker<'_> {
    /// Every port in the long form, with numbers.
    pub(super) fn ports(&mut self, name: &str, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let mut ports = Vec::new();
        for value in given.get("ports").and_then(Value::as_array).into_iter().flatten() {
            let Some(port) = read(value) else { continue };
            let mode = value.get("mode").and_then(Value::as_str).unwrap_or("ingress");
            ports.extend(self.port(name, &port, mode));
        }
        service.remove("ports");
        if !ports.is_empty() {
            service.insert("ports".to_owned(), Value::Array(ports));
        }
    }

    fn port(&mut self, name: &str, port: &ModelPort, mode: &str) -> Vec<Value> {
        if let Some(address) = port.address.as_deref().filter(|address| !matches!(*address, "" | "0.0.0.0" | "::")) {
            let text = format!(
                "port {} is for {address} alone, and a Swarm publishes on all addresses of its nodes; publish it \
                 without an address, or not at all",
                port.target
            );
            self.note(name, "ports", Weight::Breaks, text);
            return Vec::new();
        }
        let (Some(targets), Some(published)) =
            (range(&port.target), port.published.as_deref().map_or(Some((0, 0)), range))
        else {
            self.note(name, "ports", Weight::Breaks, format!("`{}` is no port", port.target));
            return Vec::new();
        };
        let count = targets.1 - targets.0;
        if published != (0, 0) && published.1 - published.0 != count {
            let text = format!(
                "port {} is to be published on any of {}, and a Swarm takes one port or any at all",
                port.target,
                port.published.as_deref().unwrap_or_default()
            );
            self.note(name, "ports", Weight::Breaks, text);
            return Vec::new();
        }
        let port_of = |place: u16| {
            let mut long = json!({ "target": targets.0 + place, "protocol": port.protocol, "mode": mode });
            if published.0 != 0 {
                long["published"] = json!(published.0 + place);
            }
            long
        };
        (0..=count).map(port_of).collect()
    }
}

fn read(value: &Value) -> Option<ModelPort> {
    // The short form as a number is only a target.
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return crate::border::compose::model::long_port(value),
    };
    short_port(&text)
}

/// `80` or `80-82`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
