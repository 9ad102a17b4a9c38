use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// The hourly allowance as an answer tells it.
///
/// Braze documents these headers for every answer; recordings show them empty on a 401, so a field
/// is `None` where nothing usable is said. The allowance (250,000 an hour by default, 50,000 in
/// 2018) is shared by some fifty endpoints of a workspace and starts anew on the clock hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests in an interval: `X-RateLimit-Limit`.
    pub limit: Option<u64>,
    /// Requests left in this one: `X-RateLimit-Remaining`.
    pub remaining: Option<u64>,
    /// When the next one begins, on the server's clock: `X-RateLimit-Reset`.
    pub reset: Option<Timestamp>,
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const LIMIT_RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// From here on a number of seconds since the epoch (the year 5138) is one of milliseconds.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// Both ends of a wait are whole seconds, so it can be up to one second short.
const GRANULARITY: Duration = Duration::from_secs(1);

impl RateLimit {
    /// Reads the headers, whatever they hold; of several lines the first usable one counts.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            limit: first(headers, &LIMIT, digits),
            remaining: first(headers, &REMAINING, digits),
            reset: first(headers, &RESET, epoch),
        }
    }

    /// Writes the headers as the server does: the opposite of [`RateLimit::from_headers`]. What is
    /// `None` is written empty, as recorded on a 401.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        let value =
            |number: Option<u64>| number.map_or(HeaderValue::from_static(""), HeaderValue::from);
        headers.insert(LIMIT, value(self.limit));
        headers.insert(REMAINING, value(self.remaining));
        headers.insert(RESET, value(self.reset.map(Timestamp::as_unix)));
    }
}

/// How long the server asks to wait before the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaitHint {
    /// How long, counted from the answer.
    pub(crate) wait: Duration,
    /// When that is, on the server's clock, where it can be told.
    pub(crate) until: Option<Timestamp>,
}

/// The wait that an answer asks for, if its status gives the headers that meaning.
///
/// `Retry-After` counts on 429 and 503. Braze's own headers count on 429 only, because
/// `X-RateLimit-Reset` stands on every answer. A point in time is held against the `Date` of the
/// same answer, never against a clock of ours; without a `Date` it says nothing.
pub(crate) fn wait_hint(status: StatusCode, headers: &HeaderMap) -> Option<WaitHint> {
    let throttled = status == StatusCode::TOO_MANY_REQUESTS;
    if !throttled && status != StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    let date = date(headers);
    let seconds = |seconds: u64| WaitHint {
        wait: Duration::from_secs(seconds),
        until: date.map(|date| Timestamp::from_unix(date.as_unix().saturating_add(seconds))),
    };
    if let Some(hint) = first(headers, &RETRY_AFTER, digits).map(seconds) {
        return Some(hint);
    }
    let at = first(headers, &RETRY_AFTER, Timestamp::from_http_date);
    if let Some(hint) = at.zip(date).map(|(until, date)| wait_until(until, date)) {
        return Some(hint);
    }
    if !throttled {
        return None;
    }
    if let Some(hint) = first(headers, &LIMIT_RETRY_AFTER, digits).map(seconds) {
        return Some(hint);
    }
    let reset = first(headers, &RESET, epoch);
    reset.zip(date).map(|(until, date)| wait_until(until, date))
}

/// The wait until the allowance starts anew, if a successful answer says that it is used up.
pub(crate) fn pause(limit: RateLimit, date: Option<Timestamp>) -> Option<WaitHint> {
    match (limit.remaining, limit.reset, date) {
        (Some(0), Some(until), Some(date)) if until > date => Some(wait_until(until, date)),
        _ => None,
    }
}

/// The `Date` of an answer.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    first(headers, &DATE, Timestamp::from_http_date)
}

fn wait_until(until: Timestamp, date: Timestamp) -> WaitHint {
    let wait = until.since(date);
    let wait = if wait.is_zero() { wait } else { wait + GRANULARITY };
    WaitHint { wait, until: Some(until) }
}

fn first<T>(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<T>) -> Option<T> {
    headers.get_all(name).iter().find_map(|value| read(value.to_str().ok()?.trim()))
}

