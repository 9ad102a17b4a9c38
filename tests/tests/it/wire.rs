//! What is on the wire comes to one end, whichever adapter reads it.

use std::time::Duration;

use segments_core::{Api, ApiKey, Endpoint, Error, Export, Goal, Plan, Report, Segment};
use segments_emulator::{Fault, Script, Workspace};
use segments_tests::cases::{side_by_side, table};
use segments_tests::peer::Serving;
use segments_tests::world::KEY;

use crate::faults::{blocking, hyper};

const PAGE: &str = r#"{"segments":[],"message":"success"}"#;

/// How an export ended, in words that have nothing of a library in them.
#[derive(Debug, PartialEq)]
struct End {
    error: Option<(String, String, u32)>,
    list: Vec<Segment>,
    requests: u64,
}

fn end((result, list, report): (Result<(), Error>, Vec<Segment>, Report)) -> End {
    let error = result.err().map(|error| {
        // A library's own words stand in brackets.
        let text = error.to_string().replace(" (asc)", "");
        let ours = text.split(" (").next().unwrap_or_default().to_owned();
        (error.kind().name().to_owned(), ours, error.attempts())
    });
    // Whether the end of one response's connection meets the next request is a matter of chance.
    End { error, list, requests: report.requests - report.stale_connections }
}

fn over_both(bytes: &[u8]) -> [End; 2] {
    let script = Script::new().then(Fault::verbatim(bytes).forever());
    let workspace = Workspace::new().with_key(KEY).with_faults(script);
    let server = Serving::emulator(workspace);

    let export = || {
        let api = Api::new(Endpoint::new(&server.url).unwrap(), ApiKey::new(KEY).unwrap());
        let mut plan = Plan::new(Goal::Walk);
        plan.window = 1;
        plan.retry.max_attempts = 2;
        plan.retry.backoff = Duration::from_millis(1);
        Export::new(api, plan)
    };

    [end(hyper::read(export())), end(blocking::read(export()))]
}

/// A page with these lines in its head, and its length.
fn page(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{lines}content-length: {}\r\n\r\n{PAGE}", PAGE.len())
}

/// A page of which the length is said like this.
fn length(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{PAGE}")
}

/// A page in one chunk, whose size is said like this, with these lines behind it.
fn chunk(size: &str, trailers: &str) -> String {
    coded("chunked", size, trailers)
}

fn coded(coding: &str, size: &str, trailers: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: {coding}\r\n\r\n{size}\r\n{PAGE}\r\n0\r\n\
         {trailers}\r\n"
    )
}

fn x(count: usize) -> String {
    "x".repeat(count)
}

/// Interim answers, and what can be in a head.
fn heads() -> Vec<String> {
    let interim = |head: &str| format!("HTTP/1.1 {head}\r\n\r\n{}", page(""));
    let status = |line: &str| page("").replacen("HTTP/1.1 200 OK", line, 1);

    let mut cases = vec![
        page(""),
        interim("100 Continue"),
        interim("100 Continue\r\nx-a: b"),
        interim(&format!("100 Continue\r\nx-a: {}", x(30_000))),
        interim(&format!("100 Continue{}", "\r\nx-a: b".repeat(20))),
        interim(&format!("103 Early Hints{}", "\r\nx-a: b".repeat(110))),
        interim("100 Continue\r\ncontent-length: 0"),
        interim("102 Processing"),
        interim("103 Early Hints\r\nlink: </a>\r\nlink: </b>"),
        interim("199 Odd\r\nx: y"),
        format!("{}{}", "HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n".repeat(200), page("")),
        "HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nx: y".to_owned(),
        "HTTP/1.1 200 OK\r\nx: y\r\n".to_owned(),
        "H".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: /x\r\n".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: http://[\r\ncontent-length: 0\r\n\r\n".to_owned(),
        page("").replace("\r\n", "\n"),
    ];

    cases.extend(["\r\n", "\n", " "].map(|before| [before, &page("")].concat()));

    let lines = [
        "HTTP/1.1 200 ",
        "HTTP/1.1 200",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 200 Ök",
        "HTTP/1.2 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/2 200",
        "http/1.1 200 OK",
        "ICY 200 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 205 Reset Content",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.0 200 OK\r\nconnection: keep-alive",
    ];

    cases.extend(lines.map(status));

    let headers = [
        "nocolon",
        "x : y",
        "x y: z",
        ": z",
        "x:",
        "x: a\r\n b",
        " x: a",
        "x: a\0b",
        "x: a\x07b",
        "x: a\tb",
        "x: a\rb",
        "x: ü",
        "ü: x",
        "content-encoding: identity",
        "connection: upgrade\r\nupgrade: h2c",
    ];

    cases.extend(headers.map(|header| page(&format!("{header}\r\n"))));
    cases.extend([98, 99, 100, 101, 128, 129, 300].map(|count| page(&"x: 1\r\n".repeat(count))));
    let long = [60_000, 65_400, 66_000, 70_000, 130_000, 300_000];
    cases.extend(long.map(|count| page(&format!("x: {}\r\n", x(count)))));
    cases
}

