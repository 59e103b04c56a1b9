//! The pages that the proxy shows by itself.

use std::net::IpAddr;

use minijinja::{Environment, context};

use super::names::url;
use super::routes::{Route, Trouble};
use super::table::{Found, Table};

/// The page's template. Values in it are escaped, since its name ends with `.html`.
const TEMPLATE: (&str, &str) = ("page.html", include_str!("page.html"));

/// A page for people and its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The status of HTTP.
    pub status: u16,
    /// The HTML.
    pub html: String,
}

/// What a page is about.
#[derive(Debug, Clone, Default)]
struct Content {
    status: u16,
    title: String,
    lines: Vec<String>,
    commands: Vec<String>,
}

/// The page for a name that leads nowhere, and for the machine itself. `port` is that of links.
pub fn unknown(host: &str, table: &Table, port: u16) -> Page {
    let is_machine = host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let content = match table.find(host) {
        Found::Unknown if is_machine => Content {
            status: 200,
            title: "Taps of this machine".to_owned(),
            lines: vec!["Each tap has a name of its own.".to_owned()],
            commands: vec!["keg start TAP".to_owned()],
        },
        Found::Former(route) => stopped(route),
        Found::Route(Route { place: Err(trouble), tap, .. }) => Content {
            status: 502,
            title: format!("{tap} cannot be reached"),
            lines: vec![format!("{host} is {tap}, and {trouble}."), format!("What to do: {}.", trouble.remedy(tap))],
            commands: Vec::new(),
        },
        Found::Route(Route { place: Ok(_), .. }) | Found::Unknown => Content {
            status: 404,
            title: "There is no such name here".to_owned(),
            lines: vec![
                format!("Nothing that runs is called {host}."),
                "A tap gets its name when it is started:".to_owned(),
            ],
            commands: vec!["keg start TAP".to_owned(), "keg proxy status".to_owned()],
        },
    };
    page(content, table, port)
}

/// The page for a container that does not answer as it should.
pub fn no_answer(route: &Route, reason: &str, table: &Table, port: u16) -> Page {
    let Route { host, tap, container, .. } = route;
    let lines = vec![
        format!("{host} is {tap} on the branch {}. Its container {container} is there, and {reason}.", route.branch),
        "It may still be starting, listen on another port, or listen on 127.0.0.1 of its container alone.".to_owned(),
    ];
    let content = Content {
        status: 502,
        title: format!("{tap} does not answer"),
        lines,
        commands: vec![format!("keg logs {tap}"), format!("keg restart {tap}")],
    };
    page(content, table, port)
}

/// The page for a request that names no host.
pub fn no_host(table: &Table, port: u16) -> Page {
    let content = Content {
        status: 400,
        title: "The request names no host".to_owned(),
        lines: vec!["Without a host nobody can know which tap is meant.".to_owned()],
        commands: Vec::new(),
    };
    page(content, table, port)
}

fn stopped(route: &Route) -> Content {
    let Route { host, tap, branch, .. } = route;
    Content {
        status: 502,
        title: format!("{tap} is stopped"),
        lines: vec![format!("{host} was {tap} on the branch {branch}, and does not run any more. To start it again:")],
        commands: vec![format!("keg start {tap}")],
    }
}

fn page(content: Content, table: &Table, port: u16) -> Page {
    let routes: Vec<_> = table
        .routes()
        .map(|route| {
            let state = match &route.place {
                Ok(_) | Err(Trouble::NotRunning(_)) => route.state.clone(),
                Err(trouble) => format!("{}: {trouble}", route.state),
            };
            let Route { host, tap, branch, .. } = route;
            context! { url => url(host, port), host, tap, branch, state }
        })
        .collect();
    let Content { status, title, lines, commands } = content;
    let mut environment = Environment::new();
    let (name, source) = TEMPLATE;
    let values = context! { title, lines, commands, routes, lost => &table.lost };
    let html = environment
        .add_template(name, source)
        .and_then(|()| environment.get_template(name))
        .and_then(|template| template.render(values))
        // The template is part of the program, and the tests render it.
        .unwrap_or_else(|_| format!("keg proxy: {status}\n"));
    Page { status, html }
}

#[cfg(test)]
mod tests {
    use super::super::routes::tests::serving;
    use super::super::routes::{Reach, routes};
    use super::*;

    fn table(containers: &[crate::border::engine::ServingContainer]) -> Table {
        let mut table = Table::default();
        table.replace(routes(containers, &Reach { gateways: ["172.18.0.1".parse().unwrap()].into(), host: None }));
        table
    }

    #[test]
    fn an_unknown_name_gets_a_list_of_links() {
        let page = unknown("nothing.localhost", &table(&[serving("web", "main", &[80])]), 8080);
        assert_eq!(page.status, 404);
        for part in [
            "Nothing that runs is called nothing.localhost.",
            "<a href=\"http:&#x2f;&#x2f;web-main.localhost:8080\">web-main.localhost</a></td><td>web</td><td>main</td>",
            "<code>keg start TAP</code>",
        ] {
            assert!(page.html.contains(part), "{part} is missing in {}", page.html);
        }
        assert!(unknown("x", &table(&[]), 80).html.contains("No tap with a name runs."));
    }

    #[test]
    fn the_machine_itself_lists_its_taps() {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let page = unknown(host, &table(&[serving("web", "main", &[80])]), 80);
            assert_eq!(page.status, 200);
            assert!(page.html.contains(">web-main.localhost</a>"), "{}", page.html);
        }
    }

    #[test]
    fn a_tap_that_is_down_says_how_to_start_it() {
        let mut known = table(&[serving("web", "main", &[80])]);
        known.replace(Vec::new());
        let page = unknown("web-main.localhost", &known, 80);
        assert_eq!(page.status, 502);
        assert!(page.html.contains("<code>keg start web</code>"), "{}", page.html);

        let mut ended = serving("web", "main", &[80]);
        ended.container.state = "exited".to_owned();
        let page = unknown("web-main.localhost", &table(&[ended]), 80);
        assert_eq!(page.status, 502);
        assert!(page.html.contains("its container is exited"), "{}", page.html);
        assert!(page.html.contains("keg logs web"), "{}", page.html);
    }

    #[test]
    fn no_answer_says_why() {
        let mut known = table(&[serving("web", "main", &[80])]);
        known.lost = Some("cannot reach the Docker engine".to_owned());
        let route = known.routes().next().unwrap().clone();
        let page = no_answer(&route, "nothing listens at 172.18.0.2:80", &known, 80);
        assert_eq!(page.status, 502);
        for part in ["nothing listens at 172.18.0.2:80", "keg logs web", "cannot reach the Docker engine"] {
            assert!(page.html.contains(part), "{part} is missing in {}", page.html);
        }
        assert_eq!(no_host(&known, 80).status, 400);
    }

    #[test]
    fn hostile_names_are_text() {
        let mut web = serving("web", "main", &[80]);
        web.container.labels.insert("dev.keg.branch".to_owned(), "<script>alert(1)</script>".to_owned());
        let page = unknown("<img src=x onerror=y>", &table(&[web]), 80);
        assert!(!page.html.contains("<script>") && !page.html.contains("<img"), "{}", page.html);
    }
}
