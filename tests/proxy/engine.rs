//! An engine that goes away, and Traefik, which every tap of an engine would get.

use super::parts::{build, eventually, request};
use crate::start::parts::{Generation, Taps, free_port};
use crate::support::{OwnEngine, command, run};

/// Taps on an engine of their own.
fn taps(engine: &OwnEngine, lines: &str) -> Taps {
    let mut taps = Taps::with(Generation::Two, lines);
    taps.workspace.env("DOCKER_HOST", engine.address());
    taps
}

fn on_engine(engine: &OwnEngine, arguments: &[&str]) -> String {
    run(command("docker").args(["--host", &engine.address()]).args(arguments), b"").success().trim().to_owned()
}

#[test]
fn the_proxy_outlives_the_engine() {
    let mut engine = OwnEngine::start();
    let port = free_port();
    let taps = taps(&engine, &format!("proxy: {{kind: builtin, port: {port}}}\n"));
    let web = taps.tap("web", "services:\n  web:\n    environment: {WORD: web}\n", "");
    taps.workspace.commit();
    build(&format!("{web}:main"), &["--host", &engine.address()]);
    taps.workspace.keg(["start", &web]).success();
    let host = format!("{web}-main.localhost");
    assert_eq!(request(port, &host, "/word").1, "web");
    engine.kill();
    let (status, page) = request(port, "other.localhost", "/");
    assert_eq!(status, 404);
    assert!(page.contains("cannot reach the Docker engine") && page.contains(&host), "{page}");
    engine.run();
    // What the engine does with containers that outlived it is its own business: here they have ended.
    eventually("the proxy knows of the end", || request(port, "other.localhost", "/").1.contains("<td>exited"));
    taps.workspace.keg(["start", &web]).success();
    assert_eq!(request(port, &host, "/word"), (200, "web".to_owned()));
    taps.workspace.keg(["stop", &web]).success();
    // Another engine may have given the tap's address to another container before this one's word has come.
    eventually("the proxy knows of the stop", || request(port, &host, "/word").0 == 502);
    taps.workspace.keg(["proxy", "stop"]).success();
}

/// What Traefik is given. Its own image cannot be had here, so that another one stands in its place and does not route.
#[test]
fn traefik_gets_what_it_reads() {
    let engine = OwnEngine::start();
    let port = free_port();
    let image = "kegtest-traefik:latest";
    let taps = taps(&engine, &format!("proxy: {{kind: traefik, port: {port}, image: \"{image}\"}}\n"));
    let services = "services:\n  web:\n    environment: {WORD: web}\n  db:\n    image: ${KEG_IMAGE_FROM}\n    \
                    networks: {inner: {aliases: [database]}}\n  alone:\n    image: ${KEG_IMAGE_FROM}\n    \
                    network_mode: none\nnetworks: {inner: }\n";
    let web = taps.tap("web", services, "service: web\nproxy: {port: 8080, services: {db: 9000, alone: 1}}\n");
    taps.workspace.commit();
    for reference in [&format!("{web}:main"), image] {
        build(reference, &["--host", &engine.address()]);
    }
    taps.workspace.keg(["start", &web]).success().says(&format!("http://{web}-main.localhost:{port}"));
    let status = taps.workspace.keg(["proxy", "status", "--format", "json"]).success().json();
    assert_eq!((&status["proxy"]["kind"], &status["proxy"]["image"]), (&"traefik".into(), &image.into()));
    assert_eq!(status["proxy"]["address"], format!("127.0.0.1:{port}"));

    let inspect = |container: &str, format: &str| on_engine(&engine, &["inspect", "--format", format, container]);
    let arguments = inspect("keg-proxy", "{{json .Args}}{{json .Config.Cmd}}");
    for argument in ["--providers.docker=true", "exposedbydefault=false", "network=keg-proxy", "web.address=:80"] {
        assert!(arguments.contains(argument), "{arguments}");
    }
    let socket = engine.address().replace("unix://", "");
    assert_eq!(inspect("keg-proxy", "{{json .HostConfig.Binds}}"), format!("[\"{socket}:/var/run/docker.sock:ro\"]"));

    let project = format!("{web}-main");
    let networks = |service: &str| {
        let format = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}";
        inspect(&format!("{project}-{service}-1"), format)
    };
    assert_eq!(networks("web"), format!("keg-proxy {project}_default"));
    assert_eq!(networks("db"), format!("keg-proxy {project}_inner"));
    assert_eq!(networks("alone"), "none");
    let labels = inspect(&format!("{project}-db-1"), "{{json .Config.Labels}}");
    let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
    let own = format!("traefik.http.routers.{project}-db.rule");
    assert_eq!(labels[own], format!("Host(`db.{web}-main.localhost`)"));
    assert_eq!(labels[format!("traefik.http.services.{project}-db.loadbalancer.server.port")], "9000");
    assert_eq!(labels["traefik.enable"], "true");
    let alone = inspect(&format!("{project}-alone-1"), "{{json .Config.Labels}}");
    assert!(!alone.contains("traefik"), "{alone}");

    taps.workspace.keg(["stop", &web]).success();
    taps.workspace.keg(["proxy", "stop"]).success().says("has stopped");
    assert_eq!(on_engine(&engine, &["ps", "--all", "--quiet"]), "");
    assert_eq!(on_engine(&engine, &["network", "ls", "--quiet", "--filter", "name=keg-proxy"]), "");

    // Where the image cannot be had, `auto` takes keg's own proxy, and `traefik` fails.
    let missing = ["proxy", "start", "--image", "127.0.0.1:1/no/traefik"].map(str::to_owned);
    let kind = |kind: &str| missing.iter().cloned().chain(["--kind".to_owned(), kind.to_owned()]).collect::<Vec<_>>();
    assert_ne!(taps.workspace.keg(kind("traefik")).code, Some(0));
    taps.workspace.keg(kind("auto")).success().says("keg's own").complains("cannot be had");
    taps.workspace.keg(["proxy", "stop"]).success();
}
