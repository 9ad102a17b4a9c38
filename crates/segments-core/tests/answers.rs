//! What an answer is: by status, by headers, by body.

use http::{Response, StatusCode};
use segments_core::{
    Api, ApiKey, Error, Field, Instance, Malformed, Page, Place, Problem, ProtocolFault, Reason,
};

const PAGE: &str = r#"{"segments":[{"id":"a","name":"n","analytics_tracking_enabled":true,"tags":[]}],"message":"success"}"#;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Page, Error> {
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let api = Api::new(Instance::Us01.into(), ApiKey::new("CANARY-0123456789").unwrap());
    api.read(&response.body(body.as_bytes().to_vec()).unwrap())
}

fn body(body: &str) -> Result<Page, Error> {
    answer(200, &[], body)
}

fn malformed(text: &str) -> Malformed {
    let error = body(text).unwrap_err();
    match error.reason() {
        Reason::Protocol(ProtocolFault::Json(malformed)) => *malformed,
        reason => panic!("{text}: {reason:?}"),
    }
}

#[test]
fn a_status_has_one_meaning() {
    for status in 100..1000 {
        let read = answer(status, &[], PAGE);
        let name = read.as_ref().err().map(|error| error.reason().name());
        let expected = match status {
            200 => None,
            401 | 403 => Some("refused"),
            429 => Some("rate_limited"),
            408 | 425 | 500 | 502..=504 | 506..=599 => Some("server"),
            _ => Some("protocol"),
        };
        assert_eq!(name, expected, "{status}");
        if let Err(error) = read {
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.server_message(), Some("success"));
            let redirect =
                matches!(error.reason(), Reason::Protocol(ProtocolFault::Redirect { .. }));
            assert_eq!(redirect, (300..400).contains(&status) && status != 304, "{status}");
        }
    }
}

#[test]
fn advice_fits_who_answered() {
    let advice =
        |status, headers: &[(&str, &str)]| answer(status, headers, "<html>").unwrap_err().advice();
    let id = ("x-request-id", "0123");
    assert!(advice(503, &[id]).contains("give Braze the request id"));
    for status in [429, 500, 502, 503] {
        // A limiter or a gateway on the way, for all that is known.
        let advice = advice(status, &[("server", "nginx")]);
        assert!(!advice.contains("hour") && !advice.contains("give Braze"), "{status}: {advice}");
    }
    assert!(
        advice(429, &[]).contains("more attempts") && advice(503, &[]).contains("more attempts")
    );
    let waits = [("retry-after", "7"), id];
    assert!(advice(429, &waits).contains("in 7 s") && advice(503, &waits).contains("in 7 s"));
}

#[test]
fn h13_a_redirect_names_the_host_alone() {
    for (target, host) in [
        ("https://evil.example/segments/list?k=1", Some("evil.example")),
        ("https://user:password@evil.example:8443/", Some("evil.example")),
        ("//evil.example/x", None),
        ("/segments/list/", None),
        ("", None),
    ] {
        let error = answer(302, &[("location", target)], "").unwrap_err();
        let Reason::Protocol(ProtocolFault::Redirect { host: named }) = error.reason() else {
            panic!("{error}")
        };
        assert_eq!(named.as_deref(), host, "{target}");
        assert!(!error.to_string().contains("password"));
    }
}

#[test]
fn headers_can_make_a_page_none() {
    use ProtocolFault as Fault;
    for (headers, fault) in [
        (&[("content-length", "9"), ("transfer-encoding", "chunked")][..], Fault::Framing),
        (&[("content-encoding", "gzip")], Fault::Encoding),
        (&[("content-encoding", "identity"), ("content-encoding", "br")], Fault::Encoding),
        (&[("content-type", "text/html; charset=utf-8")], Fault::Html),
        (&[("content-type", "TEXT/HTML")], Fault::Html),
    ] {
        let error = answer(200, headers, PAGE).unwrap_err();
        assert_eq!(*error.reason(), Reason::Protocol(fault), "{headers:?}");
    }
    for headers in [
        &[("content-length", "9")][..],
        &[("transfer-encoding", "chunked")],
        &[("content-encoding", "")],
        &[("content-encoding", " Identity ")],
        &[("content-type", "text/plain")],
        &[("content-type", "")],
    ] {
        assert!(answer(200, headers, PAGE).is_ok(), "{headers:?}");
    }
}

