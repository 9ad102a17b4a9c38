use proptest::prelude::*;

use super::*;
use crate::message::error::{PagingError, ResponseError, TransportError};
use crate::message::headers::WaitHint;
use crate::message::json::{JsonError, JsonErrorKind, JsonPath};

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn attempts(policy: &RetryPolicy, deadline: Option<Duration>) -> Attempts<u32> {
    Attempts::new(policy, deadline, 7, RequestCounters::default(), Duration::ZERO)
}

fn failed(reason: ErrorKind, wait: Option<Duration>) -> Error {
    Error::new(reason).with_hint(wait.map(|wait| WaitHint { wait, until: None }))
}

fn unreadable() -> Error {
    let json = JsonError::new(JsonPath::Page, JsonErrorKind::Empty);
    Error::new(ErrorKind::Response(ResponseError::Json(json)))
}

fn closed() -> Error {
    Error::new(ErrorKind::Transport(TransportError::new(TransportErrorKind::Closed, "")))
}

fn reason() -> impl Strategy<Value = ErrorKind> {
    let transport = |kind| ErrorKind::Transport(TransportError::new(kind, ""));
    let http = |kind| ErrorKind::Response(ResponseError::Http(TransportError::new(kind, "")));
    prop_oneof![
        Just(ErrorKind::RateLimited),
        Just(ErrorKind::Server),
        Just(transport(TransportErrorKind::Closed)),
        Just(transport(TransportErrorKind::StaleConnection)),
        Just(transport(TransportErrorKind::Tls)),
        Just(http(TransportErrorKind::InvalidHttp)),
        Just(http(TransportErrorKind::BodyTooLarge)),
        Just(ErrorKind::Refused),
        Just(ErrorKind::Response(ResponseError::Html)),
        Just(ErrorKind::Paging(PagingError::NoProgress { pages: 3 })),
        Just(ErrorKind::Deadline),
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
    let any = (any::<u8>(), duration(), duration(), duration(), any::<bool>()).prop_map(
        |(attempts, max_wait, backoff, max_backoff, wait_for_quota)| RetryPolicy {
            max_attempts: attempts.into(),
            max_wait,
            backoff,
            max_backoff,
            wait_for_quota,
        },
    );
    prop_oneof![Just(RetryPolicy::default()), any]
}

/// What becomes of a request for one of three pages.
#[derive(Debug, Clone)]
enum Event {
    Fails(ErrorKind, Option<Duration>),
    Succeeds,
    Pauses(Duration),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (reason(), proptest::option::of(duration())).prop_map(|(a, b)| Event::Fails(a, b)),
        2 => Just(Event::Succeeds),
        1 => duration().prop_map(Event::Pauses),
    ]
}

