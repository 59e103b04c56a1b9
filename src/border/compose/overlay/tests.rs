use std::os::unix::fs::PermissionsExt;

use super::*;

fn overlay() -> Overlay {
    Overlay {
        tap: "web".into(),
        branch: "feature/$x".into(),
        tag: "feature-x".into(),
        workspace: "/srv/a b".into(),
        image: "localhost:5000/o/web:feature-x".into(),
        image_service: "on".into(),
        services: vec!["on".into(), "db".into()],
        variables: vec!["TOKEN".into()],
        ..Overlay::default()
    }
}

#[test]
fn every_service_has_labels_and_one_the_image() {
    let text = overlay().yaml().unwrap();
    let expected = r#"# Written by keg at every start; changes are lost.
services:
  "on":
    image: localhost:5000/o/web:feature-x
    environment:
      TOKEN: null
    labels:
      dev.keg.tap: web
      dev.keg.branch: feature/$$x
      dev.keg.tag: feature-x
      dev.keg.workspace: /srv/a b
      dev.keg.service: "on"
    pull_policy: never
  db:
    labels:
      dev.keg.tap: web
      dev.keg.branch: feature/$$x
      dev.keg.tag: feature-x
      dev.keg.workspace: /srv/a b
      dev.keg.service: "on"
"#;
    assert_eq!(text, expected);
}

/// Keys of a service of the override that are about names.
fn about_names(overlay: &Overlay, service: &str) -> Vec<String> {
    let text = overlay.yaml().unwrap();
    let of_service = text.split(&format!("\n  {service}:\n")).nth(1).unwrap();
    let lines = of_service.lines().take_while(|line| line.starts_with("    "));
    let is_about = |line: &&str| ["proxy", "traefik", "default"].iter().any(|word| line.contains(word));
    lines.filter(is_about).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn names_are_labels_of_their_services() {
    let mut overlay = overlay();
    let name = |host: &str, port| ServiceName { host: host.to_owned(), port };
    overlay.names = [
        ("on".to_owned(), name("web-main.localhost", None)),
        ("db".to_owned(), name("db.web-main.localhost", Some(5432))),
    ]
    .into();
    assert_eq!(about_names(&overlay, "\"on\""), ["dev.keg.proxy.host: web-main.localhost"]);
    let db = ["dev.keg.proxy.host: db.web-main.localhost", "dev.keg.proxy.port: '5432'"];
    assert_eq!(about_names(&overlay, "db").iter().map(|line| line.replace('"', "'")).collect::<Vec<_>>(), db);
    assert!(!overlay.yaml().unwrap().contains("traefik"));

    overlay.traefik = Some(Traefik {
        network: "keg-proxy".to_owned(),
        project: "web-main".to_owned(),
        in_default_network: ["on".to_owned()].into(),
        without_network: ["db".to_owned()].into(),
    });
    assert_eq!(
        about_names(&overlay, "\"on\""),
        [
            "dev.keg.proxy.host: web-main.localhost",
            "traefik.enable: \"true\"",
            "traefik.docker.network: keg-proxy",
            "traefik.http.routers.web-main-on.rule: Host(`web-main.localhost`)",
            "- default",
            "- keg-proxy",
        ]
    );
    assert_eq!(about_names(&overlay, "db").len(), 2);
    assert!(overlay.yaml().unwrap().contains("  keg-proxy:\n    external: true\n    name: keg-proxy\n"));
}

#[test]
fn ports_stay_text() {
    let text = made_from_manifest(&service_of("group/web"), &["22:22".into(), "8080:80".into()]).unwrap();
    let expected = r#"# Written by keg at every start; changes are lost.
services:
  group-web:
    image: ${KEG_IMAGE_FROM}
    ports:
    - "22:22"
    - 8080:80
"#;
    assert_eq!(text, expected);
}

#[test]
fn files_are_private_and_removed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (override_path(folder.path(), "web-main"), made_path(folder.path(), "web-main"));
    for path in [&first, &second] {
        write(path, "old").unwrap();
        write(path, "new").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "new");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    remove(folder.path(), "web-main");
    assert_eq!(std::fs::read_dir(folder.path().join(".keg/compose")).unwrap().count(), 0);
    remove(folder.path(), "web-main");
}
