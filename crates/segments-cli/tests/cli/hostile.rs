//! A server that means harm. Whatever it answers, for every goal, the program ends in time and not
//! with 0, stays small, and leaves nothing behind. The blocking adapter gets the same answers in
//! `tests/tests/it/hostile.rs`.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use segments_tests::hostile::{Hostility, answers, drip, fresh, row, stall};

use crate::support::{Raw, Run, names, program, wait};

/// What the program may take at most, in kilobytes: 64 MB. A debug build is itself 6 MB larger, and so
/// slow that answers wait for it.
const MOST_MEMORY: u64 = 64_000_000 / 1024 + if cfg!(debug_assertions) { 16_000 } else { 0 };

/// Most of them wait, and some keep a processor busy.
const WORKERS: usize = 8;

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
    let ways = goals.map(|goal| ["--goal", goal]);
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
    let (url, directory) = (case.serve(), tempfile::tempdir().unwrap());
    let export = ["export", "--base-url", &url, "-o", "out.ndjson", "-vv"];
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
    in_every_way(&answers(&trap.url), |case, way| {
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
        drip("a dripping body", "HTTP/1.1 200 OK\r\n\r\n{\"segments\":[", " "),
        stall("silence", ""),
    ];
    in_every_way(&cases, |case, way| {
        harmless(case, &[way, &["--deadline", "700ms"]].concat(), 9..=9);
    });
}
