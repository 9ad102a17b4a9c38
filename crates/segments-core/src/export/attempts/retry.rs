//! Which failures get another attempt, and how long to wait for it: pure functions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::setters::setters;
use crate::message::error::{Error, ErrorKind, ResponseError, TransportErrorKind};
use crate::message::seconds;

/// When, and how often, a failed request is sent again.
///
/// Every request is a `GET`, and a page counts only when it was read whole, so a retry is always
/// safe. serde works as for a [`Plan`](crate::Plan).
///
/// ```
/// use segments_core::Plan;
/// use segments_core::export::RetryPolicy;
///
/// let plan = Plan::default().with_retry(RetryPolicy::default().with_max_attempts(3));
/// assert_eq!(plan.retry.max_attempts, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts at one page, the first included; 0 counts as 1. A page whose response cannot be
    /// read is requested once more, never twice. Default 5.
    pub max_attempts: u32,
    /// The longest single wait that a server can ask for. If it asks for more, the export ends at
    /// once and the error names the time. Default 5 minutes.
    #[serde(with = "seconds")]
    pub max_wait: Duration,
    /// The first backoff after a failure without a hint of the server. It doubles with every
    /// attempt, and the delay is drawn between 50 ms and the backoff. After a 429 the backoff is
    /// eight times as long, and the delay at least half of it. Default 500 ms.
    #[serde(with = "seconds")]
    pub backoff: Duration,
    /// The longest backoff. Default 20 s.
    #[serde(with = "seconds")]
    pub max_backoff: Duration,
    /// Whether a page with `X-RateLimit-Remaining: 0` delays the next request until
    /// `X-RateLimit-Reset`, if that is within `max_wait`. Default true. Otherwise the next request
    /// is sent at once and may meet a 429.
    pub wait_for_quota: bool,
}

impl RetryPolicy {
    setters! {
        with_max_attempts max_attempts: u32;
        with_max_wait max_wait: Duration;
        with_backoff backoff: Duration;
        with_max_backoff max_backoff: Duration;
        with_wait_for_quota wait_for_quota: bool;
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_wait: Duration::from_secs(300),
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            wait_for_quota: true,
        }
    }
}

/// A retry any sooner would meet the same state.
const SHORTEST_DELAY: Duration = Duration::from_millis(50);

/// Jitter after a hinted time: enough to spread clients that were all told the same second.
const LONGEST_HINT_JITTER: Duration = Duration::from_secs(2);

/// The backoff after a rate limit without a hint is so many times as long.
const LIMITED: u32 = 8;

/// The retries left to a whole export: a failure takes from it, a success gives back.
///
/// An outage is one failure, however long it is and however many pages meet it. Ten in a row exhaust
/// the budget; one failure for every five successes never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryBudget {
    tokens: u32,
}

impl RetryBudget {
    const CAP: u32 = 50;
    pub(crate) const FAILURE: u32 = 5;
    const LIMITED: u32 = 1;

    pub(crate) const fn cost(class: FailureClass) -> u32 {
        match class {
            FailureClass::Limited => Self::LIMITED,
            _ => Self::FAILURE,
        }
    }

    pub(crate) fn handle_success(&mut self) {
        self.tokens = Self::CAP.min(self.tokens + 1);
    }

    pub(crate) fn take(&mut self, cost: u32) -> bool {
        let left = self.tokens.checked_sub(cost);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tokens: Self::CAP }
    }
}

/// Failures that another attempt can outlast, by what they say about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureClass {
    /// The server limits the number of requests: 429.
    Limited,
    /// The server, or a limiter in front of it, has too many requests: 503.
    Overloaded,
    /// The server, or the connection to it, failed.
    Failed,
    /// The response cannot be read. It gets one retry, in case a gateway failed for a moment.
    Unreadable,
    /// The response came from a cache, where it will expire.
    Cached,
}

impl FailureClass {
    /// Whether only this page is concerned: it says nothing about the server.
    pub(crate) const fn is_of_one_page(self) -> bool {
        matches!(self, Self::Unreadable | Self::Cached)
    }
}

