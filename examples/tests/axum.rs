//! The example `axum`: loaded, left, killed, stopped, and with a slow Braze behind it.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use segments_emulator::{Emulator, Fault, Script, Server, ServerThread, Workspace, sample};
use serde_json::Value;

const KEY: &str = "CANARY-key-of-the-examples";

/// What takes longer hangs, however slow the machine is.
const WATCHDOG: Duration = Duration::from_secs(300);

/// Longer than everything that is in flight at a moment.
const MOMENT: Duration = Duration::from_millis(500);

struct Running {
    process: Child,
    host: String,
}

impl Running {
    fn start(braze: &ServerThread, deadline: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_axum"))
            .env("BRAZE_BASE_URL", braze.url())
            .env("LISTEN", "127.0.0.1:0")
            .env("DEADLINE", deadline)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();

        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let host = url.trim().strip_prefix("http://").unwrap().to_owned();
        Self { process, host }
    }

    /// Sends a request. HTTP/1.0, so that the body is not chunked and ends with the connection.
    fn request(&self, key: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        write!(stream, "GET /segments HTTP/1.0\r\nauthorization: Bearer {key}\r\n\r\n").unwrap();
        stream
    }

    fn get(&self, key: &str) -> Answer {
        let mut bytes = Vec::new();
        // A connection that breaks ends the body.
        let _ = self.request(key).read_to_end(&mut bytes);
        Answer::parse(&bytes)
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// How it ended.
    fn wait(&mut self) -> Option<i32> {
        let mut status = None;
        until(|| {
            status = self.process.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

/// Waits for something to become true.
#[track_caller]
fn until(mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < WATCHDOG, "it never becomes true");
        thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Answer {
    status: u16,
    lines: Vec<Value>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
        // A line that was cut is not JSON.
        let lines = body.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        Self { status, lines }
    }

    fn ids(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line["id"].as_str()).collect()
    }

    /// The report, if the list is whole.
    fn report(&self) -> Option<&Value> {
        self.lines.last()?.get("report")
    }
}

fn braze(segments: usize, faults: Script) -> ServerThread {
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(segments, 1));
    Server::spawn(Emulator::new(workspace.with_faults(faults))).unwrap()
}

/// How many segments it takes for an export to be long, and how many pages they fill.
const MANY: usize = 10_000;
const PAGES: u64 = 100;

fn slow(delay: u64) -> Script {
    Script::new().then(Fault::delay(Duration::from_millis(delay)).forever())
}

fn requests(braze: &ServerThread) -> u64 {
    braze.emulator().with(|workspace| workspace.log().total())
}

/// Nothing arrives at Braze any more, long before the list was read.
fn assert_given_up(braze: &ServerThread) {
    until(|| {
        let before = requests(braze);
        thread::sleep(MOMENT);
        requests(braze) == before
    });
    assert!(requests(braze) < PAGES, "{}", requests(braze));
}

#[test]
fn fifty_workspaces_at_once_over_one_pool() {
    let keys: Vec<_> = (0..50).map(|number| format!("CANARY-key-{number:02}")).collect();
    let empty = Workspace::new().with_segments(sample(450, 1));
    let workspace = keys.iter().fold(empty, |workspace, key| workspace.with_key(key));
    let braze = Server::spawn(Emulator::new(workspace)).unwrap();
    let service = Running::start(&braze, "600");
    let mut expected: Vec<_> =
        sample(450, 1).iter().map(|segment| segment.id().to_owned()).collect();
    expected.sort_unstable();

    thread::scope(|scope| {
        for key in &keys {
            let (service, expected) = (&service, &expected);
            scope.spawn(move || {
                let answer = service.get(key);
                assert_eq!(answer.status, 200);
                // A stream is in the order of first sight.
                let mut ids = answer.ids();
                ids.sort_unstable();
                assert!(ids == *expected);
                let report = answer.report().unwrap();
                assert_eq!(report["completeness"], "complete");
                assert!(!report.to_string().contains("CANARY"));
            });
        }
    });
}

#[test]
fn an_export_ends_with_the_client_that_asked_for_it() {
    let braze = braze(MANY, slow(100));
    let service = Running::start(&braze, "600");

    let mut stream = service.request(KEY);
    let mut some = vec![0; 20_000];
    stream.read_exact(&mut some).unwrap();
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);

    assert_given_up(&braze);

    // The service has lost nothing by it.
    braze.emulator().with(|workspace| workspace.set_faults(Script::new()));
    assert!(service.get(KEY).report().is_some());
}

#[test]
fn a_service_that_is_killed_leaves_no_list_that_looks_whole() {
    let braze = braze(MANY, slow(100));
    let mut service = Running::start(&braze, "600");

    let mut stream = service.request(KEY);
    let mut bytes = vec![0; 20_000];
    stream.read_exact(&mut bytes).unwrap();
    service.signal("-KILL");
    let _ = stream.read_to_end(&mut bytes);
    assert_eq!(service.wait(), None);

    let answer = Answer::parse(&bytes);
    assert!(answer.ids().len() > 50);
    assert!(answer.report().is_none());
    assert_given_up(&braze);
}

#[test]
fn a_service_that_is_stopped_ends_what_runs_and_begins_nothing() {
    let braze = braze(1000, slow(50));
    let mut service = Running::start(&braze, "600");

    let mut stream = service.request(KEY);
    let mut bytes = vec![0; 5_000];
    stream.read_exact(&mut bytes).unwrap();
    service.signal("-TERM");

    // It takes no more connections.
    until(|| TcpStream::connect(&service.host).is_err());

    stream.read_to_end(&mut bytes).unwrap();
    let answer = Answer::parse(&bytes);
    assert_eq!(answer.ids().len(), 1000);
    assert_eq!(answer.report().unwrap()["ended"], true);
    assert_eq!(service.wait(), Some(0));
}

#[test]
fn an_export_ends_at_its_deadline() {
    let braze = braze(MANY, slow(100));
    let service = Running::start(&braze, "3");
    let late = service.get(KEY);
    assert_eq!((late.status, late.report()), (200, None));
    assert_given_up(&braze);

    // Before the first page the status tells.
    braze.emulator().with(|workspace| workspace.set_faults(slow(60_000)));
    assert_eq!(service.get(KEY).status, 504);
}

#[test]
fn what_fails_before_the_first_page_is_a_status() {
    let braze = braze(250, Script::new());
    let service = Running::start(&braze, "600");
    assert_eq!(service.get("another-key").status, 401);
    assert_eq!(service.get("no key at all").status, 401);

    let faults = Script::new().then(Fault::html().forever());
    braze.emulator().with(|workspace| workspace.set_faults(faults));
    let failed = service.get(KEY);
    assert_eq!((failed.status, failed.ids().len()), (502, 0));
    assert!(failed.lines[0]["error"].as_str().unwrap().contains("HTML"));
}
