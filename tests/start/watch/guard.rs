//! Another branch's work is not overwritten.

use super::program::{Watching, container, eventually, inside};
use super::{Generation, Taps, served, with_both};
use crate::support::docker;

const PAGE: &str = "cat /srv/index.html";

/// What `keg watch --dry-run` finds.
fn found(taps: &Taps, tap: &str) -> (String, bool) {
    let told = taps.workspace.keg(["watch", tap, "--dry-run", "--format", "json"]).success().json();
    let guard = &told["taps"][0]["guard"];
    (guard["found"]["verdict"].as_str().unwrap().to_owned(), guard["copies"].as_bool().unwrap())
}

#[test]
fn an_image_of_another_branch_keeps_its_files() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = served(&taps, "web", "", "");
        taps.workspace.branch("fix").file("taps/web/src/index.html", "the fix\n").commit();
        taps.workspace.keg(["build", &web, "--tag", "my-changes-tag"]).success();
        taps.workspace.branch("main");
        taps.workspace.keg(["start", &web, "--from", &format!("{web}:my-changes-tag")]).success();
        assert_eq!(found(&taps, &web), ("other_branch".to_owned(), false));
        let run = taps.workspace.keg(["watch", &web]).code(2);
        let run = run.complains("was built from the branch fix, and main is checked out").complains("--force-sync");
        run.complains("check out fix");
        let at = container(&web);
        assert_eq!(inside(&at, PAGE), "the fix");

        let watching = Watching::start(&taps, &["watch", &web, "--force-sync"]);
        eventually("the overwritten file", || inside(&at, PAGE) == "first");
        taps.workspace.file("taps/web/src/index.html", "forced\n");
        eventually("a forced change", || inside(&at, PAGE) == "forced");
        assert!(watching.interrupt().1.contains("is overwritten, although"));
        taps.workspace.git(["checkout", "--quiet", "taps"]);
        taps.workspace.keg(["stop", "--all"]).success();
    });
}

#[test]
fn another_branch_with_the_same_sources_is_as_good() {
    let taps = Taps::new(Generation::Two);
    let web = served(&taps, "web", "", "");
    taps.workspace.branch("fresh");
    taps.workspace.keg(["start", &web]).success();
    assert_eq!(found(&taps, &web), ("same_sources".to_owned(), true));
    // The branch that is checked out counts, whatever branch was started.
    taps.workspace.file("taps/web/src/index.html", "another\n");
    assert_eq!(found(&taps, &web), ("other_branch".to_owned(), false));
    taps.workspace.keg(["watch", &web, "--branch", "fresh"]).code(2).complains("main");
    taps.workspace.keg(["stop", "--all"]).success();
}

/// While it is watched: the other branch's files are not copied, not even while git writes them.
#[test]
fn a_change_of_the_branch_pauses_the_watch() {
    with_both(|generation| {
        let taps = Taps::new(generation);
        let web = served(&taps, "web", "", "");
        taps.workspace.branch("other");
        for number in 0..300 {
            taps.workspace.file(format!("taps/web/src/other/{number}"), format!("{number}\n"));
        }
        taps.workspace.file("taps/web/src/index.html", "of the other branch\n").commit();
        taps.workspace.branch("main");
        taps.workspace.keg(["start", &web]).success();
        let watching = Watching::start(&taps, &["watch", &web]);
        let at = container(&web);
        taps.workspace.file("taps/web/src/edited.html", "edited\n");
        eventually("a change", || inside(&at, "ls /srv") == "edited.html index.html");
        let times = |text: &str| watching.told().matches(text).count();
        for time in 1..4 {
            taps.workspace.branch("other");
            eventually("a pause", || times("no file is copied any more") == time);
            assert_eq!(inside(&at, "cat /srv/index.html; ls /srv"), "first edited.html index.html");
            taps.workspace.branch("main");
            eventually("going on", || times("is watched again") == time);
        }
        taps.workspace.file("taps/web/src/index.html", "back\n");
        eventually("a change after that", || inside(&at, PAGE) == "back");
        assert_eq!(inside(&at, "ls /srv"), "edited.html index.html");
        watching.interrupt();
        taps.workspace.keg(["stop", "--all"]).success();
    });
}

/// What keg has not built, what was made from a container, and what was built on another image of the workspace.
#[test]
fn images_that_no_branch_has_keep_their_files() {
    let taps = Taps::new(Generation::Two);
    let web = served(&taps, "web", "", "");
    let other = served(&taps, "other", "", "");
    let plain = format!("FROM {}\nRUN mkdir /srv\n", taps.root);
    for (verdict, dockerfile) in [
        ("unknown", plain),
        ("packaged", format!("FROM {web}:main\nLABEL dev.keg.packaged=2026-11-20\n")),
        ("other_image", format!("FROM {other}:main\n")),
    ] {
        let reference = format!("{web}:{verdict}");
        taps.build(&dockerfile, &reference);
        taps.workspace.keg(["start", &web, "--from", &reference]).success();
        assert_eq!(found(&taps, &web), (verdict.to_owned(), false));
        taps.workspace.file("taps/web/src/index.html", format!("{verdict}\n"));
        taps.workspace.keg(["watch", &web]).code(2).complains("--force-sync");
        let watching = Watching::start(&taps, &["watch", &web, "--force-sync"]);
        eventually(verdict, || inside(&container(&web), PAGE) == verdict);
        watching.interrupt();
        taps.workspace.keg(["stop", &web]).success();
        docker(["image", "rm", &reference]).success();
    }
}
