//! When an export sends and when it does not: waits, deadlines and limits, to the very edge.

use std::time::Duration;

use http::Response;
use segments_core::error::{PagingError, ResponseError};
use segments_core::export::Outcome;
use segments_core::report::Completeness;
use segments_core::{
    Api, ApiKey, Batch, ErrorKind, Export, Fetch, Goal, Instance, Page, Plan, Segment, Step,
    TransportError, TransportErrorKind,
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
    let fetch = export.poll_fetches(at(1)).remove(0);
    export.handle_response(&fetch, at(1), &last_for("abc", 10));
    let waits = export.poll_fetches(at(1)).is_empty();
    assert_eq!(export.report().waits, u64::from(waits));
    waits
}

#[test]
fn a_used_up_allowance_is_waited_for() {
    let mut export = export(Goal::Walk, 1, |_| ());
    let fetch = export.poll_fetches(at(1)).remove(0);
    let exchange = export.handle_response(&fetch, at(1), &last_for("abc", 10));
    assert!(exchange.to_string().contains(", 3 segments; the next request in 1"));
    assert!(matches!(export.poll(at(10)), Ok(Step::Batch(Batch::Segments(_)))));
    // Never sooner than asked, and not in the same moment as every other client.
    let until = export.poll_timeout(at(10)).unwrap();
    assert_eq!(exchange.pause(), until.saturating_sub(at(1)));
    assert!(until > at(11) && until <= at(13), "{until:?}");
    assert!(matches!(export.poll(at(10)), Ok(Step::Wait { until: same }) if same == until));
    assert_eq!(export.poll_timeout(until), None);
    let before = until.saturating_sub(Duration::from_nanos(1));
    assert_eq!(
        (pages(&export.poll_fetches(before)), pages(&export.poll_fetches(until))),
        (vec![], vec![1])
    );
    assert_eq!(export.report().waited, until.saturating_sub(at(1)));
}

#[test]
fn it_is_waited_for_if_the_plan_allows() {
    assert!(!paces(|plan| plan.retry.wait_for_quota = false));
    assert!(paces(|plan| plan.retry.max_wait = at(10)));
    assert!(!paces(|plan| plan.retry.max_wait = at(9)));
    assert!(paces(|plan| plan.deadline = Some(at(12))));
    assert!(!paces(|plan| plan.deadline = Some(at(11))));
}

#[test]
fn of_two_waits_the_longer_counts() {
    for (second, waits, until) in [(5, 1, 11), (10, 1, 11), (20, 2, 21)] {
        let mut export = export(Goal::Walk, 2, |_| ());
        let wanted = export.poll_fetches(at(1));
        export.handle_response(&wanted[1], at(1), &last_for("def", 10));
        export.handle_response(&wanted[0], at(1), &last_for("abc", second));
        assert_eq!(export.report().waits, waits, "{second} s");
        let poll_timeout = export.poll_timeout(at(1)).unwrap();
        assert!(
            (at(until)..=at(until + 2)).contains(&poll_timeout),
            "{second} s: {poll_timeout:?}"
        );
    }
}

#[test]
fn a_refusal_is_for_all_and_one_request_shows_whether_it_has_passed() {
    for status in [503, 429] {
        let mut export = export(Goal::Walk, 3, |_| ());
        let in_flight = export.poll_fetches(at(1));
        let exchange = export.handle_response(&in_flight[0], at(1), &refusal(status, 10));
        assert!(matches!(exchange.outcome(), Outcome::Retry { after, .. } if *after >= at(10)));
        assert!(exchange.pause() >= at(10), "{status}");
        assert!(export.poll_fetches(at(10)).is_empty(), "{status}");
        assert_eq!(pages(&export.poll_fetches(at(13))), [0], "{status}");
        assert_eq!(export.poll_fetches(at(13))[0].attempt(), 2);
        assert_eq!((export.report().retries, export.report().waits), (1, 1));
        // What was on its way is welcome, and shows nothing.
        export.handle_response(&in_flight[1], at(13), &page("def"));
        assert_eq!(pages(&export.poll_fetches(at(13))), [0], "{status}");
        let probe = export.poll_fetches(at(13)).remove(0);
        export.handle_response(&probe, at(13), &page("abc"));
        // A server that has refused has to answer for a while.
        assert_eq!(pages(&export.poll_fetches(at(13))), [2], "{status}");
        for next in ["ghi", "jkl", "mno", "pqr", "stu", "vwx", "yz!", "\"%&"] {
            let fetch = export.poll_fetches(at(13)).remove(0);
            export.handle_response(&fetch, at(13), &page(next));
        }
        assert_eq!(pages(&export.poll_fetches(at(13))), [10, 11], "{status}");
    }
}

