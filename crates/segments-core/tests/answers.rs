//! What an answer is: by status, by headers, by body.

use http::{Response, StatusCode};
use segments_core::error::{Field, JsonError, JsonErrorKind, JsonPath, ResponseError};
use segments_core::{Api, ApiKey, Error, ErrorKind, Instance, Page};

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

fn malformed(text: &str) -> JsonError {
    let error = body(text).unwrap_err();
    match error.kind() {
        ErrorKind::Response(ResponseError::Json(malformed)) => *malformed,
        reason => panic!("{text}: {reason:?}"),
    }
}

#[test]
fn a_status_has_one_meaning() {
    for status in 100..1000 {
        let read = answer(status, &[], PAGE);
        let name = read.as_ref().err().map(|error| error.kind().name());
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
                matches!(error.kind(), ErrorKind::Response(ResponseError::Redirect { .. }));
            assert_eq!(redirect, (300..400).contains(&status) && status != 304, "{status}");
        }
    }
}

#[test]
fn advice_fits_who_answered() {
    let advice =
        |status, headers: &[(&str, &str)]| answer(status, headers, "<html>").unwrap_err().advice();
    let id = ("x-request-id", "0123");
    assert!(advice(503, &[id]).contains("give the request id to Braze"));
    for status in [429, 500, 502, 503] {
        // A limiter or a gateway on the way, for all that is known.
        let advice = advice(status, &[("server", "nginx")]);
        assert!(!advice.contains("hour") && !advice.contains("to Braze"), "{status}: {advice}");
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
        let ErrorKind::Response(ResponseError::Redirect { host: named }) = error.kind() else {
            panic!("{error}")
        };
        assert_eq!(named.as_deref(), host, "{target}");
        assert!(!error.to_string().contains("password"));
    }
}

#[test]
fn headers_can_make_a_page_none() {
    use ResponseError as Fault;
    for (headers, fault) in [
        (&[("content-length", "9"), ("transfer-encoding", "chunked")][..], Fault::Framing),
        (&[("content-encoding", "gzip")], Fault::Encoding),
        (&[("content-encoding", "identity"), ("content-encoding", "BR")], Fault::Encoding),
        (&[("content-encoding", "utf-8, gzip")], Fault::Encoding),
        (&[("content-encoding", "zstd")], Fault::Encoding),
    ] {
        let packed = "\u{1f}packed";
        let text = if fault == Fault::Encoding { packed } else { PAGE };
        let error = answer(200, headers, text).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Response(fault), "{headers:?}");
    }
    for headers in [
        &[("content-length", "9")][..],
        &[("transfer-encoding", "chunked")],
        &[("content-encoding", "")],
        &[("content-encoding", " Identity ")],
        &[("content-encoding", "UTF-8")],
        &[("content-encoding", "none")],
        &[("content-encoding", "identity, identity")],
        // A gateway that has unpacked the body and left the label.
        &[("content-encoding", "gzip")],
        &[("content-type", "text/html; charset=utf-8")],
        &[("content-type", "TEXT/HTML")],
        &[("content-type", "text/plain")],
        &[("content-type", "")],
    ] {
        assert!(answer(200, headers, PAGE).is_ok(), "{headers:?}");
    }
    // What begins as JSON and is none says what its label says, so that no noise is quoted.
    let packed = answer(200, &[("content-encoding", "br")], "{\u{3}\u{0}").unwrap_err();
    assert_eq!(*packed.kind(), ErrorKind::Response(Fault::Encoding));
    let cut = answer(200, &[("content-encoding", "none")], &PAGE[..40]).unwrap_err();
    assert_eq!(cut.kind().name(), "transport");
    for text in ["<html>", " \n<!DOCTYPE html>", "\u{feff}<html>"] {
        let error = answer(200, &[("content-type", "application/json")], text).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Response(Fault::Html), "{text}");
    }
}

#[test]
fn h16_a_firewalls_page_is_no_refusal_of_the_key() {
    let page = "<!DOCTYPE html><title>Attention Required!</title>";
    for status in [401, 403] {
        let error = answer(status, &[("cf-ray", "8f2e-FRA")], page).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Response(ResponseError::Html));
        let words = format!("{error}. {}", error.advice());
        assert!(
            words.contains("in front of Braze rejected") && words.contains("firewall"),
            "{words}"
        );
        assert!(!words.contains("key"), "{words}");
        for body in [r#"{"message":"Forbidden"}"#, ""] {
            assert_eq!(*answer(status, &[], body).unwrap_err().kind(), ErrorKind::Refused);
        }
    }
    for (status, word) in
        [(429, "proxy or gateway"), (502, "in front of Braze"), (404, "never responds with HTML")]
    {
        let advice = answer(status, &[], page).unwrap_err().advice();
        assert!(advice.contains(word) && !advice.contains("clock hour"), "{advice}");
    }
}

