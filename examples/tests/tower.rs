//! The example `tower` against a server that takes its time with bodies, and counts.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use segments_emulator::{Workspace, sample};

const KEY: &str = "CANARY-key-of-the-examples";

/// Longer than a head and the next request take.
const BODY_TIME: Duration = Duration::from_millis(50);

struct Shared {
    workspace: Workspace,
    open: usize,
    most: usize,
}

/// Answers requests until the connection ends: a head at once, the body later.
fn serve(stream: &TcpStream, shared: &Mutex<Shared>) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    loop {
        let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
        let mut request = http::Request::get(target);
        while let Some(line) = lines.next()?.ok().filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ")?;
            request = request.header(name, value);
        }

        let response = {
            let mut shared = shared.lock().unwrap();
            shared.open += 1;
            shared.most = shared.most.max(shared.open);
            shared.workspace.answer(&request.body(()).ok()?, Duration::from_secs(1_800_000_000))
        };

        let (status, body) = (response.status(), response.body());
        write!(&*stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len()).ok()?;
        thread::sleep(BODY_TIME);
        // Counted before the last byte: from then on the client may send the next request.
        shared.lock().unwrap().open -= 1;
        (&*stream).write_all(body).ok()?;
    }
}

#[test]
fn never_more_than_two_requests_at_once_with_their_bodies() {
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(1200, 1));
    let shared = Arc::new(Mutex::new(Shared { workspace, open: 0, most: 0 }));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());

    let server = Arc::clone(&shared);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let server = Arc::clone(&server);
            thread::spawn(move || serve(&stream.unwrap(), &server));
        }
    });

    let output = Command::new(env!("CARGO_BIN_EXE_tower"))
        .env("BRAZE_BASE_URL", url)
        .env("BRAZE_API_KEY", KEY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1200 segments, complete"), "{said}");
    assert_eq!(shared.lock().unwrap().most, 2);
}
