//! `--since`: a time, or how long ago it was.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use crate::error::{Error, Result};

/// Units of a length of time, in seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The time that `text` means, in seconds since 1970: a length as `10m` or `1h30m` before `now`, a time as
/// `2026-11-21T09:30:00Z` or `2026-11-21T09:30` (in UTC), a day, or seconds since 1970.
///
/// # Errors
/// It is none of these.
pub fn since(text: &str, now: i64) -> Result<i64> {
    let minutes = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let day = format_description!("[year]-[month]-[day]");
    let found = length(text)
        .map(|length| now.saturating_sub(length))
        .or_else(|| text.parse().ok())
        .or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp))
        .or_else(|| PrimitiveDateTime::parse(text, seconds).ok().map(|time| time.assume_utc().unix_timestamp()))
        .or_else(|| PrimitiveDateTime::parse(text, minutes).ok().map(|time| time.assume_utc().unix_timestamp()))
        .or_else(|| Date::parse(text, day).ok().map(|day| day.midnight().assume_utc().unix_timestamp()));
    found.ok_or_else(|| {
        Error::request(format!("--since `{}` is no time", text.escape_debug()))
            .help("write how long ago, as 10m or 1h30m, or a time, as 2026-11-21T09:30:00Z")
    })
}

/// `1h30m` in seconds.
fn length(text: &str) -> Option<i64> {
    let (mut sum, mut digits, mut last) = (0_i64, String::new(), usize::MAX);
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let place = UNITS.iter().position(|(unit, _)| *unit == character)?;
        // Each unit once, the larger before the smaller.
        if last != usize::MAX && place <= last {
            return None;
        }
        last = place;
        sum = sum.checked_add(digits.parse::<i64>().ok()?.checked_mul(UNITS[place].1)?)?;
        digits.clear();
    }
    (last != usize::MAX && digits.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times() {
        let now = 1_800_000_000;
        for (text, expected) in [
            ("10m", now - 600),
            ("1h30m", now - 5400),
            ("2d", now - 172_800),
            ("0s", now),
            ("1700000000", 1_700_000_000),
            ("2026-11-21T09:30:00Z", 1_795_253_400),
            ("2026-11-21T10:30:00.5+01:00", 1_795_253_400),
            ("2026-11-21T09:30:00", 1_795_253_400),
            ("2026-11-21T09:30", 1_795_253_400),
            ("2026-11-21", 1_795_219_200),
        ] {
            assert_eq!(since(text, now).ok(), Some(expected), "{text}");
        }
        for text in ["", "10", "10x", "m", "30m1h", "1h1h", "yesterday", "2026-13-01", "99999999999999999999m"] {
            let found = since(text, now);
            assert!(found.is_err() || text == "10", "{text}: {found:?}");
        }
    }
}
