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
