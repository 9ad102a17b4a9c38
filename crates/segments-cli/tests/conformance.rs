//! The table of cases that every layer shares, over the real binary and both of its transports.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use segments_core::Segment;
use segments_emulator::{Emulator, Server};
use segments_tests::cases::{Case, table};
use serde_json::Value;

#[test]
fn the_program_does_what_the_table_says() {
    let directory = tempfile::tempdir().unwrap();
    let runs: Vec<_> = table()
        .into_iter()
        .flat_map(|case| ["hyper", "blocking"].map(|transport| (case.clone(), transport)))
        .collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((case, transport)) = runs.get(number) else { break };
            run(case, transport, &directory.path().join(number.to_string()));
        }
    };
    // Most runs wait for a server or a clock.
    thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn run(case: &Case, transport: &str, report: &Path) {
    let server = Server::spawn(Emulator::new(case.workspace())).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_segments"))
        .args(["export", "--base-url", &server.url(), "--transport", transport])
        .args(["--format", "ndjson", "-v", "--report"])
        .arg(report)
        .args(case.limits.arguments())
        .env_clear()
        .env("BRAZE_API_KEY", case.key)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let document = std::fs::read_to_string(report).unwrap();
    for text in [&stdout, &stderr, &document] {
        assert!(!text.contains("CANARY"), "{}: {text}", case.name);
    }
    let document: Value = serde_json::from_str(&document).unwrap();
    let reason = document["error"]["reason"].as_str().unwrap_or_default();
    let rows: Vec<Segment> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let code = output.status.code().and_then(|code| u8::try_from(code).ok());
    assert!(code.is_some(), "{}: {stderr}", case.name);
    case.judge(transport, code, reason, &rows);
}
