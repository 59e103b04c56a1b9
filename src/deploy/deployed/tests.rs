use super::*;
use crate::border::engine::SwarmPort;

fn service(tap: &str, branch: &str, name: &str) -> SwarmService {
    let stack = format!("{tap}-{branch}");
    let labels = [(LABEL_TAP, tap), (LABEL_BRANCH, branch), (LABEL_TAG, branch), (LABEL_MAIN_SERVICE, "web")];
    SwarmService {
        name: format!("{stack}_{name}"),
        stack,
        labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        replicas: Some(2),
        desired: 2,
        image: format!("r.test/{tap}:{branch}@sha256:{}", "a".repeat(64)),
        ..SwarmService::default()
    }
}

fn chosen(list: &[Deployed], tap: &str, branch: Option<&str>, current: Option<&str>, all: bool) -> String {
    match choose(list, tap, branch, current, all) {
        Ok(found) => found.iter().map(|one| one.stack.as_str()).collect::<Vec<_>>().join(" "),
        Err(error) => format!("{}: {}", error.message(), error.remedy().unwrap_or_default()),
    }
}

#[test]
fn services_belong_to_taps() {
    let foreign = SwarmService { stack: "other".to_owned(), ..SwarmService::default() };
    let alone = SwarmService { stack: String::new(), ..service("web", "main", "web") };
    let list = deployed(vec![
        service("web", "main", "db"),
        foreign,
        alone,
        service("web", "main", "web"),
        service("api", "main", "api"),
    ]);
    let shown: Vec<_> = list.iter().map(|one| (one.stack.as_str(), one.services.len())).collect();
    assert_eq!(shown, [("api-main", 1), ("web-main", 2)]);
    assert!(is_main(&service("web", "main", "web")) && !is_main(&service("web", "main", "db")));
}

#[test]
fn which_branch_is_meant() {
    let list =
        deployed(vec![service("web", "main", "web"), service("web", "try", "web"), service("api", "old", "api")]);
    // The only one, whatever branch is checked out.
    assert_eq!(chosen(&list, "api", None, Some("main"), false), "api-old");
    assert_eq!(chosen(&list, "web", None, Some("try"), false), "web-try");
    assert_eq!(chosen(&list, "web", Some("main"), Some("try"), false), "web-main");
    assert_eq!(chosen(&list, "web", None, None, true), "web-main web-try");
    assert_eq!(
        chosen(&list, "web", None, Some("third"), false),
        "web is deployed from several branches: main, try: say which is meant: --branch main"
    );
    assert_eq!(
        chosen(&list, "api", Some("main"), None, false),
        "api is not deployed from the branch main: it is from old"
    );
    assert_eq!(
        chosen(&list, "wob", None, None, false),
        "wob is not deployed in this Swarm: did you mean web? keg deploy status shows all"
    );
}

#[test]
fn rows_say_what_runs_where() {
    let task = |slot: i64, state: &str, node: &str| SwarmTask {
        id: slot.to_string(),
        slot: Some(slot),
        node: node.to_owned(),
        address: format!("10.0.0.{slot}"),
        image: format!("r.test/web:main@sha256:{}", "a".repeat(64)),
        state: state.to_owned(),
        is_wanted: state != "shutdown",
        since: 7,
        ..SwarmTask::default()
    };
    let port = |published, host_mode| SwarmPort { published, target: 80, protocol: "tcp".to_owned(), host_mode };
    let dns = SwarmPort { protocol: "udp".to_owned(), ..port(53, false) };
    let lost = SwarmTask { is_lost: true, ..task(3, "running", "node3") };
    let web = SwarmService {
        ports: vec![port(80, false), port(8080, true), dns],
        tasks: vec![task(1, "running", "node1"), task(1, "shutdown", "node2"), task(2, "starting", "node2"), lost],
        ..service("web", "main", "web")
    };
    let rows = rows(&deployed(vec![web])[0], "box");
    let row = &rows[0];
    assert_eq!((row.service.as_str(), row.running, row.replicas, row.image.as_str()), ("web", 1, 2, "r.test/web:main"));
    assert_eq!(row.digest, Some(format!("sha256:{}", "a".repeat(64))));
    assert_eq!(row.urls, ["http://box:80", "http://10.0.0.1:8080"]);
    assert_eq!(
        (url("[fd00::1]", 80), url("fd00::1", 80)),
        ("http://[fd00::1]:80".into(), "http://[fd00::1]:80".into())
    );
    let tasks: Vec<_> =
        row.tasks.iter().map(|task| (task.name.as_str(), task.state.as_str(), task.node.as_str())).collect();
    assert_eq!(tasks, [("web.1", "running", "node1"), ("web.2", "starting", "node2")]);
}

#[test]
fn tasks_without_a_place_are_known_by_their_node() {
    let global = SwarmTask { node: "node2".to_owned(), ..SwarmTask::default() };
    assert_eq!(task_name(&service("web", "main", "agent"), &global), "agent@node2");
}

#[test]
fn images_without_a_digest() {
    assert_eq!(split("busybox:1"), ("busybox:1".to_owned(), None));
    assert_eq!(split("No Image"), ("No Image".to_owned(), None));
}