/// The class of an error; `None` if no retry can help.
pub(crate) fn class(error: &Error) -> Option<FailureClass> {
    match error.kind() {
        ErrorKind::Transport(failure)
            if matches!(
                failure.kind(),
                TransportErrorKind::Tls | TransportErrorKind::ProxyRefused
            ) =>
        {
            None
        }
        ErrorKind::RateLimited => Some(FailureClass::Limited),
        ErrorKind::Server if error.status() == Some(503) => Some(FailureClass::Overloaded),
        ErrorKind::Server | ErrorKind::Transport(_) => Some(FailureClass::Failed),
        ErrorKind::Response(ResponseError::Json(_) | ResponseError::NoSegments { .. }) => {
            Some(FailureClass::Unreadable)
        }
        ErrorKind::Response(ResponseError::Cached(_)) => Some(FailureClass::Cached),
        ErrorKind::Response(ResponseError::Http(failure)) => {
            (failure.kind() == TransportErrorKind::InvalidHttp).then_some(FailureClass::Unreadable)
        }
        _ => None,
    }
}

/// How long to wait after so many failed attempts (from 1). `unit` is the jitter, from 0 to 1.
pub(crate) fn delay(
    policy: &RetryPolicy,
    hint: Option<Duration>,
    limited: bool,
    attempts: u32,
    unit: f64,
) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let backoff = policy.backoff.saturating_mul(doubled).min(policy.max_backoff);
    let unit = if unit.is_finite() { unit.clamp(0.0, 1.0) } else { 0.0 };

    let delay = match hint {
        Some(hint) => hint.saturating_add(part(backoff.min(LONGEST_HINT_JITTER), unit)),
        // A failure may be over at any moment, a limit lasts: more than half of a longer backoff.
        None if limited => {
            let longer = backoff.saturating_mul(LIMITED).min(policy.max_backoff);
            let half = longer / 2;
            half.saturating_add(part(longer.saturating_sub(half), unit))
        }
        None => part(backoff, unit),
    };

    delay.max(SHORTEST_DELAY)
}

/// The jitter after a wait that many clients were asked for.
pub(crate) fn spread(unit: f64) -> Duration {
    part(LONGEST_HINT_JITTER, unit)
}

/// A part of a duration, never more than the whole: `Duration::mul_f64` rounds up, and panics where
/// that goes beyond the longest duration.
pub(crate) fn part(whole: Duration, unit: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * unit).map_or(whole, |part| part.min(whole))
}

