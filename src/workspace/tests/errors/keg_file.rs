//! What is wrong in keg.yml.

use super::super::*;
use super::BASE;

#[test]
fn unknown_key() {
    insta::assert_snapshot!(refused(&[("keg.yml", "default_tag: x\nregsitry: ghcr.io/acme\n"), BASE]), @r#"
     × reading keg.yml: `regsitry` is no key here
      ╭─[keg.yml:2:1]
    1 │ default_tag: x
    2 │ regsitry: ghcr.io/acme
      · ────┬───
      ·     ╰── unknown key
      ╰────
     help: Did you mean `registry`? Keys here: registry, default_branch,
           default_tag, layout, names, tap_base, tags, tag_prefix, content_tags,
           rebuild_all, ignore, common_tests, info, plans, env, tasks, ci,
           builder, proxy.
    "#);
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
