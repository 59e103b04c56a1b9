use super::*;

fn inputs(files: &[(&str, &str)]) -> Inputs {
    let mut inputs = Inputs::default();
    for (name, value) in files {
        match name.split_once(' ') {
            None => inputs.dockerfile(value),
            Some(("arg", name)) => inputs.build_arg(name, value),
            Some(("input", path)) => inputs.extra_file(path, *value),
            Some(("all", path)) => inputs.workspace_file(path, *value),
            Some(("parent", name)) => inputs.parent(name, *value),
            Some((_, path)) => inputs.file(path, *value),
        }
    }
    inputs
}

const WEB: &[(&str, &str)] = &[("dockerfile", "1"), ("file Dockerfile", "1"), ("file a", "1"), ("parent base", "")];

fn images(images: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Inputs> {
    images.iter().map(|(name, files)| ((*name).to_owned(), inputs(files))).collect()
}

/// `web: inputs changed: a`, a line for each image that is touched.
fn lines(now: &BTreeMap<String, Inputs>, before: &Before, everything: Option<&Everything>) -> Vec<String> {
    let touched = touched(now, before, everything, &|_, _| true);
    touched.into_iter().map(|(name, touch)| format!("{name}: {touch}")).collect()
}

/// The same for one image that is changed from [`WEB`].
fn line(change: &[(&str, &str)], without: &[&str]) -> String {
    let kept = WEB.iter().filter(|(name, _)| !without.contains(name) && !change.iter().any(|(other, _)| other == name));
    let now: Vec<(&str, &str)> = kept.chain(change).copied().collect();
    lines(&images(&[("web", &now)]), &Before::Images(images(&[("web", WEB)])), None).join("\n")
}

#[test]
fn the_same_inputs_touch_nothing() {
    assert_eq!(line(&[], &[]), "");
}

#[test]
fn one_file_is_named_and_several_are_counted() {
    assert_eq!(line(&[("file a", "2")], &[]), "web: inputs changed: a");
    assert_eq!(line(&[("file a", "2"), ("file b", "1")], &[]), "web: inputs changed: 2 files");
    assert_eq!(line(&[("input ../env.lock", "1")], &["file a"]), "web: inputs changed: 2 files");
}

#[test]
fn the_dockerfile_is_one_file() {
    assert_eq!(line(&[("dockerfile", "2"), ("file Dockerfile", "2")], &[]), "web: inputs changed: Dockerfile");
    // Where .dockerignore leaves it out of the context.
    assert_eq!(line(&[("dockerfile", "2")], &[]), "web: inputs changed: Dockerfile");
    assert_eq!(line(&[("dockerfile", "2"), ("file a", "2")], &[]), "web: inputs changed: 2 files");
}

#[test]
fn settings_and_parents_are_named() {
    assert_eq!(line(&[("arg PY", "3.12")], &[]), "web: inputs changed: build-arg PY");
    assert_eq!(line(&[("arg PY", "1"), ("file a", "2")], &[]), "web: inputs changed: a, build-arg PY");
    assert_eq!(line(&[("parent tap", "")], &["parent base"]), "web: inputs changed: parent base, parent tap");
    assert_eq!(line(&[("parent debian:12", "sha256:1")], &[]), "web: inputs changed: parent debian:12");
}

#[test]
fn files_for_all_images_are_told_by_their_key() {
    assert_eq!(line(&[("all images/spec.yml", "1")], &[]), "web: rebuild_all: images/spec.yml");
    assert_eq!(line(&[("all a", "1"), ("all b", "1"), ("all c", "1")], &[]), "web: rebuild_all: a and 2 more");
    assert_eq!(line(&[("all a", "1"), ("file b", "1")], &[]), "web: rebuild_all: a; inputs changed: b");
}

#[test]
fn names_of_files_cannot_act_on_the_terminal() {
    assert_eq!(line(&[("file \u{1b}[2J\n", "1")], &[]), "web: inputs changed: \\u{1b}[2J\\n");
}

#[test]
fn what_was_not_there_is_new() {
    let now = images(&[("api", WEB), ("web", WEB)]);
    assert_eq!(lines(&now, &Before::Images(images(&[("web", WEB)])), None), ["api: new"]);
    assert_eq!(lines(&now, &Before::Nothing, None), ["api: new", "web: new"]);
}

#[test]
fn what_has_gone_touches_nothing() {
    let before = Before::Images(images(&[("api", WEB), ("web", WEB)]));
    assert_eq!(lines(&images(&[("web", WEB)]), &before, None), [""; 0]);
}

#[test]
fn variants_are_compared_each_with_its_own() {
    let before = Before::Images(images(&[("web [cpu]", WEB), ("web [gpu]", &[("arg CUDA", "11")])]));
    let now = images(&[("web [cpu]", WEB), ("web [gpu]", &[("arg CUDA", "12")])]);
    assert_eq!(lines(&now, &before, None), ["web [gpu]: inputs changed: build-arg CUDA"]);
}

#[test]
fn after_a_broken_workspace_everything_counts() {
    let now = images(&[("web", WEB)]);
    let lines = lines(&now, &Before::Broken("no".to_owned()), None);
    assert_eq!(lines, ["web: the workspace was broken before"]);
}

#[test]
fn changes_that_nobody_made_do_not_count() {
    let before = Before::Images(images(&[("api", WEB), ("web", WEB)]));
    let other: &[(&str, &str)] = &[("file a", "2"), ("file cache", "1")];
    let now = images(&[("api", &[WEB, &other[1..]].concat()), ("web", &[&WEB[..2], other, &WEB[3..]].concat())]);
    let is_real = |_: &str, change: &Change| !change.name.ends_with("cache");
    let touched = touched(&now, &before, None, &is_real);
    assert_eq!(touched.into_keys().collect::<Vec<_>>(), ["web"]);
}

#[test]
fn a_message_takes_in_what_has_not_changed() {
    let everything = Everything { commit: "0123456789abcdef".repeat(2) + "01234567", subject: "x".to_owned() };
    let before = Before::Images(images(&[("api", WEB), ("web", WEB)]));
    let now = images(&[("api", WEB), ("web", &WEB[..3])]);
    let lines = lines(&now, &before, Some(&everything));
    assert_eq!(lines, ["api: commit message of 0123456789ab", "web: inputs changed: parent base"]);
}

fn message(text: &str) -> Message {
    Message { commit: format!("commit of {text}"), text: text.to_owned() }
}

#[test]
fn messages_ask_in_any_case() {
    let messages = [message("Typo"), message("\nUpdate all\n\nFull  rebuild, FULL Rebuild\n"), message("full rebuild")];
    let found = full_rebuild(Some("full rebuild"), &messages).unwrap();
    assert_eq!((found.commit, found.subject.as_str()), (messages[1].commit.clone(), "Update all"));
    assert_eq!(full_rebuild(Some("Alles NEU"), &[message("und alles neu")]).unwrap().subject, "und alles neu");
}

#[test]
fn nothing_asks_for_all_without_the_text() {
    assert_eq!(full_rebuild(None, &[message("full rebuild")]), None);
    assert_eq!(full_rebuild(Some("full rebuild"), &[message("rebuild full")]), None);
    assert_eq!(full_rebuild(Some("full rebuild"), &[]), None);
    // An empty text stands in every message.
    assert_eq!(full_rebuild(Some("  "), &[message("x")]), None);
}
