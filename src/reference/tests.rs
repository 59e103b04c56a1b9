use proptest::prelude::*;

use super::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn parse(text: &str) -> Reference {
    Reference::parse(text).expect(text)
}

#[test]
fn normalises() {
    let table = [
        ("debian", "docker.io/library/debian"),
        ("debian:bookworm", "docker.io/library/debian:bookworm"),
        ("library/debian", "docker.io/library/debian"),
        ("docker.io/debian", "docker.io/library/debian"),
        ("index.docker.io/debian:1", "docker.io/library/debian:1"),
        ("docker.io/library/debian", "docker.io/library/debian"),
        ("org/app", "docker.io/org/app"),
        ("org/team/app:1", "docker.io/org/team/app:1"),
        ("localhost", "docker.io/library/localhost"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("localhost/x", "localhost/x"),
        ("localhost:5000/a/b/c:T_1.2-3", "localhost:5000/a/b/c:T_1.2-3"),
        ("registry:5000/x", "registry:5000/x"),
        ("ghcr.io/org/app", "ghcr.io/org/app"),
        ("127.0.0.1:5000/x", "127.0.0.1:5000/x"),
        ("[::1]/x", "[::1]/x"),
        ("[fd00:1:2::3]:5000/x:1", "[fd00:1:2::3]:5000/x:1"),
        ("[2001:DB8::1]:5000/x", "[2001:DB8::1]:5000/x"),
        ("Host/x", "Host/x"),
        ("HOST:80/a/b", "HOST:80/a/b"),
        ("xn--n3h.com/x", "xn--n3h.com/x"),
        ("a--b/c---d", "docker.io/a--b/c---d"),
        ("a__b/c_d.e-f", "docker.io/a__b/c_d.e-f"),
        ("a.b/c", "a.b/c"),
        ("0", "docker.io/library/0"),
        ("x:_", "docker.io/library/x:_"),
        ("host-1.example.com:65535/x", "host-1.example.com:65535/x"),
    ];
    for (written, full) in table {
        assert_eq!(parse(written).to_string(), full, "{written}");
        assert_eq!(parse(full).to_string(), full, "{full}");
    }
}

#[test]
fn digests_with_and_without_tags() {
    let both = parse(&format!("localhost:5000/a/web:1.2@{DIGEST}"));
    assert_eq!(
        (both.domain(), both.path(), both.tag(), both.digest()),
        ("localhost:5000", "a/web", Some("1.2"), Some(DIGEST))
    );
    assert_eq!(both.repository(), "localhost:5000/a/web");
    assert_eq!(both.last_component(), "web");
    assert_eq!(both.with_tag("2").to_string(), "localhost:5000/a/web:2");
    let only_digest = parse(&format!("web@{DIGEST}"));
    assert_eq!((only_digest.tag(), only_digest.digest()), (None, Some(DIGEST)));
    assert_eq!(only_digest.with_default_tag(), only_digest);
    assert_eq!(parse("web").with_default_tag().to_string(), "docker.io/library/web:latest");
    assert_eq!(parse("web:1").with_digest(DIGEST), parse(&format!("web:1@{DIGEST}")));
    for (algorithm, digits) in [("sha384", 96), ("sha512", 128)] {
        parse(&format!("web@{algorithm}:{}", "a".repeat(digits)));
    }
}

#[test]
fn refuses_and_says_why() {
    use ReferenceError::{Digest, Domain, Empty, ImageId, Path, Tag, TooLong, UpperCase};
    let path = |text: &str| Path(text.to_owned());
    let domain = |text: &str| Domain(text.to_owned());
    let tag = |text: &str| Tag(text.to_owned());
    let digest = |text: &str| Digest(text.to_owned());
    let table = [
        ("", Empty),
        ("Web", UpperCase("Web".into())),
        ("org/Web:1", UpperCase("org/Web".into())),
        ("docker.io/Web", UpperCase("Web".into())),
        ("localhost/Web", UpperCase("Web".into())),
        ("-web", path("-web")),
        ("web-", path("web-")),
        ("web.", path("web.")),
        ("a..b", path("a..b")),
        ("a___b", path("a___b")),
        ("a._b", path("a._b")),
        ("a//b", path("a//b")),
        ("/a", path("/a")),
        ("a/", path("a/")),
        ("docker.io/", path("")),
        ("a b", path("a b")),
        ("a\n", path("a\n")),
        ("日本", path("日本")),
        (":1", path("")),
        ("@", path("")),
        ("https://host/x", domain("https:")),
        ("host:port/x", domain("host:port")),
        ("host:/x", domain("host:")),
        ("-host.com/x", domain("-host.com")),
        ("host..com/x", domain("host..com")),
        (".com/x", domain(".com")),
        ("[::1/x", domain("[::1")),
        ("[]:1/x", domain("[]:1")),
        ("[::1]5000/x", domain("[::1]5000")),
        ("[::1]:/x", domain("[::1]:")),
        ("[fe80::1%eth0]/x", domain("[fe80::1%eth0]")),
        ("::1/x", domain("::1")),
        ("a_b.com/x", domain("a_b.com")),
        ("web:", tag("")),
        ("web:.1", tag(".1")),
        ("web:-1", tag("-1")),
        ("web:a:b", tag("a:b")),
        ("web:a b", tag("a b")),
        ("web:ä", tag("ä")),
        ("web@", digest("")),
        ("web@sha256:abc", digest("sha256:abc")),
        ("user@host/x", digest("host/x")),
    ];
    for (text, error) in table {
        assert_eq!(Reference::parse(text), Err(error), "{text}");
    }
    let hexadecimal = "0123456789abcdef".repeat(4);
    assert_eq!(Reference::parse(&hexadecimal), Err(ImageId));
    parse(&hexadecimal[1..]);
    for text in [
        format!("web@sha256:{}", hexadecimal.to_uppercase()),
        format!("web@md5:{}", &hexadecimal[..32]),
        format!("web@{DIGEST}@{DIGEST}"),
    ] {
        assert!(matches!(Reference::parse(&text), Err(Digest(_))), "{text}");
    }
    assert!(is_tag(&"a".repeat(128)));
    assert!(matches!(Reference::parse(&format!("web:{}", "a".repeat(129))), Err(Tag(_))));
    parse(&format!("registry.example.com/{}", "a".repeat(255)));
    assert_eq!(Reference::parse(&format!("registry.example.com/{}", "a".repeat(256))), Err(TooLong));
    parse(&"a".repeat(247));
    assert_eq!(Reference::parse(&"a".repeat(248)), Err(TooLong));
}

#[test]
fn familiar_is_short_and_means_the_same() {
    let identifier = "0123456789abcdef".repeat(4);
    let table = [
        ("docker.io/library/debian:1", "debian:1"),
        ("docker.io/org/app", "org/app"),
        ("docker.io/library/a/b", "library/a/b"),
        ("localhost:5000/x", "localhost:5000/x"),
        ("docker.io/localhost/x", "docker.io/localhost/x"),
        ("docker.io/a.b/x", "docker.io/a.b/x"),
    ];
    for (full, short) in table {
        assert_eq!(parse(full).familiar(), short);
    }
    let full = format!("docker.io/library/{identifier}");
    assert_eq!(parse(&full).familiar(), full);
}

fn any_reference() -> impl Strategy<Value = String> {
    let component = "[a-z0-9]{1,6}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}";
    let domain = prop_oneof![
        // A first component without a dot: with one it would be a domain.
        "([a-z0-9]{1,6}/)",
        "[A-Za-z0-9]([A-Za-z0-9-]{0,5}[A-Za-z0-9])?(\\.[a-z0-9]{1,4}){1,2}(:[0-9]{1,5})?/",
        "[a-z]{1,5}:[0-9]{1,5}/",
        "\\[[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{0,12}\\](:[0-9]{1,5})?/",
        "(localhost|docker\\.io|index\\.docker\\.io)(:[0-9]{1,3})?/",
    ];
    let path = proptest::string::string_regex(&format!("{component}(/{component}){{0,3}}")).unwrap();
    let suffix = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20})?(@sha256:[0-9a-f]{64})?";
    (domain, path, suffix).prop_map(|(domain, path, suffix)| domain + &path + &suffix)
}

proptest! {
    #[test]
    fn display_and_familiar_round_trip(text in any_reference()) {
        let reference = parse(&text);
        prop_assert_eq!(&parse(&reference.to_string()), &reference);
        prop_assert_eq!(&parse(&reference.familiar()), &reference);
    }

    #[test]
    fn any_text_gives_an_answer(text in "\\PC{0,40}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(parse(&reference.to_string()), reference);
        }
    }

    #[test]
    fn near_references_give_an_answer(text in "[a-zA-Z0-9:/@.\\[\\]_ -]{0,30}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(parse(&reference.to_string()), reference);
        }
    }
}
