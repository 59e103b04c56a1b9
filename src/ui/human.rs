//! Sizes and durations as people read them.

use std::time::Duration;

/// A number of bytes in decimal units, as Docker shows it: `512 B`, `1.2 kB`, `170 MB`.
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 99.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A duration with as many parts as matter: `45 ms`, `3.2 s`, `1 min 5 s`, `2 h 7 min`.
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.0995 {
        return format!("{} ms", (seconds * 1000.0).round());
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
    if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// An age with one unit, the one that says most: `5 min`, `3 h`, `12 d`, `8 months`.
pub fn human_age(age: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(60, "min"), (60, "h"), (24, "d"), (30, "months")];
    let (mut value, mut unit) = (age.as_secs(), "s");
    for (factor, larger) in UNITS {
        // Two of the larger unit: below that the smaller one says more.
        if value < 2 * factor {
            break;
        }
        (value, unit) = (value / factor, larger);
    }
    format!("{value} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let table = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1234, "1.2 kB"),
            (99_949, "99.9 kB"),
            (123_456, "123 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (170_000_000, "170 MB"),
            (2_500_000_000, "2.5 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in table {
            assert_eq!(human_size(bytes), text);
        }
    }

    #[test]
    fn ages() {
        let (minute, hour, day) = (60, 3600, 86400);
        let table = [
            (0, "0 s"),
            (119, "119 s"),
            (2 * minute, "2 min"),
            (119 * minute, "119 min"),
            (2 * hour, "2 h"),
            (47 * hour, "47 h"),
            (2 * day, "2 d"),
            (59 * day, "59 d"),
            (60 * day, "2 months"),
            (800 * day, "26 months"),
        ];
        for (seconds, text) in table {
            assert_eq!(human_age(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn durations() {
        let table = [
            (0, "0 ms"),
            (45, "45 ms"),
            (99, "99 ms"),
            (100, "0.1 s"),
            (3210, "3.2 s"),
            (59_949, "59.9 s"),
            (59_950, "1 min 0 s"),
            (65_400, "1 min 5 s"),
            (3_599_600, "1 h 0 min"),
            (7_620_000, "2 h 7 min"),
        ];
        for (milliseconds, text) in table {
            assert_eq!(human_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