proptest! {
    #[test]
    fn a_decision_keeps_every_limit(
        policy in policy(),
        deadline in proptest::option::of(duration()),
        events in proptest::collection::vec((0_u32..3, duration(), duration(), event()), 1..40),
    ) {
        let mut attempts = attempts(&policy, deadline);
        let mut now = Duration::ZERO;
        for (page, later, before, event) in events {
            now = now.saturating_add(later);
            let asked_at = now.saturating_sub(before);
            let closed = attempts.closed_until();
            let counts = attempts.counts.clone();
            match event {
                Event::Succeeds => {
                    attempts.handle_success(page, asked_at, now);
                    prop_assert_eq!(attempts.attempt(page).number, 1);
                }
                Event::Pauses(wait) => {
                    attempts.wait_for_quota(now, Some(wait));
                    let until = attempts.closed_until();
                    prop_assert!(until == closed || until >= now.saturating_add(wait));
                    prop_assert!(until == closed || policy.wait_for_quota && wait <= policy.max_wait);
                    prop_assert!(until == closed || deadline.is_none_or(|end| until < end));
                }
                Event::Fails(reason, wait) => {
                    let number = attempts.attempt(page).number;
                    if number > policy.max_attempts.max(1) {
                        continue;
                    }
                    let error = failed(reason, wait);
                    let budget = attempts.budget;
                    match attempts.handle_failure(page, asked_at, now, &error) {
                        Decision::RetryAt(at) if attempts.attempt(page).replacement => {
                            prop_assert!(is_stale(&error) && at == now);
                            prop_assert_eq!(attempts.attempt(page).number, number);
                            prop_assert_eq!((attempts.budget, counts.waits), (budget, attempts.counts.waits));
                        }
                        Decision::RetryAt(at) => {
                            prop_assert!(at >= now.saturating_add(wait.unwrap_or_default()));
                            prop_assert!(attempts.ready_at(page) >= at);
                            prop_assert!(deadline.is_none_or(|deadline| at < deadline));
                            prop_assert!(wait.is_none_or(|wait| wait <= policy.max_wait));
                            prop_assert!(number < policy.max_attempts.max(1));
                            prop_assert!(attempts.attempt(page).number > number);
                            prop_assert_eq!(attempts.counts.retries, counts.retries + 1);
                            if wait.is_none() {
                                let longest = policy.max_backoff.max(Duration::from_millis(50));
                                let latest = now.saturating_add(longest).max(closed);
                                prop_assert!(at <= latest, "{at:?} {latest:?}");
                            }
                        }
                        Decision::Final(why) => {
                            prop_assert_eq!(attempts.budget, budget, "what is final costs nothing");
                            prop_assert_eq!(attempts.closed_until(), closed);
                            prop_assert_eq!(why.is_some(), retry::class(&error).is_some());
                        }
                    }
                }
            }
            prop_assert!(attempts.closed_until() >= closed, "a wait is not taken back");
            prop_assert!(attempts.max_in_flight().is_none_or(|most| most >= 1));
        }
    }

    #[test]
    fn who_is_asked_to_wait_longer_never_asks_sooner(
        policy in policy(),
        waits in (duration(), duration()),
        now in duration(),
    ) {
        let until = |wait| {
            let mut attempts = attempts(&policy, None);
            let error = failed(ErrorKind::RateLimited, Some(wait));
            match attempts.handle_failure(0, now, now, &error) {
                Decision::RetryAt(at) => at,
                // Not at all is later than ever.
                Decision::Final(_) => Duration::MAX,
            }
        };
        let (a, b) = waits;
        prop_assert!(until(a.min(b)) <= until(a.max(b)));
    }
}

#[test]
fn the_longest_wait_is_waited_and_the_deadline_is_none() {
    let policy = RetryPolicy { backoff: Duration::ZERO, ..RetryPolicy::default() };
    let decide = |wait, deadline| {
        let error = failed(ErrorKind::Server, Some(wait));
        attempts(&policy, deadline).handle_failure(0, at(0), at(0), &error)
    };
    let longest = policy.max_wait;
    assert_eq!(decide(longest, None), Decision::RetryAt(longest));
    assert_eq!(decide(longest, Some(longest)), Decision::Final(Some(GaveUp::Deadline)));
    let longer = longest + Duration::from_nanos(1);
    assert_eq!(decide(longest, Some(longer)), Decision::RetryAt(longest));
    assert_eq!(decide(longer, None), Decision::Final(Some(GaveUp::Wait)));
}

/// Whether the last of these failures of one page, one after the other, is final.
fn ends(max_attempts: u32, errors: &[Error]) -> Vec<bool> {
    let policy = RetryPolicy { max_attempts, ..RetryPolicy::default() };
    let mut attempts = attempts(&policy, None);
    let mut now = Duration::ZERO;
    let mut fail = |error| match attempts.handle_failure(0, now, now, error) {
        Decision::RetryAt(at) => {
            now = at;
            false
        }
        Decision::Final(why) => {
            assert_eq!(why, Some(GaveUp::Attempts));
            true
        }
    };
    errors.iter().map(&mut fail).collect()
}

