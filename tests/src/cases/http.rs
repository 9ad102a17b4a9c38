//! The rows H about framing, heads and bodies.

use std::time::Duration;

use segments_emulator::Fault;

use super::build::{always, answer, at_once, body, case, letters, once, page_of_three, twice};
use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [framing(), heads(), bodies()].concat()
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
    at_once("H9", name, Fault::verbatim(bytes)).wire().says("only HTTP/2")
}

const UPGRADE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

fn framing() -> Vec<Case> {
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let chunked = |chunks: &str| format!("{HEAD}transfer-encoding: chunked\r\n\r\n{chunks}");
    let lengths = |lines: &str| format!("{HEAD}{lines}\r\n\r\n{}", page_of_three());
    let length = page_of_three().len();

    vec![
        once("H1", "cut at its beginning", Fault::cut(0)),
        once("H1", "cut in the middle", Fault::cut(1000)),
        always("H1", "cut for ever", Fault::cut(1000)).ends("transport"),
        once("H2", "JSON that ends too early", Fault::body(&page_of_three().as_bytes()[..40])),
        always("H2", "JSON always too short", Fault::body(&b"{\"segments\":["[..]))
            .ends("transport"),
        once("H2", "no length", Fault::verbatim(format!("{HEAD}\r\n{}", &page_of_three()[..40])))
            .wire(),
        read(
            "H3",
            "two chunks",
            chunked(
                &(chunk(&page_of_three()[..40]) + &chunk(&page_of_three()[40..]) + "0\r\n\r\n"),
            ),
        ),
        no_http("H3", "a size that is none", chunked("zz\r\n{\r\n")),
        no_http("H3", "a size that overflows", chunked("fffffffffffffffff\r\n{\r\n")),
        once("H3", "no last chunk", Fault::verbatim(chunked(&chunk(&page_of_three())))).wire(),
        always("H3", "never a last chunk", Fault::verbatim(chunked(&chunk(&page_of_three()))))
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
        read(
            "H28",
            "bytes behind the body",
            [answer("", &page_of_three()), b"}{\"x\":".to_vec()].concat(),
        ),
        read(
            "H28",
            "an answer behind the body",
            [
                answer("", &page_of_three()),
                answer("", &String::from_utf8(body(&letters("xyz"))).expect("text")),
            ]
            .concat(),
        ),
        case("H29", "closed with every page", 250)
            .fault(Fault::delay(Duration::ZERO).header("connection", "close").forever())
            .retries(0),
        read("H30", "HTTP/1.0", format!("HTTP/1.0 200 OK\r\n\r\n{}", page_of_three())),
        read(
            "H30",
            "HTTP/1.0 with a length",
            format!("HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{}", page_of_three()),
        ),
    ]
}

fn heads() -> Vec<Case> {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n";
    let after = |interim: String| [interim.into_bytes(), answer("", &page_of_three())].concat();

    let large = |name, lines: String| {
        at_once("H8", name, Fault::verbatim(answer(&lines, &page_of_three())))
            .wire()
            .says("head is larger")
    };

    let bare = String::from_utf8(answer("", &page_of_three())).expect("text").replace("\r\n", "\n");
    vec![
        large("200 headers", "x-one: 1\r\n".repeat(200)),
        large("a header of 1 MiB", format!("x-long: {}\r\n", "x".repeat(1 << 20))),
        read("H8", "within the limits", answer(&"x-one: 1\r\n".repeat(95), &page_of_three())),
        no_http("H9", "another protocol", &b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..]),
        no_http("H9", "HTTP/0.9", page_of_three()),
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
            let mut bytes = answer("x-odd: ?\r\n", &page_of_three());
            let at = bytes.iter().position(|byte| *byte == b'?').expect("the mark");
            bytes[at] = 0xff;
            bytes
        }),
        no_http("H26", "a folded header", answer("x-odd: a\r\n b\r\n", &page_of_three())),
        no_http("H26", "a blank before the colon", answer("x-odd : a\r\n", &page_of_three())),
        no_http("H26", "NUL", answer("x-odd: a\0b\r\n", &page_of_three())),
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
