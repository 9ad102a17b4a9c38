use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::message::headers::Timestamp;

/// The hourly quota, as the headers of a response give it.
///
/// Braze documents these headers for every response; recordings show them empty on a 401, so a
/// field is `None` where nothing usable is said. The quota (250,000 an hour by default, 50,000 in
/// 2018) is shared by some fifty endpoints of a workspace and starts anew on the clock hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests in a window: `X-RateLimit-Limit`.
    pub limit: Option<u64>,
    /// Requests left in this window: `X-RateLimit-Remaining`.
    pub remaining: Option<u64>,
    /// When the next window begins, on the server's clock: `X-RateLimit-Reset`.
    pub reset: Option<Timestamp>,
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const LIMIT_RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// From here on a number of seconds since the epoch (the year 5138) is one of milliseconds, or of
/// something finer.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// No server's clock shows a time before this (2001): what looks like one is a span, or a clock that
/// was never set.
const EARLIEST: u64 = 1_000_000_000;

/// The longest span that a reset can be away: a month, the longest interval of any quota.
const LONGEST_SPAN: u64 = 31 * 86_400;

/// Both ends of a wait are whole seconds, so it can be up to one second short.
const GRANULARITY: Duration = Duration::from_secs(1);

impl RateLimit {
    /// Reads the headers, whatever they hold. Of several lines the first usable one counts.
    ///
    /// A reset given as seconds from now is counted from the same response's `Date`.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let reset = first(headers, &RESET, reset);
        Self {
            limit: first(headers, &LIMIT, digits),
            remaining: first(headers, &REMAINING, digits),
            reset: reset.and_then(|reset| reset.at(|| date(headers))),
        }
    }

    /// Writes the headers as the server does, the opposite of [`RateLimit::from_headers`]. `None` is
    /// written as an empty value, as recorded on a 401.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        let value =
            |number: Option<u64>| number.map_or(HeaderValue::from_static(""), HeaderValue::from);
        headers.insert(LIMIT, value(self.limit));
        headers.insert(REMAINING, value(self.remaining));
        headers.insert(RESET, value(self.reset.map(Timestamp::as_unix)));
    }
}

/// When a quota starts anew.
#[derive(Debug, Clone, Copy)]
enum Reset {
    At(Timestamp),
    /// In so many seconds.
    In(u64),
}

impl Reset {
    fn at(self, date: impl FnOnce() -> Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::In(seconds) => Some(later(date()?, seconds)),
        }
    }

    fn hint(self, date: Option<Timestamp>) -> Option<WaitHint> {
        match self {
            Self::At(until) => wait_until(until, date?),
            Self::In(seconds) => wait_for(seconds, date),
        }
    }
}

/// How long the server asks to wait before the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaitHint {
    /// How long, counted from the response.
    pub(crate) wait: Duration,
    /// When that is, on the server's clock, where it can be told.
    pub(crate) until: Option<Timestamp>,
}

/// The wait that a response asks for, if its status gives the headers that meaning.
///
/// `Retry-After` counts where another attempt can help. Braze's own headers count on 429 only,
/// because `X-RateLimit-Reset` stands on every response. A point in time is held against the `Date`
/// of the same response, never against a clock of ours; without a `Date` it says nothing. Nor does
/// a wait of nothing: the response itself shows that it is too soon.
pub(crate) fn wait_hint(status: StatusCode, headers: &HeaderMap) -> Option<WaitHint> {
    let date = date(headers);
    let seconds = |name| first(headers, name, seconds).and_then(|wait| wait_for(wait, date));

    let in_seconds = seconds(&RETRY_AFTER);
    let at = || first(headers, &RETRY_AFTER, http_date).and_then(|at| wait_until(at, date?));
    if let Some(hint) = in_seconds.or_else(at) {
        return Some(hint);
    }

    if status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let reset = || first(headers, &RESET, reset).and_then(|reset| reset.hint(date));
    seconds(&LIMIT_RETRY_AFTER).or_else(reset)
}

/// The wait until the quota starts anew, if a successful response says that it is used up.
pub(crate) fn pause(limit: RateLimit, date: Option<Timestamp>) -> Option<WaitHint> {
    match (limit.remaining, limit.reset, date) {
        (Some(0), Some(until), Some(date)) => wait_until(until, date),
        _ => None,
    }
}

/// The `Date` of a response.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    first(headers, &DATE, http_date)
}

fn wait_until(until: Timestamp, date: Timestamp) -> Option<WaitHint> {
    let wait = until.since(date);
    (!wait.is_zero()).then(|| WaitHint { wait: wait + GRANULARITY, until: Some(until) })
}

fn wait_for(seconds: u64, date: Option<Timestamp>) -> Option<WaitHint> {
    let until = date.map(|date| later(date, seconds));
    (seconds > 0).then_some(WaitHint { wait: Duration::from_secs(seconds), until })
}

fn later(date: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_unix(date.as_unix().saturating_add(seconds))
}

fn first<T>(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<T>) -> Option<T> {
    headers.get_all(name).iter().find_map(|value| read(value.to_str().ok()?.trim()))
}

