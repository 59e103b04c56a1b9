use super::*;

fn lookup(name: &str) -> Option<String> {
    (name == "FROM_PROCESS").then(|| "process".to_owned())
}

fn read(text: &str) -> Vec<(String, String)> {
    parse(".env", text, &lookup).unwrap().into_iter().collect()
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read(text), expected, "{text:?}");
}

#[test]
fn plain_lines() {
    check("A=1\nB=two.three:4\n\n# comment\n  C=x\n", &[("A", "1"), ("B", "two.three:4"), ("C", "x")]);
    check("A=\nB=", &[("A", ""), ("B", "")]);
    check("A=1\nA=2\nB=3", &[("A", "2"), ("B", "3")]);
    check("", &[]);
}

#[test]
fn windows_files() {
    check("\u{feff}A=1\r\nB=\"x\"\r\nC\r\nD=a b\r\n", &[("A", "1"), ("B", "x"), ("D", "a b")]);
}

#[test]
fn spaces_and_comments() {
    check(
        "A = b c  # comment\nB=a#b\nC=a #b\nD=# x\nE= # x",
        &[("A", "b c"), ("B", "a#b"), ("C", "a"), ("D", "# x"), ("E", "# x")],
    );
    check("A='x # y' # z\nB=\"x # y\" # z\n", &[("A", "x # y"), ("B", "x # y")]);
}

#[test]
fn quotes() {
    check("A='$X ${Y:-z} \\n'\nB=\"it's\"\nC='a\"b'\n", &[("A", "$X ${Y:-z} \\n"), ("B", "it's"), ("C", "a\"b")]);
    check(r"A='it\'s'", &[("A", "it's")]);
    check("A=x\"y\"z", &[("A", "x\"y\"z")]);
    check("A=\"one\ntwo\"\nB=1", &[("A", "one\ntwo"), ("B", "1")]);
    check("A=\"x\"B=y", &[("A", "x"), ("B", "y")]);
}

#[test]
fn escapes_in_double_quotes() {
    check(r#"A="a\nb\t\\n\"q\" \$X \c \z""#, &[("A", "a\nb\t\\n\"q\" $X \\c \\z")]);
    check(r#"A="\0123|\0|\08|\0999|\0377""#, &[("A", "S|\\|\\8|\\999|\u{ff}")]);
    check(r"A=a\nb\\c", &[("A", r"a\nb\\c")]);
}

#[test]
fn interpolation() {
    check("A=1\nB=$A${A}\nC=${X:-d}\nD=\"${A:+set}\"", &[("A", "1"), ("B", "11"), ("C", "d"), ("D", "set")]);
    check("A=pa$$word\nB=\"pa$$word\"\nC='pa$$word'", &[("A", "pa$word"), ("B", "pa$word"), ("C", "pa$$word")]);
    check("FROM_PROCESS=file\nA=$FROM_PROCESS", &[("FROM_PROCESS", "file"), ("A", "process")]);
    check("A=${A:-own}", &[("A", "own")]);
}

#[test]
fn names() {
    check("export A=1\nexport\tB=2\nexported=3", &[("A", "1"), ("B", "2"), ("exported", "3")]);
    check("A: b\nC.D-E[0]=f\nÜ=g\n1=h", &[("A", "b"), ("C.D-E[0]", "f"), ("Ü", "g"), ("1", "h")]);
    check("FROM_PROCESS\nNONE\nA=1", &[("FROM_PROCESS", "process"), ("A", "1")]);
    check("A=1\nNONE\n", &[("A", "1")]);
}

#[test]
fn errors_name_the_line_and_hide_the_value() {
    for (text, line, part) in [
        ("A=1\nA B=hunter2", 2, "space"),
        ("\n\nA;B=hunter2", 3, "`;`"),
        ("A=\"hunter2\n", 1, "no end"),
        ("A='hunter2\\'", 1, "no end"),
        ("X=1\nA=hunter2${", 2, "interpolation"),
        ("A=hunter2${B:?needed}", 1, "needed"),
        ("{\"a\": 1}", 1, "`{`"),
        ("A=1\nLAST", 2, "no line end"),
        ("=hunter2", 1, "missing"),
    ] {
        let error = parse("taps/web/.env", text, &lookup).unwrap_err();
        let shown = format!("{error} {:?} {:?}", error.remedy(), miette::Diagnostic::source_code(&error).is_some());
        assert!(shown.starts_with(&format!("line {line} of taps/web/.env: ")), "{text:?}: {shown}");
        assert!(shown.contains(part) && !shown.contains("hunter2") && shown.ends_with("false"), "{text:?}: {shown}");
    }
}

/// dotenvy and the reader of its own agree on what is given to dotenvy.
#[test]
fn dotenvy_reads_plain_values_as_they_are() {
    for value in
        ["a", "a=b", "http://x:80/a,b@c%20+d", "-", "'x y # z'", "\"x y # z\"", "''", "\"{}[]();|&\"", "\"ü日本\""]
    {
        let bare = value.trim_matches(['"', '\'']);
        assert_eq!(plain("A", value).as_deref(), Some(bare), "{value}");
    }
    for value in ["$A", "a b", "a#b", "\"a\\n\"", "\"a\nb\"", "a\\b", "`a`", "ü"] {
        assert_eq!(plain("A", value), None, "{value}");
    }
}
