//! Images that clash, are missing, or are built on each other.

use super::super::*;
use super::BASE;

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