#[test]
fn an_unreadable_answer_is_all_that_waits() {
    let mut export = export(Goal::Walk, 3, |_| ());
    let fetch = export.poll_fetches(at(1)).remove(1);
    let exchange =
        export.handle_response(&fetch, at(1), &Response::new(b"{\"segments\":[}".to_vec()));
    assert!(matches!(exchange.outcome(), Outcome::Retry { .. }));
    assert_eq!(pages(&export.poll_fetches(at(1))), [0, 2]);
    assert_eq!(pages(&export.poll_fetches(at(2))), [0, 1, 2]);
}

#[test]
fn of_two_answers_to_one_attempt_the_first_counts() {
    let mut export = export(Goal::Walk, 1, |_| ());
    let fetch = export.poll_fetches(at(1)).remove(0);
    assert!(matches!(
        export.handle_response(&fetch, at(1), &refusal(503, 1)).outcome(),
        Outcome::Retry { .. }
    ));
    assert_eq!(
        *export.handle_response(&fetch, at(1), &refusal(503, 1)).outcome(),
        Outcome::Ignored
    );
    assert_eq!((export.report().requests, export.report().retries), (2, 1));
    // What has come is come, whichever attempt it answers.
    assert_eq!(
        *export.handle_response(&fetch, at(1), &page("a")).outcome(),
        Outcome::Page { rows: 1 }
    );
}

/// What a driver says of a kept connection that the server has closed.
fn stale(export: &mut Export, fetch: &Fetch) -> Outcome {
    let failure = TransportError::new(TransportErrorKind::StaleConnection, "");
    export.handle_failure(fetch, at(1), failure).outcome().clone()
}

#[test]
fn a_stale_connection_is_replaced_at_once_and_for_free() {
    let mut export = export(Goal::Walk, 1, |plan| plan.retry.max_attempts = 1);
    for (count, ids) in ["abc", "def", "ghi"].into_iter().enumerate() {
        let first = export.poll_fetches(at(1)).remove(0);
        let outcome = stale(&mut export, &first);
        assert!(matches!(outcome, Outcome::Retry { after: Duration::ZERO, .. }), "{outcome:?}");
        assert_eq!(stale(&mut export, &first), Outcome::Ignored, "of two answers the first counts");
        let second = export.poll_fetches(at(1)).remove(0);
        assert_eq!((second.list(), second.attempt()), (first.list(), 1));
        assert_ne!(second.id(), first.id(), "a driver has to see that it is another");
        export.handle_response(&second, at(1), &page(ids));
        assert!(matches!(export.poll(at(1)), Ok(Step::Batch(Batch::Segments(_)))));
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
            let fetch = export.poll_fetches(now).remove(0);
            assert_eq!(fetch.attempt(), attempt);
            let failure = TransportError::new(TransportErrorKind::StaleConnection, "");
            let exchange = export.handle_failure(&fetch, now, failure);
            let retried = matches!(exchange.outcome(), Outcome::Retry { .. });
            assert_eq!(retried, left || attempt == 1, "{:?}", exchange.outcome());
        }
    }
    let report = export.report();
    assert_eq!((report.stale_connections, report.retries, report.requests), (2, 1, 4));
    assert!(export.poll(at(200)).is_err());
}

#[test]
fn what_lies_ahead_may_fail_but_not_for_all() {
    for (status, held) in [(404, true), (500, true), (401, false), (403, false), (429, false)] {
        let mut export = export(Goal::Walk, 2, |plan| plan.retry.max_attempts = 1);
        let wanted = export.poll_fetches(at(1));
        let exchange = export.handle_response(&wanted[1], at(1), &refusal(status, 1));
        assert_eq!(matches!(exchange.outcome(), Outcome::Held { .. }), held, "{status}");
        assert_eq!(export.poll(at(1)).is_ok(), held, "{status}");
        let first = export.handle_response(&wanted[0], at(1), &page("a"));
        assert_eq!(*first.outcome() == Outcome::Ignored, !held, "{status}");
        if held {
            assert!(matches!(export.poll(at(1)), Ok(Step::Batch(Batch::Segments(_)))));
            assert_eq!(export.poll(at(1)).unwrap_err().status(), Some(status));
        }
    }
}

#[test]
fn no_page_is_asked_for_beyond_the_most() {
    for most in 1..6 {
        // And the two behind it, that nothing is there.
        let export = export(Goal::Walk, 4, |plan| plan.max_pages = most);
        assert_eq!(pages(&export.poll_fetches(at(1))), (0..(most + 2).min(4)).collect::<Vec<_>>());
    }
}

