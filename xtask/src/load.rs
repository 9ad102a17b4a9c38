//! `cargo xtask load`: 200 connections and 100,000 requests against `segments serve`, which must
//! answer each and take no more memory at the end than near the beginning.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::programs::{self, KEY, Server};
use crate::step::Steps;

const CONNECTIONS: usize = 200;
const REQUESTS: usize = 100_000;

/// Behind so many answers every connection, and the whole log, has its memory.
const WARM: usize = 20_000;

/// What may come and go in an allocator, in kilobytes.
const FLAT: usize = 1024;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two pages and a half, and an empty one.
const SEGMENTS: usize = 250;
const PAGES: usize = 4;

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    let ready = steps.check("a folder of our own", || programs::prepare(root))
        && steps.run("cargo build --release --locked --package segments-cli");
    if ready {
        let name = format!("{CONNECTIONS} connections, {REQUESTS} requests");
        steps.check(&name, || load(root).unwrap_or_else(|error| Err(vec![error.to_string()])));
    }
    steps.finish()
}

fn load(root: &Path) -> io::Result<Result<(), Vec<String>>> {
    let program = programs::segments(root, "release");
    let server = Server::start(&programs::folder(root), &program, SEGMENTS, None)?;
    let address = server.url.trim_start_matches("http://");
    let shared = Shared::default();
    #[allow(clippy::disallowed_methods)]
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                if let Err(error) = shared.ask(address, server.id()) {
                    shared.complain(error.to_string());
                }
            });
        }
    });
    let took = begun.elapsed().as_secs_f64();
    let (warm, answered) =
        (shared.warm.load(Ordering::Relaxed), shared.answered.load(Ordering::Relaxed));
    let (end, peak) = (memory(server.id(), "VmRSS:"), memory(server.id(), "VmHWM:"));
    println!("{answered} answers in {took:.1} s");
    println!("server: {warm} kB behind {WARM} answers, {end} kB at the end, {peak} kB at most");
    if answered != REQUESTS {
        shared.complain(format!("{answered} answers of {REQUESTS}"));
    }
    if peak > warm + FLAT {
        shared.complain(format!("memory grew from {warm} to {peak} kB"));
    }
    let complaints = shared.complaints.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(if complaints.is_empty() { Ok(()) } else { Err(complaints) })
}

/// What the connections know together.
#[derive(Default)]
struct Shared {
    asked: AtomicUsize,
    answered: AtomicUsize,
    warm: AtomicUsize,
    complaints: Mutex<Vec<String>>,
}

impl Shared {
    /// Asks for one page after the other until all have been asked for.
    fn ask(&self, address: &str, server: u32) -> io::Result<()> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut answers = BufReader::new(&stream);
        loop {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            if number >= REQUESTS {
                return Ok(());
            }
            let request = format!(
                "GET /segments/list?page={} HTTP/1.1\r\nHost: {address}\r\n\
                 Authorization: Bearer {KEY}\r\n\r\n",
                number % PAGES
            );
            (&stream).write_all(request.as_bytes())?;
            answer(&mut answers)?;
            if self.answered.fetch_add(1, Ordering::Relaxed) + 1 == WARM {
                self.warm.store(memory(server, "VmRSS:"), Ordering::Relaxed);
            }
        }
    }

    fn complain(&self, what: String) {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

/// Reads one answer, which must be a whole page.
fn answer(stream: &mut impl BufRead) -> io::Result<()> {
    let wrong = |what: &str| io::Error::other(format!("no page: {what}"));
    let (mut line, mut length) = (String::new(), 0);
    stream.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200 ") {
        return Err(wrong(line.trim_end()));
    }
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(wrong("it ends in the head"));
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.trim_end().parse().map_err(|_| wrong(text))?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    if body.ends_with(b"\"message\":\"success\"}") { Ok(()) } else { Err(wrong("its end")) }
}

/// Of a process, in kilobytes; 0 where the system does not say.
fn memory(process: u32, field: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
