//! What a broken peer can do to a reader.

use std::collections::HashSet;
use std::time::Duration;

use segments_core::{FailureKind, ProtocolFault, Reason, Segment};

use super::server::{Asked, Reply, Server, nobodys_url};
use super::{Outcome, read};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// The first request is answered with `bytes`, all others well.
fn first(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| if asked.number == 0 { reply() } else { Reply::Good })
}

fn always(bytes: impl Into<Vec<u8>>) -> Server {
    let bytes = bytes.into();
    Server::start(move |_| Reply::Bytes(bytes.clone()))
}

fn assert_whole(outcome: &Outcome) {
    let segments = outcome.result.as_ref().unwrap();
    let ids: HashSet<_> = segments.iter().map(Segment::id).collect();
    assert_eq!((segments.len(), ids.len()), (250, 250));
}

/// It came out whole, after one try that ended like this.
fn assert_recovered(outcome: &Outcome, how: &str) {
    assert_whole(outcome);
    let retries = outcome.exchanges.iter().filter(|line| line.contains("again in"));
    assert!(retries.eq(outcome.exchanges.iter().filter(|line| line.contains(how))), "{outcome:?}");
    assert!(outcome.exchanges.iter().any(|line| line.contains(how)), "{:?}", outcome.exchanges);
}

/// The kind by which the export ended, in whichever reason it is wrapped.
fn failure(outcome: &Outcome) -> FailureKind {
    match outcome.result.as_ref().unwrap_err().reason() {
        Reason::Transport(failure) | Reason::Protocol(ProtocolFault::Http(failure)) => {
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
fn a_truncated_body_is_fetched_again() {
    let server = first(|| Reply::Bytes(format!("{HEAD}content-length: 999\r\n\r\n{{").into()));
    assert_recovered(&read(&server.url(), |_| {}), "ended before");
}

#[test]
fn a_body_cut_where_only_its_json_shows_it_is_fetched_again() {
    let server = first(|| Reply::Bytes(format!("{HEAD}\r\n{{\"segments\":[").into()));
    assert_recovered(&read(&server.url(), |_| {}), "ended before");
}

#[test]
fn a_connection_closed_without_a_word_is_tried_again() {
    let server = first(|| Reply::Bytes(Vec::new()));
    assert_recovered(&read(&server.url(), |_| {}), "ended before");
}

#[test]
fn a_reset_is_tried_again() {
    let server = first(|| Reply::Reset(Vec::new()));
    assert_recovered(&read(&server.url(), |_| {}), "ended before");
    let server = first(|| Reply::Reset(format!("{HEAD}content-length: 999\r\n\r\n{{").into()));
    assert_recovered(&read(&server.url(), |_| {}), "ended before");
}

#[test]
fn a_server_that_always_closes_ends_the_export_after_its_attempts() {
    let server = always("");
    let outcome = read(&server.url(), |plan| {
        plan.window = 1;
        plan.retry.max_attempts = 2;
    });
    assert_eq!(failure(&outcome), FailureKind::Closed);
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn nobody_there_is_no_connection() {
    let outcome = read(&nobodys_url(), |plan| plan.retry.max_attempts = 1);
    assert_eq!(failure(&outcome), FailureKind::Connect);
}

#[test]
fn a_name_that_does_not_exist_is_named() {
    let outcome = read("https://segments.invalid", |plan| plan.retry.max_attempts = 1);
    assert_eq!(failure(&outcome), FailureKind::Dns);
}

#[test]
fn a_head_that_trickles_runs_out_of_time() {
    let server = first(|| Reply::Drip(b"HTTP/1.1 200 OK\r\nx-slow: ".into()));
    let outcome = read(&server.url(), |plan| plan.timeout = Duration::from_secs(2));
    assert_recovered(&outcome, "in time");
}

#[test]
fn a_body_that_trickles_runs_out_of_time() {
    let server = first(|| Reply::Drip(format!("{HEAD}content-length: 9999\r\n\r\n{{").into()));
    let outcome = read(&server.url(), |plan| plan.timeout = Duration::from_secs(2));
    assert_recovered(&outcome, "in time");
}

#[test]
fn a_body_without_end_is_read_no_further_than_the_limit() {
    const LIMIT: usize = 1 << 20;
    let server = Server::start(|_| {
        Reply::Endless(format!("{HEAD}transfer-encoding: chunked\r\n\r\n").into())
    });
    let outcome = read(&server.url(), |plan| {
        plan.window = 1;
        plan.max_body = LIMIT;
    });
    assert_eq!(failure(&outcome), FailureKind::BodyTooLarge);
    assert_eq!(server.heads().len(), 1, "it is final");
    // What the kernel's buffers hold comes on top.
    assert!(server.written() < LIMIT as u64 + (32 << 20), "{}", server.written());
}

#[test]
fn a_declared_length_is_believed_before_anything_is_read() {
    let server = always(format!("{HEAD}content-length: 99000000000\r\n\r\n"));
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_eq!(failure(&outcome), FailureKind::BodyTooLarge);
    assert_eq!(server.heads().len(), 1, "it is final");
}

#[test]
fn a_body_of_exactly_the_limit_is_taken() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let server = always(format!("{HEAD}content-length: {}\r\n\r\n{body}", body.len()));
    let outcome = read(&server.url(), |plan| plan.max_body = body.len());
    assert_eq!(outcome.result.unwrap(), []);
    let outcome = read(&server.url(), |plan| plan.max_body = body.len() - 1);
    assert_eq!(failure(&outcome), FailureKind::BodyTooLarge);
}

#[test]
fn a_head_that_is_too_large_is_final() {
    let endless = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(1 << 20));
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(100 << 10));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-one: 1\r\n".repeat(200));
    for bytes in [endless, long, many] {
        let server = always(bytes);
        let outcome = read(&server.url(), |plan| plan.window = 1);
        assert_eq!(failure(&outcome), FailureKind::HeadTooLarge);
        assert_eq!(server.heads().len(), 1, "it is final");
    }
}

#[test]
fn a_head_within_the_limits_is_taken() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let length = format!("content-length: {}\r\n\r\n{body}", body.len());
    let long = format!("{HEAD}x-long: {}\r\n{length}", "x".repeat(50 << 10));
    let many = format!("{HEAD}{}{length}", "x-one: 1\r\n".repeat(120));
    for bytes in [long, many] {
        assert_eq!(read(&always(bytes).url(), |_| {}).result.unwrap(), []);
    }
}