/// How the end of a body is told.
fn bodies() -> Vec<String> {
    let n = PAGE.len();
    let hex = format!("{n:x}");

    let mut cases = vec![
        length("connection: keep-alive"),
        length("transfer-encoding: identity"),
        length("transfer-encoding: gzip"),
        page("transfer-encoding: identity\r\n"),
        page("transfer-encoding: \r\n"),
        page("transfer-encoding: chunked\r\n"),
        coded(&format!("chunked\r\ncontent-length: {n}"), &hex, ""),
        coded("Chunked", &hex.to_uppercase(), ""),
        coded("chunked, chunked", &hex, ""),
        coded("chunked\r\ntransfer-encoding: chunked", &hex, ""),
        coded("xchunked", &hex, ""),
        coded("chunked;q=1", &hex, ""),
        coded("chunked\r\ntrailer: x-t", &hex, "x-t: a\r\n"),
        chunk(&hex, "").replace("HTTP/1.1", "HTTP/1.0"),
        chunk(&hex, "").replacen(&format!("{hex}\r\n"), &format!("{hex}\n"), 1),
        chunk(&format!("{:x}", n - 1), ""),
        chunk(&format!("{:x}", n + 1), ""),
        chunk(&hex, "").replace("\r\n0\r\n\r\n", "\r\n0\r\n"),
        chunk(&hex, "").replace("\r\n0\r\n\r\n", "\r\n0"),
        chunk(&hex, "").replace("\r\n0\r\n\r\n", "\r\n000\r\n\r\n"),
    ];

    let lengths = [
        format!("{}", n + 1),
        format!("{}", n - 1),
        format!("+{n}"),
        format!("   {n}   "),
        format!("{n}, {n}"),
        format!("{n}\r\ncontent-length: {n}"),
        format!("{n}\r\ncontent-length: 3"),
        String::new(),
        "0x23".to_owned(),
        format!("000{n}"),
        format!("{n}.0"),
        "99999999999999999999".to_owned(),
    ];

    cases.extend(lengths.map(|text| length(&format!("content-length: {text}"))));

    let sizes = [
        format!("0000{hex}"),
        format!("{}{hex}", "0".repeat(20)),
        format!("0x{hex}"),
        format!("-{hex}"),
        format!("+{hex}"),
        format!(" {hex}"),
        format!("{hex} "),
        format!("{hex}\t"),
        format!("{hex};"),
        format!("{hex};a=\"b;c\""),
        String::new(),
    ];

    cases.extend(sizes.iter().map(|size| chunk(size, "")));
    let extensions = [10, 100, 3_000, 15_000, 20_000];
    cases.extend(extensions.map(|count| chunk(&format!("{hex};a={}", x(count)), "")));
    cases.extend(["x-t: a\r\n", "none\r\n"].map(|trailer| chunk(&hex, trailer)));
    let trailers = [10_000, 20_000, 70_000, 200_000];
    cases.extend(trailers.map(|count| chunk(&hex, &format!("x-t: {}\r\n", x(count)))));
    cases.extend([90, 120, 200].map(|count| chunk(&hex, &"x-t: 1\r\n".repeat(count))));
    cases
}

#[test]
fn heads_come_to_one_end_over_both_adapters() {
    compare(&heads());
}

#[test]
fn bodies_come_to_one_end_over_both_adapters() {
    compare(&bodies());
}

fn compare(cases: &[String]) {
    for some in cases.chunks(8) {
        side_by_side(some.iter(), |bytes| {
            let [over_hyper, blocking] = over_both(bytes.as_bytes());
            assert_eq!(over_hyper, blocking, "{:.300}", bytes.escape_debug().to_string());
        });
    }
}

/// Two readers may see two things in what is no HTTP, and both end for the same reason.
#[test]
fn what_is_read_in_two_ways_ends_for_one_reason() {
    let n = PAGE.len();
    for bytes in [
        coded("chunked, identity", &format!("{n:x}"), ""),
        length("content-length: 18446744073709551615"),
    ] {
        let [over_hyper, blocking] = over_both(bytes.as_bytes()).map(|end| end.error.unwrap());
        assert_eq!((&over_hyper.0, over_hyper.2), (&blocking.0, blocking.2), "{bytes}");
        assert_eq!(over_hyper.0, "protocol");
    }
}

/// The cases of the catalogue that take a socket.
#[test]
fn the_catalogue_comes_to_one_end_over_both_adapters() {
    let cases: Vec<_> = table().iter().filter(|case| case.wire).collect();
    for some in cases.chunks(8) {
        side_by_side(some.iter(), |case| {
            let ends = [hyper::read, blocking::read].map(|read| {
                let server = case.serve();
                end(read(crate::faults::export(case, &server.url, 1)))
            });
            assert_eq!(ends[0], ends[1], "{}: {}", case.row, case.name);
        });
    }
}