/// The `count`th number from 0 to 1 of a seed: `SplitMix64`.
pub(crate) fn jitter(seed: u64, count: u64) -> f64 {
    let mut z = seed.wrapping_add(count.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    // 53 bits are what an f64 holds exactly.
    #[allow(clippy::cast_precision_loss)]
    let unit = (z >> 11) as f64 / (1_u64 << 53) as f64;
    unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::error::TransportError;
    use crate::message::json::{JsonError, JsonErrorKind, JsonPath};

    proptest! {
        #[test]
        fn jitter_is_a_part_of_one(seed: u64, count: u64) {
            prop_assert!((0.0..1.0).contains(&jitter(seed, count)));
        }
    }

    #[test]
    fn what_can_pass_is_sent_again_and_what_cannot_be_read_has_a_class_of_its_own() {
        let transport = |kind| ErrorKind::Transport(TransportError::new(kind, ""));
        let http = |kind| ErrorKind::Response(ResponseError::Http(TransportError::new(kind, "")));
        let json = JsonError::new(JsonPath::Page, JsonErrorKind::Empty);
        for (reason, expected) in [
            (ErrorKind::RateLimited, Some(FailureClass::Limited)),
            (ErrorKind::Server, Some(FailureClass::Failed)),
            (transport(TransportErrorKind::Closed), Some(FailureClass::Failed)),
            (transport(TransportErrorKind::StaleConnection), Some(FailureClass::Failed)),
            (transport(TransportErrorKind::Tls), None),
            (transport(TransportErrorKind::Proxy), Some(FailureClass::Failed)),
            (transport(TransportErrorKind::ProxyRefused), None),
            (transport(TransportErrorKind::ProxyUnavailable), Some(FailureClass::Failed)),
            (transport(TransportErrorKind::NoFileDescriptor), Some(FailureClass::Failed)),
            (http(TransportErrorKind::Http2Only), None),
            (ErrorKind::Response(ResponseError::Json(json)), Some(FailureClass::Unreadable)),
            (http(TransportErrorKind::InvalidHttp), Some(FailureClass::Unreadable)),
            (http(TransportErrorKind::BodyTooLarge), None),
            (ErrorKind::Response(ResponseError::Html), None),
            (ErrorKind::Refused, None),
        ] {
            assert_eq!(class(&Error::new(reason.clone())), expected, "{reason:?}");
        }
        let overloaded = Error::new(ErrorKind::Server).with_response(503, None, None);
        assert_eq!(class(&overloaded), Some(FailureClass::Overloaded));
    }

    #[test]
    fn the_budget_is_ten_failures_in_a_row_or_one_to_five() {
        let mut budget = RetryBudget::default();
        for _ in 0..10 {
            assert!(budget.take(RetryBudget::FAILURE));
        }
        assert!(!budget.take(RetryBudget::FAILURE));
        for _ in 0..1000 {
            (0..5).for_each(|_| budget.handle_success());
            assert!(budget.take(RetryBudget::FAILURE));
        }
        (0..1000).for_each(|_| budget.handle_success());
        assert_eq!(budget, RetryBudget::default());
    }

    #[test]
    fn a_limited_request_costs_a_fifth_of_a_failed_one() {
        let five = 5 * RetryBudget::cost(FailureClass::Limited);
        for class in [FailureClass::Overloaded, FailureClass::Failed, FailureClass::Unreadable] {
            assert_eq!(RetryBudget::cost(class), five, "{class:?}");
        }
    }

    // The first numbers that are published for SplitMix64 and this seed.
    #[test]
    fn jitter_is_split_mix_64() {
        for (count, number) in
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973_u64].into_iter().enumerate()
        {
            #[allow(clippy::cast_precision_loss)]
            let unit = (number >> 11) as f64 / 2.0_f64.powi(53);
            assert!((jitter(1_234_567, count as u64) - unit).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn a_limit_without_a_hint_outlasts_every_failure() {
        let policy = RetryPolicy::default();
        let sum = |limited, unit| {
            (1..5).map(|attempts| delay(&policy, None, limited, attempts, unit)).sum::<Duration>()
        };
        assert_eq!(sum(true, 0.0), Duration::from_secs(2 + 4 + 8 + 10));
        assert_eq!(sum(true, 1.0), Duration::from_secs(4 + 8 + 16 + 20));
        for attempts in 1..5 {
            let limited = delay(&policy, None, true, attempts, 0.0);
            assert!(limited > delay(&policy, None, false, attempts, 1.0), "{attempts}");
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_end() {
        let policy = RetryPolicy::default();
        let seconds = |attempts| delay(&policy, None, false, attempts, 1.0).as_secs_f64();
        let all: Vec<f64> = (1..9).map(seconds).collect();
        assert_eq!(all, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]);
        assert_eq!(delay(&policy, None, false, 9, 0.0), SHORTEST_DELAY);
        assert_eq!(delay(&policy, None, false, 9, f64::NAN), SHORTEST_DELAY);
        let (backoff, max_backoff) = (Duration::MAX, Duration::MAX);
        let endless = RetryPolicy { backoff, max_backoff, ..policy.clone() };
        assert_eq!(delay(&endless, None, false, 1, 1.0), Duration::MAX);
        let hint = Some(Duration::from_secs(7));
        assert_eq!(delay(&policy, hint, false, 9, 1.0), Duration::from_secs(9));
        assert_eq!(delay(&policy, Some(Duration::ZERO), true, 9, 0.0), SHORTEST_DELAY);
    }
}
