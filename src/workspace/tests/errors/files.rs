//! What is wrong in manifests and Dockerfiles.

use super::super::*;
use super::BASE;

#[test]
fn names_that_do_not_do() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", "names: { hub/gone: x }"), BASE,
        ("hub/My App/Dockerfile", "FROM base"),
        ("hub/b/Dockerfile", "FROM base"),
        ("hub/b/image.yml", "name: Web_"),
    ]), @r"
          × hub/My App: `my app` cannot be the name of an image
           ╭─[hub/My App/Dockerfile:1:1]
         1 │ FROM base
           · ▲
           · ╰── this image is named after its folder
           ╰────
          help: Name it in keg.yml, `names: {hub/My App: my-app}`, or in a manifest,
                `name: my-app`.

        Error:
          × `Web_` cannot be the name of an image
           ╭─[hub/b/image.yml:1:7]
         1 │ name: Web_
           ·       ──┬─
           ·         ╰── not a name
           ╰────
          help: Use lower-case letters and digits, separated by `.`, `_` or `-`:
                `web`.

        Error:
          × names: `hub/gone` is no image that the layout finds
           ╭─[keg.yml:1:20]
         1 │ names: { hub/gone: x }
           ·                    ┬
           ·                    ╰── a name for nothing
           ╰────
          help: Write the path of an image's folder or Dockerfile, relative to the
                workspace, or remove the line.
        ");
}

#[test]
fn manifests_that_say_nonsense() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", "info: { PY_VER: { run: x } }"), BASE,
        ("base/image.yml", "base: A\ninputs: [gone.lock]\ninfo: [PYVER]\nskip_plans: [p]\nbuild: { context: ../gone }\n"),
        ("hub/a/Dockerfile", "FROM base"),
        ("hub/a/image.yml", "service: web\n"),
        ("hub/b/Dockerfile", "FROM base"),
        ("hub/b/image.yml", ""),
        ("hub/b/tap.yml", ""),
        ("hub/c/Dockerfile.a", "FROM base"),
        ("hub/c/Dockerfile.b", "FROM base"),
        ("hub/d/Dockerfile", "FROM base"),
        ("hub/d/image.yml", "build: { dockerfile: Dockerfile.gone }\n"),
    ]), @r"
          × base: `A` names no image
           ╭─[base/image.yml:1:7]
         1 │ base: A
           ·       ┬
           ·       ╰── repository name `A` must be lower case
         2 │ inputs: [gone.lock]
           ╰────

        Error:
          × build.context: there is no folder `../gone`
           ╭─[base/image.yml:5:19]
         4 │ skip_plans: [p]
         5 │ build: { context: ../gone }
           ·                   ───┬───
           ·                      ╰── not found
           ╰────
          help: Paths are relative to the image's folder, so this is gone.

        Error:
          × inputs: there is no file `gone.lock`
           ╭─[base/image.yml:2:10]
         1 │ base: A
         2 │ inputs: [gone.lock]
           ·          ────┬────
           ·              ╰── not found
         3 │ info: [PYVER]
           ╰────
          help: Paths are relative to the image's folder, so this is base/gone.lock.

        Error:
          × info: keg.yml has no `PYVER` under `info`
           ╭─[base/image.yml:3:8]
         2 │ inputs: [gone.lock]
         3 │ info: [PYVER]
           ·        ──┬──
           ·          ╰── not there
         4 │ skip_plans: [p]
           ╰────
          help: Did you mean `PY_VER`?

        Error:
          × plans: keg.yml has no `p` under `plans`
           ╭─[base/image.yml:4:14]
         3 │ info: [PYVER]
         4 │ skip_plans: [p]
           ·              ┬
           ·              ╰── not there
         5 │ build: { context: ../gone }
           ╰────
          help: Define it under `plans:` in keg.yml.

        Error:
          × reading hub/a/image.yml: `service` is no key here
           ╭─[hub/a/image.yml:1:1]
         1 │ service: web
           · ───┬───
           ·    ╰── unknown key
           ╰────
          help: That key belongs to a tap: if this is one, rename the file to tap.yml.

        Error:
          × hub/b has two manifests: hub/b/image.yml and hub/b/tap.yml
          help: Keep tap.yml for what people start, image.yml for all else.

        Error:
          × hub/c has several Dockerfiles and none is the plain one: Dockerfile.a,
          │ Dockerfile.b
          help: Choose one with `build: {dockerfile: Dockerfile.a}` in hub/c/
                image.yml, or let the layout find each: `hub/c/Dockerfile.a`.

        Error:
          × build.dockerfile: there is no `Dockerfile.gone` in hub/d
           ╭─[hub/d/image.yml:1:22]
         1 │ build: { dockerfile: Dockerfile.gone }
           ·                      ───────┬───────
           ·                             ╰── no such file
           ╰────
        ");
}

