//! When a failed request is sent again: pure functions of values.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, GaveUp, Reason};
use crate::failure::FailureKind;
use crate::fault::ProtocolFault;

/// When, and how often, a failed request is sent again.
///
/// Every request is a `GET` and a page counts only when it was read whole, so sending again is
/// always safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts at one page, the first included; 0 counts as 1. Default 5.
    pub max_attempts: u32,
    /// The longest single wait that a server can ask for; beyond it the export ends at once and
    /// names the time. Default 5 minutes.
    pub max_wait: Duration,
    /// The first backoff where the server gives no hint; it doubles with every attempt, and the
    /// real delay is drawn between 50 ms and it. After a 429 it is eight times as long, and the
    /// delay is at least half of it. Default 500 ms.
    pub backoff: Duration,
    /// The longest backoff. Default 20 s.
    pub max_backoff: Duration,
    /// Whether a successful answer that says `X-RateLimit-Remaining: 0` delays the next request
    /// to the reset, if that is no further than `max_wait`. Default true.
    pub pace: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_wait: Duration::from_secs(300),
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            pace: true,
        }
    }
}

/// Two answers a moment apart meet the same trouble.
const SHORTEST_DELAY: Duration = Duration::from_millis(50);

/// Jitter behind a hint: enough to spread clients that were all told the same second.
const LONGEST_HINT_JITTER: Duration = Duration::from_secs(2);

/// By so much longer is the backoff from a rate limit that does not say how long it lasts.
const LIMITED: u32 = 8;

/// The retries left to a whole export: a failure takes from it, a success gives back.
///
/// Ten failures in a row exhaust it, however many pages they fall on, and one retry to five
/// successes can go on for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetryBudget {
    tokens: u32,
    cap: u32,
}

impl RetryBudget {
    const CAP: u32 = 50;
    const FAILURE: u32 = 5;
    const THROTTLED: u32 = 1;

    /// A full budget; whoever allows more attempts at one page allows them to be made.
    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        let cap = Self::CAP.max(policy.max_attempts.saturating_mul(Self::FAILURE));
        Self { tokens: cap, cap }
    }

    pub(crate) fn succeed(&mut self) {
        self.tokens = self.cap.min(self.tokens + 1);
    }

    fn take(&mut self, cost: u32) -> bool {
        let left = self.tokens.checked_sub(cost);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send again, no sooner than at this time.
    RetryAt(Duration),
    /// Do not; where it could have been, because of this.
    Final(Option<GaveUp>),
}

/// Decides about the failure of attempt number `attempts` (from 1) at time `now`. `unit` is the
/// jitter, from 0 to 1.
pub(crate) fn decide(
    policy: &RetryPolicy,
    budget: &mut RetryBudget,
    error: &Error,
    attempts: u32,
    now: Duration,
    deadline: Option<Duration>,
    unit: f64,
) -> Decision {
    let Some(most) = most_attempts(policy, error.reason()) else { return Decision::Final(None) };
    let hint = error.wait();
    if hint.is_some_and(|wait| wait > policy.max_wait) {
        return Decision::Final(Some(GaveUp::Wait));
    }
    if attempts >= most {
        return Decision::Final(Some(GaveUp::Attempts));
    }
    let limited = *error.reason() == Reason::RateLimited;
    let at = now.saturating_add(delay(policy, hint, limited, attempts, unit));
    if deadline.is_some_and(|deadline| at >= deadline) {
        return Decision::Final(Some(GaveUp::Deadline));
    }
    let throttled = hint.is_some() && limited;
    if budget.take(if throttled { RetryBudget::THROTTLED } else { RetryBudget::FAILURE }) {
        Decision::RetryAt(at)
    } else {
        Decision::Final(Some(GaveUp::Budget))
    }
}

/// How often a page can be asked for when it fails like this; `None`: once.
fn most_attempts(policy: &RetryPolicy, reason: &Reason) -> Option<u32> {
    let most = policy.max_attempts.max(1);
    match reason {
        Reason::Transport(failure) if failure.kind() == FailureKind::Tls => None,
        Reason::RateLimited | Reason::Server | Reason::Transport(_) => Some(most),
        // A whole answer that cannot be read: once more, for the sake of a passing gateway error.
        Reason::Protocol(ProtocolFault::Json(_)) => Some(most.min(2)),
        Reason::Protocol(ProtocolFault::Http(failure)) => {
            (failure.kind() == FailureKind::Malformed).then_some(most.min(2))
        }
        _ => None,
    }
}

