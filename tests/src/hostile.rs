//! Answers of a server that means harm: floods, drips, silence, bombs, and bytes that are no HTTP.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

/// What is written for every request.
pub struct Hostility {
    /// What it does.
    pub name: &'static str,
    answer: Arc<Answer>,
}

type Answer = dyn Fn(&mut TcpStream) -> io::Result<()> + Send + Sync;

fn case(
    name: &'static str,
    answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Hostility {
    Hostility { name, answer: Arc::new(answer) }
}

impl Hostility {
    /// Answers so on a port of its own, for as long as the process lives, and gives its address.
    ///
    /// # Panics
    /// If the system gives no socket.
    pub fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = Arc::clone(&self.answer);

        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    read_head(&mut stream);
                    // A client that has enough leaves.
                    let _ = answer(&mut stream);
                });
            }
        });
        url
    }
}

impl fmt::Debug for Hostility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hostility").field(&self.name).finish()
    }
}

fn read_head(stream: &mut TcpStream) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
}

/// The same bytes to everybody.
fn bytes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Hostility {
    let bytes = bytes.into();
    case(name, move |stream| stream.write_all(&bytes))
}

/// A 200 with this body.
fn body(name: &'static str, body: impl AsRef<[u8]>) -> Hostility {
    bytes(name, page(body.as_ref(), ""))
}

/// The beginning of a response, and then this without end.
fn flood(name: &'static str, head: impl Into<Vec<u8>>, endless: &[u8]) -> Hostility {
    let (head, endless) = (head.into(), endless.repeat(1 + 65_536 / endless.len()));
    case(name, move |stream| {
        stream.write_all(&head)?;
        loop {
            stream.write_all(&endless)?;
        }
    })
}

/// The beginning of a response, and then silence until the client leaves.
pub fn stall(name: &'static str, head: &'static str) -> Hostility {
    case(name, move |stream| {
        stream.write_all(head.as_bytes())?;
        io::copy(stream, &mut io::sink()).map(drop)
    })
}

/// The beginning at once, and then byte by byte without end.
pub fn drip(name: &'static str, head: &'static str, slow: &'static str) -> Hostility {
    case(name, move |stream| {
        stream.write_all(head.as_bytes())?;
        let mut bytes = slow.as_bytes().chunks(1).cycle();
        loop {
            stream.write_all(bytes.next().unwrap_or_default())?;
            sleep(Duration::from_millis(30));
        }
    })
}

