//! The rows H about statuses, and the waits that they ask for.

use std::time::Duration;

use segments_core::Goal;
use segments_emulator::{Fault, FaultKind};

use super::build::{always, answer, at_once, case, once, page_of_three};
use super::case::Case;
use crate::peer::Peer;

pub(super) fn cases() -> Vec<Case> {
    [limiters(), statuses(), redirects(), refusals(), trouble(), limits()].concat()
}

const BLOCKED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html; charset=UTF-8\r\n\
    cf-ray: 8f2e0c6b1a2b3c4d-FRA\r\ncontent-length: 38\r\n\r\n<!DOCTYPE html><title>Blocked!</title>";

/// Limiters in front, which refuse what comes too fast and do not say for how long.
fn limiters() -> Vec<Case> {
    let through =
        |name, burst, code| case("H31", name, 450).fault(Fault::leaky_bucket(4, burst, code));
    let stopped = |name, code| {
        case("H31", name, 150).attempts(2).fault(Fault::leaky_bucket(0, 0, code)).tries(2)
    };

    vec![
        through("four a second, else 429", 0, 429),
        through("four a second, else 503", 0, 503),
        through("four a second and two at once", 2, 503),
        stopped("one in all, else 429", 429).ends("rate_limited"),
        stopped("one in all, else 503", 503).ends("server"),
    ]
}

fn statuses() -> Vec<Case> {
    let with_page = |name, line: &str| {
        let bytes = String::from_utf8(answer("", &page_of_three())).expect("text");
        at_once("H14", name, Fault::verbatim(bytes.replace("200 OK", line))).wire()
    };
    vec![
        at_once("H12", "204", Fault::status(204)).says("status 204"),
        at_once("H12", "no body", Fault::empty_body()).says("empty"),
        at_once("H14", "201", Fault::status(201)).says("status 201"),
        at_once("H14", "203", Fault::status(203)),
        at_once("H14", "206", Fault::status(206)),
        at_once("H14", "304", Fault::status(304)),
        with_page("201 with a page", "201 Created").says("status 201"),
        with_page("203 with a page", "203 Non-Authoritative"),
        with_page("206 with a page", "206 Partial Content"),
        at_once("H19", "501", Fault::status(501)).says("status 501"),
        at_once("H19", "505", Fault::status(505)),
    ]
}

fn redirects() -> Vec<Case> {
    let to = |name, status, target| {
        let case = case("H13", name, 0).peer(Peer::Redirects { status, target });
        Case { wire: false, ..case }.tries(1).ends("protocol").says("redirect")
    };
    vec![
        to("301 to another port", 301, "http://TRAP/segments/list"),
        to("302 to another port", 302, "http://TRAP/segments/list").says("redirects to 127.0.0.1"),
        to("303 to another port", 303, "http://TRAP/segments/list"),
        to("307 to another port", 307, "http://TRAP/segments/list"),
        to("308 to another port", 308, "http://TRAP/segments/list"),
        to("307 to another scheme", 307, "https://TRAP/segments/list"),
        to("307 without a scheme", 307, "//TRAP/segments/list"),
        to("307 with credentials", 307, "http://user:CANARY@TRAP/"),
        to("307 to the same place", 307, "/segments/list?page=0&sort_direction=asc"),
        to("307 to nowhere", 307, ""),
        to("302 to another host", 302, "https://evil.example/x").says("redirects to evil.example"),
    ]
}

fn refusals() -> Vec<Case> {
    let refused = |name, key: &'static str| {
        Case { key, ..case("H16", name, 3) }.tries(1).ends("refused").says("segments.list")
    };
    let long = FaultKind::Status {
        code: 400,
        message: Some("\u{1b}[2Jno\n".to_owned() + &"x".repeat(999)),
    };

    vec![
        at_once("H15", "400", Fault::status(400)).says("Bad Request"),
        at_once("H15", "404", Fault::status(404)).says("Not Found"),
        case("H15", "404 behind the last page", 100)
            .fault(Fault::status(404).page(1).forever())
            .tries(1)
            .ends("protocol")
            .says("this page does not exist"),
        case("H15", "400 behind the last page, complete", 100)
            .fault(Fault::status(400).page(1).forever())
            .goal(Goal::Complete)
            .tries(1)
            .ends("protocol")
            .says("this page does not exist"),
        at_once("H15", "405", Fault::status(405)),
        at_once("H15", "410", Fault::status(410)),
        at_once("H15", "422", Fault::status(422)),
        at_once("H15", "a long message", long.into()).says("\\u{1b}[2Jno\\u{a}xxx"),
        refused("an unknown key", "CANARY-unknown-key"),
        refused("a key without permission", super::case::NOT_FOR_SEGMENTS),
        case("H16", "401 from page 1 on", 250)
            .fault(Fault::status(401).page(1).forever())
            .ends("refused"),
        at_once("H16", "403 in HTML", Fault::verbatim(BLOCKED))
            .wire()
            .says("in front of Braze rejected"),
        case("H16", "403", 3).fault(Fault::status(403).forever()).tries(1).ends("refused"),
        at_once("H17", "407", Fault::status(407)).says("status 407"),
    ]
}

