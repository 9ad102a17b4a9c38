//! What a broken peer can do to a reader.

use std::collections::HashSet;
use std::time::Duration;

use segments_core::error::ResponseError;
use segments_core::{ErrorKind, Segment, TransportErrorKind};
use segments_tests::peer::Nobody;

use super::server::{Asked, Reply, Server};
use super::{Outcome, read};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

fn always(bytes: impl Into<Vec<u8>>) -> Server {
    let bytes = bytes.into();
    Server::start(move |_| Reply::Bytes(bytes.clone()))
}

fn assert_whole(outcome: &Outcome) {
    let segments = outcome.result.as_ref().unwrap();
    let ids: HashSet<_> = segments.iter().map(Segment::id).collect();
    assert_eq!((segments.len(), ids.len()), (250, 250));
}

/// The kind by which the export ended, in whichever reason it is wrapped.
fn failure(outcome: &Outcome) -> TransportErrorKind {
    match outcome.result.as_ref().unwrap_err().kind() {
        ErrorKind::Transport(failure) | ErrorKind::Response(ResponseError::Http(failure)) => {
            failure.kind()
        }
        reason => panic!("{reason:?}"),
    }
}

#[test]
fn a_good_server_is_read_whole_over_one_connection() {
    let server = Server::start(|_| Reply::Good);
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_whole(&outcome);
    assert_eq!(server.connections(), 1);
    assert_eq!(outcome.exchanges.len(), server.heads().len());
}

#[test]
fn a_request_has_its_headers_once_and_asks_for_no_compression() {
    let server = Server::start(|_| Reply::Good);
    assert_whole(&read(&server.url(), |_| {}));
    let expected = ["accept", "authorization", "cache-control", "host", "user-agent"];
    for head in server.heads() {
        let lines: Vec<_> = head.trim_end().split("\r\n").collect();
        let mut names: Vec<_> = lines[1..]
            .iter()
            .map(|line| line.split_once(':').unwrap().0.to_ascii_lowercase())
            .collect();
        names.sort();
        assert_eq!(names, expected, "{head}");
        assert!(lines[0].starts_with("GET /segments/list?"), "{head}");
        assert!(head.contains(&format!("{}", server.addr())), "{head}");
        assert!(head.to_ascii_lowercase().contains("user-agent: segments/"), "{head}");
    }
}

#[test]
fn t5_a_server_that_always_closes_ends_the_export_after_its_attempts() {
    let server = always("");
    let outcome = read(&server.url(), |plan| {
        plan.window = 1;
        plan.retry.max_attempts = 2;
    });
    assert_eq!(failure(&outcome), TransportErrorKind::Closed);
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn t2_nobody_there_is_no_connection() {
    let nobody = Nobody::new();
    let url = format!("http://{}", nobody.addr());
    let outcome = read(&url, |plan| plan.retry.max_attempts = 1);
    assert_eq!(failure(&outcome), TransportErrorKind::Connect);
}

#[test]
fn t1_a_name_that_does_not_exist_is_named() {
    let outcome = read("https://segments.invalid", |plan| plan.retry.max_attempts = 1);
    assert_eq!(failure(&outcome), TransportErrorKind::Dns);
}

#[test]
fn h7_a_body_without_end_is_read_no_further_than_the_limit() {
    const LIMIT: usize = 1 << 20;
    let server = Server::start(|_| {
        Reply::Endless(format!("{HEAD}transfer-encoding: chunked\r\n\r\n").into())
    });
    let outcome = read(&server.url(), |plan| {
        plan.window = 1;
        plan.max_body = LIMIT;
    });
    assert_eq!(failure(&outcome), TransportErrorKind::BodyTooLarge);
    assert_eq!(server.heads().len(), 1, "it is final");
    // What the kernel's buffers hold comes on top.
    assert!(server.written() < LIMIT as u64 + (32 << 20), "{}", server.written());
}

#[test]
fn h6_a_declared_length_is_believed_before_anything_is_read() {
    let server = always(format!("{HEAD}content-length: 99000000000\r\n\r\n"));
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_eq!(failure(&outcome), TransportErrorKind::BodyTooLarge);
    assert_eq!(server.heads().len(), 1, "it is final");
}

#[test]
fn h7_a_body_of_exactly_the_limit_is_taken() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let server = always(format!("{HEAD}content-length: {}\r\n\r\n{body}", body.len()));
    let outcome = read(&server.url(), |plan| plan.max_body = body.len());
    assert_eq!(outcome.result.unwrap(), []);
    let outcome = read(&server.url(), |plan| plan.max_body = body.len() - 1);
    assert_eq!(failure(&outcome), TransportErrorKind::BodyTooLarge);
}

#[test]
fn h8_a_head_that_is_too_large_is_final() {
    let endless = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 20));
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(100 << 10));
    let many = |status| format!("HTTP/1.1 {status}\r\n{}\r\n", "x-one: 1\r\n".repeat(101));
    for bytes in [endless, long, many("200 OK"), many("103 Early Hints")] {
        let server = always(bytes);
        let outcome = read(&server.url(), |plan| plan.window = 1);
        assert_eq!(failure(&outcome), TransportErrorKind::HeadTooLarge);
        assert_eq!(server.heads().len(), 1, "it is final");
    }
}

#[test]
fn h8_a_head_within_the_limits_is_taken() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let length = format!("content-length: {}\r\n\r\n{body}", body.len());
    let long = format!("{HEAD}x-long: {}\r\n{length}", "x".repeat(50 << 10));
    let many = format!("{HEAD}{}{length}", "x-one: 1\r\n".repeat(98));
    for bytes in [long, many] {
        assert_eq!(read(&always(bytes).url(), |_| {}).result.unwrap(), []);
    }
}

#[test]
fn h8_the_limit_of_a_head_is_the_plans() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let head = format!("x-long: {}\r\ncontent-length: {}", "x".repeat(2 << 10), body.len());
    let server = always(format!("{HEAD}{head}\r\n\r\n{body}"));
    let outcome = read(&server.url(), |plan| plan.max_head = 1 << 10);
    assert_eq!(failure(&outcome), TransportErrorKind::HeadTooLarge);
    assert_eq!(read(&server.url(), |plan| plan.max_head = 3 << 10).result.unwrap(), []);
}

#[test]
fn t7_a_connection_closed_after_every_page_costs_connections_only() {
    let server = Server::start(|_| Reply::GoodThenClose);
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_whole(&outcome);
    assert!(server.connections() >= 3);
}

#[test]
fn an_observer_sees_every_exchange_and_no_page_is_handed_out_twice() {
    let server = Server::start(|asked: &Asked| match asked.number {
        1 => Reply::Bytes(Vec::new()),
        2 if asked.page() > 0 => Reply::Reset(Vec::new()),
        _ => Reply::Good,
    });
    let outcome = read(&server.url(), |_| {});
    assert_whole(&outcome);
    assert!(outcome.exchanges.len() >= 5, "{:?}", outcome.exchanges);
}

#[test]
fn h11_interim_answers_without_end_run_out_of_time() {
    let server = Server::start(|_| Reply::Repeat(b"HTTP/1.1 100 Continue\r\n\r\n".into()));
    let outcome = read(&server.url(), |plan| {
        plan.timeout = Duration::from_millis(300);
        plan.retry.max_attempts = 1;
    });
    assert_eq!(failure(&outcome), TransportErrorKind::Timeout);
}
