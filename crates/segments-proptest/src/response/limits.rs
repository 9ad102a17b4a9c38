//! Headers about the rate limit.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use segments_core::response::Timestamp;

use super::case::Case;

/// Headers about the rate limit, and how long they ask to wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// How long a 429 with them asks to wait at least, where they say so beyond doubt.
    pub wait: Option<Duration>,
}

impl Limits {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| *header == name)
    }

    pub(crate) fn add_to(&self, case: Case) -> Case {
        self.headers.iter().fold(case, |case, (name, value)| case.header(name, value))
    }
}

/// Headers about the rate limit in every form: `Retry-After` in seconds and as a date,
/// `X-RateLimit-Reset` in seconds and in milliseconds, beside a `Date` as every server sends it;
/// empty, past, negative, absurd or garbled ones, which say nothing. Shrinks to no header.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response;
///
/// proptest!(|(limits in response::limits())| {
///     prop_assert!(limits.wait.is_none() || !limits.headers.is_empty());
/// });
/// ```
pub fn limits() -> impl Strategy<Value = Limits> + Clone {
    let seconds = 1_u64..=120;
    let retry_after = seconds.clone().prop_map(|wait| of(wait, "retry-after", wait.to_string()));
    let fraction = seconds.clone().prop_map(|wait| of(wait, "retry-after", format!("{wait}.5")));
    let at =
        seconds.clone().prop_map(|wait| dated(of(wait, "retry-after", later(wait).to_http_date())));
    let reset = seconds
        .clone()
        .prop_map(|wait| dated(of(wait, "x-ratelimit-reset", later(wait).as_unix().to_string())));
    let milliseconds = seconds.prop_map(|wait| {
        dated(of(wait, "x-ratelimit-reset", (later(wait).as_unix() * 1000).to_string()))
    });
    let unusable = (select(NAMES), select(UNUSABLE)).prop_map(|(name, value)| {
        dated(Limits { headers: vec![(name, value.to_owned())], wait: None })
    });

    let hint = prop_oneof![
        3 => Just(Limits::default()),
        2 => retry_after,
        1 => fraction,
        1 => at,
        2 => reset,
        1 => milliseconds,
        3 => unusable,
    ];
    let allowance = prop_oneof![
        2 => Just(None),
        1 => Just(Some(("0", "250000"))),
        1 => Just(Some(("249999", "250000"))),
        1 => Just(Some(("", ""))),
    ];
    (hint, allowance)
        .prop_map(|(mut limits, allowance)| {
            if let Some((remaining, limit)) = allowance {
                limits.headers.push(("x-ratelimit-remaining", remaining.to_owned()));
                limits.headers.push(("x-ratelimit-limit", limit.to_owned()));
            }
            limits
        })
        .boxed()
}

/// The time of all responses.
const NOW: u64 = 1_592_427_423;

const NAMES: &[&str] = &["retry-after", "x-ratelimit-reset"];

const UNUSABLE: &[&str] = &[
    "",
    "0",
    "-5",
    "+5",
    "soon",
    "1e3",
    "0x10",
    "NaN",
    "1592427000",
    "99999999999999999999999",
    "Wed, 17 Jun 2020 20:50:00 GMT",
    "Wed, 17 Jun 2020",
    "1, 2",
];

fn later(seconds: u64) -> Timestamp {
    Timestamp::from_unix(NOW + seconds)
}

fn of(wait: u64, name: &'static str, value: String) -> Limits {
    Limits { headers: vec![(name, value)], wait: Some(Duration::from_secs(wait)) }
}

fn dated(mut limits: Limits) -> Limits {
    limits.headers.push(("date", Timestamp::from_unix(NOW).to_http_date()));
    limits
}
