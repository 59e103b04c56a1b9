use super::*;

#[test]
fn default_layout() {
    insta::assert_snapshot!(load(&[
        ("keg.yml", "registry: ghcr.io/acme\n"),
        ("base/Dockerfile", "FROM debian:bookworm"),
        ("hub/core/Dockerfile", "FROM base:develop"),
        ("hub/tap/Dockerfile", "FROM ghcr.io/acme/core"),
        ("taps/Web/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM ${KEG_BASE_IMAGE}"),
        ("taps/Web/tap.yml", "alias: w\nbase: tap:develop"),
        ("taps/notes/README.md", ""),
        ("other/Dockerfile", "FROM x"),
    ]), @r"
        base base <- docker.io/library/debian:bookworm [debian:bookworm] base/Dockerfile:1
        hub core <- base [base:develop] hub/core/Dockerfile:1
        hub tap <- core [ghcr.io/acme/core] hub/tap/Dockerfile:1
        tap web <- tap [argument] taps/Web/tap.yml:2
        ");
}

#[test]
fn list_layouts_take_kinds_from_the_graph() {
    insta::assert_snapshot!(load(&[
        ("keg.yml", "layout: ['images/*', '!images/old']"),
        ("images/ds/Dockerfile", "FROM debian"),
        ("images/rstudio/Dockerfile", "FROM ds"),
        ("images/scipy/Dockerfile", "FROM acme/ds:1"),
        ("images/scipy-ml/Dockerfile", "FROM scipy"),
        ("images/lonely/Dockerfile", "FROM scratch"),
        ("images/served/Dockerfile", "FROM scratch"),
        ("images/served/tap.yml", ""),
        ("images/old/Dockerfile", "FROM ds"),
        ("images/tests_common/x.py", ""),
    ]), @r"
        base ds <- docker.io/library/debian [debian] images/ds/Dockerfile:1
        base lonely
        tap rstudio <- ds [ds] images/rstudio/Dockerfile:1
        hub scipy <- ds [acme/ds:1] images/scipy/Dockerfile:1
        tap scipy-ml <- scipy [scipy] images/scipy-ml/Dockerfile:1
        tap served
        ");
}

#[test]
fn map_layouts() {
    insta::assert_snapshot!(load(&[
        ("keg.yml", "layout: { base: [images/base], taps: ['apps/*'], images: ['**'] }"),
        ("images/base/Dockerfile", "FROM debian"),
        ("images/mid/Dockerfile", "FROM base"),
        ("apps/a/Dockerfile", "FROM mid"),
        ("apps/a/node_modules/x/Dockerfile", "FROM mid"),
        ("apps/a/.hidden/Dockerfile", "FROM mid"),
        ("apps/a/target/Dockerfile", "FROM mid"),
        ("deep/er/Containerfile", "FROM mid"),
    ]), @r"
        tap a <- mid [mid] apps/a/Dockerfile:1
        base base <- docker.io/library/debian [debian] images/base/Dockerfile:1
        tap er <- mid [mid] deep/er/Containerfile:1
        hub mid <- base [base] images/mid/Dockerfile:1
        ");
}

#[test]
fn globs_of_files() {
    insta::assert_snapshot!(load(&[
        ("keg.yml", "layout: ['docker/*/Dockerfile.dev', '**/Dockerfile*', 'tools/*.Dockerfile']"),
        ("docker/web/Dockerfile", "FROM debian"),
        ("docker/web/Dockerfile.dev", "FROM web"),
        ("docker/api/Dockerfile.dev", "FROM debian"),
        ("docker/api/Dockerfile.dev.dockerignore", "x"),
        ("docker/Big/Dockerfile.CUDA", "FROM debian"),
        ("docker/Big/Dockerfile.cpu", "FROM debian"),
        ("tools/lint.Dockerfile", "FROM debian"),
        ("tools/format.Dockerfile", "FROM debian"),
    ]), @r"
        base api <- docker.io/library/debian [debian] docker/api/Dockerfile.dev:1
        base big-cpu <- docker.io/library/debian [debian] docker/Big/Dockerfile.cpu:1
        base big-cuda <- docker.io/library/debian [debian] docker/Big/Dockerfile.CUDA:1
        base tools-format <- docker.io/library/debian [debian] tools/format.Dockerfile:1
        base tools-lint <- docker.io/library/debian [debian] tools/lint.Dockerfile:1
        base web <- docker.io/library/debian [debian] docker/web/Dockerfile:1
        tap web-dev <- web [web] docker/web/Dockerfile.dev:1
        ");
}

#[test]
fn the_root_can_be_an_image() {
    let tree = Tree::new(&[("work/keg.yml", "layout: [.]"), ("work/Dockerfile", "FROM debian")]);
    let workspace = Workspace::load(&tree.root().join("work")).unwrap();
    assert_eq!(workspace.images[0].name, "work");
}

#[test]
fn names_from_keg_yml() {
    insta::assert_snapshot!(load(&[
        ("keg.yml", "layout: ['*/app', '*/app/Dockerfile.dev']\nnames: { a/app: one, ./b/app/: two, b/app/Dockerfile.dev: three }"),
        ("a/app/Dockerfile", "FROM debian"),
        ("b/app/Dockerfile", "FROM one"),
        ("b/app/Dockerfile.dev", "FROM two"),
    ]), @r"
        base one <- docker.io/library/debian [debian] a/app/Dockerfile:1
        tap three <- two [two] b/app/Dockerfile.dev:1
        hub two <- one [one] b/app/Dockerfile:1
        ");
}

#[test]
fn manifests_are_taken() {
    let tree = Tree::new(&[
        (
            "keg.yml",
            "info: { PY: { run: python --version } }\nplans: { p: { tag_prefix: '1', args: { A: 1 } }, q: {} }\nenv: { A: 1.10 }",
        ),
        ("base/Dockerfile.prod", "FROM debian AS dev\nFROM dev"),
        ("base/Dockerfile.test", "FROM debian"),
        (
            "base/image.yml",
            "build: { dockerfile: Dockerfile.prod, args: { PY: 3.10 }, target: dev, secrets: [npm], context: .. }\ninputs: [../lock]\ninfo: [PY]\nskip_plans: [p]\ntests: [{ run: 'true', expect: x }]",
        ),
        ("lock", ""),
        ("taps/web/Dockerfile", "FROM base"),
        ("taps/web/compose.yml", ""),
        (
            "taps/web/tap.yml",
            "skip_plans: [p]\nfrom: ghcr.io/a/web:1\nservice: web\nenv: { X: 'y' }\nports: ['80:80']\ntasks: { seed: { run: x, in: container } }\nhooks: { before_start: x }",
        ),
    ]);
    let workspace = tree.load().unwrap();
    let base = workspace.image(workspace.find("base").unwrap());
    assert_eq!(base.build_args["PY"], "3.10");
    assert_eq!(base.context, tree.root());
    assert_eq!(base.inputs, [tree.root().join("lock")]);
    assert_eq!(base.target.as_deref(), Some("dev"));
    assert_eq!(base.secrets, ["npm"]);
    assert!(base.tap.is_none());
    let web = workspace.image(workspace.find("web").unwrap()).tap.clone().unwrap();
    assert_eq!(web.compose, Some(tree.root().join("taps/web/compose.yml")));
    assert_eq!(web.ports, ["80:80"]);
    assert_eq!(web.from.as_deref(), Some("ghcr.io/a/web:1"));
    assert_eq!(workspace.options.env["A"], "1.10");
    assert_eq!(workspace.options.templates().collect::<Vec<_>>(), ["{prefix}-{branch}"]);
}
