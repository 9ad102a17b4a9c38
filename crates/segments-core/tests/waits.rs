//! When an export sends and when it does not: waits, deadlines and limits, to the very edge.

use std::time::Duration;

use http::Response;
use segments_core::{
    Api, ApiKey, Completeness, Export, Failure, FailureKind, Fetch, Goal, Instance, Outcome, Page,
    Plan, ProtocolFault, Reason, Segment, Step,
};

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn export(goal: Goal, window: u16, change: impl FnOnce(&mut Plan)) -> Export {
    let mut plan = Plan::new(goal);
    plan.window = window;
    change(&mut plan);
    Export::new(Api::new(Instance::Us01.into(), ApiKey::new("key").unwrap()), plan)
}

fn page(ids: &str) -> Response<Vec<u8>> {
    let segment = |id: char| Segment::new(id.to_string(), "", true, [""; 0]).unwrap();
    ids.chars().map(segment).collect::<Page>().to_http()
}

/// A page with the news that nothing more is allowed for so many seconds.
fn last_for(ids: &str, seconds: u64) -> Response<Vec<u8>> {
    let mut response = page(ids);
    let headers = response.headers_mut();
    headers.insert("date", "Wed, 17 Jun 2020 20:57:03 GMT".parse().unwrap());
    // The server's clock shows seconds, so one is added to every difference.
    headers.insert("x-ratelimit-reset", (1_592_427_423 + seconds - 1).into());
    headers.insert("x-ratelimit-remaining", 0.into());
    response
}

fn refusal(status: u16, retry_after: u64) -> Response<Vec<u8>> {
    let response = Response::builder().status(status).header("retry-after", retry_after);
    response.body(Vec::new()).unwrap()
}

fn pages(fetches: &[Fetch]) -> Vec<u32> {
    fetches.iter().map(|fetch| fetch.list().page).collect()
}

/// Whether an export waits once its first answer, at second 1, says that 10 seconds are to be
/// waited.
fn paces(change: impl FnOnce(&mut Plan)) -> bool {
    let mut export = export(Goal::Walk, 1, change);
    let fetch = export.wanted(at(1)).remove(0);
    export.receive(&fetch, at(1), &last_for("abc", 10));
    let waits = export.wanted(at(1)).is_empty();
    assert_eq!(export.report().waits, u64::from(waits));
    waits
}

#[test]
fn a_used_up_allowance_is_waited_for() {
    let mut export = export(Goal::Walk, 1, |_| ());
    let fetch = export.wanted(at(1)).remove(0);
    export.receive(&fetch, at(1), &last_for("abc", 10));
    assert!(matches!(export.next(at(10)), Ok(Step::Segments(_))));
    assert!(matches!(export.next(at(10)), Ok(Step::Wait { until }) if until == at(11)));
    assert_eq!((export.wake_at(at(10)), export.wake_at(at(11))), (Some(at(11)), None));
    assert_eq!((pages(&export.wanted(at(10))), pages(&export.wanted(at(11)))), (vec![], vec![1]));
    assert_eq!(export.report().waited, at(10));
}

#[test]
fn it_is_waited_for_if_the_plan_allows() {
    assert!(!paces(|plan| plan.retry.pace = false));
    assert!(paces(|plan| plan.retry.max_wait = at(10)));
    assert!(!paces(|plan| plan.retry.max_wait = at(9)));
    assert!(paces(|plan| plan.deadline = Some(at(12))));
    assert!(!paces(|plan| plan.deadline = Some(at(11))));
}

#[test]
fn of_two_waits_the_longer_counts() {
    for (second, waits, until) in [(5, 1, 11), (10, 1, 11), (20, 2, 21)] {
        let mut export = export(Goal::Walk, 2, |_| ());
        let wanted = export.wanted(at(1));
        export.receive(&wanted[1], at(1), &last_for("def", 10));
        export.receive(&wanted[0], at(1), &last_for("abc", second));
        assert_eq!(export.report().waits, waits, "{second} s");
        assert_eq!(export.wake_at(at(1)), Some(at(until)), "{second} s");
    }
}

