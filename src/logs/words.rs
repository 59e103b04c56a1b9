//! Which containers the words of `keg logs` mean: taps, each with services of its own behind it.

use crate::border::engine::EngineContainer;
use crate::error::Result;
use crate::start::running::{Running, service};

/// A container to look at, and the name that stands before its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look<'a> {
    /// The container.
    pub container: &'a EngineContainer,
    /// The name; as short as it can be among the others.
    pub name: String,
}

/// The containers of each tap: of these services, or of all where none is named.
///
/// # Errors
/// A service that is not there.
pub fn looks<'a>(taps: &[(&'a Running, Vec<String>)]) -> Result<Vec<Look<'a>>> {
    let mut containers: Vec<(&Running, &EngineContainer)> = Vec::new();
    for (running, services) in taps {
        for wanted in services {
            running.require_known(wanted)?;
        }
        let is_wanted = |container: &&EngineContainer| {
            services.is_empty() || services.iter().any(|wanted| service(container) == wanted)
        };
        containers.extend(running.containers.iter().filter(is_wanted).map(|container| (*running, container)));
    }
    let of_several = |(running, container): &(&Running, &EngineContainer)| {
        containers
            .iter()
            .filter(|(other, one)| other.project == running.project && service(one) == service(container))
            .count()
            > 1
    };
    let several_taps =
        taps.iter().any(|(running, _)| taps.first().is_some_and(|(first, _)| first.project != running.project));
    let several_branches =
        |running: &Running| taps.iter().any(|(other, _)| other.tap == running.tap && other.branch != running.branch);
    let name = |pair: &(&Running, &EngineContainer)| {
        let (running, container) = pair;
        // Containers of one service differ in their names alone, and those begin with the project's.
        let own = if of_several(pair) { container.name.as_str() } else { service(container) };
        let own = own.strip_prefix(&format!("{}-", running.project)).unwrap_or(own);
        let own = own.strip_prefix(&format!("{}_", running.project)).unwrap_or(own);
        match (several_taps, several_branches(running)) {
            (false, _) => own.to_owned(),
            (true, false) => format!("{}/{own}", running.tap),
            (true, true) => format!("{}:{}/{own}", running.tap, running.tag),
        }
    };
    Ok(containers.iter().map(|pair| Look { container: pair.1, name: name(pair) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_PROJECT, LABEL_SERVICE, LABEL_TAG, LABEL_TAP};
    use crate::start::running::running;

    fn container(tap: &str, branch: &str, service: &str, name: &str) -> EngineContainer {
        let project = format!("{tap}-{branch}");
        let labels = [
            (LABEL_TAP, tap),
            (LABEL_BRANCH, branch),
            (LABEL_TAG, branch),
            (LABEL_PROJECT, &project),
            (LABEL_SERVICE, service),
        ];
        EngineContainer {
            id: name.to_owned(),
            name: format!("{project}-{name}"),
            image_id: String::new(),
            image: String::new(),
            state: "running".to_owned(),
            health: None,
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ports: Vec::new(),
            created: 0,
        }
    }

    fn names(all: &[Running], words: &[(usize, &[&str])]) -> String {
        let taps: Vec<_> = words
            .iter()
            .map(|(place, services)| (&all[*place], services.iter().map(|name| (*name).to_owned()).collect()))
            .collect();
        match looks(&taps) {
            Ok(looks) => looks.iter().map(|look| look.name.as_str()).collect::<Vec<_>>().join(" "),
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let all = running([
            container("api", "main", "api", "api-1"),
            container("web", "main", "db", "db-1"),
            container("web", "main", "web", "web-1"),
            container("web", "main", "web", "web-2"),
            container("web", "x", "web", "web-1"),
        ]);
        assert_eq!(names(&all, &[(1, &[])]), "db web-1 web-2");
        assert_eq!(names(&all, &[(1, &["db"])]), "db");
        assert_eq!(names(&all, &[(0, &[]), (1, &["db"])]), "api/api web/db");
        assert_eq!(names(&all, &[(1, &["db"]), (2, &[])]), "web:main/db web:x/web");
        assert_eq!(names(&all, &[(1, &["dbb"])]), "web on branch main has no service `dbb`");
    }
}