/// Digits alone: `u64::from_str` would take a sign.
fn digits(text: &str) -> Option<u64> {
    let valid = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

/// A number of seconds; a fraction, which the standard does not know and many servers send, makes
/// it one more.
fn seconds(text: &str) -> Option<u64> {
    let Some((whole, fraction)) = text.split_once('.') else { return digits(text) };
    let valid = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let more = fraction.bytes().any(|byte| byte != b'0');
    digits(whole).filter(|_| valid).map(|whole| whole + u64::from(more))
}

fn reset(text: &str) -> Option<Reset> {
    let Some(mut number) = seconds(text) else { return http_date(text).map(Reset::At) };
    while number >= MILLISECONDS_FROM {
        number /= 1000;
    }
    match number {
        EARLIEST.. => Some(Reset::At(Timestamp::from_unix(number))),
        0..=LONGEST_SPAN => Some(Reset::In(number)),
        _ => None,
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::from_http_date(text).filter(|time| time.as_unix() >= EARLIEST)
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
        assert_eq!(wait(529, &[("retry-after", "10"), own, reset, date]), Some(10));
        assert_eq!(wait(500, &[own, reset, date]), None);
        assert_eq!(wait(429, &[("retry-after", "soon"), own]), Some(20));
        let later = ("retry-after", "Wed, 17 Jun 2020 20:57:13 GMT");
        assert_eq!(wait(429, &[later, date]), Some(11));
        assert_eq!(wait(429, &[later]), None);
    }

    #[test]
    fn the_reset_is_held_against_the_same_answers_date() {
        let at = |reset: u64| wait(429, &[("x-ratelimit-reset", &reset.to_string()), ("date", AT)]);
        assert_eq!(at(UNIX - 5), None);
        assert_eq!(at(UNIX), None);
        assert_eq!(at(UNIX + 2), Some(3));
        for finer in [1000, 1_000_000, 1_000_000_000] {
            assert_eq!(at((UNIX + 2) * finer), Some(3), "{finer}");
        }
        assert_eq!(at(UNIX + 10 * 365 * 86_400), Some(10 * 365 * 86_400 + 1));
        let dated = ("x-ratelimit-reset", "Wed, 17 Jun 2020 20:57:13 GMT");
        assert_eq!(wait(429, &[dated, ("date", AT)]), Some(11));
    }

    #[test]
    fn a_fraction_of_a_second_is_one_more() {
        for (text, seconds) in [
            ("10.997", Some(11)),
            ("10.0", Some(10)),
            ("0.2", Some(1)),
            ("9999999999999999999.9", Some(10_000_000_000_000_000_000)),
            ("10.", None),
            (".5", None),
            ("1.5.2", None),
            ("1.5e1", None),
            ("-1.5", None),
            ("10,5", None),
        ] {
            assert_eq!(wait(503, &[("retry-after", text)]), seconds, "{text}");
            assert_eq!(wait(429, &[("x-ratelimit-retry-after", text)]), seconds, "{text}");
        }
        // Of an instant it is rounded up too, with the second that a wait can be short.
        let at = ("x-ratelimit-reset", "1592427425.25");
        assert_eq!(wait(429, &[at, ("date", AT)]), Some(4));
    }

    #[test]
    fn a_reset_that_is_no_date_is_a_span_or_nothing() {
        let reset = |value, date: &[(&'static str, &str)]| {
            let lines = [&[("x-ratelimit-reset", value)], date].concat();
            let hint = wait_hint(StatusCode::TOO_MANY_REQUESTS, &headers(&lines));
            let until = hint.and_then(|hint| hint.until).map(Timestamp::as_unix);
            assert_eq!(RateLimit::from_headers(&headers(&lines)).reset.is_some(), until.is_some());
            (hint.map(|hint| hint.wait.as_secs()), until)
        };
        let dated = &[("date", AT)][..];
        assert_eq!(reset("12", dated), (Some(12), Some(UNIX + 12)));
        assert_eq!(reset("11.5", dated), (Some(12), Some(UNIX + 12)));
        assert_eq!(reset("12", &[]), (Some(12), None));
        assert_eq!(reset("2678400", &[]), (Some(2_678_400), None));
        for value in ["2678401", "999999999", "592427423000", "Thu, 01 Jan 1970 00:00:08 GMT"] {
            assert_eq!(reset(value, dated), (None, None), "{value}");
        }
    }

    #[test]
    fn no_time_before_the_server_was_built_comes_out() {
        let epoch = ("date", "Thu, 01 Jan 1970 00:00:08 GMT");
        for line in [
            ("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT"),
            ("x-ratelimit-reset", "60"),
            ("x-ratelimit-reset", "1592427483"),
            ("retry-after", "60"),
            ("retry-after", "0"),
        ] {
            for lines in [&[line][..], &[line, epoch]] {
                let headers = headers(lines);
                let hint = wait_hint(StatusCode::TOO_MANY_REQUESTS, &headers);
                assert_eq!(hint.and_then(|hint| hint.until), None, "{lines:?}");
                assert_eq!(date(&headers), None);
            }
        }
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