#[test]
fn a_refused_request_is_all_that_waits_unless_the_allowance_is_used_up() {
    for (status, others) in [(503, vec![1, 2]), (429, vec![])] {
        let mut export = export(Goal::Walk, 3, |_| ());
        let fetch = export.wanted(at(1)).remove(0);
        let exchange = export.receive(&fetch, at(1), &refusal(status, 10));
        assert!(matches!(exchange.outcome(), Outcome::Retry { after, .. } if *after >= at(10)));
        assert_eq!(pages(&export.wanted(at(10))), others, "{status}");
        assert_eq!(pages(&export.wanted(at(13))), [0, 1, 2], "{status}");
        assert_eq!(export.wanted(at(13))[0].attempt(), 2);
        assert_eq!((export.report().retries, export.report().waits), (1, 1));
    }
}

#[test]
fn of_two_answers_to_one_attempt_the_first_counts() {
    let mut export = export(Goal::Walk, 1, |_| ());
    let fetch = export.wanted(at(1)).remove(0);
    assert!(matches!(
        export.receive(&fetch, at(1), &refusal(503, 1)).outcome(),
        Outcome::Retry { .. }
    ));
    assert_eq!(*export.receive(&fetch, at(1), &refusal(503, 1)).outcome(), Outcome::Ignored);
    assert_eq!((export.report().requests, export.report().retries), (2, 1));
    // What has come is come, whichever attempt it answers.
    assert_eq!(*export.receive(&fetch, at(1), &page("a")).outcome(), Outcome::Page { rows: 1 });
}

/// What a driver says of a kept connection that the server has closed.
fn stale(export: &mut Export, fetch: &Fetch) -> Outcome {
    let failure = Failure::new(FailureKind::StaleConnection, "");
    export.fail(fetch, at(1), failure).outcome().clone()
}

#[test]
fn a_stale_connection_is_replaced_at_once_and_for_free() {
    let mut export = export(Goal::Walk, 1, |plan| plan.retry.max_attempts = 1);
    for (count, ids) in ["abc", "def", "ghi"].into_iter().enumerate() {
        let first = export.wanted(at(1)).remove(0);
        let outcome = stale(&mut export, &first);
        assert!(matches!(outcome, Outcome::Retry { after: Duration::ZERO, .. }), "{outcome:?}");
        assert_eq!(stale(&mut export, &first), Outcome::Ignored, "of two answers the first counts");
        let second = export.wanted(at(1)).remove(0);
        assert_eq!((second.list(), second.attempt()), (first.list(), 1));
        assert_ne!(second.id(), first.id(), "a driver has to see that it is another");
        export.receive(&second, at(1), &page(ids));
        assert!(matches!(export.next(at(1)), Ok(Step::Segments(_))));
        let report = export.report();
        assert_eq!((report.stale_connections, report.retries), (count as u64 + 1, 0));
        assert_eq!((report.waits, report.requests), (0, 3 * (count as u64 + 1)));
    }
}

#[test]
fn a_replacement_that_is_stale_too_counts_as_a_failure() {
    let mut export = export(Goal::Walk, 1, |plan| plan.retry.max_attempts = 2);
    for attempt in [1, 2] {
        for left in [true, false] {
            let now = at(60 * u64::from(attempt));
            let fetch = export.wanted(now).remove(0);
            assert_eq!(fetch.attempt(), attempt);
            let failure = Failure::new(FailureKind::StaleConnection, "");
            let exchange = export.fail(&fetch, now, failure);
            let retried = matches!(exchange.outcome(), Outcome::Retry { .. });
            assert_eq!(retried, left || attempt == 1, "{:?}", exchange.outcome());
        }
    }
    let report = export.report();
    assert_eq!((report.stale_connections, report.retries, report.requests), (2, 1, 4));
    assert!(export.next(at(200)).is_err());
}