#[test]
fn a_body_of_the_longest_length_is_read() {
    let body = page("abc").body().len();
    for (max_body, read) in [(body, true), (body - 1, false)] {
        let mut export = export(Goal::Walk, 1, |plan| plan.max_body = max_body);
        assert_eq!(export.plan().max_body, max_body);
        let fetch = export.poll_fetches(at(1)).remove(0);
        let exchange = export.handle_response(&fetch, at(1), &page("abc"));
        assert_eq!(matches!(exchange.outcome(), Outcome::Page { .. }), read, "{max_body}");
    }
}

#[test]
fn what_is_no_http_is_no_failure_of_the_transport() {
    for (kind, protocol) in [
        (TransportErrorKind::BodyTooLarge, true),
        (TransportErrorKind::HeadTooLarge, true),
        (TransportErrorKind::InvalidHttp, true),
        (TransportErrorKind::Http2Only, true),
        (TransportErrorKind::ProxyRefused, false),
        (TransportErrorKind::Closed, false),
        (TransportErrorKind::Tls, false),
    ] {
        let mut export = export(Goal::Walk, 1, |plan| plan.retry.max_attempts = 1);
        let fetch = export.poll_fetches(at(1)).remove(0);
        export.handle_failure(&fetch, at(1), TransportError::new(kind, ""));
        let error = export.poll(at(1)).unwrap_err();
        let http = matches!(error.kind(), ErrorKind::Response(ResponseError::Http(_)));
        assert_eq!(http, protocol, "{kind:?}");
    }
}

#[test]
fn the_deadline_itself_is_too_late_to_ask() {
    let mut export = export(Goal::Walk, 1, |plan| plan.deadline = Some(at(5)));
    let fetch = export.poll_fetches(at(4)).remove(0);
    assert_eq!(fetch.timeout(), at(1));
    assert_eq!((export.poll_timeout(at(4)), export.poll_timeout(at(5))), (Some(at(5)), None));
    assert!(export.poll_fetches(at(5)).is_empty());
    // What comes at the last moment has come in time, and what comes after it has not.
    let late = at(5) + Duration::from_nanos(1);
    assert_eq!(*export.handle_response(&fetch, late, &page("a")).outcome(), Outcome::Ignored);
    let in_time = export.handle_response(&fetch, at(5), &page("a"));
    assert_eq!(*in_time.outcome(), Outcome::Page { rows: 1 });
    assert!(matches!(export.poll(at(5)), Ok(Step::Batch(Batch::Segments(_)))));
    assert_eq!(*export.poll(at(5)).unwrap_err().kind(), ErrorKind::Deadline);
}

#[test]
fn an_export_that_was_to_prove_something_and_failed_has_not() {
    for (goal, claim) in [
        (Goal::Walk, Completeness::Unverified),
        (Goal::Complete, Completeness::NotProven),
        (Goal::Snapshot, Completeness::NotProven),
    ] {
        let mut export = export(goal, 1, |plan| plan.deadline = Some(at(9)));
        assert_eq!(export.poll_timeout(at(1)), Some(at(9)));
        // What is not proven yet is not proven.
        assert_eq!(export.report().completeness, claim, "{goal}");
        let fetch = export.poll_fetches(at(1)).remove(0);
        export.handle_response(&fetch, at(1), &refusal(401, 1));
        assert_eq!(export.report().completeness, claim, "{goal}");
        assert_eq!((export.poll_timeout(at(1)), export.poll_fetches(at(1)).len()), (None, 0));
    }
}

#[test]
fn a_late_answer_that_uses_up_the_requests_ends_the_export() {
    for late in [Ok(page("ab")), Err(TransportError::new(TransportErrorKind::Closed, ""))] {
        let mut export = export(Goal::Walk, 1, |plan| plan.max_requests = 2);
        let fetch = export.poll_fetches(at(0)).remove(0);
        export.handle_response(&fetch, at(1), &page("ab"));
        match late {
            Ok(second) => export.handle_response(&fetch, at(1), &second),
            Err(failure) => export.handle_failure(&fetch, at(1), failure),
        };

        assert!(matches!(export.poll(at(1)), Ok(Step::Batch(Batch::Segments(_)))));
        let error = export.poll(at(1)).unwrap_err();
        let limit = PagingError::RequestLimit { requests: 2 };
        assert_eq!(*error.kind(), ErrorKind::Paging(limit), "nothing is left to wait for");
    }
}
