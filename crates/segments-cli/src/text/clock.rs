//! Times of day and ages, for people.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::plural::plural;

/// The time of day in the time zone of this machine, such as `14:05:10`.
pub(crate) fn time_of_day(time: SystemTime) -> String {
    let timestamp = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::system().to_datetime(timestamp).strftime("%H:%M:%S").to_string()
}

/// A span in the largest unit that fits: `3 hours`.
pub(crate) fn rough(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    plural(count, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_largest_unit() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (3_600, "1 hour"),
            (86_399, "23 hours"),
            (86_400, "1 day"),
            (9_000_000, "104 days"),
        ] {
            assert_eq!(rough(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_time_of_day_is_a_time() {
        let text = time_of_day(SystemTime::now());
        let parts: Vec<u32> = text.split(':').map(|part| part.parse().unwrap()).collect();
        assert!(matches!(parts[..], [0..24, 0..60, 0..60]), "{text}");
    }
}
