//! Past findings, each with its smallest example.

use std::time::Duration;

use http::Response;
use segments_core::error::PagingError;
use segments_core::export::{Outcome, ResumeError};
use segments_core::{Batch, ErrorKind, Export, Goal, Page, Plan, Segment, Step};
use segments_tests::properties::{QuietList, api, goals};

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn page(ids: &str) -> Response<Vec<u8>> {
    let segment = |id: char| Segment::new(id.to_string(), "", true, [""; 0]).unwrap();
    ids.chars().map(segment).collect::<Page>().to_http()
}

fn plan(goal: Goal, window: u16) -> Plan {
    let mut plan = Plan::new(goal);
    plan.window = window;
    plan
}

/// Answers whatever is wanted, one request after another, until there is nothing more.
fn answer_all(export: &mut Export, answer: impl Fn(u32) -> Response<Vec<u8>>) {
    while let Some(fetch) = export.poll_fetches(at(1)).into_iter().next() {
        export.handle_response(&fetch, at(1), &answer(fetch.list().page));
    }
}

fn resume(export: &Export) -> Export {
    Export::resume(api(), export.plan().clone(), export.checkpoint(at(1))).unwrap()
}

#[test]
fn an_ended_export_is_the_same_after_a_checkpoint() {
    for goal in goals() {
        for count in [1, 3, 6, 7] {
            let list = QuietList { count, page_size: 3 };
            let mut plan = plan(goal, 1);
            plan.page_size = 3;
            let mut export = Export::new(api(), plan);
            while let Some(fetch) = export.poll_fetches(at(1)).into_iter().next() {
                export.handle_response(&fetch, at(1), &list.page(fetch.list()).to_http());
            }
            let before = export.report();
            assert!(before.ended);
            let after = resume(&export).report();
            let facts = |report: &segments_core::Report| {
                (report.completeness, report.segments, report.order.clone(), report.snapshot)
            };
            assert_eq!(facts(&after), facts(&before), "{goal}, {count} segments");
        }
    }
}

#[test]
fn a_fault_survives_a_checkpoint() {
    let pages = |number| page(["abc", "def", "", "g"].get(number as usize).unwrap_or(&""));
    let mut export = Export::new(api(), plan(Goal::Walk, 1));
    answer_all(&mut export, pages);
    let failed = |export: &mut Export| {
        while let Ok(Step::Batch(Batch::Segments(_))) = export.poll(at(1)) {}
        export.poll(at(1)).is_err()
    };
    let resumed = Export::resume(api(), export.plan().clone(), export.checkpoint(at(1)));

    assert!(failed(&mut export));
    assert_eq!(resumed.err(), Some(ResumeError::Failed));
}

#[test]
fn the_most_pages_are_the_most_in_any_order() {
    let pages = |number| page(["abc", "def", "g", ""].get(number as usize).unwrap_or(&""));
    for order in [[0, 1, 2, 3], [3, 2, 1, 0]] {
        let mut plan = plan(Goal::Walk, 4);
        plan.max_pages = 2;
        let mut export = Export::new(api(), plan);
        let wanted = export.poll_fetches(at(1));
        for number in order {
            let Some(fetch) = wanted.get(number) else { continue };
            export.handle_response(fetch, at(1), &pages(fetch.list().page));
        }
        answer_all(&mut export, pages);
        while let Ok(Step::Batch(Batch::Segments(_))) = export.poll(at(1)) {}
        assert_eq!(export.poll(at(1)).unwrap_err().kind().name(), "paging", "{order:?}");
    }
}

#[test]
fn a_page_behind_the_end_does_no_harm() {
    for window in [1, 4] {
        let mut export = Export::new(api(), plan(Goal::Walk, window));
        let mut first = export.poll_fetches(at(1));
        first.reverse();
        for fetch in first {
            let mut response = page(if fetch.list().page == 0 { "a" } else { "" });
            if fetch.list().page > 1 {
                *response.status_mut() = http::StatusCode::NOT_FOUND;
            }
            export.handle_response(&fetch, at(1), &response);
        }
        answer_all(&mut export, |_| page(""));
        while let Ok(Step::Batch(Batch::Segments(_))) = export.poll(at(1)) {}
        assert!(matches!(export.poll(at(1)), Ok(Step::Done(_))), "window {window}");
    }
}

#[test]
fn the_last_page_is_not_waited_for() {
    let mut export = Export::new(api(), plan(Goal::Walk, 1));
    answer_all(&mut export, |number| {
        let mut response = page(if number == 0 { "a" } else { "" });
        let headers = response.headers_mut();
        headers.insert("date", "Wed, 17 Jun 2020 20:57:03 GMT".parse().unwrap());
        headers.insert("x-ratelimit-reset", "1592427600".parse().unwrap());
        let remaining = if number == 0 { "1" } else { "0" };
        headers.insert("x-ratelimit-remaining", remaining.parse().unwrap());
        response
    });

    let report = export.report();
    assert!(report.ended);
    assert_eq!((report.waits, report.waited), (0, Duration::ZERO));
}

#[test]
fn the_interval_holds_every_question() {
    let mut export = Export::new(api(), plan(Goal::Walk, 2));
    let early = export.poll_fetches(at(3));
    let failure = segments_core::TransportError::new(segments_core::TransportErrorKind::Closed, "");
    export.handle_failure(&early[0], at(4), failure);
    let late = export.poll_fetches(at(60)).remove(0);
    export.handle_response(&late, at(61), &page("a"));
    export.handle_response(&early[1], at(62), &page(""));
    let report = export.report();

    assert!(report.ended);

    let interval = report.interval.unwrap();
    assert_eq!((interval.start, interval.end), (at(3), at(62)));
}

// A failure that was held until its page is due was counted, and the limit not looked at.
#[test]
fn a_failure_ahead_counts_towards_the_limit() {
    let mut limited = plan(Goal::Walk, 2);
    limited.max_requests = 2;
    let mut export = Export::new(api(), limited);
    let both = export.poll_fetches(at(1));
    let failure = segments_core::TransportError::new(segments_core::TransportErrorKind::Closed, "");
    export.handle_failure(&both[0], at(1), failure);
    let mut refused = page("");
    *refused.status_mut() = http::StatusCode::BAD_REQUEST;
    let exchange = export.handle_response(&both[1], at(1), &refused);

    assert!(matches!(exchange.outcome(), Outcome::Failed { .. }), "{exchange:?}");
    assert!(export.poll_fetches(at(1)).is_empty());

    let error = export.poll(at(1)).unwrap_err();
    let limit = PagingError::RequestLimit { requests: 2 };

    assert_eq!(*error.kind(), ErrorKind::Paging(limit));
}

#[test]
fn a_wait_survives_a_checkpoint() {
    let mut export = Export::new(api(), plan(Goal::Walk, 1));
    let fetch = export.poll_fetches(at(1)).remove(0);
    let mut response = page("");
    *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert("retry-after", "100".parse().unwrap());
    let exchange = export.handle_response(&fetch, at(1), &response);

    assert!(matches!(exchange.outcome(), Outcome::Retry { .. }));
    assert!(export.poll_fetches(at(50)).is_empty());

    // The new process begins at once; its zero is the moment of the checkpoint.
    assert!(resume(&export).poll_fetches(at(49)).is_empty());
}
