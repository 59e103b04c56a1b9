//! `actions:` of values.yml and mutagen.yml.

use indexmap::IndexMap;
use serde_json::Value;

use super::document::Task;
use super::template::Fill;
use super::{File, Map, noted};
use crate::error::Result;
use crate::workspace::names::is_built_in;
use crate::yaml::Located;

/// Tasks by name: `<group>.<action>`, or the action's own name where it stands in no group.
pub(super) fn tasks(
    file: &File<'_>,
    actions: &Map<Value>,
    fill: &Fill<'_>,
    notes: &mut Vec<String>,
) -> Result<IndexMap<String, Task>> {
    let mut tasks = IndexMap::new();
    let mut reader = Reader { file, fill, notes, privileged: 0, detached: Vec::new() };
    for (group, value) in actions {
        let Value::Object(keys) = &value.value else {
            reader.notes.push(noted(file, value, &format!("actions: `{group}` is no action")));
            continue;
        };
        if is_action(&value.value) {
            let name = if is_built_in(group) { format!("tap.{group}") } else { group.clone() };
            tasks.extend(reader.task(&name, value, &value.value)?.map(|task| (name, task)));
            continue;
        }
        for (action, inner) in keys {
            let name = format!("{group}.{action}");
            tasks.extend(reader.task(&name, value, inner)?.map(|task| (name, task)));
        }
    }
    reader.summaries();
    Ok(tasks)
}

fn is_action(value: &Value) -> bool {
    value.get("cmd").is_some() || value.get("cmds").is_some()
}

struct Reader<'a> {
    file: &'a File<'a>,
    fill: &'a Fill<'a>,
    notes: &'a mut Vec<String>,
    privileged: usize,
    detached: Vec<String>,
}

impl Reader<'_> {
    /// The task of an action; none where it has no command.
    fn task(&mut self, name: &str, place: &Located<Value>, action: &Value) -> Result<Option<Task>> {
        let commands = commands(action);
        let (Some(keys), false) = (action.as_object(), commands.is_empty()) else {
            self.notes.push(noted(self.file, place, &format!("the action {name} is left out: it has no command")));
            return Ok(None);
        };
        let is_on = |key: &str| keys.get(key).is_some_and(|value| value.as_bool() != Some(false));
        if is_on("privileged") {
            self.privileged += 1;
        }
        if is_on("detach") || is_on("detached") {
            self.detached.push(name.to_owned());
        }
        let known = ["cmd", "cmds", "name", "location", "workdir", "privileged", "detach", "detached", "description"];
        for key in keys.keys().filter(|key| !known.contains(&key.as_str())) {
            self.notes.push(noted(self.file, place, &format!("`{key}` of the action {name} is left out")));
        }
        let filled = |text: &str| self.fill.fill(text).map_err(|unknown| unknown.error(self.file, place));
        let folder = ["workdir", "location"].iter().find_map(|key| keys.get(*key)?.as_str());
        let folder = folder.map(&filled).transpose()?.map(|folder| format!("cd {}", quoted(&folder)));
        let commands = commands.iter().map(|command| filled(command)).collect::<Result<Vec<_>>>()?;
        let description = keys.get("description").and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Task { run: script(folder, commands), place: "container", description }))
    }

    fn summaries(&mut self) {
        let file = self.file.path;
        if self.privileged > 0 {
            let count = self.privileged;
            let note = "`privileged` is left out: tasks have the rights of their container";
            self.notes.push(format!("{file}: {note} ({count} actions)"));
        }
        if !self.detached.is_empty() {
            let names = self.detached.join(", ");
            self.notes.push(format!("{file}: `detach` is left out: tasks run to their end ({names})"));
        }
    }
}

/// One command after the other in the folder; the first that fails ends it.
fn script(folder: Option<String>, commands: Vec<String>) -> String {
    let is_simple = |command: &String| !command.contains([';', '&', '|', '\n']);
    match (folder, commands.as_slice()) {
        (None, [only]) => only.clone(),
        (Some(folder), [only]) if is_simple(only) => format!("{folder} && {only}"),
        (folder, commands) => {
            let lines: Vec<&str> =
                std::iter::once("set -e").chain(folder.as_deref()).chain(commands.iter().map(String::as_str)).collect();
            lines.join("\n")
        }
    }
}

/// `cmd` comes before `cmds`.
fn commands(action: &Value) -> Vec<String> {
    let texts = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect::<Vec<_>>(),
    };
    let found = ["cmd", "cmds"].iter().filter_map(|key| action.get(*key)).flat_map(texts);
    found.filter(|command| !command.trim().is_empty()).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./:,@%+=".contains(char);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
