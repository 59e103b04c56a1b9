//! `keg watch` and `keg start --watch`.

mod guard;
mod places;
pub mod program;
mod rules;

use std::os::unix::fs::{PermissionsExt, symlink};

use super::parts::{Generation, Taps, get};
use super::with_both;
use crate::support::docker;
use program::{Watching, container, eventually, inside};

/// A tap that serves `src` from `/srv`, built and committed on the branch `main`; with further rules.
fn served(taps: &Taps, name: &str, compose_lines: &str, rules: &str) -> String {
    let compose = format!(
        "services:\n  web:\n    init: true\n    command: httpd -f -p 80 -h /srv\n    ports: [\"127.0.0.1::80\"]\n{compose_lines}"
    );
    let rules = format!("watch:\n  - {{ path: src, target: /srv, ignore: [\"*.log\"] }}\n{rules}");
    let web = taps.tap(name, &compose, &rules);
    let folder = format!("taps/{name}");
    taps.workspace.file(format!("{folder}/Dockerfile"), format!("FROM {}\nCOPY src /srv\n", taps.root));
    taps.workspace.file(format!("{folder}/.dockerignore"), "src/built\n**/*.tmp\n");
    taps.workspace.file(format!("{folder}/src/index.html"), "first\n").commit();
    taps.workspace.keg(["build", &web]).success();
    web
}

/// The address of the only service.
fn url(taps: &Taps, tap: &str) -> String {
    let listed = taps.workspace.keg(["ps", tap, "--format", "json"]).success().json();
    listed[0]["urls"][0].as_str().unwrap().to_owned()
}

/// Changes, deletions, renames, links and executable bits, over HTTP and in the container; Ctrl-C ends only the watch.
#[test]
fn what_changes_is_seen_by_the_running_tap() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = served(&taps, "web", "", "");
        let src = taps.workspace.path("taps/web/src");
        let file = |path: &str, text: &str| {
            taps.workspace.file(format!("taps/web/src/{path}"), text);
        };
        // What was edited before the watch began is copied when it begins.
        file("before.html", "edited before\n");
        taps.workspace.keg(["start", &web]).success();
        let url = url(&taps, &web);
        let watching = Watching::start(&taps, &["watch", &web]);
        eventually("the edit from before", || get(&format!("{url}/before.html")) == "edited before\n");
        file("index.html", "second\n");
        eventually("a change", || get(&format!("{url}/index.html")) == "second\n");

        let at = container(&web);
        let listed = || inside(&at, "cd /srv && find . | sort | xargs");
        std::fs::remove_file(src.join("before.html")).unwrap();
        file("new/deep/page.html", "deep\n");
        file("x.log", "left out by the rule");
        file("built/x", "left out by .dockerignore");
        file("new/y.tmp", "left out by .dockerignore");
        symlink("../outside", src.join("new/link")).unwrap();
        file("run", "#!/bin/sh\necho runs\n");
        std::fs::set_permissions(src.join("run"), PermissionsExt::from_mode(0o755)).unwrap();
        eventually("all changes", || {
            listed() == ". ./index.html ./new ./new/deep ./new/deep/page.html ./new/link ./run"
        });
        assert_eq!(inside(&at, "readlink /srv/new/link; /srv/run"), "../outside runs");

        // A folder gets another name, an editor saves by a rename, a file becomes a folder.
        std::fs::rename(src.join("new"), src.join("other")).unwrap();
        file("index.html.new", "third\n");
        std::fs::rename(src.join("index.html.new"), src.join("index.html")).unwrap();
        std::fs::remove_file(src.join("run")).unwrap();
        file("run/inside", "x");
        eventually("renames", || {
            listed() == ". ./index.html ./other ./other/deep ./other/deep/page.html ./other/link ./run ./run/inside"
        });
        eventually("the saved page", || get(&format!("{url}/index.html")) == "third\n");
        // What happens in a folder that has moved is seen too.
        file("other/deep/page.html", "deeper\n");
        eventually("a change in a moved folder", || inside(&at, "cat /srv/other/deep/page.html") == "deeper");

        let (code, told) = watching.interrupt();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("runs on") && !told.contains("x.log") && !told.contains("y.tmp"), "{told}");
        assert_eq!(get(&format!("{url}/index.html")), "third\n");
        taps.workspace.keg(["stop", &web]).success();
    });
}

