use super::*;

/// The parents of the image `x` with this Dockerfile, in a workspace with `base`, `mid` (alias `m`) and `tap`.
fn parents(keg: &str, dockerfile: &str, manifest: &str) -> String {
    let tree = Tree::new(&[
        ("keg.yml", keg),
        ("base/Dockerfile", "FROM debian"),
        ("hub/mid/Dockerfile", "FROM debian"),
        ("hub/mid/image.yml", "alias: M"),
        ("hub/tap/Dockerfile", "FROM debian"),
        ("hub/x/Dockerfile", dockerfile),
        ("hub/x/image.yml", manifest),
    ]);
    match tree.load() {
        Ok(workspace) => {
            let text = summary(&workspace);
            let line = text.lines().find(|line| line.starts_with("hub x")).unwrap();
            line.strip_prefix("hub x").unwrap().trim().to_owned()
        }
        Err(error) => error.one_line(),
    }
}

#[test]
fn with_a_registry() {
    for (from, expected) in [
        ("ghcr.io/acme/base", "<- base [ghcr.io/acme/base] hub/x/Dockerfile:1"),
        ("ghcr.io/acme/base:1.0", "<- base [ghcr.io/acme/base:1.0] hub/x/Dockerfile:1"),
        ("base", "<- base [base] hub/x/Dockerfile:1"),
        ("base:develop", "<- base [base:develop] hub/x/Dockerfile:1"),
        ("m", "<- mid [m] hub/x/Dockerfile:1"),
        ("library/base", "<- docker.io/library/base [library/base] hub/x/Dockerfile:1"),
        ("docker.io/library/base", "<- docker.io/library/base [docker.io/library/base] hub/x/Dockerfile:1"),
        ("other/base", "<- docker.io/other/base [other/base] hub/x/Dockerfile:1"),
        ("ghcr.io/acme/x", "<- ghcr.io/acme/x [ghcr.io/acme/x] hub/x/Dockerfile:1"),
        ("x", "<- docker.io/library/x [x] hub/x/Dockerfile:1"),
        ("ghcr.io/acme/unknown", "<- ghcr.io/acme/unknown [ghcr.io/acme/unknown] hub/x/Dockerfile:1"),
    ] {
        assert_eq!(parents("registry: ghcr.io/acme", &format!("FROM {from}"), ""), expected, "{from}");
    }
    let digest = format!("base@sha256:{}", "a".repeat(64));
    assert!(
        parents("registry: ghcr.io/acme", &format!("FROM {digest}"), "")
            .starts_with("<- docker.io/library/base@sha256")
    );
}

#[test]
fn without_a_registry() {
    for (from, expected) in [
        ("base", "<- base"),
        ("acme/base:1", "<- base"),
        ("localhost:5000/a/b/base", "<- base"),
        ("library/base", "<- docker.io/library/base"),
        ("docker.io/library/base", "<- docker.io/library/base"),
        ("acme/m", "<- docker.io/acme/m"),
        ("acme/x", "<- docker.io/acme/x"),
    ] {
        let found = parents("", &format!("FROM {from}"), "");
        assert_eq!(found.split(" [").next().unwrap(), expected, "{from}");
    }
}