/// Digits alone: `u64::from_str` would take a sign.
fn digits(text: &str) -> Option<u64> {
    let valid = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

fn epoch(text: &str) -> Option<Timestamp> {
    let number = digits(text)?;
    let seconds = if number >= MILLISECONDS_FROM { number / 1000 } else { number };
    Some(Timestamp::from_unix(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "Wed, 17 Jun 2020 20:57:03 GMT";
    const UNIX: u64 = 1_592_427_423;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in lines.iter().map(line) {
            map.append(name, value);
        }
        map
    }

    fn wait(status: u16, lines: &[(&'static str, &str)]) -> Option<u64> {
        let status = StatusCode::from_u16(status).unwrap();
        wait_hint(status, &headers(lines)).map(|hint| hint.wait.as_secs())
    }

    #[test]
    fn both_ways_agree() {
        let limit = RateLimit {
            limit: Some(250_000),
            remaining: Some(249_938),
            reset: Some(Timestamp::from_unix(1_592_427_600)),
        };
        for limit in [limit, RateLimit::default()] {
            let mut map = HeaderMap::new();
            limit.write_to(&mut map);
            assert_eq!(map.len(), 3);
            assert_eq!(RateLimit::from_headers(&map), limit);
        }
    }

    #[test]
    fn unusable_values_say_nothing() {
        for value in ["", "-1", "+1", "1.5", "1e3", "abc", "123456789012345678901234567890"] {
            let map = headers(&[("x-ratelimit-remaining", value)]);
            assert_eq!(RateLimit::from_headers(&map).remaining, None, "{value}");
        }
        let mut map = headers(&[]);
        map.append(REMAINING, HeaderValue::from_bytes(b"\xff").unwrap());
        map.append(REMAINING, HeaderValue::from_static("7"));
        map.append(REMAINING, HeaderValue::from_static("8"));
        assert_eq!(RateLimit::from_headers(&map).remaining, Some(7));
    }

    #[test]
    fn hints_are_taken_in_order() {
        let reset = ("x-ratelimit-reset", "1592427483");
        let own = ("x-ratelimit-retry-after", "20");
        let date = ("date", AT);
        assert_eq!(wait(429, &[("retry-after", "10"), own, reset, date]), Some(10));
        assert_eq!(wait(429, &[own, reset, date]), Some(20));
        assert_eq!(wait(429, &[reset, date]), Some(61));
        assert_eq!(wait(429, &[reset]), None);
        assert_eq!(wait(429, &[]), None);
        assert_eq!(wait(503, &[own, reset, date]), None);
        assert_eq!(wait(503, &[("retry-after", "10")]), Some(10));
        assert_eq!(wait(500, &[("retry-after", "10"), own, reset, date]), None);
        assert_eq!(wait(429, &[("retry-after", "soon"), own]), Some(20));
        let later = ("retry-after", "Wed, 17 Jun 2020 20:57:13 GMT");
        assert_eq!(wait(429, &[later, date]), Some(11));
        assert_eq!(wait(429, &[later]), None);
    }

    #[test]
    fn the_reset_is_held_against_the_same_answers_date() {
        let at = |reset: u64| wait(429, &[("x-ratelimit-reset", &reset.to_string()), ("date", AT)]);
        assert_eq!(at(UNIX - 5), Some(0));
        assert_eq!(at(UNIX), Some(0));
        assert_eq!(at(UNIX + 2), Some(3));
        assert_eq!(at((UNIX + 2) * 1000), Some(3));
        assert_eq!(at(UNIX + 10 * 365 * 86_400), Some(10 * 365 * 86_400 + 1));
    }

    #[test]
    fn a_used_up_allowance_pauses() {
        let pause = |remaining| {
            let headers = headers(&[
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset", "1592427600"),
                ("date", AT),
            ]);
            super::pause(RateLimit::from_headers(&headers), date(&headers))
        };
        assert_eq!(pause("0").map(|hint| hint.wait.as_secs()), Some(178));
        assert_eq!(pause("1"), None);
    }
}
