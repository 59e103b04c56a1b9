//! Rules of tap.yml and of compose files, and what they do.

use super::program::{Watching, container, eventually, inside};
use super::{Generation, Taps, served, with_both};

#[test]
fn actions_restart_and_build_anew() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let more = "  - { path: one.conf, target: /etc/one.conf, action: sync+restart }\n  \
                    - { path: restarts, action: restart }\n  - { path: Dockerfile, action: rebuild }\n";
        taps.workspace.file("taps/web/one.conf", "1\n").file("taps/web/restarts/a", "1\n");
        let web = served(&taps, "web", "", more);
        taps.workspace.keg(["start", &web]).success();
        let watching = Watching::start(&taps, &["watch", &web]);
        let at = container(&web);
        let times = |text: &str| watching.told().matches(text).count();
        eventually("the first copy", || times("and restarted it (one.conf)") == 1);
        let started = |id: &str| crate::support::docker(["inspect", "--format", "{{.State.StartedAt}}", id]).stdout;
        let before = started(&at);
        taps.workspace.file("taps/web/one.conf", "2\n");
        eventually("a restart", || started(&at) != before && inside(&at, "cat /etc/one.conf") == "2");
        eventually("its line", || times("and restarted it (one.conf)") == 2);
        let before = started(&at);
        taps.workspace.file("taps/web/restarts/a", "2\n");
        eventually("another restart", || started(&at) != before && times(&format!("restarted {web}")) == 1);

        taps.workspace.file("taps/web/src/index.html", "kept\n");
        let dockerfile = taps.workspace.read("taps/web/Dockerfile");
        taps.workspace.file("taps/web/Dockerfile", format!("{dockerfile}RUN false\n"));
        eventually("a failed build", || times("runs on as it was") == 1);
        assert_eq!(container(&web), at);
        taps.workspace.file("taps/web/Dockerfile", format!("{dockerfile}RUN echo anew > /anew\n"));
        eventually("a new container", || !["", &at].contains(&container(&web).as_str()));
        let has = "cat /anew /srv/index.html /etc/one.conf";
        eventually("all files in it", || inside(&container(&web), has) == "anew kept 2");
        // The same text once more is no change; the file that is copied next shows that it was looked at.
        let at = container(&web);
        taps.workspace.file("taps/web/Dockerfile", format!("{dockerfile}RUN echo anew > /anew\n"));
        taps.workspace.file("taps/web/src/next.html", "next\n");
        eventually("the next change", || inside(&at, "cat /srv/next.html") == "next");
        assert_eq!((container(&web), times("is built anew")), (at, 2));
        let (code, told) = watching.interrupt();
        assert_eq!(code, Some(0), "{told}");
        taps.workspace.keg(["stop", &web]).success();
    });
}

/// Compose's own watch passes over a service without a build; keg does not.
#[test]
fn rules_of_the_compose_file_count() {
    let taps = Taps::new(Generation::Two);
    let side = format!(
        "  side:\n    image: {}\n    init: true\n    command: sleep 1000\n    develop: {{watch: [{{path: ./more, target: \
         /more, action: sync, ignore: [no]}}, {{path: ./more, action: sync+exec, target: /x, exec: {{command: x}}}}]}}\n",
        taps.root
    );
    let develop = "    develop: {watch: [{path: \"./${PAGES}\", target: /pages, action: sync}]}\n";
    taps.workspace.file("taps/web/pages/a", "1\n").file("taps/web/more/a", "1\n").file("taps/web/more/no", "1\n");
    taps.workspace.file("taps/web/.env", "PAGES=pages\n");
    let web = served(&taps, "web", &(develop.to_owned() + &side), "");
    let compose = taps.workspace.read("taps/web/compose.yml");
    taps.workspace.file("taps/web/tap.yml", taps.workspace.read("taps/web/tap.yml") + "service: web\n").commit();
    taps.workspace.keg(["build", &web]).success();
    taps.workspace.keg(["start", &web]).success();
    let told = taps.workspace.keg(["watch", &web, "--dry-run"]).success();
    let told = told.says("sync src → /srv in web (tap.yml)").says("sync pages → /pages in web (the compose file)");
    told.says("sync more → /more in side (the compose file)").complains("the action `sync+exec`");
    let watching = Watching::start(&taps, &["watch", &web]);
    taps.workspace.file("taps/web/pages/b", "2\n").file("taps/web/more/b", "3\n");
    let at = |service: &str| {
        let listed = taps.workspace.keg(["ps", &web, "--format", "json"]).success().json();
        let rows = listed.as_array().unwrap().clone();
        rows.iter().find(|row| row["service"] == service).unwrap()["container"].as_str().unwrap().to_owned()
    };
    let (main, side) = (at("web"), at("side"));
    eventually("files of both services", || {
        inside(&main, "cat /pages/a /pages/b") == "1 2" && inside(&side, "cat /more/a /more/b; ls /more") == "1 3 a b"
    });
    assert!(watching.interrupt().1.contains(&format!("to {web} (side)")));
    assert_eq!(taps.workspace.read("taps/web/compose.yml"), compose);
    taps.workspace.keg(["stop", &web]).success();
}

#[test]
fn what_is_wrong_with_rules_is_said() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = taps.tap("web", "services: {web: {}}\n", "alias: w\n");
        taps.workspace.file("taps/web/src/a", "").commit();
        taps.workspace
            .keg(["watch", "w", "--dry-run"])
            .code(2)
            .complains("has no rules")
            .complains("path: src, target:");
        taps.local_image(&web, "main");
        taps.workspace.keg(["start", "w", "--watch"]).code(2).complains("taps/web/tap.yml");
        assert_eq!(super::program::container(&web), "", "nothing was started");
        let manifest = |rule: &str| {
            let text = format!("name: {web}\nalias: w\ncompose: compose.yml\nwatch:\n  - {rule}\n");
            taps.workspace.file("taps/web/tap.yml", text);
        };
        manifest("{ path: src, target: /app, service: wbe }");
        taps.workspace.keg(["watch", "w"]).code(2).complains("no service `wbe`").complains("Did you mean `web`?");
        manifest("{ path: srx, target: /app }");
        taps.workspace.keg(["watch", "w"]).code(2).complains("there is no file or folder `srx`");
        manifest("{ path: src, target: /app }");
        taps.workspace.keg(["watch", "w"]).code(2).complains("does not run");
        taps.workspace.keg(["watch", "w", "--dry-run"]).success().says("does not run");
        taps.workspace.keg(["watch", "ww"]).code(2).complains("did you mean `w`?");
    });
}
