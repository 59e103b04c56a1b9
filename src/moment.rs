//! Moments as labels and records have them: in UTC, to the second, as `2026-11-20T12:00:00Z`.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// This moment.
pub fn now() -> String {
    of(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default()
}

/// The moment this many seconds after the beginning of 1970; `None` where no calendar has it.
pub fn of(seconds: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_moments_of_the_calendar() {
        assert_eq!(of(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(of(1_800_000_000).as_deref(), Some("2027-01-15T08:00:00Z"));
        assert_eq!(of(i64::MAX), None);
        assert_eq!(now().len(), "2026-11-20T12:00:00Z".len());
    }
}