#[test]
fn stages_and_copies() {
    for (dockerfile, expected) in [
        ("FROM base AS b\nFROM b", "<- base [base] hub/x/Dockerfile:1"),
        ("FROM debian AS base\nFROM base", "<- docker.io/library/debian [debian] hub/x/Dockerfile:1"),
        ("FROM debian AS Base\nFROM BASE", "<- docker.io/library/debian [debian] hub/x/Dockerfile:1"),
        // A stage is known only after its own FROM.
        ("FROM base AS base", "<- base [base] hub/x/Dockerfile:1"),
        ("FROM scratch\nCOPY --from=base /a /a", "<- base [base] hub/x/Dockerfile:2"),
        (
            "FROM debian AS d\nFROM scratch\nCOPY --from=0 /a /a",
            "<- docker.io/library/debian [debian] hub/x/Dockerfile:1",
        ),
        (
            "FROM debian AS d\nFROM scratch\nCOPY --from=d /a /a",
            "<- docker.io/library/debian [debian] hub/x/Dockerfile:1",
        ),
        ("FROM scratch\nRUN --mount=type=bind,from=base,target=/b cat /b/x", "<- base [base] hub/x/Dockerfile:2"),
        (
            "FROM scratch\nRUN --mount=type=cache,target=/c \\\n  --mount=target=/b,from=mid true",
            "<- mid [mid] hub/x/Dockerfile:3",
        ),
        (
            "FROM base\nCOPY --from=base:2 /a /a\nCOPY --from=base:3 /a /b",
            "<- base [base+base:2+base:3] hub/x/Dockerfile:1",
        ),
        ("FROM base\nONBUILD COPY --from=mid /a /a", "<- base [base] hub/x/Dockerfile:1"),
        // What the last stage does not need is not built.
        ("FROM mid AS unused\nFROM base", "<- base [base] hub/x/Dockerfile:2"),
        ("from --platform=$BUILDPLATFORM base as b\nRUN x", "<- base [base] hub/x/Dockerfile:1"),
        ("FROM ba\\\nse\n", "<- base [base] hub/x/Dockerfile:1"),
        ("\u{feff}FROM base\r\nRUN x\r\n", "<- base [base] hub/x/Dockerfile:1"),
        ("# escape=`\nFROM base\nRUN c:`\n x", "<- base [base] hub/x/Dockerfile:2"),
    ] {
        assert_eq!(parents("", dockerfile, ""), expected, "{dockerfile}");
    }
}

#[test]
fn targets() {
    let dockerfile = "FROM mid AS dev\nFROM base AS prod\n";
    assert!(parents("", dockerfile, "").starts_with("<- base"));
    assert!(parents("", dockerfile, "build: { target: dev }").starts_with("<- mid"));
    assert!(parents("", dockerfile, "build: { target: DEV }").starts_with("<- mid"));
    assert!(parents("", dockerfile, "build: { target: '0' }").starts_with("<- mid"));
    assert_eq!(parents("", dockerfile, "build: { target: prd }"), "hub/x/Dockerfile has no stage `prd`");
}

#[test]
fn build_args() {
    for (dockerfile, manifest, expected) in [
        ("ARG V=1\nFROM base:$V", "", "<- base [base:$V]"),
        ("ARG I=mid\nFROM $I", "", "<- mid [$I]"),
        ("ARG I=mid\nFROM $I", "build: { args: { I: base } }", "<- base [$I]"),
        ("ARG R=ghcr.io/acme\nARG I=\"$R/mid\"\nFROM ${I}:${T:-1}", "", "<- mid [${I}:${T:-1}]"),
        // An undeclared build arg does not reach FROM.
        ("FROM ${I:-base}", "build: { args: { I: mid } }", "<- base [${I:-base}]"),
        ("FROM base\nARG I=mid\nFROM ${I:-tap}", "", "<- tap [${I:-tap}]"),
        (
            "FROM debian:$TARGETARCH",
            "build: { platforms: [linux/arm64] }",
            "<- docker.io/library/debian:arm64 [debian:$TARGETARCH]",
        ),
        ("ARG A=1 I=mid\nFROM $I", "", "<- mid [$I]"),
    ] {
        let found = parents("registry: ghcr.io/acme", dockerfile, manifest);
        assert_eq!(found.rsplit_once(' ').unwrap().0, expected, "{dockerfile} {manifest}");
    }
}

