//! Templates read backwards: what their words may have stood for in a tag.

use crate::reference::is_tag;

/// What the words of a template stand for in one reading of a tag; `None` for a word that the template does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading<'a> {
    /// `{branch}`: the branch's tag.
    pub branch: Option<&'a str>,
    /// `{version}`.
    pub version: Option<&'a str>,
    /// `{prefix}`.
    pub prefix: Option<&'a str>,
}

/// A word that stands for any text.
pub const ANY: &str = "*";

/// Whether `tag` can come from `template` in a way that `accept` accepts: `a-b-c` can come from `{prefix}-{branch}` in
/// two ways.
pub fn can_be_read(template: &str, tag: &str, mut accept: impl FnMut(&Reading<'_>) -> bool) -> bool {
    is_tag(tag) && read(template, tag, Reading::default(), &mut accept)
}

fn read<'a>(template: &str, rest: &'a str, reading: Reading<'a>, accept: &mut dyn FnMut(&Reading<'_>) -> bool) -> bool {
    let Some((text, after)) = template.split_once('{') else { return template == rest && accept(&reading) };
    let (Some(rest), Some((word, after))) = (rest.strip_prefix(text), after.split_once('}')) else { return false };
    // Tags are ASCII: any place is the border of a character.
    let mut at = |length: usize, put: &dyn Fn(&'a str) -> Option<Reading<'a>>| {
        let Some((value, rest)) = rest.split_at_checked(length) else { return false };
        put(value).is_some_and(|reading| read(after, rest, reading, accept))
    };
    let same = |known: Option<&str>, value: &str| known.is_none_or(|known| known == value);
    match word {
        "sha" => at(40, &|value| is_hexadecimal(value).then_some(reading)),
        "sha7" => at(7, &|value| is_hexadecimal(value).then_some(reading)),
        "date" => at(10, &|value| is_date(value).then_some(reading)),
        "branch" => (1..=rest.len()).any(|length| {
            at(length, &|value| same(reading.branch, value).then_some(Reading { branch: Some(value), ..reading }))
        }),
        "version" => (1..=rest.len()).any(|length| {
            at(length, &|value| same(reading.version, value).then_some(Reading { version: Some(value), ..reading }))
        }),
        "prefix" => (1..=rest.len()).any(|length| {
            at(length, &|value| same(reading.prefix, value).then_some(Reading { prefix: Some(value), ..reading }))
        }),
        "plan" | ANY => (1..=rest.len()).any(|length| at(length, &|_| Some(reading))),
        _ => false,
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// As `2026-11-20`.
fn is_date(text: &str) -> bool {
    text.bytes()
        .enumerate()
        .all(|(place, byte)| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All readings, each as `branch/version/prefix`.
    fn readings(template: &str, tag: &str) -> Vec<String> {
        let mut found = Vec::new();
        can_be_read(template, tag, |reading| {
            let words = [reading.branch, reading.version, reading.prefix];
            found.push(words.map(Option::unwrap_or_default).join("/"));
            false
        });
        found
    }

    #[test]
    fn words_are_found_again() {
        for (template, tag, expected) in [
            ("{branch}", "feature-x", &["feature-x//"][..]),
            ("latest", "latest", &["//"]),
            ("latest", "later", &[]),
            ("{branch}-{sha7}", "feature-x-0123abc", &["feature-x//"]),
            ("{branch}-{sha7}", "feature-x-0123abC", &[]),
            ("{branch}-{sha7}", "0123abc", &[]),
            ("{sha}", "0123456789012345678901234567890123456789", &["//"]),
            ("{sha7}", "0123abcd", &[]),
            ("nightly-{date}", "nightly-2026-11-20", &["//"]),
            ("nightly-{date}", "nightly-2026-11-2x", &[]),
            ("v{version}", "v1.2.0", &["/1.2.0/"]),
            ("{prefix}-{branch}", "2026.3-a", &["a//2026.3"]),
            ("{prefix}-{branch}", "a-b-c", &["b-c//a", "c//a-b"]),
            ("{plan}.{branch}", "gpu.main", &["main//"]),
            ("{branch}-{branch}", "a-a", &["a//"]),
            ("{branch}-{branch}", "a-b", &[]),
            ("{branch}", "", &[]),
            ("{branch}-py{*}", "a-py3.11", &["a//"]),
            ("{other}", "x", &[]),
            ("{branch", "x", &[]),
        ] {
            assert_eq!(readings(template, tag), expected, "{template} {tag}");
        }
    }

    #[test]
    fn the_first_accepted_reading_ends_the_search() {
        let mut asked = 0;
        assert!(can_be_read("{prefix}-{branch}", "a-b-c", |reading| {
            asked += 1;
            reading.branch == Some("b-c")
        }));
        assert_eq!(asked, 1);
    }
}
