//! Taps behind the proxy: names instead of ports.

mod browser;
mod engine;
mod life;
mod open;
mod parts;
mod passing;

use crate::start::parts::{Generation, Taps};
use parts::{Behind, eventually, get, request};

/// Two branches of one tap at once, without any published port, with the proxy that `keg start` starts itself.
#[test]
fn two_branches_share_a_port() {
    for generation in [Generation::One, Generation::Two] {
        let behind = Behind::new(generation, "");
        let (taps, port) = (&behind.taps, behind.port);
        let web = taps.tap("web", "services:\n  web:\n    environment: {WORD: $KEG_BRANCH}\n", "");
        taps.workspace.commit();
        for (branch, tag) in [("one", "one"), ("Feature/two_2", "Feature-two_2")] {
            taps.workspace.branch(branch);
            behind.image(&web, tag);
            let started = taps.workspace.keg(["start", &web, "--format", "json"]).success().json();
            let url = started["services"][0]["proxy"].as_str().unwrap();
            assert!(url.ends_with(&format!(".localhost:{port}")), "{url}");
            assert_eq!(started["services"][0]["urls"], serde_json::json!([]));
            assert_eq!(get(url, "/word"), (200, branch.to_owned()));
        }
        let routes = behind.routes();
        let shown: Vec<_> = routes.iter().map(|route| [&route["branch"], &route["tap"], &route["trouble"]]).collect();
        let expected = serde_json::json!([["Feature/two_2", web, null], ["one", web, null]]);
        assert_eq!(serde_json::json!(shown), expected);
        let urls: Vec<&str> = routes.iter().map(|route| route["url"].as_str().unwrap()).collect();
        assert_eq!(urls[1], format!("http://{web}-one.localhost:{port}"));
        let listed = taps.workspace.keg(["ps", "--format", "json"]).success().json();
        let in_list: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["proxy"].as_str().unwrap()).collect();
        assert_eq!(in_list, urls);
        taps.workspace.keg(["ps"]).success().says("address").says(urls[0]);
        taps.workspace.keg(["proxy", "status"]).success().says(urls[0]).says(&format!("http://localhost:{port}"));
        assert_eq!(urls.iter().map(|url| get(url, "/word").1).collect::<Vec<_>>(), ["Feature/two_2", "one"]);

        taps.workspace.keg(["stop", &web, "--branch", "one"]).success();
        let (status, page) = get(urls[1], "/word");
        assert_eq!(status, 502);
        assert!(
            page.contains(&format!("keg start {web}")) && page.contains(urls[0].trim_start_matches("http://")),
            "{page}"
        );
        assert_eq!(get(urls[0], "/word").1, "Feature/two_2");
        // Of every other name the page lists what there is.
        let (status, page) = get(&format!("http://nothing.localhost:{port}"), "/");
        assert_eq!(status, 404);
        assert!(page.contains("nothing.localhost") && page.contains("Feature&#x2f;two_2"), "{page}");

        // The same name leads to the new container.
        taps.workspace.branch("one");
        taps.workspace.keg(["start", &web]).success().says(urls[1]);
        assert_eq!(get(urls[1], "/word"), (200, "one".to_owned()));
        taps.workspace.keg(["stop", "--all"]).success();
        assert_eq!(behind.routes(), Vec::<serde_json::Value>::new());
    }
}

