use super::*;
use crate::border::engine::Update;

fn task(id: &str, slot: i64, state: &str) -> SwarmTask {
    SwarmTask {
        id: id.to_owned(),
        slot: Some(slot),
        node: format!("node{slot}"),
        state: state.to_owned(),
        is_wanted: !matches!(state, "failed" | "rejected" | "shutdown" | "complete"),
        is_current: true,
        ..SwarmTask::default()
    }
}

fn old(task: SwarmTask) -> SwarmTask {
    SwarmTask { is_current: false, ..task }
}

fn failed(id: &str, slot: i64, error: &str, since: i64) -> SwarmTask {
    SwarmTask { error: Some(error.to_owned()), since, ..task(id, slot, "failed") }
}

fn service(replicas: u64, update: Option<&str>, tasks: Vec<SwarmTask>) -> SwarmService {
    SwarmService {
        name: "shop-main_web".to_owned(),
        stack: "shop-main".to_owned(),
        replicas: Some(replicas),
        desired: replicas,
        restarts: true,
        update: update.map(|state| Update { state: state.to_owned(), message: "it says so".to_owned() }),
        tasks,
        ..SwarmService::default()
    }
}

/// What a watch says a long time after everything was up for the first time.
fn settled(watch: &mut Watch, service: &SwarmService) -> Verdict {
    watch.look(Duration::ZERO, std::slice::from_ref(service));
    watch.look(SETTLED, std::slice::from_ref(service))
}

fn why(verdict: Verdict) -> (bool, Vec<String>) {
    match verdict {
        Verdict::Up => (true, vec!["up".to_owned()]),
        Verdict::Waiting(list) => (true, list.into_iter().map(|one| format!("{} {}", one.service, one.why)).collect()),
        Verdict::Failed(list) => (false, list.into_iter().map(|one| format!("{} {}", one.service, one.why)).collect()),
    }
}

#[test]
fn everything_has_to_run_for_a_while() {
    let both = service(2, None, vec![task("a", 1, "running"), task("b", 2, "running")]);
    let mut watch = Watch::default();
    assert_eq!(watch.look(Duration::ZERO, std::slice::from_ref(&both)), Verdict::Waiting(Vec::new()));
    let one = service(2, None, vec![task("a", 1, "running"), task("c", 2, "starting")]);
    let expected = (true, vec!["web has 1 of 2 containers".to_owned()]);
    assert_eq!(why(watch.look(SETTLED, std::slice::from_ref(&one))), expected);
    assert_eq!(watch.look(SETTLED, std::slice::from_ref(&both)), Verdict::Waiting(Vec::new()), "it begins anew");
    assert_eq!(watch.look(SETTLED * 2, std::slice::from_ref(&both)), Verdict::Up);
    assert_eq!(watch.look(SETTLED * 3, &[]), Verdict::Waiting(Vec::new()), "nothing at all is not up");
    let none = service(0, None, Vec::new());
    assert_eq!(settled(&mut Watch::default(), &none), Verdict::Up);
}

#[test]
fn what_ran_before_does_not_count_as_up() {
    // The update has not been noticed by the Swarm yet.
    let unchanged = service(1, None, vec![old(task("a", 1, "running"))]);
    assert_eq!(why(settled(&mut Watch::default(), &unchanged)).1, ["web has 1 of 1 containers"]);
    let overlapping = service(1, None, vec![old(task("a", 1, "running")), task("b", 1, "running")]);
    assert_eq!(why(settled(&mut Watch::default(), &overlapping)).1, ["web has 2 of 1 containers"]);
    let updating = service(2, Some("updating"), vec![task("b", 1, "running"), old(task("a", 2, "running"))]);
    assert_eq!(why(settled(&mut Watch::default(), &updating)).1, ["web is being updated: 1 of 2"]);
    let done = service(1, Some("completed"), vec![old(task("a", 1, "shutdown")), task("b", 1, "running")]);
    assert_eq!(settled(&mut Watch::default(), &done), Verdict::Up);
}

