//! Values of headers, read leniently: what cannot be used says nothing.

use http::header::DATE;
use http::{HeaderMap, HeaderName};

use crate::message::headers::Timestamp;

/// No server's clock shows a time before this (2001): a smaller number is a span, or comes from a
/// clock that was never set.
pub(super) const EARLIEST: u64 = 1_000_000_000;

/// The first usable value of a header.
pub(super) fn first<T>(
    headers: &HeaderMap,
    name: &HeaderName,
    parse: fn(&str) -> Option<T>,
) -> Option<T> {
    headers.get_all(name).iter().find_map(|value| parse(value.to_str().ok()?.trim()))
}

/// The `Date` of a response.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    first(headers, &DATE, http_date)
}

/// Digits alone: `u64::from_str` would take a sign.
pub(super) fn digits(text: &str) -> Option<u64> {
    let is_number =
        (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// A number of seconds. A fraction, which the standard does not allow but servers send, rounds up.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let Some((whole, fraction)) = text.split_once('.') else { return digits(text) };

    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let rounds_up = fraction.bytes().any(|byte| byte != b'0');
    digits(whole).filter(|_| is_number).map(|whole| whole + u64::from(rounds_up))
}

pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::from_http_date(text).filter(|time| time.as_unix() >= EARLIEST)
}
