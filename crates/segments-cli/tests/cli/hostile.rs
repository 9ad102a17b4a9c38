//! A server that means harm. Whatever it answers, over either transport and for every goal, the
//! program ends in time and not with 0, stays small, and leaves nothing behind.

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use crate::support::{Raw, Run, names, program, wait};

/// What the program may take at most, in kilobytes: 64 MB. A debug build is itself 6 MB larger, and so
/// slow that answers wait for it.
const MOST_MEMORY: u64 = 64_000_000 / 1024 + if cfg!(debug_assertions) { 16_000 } else { 0 };

/// Most of them wait, and some keep a processor busy.
const WORKERS: usize = 8;

/// What is written for a request.
struct Hostility {
    name: &'static str,
    answer: Arc<Answer>,
}

type Answer = dyn Fn(&mut TcpStream) -> io::Result<()> + Send + Sync;

fn case(
    name: &'static str,
    answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Hostility {
    Hostility { name, answer: Arc::new(answer) }
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

/// The beginning of an answer, and then this without end.
fn flood(name: &'static str, head: impl Into<Vec<u8>>, endless: &[u8]) -> Hostility {
    let (head, endless) = (head.into(), endless.repeat(1 + 65_536 / endless.len()));
    case(name, move |stream| {
        stream.write_all(&head)?;
        loop {
            stream.write_all(&endless)?;
        }
    })
}

/// The beginning of an answer, and then silence, until the client leaves: whoever comes to an end
/// has ended it himself.
fn stall(name: &'static str, head: &'static str) -> Hostility {
    case(name, move |stream| {
        stream.write_all(head.as_bytes())?;
        io::copy(stream, &mut io::sink()).map(drop)
    })
}

/// The beginning at once, and then byte by byte without end.
fn drip(name: &'static str, head: &'static str, slow: &'static str) -> Hostility {
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
fn fresh(
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

/// A whole answer.
fn page(body: &[u8], head: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn row(id: impl std::fmt::Display, name: &str) -> String {
    format!(r#"{{"id":"{id}","name":"{name}","analytics_tracking_enabled":true,"tags":[]}}"#)
}

const OK: &str = "HTTP/1.1 200 OK\r\n\r\n{\"segments\":[";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn cases(trap: &str) -> Vec<Hostility> {
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

/// Lists without end, whose rows were never there before, and the limit that is to end each.
fn endless_lists() -> Vec<(Hostility, &'static [&'static str])> {
    let long = "a".repeat(14_000);
    let (name, kept) = (long.clone(), long.clone());
    let number = |n: u64| format!("{n:01000}");
    let tags = format!("[{}\"\"]", "\"\",".repeat(20_000));
    vec![
        (fresh("small rows", 100, |n| row(n, "n")), &["--max-pages", "20"]),
        (fresh("small rows", 100, |n| row(n, "n")), &["--max-requests", "20"]),
        (fresh("small rows", 100, |n| row(n, "n")), &["--max-memory", "300KiB"]),
        (fresh("many rows", 20_000, |n| row(n, "n")), &["--max-pages", "2"]),
        (fresh("many tags", 20, move |n| row(n, "n").replace("[]", &tags)), &["--max-pages", "2"]),
        (fresh("long ids", 100, move |n| row(number(n), "n")), &["--max-memory", "3MiB"]),
        // Answers as long as they may be, up to the limit that there is without a flag; names that a
        // walk need not keep, unless the format wants it.
        (fresh("long ids and names", 50, move |n| row(number(n) + &long, &long)), &[]),
        (fresh("long names", 100, move |n| row(n, &name)), &["--format", "table"]),
        (fresh("long names, saved", 100, move |n| row(n, &kept)), &["--checkpoint", "saved"]),
        (
            fresh("old rows with new names", 100, |n| {
                row(if n % 100 == 0 { n } else { n % 100 }, &n.to_string())
            }),
            &["--max-pages", "20"],
        ),
        (
            fresh("rows in no order", 100, |n| row(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), "n")),
            &["--max-pages", "20"],
        ),
    ]
}

/// A server that answers so.
fn serve(case: &Hostility) -> Raw {
    let answer = Arc::clone(&case.answer);
    // Whoever has enough leaves.
    Raw::serving(move |mut stream, _| drop(answer(&mut stream)))
}

/// Runs the program, and watches how much memory it takes, in kilobytes.
fn watched(args: &[&str], directory: &Path) -> (Run, u64) {
    let mut command = program(args);
    command.current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watcher = thread::spawn(move || {
        let mut peak = 0;
        // The file is gone with the process.
        while let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let size = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            // It never falls. The first can be that of the tests, which the child is until it is
            // another program.
            peak = size.unwrap_or(peak);
            sleep(Duration::from_millis(1));
        }
        peak
    });
    let run = wait(child);
    (run, watcher.join().unwrap())
}

/// Runs each case in each way, a few at a time.
fn in_every_way<T: Sync>(cases: &[T], run: impl Fn(&T, &[&str]) + Sync) {
    let goals = ["walk", "complete", "snapshot"];
    let ways: Vec<_> = goals
        .iter()
        .flat_map(|goal| ["hyper", "blocking"].map(|way| ["--goal", goal, "--transport", way]))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(at / ways.len()) else { break };
            run(case, &ways[at % ways.len()]);
        }
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(work);
        }
    });
}

/// Exports, and checks what holds for every end, which there is: the memory that it took.
fn harmless(case: &Hostility, args: &[&str], codes: RangeInclusive<i32>) -> u64 {
    let (server, directory) = (serve(case), tempfile::tempdir().unwrap());
    let export = ["export", "--base-url", &server.url, "-o", "out.ndjson", "-vv"];
    let args = [&export[..], args].concat();
    let (run, memory) = watched(&args, directory.path());
    let name = case.name;
    assert!(run.code.is_some_and(|code| codes.contains(&code)), "{name}: {args:?} {run:?}");
    assert!(memory < MOST_MEMORY, "{name}: {args:?} {memory} kB");
    // With more memory another run may end it, so the state of one that has asked for it stays.
    let kept = if args.contains(&"saved") { vec!["saved"] } else { Vec::new() };
    assert_eq!(names(directory.path()), kept, "{name}: {args:?} {run:?}");
    memory
}

#[test]
fn no_answer_does_harm() {
    let trap = Raw::body("{}");
    let limits = ["--timeout", "400ms", "--max-attempts", "2", "--deadline", "3s"];
    let largest = AtomicU64::new(0);
    in_every_way(&cases(&trap.url), |case, way| {
        let memory = harmless(case, &[way, &limits].concat(), 3..=9);
        largest.fetch_max(memory, Ordering::Relaxed);
    });
    assert_eq!(trap.connections(), 0);
    assert!(largest.into_inner() > 1000, "memory was measured");
}

#[test]
fn no_list_without_end_does_harm() {
    let largest = AtomicU64::new(0);
    in_every_way(&endless_lists(), |(case, limits), way| {
        let memory = harmless(case, &[way, limits].concat(), 3..=8);
        largest.fetch_max(memory, Ordering::Relaxed);
    });
    assert!(largest.into_inner() > 40 * 1024, "the limit was reached");
}

#[test]
fn a_drip_ends_at_the_deadline() {
    let cases = [
        drip("a dripping head", "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        drip("a dripping body", OK, " "),
        stall("silence", ""),
    ];
    in_every_way(&cases, |case, way| {
        harmless(case, &[way, &["--deadline", "700ms"]].concat(), 9..=9);
    });
}