#[test]
fn base_argument() {
    let with = |default: &str| format!("ARG KEG_BASE_IMAGE{default}\nFROM ${{KEG_BASE_IMAGE}}\nRUN x");
    for (keg, dockerfile, manifest, expected) in [
        ("", with(""), "base: mid:develop", "<- mid [argument] hub/x/image.yml:1"),
        ("", with("=base"), "alias: y\nbase: mid", "<- mid [argument] hub/x/image.yml:2"),
        ("", with("=base"), "", "<- base [argument] hub/x/Dockerfile:2"),
        ("", with(""), "", "<- tap [argument] hub/x/Dockerfile:2"),
        ("tap_base: mid", with(""), "", "<- mid [argument] hub/x/Dockerfile:2"),
        (
            "registry: ghcr.io/b\ntap_base: ghcr.io/a/tap:develop",
            with(""),
            "",
            "<- ghcr.io/a/tap:develop [argument] hub/x/Dockerfile:2",
        ),
        ("", with(""), "build: { args: { KEG_BASE_IMAGE: mid } }", "<- mid [argument] hub/x/Dockerfile:2"),
        (
            "",
            "ARG KEG_BASE_IMAGE=base\nFROM ${KEG_BASE_IMAGE:-debian}".into(),
            "",
            "<- base [argument] hub/x/Dockerfile:2",
        ),
        ("", "ARG KEG_BASE_IMAGE=base\nFROM \"$KEG_BASE_IMAGE\"".into(), "", "<- base [argument] hub/x/Dockerfile:2"),
        (
            "",
            "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\nCOPY --from=tap /a /a".into(),
            "",
            "<- tap [$KEG_BASE_IMAGE+tap] hub/x/Dockerfile:2",
        ),
        (
            "",
            "ARG KEG_BASE_IMAGE=base\nFROM ${KEG_BASE_IMAGE}:1".into(),
            "",
            "<- base [${KEG_BASE_IMAGE}:1] hub/x/Dockerfile:2",
        ),
        (
            "",
            "ARG KEG_BASE_IMAGE=base\nARG I=$KEG_BASE_IMAGE\nFROM $I".into(),
            "base: mid",
            "<- mid [$I] hub/x/image.yml:1",
        ),
        // The Dockerfile does not ask for it: the last stage's FROM is replaced.
        ("", "FROM debian".into(), "base: mid", "<- mid [debian] hub/x/image.yml:1"),
        (
            "",
            "FROM debian AS d\nFROM tap AS t\nFROM d\nCOPY --from=t /a /a".into(),
            "base: mid",
            "<- mid [debian] hub/x/image.yml:1 <- tap [tap] hub/x/Dockerfile:2",
        ),
    ] {
        assert_eq!(parents(keg, &dockerfile, manifest), expected, "{dockerfile} {manifest}");
    }
}

#[test]
fn the_tap_base_is_not_its_own_base() {
    for base in ["", "tap_base: ghcr.io/a/tap:develop\n", "tap_base: tap:1\n"] {
        let files = [
            ("keg.yml", format!("registry: ghcr.io/a\n{base}")),
            ("hub/tap/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE".to_owned()),
        ];
        let error = Tree::new(&files.each_ref().map(|(path, text)| (*path, text.as_str()))).load().unwrap_err();
        assert_eq!(error.message(), "hub/tap/Dockerfile:2: FROM $KEG_BASE_IMAGE has no value");
    }
}

#[test]
fn depends_on() {
    assert_eq!(
        parents("", "FROM debian", "depends_on: [base, m]"),
        "<- docker.io/library/debian [debian] hub/x/Dockerfile:1 <- base [nothing] hub/x/image.yml:1 <- mid [nothing] hub/x/image.yml:1"
    );
    assert_eq!(parents("", "FROM base", "depends_on: [base]"), "<- base [base] hub/x/Dockerfile:1");
}

#[test]
fn rewriting_replaces_only_the_references() {
    let text = "FROM base AS b # not base\nCOPY --from=base /base /base\n";
    let tree = Tree::new(&[("keg.yml", ""), ("base/Dockerfile", "FROM debian"), ("hub/x/Dockerfile", text)]);
    let workspace = tree.load();
    // `# not base` is no comment there, so this does not parse.
    assert!(workspace.is_err());
    let text = "# base\nFROM base AS b\nCOPY --from=base /base /base\n";
    let tree = Tree::new(&[("keg.yml", ""), ("base/Dockerfile", "FROM debian"), ("hub/x/Dockerfile", text)]);
    let workspace = tree.load().unwrap();
    let image = workspace.image(workspace.find("x").unwrap());
    let spans = match &image.parents[0].handover {
        Handover::Rewrite(spans) => spans.clone(),
        _ => Vec::new(),
    };
    let replacements: Vec<_> = spans.iter().map(|span| (span.clone(), "r/base:keg-1".to_owned())).collect();
    assert_eq!(
        image.dockerfile.rewritten(&replacements),
        "# base\nFROM r/base:keg-1 AS b\nCOPY --from=r/base:keg-1 /base /base\n"
    );
    assert_eq!(image.dockerfile.rewritten(&[(900..901, "x".into())]), text);
}
