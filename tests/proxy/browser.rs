//! A real browser before the proxy.

use super::parts::Behind;
use crate::start::parts::Generation;
use crate::support::{command, ensure_with, has_program, run};

/// What a page looks like once it has loaded and its scripts have run.
fn page(behind: &Behind, url: &str) -> String {
    let profile = behind.taps.workspace.outside(&format!("chromium-{}", url.len()));
    let profile = tempfile::tempdir_in(profile).unwrap();
    let mut chromium = command("timeout");
    chromium.args(["120", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    chromium.args(["--disable-background-networking", "--disable-dev-shm-usage", "--dump-dom"]);
    chromium.arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    run(chromium.env("HOME", profile.path()), b"").success()
}

/// Two branches of one tap at once: each page asks its own branch over a WebSocket.
#[test]
fn two_branches_in_chromium() {
    ensure_with("chromium", &["chromium"], || has_program("chromium"));
    let behind = Behind::new(Generation::Two, "");
    let taps = &behind.taps;
    let web = taps.tap("web", "services:\n  web:\n    environment: {WORD: $KEG_BRANCH}\n", "");
    taps.workspace.commit();
    for branch in ["one", "two"] {
        taps.workspace.branch(branch);
        behind.image(&web, branch);
        taps.workspace.keg(["start", &web]).success();
    }
    for branch in ["one", "two"] {
        let host = format!("{web}-{branch}.localhost");
        let loaded = page(&behind, &format!("http://{host}:{}/", behind.port));
        let expected = format!("<p id=\"answer\">{branch} heard hello {host}</p>");
        assert!(loaded.contains(&expected), "{expected} is missing in\n{loaded}");
    }
    // The page for an unknown name is one that a browser can show, with links that lead to both.
    let loaded = page(&behind, &format!("http://unknown.localhost:{}/", behind.port));
    for branch in ["one", "two"] {
        let link = format!("<a href=\"http://{web}-{branch}.localhost:{}\">", behind.port);
        assert!(loaded.contains(&link), "{link} is missing in\n{loaded}");
    }
}