#[test]
fn bodies_that_are_no_page_say_where_they_are_not() {
    use Problem::{Duplicate, Empty, Expected, Missing};
    let row = |row: &str| format!(r#"{{"segments":[{row}],"message":"success"}}"#);
    let field = |field| Place::Field(0, field);
    for (text, place, problem) in [
        ("null".into(), Place::Page, Expected("an object")),
        ("[]".into(), Place::Page, Expected("an object")),
        (r#""x""#.into(), Place::Page, Expected("an object")),
        ("{}".into(), Place::Message, Missing),
        (r#"{"segments":[]}"#.into(), Place::Message, Missing),
        (r#"{"message":null}"#.into(), Place::Message, Expected("a string")),
        (r#"{"message":"success","message":"success"}"#.into(), Place::Message, Duplicate),
        (r#"{"segments":null,"message":"success"}"#.into(), Place::Segments, Expected("an array")),
        (r#"{"segments":{},"message":"success"}"#.into(), Place::Segments, Expected("an array")),
        (r#"{"segments":[],"segments":[]}"#.into(), Place::Segments, Duplicate),
        (row("1"), Place::Segment(0), Expected("an object")),
        (row(r#"{"name":"","analytics_tracking_enabled":true}"#), field(Field::Id), Missing),
        (row(r#"{"id":""}"#), field(Field::Id), Empty),
        (row(r#"{"id":7}"#), field(Field::Id), Expected("a string")),
        (row(r#"{"id":null}"#), field(Field::Id), Expected("a string")),
        (row(r#"{"id":"a","id":"a"}"#), field(Field::Id), Duplicate),
        (row(r#"{"id":"a","analytics_tracking_enabled":true}"#), field(Field::Name), Missing),
        (row(r#"{"id":"a","name":null}"#), field(Field::Name), Expected("a string")),
        (row(r#"{"id":"a","name":""}"#), field(Field::Tracking), Missing),
        (
            row(r#"{"id":"a","analytics_tracking_enabled":"true"}"#),
            field(Field::Tracking),
            Expected("true or false"),
        ),
        (row(r#"{"id":"a","tags":"x"}"#), field(Field::Tags), Expected("an array or null")),
        (row(r#"{"id":"a","tags":["x",["y"]]}"#), Place::Tag(0, 1), Expected("a string or null")),
    ] {
        let malformed = malformed(&text);
        assert_eq!((malformed.place(), malformed.problem()), (place, problem), "{text}");
    }
    assert_eq!(malformed(&row(r#"{"id":""}"#)).to_string(), "segments[0].id: is empty");
}

#[test]
fn bodies_that_are_no_json_say_at_which_byte() {
    for (text, words) in [
        ("{\"segments\":[}", "no valid JSON at line 1, column 14"),
        ("{'segments':[]}", "no valid JSON at line 1, column 2"),
        ("{\"segments\":[],\n \"x\":NaN}", "no valid JSON at line 2, column 6"),
        ("{\"message\":\"success\"} x", "no valid JSON at line 1, column 23"),
        ("{\"message\":\"\\ud800\"}", "no valid JSON at line 1, column 19"),
    ] {
        assert_eq!(malformed(text).to_string(), words, "{text}");
    }
    let deep = format!("{{\"message\":{}", "[".repeat(1_000_000));
    assert!(body(&deep).is_err());
    let unknown = format!(r#"{{"x":{}{},"message":"success"}}"#, "[".repeat(100), "]".repeat(100));
    assert!(body(&unknown).unwrap().is_empty());
}

#[test]
fn servers_differ_and_are_read_alike() {
    assert_eq!(body(PAGE).unwrap().len(), 1);
    assert_eq!(body(&format!("\u{feff}{PAGE}\r\n")).unwrap().len(), 1);
    assert!(body(&format!("\u{feff}\u{feff}{PAGE}")).is_err());
    let missing = body(r#"{"message":"success"}"#).unwrap();
    assert!(missing.is_empty() && missing.segments_missing());
    let minor = body(r#"{"segments":[],"errors":[{"id":1}],"message":"success"}"#).unwrap();
    assert!(minor.has_minor_errors() && !minor.segments_missing());
    let tags = PAGE.replace("[]}", r#"[null,"x",null,""]}"#);
    let page = body(&tags).unwrap();
    assert_eq!(page.segments().next().unwrap().tags().collect::<Vec<_>>(), ["x", ""]);
    for none in [PAGE.replace(",\"tags\":[]", ""), PAGE.replace("\"tags\":[]", "\"tags\":null")] {
        assert_eq!(body(&none).unwrap(), body(PAGE).unwrap());
    }
}

#[test]
fn h15_what_a_server_says_is_shown_short_and_plain() {
    let said = |message: &str| {
        let json = format!(r#"{{"message":{}}}"#, serde_json::Value::from(message));
        answer(400, &[], &json).unwrap_err().server_message().unwrap().to_owned()
    };
    assert_eq!(said("Invalid API key: CANARY-0123456789"), "Invalid API key: ***");
    assert_eq!(said("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\u{a}b\\u{202e}");
    assert_eq!(said(&"x".repeat(300)), format!("{}…", "x".repeat(256)));
    assert_eq!(said("ä".repeat(256).as_str()), "ä".repeat(256));
    let other = answer(500, &[], r#"{"error":"E"}"#).unwrap_err();
    assert_eq!(other.server_message(), Some("E"));
    assert_eq!(answer(500, &[], "<html>").unwrap_err().server_message(), None);
    let error = body(r#"{"segments":[],"message":"Campaign not found"}"#).unwrap_err();
    assert_eq!(*error.reason(), Reason::Protocol(ProtocolFault::Message));
    assert_eq!(error.server_message(), Some("Campaign not found"));
}

#[test]
fn what_is_passed_over_may_be_odd_but_not_bottomless() {
    let with = |value: &str| format!(r#"{{"x":{value},{}"#, &PAGE[1..]);
    for value in ["1e999", "123456789012345678901234567890", r#""[[[{\"[""#, "{\"a\":[{}]}"] {
        assert_eq!(body(&with(value)).map(|page| page.len()), Ok(1), "{value}");
    }
    let nested = |depth: usize| with(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(body(&nested(127)).is_ok());
    for depth in [128, 200, 1_000_000] {
        let malformed = malformed(&nested(depth));
        assert_eq!((malformed.place(), malformed.problem()), (Place::Page, Problem::TooDeep));
    }
}
