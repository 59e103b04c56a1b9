//! Host names of taps.

use sha2::{Digest, Sha256};

/// The domain of taps unless keg.yml names another one. Browsers and current resolvers take every name in it for this
/// machine (<https://www.rfc-editor.org/rfc/rfc6761#section-6.3>).
pub const DOMAIN: &str = "localhost";
/// The longest part of a host name between two dots (<https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1>).
const LONGEST_LABEL: usize = 63;
/// The longest host name.
const LONGEST_NAME: usize = 253;
/// How many hexadecimal digits tell names apart that lost something.
const DIGITS: usize = 6;

/// The host name of a tap on a branch, without the domain: `<tap>-<tag>`.
///
/// It is one part of a DNS name: at most 63 lower-case letters, digits and `-`. Where that loses something, as in
/// `Feature.X`, six hexadecimal digits of the original's digest are added, so that two branches never share a name.
pub fn host_name(tap: &str, tag: &str) -> String {
    label(&format!("{tap}-{tag}"))
}

/// A part of a DNS name for any text.
pub fn label(wanted: &str) -> String {
    let allowed = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '-');
    let lowered = wanted.to_lowercase();
    let replaced: String = lowered.chars().map(|character| if allowed(character) { character } else { '-' }).collect();
    let mut name = replaced.trim_matches('-');
    // Such names are read as an encoding of other letters.
    while let Some(rest) = name.strip_prefix("xn--") {
        name = rest.trim_start_matches('-');
    }
    if name == wanted && name.len() <= LONGEST_LABEL && !name.is_empty() {
        return name.to_owned();
    }
    let digest = Sha256::digest(wanted.as_bytes());
    let mut hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hexadecimal.truncate(DIGITS);
    // Only ASCII characters are left, so that it can be cut anywhere.
    let kept = name[..name.len().min(LONGEST_LABEL - DIGITS - 1)].trim_end_matches('-');
    if kept.is_empty() { hexadecimal } else { format!("{kept}-{hexadecimal}") }
}

/// Whether taps can have names in this domain: labels of letters, digits and `-`, with dots between them, that leave
/// room for the longest name of a tap's service.
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && bytes.first() != Some(&b'-')
            && bytes.last() != Some(&b'-')
    };
    let last_is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    text.split('.').all(is_label) && !last_is_number && text.len() + 2 * (LONGEST_LABEL + 1) <= LONGEST_NAME
}

/// The host that a request is for, as routes have it: in lower case, without port and closing dot.
pub fn host_of_authority(authority: &str) -> String {
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The port that a request is for, as its client sees it.
pub fn port_of_authority(authority: &str) -> u16 {
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.unwrap_or(80)
}

/// The address of a host at the proxy's port; 80 is not shown, as browsers do not show it.
pub fn url(host: &str, port: u16) -> String {
    if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_kept_where_they_can_be() {
        assert_eq!(host_name("web", "main"), "web-main");
        assert_eq!(host_name("evf-app", "feature-login"), "evf-app-feature-login");
        assert_eq!(host_name("web", "2026-3"), "web-2026-3");
    }

    #[test]
    fn what_is_lost_is_told_apart() {
        let lossy = ["v1.0", "v1_0", "V1-0", "v1-0-", "v1.0-"].map(|tag| host_name("web", tag));
        for (index, name) in lossy.iter().enumerate() {
            assert!(name.starts_with("web-v1-0-") && name.len() == "web-v1-0-123456".len(), "{name}");
            assert!(lossy.iter().skip(index + 1).all(|other| other != name), "{lossy:?}");
        }
        assert_eq!(host_name("web", &"x".repeat(128)).len(), LONGEST_LABEL);
        assert_eq!(host_name("日", "本").len(), DIGITS);
        assert!(host_name("xn--xn--a", "b").starts_with("a-b-"));
    }

    #[test]
    fn domains() {
        for domain in ["localhost", "dev.example.com", "a-b.C1"] {
            assert!(is_domain(domain), "{domain}");
        }
        for text in ["", ".", "a..b", "-a", "a-", "a b", "a/b", "ä.de", "127.0.0.1", "a:80", &"a.".repeat(70)] {
            assert!(!is_domain(text), "{text}");
        }
    }

    #[test]
    fn hosts_of_requests() {
        for (authority, host) in [
            ("Web-Main.localhost:8080", "web-main.localhost"),
            ("web-main.localhost.", "web-main.localhost"),
            ("user@web.localhost:80", "web.localhost"),
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
            ("", ""),
            (":80", ":80"),
        ] {
            assert_eq!(host_of_authority(authority), host, "{authority}");
        }
        let ports = ["a.localhost:8080", "a.localhost", "[::1]", "[::1]:81", "a:b"].map(port_of_authority);
        assert_eq!(ports, [8080, 80, 80, 81, 80]);
        assert_eq!(url("web.localhost", 80), "http://web.localhost");
        assert_eq!(url("web.localhost", 8080), "http://web.localhost:8080");
    }

    proptest! {
        #[test]
        fn every_name_is_one_part_of_a_dns_name(tap in "\\PC{0,80}", tag in "\\PC{0,140}") {
            let name = host_name(&tap, &tag);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST_LABEL, "{name}");
            prop_assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
            prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.starts_with("xn--"), "{name}");
        }

        #[test]
        fn two_tags_never_share_a_name(
            one in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
            other in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        ) {
            prop_assert_eq!(host_name("web", &one) == host_name("web", &other), one == other);
        }

        #[test]
        fn nearly_alike_tags_never_share_a_name(tag in "[a-z0-9]{1,3}[._-][A-Za-z]{1,60}", at in 0usize..64) {
            let raised = |(index, character): (usize, char)| {
                if index == at { character.to_ascii_uppercase() } else { character }
            };
            let other: String = tag.chars().enumerate().map(raised).collect();
            prop_assert_eq!(host_name("web", &tag) == host_name("web", &other), tag == other);
        }
    }
}
