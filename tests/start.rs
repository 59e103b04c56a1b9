//! `start`, `stop`, `restart`, `logs`, `exec` and `ps`, with Compose 1.29 and Compose v2.

mod env;
mod hostile;
mod images;
mod package;
pub mod parts;
mod tasks;
mod terminal;
mod troubles;
pub mod watch;

use crate::support::docker;
use parts::{Generation, Taps, get, server};

/// Both generations of Compose do the same.
#[expect(clippy::print_stderr, reason = "a test that fails should say with which Compose")]
pub fn with_both(test: impl Fn(Generation)) {
    for generation in [Generation::One, Generation::Two] {
        eprintln!("with Compose {generation:?}");
        test(generation);
    }
}

/// A branch with a slash, a stop after the branch has changed, a tap of three services.
#[test]
fn a_tap_of_three_services_comes_and_goes() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let compose = format!(
            "services:\n{}  cache:\n    image: {}\n    init: true\n    command: sleep 1000\n    volumes: [data:/data]\n  \
             queue:\n    image: {}\n    init: true\n    command: sleep 1000\n    environment: {{WORD: $WORD}}\n\
             volumes: {{data: }}\n",
            server("web", "    depends_on: [cache]\n    ports: [\"127.0.0.1::80\"]\n"),
            taps.root,
            taps.root
        );
        let web = taps.tap("web", &compose, "service: web\nenv: {GREETING: \"a$b c\"}\n");
        taps.workspace.file("taps/web/.env", "WORD=from-file\n").commit();
        let before = taps.workspace.read("taps/web/compose.yml");
        taps.workspace.branch("feature/z");
        taps.local_image(&web, "feature-z");

        let started = taps.workspace.keg(["start", &web, "--format", "json"]).success().json();
        assert_eq!(started["branch"], "feature/z");
        assert_eq!(started["pulled"], false);
        let services = started["services"].as_array().unwrap();
        let names: Vec<_> = services.iter().map(|row| row["service"].as_str().unwrap()).collect();
        assert_eq!(names, ["cache", "queue", "web"]);
        assert_eq!(services[0]["image"], taps.root.as_str());
        assert_eq!(services[2]["image"], format!("{web}:feature-z"));
        let url = services[2]["urls"][0].as_str().unwrap();
        assert_eq!(get(url), "page\n");
        assert_eq!(taps.workspace.read("taps/web/compose.yml"), before);

        // Another branch without the tap's files: what runs is still found.
        taps.workspace.commit();
        taps.workspace.branch("main");
        taps.workspace.remove("taps/web/compose.yml").commit();
        taps.workspace.keg(["exec", &web, "sh", "-c", "echo $GREETING; exit 7"]).code(7).says("a$b c");
        taps.workspace.keg(["exec", "--service", "queue", &web, "sh", "-c", "echo $WORD"]).success().says("from-file");
        taps.workspace.keg(["exec", "--service", "quee", &web, "true"]).code(2).complains("Did you mean `queue`?");
        taps.workspace.keg(["logs", &web, "web", "--tail", "5"]).success().says("serving");
        let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
        assert_eq!(listed.as_array().unwrap().len(), 3);
        assert_eq!(listed[0]["branch"], "feature/z");
        taps.workspace.keg(["stop", &web, "--dry-run"]).success().says("on branch feature/z");
        taps.workspace.keg(["stop", &web]).success();
        assert_eq!(taps.workspace.keg(["ps", "--format", "json"]).success().json(), serde_json::json!([]));
        let left = |kind: &str| docker([kind, "ls", "--filter", &format!("name={web}"), "--quiet"]).success();
        assert_eq!((left("container"), left("network")), (String::new(), String::new()));
        assert_ne!(left("volume"), "");
        assert_eq!(std::fs::read_dir(taps.workspace.path(".keg/compose")).unwrap().count(), 0);
        taps.workspace.branch("feature/z");
        taps.workspace.keg(["stop", &web]).success().complains("does not run");
    });
}

/// Two branches of one tap side by side.
#[test]
fn two_branches_run_side_by_side() {
    let taps = Taps::new(Generation::Two);
    let web = taps.tap("web", &format!("services:\n{}", server("web", "    ports: [\"127.0.0.1::80\"]\n")), "");
    taps.workspace.commit();
    for branch in ["one", "two"] {
        taps.workspace.branch(branch);
        taps.local_image(&web, branch);
        taps.workspace.keg(["start", &web]).success().says("http://localhost:");
    }
    let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
    let shown: Vec<_> =
        listed.as_array().unwrap().iter().map(|row| (&row["branch"], get(row["urls"][0].as_str().unwrap()))).collect();
    assert_eq!(shown.len(), 2);
    assert!(shown.iter().all(|(_, page)| page == "page\n"), "{shown:?}");

    taps.workspace.branch("main");
    taps.workspace.keg(["stop", &web]).code(2).complains("Say which one is meant: --branch one, --branch two");
    taps.workspace.branch("two");
    taps.workspace.keg(["stop", &web]).success();
    let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
    assert_eq!(
        listed.as_array().unwrap().iter().map(|row| row["branch"].as_str().unwrap()).collect::<Vec<_>>(),
        ["one"]
    );
    taps.workspace.keg(["stop", "--all"]).success();
    taps.workspace.keg(["ps"]).success();
}

