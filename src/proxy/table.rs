//! The routes as they are now, and the names that led somewhere before.

use std::collections::BTreeMap;

use super::routes::Route;

/// How many names are remembered that lead nowhere any more.
const MOST_FORMER: usize = 500;

/// What the proxy knows about names.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Routes by host.
    routes: BTreeMap<String, Route>,
    /// Routes whose containers are gone, by host, so that a page can say what it was.
    former: BTreeMap<String, Route>,
    /// Why the engine could not be asked the last time.
    pub lost: Option<String>,
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// A container that is there.
    Route(&'a Route),
    /// A tap that was stopped since.
    Former(&'a Route),
    /// Nothing that the proxy has ever seen.
    Unknown,
}

/// What has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Names that lead somewhere now, or elsewhere than before, each with its target or trouble.
    pub set: Vec<String>,
    /// Names that are gone.
    pub removed: Vec<String>,
}

impl Table {
    /// Takes the routes as they are now, and gives what is different.
    pub fn replace(&mut self, routes: Vec<Route>) -> Changes {
        let mut changes = Changes::default();
        let old = std::mem::take(&mut self.routes);
        for route in routes {
            self.former.remove(&route.host);
            if old.get(&route.host).is_none_or(|old| old.place != route.place) {
                let leads = match &route.place {
                    Ok(place) => place.to_string(),
                    Err(trouble) => format!("nowhere: {trouble}"),
                };
                changes.set.push(format!("{} → {leads}", route.host));
            }
            self.routes.insert(route.host.clone(), route);
        }
        for (host, route) in old {
            if !self.routes.contains_key(&host) {
                if self.former.len() < MOST_FORMER {
                    self.former.insert(host.clone(), route);
                }
                changes.removed.push(host);
            }
        }
        self.lost = None;
        changes
    }

    /// What `host` leads to.
    pub fn find(&self, host: &str) -> Found<'_> {
        match (self.routes.get(host), self.former.get(host)) {
            (Some(route), _) => Found::Route(route),
            (None, Some(route)) => Found::Former(route),
            (None, None) => Found::Unknown,
        }
    }

    /// All routes, by host.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }
}

#[cfg(test)]
mod tests {
    use super::super::routes::tests::serving;
    use super::super::routes::{Reach, routes};
    use super::*;

    fn list(containers: &[crate::border::engine::ServingContainer]) -> Vec<Route> {
        routes(containers, &Reach { gateways: ["172.18.0.1".parse().unwrap()].into(), host: None })
    }

    #[test]
    fn changes_are_told_once_and_former_names_are_known() {
        let mut table = Table { lost: Some("gone".to_owned()), ..Table::default() };
        let (web, api) = (serving("web", "main", &[80]), serving("api", "main", &[80]));
        let changes = table.replace(list(&[web.clone(), api.clone()]));
        assert_eq!(changes.set, ["api-main.localhost → 172.18.0.2:80", "web-main.localhost → 172.18.0.2:80"]);
        assert_eq!(table.lost, None);
        assert_eq!(table.replace(list(&[web.clone(), api.clone()])), Changes::default());

        let changes = table.replace(list(std::slice::from_ref(&api)));
        assert_eq!((changes.set.len(), changes.removed), (0, vec!["web-main.localhost".to_owned()]));
        assert!(matches!(table.find("web-main.localhost"), Found::Former(route) if route.tap == "web"));
        assert!(matches!(table.find("api-main.localhost"), Found::Route(route) if route.tap == "api"));
        assert_eq!(table.find("other.localhost"), Found::Unknown);

        let mut elsewhere = web;
        elsewhere.tcp_ports = vec![81];
        let changes = table.replace(list(&[elsewhere, api]));
        assert_eq!(changes.set, ["web-main.localhost → 172.18.0.2:81"]);
        assert!(matches!(table.find("web-main.localhost"), Found::Route(_)));
        assert_eq!(table.routes().count(), 2);
    }
}
