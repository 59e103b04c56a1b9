//! What was copied into a running tap, as a line.

use super::human::human_duration;
use super::text::clean;
use crate::event::Event;

/// So many paths are named.
const NAMED: usize = 3;

/// `synced 3 files to web (src/a.py, src/b.py, …) in 40 ms`; nothing for other events.
pub(super) fn synced(event: &Event) -> Option<String> {
    let Event::Synced { tap, service, copied, deleted, restarted, took } = event else { return None };
    let place = match service {
        Some(service) => format!("{tap} ({service})"),
        None => tap.clone(),
    };
    let did = match (copied.len(), deleted.len()) {
        (0, 0) => String::new(),
        (copies, 0) => format!("synced {} to {place}", files(copies)),
        (0, deletions) => format!("deleted {} in {place}", files(deletions)),
        (copies, deletions) => format!("synced {} to {place} and deleted {deletions}", files(copies)),
    };
    let restart = match (did.is_empty(), restarted) {
        (true, true) => format!("restarted {place}"),
        (false, true) => " and restarted it".to_owned(),
        (_, false) => String::new(),
    };
    let mut names: Vec<String> = copied.iter().chain(deleted).take(NAMED).map(|path| clean(path).to_string()).collect();
    if copied.len() + deleted.len() > NAMED {
        names.push("…".to_owned());
    }
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    Some(format!("{did}{restart}{names} in {}", human_duration(*took)))
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn line(copied: &[&str], deleted: &[&str], restarted: bool, service: Option<&str>) -> String {
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let event = Event::Synced {
            tap: "web".to_owned(),
            service: service.map(str::to_owned),
            copied: owned(copied),
            deleted: owned(deleted),
            restarted,
            took: Duration::from_millis(40),
        };
        synced(&event).unwrap()
    }

    #[test]
    fn one_line_says_it_all() {
        assert_eq!(line(&["a.py"], &[], false, None), "synced 1 file to web (a.py) in 40 ms");
        assert_eq!(line(&["a", "b", "c", "d"], &[], false, None), "synced 4 files to web (a, b, c, …) in 40 ms");
        assert_eq!(line(&[], &["a", "b"], false, None), "deleted 2 files in web (a, b) in 40 ms");
        assert_eq!(line(&["a"], &["b"], false, Some("db")), "synced 1 file to web (db) and deleted 1 (a, b) in 40 ms");
        assert_eq!(line(&["a"], &[], true, None), "synced 1 file to web and restarted it (a) in 40 ms");
        assert_eq!(line(&[], &[], true, None), "restarted web in 40 ms");
        assert!(synced(&Event::Note { message: String::new() }).is_none());
    }
}