/// Several taps at once: each comes up or not by itself, and all are told of in one list.
#[test]
fn several_taps_start_and_stop_at_once() {
    let taps = Taps::new(Generation::Two);
    let compose = |lines: &str| format!("services:\n{}", server("web", lines));
    let (one, two) = (taps.tap("one", &compose(""), "alias: first\n"), taps.tap("two", &compose(""), ""));
    let fails = taps.tap("fails", "services:\n  web:\n    command: [sh, -c, exit 3]\n", "");
    taps.workspace.commit();
    for tap in [&one, &two, &fails] {
        taps.local_image(tap, "main");
    }
    let plans = taps.workspace.keg(["start", &one, &two, "--dry-run", "--format", "json"]).success().json();
    assert_eq!(plans["taps"].as_array().unwrap().len(), 2);
    taps.workspace.keg(["start", &one, &two, "--attach"]).code(2).complains("--attach shows one tap");
    let run = taps.workspace.keg(["start", &one, "first", &fails, &two, "--format", "json"]).code(1);
    let started = run.json()["taps"].as_array().unwrap().clone();
    let names: Vec<_> = started.iter().map(|tap| tap["tap"].as_str().unwrap()).collect();
    assert_eq!(names, [&one, &two]);
    run.complains("ended with code 3");
    taps.workspace.keg(["stop", &fails]).success();
    let listed = |taps: &Taps| {
        let rows = taps.workspace.keg(["ps", "--format", "json"]).success().json();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&taps).len(), 2);
    taps.workspace.keg(["restart", &one, &two, "first"]).success().says("tap").says(&two);
    assert_eq!(listed(&taps).len(), 2);
    taps.workspace.keg(["stop", &one, &two]).success();
    assert!(listed(&taps).is_empty());
}

/// A glob means the taps that it matches, wherever taps are named.
#[test]
fn globs_mean_taps() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let compose = format!("services:\n{}", server("web", ""));
        let (one, two) = (taps.tap("one", &compose, ""), taps.tap("two", &compose, ""));
        taps.workspace.commit();
        taps.local_image(&one, "main");
        taps.local_image(&two, "main");
        let listed = |words: &[&str]| {
            let rows = taps.workspace.keg([&["ps", "--format", "json"], words].concat()).success().json();
            let rows = rows.as_array().unwrap().clone();
            let mut names: Vec<String> = rows.iter().map(|row| row["tap"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        taps.workspace.keg(["start", "taps/*"]).success();
        assert_eq!(listed(&[]), [one.clone(), two.clone()]);
        assert_eq!(listed(&["*-tw?"]), std::slice::from_ref(&two));
        taps.workspace.keg(["*-one", "stop"]).success();
        assert_eq!(listed(&[]), [two]);
        taps.workspace.keg(["stop", "taps/*"]).success();
        assert!(listed(&[]).is_empty());
        taps.workspace.keg(["start", "hub/*"]).code(2).complains("`hub/*` matches no image").complains("taps/");
    });
}

/// A tap starts after those that it depends on, and stops before them.
#[test]
fn taps_that_depend_on_each_other_start_in_order() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let tap = |name: &str, needs: &str| {
            let log = "../../order.log";
            let hooks = format!(
                "before_start: 'echo begin {name} >> {log}', after_start: 'echo started {name} >> {log}', \
                 before_stop: 'echo stop {name} >> {log}', after_stop: 'echo stopped {name} >> {log}'"
            );
            let compose = format!("services:\n{}", server("web", ""));
            taps.tap(name, &compose, &format!("depends_on: [{needs}]\nhooks: {{{hooks}}}\n"))
        };
        let db = tap("db", "");
        let api = tap("api", &db);
        let web = tap("web", &api);
        taps.workspace.file(".gitignore", ".keg/\norder.log\n").commit();
        for tap in [&db, &api, &web] {
            taps.local_image(tap, "main");
        }
        // What is not named in between does not start, but the order holds.
        taps.workspace.keg(["start", &web, &db]).success();
        assert_eq!(taps.workspace.read("order.log"), "begin db\nstarted db\nbegin web\nstarted web\n");
        taps.workspace.remove("order.log").keg(["stop", "--all"]).success();
        assert_eq!(taps.workspace.read("order.log"), "stop web\nstopped web\nstop db\nstopped db\n");
        taps.workspace.remove("order.log");
        taps.workspace.file("taps/db/compose.yml", "services:\n  web:\n    command: [sh, -c, exit 3]\n");
        taps.workspace.keg(["start", &web, &db]).code(1).complains(&format!("{web} was not started: {db}"));
        assert_eq!(taps.workspace.read("order.log"), "begin db\n");
        taps.workspace.keg(["stop", &db]).success();
    });
}

