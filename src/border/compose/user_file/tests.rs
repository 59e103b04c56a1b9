use super::*;

fn parse(text: &str) -> UserFile {
    UserFile::parse(Path::new("/t/compose.yml"), text).unwrap()
}

#[test]
fn services_in_their_order_whatever_else_the_file_says() {
    let file = parse(
        r#"
x-common: &common {build: ., profiles: [a]}
services:
  web:
    <<: *common
    ports: [22:22, {target: 80, name: x}]
    develop: {watch: [{action: sync, path: .}]}
    command: !reset null
  n: {image: "${KEG_IMAGE_FROM:?no image}"}
  on:
volumes: {data: }
"#,
    );
    let shown: Vec<_> =
        file.services.iter().map(|service| (service.name.as_str(), service.image.as_deref(), service.build)).collect();
    assert_eq!(shown, [("web", None, true), ("n", Some("${KEG_IMAGE_FROM:?no image}"), false), ("on", None, false)]);
    assert!(!file.includes);
    assert!(parse("include: [other.yml]\n").includes);
    assert!(parse("services:\n").services.is_empty());
}

#[test]
fn a_broken_file_is_shown_with_its_place() {
    let error = UserFile::parse(Path::new("/t/compose.yml"), "services:\n  web: [\n").unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let report = format!("{:?}", miette::Report::new(error));
    assert!(report.contains("/t/compose.yml:"), "{report}");
}

#[test]
fn the_override_that_compose_reads_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.yml");
    assert_eq!(UserFile::standard_override(&file), None);
    let other = folder.path().join("compose.override.yaml");
    std::fs::write(&other, "services: {}").unwrap();
    assert_eq!(UserFile::standard_override(&file), Some(other));
    assert_eq!(UserFile::standard_override(&folder.path().join("stack.yml")), None);
}
