use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Dockerfile {
    Dockerfile::parse(Path::new("/w/Dockerfile"), text).unwrap()
}

#[test]
fn stages_and_arguments() {
    let text = "# syntax=docker/dockerfile:1\n# escape=\\\n\nARG A=1 B\nARG C=\"x y\"\nfrom --platform=$BUILDPLATFORM debian:$A as Build\nARG D\nRUN --mount=type=secret,id=x --mount=type=bind,source=/a,from=web:1,target=/b \\\n  # a comment\n  echo COPY --from=no\nCOPY --chown=1:1 --from=Build /a /b\nCOPY <<EOF /x\nFROM inside\nEOF\nFROM build\n";
    let dockerfile = parsed(text);
    let names: Vec<_> = dockerfile
        .arguments
        .iter()
        .map(|argument| (argument.name.as_str(), argument.default.as_deref(), argument.line))
        .collect();
    assert_eq!(names, [("A", Some("1"), 4), ("B", None, 4), ("C", Some("\"x y\""), 5)]);
    assert_eq!(dockerfile.stages.len(), 2);
    let stage = &dockerfile.stages[0];
    assert_eq!(stage.name.as_deref(), Some("Build"));
    assert_eq!(stage.platform.as_deref(), Some("$BUILDPLATFORM"));
    assert_eq!((stage.from.written.as_str(), stage.from.line), ("debian:$A", 6));
    assert_eq!(stage.arguments[0].name, "D");
    let sources: Vec<_> =
        stage.sources.iter().map(|source| (source.kind, &text[source.span.clone()], source.line)).collect();
    assert_eq!(sources, [(EdgeKind::Mount, "web:1", 8), (EdgeKind::CopyFrom, "Build", 11)]);
    assert_eq!(dockerfile.stages[1].from.written, "build");
}

#[test]
fn two_stages_may_have_one_name() {
    // The builder takes the later one; it only warns.
    let dockerfile = parsed("FROM a AS x\nFROM b AS x\nFROM x\n");
    let build_args = IndexMap::new();
    let found = dockerfile.references(&Inputs { build_args: &build_args, target: None, platform: None }).unwrap();
    assert_eq!(found.iter().map(|external| external.written.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn mounts_over_two_lines() {
    let text = "FROM a\nRUN --mount=type=bind,\\\nfrom=web,target=/b true\nRUN --mount=from=we\\\nb,target=/b true\n";
    let dockerfile = parsed(text);
    let sources: Vec<_> = dockerfile.stages[0].sources.iter().map(|source| source.written.as_str()).collect();
    assert_eq!(sources, ["web", "web"]);
    let replacements: Vec<_> =
        dockerfile.stages[0].sources.iter().map(|source| (source.span.clone(), "r:1".to_owned())).collect();
    assert_eq!(
        dockerfile.rewritten(&replacements),
        "FROM a\nRUN --mount=type=bind,\\\nfrom=r:1,target=/b true\nRUN --mount=from=r:1,target=/b true\n"
    );
}

#[test]
fn the_final_source_is_followed_through_stages() {
    let build_args = IndexMap::new();
    for (text, target, expected) in [
        ("FROM a\nFROM b\n", None, "b"),
        ("FROM a AS x\nFROM b AS y\nFROM x\n", None, "a"),
        ("FROM a AS x\nFROM b AS y\nFROM x\n", Some("y"), "b"),
        ("FROM a AS x\nFROM $EMPTY\n", None, "$EMPTY"),
    ] {
        let dockerfile = parsed(text);
        let inputs = Inputs { build_args: &build_args, target, platform: None };
        assert_eq!(dockerfile.final_source(&inputs).unwrap().written, expected, "{text}");
    }
}

#[test]
fn only_needed_stages_count() {
    let text =
        "FROM a AS one\nFROM b AS two\nCOPY --from=one / /\nFROM c AS three\nCOPY --from=x / /\nFROM two AS four\n";
    let build_args = IndexMap::new();
    for (target, expected) in [(None, "a b"), (Some("three"), "c x"), (Some("ONE"), "a"), (Some("1"), "a b")] {
        let inputs = Inputs { build_args: &build_args, target, platform: None };
        let found = parsed(text).references(&inputs).unwrap();
        let words: Vec<_> = found.iter().map(|external| external.written.as_str()).collect();
        assert_eq!(words.join(" "), expected, "{target:?}");
    }
}

fn takes_anything(text: &str) {
    let Ok(dockerfile) = Dockerfile::parse(Path::new("/w/Dockerfile"), text) else { return };
    let build_args = [("A".to_owned(), "x".to_owned())].into_iter().collect();
    let inputs = Inputs { build_args: &build_args, target: None, platform: None };
    dockerfile.final_source(&inputs).ok();
    for stage in &dockerfile.stages {
        for source in stage.sources.iter().chain([&stage.from]) {
            assert!(text.get(source.span.clone()).is_some(), "{source:?}");
        }
    }
    match dockerfile.references(&inputs) {
        Ok(found) => {
            let replacements: Vec<_> = found.into_iter().map(|external| (external.span, "r".to_owned())).collect();
            dockerfile.rewritten(&replacements);
        }
        Err(error) => {
            let mut report = String::new();
            miette::GraphicalReportHandler::new().render_report(&mut report, &error).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn never_panics(text in "(?s).{0,200}") {
        takes_anything(&text);
    }

    #[test]
    fn never_panics_on_what_looks_like_a_dockerfile(
        text in "(FROM |ARG |COPY |ADD |RUN |ONBUILD |VOLUME |CMD |SHELL |HEALTHCHECK |ENV |--from=|--mount=|from=|A|=| AS |<<EOF|EOF|\\[|\\]|\"|'|,|\\$|\\{|\\}|:-|#| |\t|\\\\|`|\r?\n|# escape=|ä|\\\\u12|\u{feff}){0,40}"
    ) {
        takes_anything(&text);
        takes_anything(&format!("FROM a\n{text}"));
    }
}
