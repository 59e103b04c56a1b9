use super::*;

fn ignore(text: &str) -> DockerIgnore {
    DockerIgnore::parse(".dockerignore", text).unwrap()
}

/// Checks which of the paths are kept.
fn check(text: &str, ignored: &[&str], kept: &[&str]) {
    let ignore = ignore(text);
    for path in ignored {
        assert!(ignore.is_ignored(path), "{text:?} should ignore {path}");
    }
    for path in kept {
        assert!(!ignore.is_ignored(path), "{text:?} should keep {path}");
    }
}

#[test]
fn nothing_is_ignored_by_nothing() {
    for text in ["", "\n\n", "# a comment\n", "   \n\t\n", "\u{feff}", "\u{feff}# comment", "\r\n\r\n"] {
        assert!(ignore(text).is_empty(), "{text:?}");
        check(text, &[], &["a", "a/b", ".git", "#"]);
    }
}

#[test]
fn a_name_means_the_top_only() {
    check("foo", &["foo", "foo/a", "foo/a/b"], &["x/foo", "foobar", "xfoo", "Foo"]);
}

#[test]
fn a_star_stops_at_slashes() {
    check("*.log", &["a.log", ".log", "d.log/x"], &["d/a.log", "a.logs", "a.log.txt"]);
    check("*/*.log", &["d/a.log"], &["a.log", "d/e/a.log"]);
    check("*", &["a", "a/b", ".x"], &[]);
}

#[test]
fn a_question_mark_is_one_character() {
    check("a?", &["ab", "aé", "a?"], &["a", "abc", "a/"]);
}

#[test]
fn trailing_and_leading_slashes_do_not_count() {
    check("node_modules/", &["node_modules", "node_modules/a/b"], &["x/node_modules"]);
    check("/abs", &["abs", "abs/x"], &["x/abs"]);
    check("//abs", &["abs"], &[]);
    check("./dot", &["dot"], &["x/dot"]);
    check("a/../b", &["b"], &["a"]);
}

#[test]
fn the_root_itself_cannot_be_ignored() {
    for text in [".", "/", "./", "..", "../a", "a/.."] {
        check(text, &[], &["a", "a/b", ".a"]);
    }
}

#[test]
fn dots_are_no_wildcards() {
    check(".*", &[".a", ".a/b", ".dockerignore"], &["a", "a/.b"]);
    check("a.b", &["a.b"], &["axb"]);
}

#[test]
fn two_stars_match_any_depth() {
    check("**/*.o", &["a.o", "x/a.o", "x/y/a.o", "x.o/y"], &["a.oo", "x/o"]);
    check("**/foo", &["foo", "x/foo", "x/y/foo/z"], &["xfoo", "x/foobar"]);
    check("**", &["a", "a/b"], &[]);
    check("a/**", &["a/b", "a/b/c"], &["a", "ab"]);
    check("a/**/b", &["a/b", "a/x/b", "a/x/y/b", "a/x/b/c"], &["b", "a", "x/a/b", "a/xb"]);
    check("a/**/*.md", &["a/r.md", "a/b/r.md"], &["r.md", "b/r.md"]);
    check("**/a/**", &["a/b", "x/a/b"], &["a", "x/a"]);
    check("**foo", &["foo", "xfoo", "d/xfoo"], &["foox"]);
    check("a**", &["a", "ab", "a/b", "ab/c"], &["b"]);
}

#[test]
fn the_last_match_decides() {
    check("*.md\n!README.md", &["a.md"], &["README.md"]);
    check("!README.md\n*.md", &["a.md", "README.md"], &[]);
    check("*.md\n!README*.md\nREADME-secret.md", &["README-secret.md", "a.md"], &["README.md"]);
    check("*\n!x/y", &["a", "x/z", "y"], &["x/y", "x/y/z"]);
    check("a\n!a/b\na/b/c", &["a/x", "a/b/c"], &["a/b", "a/b/d"]);
    check("**\n!keep", &["a", "x/keep"], &["keep", "keep/a"]);
    check("*\n!**/*.rs", &["a", "x/a.c"], &["a.rs", "x/a.rs"]);
}

