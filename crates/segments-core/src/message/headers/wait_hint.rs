use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::message::headers::rate_limit::RESET;
use crate::message::headers::reset::Reset;
use crate::message::headers::value::{date, first, http_date, seconds};
use crate::message::headers::{RateLimit, Timestamp};

/// How long the server asks to wait before the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaitHint {
    /// How long, counted from the response. Never zero.
    pub(crate) wait: Duration,
    /// When that is, on the server's clock, where it can be told.
    pub(crate) until: Option<Timestamp>,
}

const X_RATELIMIT_RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// Both ends of a wait are whole seconds, so it can be up to one second short.
const GRANULARITY: Duration = Duration::from_secs(1);

impl WaitHint {
    /// The wait that a failed response asks for, if its status gives the headers that meaning.
    ///
    /// `Retry-After` counts where another attempt can help. Braze's own headers count on 429 only,
    /// because `X-RateLimit-Reset` is on every response. A point in time is compared with the
    /// `Date` of the same response, never with a clock of ours; without a `Date` it says nothing.
    /// A wait of zero is ignored: the response itself shows that it is too soon.
    pub(crate) fn of_failure(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let date = date(headers);
        let in_seconds = |name| first(headers, name, seconds).and_then(|s| Self::after(s, date));

        let retry_at = || first(headers, &RETRY_AFTER, http_date);
        let retry_after =
            in_seconds(&RETRY_AFTER).or_else(|| retry_at().and_then(|at| Self::until(at, date?)));
        if retry_after.is_some() || status != StatusCode::TOO_MANY_REQUESTS {
            return retry_after;
        }

        in_seconds(&X_RATELIMIT_RETRY_AFTER).or_else(|| {
            match first(headers, &RESET, Reset::parse)? {
                Reset::At(time) => Self::until(time, date?),
                Reset::In(seconds) => Self::after(seconds, date),
            }
        })
    }

    /// The wait until the quota is renewed, if a successful response says that it is used up.
    pub(crate) fn of_used_up_quota(limit: RateLimit, date: Option<Timestamp>) -> Option<Self> {
        match (limit.remaining, limit.reset, date) {
            (Some(0), Some(reset), Some(date)) => Self::until(reset, date),
            _ => None,
        }
    }

    fn until(until: Timestamp, date: Timestamp) -> Option<Self> {
        let wait = until.since(date);
        (!wait.is_zero()).then(|| Self { wait: wait + GRANULARITY, until: Some(until) })
    }

    fn after(seconds: u64, date: Option<Timestamp>) -> Option<Self> {
        let until = date.map(|date| date.plus_seconds(seconds));
        (seconds > 0).then_some(Self { wait: Duration::from_secs(seconds), until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::headers::header_map as headers;

    const AT: &str = "Wed, 17 Jun 2020 20:57:03 GMT";
    const UNIX: u64 = 1_592_427_423;

    fn wait(status: u16, lines: &[(&'static str, &str)]) -> Option<u64> {
        let status = StatusCode::from_u16(status).unwrap();
        WaitHint::of_failure(status, &headers(lines)).map(|hint| hint.wait.as_secs())
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
    fn the_reset_is_compared_with_the_date_of_the_same_response() {
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
            let hint = WaitHint::of_failure(StatusCode::TOO_MANY_REQUESTS, &headers(&lines));
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
                let hint = WaitHint::of_failure(StatusCode::TOO_MANY_REQUESTS, &headers);
                assert_eq!(hint.and_then(|hint| hint.until), None, "{lines:?}");
                assert_eq!(date(&headers), None);
            }
        }
    }

    #[test]
    fn a_used_up_quota_pauses() {
        let pause = |remaining| {
            let headers = headers(&[
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset", "1592427600"),
                ("date", AT),
            ]);
            WaitHint::of_used_up_quota(RateLimit::from_headers(&headers), date(&headers))
        };

        assert_eq!(pause("0").map(|hint| hint.wait.as_secs()), Some(178));
        assert_eq!(pause("1"), None);
    }
}