/// What is over soon costs a retry and nothing else.
fn trouble() -> Vec<Case> {
    let once = TROUBLE.map(|(code, name)| once("H18", name, Fault::status(code)));
    let always = [(503, "503 for ever"), (529, "529 for ever")].map(|(code, name)| {
        always("H18", name, Fault::status(code)).ends("server").says("the server failed")
    });
    [&once[..], &always].concat()
}

/// Statuses that pass: those that every list has, and some that gateways and proxies made up.
const TROUBLE: [(u16, &str); 23] = [
    (408, "408"),
    (425, "425"),
    (500, "500"),
    (502, "502"),
    (503, "503"),
    (504, "504"),
    (506, "506"),
    (507, "507"),
    (508, "508"),
    (509, "509"),
    (511, "511"),
    (520, "520"),
    (521, "521"),
    (522, "522"),
    (523, "523"),
    (524, "524"),
    (525, "525"),
    (526, "526"),
    (527, "527"),
    (529, "529"),
    (530, "530"),
    (598, "598"),
    (599, "599"),
];

fn limits() -> Vec<Case> {
    let limited = |reset_in, retry_after| {
        Fault::from(FaultKind::RateLimited { reset_in, retry_after, bare: false })
    };
    let bare =
        || Fault::from(FaultKind::RateLimited { reset_in: 0, retry_after: None, bare: true });
    let reset =
        |name, value: &[u8]| once("H22", name, limited(0, None).header("x-ratelimit-reset", value));

    vec![
        once("H20", "a reset", limited(1, None)).waits(1),
        once("H20", "Retry-After", limited(0, Some(1))).waits(1),
        once("H20", "Retry-After of Braze's own", bare().header("x-ratelimit-retry-after", "1"))
            .waits(1),
        once("H20", "no hint", bare()),
        once(
            "H20",
            "garbage",
            bare().header("retry-after", "soon").header("x-ratelimit-reset", "x"),
        ),
        once("H20", "503 with Retry-After", Fault::status(503).header("retry-after", "1")).waits(1),
        once("H20", "529 with Retry-After", Fault::status(529).header("retry-after", "1")).waits(1),
        once("H20", "a fraction", bare().header("retry-after", "0.997")).waits(1),
        once("H20", "in seconds", limited(0, None).header("x-ratelimit-reset", "1")).waits(1),
        case("H20", "in too many seconds", 3)
            .max_wait(5)
            .fault(limited(0, None).header("x-ratelimit-reset", "1200").forever())
            .tries(1)
            .ends("rate_limited")
            .says("longer wait than allowed"),
        always("H21", "429 for ever", limited(0, None)).ends("rate_limited"),
        case("H21", "429 for an hour", 3)
            .max_wait(5)
            .fault(limited(3600, None).forever())
            .tries(1)
            .ends("rate_limited")
            .says("longer wait than allowed"),
        reset("in the past", b"1"),
        reset("negative", b"-5"),
        reset("with a fraction", b"1.5"),
        reset("milliseconds", b"1592427423000"),
        reset("30 digits", b"123456789012345678901234567890"),
        reset("not ASCII", b"\xfc"),
        case("H22", "ten years ahead", 3)
            .fault(limited(315_360_000, None).forever())
            .tries(1)
            .ends("rate_limited"),
        case("H22", "unusable on a page", 3).fault(
            Fault::delay(Duration::ZERO)
                .header("x-ratelimit-remaining", "\u{fc}")
                .header("x-ratelimit-reset", "soon")
                .forever(),
        ),
        once(
            "H27",
            "the first that can be read",
            bare()
                .header("Retry-After", "soon")
                .header("retry-after", "1")
                .header("RETRY-AFTER", "3600"),
        )
        .waits(1),
        once(
            "H27",
            "Retry-After before the others",
            limited(3600, Some(1)).header("x-ratelimit-retry-after", "3600"),
        )
        .waits(1),
    ]
}
