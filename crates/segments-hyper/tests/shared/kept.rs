//! Connections that are kept, and that the server closes when it likes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segments_core::{ErrorKind, Goal, Plan, Segment, TransportErrorKind};

use super::server::{Asked, Reply, Server};
use super::tls::Authority;
use super::{Outcome, Route, read, read_over};

/// The list is whole, and no attempt, wait or budget went into it.
#[track_caller]
fn assert_free(outcome: &Outcome) {
    let segments = outcome.result.as_ref().unwrap();
    let ids: HashSet<_> = segments.iter().map(Segment::id).collect();
    assert_eq!((segments.len(), ids.len()), (250, 250));
    assert_eq!((outcome.report.retries, outcome.report.waits), (0, 0), "{:?}", outcome.exchanges);
}

/// What a dead connection does with the request that finds it so.
fn dead(asked: &Asked) -> Reply {
    if asked.number % 2 == 0 { Reply::Bytes(Vec::new()) } else { Reply::Reset(Vec::new()) }
}

#[test]
fn t8_a_connection_that_closes_on_its_second_request_is_replaced_for_free() {
    for window in [1, 4] {
        let server = Server::start(|asked| match asked.before {
            0 => Reply::Good,
            _ => dead(asked),
        });
        let outcome = read(&server.url(), |plan| plan.window = window);
        assert_free(&outcome);
        // With a window, some are given up behind the end.
        let asked = server.heads().len() as u64;
        assert!(
            outcome.report.requests <= asked && (window > 1 || outcome.report.requests == asked)
        );
        // Three pages and the end: whatever came second was lost.
        assert!(
            outcome.report.stale_connections >= u64::from(window == 1),
            "{:?}",
            outcome.exchanges
        );
        assert!(outcome.report.requests - outcome.report.stale_connections >= 4);
    }
}

#[test]
fn t8_the_same_under_tls() {
    let authority = Authority::new();
    let tls = authority.server("127.0.0.1", |_| {});
    let server = Server::with_tls(Some(tls), |asked| match asked.before {
        0 => Reply::Good,
        _ => dead(asked),
    });
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), only: true, proxy: None };
    let outcome = read_over(&server.url(), route, |plan| plan.window = 1);
    assert_free(&outcome);
    assert_eq!(outcome.report.stale_connections, 3, "{:?}", outcome.exchanges);
}

#[test]
fn t7_a_connection_that_closes_behind_every_answer_costs_nothing() {
    for window in [1, 4] {
        let server = Server::start(|_| Reply::GoodThenClose);
        assert_free(&read(&server.url(), |plan| plan.window = window));
    }
}

/// With a length, in chunks, behind an interim response.
#[test]
fn t7_a_connection_is_kept_whatever_form_the_response_before_had() {
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let server = Server::start(|asked| match asked.number {
        1 => Reply::GoodBehind(CONTINUE.to_vec()),
        2 | 4 => Reply::GoodInChunks,
        _ => Reply::Good,
    });
    let outcome = read(&server.url(), |plan| {
        plan.goal = Goal::Complete;
        plan.window = 1;
    });
    assert_free(&outcome);
    assert_eq!((outcome.report.requests, server.connections()), (5, 1), "{:?}", outcome.exchanges);
}

/// As a firewall does that forgets connections in a wait, or a server that restarts: when all that
/// are kept are dead, a request meets one of them and no more.
#[test]
fn t8_no_request_goes_from_one_dead_connection_to_the_next() {
    const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    // Which connections there are, and which of them were forgotten behind the answer to page 2.
    let last = AtomicUsize::new(0);
    let forgotten = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let last = last.fetch_max(asked.connection, Ordering::SeqCst).max(asked.connection);
        let gone = forgotten.load(Ordering::SeqCst);
        if gone == 0 && asked.page() == 2 {
            forgotten.store(last + 1, Ordering::SeqCst);
            return Reply::Keep(BUSY.to_vec());
        }
        if asked.before > 0 && asked.connection < gone { dead(asked) } else { Reply::Good }
    });
    let outcome = read(&server.url(), |plan| plan.window = 4);
    assert_eq!(outcome.result.as_ref().unwrap().len(), 250);
    assert_eq!(outcome.report.retries, 1, "the 503 alone: {:?}", outcome.exchanges);
}

/// The end of a list, as a response that nobody asked for.
fn empty() -> Vec<u8> {
    let body = r#"{"segments":[],"message":"success"}"#;
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads from a server, in plain text and under TLS.
fn read_both(answer: fn(&Asked) -> Reply, change: impl Fn(&mut Plan), check: impl Fn(&Outcome)) {
    check(&read(&Server::start(answer).url(), &change));

    let authority = Authority::new();
    let server = Server::with_tls(Some(authority.server("127.0.0.1", |_| {})), answer);
    let pem = authority.pem();
    let route = Route { trust: Some(&pem), only: true, proxy: None };
    check(&read_over(&server.url(), route, &change));
}

/// Taken for the answer to the next request, it would end the list early.
#[test]
fn t8_a_response_that_nobody_asked_for_is_not_the_next_one() {
    for window in [1, 4] {
        let twice = |_: &Asked| Reply::GoodAnd(empty());
        read_both(twice, |plan| plan.window = window, assert_free);
    }
}

#[test]
fn t8_nor_is_one_that_comes_while_the_connection_is_idle() {
    const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    let late = |asked: &Asked| match asked.number {
        1 => Reply::KeepAndLate(BUSY.to_vec(), Duration::from_millis(50), empty()),
        _ => Reply::Good,
    };
    let unhurried = |plan: &mut Plan| {
        plan.window = 1;
        plan.retry.backoff = Duration::from_secs(2);
    };
    read_both(late, unhurried, |outcome| {
        assert_eq!(outcome.result.as_ref().unwrap().len(), 250, "{:?}", outcome.exchanges);
        assert_eq!(outcome.report.retries, 1, "the 503 alone: {:?}", outcome.exchanges);
    });
}

#[test]
fn t8_once_only_and_then_it_is_an_attempt() {
    let server = Server::start(|asked| match asked.page() {
        1 => dead(asked),
        _ => Reply::Good,
    });
    let outcome = read(&server.url(), |plan| {
        plan.window = 1;
        plan.retry.max_attempts = 2;
    });
    let error = outcome.result.unwrap_err();
    let ErrorKind::Transport(failure) = error.kind() else { panic!("{error:?}") };
    assert_eq!((failure.kind(), error.attempts()), (TransportErrorKind::Closed, 2));
    let asked = server.heads().iter().filter(|head| head.contains("page=1")).count();
    assert_eq!(asked, 3, "one for free");
    assert_eq!((outcome.report.stale_connections, outcome.report.retries), (1, 1));
}

#[test]
fn t8_a_byte_of_an_answer_makes_it_an_attempt() {
    let server = Server::start(|asked| match asked.before {
        1 if asked.connection == 0 => Reply::Bytes(b"HTTP/1.1 2".to_vec()),
        _ => Reply::Good,
    });
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_eq!(outcome.result.unwrap().len(), 250);
    assert_eq!((outcome.report.stale_connections, outcome.report.retries), (0, 1));
}

#[test]
fn t5_a_new_connection_that_closes_is_an_attempt() {
    let server = Server::start(|asked| match asked.number {
        0 => dead(asked),
        _ => Reply::Good,
    });
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_eq!(outcome.result.unwrap().len(), 250);
    assert_eq!((outcome.report.stale_connections, outcome.report.retries), (0, 1));
}