#[test]
fn an_unreadable_response_is_asked_for_once_more_whatever_else_failed() {
    let server = || failed(ErrorKind::Server, None);
    let limited = || failed(ErrorKind::RateLimited, Some(at(1)));
    for other in [server, limited, closed] {
        assert_eq!(ends(5, &[other(), unreadable()]), [false, false]);
        assert_eq!(ends(5, &[unreadable(), other()]), [false, false]);
        assert_eq!(ends(5, &[unreadable(), other(), unreadable()]), [false, false, true]);
        assert_eq!(ends(3, &[other(), other(), unreadable()]), [false, false, true]);
    }
    assert_eq!(ends(5, &[unreadable(), unreadable()]), [false, true]);
    assert_eq!(ends(1, &[unreadable()]), [true]);
    assert_eq!(ends(0, &[closed()]), [true]);
}

#[test]
fn what_fails_together_is_one_failure() {
    let mut attempts = attempts(&RetryPolicy::default(), None);
    let before = attempts.budget;
    let Decision::RetryAt(until) = attempts.handle_failure(0, at(1), at(2), &closed()) else {
        panic!()
    };
    let spent = attempts.budget;
    assert_ne!(spent, before);
    for page in 1..16 {
        // Sent before the first was known to have failed.
        assert_eq!(
            attempts.handle_failure(page, at(2), at(2), &closed()),
            Decision::RetryAt(until)
        );
    }
    assert_eq!((attempts.budget, attempts.closed_until()), (spent, until));
    assert_eq!((attempts.counts.waits, attempts.counts.retries), (1, 16));
    assert_eq!(attempts.max_in_flight(), Some(1));

    // The same outage, met by a page that had not failed.
    let Decision::RetryAt(later) = attempts.handle_failure(16, until, until, &closed()) else {
        panic!()
    };
    assert!(later > until);
    assert_eq!((attempts.budget, attempts.attempt(16).number), (spent, 3));

    // What was sent before shows nothing; what was sent after ends it.
    attempts.handle_success(3, at(2), later);
    assert_eq!(attempts.max_in_flight(), Some(1));
    attempts.handle_success(4, later, later);
    assert_eq!(attempts.max_in_flight(), Some(2));
    attempts.handle_failure(17, later + at(1), later + at(1), &closed());
    assert_eq!(attempts.attempt(17).number, 2, "another outage");
}

#[test]
fn an_unreadable_response_stops_nobody_else() {
    let mut attempts = attempts(&RetryPolicy::default(), None);
    let Decision::RetryAt(until) = attempts.handle_failure(3, at(1), at(1), &unreadable()) else {
        panic!()
    };
    assert!(until > at(1));
    assert_eq!((attempts.ready_at(3), attempts.ready_at(4)), (until, at(0)));
    assert_eq!(attempts.max_in_flight(), None);
}

#[test]
fn two_clients_do_not_wake_together_after_an_empty_allowance() {
    let wakes: std::collections::BTreeSet<Duration> = (0..20)
        .map(|seed| {
            let policy = RetryPolicy::default();
            let mut attempts =
                Attempts::<u32>::new(&policy, None, seed, RequestCounters::default(), at(0));
            attempts.wait_for_quota(at(3), Some(at(10)));
            attempts.closed_until()
        })
        .collect();
    assert_eq!(wakes.len(), 20);
    assert!(wakes.iter().all(|until| (at(13)..=at(15)).contains(until)), "{wakes:?}");
    let spread = wakes.last().unwrap().saturating_sub(*wakes.first().unwrap());
    assert!(spread > at(1), "{spread:?}");
}

#[test]
fn a_pause_that_jitter_would_carry_past_the_deadline_has_none() {
    let mut attempts = attempts(&RetryPolicy::default(), Some(at(10) + Duration::from_nanos(1)));
    attempts.wait_for_quota(at(0), Some(at(10)));
    assert_eq!(attempts.closed_until(), at(10));
}