/// Ports, services and domains as the files say.
#[test]
fn files_say_what_has_which_name() {
    let behind = Behind::new(Generation::Two, "");
    let (taps, port) = (&behind.taps, behind.port);
    let services = "services:\n  web: {environment: {WORD: web}}\n  more:\n    image: ${KEG_IMAGE_FROM}\n    \
                    environment: {WORD: more}\n    expose: [9000]\n";
    let web = taps.tap("web", services, "service: web\nproxy: {services: {more: 8080}}\n");
    let none = taps.tap("none", "services:\n  web: {environment: {WORD: none}}\n", "proxy: false\n");
    let unclear = taps.tap("unclear", "services:\n  web: {expose: [9000]}\n", "");
    let wrong = taps.tap("wrong", "services:\n  web: {}\n", "proxy: {service: wbe}\n");
    let keys = taps.workspace.read("keg.yml").replace("port:", "domain: Taps.Test, port:");
    taps.workspace.file("keg.yml", keys).commit();
    for tap in [&web, &none, &unclear, &wrong] {
        behind.image(tap, "main");
    }
    taps.workspace.keg(["start", &wrong]).code(2).complains("names the service `wbe`").complains("Did you mean `web`?");
    let started = taps.workspace.keg(["start", &web, &none, &unclear]).success();
    started.complains(&format!("{unclear}/web has no address behind the proxy"));
    let host = format!("{web}-main.taps.test");
    let hosts: Vec<String> = behind.routes().iter().map(|route| route["host"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hosts, [format!("{unclear}-main.taps.test"), host.clone(), format!("more.{host}")]);
    // Nobody resolves these names here, so the request says whom it means.
    assert_eq!(request(port, &host, "/word").1, "web");
    assert_eq!(request(port, &format!("MORE.{host}.:{port}"), "/word").1, "more");
    let (status, page) = request(port, &format!("{unclear}-main.taps.test"), "/word");
    assert_eq!(status, 502);
    assert!(page.contains("8080, 9000") && page.contains("proxy: {port: 8080}"), "{page}");

    // A wrong port is told from a right one that does not listen yet.
    taps.workspace
        .file("taps/unclear/tap.yml", format!("name: {unclear}\ncompose: compose.yml\nproxy: {{port: 9000}}\n"));
    taps.workspace.keg(["start", &unclear]).success();
    let (status, page) = request(port, &format!("{unclear}-main.taps.test"), "/word");
    assert_eq!(status, 502);
    assert!(page.contains("nothing takes connections at") && page.contains(&format!("keg logs {unclear}")), "{page}");
    taps.workspace.file("keg.yml", taps.workspace.read("keg.yml").replace("Taps.Test", "a..b"));
    taps.workspace.keg(["start", &web]).code(2).complains("`a..b` is no domain");
}

/// A container that ends by itself, and one that comes back, without any keg command.
#[test]
fn routes_follow_the_engine() {
    let behind = Behind::new(Generation::Two, "");
    let web = behind.start("web");
    let container = behind.routes()[0]["container"].as_str().unwrap().to_owned();
    let logged = || std::fs::read_to_string(behind.state().join("log")).unwrap();
    assert!(logged().contains(&format!("{web}-main.localhost → ")), "{}", logged());
    crate::support::docker(["kill", &container]).success();
    // The word of the engine comes without any request.
    eventually("the end is noticed", || logged().contains("its container is exited"));
    let (status, page) = get(&behind.url("web"), "/word");
    assert_eq!(status, 502);
    assert!(page.contains("its container is exited") && page.contains(&format!("keg logs {web}")), "{page}");
    crate::support::docker(["start", &container]).success();
    eventually("it is back", || get(&behind.url("web"), "/word") == (200, "web".to_owned()));
    // The proxy is not needed to see what it would make known.
    behind.taps.workspace.keg(["proxy", "stop"]).success().says("has stopped");
    behind.taps.workspace.keg(["proxy", "status"]).success().says("keg proxy start starts one").says(&web);
    assert!(std::net::TcpStream::connect(("127.0.0.1", behind.port)).is_err());
}

/// Without `proxy:` in keg.yml nothing is started unasked.
#[test]
fn no_proxy_is_started_unasked() {
    let taps = Taps::new(Generation::Two);
    let web = taps.tap("web", "services:\n  web:\n    command: sleep 1000\n    init: true\n", "");
    taps.workspace.commit();
    taps.local_image(&web, "main");
    let started = taps.workspace.keg(["start", &web, "--format", "json"]).success().json();
    assert_eq!(started["services"][0]["proxy"], serde_json::Value::Null);
    let status = taps.workspace.keg(["proxy", "status", "--format", "json"]).success().json();
    assert_eq!((&status["state"], &status["proxy"]), (&"stopped".into(), &serde_json::Value::Null));
    // One that is asked for and cannot be had keeps no tap from starting.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let keys = format!("{}proxy: {{kind: builtin, port: {port}}}\n", taps.workspace.read("keg.yml"));
    taps.workspace.file("keg.yml", keys);
    taps.workspace.keg(["start", &web]).success().complains(&format!("cannot listen on port {port}"));
    taps.workspace.keg(["stop", &web]).success();
}
