//! Times and sizes, as people write them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// `500ms`, `10s`, `1.5 h`, `1h30m`, `2 minutes`. A bare number is refused, because it could be
/// seconds or milliseconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let advice = "write 500ms, 10s, 2m or 1h30m";
    let text = text.trim().to_ascii_lowercase();

    let is_bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_bare {
        return Err(format!("a time needs a unit: {text}s or {text}ms"));
    }

    let days = SpanRelativeTo::days_are_24_hours();
    let span = text.parse::<Span>().map_err(|_| advice.to_owned())?;
    let time = span.to_duration(days).map_err(|_| advice.to_owned())?;
    Duration::try_from(time).map_err(|_| "a time cannot be negative".to_owned())
}

/// The same, except zero.
pub(crate) fn nonzero_time(text: &str) -> Result<Duration, String> {
    match time(text)? {
        Duration::ZERO => Err("it must be longer than 0".to_owned()),
        time => Ok(time),
    }
}

/// `512KiB`, `1.5 MiB`, `4MB`, `1K`: K, M and G are 1024 each, as with `head` and `ulimit`; KB, MB
/// and GB are 1000 each.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);

    let bytes = bytes_of(unit.trim()).and_then(|unit| scaled(number, unit));
    match bytes {
        Some(0) => Err("it must be more than 0".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("write 512KiB, 1.5MiB, 4MB, or a number of bytes".to_owned()),
    }
}

fn bytes_of(unit: &str) -> Option<u128> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    })
}

/// A decimal number of units, rounded down to whole bytes.
fn scaled(number: &str, unit: u128) -> Option<usize> {
    const MOST_DECIMALS: usize = 9;

    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let is_malformed = whole.is_empty() || number.ends_with('.') || decimals.contains('.');
    if is_malformed || decimals.len() > MOST_DECIMALS {
        return None;
    }

    let scale = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let digits: u128 = format!("{whole}{decimals}").parse().ok()?;
    usize::try_from(digits.checked_mul(unit)? / scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("500 ms", 500),
            ("10s", 10_000),
            ("10S", 10_000),
            (" 10 seconds ", 10_000),
            ("0.5s", 500),
            ("1.5m", 90_000),
            ("2 min", 120_000),
            ("2M", 120_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1,5h", 5_400_000),
            ("PT90S", 90_000),
            ("1d", 86_400_000),
            ("2 Days", 172_800_000),
            ("0s", 0),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "-1s",
            "1s ago",
            "1 parsec",
            "1 month",
            "1y",
            "s",
            "1h -3m",
            "1e3s",
            "99999999999999999999s",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
        assert_eq!(time("10"), Err("a time needs a unit: 10s or 10ms".to_owned()));
        assert!(nonzero_time("0s").is_err());
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1", 1),
            ("7B", 7),
            ("7 bytes", 7),
            ("1K", 1024),
            ("1k", 1024),
            ("1KB", 1000),
            ("512KiB", 512 << 10),
            ("4MiB", 4 << 20),
            ("4 mib", 4 << 20),
            ("4M", 4 << 20),
            ("4MB", 4_000_000),
            ("1.5MiB", 3 << 19),
            ("0.1K", 102),
            ("1.000000001GB", 1_000_000_001),
            ("2G", 2 << 30),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        let far = format!("{}GiB", usize::MAX);
        let decimals = format!("1.{}K", "0".repeat(10));
        for text in [
            "", "0", "0MiB", "0.1B", "-1", "+1", "1.5.5M", "1.", ".5M", "MiB", "4Mbit", "1e3",
            "1,5M", "½M", &far, &decimals,
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
