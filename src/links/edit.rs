//! Changes one link in the text of the configuration file, and leaves everything else as it was written.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Link, Links, is_same};
use crate::error::{Error, Result};
use crate::yaml::parse;

/// The key of the links.
const KEY: &str = "taps";

/// A link as it is written.
#[derive(Serialize)]
struct Written<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'a str>,
}

/// The text of the configuration file with `link` under `name`, or without the one of that name. Other keys and
/// comments stay.
///
/// # Errors
/// A file that cannot be read, a path that is not UTF-8, a file that is written in a way that cannot be changed.
pub fn changed(name_shown: &str, text: &str, name: &str, link: Option<&Link>) -> Result<String> {
    let before = Links::parse(name_shown, text)?;
    let wanted = match link {
        Some(link) => before.without(name).with(link.clone()),
        None => before.without(name),
    };
    let entry = link.map(written).transpose()?;
    let all = wanted.iter().map(written).collect::<Result<Vec<_>>>()?;
    let others = others(name_shown, text)?;
    let is_right = |text: &String| {
        let links = Links::parse(name_shown, text);
        let is_same_set = links.is_ok_and(|links| by_name(&links) == by_name(&wanted));
        is_same_set && self::others(name_shown, text).is_ok_and(|now| now == others)
    };
    let by_entry = Block::find(text).map(|block| block.with_entry(name, entry.as_deref()));
    let candidates = [by_entry, Some(Block::find(text).unwrap_or_else(|| Block::at_end(text)).with_entries(&all))];
    candidates.into_iter().flatten().find(is_right).ok_or_else(|| {
        Error::request(format!("{name_shown} is written in a way that keg cannot change"))
            .help(format!("write `{KEY}:` on a line of its own, with one link below the other"))
    })
}

fn by_name(links: &Links) -> BTreeMap<&str, &Link> {
    links.iter().map(|link| (link.name.as_str(), link)).collect()
}

/// The values of all other keys.
fn others(name_shown: &str, text: &str) -> Result<IndexMap<String, serde_json::Value>> {
    let mut keys: IndexMap<String, serde_json::Value> = parse(name_shown, text)?;
    keys.shift_remove(KEY);
    Ok(keys)
}

/// The lines of a link below `taps:`, each ended.
fn written(link: &Link) -> Result<String> {
    let text = |path: &std::path::Path| match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::request(format!("the path {} is not UTF-8", path.display())).help("rename the folder")),
    };
    let (path, workspace) = (text(&link.path)?, link.workspace.as_deref().map(text).transpose()?);
    let entry = BTreeMap::from([(&link.name, Written { path: &path, workspace: workspace.as_deref() })]);
    let yaml = serde_saphyr::to_string(&entry)
        .map_err(|error| Error::failed(format!("writing the link {}", link.name)).because(error.to_string()))?;
    Ok(yaml.lines().filter(|line| !line.is_empty()).map(|line| format!("  {line}\n")).collect())
}

/// `taps:` and what belongs to it, between the text before and after.
struct Block<'a> {
    before: &'a str,
    header: &'a str,
    lines: Vec<&'a str>,
    after: &'a str,
}

impl<'a> Block<'a> {
    fn find(text: &'a str) -> Option<Self> {
        let mut start = 0;
        let mut lines = text.split_inclusive('\n');
        let header = lines.find(|line| {
            let is_header = key_of(line) == Some(KEY) && !line.starts_with([' ', '\t']);
            start += if is_header { 0 } else { line.len() };
            is_header
        })?;
        let mut inside: Vec<&str> = Vec::new();
        let mut length = 0;
        for line in lines {
            let is_content = line.starts_with([' ', '\t']) && !line.trim().is_empty();
            if !is_content && !line.trim().is_empty() && !line.starts_with('#') {
                break;
            }
            inside.push(line);
            if is_content {
                length = inside.len();
            }
        }
        inside.truncate(length);
        let end = start + header.len() + inside.iter().map(|line| line.len()).sum::<usize>();
        Some(Self { before: &text[..start], header, lines: inside, after: &text[end..] })
    }

    fn at_end(text: &'a str) -> Self {
        // An empty map has no end to write at.
        let before = if text.trim() == "{}" { "" } else { text };
        Self { before, header: "", lines: Vec::new(), after: "" }
    }

    /// With one entry replaced, added or removed.
    fn with_entry(&self, name: &str, entry: Option<&str>) -> String {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let is_entry = |line: &&&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
        let first = self.lines.iter().find(is_entry).map_or(0, |line| indent(line));
        let begins = |line: &&str| is_entry(&line) && indent(line) <= first;
        let place =
            self.lines.iter().position(|line| begins(line) && key_of(line).is_some_and(|key| is_same(key, name)));
        let (kept, rest) = match place {
            None => (self.lines.as_slice(), &[][..]),
            Some(place) => {
                let end = self.lines[place + 1..].iter().position(|line| begins(line) || !is_entry(&line));
                (&self.lines[..place], &self.lines[end.map_or(self.lines.len(), |end| place + 1 + end)..])
            }
        };
        let has_entries = entry.is_some() || kept.iter().chain(rest).any(begins);
        if !has_entries {
            return [self.before, self.after].concat();
        }
        [
            self.before,
            &ended(self.header),
            &ended(&kept.concat()),
            entry.unwrap_or_default(),
            &rest.concat(),
            self.after,
        ]
        .concat()
    }

    /// With these entries only.
    fn with_entries(&self, entries: &[String]) -> String {
        if entries.is_empty() {
            return [self.before, self.after].concat();
        }
        [&ended(self.before), KEY, ":\n", &entries.concat(), self.after].concat()
    }
}

/// The key at the beginning of a line, without quotes.
fn key_of(line: &str) -> Option<&str> {
    let (key, rest) = line.trim().split_once(':')?;
    let is_key = rest.is_empty() || rest.starts_with([' ', '\t']);
    is_key.then(|| key.trim().trim_matches(['"', '\'']))
}

/// With a line's end, if there is anything.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
