//! Starts that do not go well.

use super::parts::{Generation, Taps, free_port, server};
use super::with_both;
use crate::support::docker;

/// A service that never gets healthy.
#[test]
fn a_service_that_never_gets_healthy_is_shown() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let check = "    healthcheck: {test: [CMD, \"false\"], interval: 1s, retries: 2}\n";
        let web = taps.tap("web", &format!("services:\n{}", server("web", check)), "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        let run = taps.workspace.keg(["start", &web]).code(1);
        run.complains("is unhealthy").complains("its last lines are serving").complains("keg stop");
        let running = || docker(["ps", "--quiet", "--filter", &format!("name={web}")]).success();
        assert_eq!(running().lines().count(), 1, "it is left for a look");
        taps.workspace.keg(["start", &web, "--rollback"]).code(1).complains("is unhealthy");
        assert_eq!(running(), "");
    });
}

#[test]
fn one_that_ends_or_hangs_is_shown() {
    let taps = Taps::new(Generation::Two);
    let ends = "services:\n  web:\n    command: [sh, -c, \"echo no database with $$DB_PASSWORD >&2; exit 3\"]\n";
    let ends = taps.tap("ends", ends, "env: {DB_PASSWORD: opensesame}\n");
    let check = "    healthcheck: {test: [CMD, \"false\"], interval: 1s, retries: 100}\n";
    let hangs = taps.tap("hangs", &format!("services:\n{}", server("web", check)), "");
    taps.workspace.commit();
    taps.local_image(&ends, "main");
    taps.local_image(&hangs, "main");
    taps.workspace.keg(["start", &ends]).code(1).complains("ended with code 3").complains("no database with ***");
    let run = taps.workspace.keg(["start", &hangs, "--timeout", "2", "--rollback"]).code(1);
    run.complains("has not passed its health check yet after 2 seconds");
    taps.workspace.keg(["stop", "--all"]).success();
}

/// A port that is taken.
#[test]
fn the_holder_of_a_port_is_named() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let port = free_port();
        let compose = format!("services:\n{}", server("web", &format!("    ports: [\"127.0.0.1:{port}:80\"]\n")));
        let (one, two) = (taps.tap("one", &compose, ""), taps.tap("two", &compose, ""));
        taps.workspace.commit();
        taps.local_image(&one, "main");
        taps.local_image(&two, "main");
        taps.workspace.keg(["start", &one]).success();
        let run = taps.workspace.keg(["start", &two]).code(1);
        let run = run.complains(&format!("port {port} is already taken by the container {one}-main"));
        run.complains(&format!("keg stop {one} --branch main"));
        taps.workspace.keg(["stop", "--all"]).success();

        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        let run = taps.workspace.keg(["start", &one]).code(1);
        run.complains(&format!("port {port} is already taken by a program outside Docker"));
        drop(listener);
        taps.workspace.keg(["stop", "--all"]).success();
    });
}

#[test]
fn what_is_wrong_with_a_compose_file_is_said() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap("web", "services:\n  a: {image: x}\n  b: {image: y}\n", "");
        taps.workspace.commit();
        taps.local_image(&web, "main");
        taps.workspace
            .keg(["start", &web])
            .code(2)
            .complains("it is not clear which service")
            .complains("tap.yml: a, b");
        taps.workspace.file("taps/web/compose.yml", "services:\n  a: {imge: x}\n");
        let run = taps.workspace.keg(["start", &web]).code(1).complains("imge");
        run.complains("taps/web/compose.yml");
        taps.workspace.file("taps/web/compose.yml", "services: [\n");
        taps.workspace.keg(["start", &web]).code(2).complains("the compose file cannot be read");
    });
}

#[test]
fn what_does_not_run_is_said() {
    let taps = Taps::new(Generation::One);
    let web = taps.tap("web", "services: {web: {}}\n", "alias: evf\n");
    taps.workspace.commit();
    taps.workspace.keg(["exec", "evf", "true"]).code(2).complains(&format!("Start it with `keg start {web}`"));
    taps.workspace.keg(["logs", "other"]).code(2).complains("no image `other`");
    taps.workspace.keg(["stop"]).code(2);
}

/// Two clones of a repository on one branch would take each other's containers.
#[test]
fn another_workspace_with_the_same_tap_is_respected() {
    let (one, two) = (Taps::new(Generation::Two), Taps::new(Generation::Two));
    let web = one.tap("web", &format!("services:\n{}", server("web", "")), "");
    two.tap("web", &format!("services:\n{}", server("web", "")), "");
    two.workspace.file("taps/web/tap.yml", format!("name: {web}\ncompose: compose.yml\n"));
    one.local_image(&web, "main");
    for taps in [&one, &two] {
        taps.workspace.commit();
    }
    one.workspace.keg(["start", &web]).success();
    let run = two.workspace.keg(["start", &web]).code(2);
    run.complains("is taken by").complains(&format!("keg stop {web} --workspace"));
    two.workspace.keg(["start", &web, "--branch", "main"]).code(2);
    one.workspace.keg(["stop", &web]).success();
}