fn delay(
    policy: &RetryPolicy,
    hint: Option<Duration>,
    limited: bool,
    attempts: u32,
    unit: f64,
) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let backoff = policy.backoff.saturating_mul(doubled).min(policy.max_backoff);
    let unit = if unit.is_finite() { unit.clamp(0.0, 1.0) } else { 0.0 };
    match hint {
        Some(hint) => hint.saturating_add(part(backoff.min(LONGEST_HINT_JITTER), unit)),
        // A limit is not over by chance, as a failure can be: more than half of a longer backoff.
        None if limited => {
            let longer = backoff.saturating_mul(LIMITED).min(policy.max_backoff);
            let half = longer / 2;
            half.saturating_add(part(longer.saturating_sub(half), unit)).max(SHORTEST_DELAY)
        }
        None => part(backoff, unit).max(SHORTEST_DELAY),
    }
}

/// A part of a duration, never more than the whole: `Duration::mul_f64` rounds up, and panics where
/// that goes beyond the longest duration.
fn part(whole: Duration, unit: f64) -> Duration {
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
    use crate::failure::Failure;
    use crate::fault::PagingFault;
    use crate::malformed::{Malformed, Place, Problem};
    use crate::rate_limit::WaitHint;

    fn reason() -> impl Strategy<Value = Reason> {
        let transport = |kind| Reason::Transport(Failure::new(kind, ""));
        let http = |kind| Reason::Protocol(ProtocolFault::Http(Failure::new(kind, "")));
        prop_oneof![
            Just(Reason::RateLimited),
            Just(Reason::Server),
            Just(transport(FailureKind::Closed)),
            Just(transport(FailureKind::Tls)),
            Just(http(FailureKind::Malformed)),
            Just(http(FailureKind::BodyTooLarge)),
            Just(Reason::Refused),
            Just(Reason::Protocol(ProtocolFault::Html)),
            Just(Reason::Paging(PagingFault::NoProgress { pages: 3 })),
            Just(Reason::Deadline),
        ]
    }

    /// Mostly seconds to hours, and now and then the end of time.
    fn duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            4 => (0_u64..10_000_000).prop_map(Duration::from_millis),
            1 => (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(s, n)| Duration::new(s, n)),
            1 => Just(Duration::MAX),
        ]
    }

    fn policy() -> impl Strategy<Value = RetryPolicy> {
        (any::<u8>(), duration(), duration(), duration()).prop_map(
            |(attempts, max_wait, backoff, max_backoff)| RetryPolicy {
                max_attempts: attempts.into(),
                max_wait,
                backoff,
                max_backoff,
                pace: true,
            },
        )
    }

    fn failed(reason: Reason, wait: Option<Duration>) -> Error {
        Error::new(reason).with_hint(wait.map(|wait| WaitHint { wait, until: None }))
    }

    /// Any number, the ones that are none included.
    fn unit() -> impl Strategy<Value = f64> {
        prop_oneof![3 => 0.0..1.0, 1 => any::<f64>()]
    }

    proptest! {
        #[test]
        fn a_decision_keeps_every_limit(
            policy in prop_oneof![Just(RetryPolicy::default()), policy()],
            reason in reason(),
            wait in proptest::option::of(duration()),
            attempts in prop_oneof![0_u32..8, any::<u32>()],
            now in duration(),
            deadline in proptest::option::of(duration()),
            unit in unit(),
            spent in 0_u32..60,
        ) {
            let error = failed(reason, wait);
            let mut budget = RetryBudget::new(&policy);
            budget.tokens = budget.tokens.saturating_sub(spent);
            let before = budget;
            let decision =
                decide(&policy, &mut budget, &error, attempts, now, deadline, unit);
            prop_assert!(budget.tokens <= budget.cap);
            match decision {
                Decision::RetryAt(at) => {
                    prop_assert!(at >= now.saturating_add(wait.unwrap_or_default()));
                    prop_assert!(at >= now.saturating_add(SHORTEST_DELAY.min(Duration::MAX.saturating_sub(now)))
                        || wait.is_some());
                    prop_assert!(deadline.is_none_or(|deadline| at < deadline));
                    prop_assert!(wait.is_none_or(|wait| wait <= policy.max_wait));
                    prop_assert!(attempts < policy.max_attempts.max(1));
                    prop_assert!(budget.tokens < before.tokens);
                    if wait.is_none() {
                        let longest = policy.max_backoff.max(SHORTEST_DELAY);
                        prop_assert!(at <= now.saturating_add(longest));
                    }
                }
                Decision::Final(why) => {
                    prop_assert_eq!(budget, before, "what is final costs nothing");
                    let retryable = most_attempts(&policy, error.reason()).is_some();
                    prop_assert_eq!(why.is_some(), retryable);
                }
            }
            budget.succeed();
            prop_assert!(budget.tokens <= budget.cap);
        }

        #[test]
        fn who_is_asked_to_wait_longer_never_asks_sooner(
            policy in prop_oneof![Just(RetryPolicy::default()), policy()],
            waits in (duration(), duration()),
            attempts in 0_u32..8,
            now in duration(),
            unit in unit(),
        ) {
            let at = |wait| {
                let error = failed(Reason::RateLimited, Some(wait));
                let mut budget = RetryBudget::new(&policy);
                match decide(&policy, &mut budget, &error, attempts, now, None, unit) {
                    Decision::RetryAt(at) => at,
                    // Not at all is later than ever.
                    Decision::Final(_) => Duration::MAX,
                }
            };
            let (a, b) = waits;
            prop_assert!(at(a.min(b)) <= at(a.max(b)));
        }

        #[test]
        fn jitter_is_a_part_of_one(seed: u64, count: u64) {
            prop_assert!((0.0..1.0).contains(&jitter(seed, count)));
        }
    }

    #[test]
    fn what_can_pass_is_sent_again_and_what_cannot_be_read_once() {
        let transport = |kind| Reason::Transport(Failure::new(kind, ""));
        let http = |kind| Reason::Protocol(ProtocolFault::Http(Failure::new(kind, "")));
        let json = Malformed::new(Place::Page, Problem::Empty);
        for (reason, most) in [
            (Reason::RateLimited, Some(5)),
            (Reason::Server, Some(5)),
            (transport(FailureKind::Closed), Some(5)),
            (transport(FailureKind::Tls), None),
            (Reason::Protocol(ProtocolFault::Json(json)), Some(2)),
            (http(FailureKind::Malformed), Some(2)),
            (http(FailureKind::BodyTooLarge), None),
            (Reason::Protocol(ProtocolFault::Html), None),
            (Reason::Refused, None),
        ] {
            assert_eq!(most_attempts(&RetryPolicy::default(), &reason), most, "{reason:?}");
        }
        let once = RetryPolicy { max_attempts: 0, ..RetryPolicy::default() };
        let json = Reason::Protocol(ProtocolFault::Json(json));
        assert_eq!(most_attempts(&once, &json), Some(1));
    }

    #[test]
    fn the_budget_is_ten_failures_in_a_row_or_one_to_five() {
        let policy = RetryPolicy::default();
        let error = failed(Reason::Server, None);
        let decide = |budget: &mut RetryBudget| {
            super::decide(&policy, budget, &error, 1, Duration::ZERO, None, 0.5)
        };
        let mut budget = RetryBudget::new(&policy);
        for _ in 0..10 {
            assert!(matches!(decide(&mut budget), Decision::RetryAt(_)));
        }
        assert_eq!(decide(&mut budget), Decision::Final(Some(GaveUp::Budget)));
        for _ in 0..1000 {
            (0..5).for_each(|_| budget.succeed());
            assert!(matches!(decide(&mut budget), Decision::RetryAt(_)));
        }
    }

    #[test]
    fn a_throttled_request_costs_a_fifth_of_a_failed_one() {
        let policy = RetryPolicy::default();
        let cost = |reason, wait| {
            let (mut budget, error) = (RetryBudget::new(&policy), failed(reason, wait));
            let before = budget.tokens;
            super::decide(&policy, &mut budget, &error, 1, Duration::ZERO, None, 0.5);
            before - budget.tokens
        };
        let wait = Some(Duration::from_secs(1));
        assert_eq!(cost(Reason::RateLimited, wait), 1);
        assert_eq!(cost(Reason::RateLimited, None), 5);
        assert_eq!(cost(Reason::Server, wait), 5);
    }

    #[test]
    fn the_longest_wait_is_waited_and_the_deadline_is_none() {
        let policy = RetryPolicy::default();
        let decide = |wait, deadline| {
            let (mut budget, error) = (RetryBudget::new(&policy), failed(Reason::Server, wait));
            super::decide(&policy, &mut budget, &error, 1, Duration::ZERO, deadline, 0.0)
        };
        let at = policy.max_wait;
        assert_eq!(decide(Some(at), None), Decision::RetryAt(at));
        let deadline = Decision::Final(Some(GaveUp::Deadline));
        assert_eq!(decide(Some(at), Some(at)), deadline);
        let longer = at + Duration::from_nanos(1);
        assert_eq!(decide(Some(at), Some(longer)), Decision::RetryAt(at));
        assert_eq!(decide(Some(longer), None), Decision::Final(Some(GaveUp::Wait)));
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
    }
}