/// Pages of rows that were never there before, each made of a number of its own.
pub fn fresh(
    name: &'static str,
    rows: u64,
    row: impl Fn(u64) -> String + Send + Sync + 'static,
) -> Hostility {
    let next = AtomicU64::new(0);
    case(name, move |stream| {
        let first = next.fetch_add(rows, Ordering::SeqCst);
        let rows: Vec<_> = (first..first + rows).map(&row).collect();
        let body = format!(r#"{{"segments":[{}],"message":"success"}}"#, rows.join(","));
        stream.write_all(&page(body.as_bytes(), ""))
    })
}

/// A whole response.
fn page(body: &[u8], head: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A segment.
pub fn row(id: impl std::fmt::Display, name: &str) -> String {
    format!(r#"{{"id":"{id}","name":"{name}","analytics_tracking_enabled":true,"tags":[]}}"#)
}

const OK: &str = "HTTP/1.1 200 OK\r\n\r\n{\"segments\":[";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Answers that are no page, each of which is to end an export. At `trap` nobody may come.
pub fn answers(trap: &str) -> Vec<Hostility> {
    let mut cases = Vec::new();
    for (status, target) in [
        (301, format!("{trap}/segments/list")),
        (302, trap.replace("http://127.0.0.1", "//localhost")),
        (303, trap.replace("http://", "http://user:password@")),
        (307, "/segments/list?page=0".to_owned()),
        (308, trap.replace("127.0.0.1", "localhost")),
    ] {
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {target}\r\n");
        cases.push(bytes("redirect", head + "Content-Length: 0\r\n\r\n"));
    }

    let declared = "HTTP/1.1 200 OK\r\nContent-Length: 99000000000\r\n\r\n{\"segments\":[";
    let good = format!("[{}]", row("x", "n"));

    cases.extend([
        flood("blanks behind a page", OK, b"          "),
        flood("chunks of a byte", CHUNKED, b"1\r\n[\r\n"),
        flood("chunks", CHUNKED, format!("ffff\r\n{}\r\n", " ".repeat(0xffff)).as_bytes()),
        flood("rows on one page", OK, format!("{},", row("x", "n")).as_bytes()),
        flood("a name", format!("{OK}{{\"name\":\""), b"endless"),
        flood("99 GB", declared, b" "),
        flood("header lines", "HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        flood("one header", "HTTP/1.1 200 OK\r\nX: ", b"y"),
        case("100 Continue", |stream| {
            // At full speed a debug build of hyper is too busy with them to look at the clock.
            loop {
                stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100))?;
                sleep(Duration::from_millis(2));
            }
        }),
        flood("line ends", "", b"\r\n"),
        flood("zeros", "", &[0]),
        flood("a reason", "HTTP/1.1 200 ", b"OK "),
        flood("trailers", format!("{CHUNKED}0\r\n"), b"X: y\r\n"),
        flood("an extension of a chunk", format!("{CHUNKED}1;"), b"x"),
        bytes("a gzip bomb", page(&gzip_bomb(), "Content-Encoding: gzip\r\n")),
        body("a gzip bomb that does not say so", gzip_bomb()),
        stall("silence", ""),
        stall("silence in the head", "HTTP/1.1 200 OK\r\nConten"),
        stall("silence in the body", OK),
        stall("silence behind 100", "HTTP/1.1 100 Continue\r\n\r\n"),
        drip("a dripping head", "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        drip("a dripping body", OK, " "),
        drip("dripping chunks", CHUNKED, "1\r\n \r\n"),
        bytes("nothing", ""),
        bytes("a banner", "SSH-2.0-OpenSSH_9.2\r\n"),
        bytes("an alert", b"\x15\x03\x03\x00\x02\x02\x28".as_slice()),
        bytes("HTTP/0.9", "<html>"),
        bytes("noise", (0..5000_u32).map(|n| (n * n % 251) as u8).collect::<Vec<_>>()),
        bytes("status 999", "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"),
        bytes("status 101", "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        bytes("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        bytes("a chunk that is none", format!("{CHUNKED}zz\r\n{{}}\r\n")),
        bytes("a chunk of 2^64", format!("{CHUNKED}10000000000000000\r\n{{}}\r\n")),
        bytes("cut in the head", "HTTP/1.1 200 OK\r\nContent-Le"),
        bytes("cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"segments\":["),
        bytes("cut without a length", format!("{OK}{}", row("x", "n"))),
        bytes("cut in a chunk", format!("{CHUNKED}99\r\n{{\"segments\":[")),
        body("HTML", "<!doctype html><title>Sign in</title>"),
        body("deep arrays", format!(r#"{{"segments":{}"#, "[".repeat(1_000_000))),
        body("deep objects", r#"{"a":"#.repeat(200_000)),
        body(
            "depth elsewhere",
            format!(
                r#"{{"x":{}1{},"segments":{good},"message":"success"}}"#,
                "[".repeat(400_000),
                "]".repeat(400_000)
            ),
        ),
        body(
            "invalid UTF-8",
            b"{\"segments\":[{\"id\":\"x\",\"name\":\"\xff\xc0\x80\"}],\"message\":\"success\"}",
        ),
        body(
            "half a pair",
            format!(r#"{{"segments":[{}],"message":"success"}}"#, row("x", "\\ud800")),
        ),
        body("numbers", r#"{"segments":[{"id":1e999,"name":1e-999}],"message":"success"}"#),
        body("a NUL", "\0"),
        body(
            "a repeated id",
            format!(r#"{{"segments":[{0},{0}],"message":"success"}}"#, row("x", "n")),
        ),
        body("the same page for ever", format!(r#"{{"segments":{good},"message":"success"}}"#)),
    ]);

    cases
}

/// 64 MB of zeros in 400 KB.
fn gzip_bomb() -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    // A block with the fixed codes: its head, a zero, 250,000 times "copy 258 bytes from 1 byte
    // ago", and the end.
    let copies = "1100010100000".chars().cycle().take(13 * 250_000);
    let bits = "110".chars().chain("00110000".chars()).chain(copies).chain("0000000".chars());
    let bits: Vec<_> = bits.collect();

    bytes.extend(
        bits.chunks(8)
            .map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit == '1'))),
    );

    bytes
}
