use std::sync::Arc;

use super::*;
use crate::border::buildx::recorded;
use crate::context::Context;
use crate::key::Key;
use crate::plan::{Action, BuildAction, Reason};
use crate::reference::Reference;
use crate::workspace::ImageIndex;

#[test]
fn names_of_targets_and_what_is_left() {
    let found = |name| named(name).map(|(target, name)| (target.to_owned(), name));
    let expected = |target: &str, name: &str| Some((target.to_owned(), name.to_owned()));
    assert_eq!(found("[web 2/3] RUN make"), expected("web", "[2/3] RUN make"));
    assert_eq!(
        found("[web linux/arm64 builder 2/3] RUN [ -e x ] && y"),
        expected("web", "[linux/arm64 builder 2/3] RUN [ -e x ] && y")
    );
    assert_eq!(found("[web internal] load .dockerignore"), expected("web", "[internal] load .dockerignore"));
    assert_eq!(found("[web] exporting to image"), expected("web", "exporting to image"));
    assert_eq!(found("transferring"), None);
}

/// A step that builds an image.
fn step(subject: &str) -> Step {
    let action = BuildAction {
        image: ImageIndex(0),
        key: Key::parse(&"0".repeat(64)).unwrap(),
        content: Reference::parse(subject).unwrap(),
        tags: Vec::new(),
        dockerfile: String::new(),
        build_args: BTreeMap::new(),
        target: None,
        labels: BTreeMap::new(),
        cache: true,
        platforms: Vec::new(),
        parents: Vec::new(),
        cache_tags: Vec::new(),
        ssh: Vec::new(),
        uploads: true,
    };
    let (action, reason) = (Action::Build(Box::new(action)), Reason::NotBuilt);
    Step { subject: subject.to_owned(), action, after: Vec::new(), reason }
}

fn request(step: &Step, dockerfile: &str) -> BuildRequest {
    BuildRequest {
        step: step.name(),
        context: Arc::new(Context { root: "/w".into(), entries: Vec::new() }),
        dockerfile_name: "Dockerfile".to_owned(),
        dockerfile_text: dockerfile.to_owned(),
        dockerfile_source: dockerfile.to_owned(),
        build_args: Vec::new(),
        labels: BTreeMap::new(),
        target: None,
        platform: None,
        no_cache: false,
        tag: Reference::parse("web").unwrap(),
        secrets: Vec::new(),
        agents: Vec::new(),
        agent: None,
        credentials: Arc::new(|_| None),
    }
}

/// A base, two images on it, and one on the first of them, built with layers from the registry: BuildKit tells of the
/// base's steps under the names of all four, and of `COPY new /` in each Dockerfile.
#[test]
fn each_build_has_its_own_steps_and_times() {
    let dockerfiles = [
        (
            "base",
            "FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\nRUN [\"/bin/busybox\",\"--install\",\"-s\",\"/bin\"]\n\
             RUN sleep 1.5\nCOPY new /\n",
        ),
        ("a", "FROM base\nRUN sleep 0.4\nRUN echo a\nCOPY new /\n"),
        ("b", "FROM base\nRUN sleep 3.1\nRUN echo b\nCOPY new /\n"),
        ("c", "FROM a\nRUN sleep 0.7\nRUN echo c\nCOPY new /\n"),
    ];
    let steps: Vec<Step> = dockerfiles.iter().map(|(name, _)| step(name)).collect();
    let requests: Vec<BuildRequest> =
        steps.iter().zip(&dockerfiles).map(|(step, (_, text))| request(step, text)).collect();
    let followed = steps.iter().zip(&requests).map(|(step, request)| (step.subject.as_str(), step, request, true));
    let needs = [vec![], vec![0], vec![0], vec![0, 1]].map(BTreeSet::from_iter);
    let (events, mut told) = Events::channel();
    let mut begun = BTreeSet::new();
    let run_began = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    let mut routes = Routes::new(followed.collect(), needs.into(), &mut begun, run_began, &events);
    for status in recorded(include_str!("../recorded.jsonl")) {
        routes.take(status);
    }
    routes.flush();
    assert_eq!([0, 1, 2, 3].map(|place| routes.counts(place)), [(4, 4), (3, 0), (3, 3), (3, 0)]);
    // The record is told at once: only what lies between its times is right. c begins when a's steps are done, and not
    // when a is uploaded.
    let times = [0, 1, 2, 3].map(|place| routes.times(place).unwrap());
    let first = times.iter().map(|(began, _)| *began).min().unwrap();
    let milliseconds = |time: Duration| (time - first).as_millis();
    let spans = times.map(|(began, ended)| (milliseconds(began), milliseconds(ended)));
    insta::assert_snapshot!(format!("{spans:?}"), @"[(167, 1549), (780, 2728), (0, 1682), (1740, 4060)]");
    drop(routes);
    drop(events);
    let mut order = Vec::new();
    while let Ok(event) = told.try_recv() {
        match event {
            Event::StepStarted { step, .. } => order.push(step),
            Event::BuildProgress { step, .. } => assert!(order.contains(&step), "{step} has not begun"),
            _ => {}
        }
    }
    assert_eq!(order, ["build base", "build b", "build a", "build c"]);
}

#[test]
fn a_builder_that_does_not_answer_is_told_from_a_build_that_fails() {
    let (step, events) = (step("web"), Events::none());
    let request = request(&step, "FROM scratch\n");
    let mut begun = BTreeSet::new();
    let followed = vec![("web", &step, &request, true)];
    let mut routes = Routes::new(followed, vec![BTreeSet::new()], &mut begun, Instant::now(), &events);
    let refused = "Cannot connect to the Docker daemon at tcp://10.0.0.1:2375. Is the docker daemon running?";
    let lost = "failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF";
    assert!(routes.is_out_of_reach(refused) && routes.is_out_of_reach(lost));
    assert!(!routes.is_out_of_reach("context deadline exceeded"));
    let tell = |name: &str, error: &str| StatusResponse {
        vertexes: vec![Vertex { name: name.to_owned(), error: error.to_owned(), ..Vertex::default() }],
        ..StatusResponse::default()
    };
    routes.take(tell("[internal] waiting for connection", "context deadline exceeded"));
    assert!(routes.is_out_of_reach("context deadline exceeded"));
    // From here on, what a command of the Dockerfile says is its own.
    routes.take(tell("[internal] load build definition from Dockerfile", ""));
    assert!(!routes.is_out_of_reach(refused) && !routes.is_out_of_reach("context deadline exceeded"));
    assert!(routes.is_out_of_reach(lost));
}
