//! `keg open`

use super::parts::Behind;
use crate::start::parts::{Generation, Taps, get, server};
use crate::support::Workspace;

/// Puts a browser into `BROWSER` that writes down what it opens.
fn browser(workspace: &mut Workspace) -> impl Fn(&Workspace) -> String + use<> {
    let opened = workspace.outside("opened").join("url");
    workspace.script("note-url", &format!("#!/bin/sh\nprintf '%s ' \"$@\" >> '{}'\n", opened.display()));
    workspace.env("BROWSER", "note-url");
    move |_| {
        let written = || std::fs::read_to_string(&opened).unwrap_or_default();
        super::parts::eventually("the browser writes", || written().ends_with(' '));
        written()
    }
}

#[test]
fn the_name_is_opened_where_the_proxy_runs() {
    let mut behind = Behind::new(Generation::Two, "");
    let web = behind.start("web");
    let opened = browser(&mut behind.taps.workspace);
    let url = behind.url("web");
    behind.taps.workspace.keg(["open", &web, "--print"]).success().says(&url);
    let json = behind.taps.workspace.keg(["open", &web, "--print", "--format", "json"]).success().json();
    assert_eq!(json, serde_json::json!({ "tap": web, "branch": "main", "url": url }));
    behind.taps.workspace.keg(["open", &web]).success();
    assert_eq!(opened(&behind.taps.workspace), format!("{url}/ "));
    // Without the proxy it has no address, and the proxy is the remedy.
    behind.taps.workspace.keg(["proxy", "stop"]).success();
    behind.taps.workspace.keg(["open", &web]).code(2).complains("has no address").complains("keg proxy start");
    behind.taps.workspace.keg(["stop", &web]).success();
    behind.taps.workspace.keg(["open", &web]).code(2).complains("does not run");
}

#[test]
fn without_the_proxy_the_published_port_is_opened() {
    let mut taps = Taps::new(Generation::Two);
    let compose = format!(
        "services:\n{}{}",
        server("web", "    image: ${KEG_IMAGE_FROM}\n    ports: [\"127.0.0.1::80\"]\n"),
        server("other", "    image: ${KEG_IMAGE_FROM}\n")
    );
    let web = taps.tap("web", &compose, "service: other\n");
    taps.workspace.commit();
    taps.local_image(&web, "main");
    taps.workspace.keg(["start", &web]).success();
    // The main service has none, another one has.
    let url = taps.workspace.keg(["open", &web, "--print"]).success().stdout;
    assert_eq!(get(url.trim()), "page\n");
    taps.workspace.keg(["open", &web, "--service", "web", "--print"]).success().says(&url);
    taps.workspace.keg(["open", &web, "--service", "other"]).code(2).complains("other of").complains("has no address");
    taps.workspace.keg(["open", &web, "--service", "webb"]).code(2).complains("Did you mean `web`?");
    let opened = browser(&mut taps.workspace);
    taps.workspace.keg(["web", "open"]).code(2);
    taps.workspace.keg([&web, "open"]).success();
    assert_eq!(opened(&taps.workspace), format!("{}/ ", url.trim()));
    // No browser at all.
    let nothing = taps.workspace.outside("nothing").display().to_string();
    taps.workspace.env("PATH", nothing).env("BROWSER", "");
    taps.workspace.keg(["open", &web]).code(1).complains("no browser could be opened").complains("BROWSER");
}
