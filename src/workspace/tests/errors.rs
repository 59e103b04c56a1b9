use super::*;

const BASE: (&str, &str) = ("base/Dockerfile", "FROM debian\n");

#[test]
fn unknown_key() {
    insta::assert_snapshot!(refused(&[("keg.yml", "default_tag: x\nregsitry: ghcr.io/acme\n"), BASE]), @r"
         × reading keg.yml: `regsitry` is no key here
          ╭─[keg.yml:2:1]
        1 │ default_tag: x
        2 │ regsitry: ghcr.io/acme
          · ────┬───
          ·     ╰── unknown key
          ╰────
         help: Did you mean `registry`? Keys here: registry, default_branch,
               default_tag, layout, names, tap_base, tags, tag_prefix, rebuild_all,
               ignore, common_tests, info, plans, env, tasks, ci, proxy.
        ");
}

#[test]
fn wrong_type_and_duplicate_key() {
    insta::assert_snapshot!(refused(&[("keg.yml", "tags: develop\n"), BASE]), @r"
         × reading keg.yml: a list is expected
          ╭─[keg.yml:1:7]
        1 │ tags: develop
          ·       ───┬───
          ·          ╰── this is something else
          ╰────
         help: Write `[a, b]`, or one `- a` per line.
        ");
    insta::assert_snapshot!(refused(&[("keg.yml", "registry: a\nregistry: b\n"), BASE]), @r"
         × reading keg.yml: `registry` is given twice
          ╭─[keg.yml:2:1]
        1 │ registry: a
        2 │ registry: b
          · ────┬───
          ·     ╰── second time
          ╰────
         help: Keep one of them.
        ");
}

#[test]
fn tag_prefix_without_quotes() {
    insta::assert_snapshot!(refused(&[("keg.yml", "tag_prefix: 2026.10\n"), BASE]), @r#"
         × reading keg.yml: `2026.10` was read as the number 2026.1
          ╭─[keg.yml:1:13]
        1 │ tag_prefix: 2026.10
          ·             ───┬───
          ·                ╰── text is expected
          ╰────
         help: Put it in quotes: `"2026.10"`.
        "#);
    insta::assert_snapshot!(refused(&[("keg.yml", "plans: { a: { tag_prefix: 2026 } }\n"), BASE]), @r#"
         × reading keg.yml: `2026` was read as the number 2026
          ╭─[keg.yml:1:27]
        1 │ plans: { a: { tag_prefix: 2026 } }
          ·                           ──┬─
          ·                             ╰── text is expected
          ╰────
         help: Put it in quotes: `"2026"`.
        "#);
}

#[test]
fn values_of_keg_yml() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", "registry: https://ghcr.io/acme\ntag_prefix: '-x'\ndefault_tag: a b\nrebuild_all: ['[']\ntap_base: Tap\ntasks: { build: { run: x } }\n"),
        BASE,
    ]), @r"
          × registry: `https://ghcr.io/acme` begins with `https://`
           ╭─[keg.yml:1:11]
         1 │ registry: https://ghcr.io/acme
           ·           ──────────┬─────────
           ·                     ╰── here
         2 │ tag_prefix: '-x'
           ╰────
          help: Write it without: `ghcr.io/acme`.

        Error:
          × `-x` cannot begin a tag
           ╭─[keg.yml:2:13]
         1 │ registry: https://ghcr.io/acme
         2 │ tag_prefix: '-x'
           ·             ──┬─
           ·               ╰── not a tag
         3 │ default_tag: a b
           ╰────
          help: Use letters, digits, `_`, `.` and `-`, beginning with a letter or
                digit.

        Error:
          × `a b` is no tag
           ╭─[keg.yml:3:14]
         2 │ tag_prefix: '-x'
         3 │ default_tag: a b
           ·              ─┬─
           ·               ╰── not a tag
         4 │ rebuild_all: ['[']
           ╰────
          help: Use up to 128 letters, digits, `_`, `.` and `-`, not beginning with
                `.` or `-`.

        Error:
          × `[` is no glob: unclosed character class; missing ']'
           ╭─[keg.yml:4:15]
         3 │ default_tag: a b
         4 │ rebuild_all: ['[']
           ·               ─┬─
           ·                ╰── in this glob
         5 │ tap_base: Tap
           ╰────

        Error:
          × tap_base: `Tap` names no image
           ╭─[keg.yml:5:11]
         4 │ rebuild_all: ['[']
         5 │ tap_base: Tap
           ·           ─┬─
           ·            ╰── repository name `Tap` must be lower case
         6 │ tasks: { build: { run: x } }
           ╰────

        Error:
          × a task cannot be called `build`: keg has that command itself
           ╭─[keg.yml:6:17]
         5 │ tap_base: Tap
         6 │ tasks: { build: { run: x } }
           ·                 ┬
           ·                 ╰── this task
           ╰────
          help: Give it another name.
        ");
    insta::assert_snapshot!(refused(&[("keg.yml", "registry: docker.io\n"), BASE]), @r"
         × registry: `docker.io` has no namespace
          ╭─[keg.yml:1:11]
        1 │ registry: docker.io
          ·           ────┬────
          ·               ╰── here
          ╰────
         help: Docker Hub needs one: `docker.io/<organization>`.
        ");
}

#[test]
fn depends_on_a_typo() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/core/Dockerfile", "FROM base"),
        ("hub/core/image.yml", "alias: c\ndepends_on:\n  - bsae\n  - core\n"),
    ]), @r"
          × depends_on: no image is called `bsae`
           ╭─[hub/core/image.yml:3:5]
         2 │ depends_on:
         3 │   - bsae
           ·     ──┬─
           ·       ╰── no such image
         4 │   - core
           ╰────
          help: Did you mean `base`?

        Error:
          × depends_on: core depends on itself
           ╭─[hub/core/image.yml:4:5]
         3 │   - bsae
         4 │   - core
           ·     ──┬─
           ·       ╰── this image
           ╰────
          help: Remove it.
        ");
}