#[test]
fn what_lies_ahead_may_fail_but_not_for_all() {
    for (status, held) in [(404, true), (500, true), (401, false), (403, false), (429, false)] {
        let mut export = export(Goal::Walk, 2, |plan| plan.retry.max_attempts = 1);
        let wanted = export.wanted(at(1));
        let exchange = export.receive(&wanted[1], at(1), &refusal(status, 1));
        assert_eq!(matches!(exchange.outcome(), Outcome::Held { .. }), held, "{status}");
        assert_eq!(export.next(at(1)).is_ok(), held, "{status}");
        let first = export.receive(&wanted[0], at(1), &page("a"));
        assert_eq!(*first.outcome() == Outcome::Ignored, !held, "{status}");
        if held {
            assert!(matches!(export.next(at(1)), Ok(Step::Segments(_))));
            assert_eq!(export.next(at(1)).unwrap_err().status(), Some(status));
        }
    }
}

#[test]
fn no_page_is_asked_for_beyond_the_most() {
    for most in 1..6 {
        let export = export(Goal::Walk, 4, |plan| plan.max_pages = most);
        assert_eq!(pages(&export.wanted(at(1))), (0..most.min(4)).collect::<Vec<_>>());
    }
}

#[test]
fn a_body_of_the_longest_length_is_read() {
    let body = page("abc").body().len();
    for (max_body, read) in [(body, true), (body - 1, false)] {
        let mut export = export(Goal::Walk, 1, |plan| plan.max_body = max_body);
        assert_eq!(export.plan().max_body, max_body);
        let fetch = export.wanted(at(1)).remove(0);
        let exchange = export.receive(&fetch, at(1), &page("abc"));
        assert_eq!(matches!(exchange.outcome(), Outcome::Page { .. }), read, "{max_body}");
    }
}

#[test]
fn what_is_no_http_is_no_failure_of_the_transport() {
    for (kind, protocol) in [
        (FailureKind::BodyTooLarge, true),
        (FailureKind::HeadTooLarge, true),
        (FailureKind::Malformed, true),
        (FailureKind::Closed, false),
        (FailureKind::Tls, false),
    ] {
        let mut export = export(Goal::Walk, 1, |plan| plan.retry.max_attempts = 1);
        let fetch = export.wanted(at(1)).remove(0);
        export.fail(&fetch, at(1), Failure::new(kind, ""));
        let error = export.next(at(1)).unwrap_err();
        let http = matches!(error.reason(), Reason::Protocol(ProtocolFault::Http(_)));
        assert_eq!(http, protocol, "{kind:?}");
    }
}

#[test]
fn the_deadline_itself_is_too_late() {
    let mut export = export(Goal::Walk, 1, |plan| plan.deadline = Some(at(5)));
    let fetch = export.wanted(at(4)).remove(0);
    assert_eq!(fetch.timeout(), at(1));
    assert_eq!((export.wake_at(at(4)), export.wake_at(at(5))), (Some(at(5)), None));
    assert!(export.wanted(at(5)).is_empty());
    assert_eq!(*export.next(at(5)).unwrap_err().reason(), Reason::Deadline);
    assert_eq!(*export.receive(&fetch, at(5), &page("a")).outcome(), Outcome::Ignored);
}

#[test]
fn an_export_that_was_to_prove_something_and_failed_has_not() {
    for (goal, claim) in [
        (Goal::Walk, Completeness::Unverified),
        (Goal::Complete, Completeness::NotProven),
        (Goal::Snapshot, Completeness::NotProven),
    ] {
        let mut export = export(goal, 1, |plan| plan.deadline = Some(at(9)));
        assert_eq!(export.wake_at(at(1)), Some(at(9)));
        assert_eq!(export.report().completeness, Completeness::Unverified);
        let fetch = export.wanted(at(1)).remove(0);
        export.receive(&fetch, at(1), &refusal(401, 1));
        assert_eq!(export.report().completeness, claim, "{goal}");
        assert_eq!((export.wake_at(at(1)), export.wanted(at(1)).len()), (None, 0));
    }
}
