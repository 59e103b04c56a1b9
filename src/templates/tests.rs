use super::*;

fn values(alias: Option<&str>) -> TemplateValues {
    TemplateValues { name: "greeter".into(), alias: alias.map(str::to_owned), base: "tap:develop".into() }
}

fn text(files: &[(PathBuf, String, bool)], path: &str) -> String {
    files.iter().find(|(other, ..)| other.as_os_str() == path).expect(path).1.clone()
}

#[test]
fn every_template_renders() {
    assert_eq!(names(), ["blank", "module", "web"]);
    for name in names() {
        let files = render(name, &values(None)).unwrap();
        assert!(text(&files, "Dockerfile").contains("\nARG KEG_BASE_IMAGE=tap:develop\n"), "{name}");
        assert_eq!(text(&files, "tap.yml").lines().next(), Some("name: greeter"), "{name}");
        for (path, text, executable) in &files {
            assert!(!text.contains("[=") && !text.contains("[%"), "{name}/{}: {text}", path.display());
            assert!(text.ends_with('\n'), "{name}/{} ends without a line feed", path.display());
            assert_eq!(text.starts_with("#!"), *executable, "{name}/{}", path.display());
        }
    }
}

#[test]
fn blank_has_what_it_needs() {
    let files = render("blank", &values(Some("gr"))).unwrap();
    let paths: Vec<_> = files.iter().map(|(path, ..)| path.to_str().unwrap()).collect();
    assert_eq!(paths, [".dockerignore", "Dockerfile", "tap.yml"]);
    assert_eq!(text(&files, "tap.yml"), "name: greeter\nalias: gr\nbase: tap:develop\n");
}

#[test]
fn web_has_what_it_needs() {
    let files = render("web", &values(None)).unwrap();
    assert_eq!(text(&files, "tap.yml"), "name: greeter\nbase: tap:develop\ncompose: compose.yml\nservice: greeter\n");
    let compose = text(&files, "compose.yml");
    assert!(compose.contains("\n  greeter:\n    image: ${KEG_IMAGE_FROM:-greeter}\n"), "{compose}");
    assert_eq!(text(&files, ".env").lines().last(), Some("GREETING=\"Hello from greeter\""));
    let executable: Vec<_> = files.iter().filter(|file| file.2).map(|(path, ..)| path.to_str().unwrap()).collect();
    assert_eq!(executable, ["serve", "test/page", "www/cgi-bin/index.cgi"]);
}

#[test]
fn module_has_what_it_needs() {
    let files = render("module", &values(None)).unwrap();
    assert_eq!(text(&files, "tap.yml"), "name: greeter\nbase: tap:develop\ninputs: [requirements.lock]\n");
    assert!(text(&files, "requirements.lock").lines().all(|line| line.starts_with('#')));
    assert!(files.iter().any(|(path, _, executable)| path.starts_with("test") && *executable));
}

#[test]
fn names_that_yaml_would_misread_are_quoted() {
    for name in ["null", "1e3", "012", "yes", "1_000", "true"] {
        let files = render("web", &TemplateValues { name: name.into(), ..values(Some("no")) }).unwrap();
        let manifest = text(&files, "tap.yml");
        let read: std::collections::BTreeMap<String, serde_json::Value> = serde_saphyr::from_str(&manifest).unwrap();
        assert_eq!(read["name"], name, "{manifest}");
        assert_eq!(read["alias"], "no", "{manifest}");
    }
}

#[test]
fn service_of_a_nested_name_has_no_slash() {
    let files = render("web", &TemplateValues { name: "team/web".into(), ..values(None) }).unwrap();
    assert!(text(&files, "compose.yml").contains("\n  web:\n    image: ${KEG_IMAGE_FROM:-team/web}\n"));
}

#[test]
fn unknown_template_names_the_nearest() {
    let error = render("wbe", &values(None)).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_eq!(error.remedy(), Some("did you mean `web`?"));
    let error = render("kubernetes", &values(None)).unwrap_err();
    assert_eq!(error.remedy(), Some("the templates are blank, module, web"));
    // A folder within a template is no template.
    assert!(render("web/www", &values(None)).is_err());
    assert!(render("", &values(None)).is_err());
}