/// Compose leaves a container under another name where it is interrupted while it replaces one.
#[test]
fn what_an_interrupted_start_has_left_is_cleared_away() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap("web", &format!("services:\n{}", server("web", "")), "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        let (project, left) = (format!("{web}-main"), format!("0123456789ab_{web}-main-web-1"));
        let label = |name: &str, value: &str| format!("com.docker.compose.{name}={value}");
        let root = taps.workspace.root();
        let own = [("tap", web.as_str()), ("branch", "main"), ("tag", "main"), ("workspace", root.to_str().unwrap())];
        let own = own.map(|(name, value)| format!("dev.keg.{name}={value}"));
        let labels = [label("project", &project), label("service", "web"), label("container-number", "1")];
        let labels = [&labels[..], &own[..]].concat();
        let create = ["create", "--name", &left].into_iter().chain(labels.iter().flat_map(|label| ["--label", label]));
        docker(create.chain([taps.root.as_str()])).success();
        taps.workspace.keg(["start", &web]).success();
        assert_eq!(docker(["ps", "--all", "--quiet", "--filter", &format!("name={left}")]).success(), "");
        taps.workspace.keg(["stop", &web]).success();
    });
}

#[test]
fn a_tap_without_a_compose_file_gets_one() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap_without_compose("web", "ports: [\"127.0.0.1::80\"]\nenv: {GREETING: hello}\n");
        taps.workspace.file("taps/web/.env", "SECRET_WORD='pa$word'\n").commit();
        taps.local_server(&web, "main");
        let started = taps.workspace.keg(["start", &web, "--env", "EXTRA=1 2", "--format", "json"]).success().json();
        assert_eq!(get(started["services"][0]["urls"][0].as_str().unwrap()), "page\n");
        let echo = "echo \"$GREETING|$SECRET_WORD|$EXTRA\"";
        taps.workspace.keg(["exec", &web, "sh", "-c", echo]).success().says("hello|pa$word|1 2\n");
        for file in [".yml", "/compose.yml"] {
            let text = taps.workspace.read(format!(".keg/compose/{web}-main{file}"));
            assert!(!text.contains("pa$") && !text.contains("1 2"), "{text}");
        }

        let before = docker(["ps", "--quiet", "--filter", &format!("name={web}")]).success();
        taps.workspace.keg(["restart", &web]).success();
        let after = docker(["ps", "--quiet", "--filter", &format!("name={web}")]).success();
        assert_eq!(after.lines().count(), 1);
        assert_ne!(before, after);
        taps.workspace.keg(["stop", &web]).success();
    });
}

#[test]
fn hooks_run_around_a_start() {
    let taps = Taps::new(Generation::Two);
    let compose = format!("services:\n{}", server("web", ""));
    let web = taps.tap(
        "web",
        &compose,
        "hooks: {before_start: 'echo \"$KEG_TAG\" > before', after_start: 'exit 4', \
         before_stop: 'test ! -e stay', after_stop: 'echo \"$KEG_TAP $KEG_BRANCH\" > after'}\n",
    );
    taps.workspace.commit();
    taps.local_image(&web, "main");
    taps.workspace.keg(["start", &web]).code(1).complains("the hook after_start of").complains("ended with code 4");
    assert_eq!(taps.workspace.read("taps/web/before"), "main\n");
    // What must not be stopped yet runs on.
    taps.workspace.file("taps/web/stay", "");
    taps.workspace.keg(["stop", &web]).code(1).complains("the hook before_stop of");
    taps.workspace.keg(["exec", &web, "true"]).success();
    taps.workspace.remove("taps/web/stay");
    taps.workspace.keg(["stop", &web]).success();
    assert_eq!(taps.workspace.read("taps/web/after"), format!("{web} main\n"));
}

/// Compose knows more files than the one that tap.yml names, and a service may have an image and be built.
#[test]
fn further_files_of_the_user_count() {
    let taps = Taps::new(Generation::Two);
    let web =
        taps.tap("web", &format!("include: [more.yml]\nservices:\n{}", server("web", "    image: fixed:1\n")), "");
    let other = format!("services:\n  other:\n    image: {}\n    init: true\n    command: sleep 1000\n", taps.root);
    taps.workspace.file("taps/web/more.yml", other);
    taps.workspace.file("taps/web/compose.override.yml", "services:\n  web:\n    environment: {WORD: beside}\n");
    taps.workspace.commit();
    taps.local_image(&web, "main");
    taps.workspace.keg(["start", &web]).success().complains("gives web the image fixed:1");
    let listed = taps.workspace.keg(["ps", &web, "--format", "json"]).success().json();
    let shown: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["service"].as_str().unwrap()).collect();
    assert_eq!(shown, ["other", "web"]);
    assert_eq!(listed[1]["image"], format!("{web}:main"));
    taps.workspace.keg(["exec", &web, "sh", "-c", "echo $WORD"]).success().says("beside");
    taps.workspace.keg(["stop", &web]).success();
    let left = docker(["ps", "--all", "--quiet", "--filter", &format!("name={web}")]).success();
    assert_eq!(left, "");
}