#[test]
fn j10_another_list_is_no_list_of_segments() {
    let found = |text: &str| match body(text).map_err(|error| error.kind().clone()) {
        Ok(page) => {
            assert!(page.is_empty() && page.segments_missing(), "{text}");
            None
        }
        Err(ErrorKind::Response(ResponseError::NoSegments { found })) => Some(found.unwrap()),
        Err(reason) => panic!("{text}: {reason:?}"),
    };
    for (text, key) in [
        (r#"{"catalogs":[{"segments":[]}],"message":"success"}"#, Some("catalogs")),
        (r#"{"message":"success","data":{"segments":[]}}"#, Some("data")),
        (r#"{"Segments":[],"message":"success"}"#, Some("Segments")),
        (
            r#"{"total":1e999,"x":"[","errors":[],"\u0073egment":{},"message":"success"}"#,
            Some("segment"),
        ),
        (r#"{"errors":["[{"],"next":[],"message":"success"}"#, Some("next")),
        (r#"{"a b\n\u202e":[],"message":"success"}"#, Some(r"a b\u{a}\u{202e}")),
        (r#"{"CANARY-0123456789":[],"message":"success"}"#, Some("***")),
        (r#"{"message":"success"}"#, None),
        (r#"{"errors":[{"a":[]}],"message":"success","total":0,"next":null}"#, None),
    ] {
        assert_eq!(found(text).as_deref(), key, "{text}");
    }
    let error = body(r#"{"catalogs":[],"message":"success"}"#).unwrap_err();
    assert!(error.to_string().contains("no segments, but \"catalogs\""), "{error}");
    // Whatever else there is, a list of segments is one.
    assert!(body(r#"{"data":[1],"segments":[],"message":"success"}"#).is_ok());
    let refused = body(r#"{"data":[],"message":"no"}"#).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Response(ResponseError::Message));
}

#[test]
fn j5_invalid_text_is_named_or_replaced() {
    let page = |id: &[u8], name: &[u8], tag: &[u8]| -> Vec<u8> {
        let good = r#"{"segments":[{"id":"a","name":"n\ufffd","analytics_tracking_enabled":true},"#;
        let parts = [
            good.as_bytes(),
            br#"{"name":""#,
            name,
            br#"","x":"\ud83d","analytics_tracking_enabled":true,"tags":["t",""#,
            tag,
            br#""],"id":""#,
            id,
            br#""}],"message":"success"}"#,
        ];
        parts.concat()
    };
    let read = |body: Vec<u8>, replace: bool| {
        let api = Api::new(Instance::Us01.into(), ApiKey::new("CANARY-0123456789").unwrap());
        api.replacing_invalid_text(replace).read(&Response::new(body))
    };
    let fault = |body: Vec<u8>, replace| match read(body, replace).unwrap_err().kind() {
        ErrorKind::Response(ResponseError::Json(malformed)) => *malformed,
        reason => panic!("{reason:?}"),
    };
    let flaws: [(&[u8], &str, &str); 7] = [
        (br"\ud83d", "an unpaired surrogate", "\u{fffd}"),
        (br"\ud83d!", "an unpaired surrogate", "\u{fffd}!"),
        (br"\ud83d\ud83d\ude00", "an unpaired surrogate", "\u{fffd}\u{1f600}"),
        (br"\uDE00\u0041", "an unpaired surrogate", "\u{fffd}A"),
        (b"a\xffb", "is not UTF-8", "a\u{fffd}b"),
        (b"a\xed\xa0\xbd", "is not UTF-8", "a\u{fffd}\u{fffd}\u{fffd}"),
        (b"a\tb", "an unescaped control character", "a\u{fffd}b"),
    ];
    for (flaw, words, out) in flaws {
        let at = |malformed: JsonError| malformed.to_string();
        let in_name = page(b"b", flaw, b"t");
        let said = at(fault(in_name.clone(), false));
        assert!(said.starts_with("segments[1].name ") && said.contains(words), "{said}");
        let read_one = read(in_name, true).unwrap();
        assert_eq!(read_one.segments().nth(1).unwrap().name(), out);
        // The whole name of the other is as it was, and so it does not count.
        assert_eq!(read_one.segments().next().unwrap().name(), "n\u{fffd}");
        assert_eq!(read_one.replaced_texts(), 1);

        let in_tag = page(b"b", b"n", flaw);
        let said = at(fault(in_tag.clone(), false));
        assert!(said.starts_with("segments[1].tags[1] ") && said.contains(words), "{said}");
        let segment = read(in_tag, true).unwrap().segments().nth(1).unwrap();
        assert!(segment.tags().eq(["t", out]));

        let in_id = page(flaw, b"n", b"t");
        assert!(at(fault(in_id.clone(), false)).starts_with("segments[1].id "));
        let kept = fault(in_id, true);
        assert_eq!(kept.kind(), JsonErrorKind::InvalidId);
        assert_eq!(kept.path(), JsonPath::Field(1, Field::Id));

        let both = read(page(b"b", flaw, flaw), true).unwrap();
        assert_eq!(both.replaced_texts(), 1, "a segment counts once");
    }
    assert_eq!(read(PAGE.into(), true).unwrap().replaced_texts(), 0);
    // What is wrong beside it stays wrong.
    let cut = page(b"b", br"\ud83d", b"t");
    let error = read(cut[..cut.len() - 9].to_vec(), true).unwrap_err();
    assert_eq!(error.kind().name(), "transport");
}

#[test]
fn bodies_that_are_no_page_say_where_they_are_not() {
    use JsonErrorKind::{Duplicate, Empty, Expected, Missing};
    let row = |row: &str| format!(r#"{{"segments":[{row}],"message":"success"}}"#);
    let field = |field| JsonPath::Field(0, field);
    for (text, place, problem) in [
        ("null".into(), JsonPath::Page, Expected("an object")),
        ("[]".into(), JsonPath::Page, Expected("an object")),
        (r#""x""#.into(), JsonPath::Page, Expected("an object")),
        ("{}".into(), JsonPath::Message, Missing),
        (r#"{"segments":[]}"#.into(), JsonPath::Message, Missing),
        (r#"{"message":null}"#.into(), JsonPath::Message, Expected("a string")),
        (r#"{"message":"success","message":"success"}"#.into(), JsonPath::Message, Duplicate),
        (
            r#"{"segments":null,"message":"success"}"#.into(),
            JsonPath::Segments,
            Expected("an array"),
        ),
        (r#"{"segments":{},"message":"success"}"#.into(), JsonPath::Segments, Expected("an array")),
        (r#"{"segments":[],"segments":[]}"#.into(), JsonPath::Segments, Duplicate),
        (row("1"), JsonPath::Segment(0), Expected("an object")),
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
        (
            row(r#"{"id":"a","tags":["x",["y"]]}"#),
            JsonPath::Tag(0, 1),
            Expected("a string or null"),
        ),
    ] {
        let malformed = malformed(&text);
        assert_eq!((malformed.path(), malformed.kind()), (place, problem), "{text}");
    }
    assert_eq!(malformed(&row(r#"{"id":""}"#)).to_string(), "segments[0].id is empty");
}

#[test]
fn bodies_that_are_no_json_say_at_which_byte() {
    for (text, words) in [
        ("{\"segments\":[}", "the JSON is invalid, at line 1, column 14"),
        ("{'segments':[]}", "the JSON is invalid, at line 1, column 2"),
        ("{\"segments\":[],\n \"x\":NaN}", "the JSON is invalid, at line 2, column 6"),
        ("{\"message\":\"success\"} x", "the JSON is invalid, at line 1, column 23"),
        (
            "{\"message\":\"\\ud800\"}",
            "message contains an unpaired surrogate (half an emoji), at byte 12",
        ),
    ] {
        assert_eq!(malformed(text).to_string(), words, "{text}");
    }
    let deep = format!("{{\"message\":{}", "[".repeat(1_000_000));
    assert!(body(&deep).is_err());
    let unknown = format!(
        r#"{{"segments":[],"x":{}{},"message":"success"}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
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
    assert_eq!(*error.kind(), ErrorKind::Response(ResponseError::Message));
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
        assert_eq!((malformed.path(), malformed.kind()), (JsonPath::Page, JsonErrorKind::TooDeep));
    }
}
