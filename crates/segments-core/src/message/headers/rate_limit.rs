use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::message::headers::Timestamp;
use crate::message::headers::reset::Reset;
use crate::message::headers::value::{date, digits, first};

/// The hourly quota, as the headers of a response give it.
///
/// Braze documents these headers for every response; recordings show them empty on a 401, so a
/// field is `None` where nothing usable is said. The quota (250,000 an hour by default, 50,000 in
/// 2018) is shared by some fifty endpoints of a workspace and starts anew on the clock hour.
///
/// ```
/// use segments_core::response::RateLimit;
///
/// let response = http::Response::builder()
///     .header("x-ratelimit-limit", "250000")
///     .header("x-ratelimit-remaining", "249938")
///     .header("x-ratelimit-reset", "1592427600")
///     .body(())?;
///
/// let quota = RateLimit::from_headers(response.headers());
/// assert_eq!(quota.remaining, Some(249_938));
/// assert_eq!(quota.reset.unwrap().to_string(), "2020-06-17T21:00:00Z");
/// # Ok::<(), http::Error>(())
/// ```
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
pub(super) const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

impl RateLimit {
    /// Reads the headers, whatever they hold. Of several lines the first usable one counts.
    ///
    /// A reset given as seconds from now is counted from the same response's `Date`.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let reset = first(headers, &RESET, Reset::parse);
        Self {
            limit: first(headers, &LIMIT, digits),
            remaining: first(headers, &REMAINING, digits),
            reset: reset.and_then(|reset| reset.at(|| date(headers))),
        }
    }

    /// Writes the headers as the server does, the opposite of [`RateLimit::from_headers`]. `None`
    /// is written as an empty value, as recorded on a 401.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        let value =
            |number: Option<u64>| number.map_or(HeaderValue::from_static(""), HeaderValue::from);
        headers.insert(LIMIT, value(self.limit));
        headers.insert(REMAINING, value(self.remaining));
        headers.insert(RESET, value(self.reset.map(Timestamp::as_unix)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::headers::header_map as headers;

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
}