/// As a checkout does it: hundreds of files come, change and go at once.
#[test]
fn five_hundred_files_at_once() {
    let taps = Taps::new(Generation::Two);
    let web = served(&taps, "web", "", "");
    taps.workspace.keg(["start", &web]).success();
    let watching = Watching::start(&taps, &["watch", &web, "--format", "json"]);
    let at = container(&web);
    let sum = || inside(&at, "cd /srv && find . -type f | sort | xargs cat | md5sum");
    let write = |text: &str| {
        for number in 0..500 {
            taps.workspace.file(format!("taps/web/src/many/{}/{number}", number % 20), format!("{text} {number}\n"));
        }
    };
    let count = || inside(&at, "find /srv/many -type f | wc -l");
    write("one");
    eventually("500 new files", || count() == "500");
    let before = sum();
    write("two");
    eventually("500 changes", || sum() != before && inside(&at, "grep -rl two /srv/many | wc -l") == "500");
    taps.workspace.remove("taps/web/src/many");
    eventually("500 deletions", || inside(&at, "ls /srv") == "index.html");
    let (_, told) = watching.interrupt();
    let synced = told.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let copied: usize = synced.map(|event| event["copied"].as_array().map_or(0, Vec::len)).sum();
    assert!(copied >= 1000, "{copied}: {told}");
}

/// Restarted, made anew, stopped: what was changed stays, and the watch ends only with the tap.
#[test]
fn containers_come_and_go() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = served(&taps, "web", "", "");
        taps.workspace.file("taps/web/src/old.html", "old\n").commit();
        taps.workspace.keg(["build", &web]).success();
        taps.workspace.keg(["start", &web]).success();
        let watching = Watching::start(&taps, &["watch", &web]);
        let first = container(&web);
        taps.workspace.file("taps/web/src/index.html", "changed\n").remove("taps/web/src/old.html");
        let has = |id: &str| inside(id, "cat /srv/index.html; ls /srv");
        eventually("a change", || has(&first) == "changed index.html");
        docker(["restart", "--time", "0", &first]).success();
        taps.workspace.file("taps/web/src/index.html", "after the restart\n");
        eventually("a change after a restart", || has(&first) == "after the restart index.html");

        docker(["rm", "--force", &first]).success();
        taps.workspace.keg(["start", &web]).success();
        let second = container(&web);
        assert_ne!(first, second);
        eventually("the new container", || has(&second) == "after the restart index.html");
        taps.workspace.file("taps/web/src/index.html", "in the new one\n");
        eventually("a change in the new one", || has(&second) == "in the new one index.html");

        taps.workspace.keg(["stop", &web]).success();
        let (code, told) = watching.wait();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("has ended and is no longer watched"), "{told}");
    });
}

/// One command starts and watches; several taps are watched at once.
#[test]
fn taps_are_watched_as_they_are_started() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let (one, two) = (served(&taps, "one", "", ""), served(&taps, "two", "", ""));
        let run = taps.workspace.keg(["start", &one, "--watch", "--dry-run"]).success();
        run.says(&format!("{one}: sync src → /srv in web (tap.yml)"));
        let told = taps.workspace.keg(["start", &one, "--watch", "--dry-run", "--format", "json"]).success().json();
        assert_eq!((&told["tap"], &told["watch"][0]["target"]), (&one.as_str().into(), &"/srv".into()));
        taps.workspace.keg(["start", &one, "--watch", "--attach"]).code(2);
        taps.workspace.keg(["start", &one, "--force-sync"]).code(2);
        let watching = Watching::start(&taps, &["start", &one, &two, "--watch"]);
        let both = [(&one, "one"), (&two, "two")];
        eventually("both", || both.iter().all(|(tap, _)| watching.told().contains(&format!("watching {tap}"))));
        for (tap, name) in both {
            taps.workspace.file(format!("taps/{name}/src/index.html"), format!("{name} changed\n"));
            eventually(name, || inside(&container(tap), "cat /srv/index.html") == format!("{name} changed"));
        }
        let (code, told) = watching.interrupt();
        assert_eq!(code, Some(0), "{told}");
        assert_eq!(taps.workspace.keg(["ps", "--format", "json"]).success().json().as_array().unwrap().len(), 2);
        taps.workspace.keg(["stop", "--all"]).success();
    });
}
