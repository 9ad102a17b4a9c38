//! The rows H.

use std::time::Duration;

use segments_core::Goal;
use segments_emulator::{Fault, FaultKind};

use super::Case;
use super::build::{always, answer, at_once, body, case, letters, once, twice};
use crate::peer::Peer;

pub(super) fn cases() -> Vec<Case> {
    [
        limiters(),
        framing(),
        heads(),
        statuses(),
        redirects(),
        refusals(),
        trouble(),
        limits(),
        bodies(),
    ]
    .concat()
}

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

/// A page of three.
fn page() -> String {
    String::from_utf8(body(&letters("abc"))).expect("text")
}

/// Page 0 comes as these bytes, and is the page of three.
fn read(row: &'static str, name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    let mut case = case(row, name, 0).fault(Fault::verbatim(bytes).page(0).forever()).wire();
    case.expected.list = letters("abc");
    case
}

/// Every page comes as these bytes, which are no HTTP.
fn no_http(row: &'static str, name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    twice(row, name, Fault::verbatim(bytes)).wire().says("not valid HTTP")
}

/// Every page comes as these bytes, by which a server of HTTP/2 alone is known.
fn http2(name: &'static str, bytes: &'static [u8]) -> Case {
    at_once("H9", name, Fault::verbatim(bytes)).wire().says("HTTP/2 only")
}

const BLOCKED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html; charset=UTF-8\r\n\
    cf-ray: 8f2e0c6b1a2b3c4d-FRA\r\ncontent-length: 38\r\n\r\n<!DOCTYPE html><title>Blocked!</title>";
const UPGRADE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

fn framing() -> Vec<Case> {
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let chunked = |chunks: &str| format!("{HEAD}transfer-encoding: chunked\r\n\r\n{chunks}");
    let lengths = |lines: &str| format!("{HEAD}{lines}\r\n\r\n{}", page());
    let length = page().len();
    vec![
        once("H1", "cut at its beginning", Fault::cut(0)),
        once("H1", "cut in the middle", Fault::cut(1000)),
        always("H1", "cut for ever", Fault::cut(1000)).ends("transport"),
        once("H2", "JSON that ends too early", Fault::body(&page().as_bytes()[..40])),
        always("H2", "JSON always too short", Fault::body(&b"{\"segments\":["[..]))
            .ends("transport"),
        once("H2", "no length", Fault::verbatim(format!("{HEAD}\r\n{}", &page()[..40]))).wire(),
        read(
            "H3",
            "two chunks",
            chunked(&(chunk(&page()[..40]) + &chunk(&page()[40..]) + "0\r\n\r\n")),
        ),
        no_http("H3", "a size that is none", chunked("zz\r\n{\r\n")),
        no_http("H3", "a size that overflows", chunked("fffffffffffffffff\r\n{\r\n")),
        once("H3", "no last chunk", Fault::verbatim(chunked(&chunk(&page())))).wire(),
        always("H3", "never a last chunk", Fault::verbatim(chunked(&chunk(&page()))))
            .wire()
            .ends("transport"),
        no_http("H4", "two lengths", lengths("content-length: 1\r\ncontent-length: 2")),
        no_http("H4", "a negative length", lengths("content-length: -1")),
        no_http("H4", "2^64", lengths("content-length: 18446744073709551616")),
        at_once("H5", "both framings", Fault::both_framings()),
        twice(
            "H5",
            "gzip and chunked",
            Fault::verbatim(format!(
                "{HEAD}transfer-encoding: gzip, chunked\r\n\r\n3\r\n\x1f\x00\x08\r\n0\r\n\r\n"
            )),
        )
        .wire(),
        at_once("H6", "99 GB", Fault::verbatim(lengths("content-length: 99000000000")))
            .wire()
            .says("99000000000"),
        at_once("H7", "without end", Fault::endless()).says("larger than allowed"),
        read("H28", "bytes behind the body", [answer("", &page()), b"}{\"x\":".to_vec()].concat()),
        read(
            "H28",
            "an answer behind the body",
            [
                answer("", &page()),
                answer("", &String::from_utf8(body(&letters("xyz"))).expect("text")),
            ]
            .concat(),
        ),
        case("H29", "closed with every page", 250)
            .fault(Fault::delay(Duration::ZERO).header("connection", "close").forever())
            .retries(0),
        read("H30", "HTTP/1.0", format!("HTTP/1.0 200 OK\r\n\r\n{}", page())),
        read(
            "H30",
            "HTTP/1.0 with a length",
            format!("HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{}", page()),
        ),
    ]
}

