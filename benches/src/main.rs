//! One piece of work, named on the command line: `bench decode/segments 2`.
//!
//! `cargo xtask bench` runs it under valgrind. The number says how often the work is done; what is
//! counted is the part under [`measured`], or the difference between two numbers.

use std::hint::black_box;
use std::io::BufWriter;
use std::process::ExitCode;
use std::time::Duration;

use segments_benches::decode::{self, OwnedSegment};
use segments_benches::export::{self, Prepared};
use segments_benches::pages::{self, DIFFERENT, KEY, List};
use segments_benches::{client, measured, output, request};
use segments_core::{Goal, ListRequest, Segment, SortDirection};
use segments_emulator::{Emulator, Server, Workspace};

const USAGE: &str = "Usage: bench <CASE> <TIMES> [URL]";

/// The pages of the list that an export without I/O reads.
const PAGES: u32 = 300;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["serve", pages] => pages.parse().map(serve),
        [case, times] => times.parse().map(|times| run(case, times)),
        [case, times, url] => times.parse().map(|pages| read(case, url, pages)),
        _ => Ok(false),
    };
    if let Ok(true) = done {
        ExitCode::SUCCESS
    } else {
        eprintln!("{USAGE}");
        ExitCode::from(2)
    }
}

/// Work on pages in memory. The pages are gone through `times` times, after a first round that is
/// not counted.
fn run(case: &str, times: usize) -> bool {
    match case.split_once('/') {
        Some(("decode", how)) => decoding(how, times),
        Some(("request", how)) => requesting(how, times),
        Some(("write", how)) => writing(how, times),
        Some(("export", goal)) => {
            let Ok(goal) = goal.parse() else { return false };
            let answers = Prepared::new(PAGES);
            measured(|| (0..times).all(|_| export::run(goal, &answers) > 0))
        }
        Some(("grow", goal)) => goal.parse().is_ok_and(|goal| grow(goal, times)),
        _ => false,
    }
}

fn decoding(how: &str, times: usize) -> bool {
    let (api, answers) = (decode::api(), pages::answers());
    match how {
        "segments" => rounds(times, &answers, |answer| drop(black_box(api.read(answer)))),
        "serde-owned" => rounds(times, &answers, |a| drop(black_box(decode::owned(a.body())))),
        "serde-value" => rounds(times, &answers, |a| drop(black_box(decode::value(a.body())))),
        "serde-cow" => rounds(times, &answers, |a| drop(black_box(decode::cow(a.body())))),
        "sonic-rs-owned" => rounds(times, &answers, |a| drop(black_box(decode::sonic(a.body())))),
        _ => return false,
    }
    true
}

fn requesting(how: &str, times: usize) -> bool {
    let api = decode::api();
    let numbers: Vec<u32> = (0..DIFFERENT).collect();
    match how {
        "segments" => rounds(times, &numbers, |page| {
            let list = ListRequest::page(*page).sort(SortDirection::Asc);
            drop(black_box(api.request(list)));
        }),
        "formatted" => rounds(times, &numbers, |page| {
            drop(black_box(request::formatted("rest.iad-01.braze.com", KEY, *page)));
        }),
        _ => return false,
    }
    true
}

fn writing(how: &str, times: usize) -> bool {
    let (api, answers) = (decode::api(), pages::answers());
    let batches: Vec<Vec<Segment>> = answers
        .iter()
        .map(|answer| api.read(answer).expect("a page").segments().collect())
        .collect();
    let owned: Vec<Vec<OwnedSegment>> =
        answers.iter().map(|answer| decode::owned(answer.body()).segments).collect();
    let cells: Vec<_> = batches.iter().map(|batch| output::cells(batch)).collect();
    let mut out = BufWriter::with_capacity(64 << 10, std::io::sink());
    let written = "a sink takes everything";
    match how {
        "ndjson" => rounds(times, &batches, |b| output::ndjson(b, &mut out).expect(written)),
        "csv" => {
            output::csv_header(&mut out).expect(written);
            rounds(times, &batches, |b| output::csv(b, &mut out).expect(written));
        }
        "serde-ndjson" => {
            rounds(times, &owned, |rows| output::serde_ndjson(rows, &mut out).expect(written));
        }
        "plain-csv" => {
            rounds(times, &cells, |rows| output::plain_csv(rows, &mut out).expect(written));
        }
        _ => return false,
    }
    true
}

/// What every page is worked on, `times` times.
fn rounds<T>(times: usize, all: &[T], mut work: impl FnMut(&T)) {
    all.iter().for_each(&mut work);
    measured(|| (0..times).for_each(|_| all.iter().for_each(&mut work)));
}

/// A long list, made as it is read: time in the machine, and how much more memory this process came
/// to take. Short ones are read again and again, for the clock's sake.
fn grow(goal: Goal, pages: usize) -> bool {
    let list = List::of_pages(pages);
    // What is the same for every list is taken before.
    export::run_long(goal, &List::of_pages(1));
    let before = peak_memory();
    let rounds = (1000 / pages).max(1);
    let (mut segments, mut spent) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let read = export::run_long(goal, &list);
        (segments, spent) = (read.0, spent + read.1);
    }
    let grown = peak_memory().saturating_sub(before);
    let nanoseconds = spent.as_nanos() / (rounds * pages) as u128;
    println!("nanoseconds {nanoseconds} a page, segments {segments} bytes {grown}");
    true
}

/// `VmHWM` of Linux, in bytes; 0 elsewhere.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// So many pages from a server.
fn read(case: &str, url: &str, pages: u32) -> bool {
    let client = match case {
        "client/socket" => client::socket,
        "client/hyper-util" => client::hyper_util,
        "client/reqwest" => client::reqwest,
        "client/ureq" => client::ureq,
        "client/segments-hyper" => client::segments_hyper,
        "client/segments-blocking" => client::segments_blocking,
        _ => return false,
    };
    println!("{}", client(url, pages));
    true
}

/// Serves the same pages until it is ended from outside.
fn serve(pages: usize) -> bool {
    let workspace = Workspace::new().with_key(KEY).with_segments(List::of_pages(pages).segments());
    let server = Server::spawn(Emulator::new(workspace)).expect("a free port");
    println!("{}", server.url());
    loop {
        std::thread::park();
    }
}