#[test]
fn dockerfiles_that_do_not_parse() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""),
        ("base/Dockerfile", ""),
        ("hub/a/Dockerfile", "FROM base\n  RUNN x\n"),
        ("hub/b/Dockerfile", "# nothing\nARG A=1\n"),
        ("hub/c/Dockerfile", "RUN x\nFROM base\n"),
        ("hub/d/Dockerfile", "FROM base\nCOPY --from=$X a b\n"),
    ]), @r"
          × reading base/Dockerfile: the Dockerfile is empty
           ╭─[base/Dockerfile:1:1]
           ╰────
          help: Begin it with `FROM` and the image that it is built on.

        Error:
          × reading hub/a/Dockerfile: unknown instruction 'RUNN'
           ╭─[hub/a/Dockerfile:2:3]
         1 │ FROM base
         2 │   RUNN x
           ·   ───┬──
           ·      ╰── in this instruction
           ╰────

        Error:
          × reading hub/b/Dockerfile: the Dockerfile has no FROM
           ╭─[hub/b/Dockerfile:1:1]
         1 │ # nothing
           · ▲
           · ╰── a stage must begin here
         2 │ ARG A=1
           ╰────
          help: Begin it with `FROM` and the image that it is built on.

        Error:
          × reading hub/c/Dockerfile: expected FROM
           ╭─[hub/c/Dockerfile:1:1]
         1 │ RUN x
           · ──┬──
           ·   ╰── in this instruction
         2 │ FROM base
           ╰────

        Error:
          × hub/d/Dockerfile:2: `$X` has a build arg
           ╭─[hub/d/Dockerfile:2:13]
         1 │ FROM base
         2 │ COPY --from=$X a b
           ·             ─┬
           ·              ╰── the builder substitutes nothing here
           ╰────
          help: Give it a stage of its own, `FROM $X AS other`, and write `from=other`
                here.
        ");
}

#[test]
fn references_without_value() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/a/Dockerfile", "FROM $X\n"),
        ("hub/b/Dockerfile", "ARG X\nFROM ${X}\n"),
        ("hub/c/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM ${KEG_BASE_IMAGE}\n"),
        ("hub/d/Dockerfile", "FROM ${KEG_BASE_IMAGE}\n"),
        ("hub/e/Dockerfile", "ARG X\nFROM ${X:?which}\n"),
        ("hub/f/Dockerfile", "FROM Base:1\n"),
    ]), @r"
          × hub/a/Dockerfile:1: FROM $X has no value
           ╭─[hub/a/Dockerfile:1:6]
         1 │ FROM $X
           ·      ─┬
           ·       ╰── this comes out empty
           ╰────
          help: Declare it before the first FROM: `ARG X=<image>`.

        Error:
          × hub/b/Dockerfile:2: FROM ${X} has no value
           ╭─[hub/b/Dockerfile:2:6]
         1 │ ARG X
         2 │ FROM ${X}
           ·      ──┬─
           ·        ╰── this comes out empty
           ╰────
          help: Give it a default, `ARG X=<image>`, or a value under `build.args` in
                its manifest.

        Error:
          × hub/c/Dockerfile:2: FROM ${KEG_BASE_IMAGE} has no value
           ╭─[hub/c/Dockerfile:2:6]
         1 │ ARG KEG_BASE_IMAGE
         2 │ FROM ${KEG_BASE_IMAGE}
           ·      ────────┬────────
           ·              ╰── this comes out empty
           ╰────
          help: Say what it is built on: `base:` in its manifest, `--base`, or a
                default after `ARG KEG_BASE_IMAGE=`.

        Error:
          × hub/d/Dockerfile:1: FROM ${KEG_BASE_IMAGE} has no value
           ╭─[hub/d/Dockerfile:1:6]
         1 │ FROM ${KEG_BASE_IMAGE}
           ·      ────────┬────────
           ·              ╰── this comes out empty
           ╰────
          help: Declare it before the first FROM: `ARG KEG_BASE_IMAGE=<image>`.

        Error:
          × hub/e/Dockerfile:2: FROM ${X:?which}: X: which
           ╭─[hub/e/Dockerfile:2:6]
         1 │ ARG X
         2 │ FROM ${X:?which}
           ·      ─────┬─────
           ·           ╰── in this reference
           ╰────

        Error:
          × hub/f/Dockerfile:1: `Base:1` names no image
          ╰─▶ repository name `Base` must be lower case
           ╭─[hub/f/Dockerfile:1:6]
         1 │ FROM Base:1
           ·      ───┬──
           ·         ╰── not a reference
           ╰────
        ");
}

#[test]
fn files_that_are_not_utf_8() {
    let tree = Tree::new(&[("keg.yml", "")]);
    std::fs::create_dir(tree.root().join("base")).unwrap();
    std::fs::write(tree.root().join("base/Dockerfile"), b"FROM debian\n# \xe9\n").unwrap();
    let error = tree.load().unwrap_err();
    assert_eq!(error.message(), "reading base/Dockerfile: line 2 is not UTF-8");
}
