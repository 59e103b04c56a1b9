//! What runs in a service's containers.

use indexmap::IndexMap;
use serde_json::Value;

use super::scalar;

/// The process of a service, as far as its file says something about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelProcess {
    /// `entrypoint`.
    pub entrypoint: Option<Vec<String>>,
    /// `command`.
    pub command: Option<Vec<String>>,
    /// `environment`; a variable without a value gets that of Compose's own environment.
    pub environment: IndexMap<String, Option<String>>,
    /// `user`.
    pub user: Option<String>,
    /// `working_dir`.
    pub folder: Option<String>,
    /// `init`.
    pub init: Option<bool>,
    /// `tty`.
    pub terminal: bool,
}

pub(super) fn read(service: &Value) -> ModelProcess {
    let text = |name: &str| service.get(name).and_then(scalar).map(unescaped);
    ModelProcess {
        entrypoint: service.get("entrypoint").and_then(words),
        command: service.get("command").and_then(words),
        environment: environment(service.get("environment")),
        user: text("user"),
        folder: text("working_dir"),
        init: service.get("init").and_then(Value::as_bool),
        terminal: service.get("tty").and_then(Value::as_bool).unwrap_or_default(),
    }
}

/// A list, or a text that Compose splits as a shell does. Nothing at all means that the image decides.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(words) => Some(words.iter().filter_map(scalar).map(unescaped).collect()),
        Value::String(text) => shlex::split(&unescaped(text.clone())),
        _ => None,
    }
}

fn environment(value: Option<&Value>) -> IndexMap<String, Option<String>> {
    let value_of = |value: &Value| match value {
        Value::Bool(value) => Some(value.to_string()),
        other => scalar(other),
    };
    match value {
        Some(Value::Object(map)) => {
            map.iter().map(|(name, value)| (name.clone(), value_of(value).map(unescaped))).collect()
        }
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(scalar)
            .map(|line| match line.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(unescaped(value.to_owned()))),
                None => (line, None),
            })
            .collect(),
        _ => IndexMap::new(),
    }
}

/// What Compose prints can be read by Compose again: it doubles every `$`.
fn unescaped(text: String) -> String {
    text.replace("$$", "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_say_the_same() {
        let two = serde_json::json!({
            "command": ["sh", "-c", "echo $$A"], "entrypoint": null, "environment": {"A": "a$$b", "N": null, "P": "80"},
            "working_dir": "/app", "init": true, "tty": true, "user": "1000:1000",
        });
        let one = serde_json::json!({
            "command": "sh -c 'echo $$A'", "environment": {"A": "a$$b", "N": null, "P": 80},
            "working_dir": "/app", "init": true, "tty": true, "user": "1000:1000",
        });
        let read_two = read(&two);
        assert_eq!(read(&one), read_two);
        assert_eq!(read_two.command, Some(vec!["sh".into(), "-c".into(), "echo $A".into()]));
        assert_eq!(read_two.environment["A"], Some("a$b".to_owned()));
        assert_eq!((read_two.environment["N"].as_ref(), read_two.entrypoint.as_ref()), (None, None));
        assert_eq!((read_two.folder.as_deref(), read_two.init, read_two.terminal), (Some("/app"), Some(true), true));
        assert_eq!(read(&serde_json::json!({})), ModelProcess::default());
        let list = read(&serde_json::json!({"environment": ["A=1=2", "B"]}));
        assert_eq!((list.environment["A"].as_deref(), list.environment["B"].as_deref()), (Some("1=2"), None));
    }
}
