use super::*;
use crate::border::engine::PublishedPort;

fn container(project: &str, tap: &str, branch: &str, service: &str) -> EngineContainer {
    let labels = [
        (LABEL_PROJECT, project.to_owned()),
        (LABEL_TAP, tap.to_owned()),
        (LABEL_BRANCH, branch.to_owned()),
        (LABEL_TAG, branch.replace('/', "-")),
        (LABEL_WORKSPACE, "/w".to_owned()),
        (LABEL_SERVICE, service.to_owned()),
    ];
    EngineContainer {
        id: format!("{project}{service}"),
        name: format!("{project}-{service}-1"),
        image_id: String::new(),
        image: "web:x".into(),
        state: "running".into(),
        health: Some("healthy".into()),
        labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ports: Vec::new(),
        created: 0,
    }
}

fn port(host_ip: &str, host_port: u16, container_port: u16, protocol: &str) -> PublishedPort {
    PublishedPort { host_ip: host_ip.into(), host_port, container_port, protocol: protocol.into() }
}

fn chosen(running: &[Running], which: Which<'_>) -> String {
    match choose(running, "web", which) {
        Ok(list) => list.iter().map(|one| one.branch.as_str()).collect::<Vec<_>>().join(" "),
        Err(error) => format!("{} | {}", error.message(), error.remedy().unwrap_or_default()),
    }
}

#[test]
fn the_branch_that_is_meant() {
    let one = running([container("web-a", "web", "a", "web"), container("api-main", "api", "main", "api")]);
    assert_eq!(chosen(&one, Which::Current(Some("main"))), "a");
    assert_eq!(chosen(&one, Which::Current(None)), "a");
    assert_eq!(chosen(&one, Which::Branch("main")), "");

    let two = running([container("web-f-b", "web", "f/b", "web"), container("web-a", "web", "a", "web")]);
    assert_eq!(chosen(&two, Which::Current(Some("f/b"))), "f/b");
    assert_eq!(chosen(&two, Which::Branch("f-b")), "f/b");
    assert_eq!(chosen(&two, Which::All), "a f/b");
    let question = "web runs on 2 branches, and none is the current one | \
                    Say which one is meant: --branch a, --branch f/b.";
    assert_eq!(chosen(&two, Which::Current(Some("main"))), question);
    assert_eq!(chosen(&two, Which::Current(None)), question);
    assert_eq!(chosen(&[], Which::Current(None)), "");
}

#[test]
fn the_plan_that_is_meant() {
    let variant = |plan: &str| {
        let mut container = container(&format!("web-{plan}"), "web", "main", "web");
        container.labels.insert(LABEL_TAG.to_owned(), format!("{plan}-main"));
        container.labels.insert(LABEL_TAP_PLAN.to_owned(), plan.to_owned());
        container
    };
    let one = running([variant("gpu")]);
    assert_eq!(chosen(&one, Which::Current(Some("main"))), "main");
    assert_eq!(one[0].plan.as_deref(), Some("gpu"));
    assert!(one[0].variables().contains(&("KEG_PLAN".to_owned(), "gpu".to_owned())));
    let two = running([variant("gpu"), variant("cpu")]);
    assert_eq!(two.len(), 2);
    let question = "web runs by 2 plans on the branch main | \
                    Say which one is meant: --branch cpu-main, --branch gpu-main.";
    assert_eq!(chosen(&two, Which::Current(Some("main"))), question);
    assert_eq!(chosen(&two, Which::Branch("main")), question);
    let found = choose(&two, "web", Which::Branch("gpu-main")).unwrap();
    assert_eq!(found.iter().map(|one| one.project.as_str()).collect::<Vec<_>>(), ["web-gpu"]);
}

#[test]
fn one_that_does_not_run_is_said() {
    let one = running([container("web-a", "web", "a", "web")]);
    let error = choose_one(&one, "web", Which::Branch("b")).unwrap_err();
    assert_eq!(
        (error.message(), error.remedy()),
        ("web does not run on the branch b", Some("It runs on the branch a."))
    );
    let error = choose_one(&one, "api", Which::Current(None)).unwrap_err();
    assert_eq!((error.message(), error.remedy()), ("api does not run", Some("Start it with `keg start api`.")));
}

#[test]
fn services_of_what_runs() {
    let mut web = container("web-a", "web", "a", "web");
    web.labels.insert(LABEL_MAIN_SERVICE.to_owned(), "web".to_owned());
    let list = running([web, container("web-a", "web", "a", "db")]);
    assert_eq!(list[0].main_service(), "web");
    list[0].require_service("db").unwrap();
    let error = list[0].require_service("wbe").unwrap_err();
    assert_eq!(error.message(), "web on branch a has no service `wbe`");
    assert_eq!(error.remedy(), Some("Did you mean `web`? Its services are: db, web."));
}

#[test]
fn containers_are_grouped_and_sorted() {
    let mut stranger = container("web-a", "web", "a", "web");
    stranger.labels.remove(LABEL_TAP);
    let list = running([
        container("web-a", "web", "a", "web"),
        container("api-main", "api", "main", "api"),
        container("web-a", "web", "a", "db"),
        stranger,
    ]);
    let shown: Vec<_> =
        list.iter().map(|one| (one.project.as_str(), one.containers.iter().map(service).collect::<Vec<_>>())).collect();
    assert_eq!(shown, [("api-main", vec!["api"]), ("web-a", vec!["db", "web"])]);
}

#[test]
fn rows_show_ports_and_addresses_once() {
    let mut one = container("web-a", "web", "a", "web");
    one.ports = vec![
        port("0.0.0.0", 8080, 80, "tcp"),
        port("::", 8080, 80, "tcp"),
        port("127.0.0.1", 9000, 90, "tcp"),
        port("10.0.0.1", 9001, 91, "tcp"),
        port("0.0.0.0", 53, 53, "udp"),
    ];
    let row = rows(&running([one]), "localhost").remove(0);
    assert_eq!(row.state, "running (healthy)");
    assert_eq!(row.ports, ["8080->80/tcp", "127.0.0.1:9000->90/tcp", "10.0.0.1:9001->91/tcp", "53->53/udp"]);
    assert_eq!(row.urls, ["http://localhost:8080", "http://localhost:9000", "http://10.0.0.1:9001"]);
}

#[test]
fn ports_are_reached_where_the_engine_is() {
    for (address, expected) in [
        ("", "localhost"),
        ("unix:///var/run/docker.sock", "localhost"),
        ("tcp://127.0.0.1:2375", "localhost"),
        ("tcp://10.0.0.7:2375", "10.0.0.7"),
        ("ssh://me@builder:22/run/docker.sock", "builder"),
        ("tcp://[fd00::1]:2375", "[fd00::1]"),
    ] {
        assert_eq!(host(address), expected, "{address}");
    }
}
