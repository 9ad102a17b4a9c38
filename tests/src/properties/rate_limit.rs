//! Headers about the rate limit may hold anything; what they say is bounded and written back alike.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use segments_core::ErrorKind;
use segments_core::response::{RateLimit, Timestamp};

use super::{Source, api};

/// Checks headers that are made of the input, and the numbers of its first bytes.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let mut number = || source.coin().then(|| source.number());
    both_ways(number(), number(), number());
    let mut lines = Vec::new();
    while !source.is_empty() {
        lines.push((NAMES[usize::from(source.below(6))], source.blob()));
    }
    any_headers(&lines);
}

/// The headers that are read.
pub const NAMES: [&str; 6] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-retry-after",
    "retry-after",
    "date",
];

/// The most that is read: 19 digits, so that a sum of two never overflows.
const MOST: u64 = 9_999_999_999_999_999_999;

/// Before this (2001) a number of seconds is no date.
const EARLIEST: u64 = 1_000_000_000;

/// From here on a number of seconds counts as one of milliseconds.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// What is written is read again, wherever a server could have meant it.
///
/// # Panics
/// When violated.
pub fn both_ways(limit: Option<u64>, remaining: Option<u64>, reset: Option<u64>) {
    let number = |number: Option<u64>| number.filter(|number| *number <= MOST);
    let possible = |reset: &u64| (EARLIEST..MILLISECONDS_FROM).contains(reset);
    let reset = reset.filter(possible).map(Timestamp::from_unix);
    let written = RateLimit { limit: number(limit), remaining: number(remaining), reset };
    let mut headers = HeaderMap::new();
    written.write_to(&mut headers);
    assert_eq!(headers.len(), 3);
    assert_eq!(RateLimit::from_headers(&headers), written);
}

/// Reading is total, and the waits of two responses with the same headers are those of their
/// status.
///
/// # Panics
/// When violated.
pub fn any_headers(lines: &[(&str, &[u8])]) {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }

    let limit = RateLimit::from_headers(&headers);
    if limit.reset.is_none_or(|reset| reset.as_unix() < MILLISECONDS_FROM) {
        let mut written = HeaderMap::new();
        limit.write_to(&mut written);
        assert_eq!(RateLimit::from_headers(&written), limit);
    }

    for status in [400, 401, 429, 500, 501, 503, 504, 529] {
        let mut response = Response::new("");
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        *response.headers_mut() = headers.clone();
        let error = api().read(&response).expect_err("no page");
        let wait = error.wait();
        let may_pass = matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Server);
        assert!(wait.is_none() || may_pass, "{status} asks for no wait");
        assert!(error.retry_at().is_none() || wait.is_some());
        assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(MOST + 1) && !wait.is_zero()));
        // No time is named that a server's clock cannot show.
        assert!(error.retry_at().is_none_or(|at| at.as_unix() >= EARLIEST));
        assert!(limit.reset.is_none_or(|at| at.as_unix() >= EARLIEST));
        // Words that are made of numbers of any size.
        let words = (error.advice(), error.to_string(), format!("{error:?}"));
        assert!(!words.0.is_empty() && !words.1.is_empty() && !words.2.is_empty());
    }
}
