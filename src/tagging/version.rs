//! Compares git tags as versions, by semantic versioning's precedence (<https://semver.org>, section 11).

use std::cmp::Ordering;

/// The highest of `tags`: versions (`v1.2.0`, `1.2.0-rc.1`) before other names, which compare as text.
pub fn highest<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    tags.into_iter().max_by(|one, other| compare(one, other))
}

fn compare(one: &str, other: &str) -> Ordering {
    match (Version::parse(one), Version::parse(other)) {
        (Some(first), Some(second)) => first.compare(&second).then_with(|| one.cmp(other)),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => one.cmp(other),
    }
}

struct Version<'a> {
    numbers: [u64; 3],
    pre_release: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(tag: &'a str) -> Option<Self> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (numbers, pre_release) = match text.split_once('-') {
            Some((numbers, pre_release)) => (numbers, Some(pre_release)),
            None => (text, None),
        };
        let mut parts = numbers.split('.');
        let mut number = || {
            let part = parts.next()?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let numbers = [number()?, number()?, number()?];
        parts.next().is_none().then_some(Self { numbers, pre_release })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre_release, other.pre_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) => compare_pre_releases(one, other),
        })
    }
}

fn compare_pre_releases(one: &str, other: &str) -> Ordering {
    let identifiers = one.split('.').zip(other.split('.'));
    let first_difference = identifiers.map(|(one, other)| match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    });
    let count = |text: &str| text.split('.').count();
    first_difference.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| count(one).cmp(&count(other)))
}
