use super::*;

fn container(state: &str, health: Option<&str>) -> EngineContainer {
    EngineContainer {
        id: "1".into(),
        name: "web-1".into(),
        image_id: String::new(),
        image: String::new(),
        state: state.into(),
        health: health.map(str::to_owned),
        labels: Default::default(),
        ports: Vec::new(),
        created: 0,
    }
}

/// Looks at `state[/health]` at tenths of a second.
fn looks(states: &[(u64, &str)], exit_code: Option<i64>) -> Vec<String> {
    let mut watch = Watch::default();
    let mut verdicts = Vec::new();
    for (at, state) in states {
        let (state, health) = state.split_once('/').map_or((*state, None), |(state, health)| (state, Some(health)));
        let container = container(state, health);
        let verdict = watch.look(Duration::from_millis(at * 100), &[Seen { container: &container, exit_code }]);
        verdicts.push(match verdict {
            Verdict::Up => "up".to_owned(),
            Verdict::Waiting(trouble) => format!("waits: {}", trouble[0].why),
            Verdict::Failed(trouble) => format!("failed: {}", trouble[0].why),
        });
    }
    verdicts
}

#[test]
fn a_health_check_decides() {
    let check = looks(&[(0, "running/starting"), (600, "running/starting"), (601, "running/healthy")], None);
    let waits = "waits: has not passed its health check yet";
    assert_eq!(check, [waits, waits, "up"]);
    assert_eq!(looks(&[(0, "running/unhealthy")], None), ["failed: is unhealthy"]);
}

#[test]
fn without_one_it_has_to_run_for_a_moment() {
    let waits = "waits: has only just started";
    assert_eq!(
        looks(&[(0, "created"), (1, "running"), (9, "running"), (11, "running")], None),
        ["waits: has not started yet", waits, waits, "up"]
    );
    assert_eq!(looks(&[(0, "running"), (5, "exited")], Some(3)), [waits, "failed: ended with code 3"]);
    assert_eq!(looks(&[(0, "exited")], Some(0)), ["up"]);
    assert_eq!(looks(&[(0, "dead")], None), ["failed: has ended"]);
    assert_eq!(looks(&[(0, "paused")], None), ["up"]);
}

#[test]
fn one_that_keeps_restarting_has_failed() {
    let (starts, restarts) = ("waits: has only just started", "waits: is restarting");
    assert_eq!(
        looks(&[(0, "running"), (3, "restarting"), (6, "running"), (20, "running"), (52, "running")], None),
        [starts, restarts, starts, starts, starts]
    );
    assert_eq!(looks(&[(3, "restarting"), (6, "running"), (56, "running")], None), [restarts, starts, "up"]);
    assert_eq!(
        looks(&[(3, "restarting"), (30, "running"), (54, "restarting")], None),
        [restarts, starts, "failed: keeps restarting"]
    );
}

#[test]
fn one_failure_is_enough() {
    let (good, bad) = (container("running", Some("healthy")), container("running", Some("unhealthy")));
    let seen = [Seen { container: &good, exit_code: None }, Seen { container: &bad, exit_code: None }];
    assert!(matches!(Watch::default().look(Duration::ZERO, &seen), Verdict::Failed(trouble) if trouble.len() == 1));
    // All services under profiles: Compose starts nothing and says nothing.
    assert!(matches!(Watch::default().look(Duration::ZERO, &[]), Verdict::Failed(_)));
}

#[test]
fn one_that_has_stayed_up_before_is_up_at_once() {
    let labels = |settings: &str| [(LABEL_SETTINGS, settings)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let known = EngineContainer { labels: labels("a").into(), image_id: "i".into(), ..container("running", None) };
    let other_settings = EngineContainer { labels: labels("b").into(), ..known.clone() };
    let other_image = EngineContainer { image_id: "j".into(), ..known.clone() };
    let look = |container: &EngineContainer| {
        let mut watch = Watch::knowing(fingerprint(&known).into_iter().collect());
        watch.look(Duration::ZERO, &[Seen { container, exit_code: None }])
    };
    assert_eq!(look(&known), Verdict::Up);
    assert!(matches!(look(&other_settings), Verdict::Waiting(_)));
    assert!(matches!(look(&other_image), Verdict::Waiting(_)));
    assert!(matches!(look(&EngineContainer { state: "restarting".into(), ..known.clone() }), Verdict::Waiting(_)));
}
