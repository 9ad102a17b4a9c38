//! The rows J.

use segments_core::{Goal, Segment};
use segments_emulator::Fault;

use super::build::{
    always, at_once, body, case, letters, listing, no_page, once, rows, segment, taken, twice,
};
use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [documents(), texts(), fields(), strings()].concat()
}

const SUCCESS: &str = r#"{"message":"success"}"#;

fn text(list: &[Segment]) -> String {
    String::from_utf8(body(list)).expect("text")
}

fn abc() -> String {
    text(&letters("abc"))
}

/// A page of one whose name is these bytes.
fn named(name: &[u8]) -> Vec<u8> {
    let [before, after] = [
        &br#"{"segments":[{"id":"a","name":""#[..],
        br#"","analytics_tracking_enabled":true}],"message":"success"}"#,
    ];
    [before, name, after].concat()
}

/// What is no page as a whole.
fn documents() -> Vec<Case> {
    let with = |value: &str| format!("{{\"x\":{value},{}", &abc()[1..]);
    let nested = |depth: usize| with(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let passed = |row, name, value| taken(row, name, with(value), letters("abc"));

    vec![
        no_page("J1", "null", "null"),
        no_page("J1", "a list", "[]"),
        no_page("J1", "a string", r#""x""#),
        no_page("J1", "a number", "1"),
        always("J1", "blanks", Fault::body(&b" \r\n "[..])).ends("transport"),
        once("J2", "cut at the first byte", Fault::body(&abc().as_bytes()[..1])),
        once("J2", "cut in a name", Fault::cut(60)),
        once("J2", "cut before the last byte", Fault::cut(usize::MAX)),
        once(
            "J2",
            "cut, in whole chunks",
            Fault::verbatim(format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n28\r\n{}\r\n0\r\n\r\n",
                &abc()[..40]
            )),
        )
        .wire(),
        once(
            "J2",
            "cut, where the connection ends",
            Fault::verbatim(format!("HTTP/1.1 200 OK\r\n\r\n{}", &abc()[..abc().len() - 1])),
        )
        .wire(),
        always("J2", "cut before the message", Fault::body(&abc().as_bytes()[..abc().len() - 22]))
            .ends("transport"),
        taken("J3", "one mark", format!("\u{feff}{}", abc()), letters("abc")),
        no_page("J3", "two marks", format!("\u{feff}\u{feff}{}", abc())),
        taken("J7", "100 levels", nested(100), letters("abc")),
        no_page("J7", "200 levels", nested(200)).says("128 levels deep"),
        no_page("J7", "700,000 levels", nested(700_000)).says("128 levels deep"),
        passed("J8", "too large for a float", "1e999"),
        passed("J8", "30 digits", "123456789012345678901234567890"),
        no_page(
            "J9",
            "message twice",
            r#"{"segments":[],"message":"success","message":"success"}"#,
        )
        .says("appears twice"),
        no_page("J9", "segments twice", r#"{"segments":[],"segments":[],"message":"success"}"#),
        no_page("J9", "id twice", rows(r#"{"id":"a","id":"b"}"#)).says("segments[0].id"),
        passed("J9", "an unknown key twice", "1,\"x\":2"),
        passed("J15", "a list", r#"[{"a":[1,null]}]"#),
        passed("J15", "text that looks like more", r#""[[[{\"segments\":[""#),
        case("J15", "beside success", 3)
            .fault(Fault::errors(["minor"]).forever())
            .anomalies("minor_errors"),
        at_once("J16", "another message", Fault::message("Campaign not found"))
            .says("Campaign not found"),
        no_page("J16", "no message", r#"{"segments":[]}"#).says("message is missing"),
        no_page("J17", "another page", abc() + &abc()),
        no_page("J17", "a letter", abc() + " x"),
        taken("J17", "blanks are nothing", abc() + " \r\n\t", letters("abc")),
    ]
}

/// What is almost JSON.
fn texts() -> Vec<Case> {
    let almost =
        |name, value: &str| no_page("J18", name, format!("{{\"x\":{value},{}", &abc()[1..]));
    vec![
        no_page("J4", "a byte that is none", named(b"a\xffb"))
            .says("segments[0].name is not UTF-8, at byte 32"),
        no_page("J4", "half a character", named(b"a\xc3")).says("not UTF-8"),
        no_page("J4", "never text", &b"\xff\xfe"[..]),
        no_page("J5", "half a pair", named(b"\\ud83d"))
            .says("segments[0].name contains an unpaired surrogate"),
        no_page("J5", "the other half", named(b"\\udc00x")).says("segments[0].name"),
        no_page("J5", "a bare control character", named(b"a\x01b")).says("segments[0].name"),
        taken("J5", "both halves", named(b"\\ud83d\\ude00"), vec![plain("a", "\u{1f600}")]),
        almost("NaN", "NaN"),
        almost("Infinity", "-Infinity"),
        almost("a comment", "/* */1"),
        almost("a trailing comma", "[1,]"),
        almost("a plus", "+1"),
        no_page("J18", "single quotes", abc().replace('"', "'")),
        once("J18", "once", Fault::body(&b"{\"segments\":[}"[..])),
    ]
}

fn plain(id: &str, name: &str) -> Segment {
    Segment::new(id, name, true, [""; 0]).expect("an id")
}

fn fields() -> Vec<Case> {
    let bad = |row, name, fields: &str, says| no_page(row, name, rows(fields)).says(says);
    let id = |name, id: &str| {
        bad(
            "J11",
            name,
            &format!(r#"{{{id}"name":"n","analytics_tracking_enabled":true}}"#),
            "segments[0].id",
        )
    };

    let tracking = |name, value: &str| {
        bad(
            "J13",
            name,
            &format!(r#"{{"id":"a","name":"n"{value}}}"#),
            "segments[0].analytics_tracking_enabled",
        )
    };

    let tags = |value: &str| {
        rows(&format!(r#"{{"id":"a","name":"n","analytics_tracking_enabled":true{value}}}"#))
    };
    let none = |name, value: &str| taken("J14", name, tags(value), vec![plain("a", "n")]);
    let long = "x".repeat(1 << 20);

    vec![
        no_page("J10", "null for ever", r#"{"segments":null,"message":"success"}"#)
            .says("segments is not an array"),
        no_page("J10", "an object", r#"{"segments":{},"message":"success"}"#),
        once("J10", "null once", Fault::null_segments()),
        case("J10", "missing behind the end", 100)
            .fault(Fault::missing_segments().page(1).forever())
            .fault(Fault::missing_segments().page(2).forever())
            .anomalies("segments_missing"),
        twice("J10", "nothing but success", Fault::body(SUCCESS))
            .tries(0)
            .says("no response had the key"),
        twice("J10", "nothing but success, complete", Fault::body(SUCCESS))
            .tries(0)
            .goal(Goal::Complete)
            .says("no response had the key"),
        twice("J10", "nothing but success, a snapshot", Fault::body(SUCCESS))
            .tries(0)
            .goal(Goal::Snapshot)
            .says("no response had the key"),
        no_page("J10", "another list", r#"{"catalogs":[{}],"message":"success"}"#)
            .says("\"catalogs\""),
        no_page("J10", "within another key", r#"{"message":"success","data":{"segments":[]}}"#)
            .goal(Goal::Complete)
            .says("\"data\""),
        no_page("J10", "in capitals", r#"{"Segments":[],"message":"success"}"#)
            .goal(Goal::Snapshot)
            .says("\"Segments\""),
        once("J10", "another list once", Fault::body(r#"{"x":{},"message":"success"}"#)),
        id("missing", ""),
        id("null", r#""id":null,"#),
        id("a number", r#""id":7,"#),
        id("empty", r#""id":"","#),
        bad(
            "J12",
            "missing",
            r#"{"id":"a","analytics_tracking_enabled":true}"#,
            "segments[0].name",
        ),
        bad("J12", "null", r#"{"id":"a","name":null}"#, "segments[0].name"),
        taken("J12", "empty", named(b""), vec![plain("a", "")]),
        taken("J12", "1 MiB", named(long.as_bytes()), vec![plain("a", &long)]),
        tracking("missing", ""),
        tracking("null", r#","analytics_tracking_enabled":null"#),
        tracking("a string", r#","analytics_tracking_enabled":"true""#),
        tracking("a number", r#","analytics_tracking_enabled":1"#),
        none("missing", ""),
        none("null", r#","tags":null"#),
        none("null among them", r#","tags":[null]"#),
        no_page("J14", "nested", tags(r#","tags":[["a"]]"#)).says("segments[0].tags[0]"),
        no_page("J14", "a string", tags(r#","tags":"a""#)).says("segments[0].tags"),
    ]
}

/// Texts that are odd and none of our business.
fn strings() -> Vec<Case> {
    let all = |row, name, list: &[(&str, &str)]| {
        listing(row, name, list.iter().map(|(id, name)| segment(id, name)).collect())
    };
    vec![
        all("J6", "controls", &[("a", "\0 \u{1} \u{1b}[2J \u{7f} \u{9b}"), ("b", "line\r\nend\t")]),
        all(
            "J19",
            "odd ids",
            &[("\0", "a"), ("../x y\n", "b"), ("-", "c"), ("CON", "d"), (" ", "e")],
        ),
        all(
            "J20",
            "odd names",
            &[
                ("a", "\u{202e}right\u{2066} to left"),
                ("b", "\u{1f469}\u{200d}\u{1f467}"),
                ("c", "a\u{308}\u{301}ß"),
                ("d", "line\u{2028}para\u{2029}\u{85}"),
                ("e", "\"quoted\", =1+1"),
            ],
        ),
    ]
}