#[test]
fn cycles_are_named_in_full() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/a/Dockerfile", "FROM base\nCOPY --from=c /x /x\n"),
        ("hub/b/Dockerfile", "ARG KEG_BASE_IMAGE\nFROM $KEG_BASE_IMAGE\n"),
        ("hub/b/image.yml", "base: a\n"),
        ("hub/c/Dockerfile", "FROM base\n"),
        ("hub/c/image.yml", "depends_on: [b]\n"),
        ("hub/d/Dockerfile", "FROM c\n"),
    ]), @r"
         × images are built on each other: a → c → b → a
         ╰─▶ a copies from c (hub/a/Dockerfile:2)
             c depends on b (hub/c/image.yml:1)
             b is built FROM a (hub/b/image.yml:1)
          ╭─[hub/a/Dockerfile:2:1]
        1 │ FROM base
        2 │ COPY --from=c /x /x
          · ─────────┬─────────
          ·          ╰── copies from c
          ╰────
         help: Take out one of these references.
        ");
}

#[test]
fn two_images_with_one_name() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/web/Dockerfile", "FROM base"),
        ("taps/web/Dockerfile", "FROM base"),
    ]), @r"
         × two images are called `web`: hub/web and taps/web
          ╭─[taps/web/Dockerfile:1:1]
        1 │ FROM base
          · ▲
          · ╰── the second one
          ╰────
         help: Name one in its manifest, `name: …`, or in keg.yml, `names: {taps/web:
               …}`.
        ");
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/web/Dockerfile", "FROM base"),
        ("hub/web/image.yml", "name: base"),
    ]), @r"
         × two images are called `base`: base and hub/web
          ╭─[hub/web/image.yml:1:7]
        1 │ name: base
          ·       ──┬─
          ·         ╰── the same name
          ╰────
         help: Change one of them.
        ");
}

#[test]
fn aliases_that_clash() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("hub/a/Dockerfile", "FROM base"),
        ("hub/a/image.yml", "alias: x"),
        ("hub/b/Dockerfile", "FROM base"),
        ("hub/b/image.yml", "alias: X"),
        ("hub/c/Dockerfile", "FROM base"),
        ("hub/c/image.yml", "alias: Build"),
        ("hub/d/Dockerfile", "FROM base"),
        ("hub/d/image.yml", "alias: a"),
        ("hub/e/Dockerfile", "FROM base"),
        ("hub/e/image.yml", "alias: -x y"),
    ]), @r"
          × `-x y` cannot be an alias
           ╭─[hub/e/image.yml:1:8]
         1 │ alias: -x y
           ·        ──┬─
           ·          ╰── not an alias
           ╰────
          help: Use letters, digits, `.`, `_` and `-`, beginning with a letter or
                digit.

        Error:
          × two images have the alias `X`
           ╭─[hub/b/image.yml:1:8]
         1 │ alias: X
           ·        ┬
           ·        ╰── hub/a has it too
           ╰────
          help: Choose another alias.

        Error:
          × the alias `Build` is a command of keg
           ╭─[hub/c/image.yml:1:8]
         1 │ alias: Build
           ·        ──┬──
           ·          ╰── keg has this command itself
           ╰────
          help: Choose another alias.

        Error:
          × the alias `a` is the name of another image
           ╭─[hub/d/image.yml:1:8]
         1 │ alias: a
           ·        ┬
           ·        ╰── hub/a is called so
           ╰────
          help: Choose another alias.
        ");
}