#[test]
fn what_the_swarm_gives_up_has_failed() {
    let tasks = || vec![task("a", 1, "running"), old(failed("c", 2, "unhealthy", 2)), old(failed("b", 2, "exit 1", 1))];
    let before = [service(2, None, vec![old(failed("b", 2, "exit 1", 1))])];
    for (state, text) in [
        ("rollback_completed", "web was rolled back to what ran before"),
        ("rollback_paused", "web could not be rolled back (it says so)"),
        ("paused", "web is half-way: its update was stopped (it says so)"),
    ] {
        let verdict = Watch::after(&before).look(Duration::ZERO, &[service(2, Some(state), tasks())]);
        assert!(matches!(verdict, Verdict::Failed(_)), "{state}: {verdict:?}");
        let troubles = match verdict {
            Verdict::Failed(troubles) | Verdict::Waiting(troubles) => troubles,
            Verdict::Up => Vec::new(),
        };
        assert_eq!(format!("{} {}", troubles[0].service, troubles[0].why), text);
        let task = troubles[0].task.as_ref().unwrap();
        assert_eq!((task.name.as_str(), task.node.as_str(), task.error.as_str()), ("web.2", "node2", "unhealthy"));
    }
    let back = service(2, Some("rollback_started"), tasks());
    assert_eq!(
        why(Watch::default().look(Duration::ZERO, &[back])),
        (true, vec!["web is being rolled back".to_owned()])
    );
}

#[test]
fn a_first_deployment_gives_up_when_one_place_fails_again_and_again() {
    let fails = |count: usize| {
        let ids: Vec<String> = (0..count).map(|place| format!("t{place}")).collect();
        let tasks = ids.iter().map(|id| failed(id, 1, "exit 1", 1)).chain([task("z", 1, "starting")]);
        service(1, None, tasks.collect())
    };
    let mut watch = Watch::default();
    assert!(why(watch.look(Duration::ZERO, &[fails(MOST_FAILURES - 1)])).0);
    let verdict = why(watch.look(Duration::ZERO, &[fails(MOST_FAILURES)]));
    assert_eq!(verdict, (false, vec!["web does not come up: 5 containers have failed one after the other".to_owned()]));
    // In different places, one failure each.
    let both = |slot: i64| [failed(&slot.to_string(), slot, "exit 1", 1), task(&format!("n{slot}"), slot, "starting")];
    let spread = (1..=5).flat_map(both).collect();
    assert!(why(watch.look(Duration::ZERO, &[service(5, None, spread)])).0);
    // What failed before the deployment is no news.
    assert!(why(Watch::after(&[fails(9)]).look(Duration::ZERO, &[fails(9)])).0);
}

#[test]
fn jobs_are_up_when_they_have_done_their_work() {
    let job = |tasks| SwarmService { restarts: false, ..service(1, None, tasks) };
    assert_eq!(settled(&mut Watch::default(), &job(vec![task("a", 1, "complete")])), Verdict::Up);
    assert_eq!(settled(&mut Watch::default(), &job(vec![task("a", 1, "running")])), Verdict::Up);
    let late = |error: &str, since| failed(error, 1, error, since);
    let again = job(vec![late("exit 1", 1), task("b", 1, "starting")]);
    assert!(matches!(settled(&mut Watch::default(), &again), Verdict::Waiting(_)));
    let given_up = job(vec![late("exit 1", 1), late("exit 2", 2)]);
    let expected = (false, vec!["web has failed, and is not to be started again".to_owned()]);
    assert_eq!(why(settled(&mut Watch::default(), &given_up)), expected);
    // What a Swarm has not taken note of yet.
    let before = std::slice::from_ref(&given_up);
    assert!(matches!(settled(&mut Watch::after(before), &given_up), Verdict::Waiting(_)));
    // A service that is to run on is not up when it has ended.
    let ended = service(1, None, vec![task("a", 1, "complete")]);
    let again = service(1, None, vec![task("a", 1, "complete"), task("b", 1, "starting")]);
    assert!(matches!(settled(&mut Watch::default(), &again), Verdict::Waiting(_)));
    assert_eq!(why(settled(&mut Watch::default(), &ended)), expected);
}

