//! Volumes, and files and folders of a machine.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Maker, Weight, scalar};
use crate::start::binds::is_of_engine;

/// Where programs expect shared memory.
const SHARED_MEMORY: &str = "/dev/shm";

impl Maker<'_> {
    pub(super) fn mounts(&mut self, name: &str, given: &Map<String, Value>, service: &mut Map<String, Value>) {
        let mut mounts: Vec<Value> =
            service.remove("volumes").and_then(|made| made.as_array().cloned()).unwrap_or_default();
        for value in given.get("volumes").and_then(Value::as_array).into_iter().flatten() {
            mounts.extend(self.mount(name, &long(value)));
        }
        if !mounts.is_empty() {
            service.insert("volumes".to_owned(), Value::Array(mounts));
        }
    }

    fn mount(&mut self, name: &str, mount: &Map<String, Value>) -> Option<Value> {
        let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, source, target) = (text("type"), text("source"), text("target"));
        let mut kept = mount.clone();
        match kind.as_str() {
            "bind" => {
                let path = Path::new(&source);
                if !is_of_engine(path) {
                    if (self.request.is_here)(path) {
                        let text = format!(
                            "{source} of this machine is mounted at {target}, and the nodes do not have it; have it in \
                             the image, or in a volume, `configs` or `secrets`"
                        );
                        self.note(name, "volumes", Weight::Breaks, text);
                        return None;
                    }
                    let text = format!("each node that runs it has to have {source}, which is mounted at {target}");
                    self.note(name, "volumes", Weight::Adapted, text);
                }
                keep(&mut kept, "bind", &["propagation"]);
            }
            "volume" => {
                if !source.is_empty() {
                    let text = format!("the volume {source} is another one on each node");
                    self.note(name, "volumes", Weight::Adapted, text);
                }
                keep(&mut kept, "volume", &["nocopy"]);
            }
            "tmpfs" => keep(&mut kept, "tmpfs", &["size"]),
            _ => {
                let text = format!("a stack has no mounts of the type {kind}, as that at {target}");
                self.note(name, "volumes", Weight::Breaks, text);
                return None;
            }
        }
        kept.retain(|key, _| {
            ["type", "source", "target", "read_only", "bind", "volume", "tmpfs"].contains(&key.as_str())
        });
        Some(Value::Object(kept))
    }
}

/// Mounts in memory of `tmpfs` and `shm_size`.
pub(super) fn in_memory(key: &str, value: &Value) -> Vec<Value> {
    if key == "shm_size" {
        let size = scalar(value).and_then(|size| bytes(&size));
        return vec![in_memory_at(SHARED_MEMORY, size)];
    }
    let paths: Vec<String> = match value {
        Value::Array(list) => list.iter().filter_map(scalar).collect(),
        other => scalar(other).into_iter().collect(),
    };
    let mount = |path: &String| {
        let (target, options) = path.split_once(':').unwrap_or((path, ""));
        let size = options.split(',').find_map(|option| bytes(option.strip_prefix("size=")?));
        in_memory_at(target, size)
    };
    paths.iter().map(mount).collect()
}

fn in_memory_at(target: &str, size: Option<u64>) -> Value {
    let mut mount = json!({ "type": "tmpfs", "target": target });
    if let Some(size) = size {
        mount["tmpfs"] = json!({ "size": size });
    }
    mount
}

/// `64m`, `1gb`, `1024`: as Docker reads sizes, in bytes.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// The long form of a mount.
fn long(value: &Value) -> Map<String, Value> {
    if let Value::Object(map) = value {
        return map.clone();
    }
    let text = scalar(value).unwrap_or_default();
    let mut parts = text.split(':');
    let (first, second, options) = (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
    let mut mount = match second {
        None => json!({ "type": "volume", "target": first }),
        Some(target) => {
            let kind = if first.starts_with(['/', '.', '~']) { "bind" } else { "volume" };
            json!({ "type": kind, "source": first, "target": target })
        }
    };
    if options.split(',').any(|option| option == "ro") {
        mount["read_only"] = json!(true);
    }
    mount.as_object().cloned().unwrap_or_default()
}

/// Leaves only these of the options of a mount.
fn keep(mount: &mut Map<String, Value>, key: &str, known: &[&str]) {
    let Some(options) = mount.get_mut(key).and_then(Value::as_object_mut) else { return };
    options.retain(|option, _| known.contains(&option.as_str()));
    if let Some(size) = options.get("size").and_then(scalar).and_then(|size| bytes(&size)) {
        options.insert("size".to_owned(), json!(size));
    }
    if options.is_empty() {
        mount.remove(key);
    }
}