fn heads() -> Vec<Case> {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n";
    let after = |interim: String| [interim.into_bytes(), answer("", &page())].concat();
    let large = |name, lines: String| {
        at_once("H8", name, Fault::verbatim(answer(&lines, &page()))).wire().says("head is larger")
    };
    let bare = String::from_utf8(answer("", &page())).expect("text").replace("\r\n", "\n");
    vec![
        large("200 headers", "x-one: 1\r\n".repeat(200)),
        large("a header of 1 MiB", format!("x-long: {}\r\n", "x".repeat(1 << 20))),
        read("H8", "within the limits", answer(&"x-one: 1\r\n".repeat(100), &page())),
        no_http("H9", "another protocol", &b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..]),
        no_http("H9", "HTTP/0.9", page()),
        http2("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        http2("settings of HTTP/2", b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"),
        http2("a goodbye of HTTP/2", b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
        no_http("H9", "no status", &b"HTTP/1.1 abc\r\n\r\n"[..]),
        once("H9", "no HTTP once", Fault::verbatim(&b"what?\r\n\r\n"[..])).wire(),
        at_once("H10", "999", Fault::status(999)).says("status 999"),
        no_http("H10", "099", &b"HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n"[..]),
        at_once("H10", "101", Fault::verbatim(UPGRADE)).wire().says("status 101"),
        read("H11", "interim answers", after(interim.repeat(10))),
        read("H26", "bare line feeds", bare),
        read("H26", "a value that is no UTF-8", {
            let mut bytes = answer("x-odd: ?\r\n", &page());
            let at = bytes.iter().position(|byte| *byte == b'?').expect("the mark");
            bytes[at] = 0xff;
            bytes
        }),
        no_http("H26", "a folded header", answer("x-odd: a\r\n b\r\n", &page())),
        no_http("H26", "a blank before the colon", answer("x-odd : a\r\n", &page())),
        no_http("H26", "NUL", answer("x-odd: a\0b\r\n", &page())),
    ]
}

fn statuses() -> Vec<Case> {
    let with_page = |name, line: &str| {
        let bytes = String::from_utf8(answer("", &page())).expect("text");
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
        to("302 to another port", 302, "http://TRAP/segments/list").says("the host 127.0.0.1"),
        to("303 to another port", 303, "http://TRAP/segments/list"),
        to("307 to another port", 307, "http://TRAP/segments/list"),
        to("308 to another port", 308, "http://TRAP/segments/list"),
        to("307 to another scheme", 307, "https://TRAP/segments/list"),
        to("307 without a scheme", 307, "//TRAP/segments/list"),
        to("307 with credentials", 307, "http://user:CANARY@TRAP/"),
        to("307 to the same place", 307, "/segments/list?page=0&sort_direction=asc"),
        to("307 to nowhere", 307, ""),
        to("302 to another host", 302, "https://evil.example/x").says("the host evil.example"),
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
            .says("no such page"),
        case("H15", "400 behind the last page, complete", 100)
            .fault(Fault::status(400).page(1).forever())
            .goal(Goal::Complete)
            .tries(1)
            .ends("protocol")
            .says("no such page"),
        at_once("H15", "405", Fault::status(405)),
        at_once("H15", "410", Fault::status(410)),
        at_once("H15", "422", Fault::status(422)),
        at_once("H15", "a long message", long.into()).says("\\u{1b}[2Jno\\u{a}xxx"),
        refused("an unknown key", "CANARY-unknown-key"),
        refused("a key without permission", super::NOT_FOR_SEGMENTS),
        case("H16", "401 from page 1 on", 250)
            .fault(Fault::status(401).page(1).forever())
            .ends("refused"),
        at_once("H16", "403 in HTML", Fault::verbatim(BLOCKED))
            .wire()
            .says("in front of Braze refused"),
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
            .says("longer than allowed"),
        always("H21", "429 for ever", limited(0, None)).ends("rate_limited"),
        case("H21", "429 for an hour", 3)
            .max_wait(5)
            .fault(limited(3600, None).forever())
            .tries(1)
            .ends("rate_limited")
            .says("longer than allowed"),
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

/// Bodies that are in another language.
fn bodies() -> Vec<Case> {
    let coded = |row, name, coding, bytes: &[u8]| {
        at_once(row, name, Fault::body(bytes).header("content-encoding", coding)).says("compressed")
    };
    let labelled = |row, name, header, value| {
        case(row, name, 150).fault(Fault::delay(Duration::ZERO).header(header, value).forever())
    };
    vec![
        at_once("H23", "gzip", Fault::gzip()).says("compressed"),
        coded("H23", "br", "br", b"\x0b\x02\x80{}\x03"),
        coded("H24", "a bomb", "gzip", &bomb()),
        coded("H24", "broken", "gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03garbage"),
        at_once("H25", "a page of HTML", Fault::html()).says("HTML"),
        at_once("H25", "HTML that says it is JSON", Fault::body(&b" <html>"[..])).says("HTML"),
        labelled("H25", "JSON that says it is HTML", "content-type", "text/html"),
        labelled("H23", "JSON that says it is UTF-8", "content-encoding", "UTF-8"),
        labelled("H23", "JSON that says it is nothing", "content-encoding", "none"),
        labelled("H23", "JSON that says it is gzip", "content-encoding", "gzip"),
        labelled("H23", "JSON that says it is itself", "content-encoding", "identity"),
    ]
}

/// 16 MiB of zeros in 104 KiB, as a decoder unpacks it before it looks for the sum behind it.
fn bomb() -> Vec<u8> {
    // One block of fixed codes: a zero, and then 258 times the byte before in 13 bits each.
    let bits = format!("110{}{}0000000", "00110000", "1100010100000".repeat(1 << 16));
    let byte =
        |bits: &[u8]| bits.iter().rev().fold(0, |byte: u8, bit| byte << 1 | u8::from(*bit == b'1'));
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".iter().copied();
    head.chain(bits.as_bytes().chunks(8).map(byte)).collect()
}