#[test]
fn one_on_each_node() {
    let global = |desired, tasks| SwarmService { replicas: None, desired, ..service(0, None, tasks) };
    assert_eq!(settled(&mut Watch::default(), &global(1, vec![task("a", 1, "running")])), Verdict::Up);
    assert!(matches!(settled(&mut Watch::default(), &global(0, Vec::new())), Verdict::Waiting(_)), "no node fits");
}

#[test]
fn a_place_that_no_node_has_is_said() {
    let reason = "no suitable node (host-mode port already in use on 2 nodes)";
    let stuck = SwarmTask { error: Some(reason.to_owned()), node: String::new(), ..task("b", 2, "pending") };
    let verdict = Watch::default().look(Duration::ZERO, &[service(2, None, vec![task("a", 1, "running"), stuck])]);
    assert_eq!(why(verdict).1, [format!("web has 1 of 2 containers: {reason}")]);
    // A task on a node that has gone does not run.
    let lost = SwarmTask { is_lost: true, ..task("a", 1, "running") };
    assert_eq!(
        why(Watch::default().look(Duration::ZERO, &[service(1, None, vec![lost])])).1,
        ["web has 0 of 1 containers"]
    );
}

#[test]
fn news_are_told_once() {
    let mut watch = Watch::after(&[service(1, None, vec![task("a", 1, "running")])]);
    let look = |state: &str| [service(1, None, vec![task("a", 1, "shutdown"), task("b", 1, state)])];
    assert_eq!(watch.news(&look("preparing")), ["web.1 preparing on node1"]);
    assert_eq!(watch.news(&look("preparing")), [""; 0]);
    assert_eq!(watch.news(&[service(1, None, vec![failed("b", 1, "exit 1", 1)])]), ["web.1 failed on node1: exit 1"]);
}

#[test]
fn services_that_are_ahead_of_one_that_went_back() {
    let before = [service(1, None, vec![task("a", 1, "running"), task("w", 2, "running")])];
    let watch = Watch::after(&before);
    let back = service(1, Some("rollback_completed"), vec![task("b", 1, "running")]);
    let named =
        |name: &str, update, tasks| SwarmService { name: format!("shop-main_{name}"), ..service(1, update, tasks) };
    let ahead = named("worker", Some("completed"), vec![old(task("w", 2, "shutdown")), task("x", 2, "running")]);
    let unchanged = named("cache", None, vec![task("w", 2, "running")]);
    let new = named("new", None, vec![task("y", 1, "running")]);
    let all = [back, ahead.clone(), unchanged, new];
    let found: Vec<&str> = watch.left_ahead(&all).into_iter().map(|service| service.name.as_str()).collect();
    assert_eq!(found, ["shop-main_worker"]);
    assert!(watch.left_ahead(&[ahead]).is_empty(), "nothing has gone back");
}

#[test]
fn what_fails_in_an_update_that_was_under_way_belongs_to_it() {
    let (last, next) = (old(task("a", 1, "shutdown")), failed("b", 1, "unhealthy", 5));
    let under_way = service(1, Some("updating"), vec![last.clone(), next.clone()]);
    let mut watch = Watch::during(std::slice::from_ref(&under_way));
    assert_eq!(watch.news(std::slice::from_ref(&under_way)), ["web.1 failed on node1: unhealthy"]);
    let back = service(1, Some("rollback_completed"), vec![last, old(next), task("c", 1, "running")]);
    let troubles = match watch.look(SETTLED, std::slice::from_ref(&back)) {
        Verdict::Failed(troubles) => troubles,
        Verdict::Up | Verdict::Waiting(_) => Vec::new(),
    };
    assert_eq!(troubles[0].task.as_ref().unwrap().error, "unhealthy");
}
