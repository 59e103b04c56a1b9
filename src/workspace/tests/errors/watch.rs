//! Watch rules that cannot be followed.

use super::super::*;
use super::BASE;

#[test]
fn rules_that_cannot_be_followed() {
    insta::assert_snapshot!(refused(&[
        ("keg.yml", ""), BASE,
        ("taps/web/Dockerfile", "FROM base"),
        ("taps/web/src/a", ""),
        ("taps/web/tap.yml", "watch:
  - { path: scr, target: /app }
  - { path: src }
  - { path: src, target: app/src, ignore: [\"*.log\", \"[a\"] }
  - { path: src, action: restart }
"),
    ]), @r#"
      × watch: there is no file or folder `scr`
       ╭─[taps/web/tap.yml:2:13]
     1 │ watch:
     2 │   - { path: scr, target: /app }
       ·             ─┬─
       ·              ╰── not found
     3 │   - { path: src }
       ╰────
      help: Paths are relative to the tap's folder, so this is taps/web/scr.

    Error:
      × watch: the rule for `src` has no target
       ╭─[taps/web/tap.yml:3:13]
     2 │   - { path: scr, target: /app }
     3 │   - { path: src }
       ·             ─┬─
       ·              ╰── where in the container?
     4 │   - { path: src, target: app/src, ignore: ["*.log", "[a"] }
       ╰────
      help: Add a path in the container, as `target: /app/src`; only `restart` and
            `rebuild` do without.

    Error:
      × watch: the target `app/src` is not an absolute path
       ╭─[taps/web/tap.yml:4:26]
     3 │   - { path: src }
     4 │   - { path: src, target: app/src, ignore: ["*.log", "[a"] }
       ·                          ───┬───
       ·                             ╰── where in the container?
     5 │   - { path: src, action: restart }
       ╰────
      help: Write the whole path in the container, as `/app/src`.

    Error:
      × watch: `[a` is no pattern
       ╭─[taps/web/tap.yml:4:53]
     3 │   - { path: src }
     4 │   - { path: src, target: app/src, ignore: ["*.log", "[a"] }
       ·                                                     ──┬─
       ·                                                       ╰── `[` begins a set of characters that is empty or has no end
     5 │   - { path: src, action: restart }
       ╰────
      help: Patterns are those of .dockerignore.
    "#);
}