#[test]
fn an_exception_that_changes_nothing_is_harmless() {
    check("!a", &[], &["a", "b"]);
    check("! a\nb", &["b"], &["a"]);
}

#[test]
fn spaces_around_are_dropped_and_within_kept() {
    check("  foo  ", &["foo"], &[" foo"]);
    check("a b", &["a b"], &["a", "b"]);
    check("foo\t", &["foo"], &[]);
    check("*\n!  foo  ", &["bar"], &["foo"]);
    check("foo /", &["foo"], &["foo "]);
}

#[test]
fn comments_begin_at_the_first_column() {
    check("#foo", &[], &["#foo", "foo"]);
    check(" #foo", &["#foo"], &["foo"]);
    check("\\#foo", &["#foo"], &["foo"]);
    check("foo # bar", &["foo # bar"], &["foo"]);
}

#[test]
fn windows_texts_are_read() {
    check("\u{feff}foo\r\n*.log\r\n\r\n", &["foo", "a.log"], &["bar"]);
    check("foo\n\u{feff}bar", &["foo"], &["bar"]);
}

#[test]
fn sets_of_characters() {
    check("[ab].txt", &["a.txt", "b.txt"], &["c.txt"]);
    check("[a-c]*", &["apple", "cat/x"], &["dog"]);
    check("[^a]x", &["bx"], &["ax", "x"]);
    check("[!a]x", &["!x", "ax"], &["bx"]);
    check("[é]x", &["éx"], &["ex"]);
}

#[test]
fn escapes_take_the_meaning_away() {
    check(r"\*", &["*"], &["a"]);
    check(r"\[a\]", &["[a]"], &["a"]);
    check(r"\!a", &["!a"], &["a"]);
    check(r"a\?", &["a?"], &["ab"]);
    check(r"\a", &[], &["a"]);
}

#[test]
fn characters_of_expressions_mean_themselves() {
    check("a+(b)|{c}$*", &["a+(b)|{c}$", "a+(b)|{c}$x"], &["aab"]);
    check("^a", &["^a"], &["a"]);
    check("a.b*", &["a.b", "a.bc"], &["axb"]);
}

#[test]
fn what_docker_makes_of_a_cleaned_exclamation_mark() {
    check("*\n./!foo", &["bar"], &["foo"]);
    check("!!foo", &[], &["!foo", "foo"]);
}

#[test]
fn unicode_names() {
    check("日本*", &["日本", "日本語/x"], &["日"]);
    check("**/ü", &["ü", "a/ü"], &["u"]);
}

#[test]
fn wrong_patterns_are_errors_with_their_lines() {
    for text in ["[", "a\n[b", "!", "! ", "!/", "a\\", "[]", "[z-a]"] {
        let error = DockerIgnore::parse("web/.dockerignore", text).unwrap_err();
        let line = text.lines().count();
        assert!(error.message().starts_with(&format!("line {line} of web/.dockerignore")), "{text:?}: {error}");
        assert_eq!(error.exit_code(), 2);
    }
    let error = DockerIgnore::parse("f", "[\nok\n[").unwrap_err();
    assert_eq!(miette::Diagnostic::related(&error).unwrap().count(), 1);
}

#[test]
fn ignored_folders_are_entered_only_for_exceptions() {
    assert!(!ignore("a").may_hold_exception("a"));
    let plain = ignore("*\n!x/y/**\n!z");
    for (folder, expected) in [("x", true), ("x/y", true), ("x/y/z", false), ("xx", false), ("z", true), ("a", false)] {
        assert_eq!(plain.may_hold_exception(folder), expected, "{folder}");
    }
    assert!(ignore("*\n!**/*.md").may_hold_exception("anything"));
}

#[test]
fn exceptions_under_a_folder_that_is_ignored_by_name() {
    check("node_modules\n!node_modules/keep", &["node_modules", "node_modules/a"], &["node_modules/keep"]);
}