#[test]
fn a_redirect_leads_nowhere() {
    for status in [301, 302, 303, 307, 308] {
        let trap = Server::start(|_| Reply::Good);
        let server = always(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}/segments/list\r\ncontent-length: 0\r\n\r\n",
            trap.url()
        ));
        let outcome = read(&server.url(), |plan| plan.window = 1);
        let error = outcome.result.unwrap_err();
        let redirect = Reason::Protocol(ProtocolFault::Redirect { host: Some("127.0.0.1".into()) });
        assert_eq!((error.reason(), error.status()), (&redirect, Some(status)));
        assert_eq!((server.heads().len(), trap.connections()), (1, 0));
    }
}

#[test]
fn a_connection_closed_after_every_page_costs_connections_only() {
    let server = Server::start(|_| Reply::GoodThenClose);
    let outcome = read(&server.url(), |plan| plan.window = 1);
    assert_whole(&outcome);
    assert!(server.connections() >= 3);
}

#[test]
fn two_framings_at_once_are_refused() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let server = always(format!(
        "{HEAD}content-length: {0}\r\ntransfer-encoding: chunked\r\n\r\n{0:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    ));
    let outcome = read(&server.url(), |plan| plan.window = 1);
    let error = outcome.result.unwrap_err();
    assert_eq!(error.reason(), &Reason::Protocol(ProtocolFault::Framing));
}

#[test]
fn bytes_that_are_no_http_are_tried_once_more() {
    let chunk = format!("{HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{{\r\n");
    let lengths = format!("{HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n{{}}");
    for bytes in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", &chunk, &lengths] {
        let server = always(bytes);
        let outcome = read(&server.url(), |plan| plan.window = 1);
        assert_eq!(failure(&outcome), FailureKind::Malformed, "{bytes}");
        assert_eq!(server.heads().len(), 2, "{bytes}");
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".repeat(5);
    let length = body.len();
    let server = always(format!("{interim}{HEAD}content-length: {length}\r\n\r\n{body}"));
    assert_eq!(read(&server.url(), |_| {}).result.unwrap(), []);
}

#[test]
fn a_server_of_http_1_0_is_read() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let server = always(format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}"));
    assert_eq!(read(&server.url(), |_| {}).result.unwrap(), []);
}

#[test]
fn an_encoding_that_was_not_asked_for_is_refused() {
    let server = always(format!("{HEAD}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{{}}"));
    let error = read(&server.url(), |_| {}).result.unwrap_err();
    assert_eq!(error.reason(), &Reason::Protocol(ProtocolFault::Encoding));
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