#[test]
fn an_image_may_be_called_as_a_verb() {
    assert_eq!(
        Tree::new(&[("keg.yml", ""), BASE, ("hub/tap/Dockerfile", "FROM base")]).load().unwrap().images.len(),
        2
    );
}

#[test]
fn from_an_image_without_dockerfile() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", "registry: ghcr.io/acme"), BASE,
        ("hub/Core/README.md", ""),
        ("taps/a/Dockerfile", "# x\nFROM ghcr.io/acme/core:develop AS c\n"),
        ("taps/b/Dockerfile", "FROM core\n"),
    ]), @r"
          × taps/a/Dockerfile:2: `ghcr.io/acme/core:develop` is hub/Core of this
          │ workspace, which has no Dockerfile
           ╭─[taps/a/Dockerfile:2:6]
         1 │ # x
         2 │ FROM ghcr.io/acme/core:develop AS c
           ·      ────────────┬────────────
           ·                  ╰── this image cannot be built
           ╰────
          help: Add hub/Core/Dockerfile. If an image outside the workspace is meant,
                write it in full: `ghcr.io/acme/core:develop`.

        Error:
          × taps/b/Dockerfile:1: `core` is hub/Core of this workspace, which has no
          │ Dockerfile
           ╭─[taps/b/Dockerfile:1:6]
         1 │ FROM core
           ·      ──┬─
           ·        ╰── this image cannot be built
           ╰────
          help: Add hub/Core/Dockerfile. If an image outside the workspace is meant,
                write it in full: `docker.io/library/core`.
        ");
}

#[test]
fn manifest_without_dockerfile() {
    insta::assert_snapshot!(refused(&[("keg.yml", ""), BASE, ("hub/core/image.yml", "name: core\n")]), @r"
         × hub/core has image.yml but no Dockerfile
          ╭─[hub/core/image.yml:1:1]
        1 │ name: core
          · ▲
          · ╰── an image needs a Dockerfile beside this file
          ╰────
         help: Add hub/core/Dockerfile, or remove the file if this is no image.
        ");
}

#[test]
fn empty_workspaces() {
    insta::assert_snapshot!(refused(&[("keg.yml", "default_tag: x\n")]), @r"
         × the workspace has no image: there is no Dockerfile in base/, hub/*/ or
         │ taps/*/
          ╭─[keg.yml:1:1]
        1 │ default_tag: x
          · ▲
          · ╰── no `layout:`, so these folders are looked at
          ╰────
         help: Add a folder with a Dockerfile, as base/Dockerfile, or let `layout:`
               in keg.yml find those that there are.
        ");
    insta::assert_snapshot!(refused(&[("keg.yml", "layout: ['images/*']\n"), ("images/a/x", "")]), @r"
         × the workspace has no image
          ╭─[keg.yml:1:10]
        1 │ layout: ['images/*']
          ·          ─────┬────
          ·               ╰── no folder with a Dockerfile is found here or below
          ╰────
         help: Add a folder with a Dockerfile, as base/Dockerfile, or let `layout:`
               in keg.yml find those that there are.
        ");
    insta::assert_snapshot!(refused(&[("keg.yml", "layout: { base: [bsae] }\n"), BASE]), @r"
         × layout: there is no `bsae`
          ╭─[keg.yml:1:18]
        1 │ layout: { base: [bsae] }
          ·                  ──┬─
          ·                    ╰── no such folder or Dockerfile
          ╰────
         help: Paths are relative to the workspace. Take it out of the layout if it
               has gone.
        ");
    insta::assert_snapshot!(refused(&[("keg.yml", "layout: [../x, /abs, 'a[']\n"), BASE]), @r"
          × layout: `../x` is no glob: it leads out of the workspace
           ╭─[keg.yml:1:10]
         1 │ layout: [../x, /abs, 'a[']
           ·          ──┬─
           ·            ╰── in this glob
           ╰────

        Error:
          × layout: `/abs` is no glob: it must be relative to the workspace
           ╭─[keg.yml:1:16]
         1 │ layout: [../x, /abs, 'a[']
           ·                ──┬─
           ·                  ╰── in this glob
           ╰────

        Error:
          × layout: `a[` is no glob: unclosed character class; missing ']'
           ╭─[keg.yml:1:22]
         1 │ layout: [../x, /abs, 'a[']
           ·                      ──┬─
           ·                        ╰── in this glob
           ╰────
        ");
}

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
