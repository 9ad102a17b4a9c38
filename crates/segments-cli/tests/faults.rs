//! The catalogue of faults over the real binary and both of its transports.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use segments_core::Segment;
use segments_tests::cases::{Case, Ended, of, side_by_side};
use serde_json::Value;

segments_tests::rows!(sockets, run);

fn run(row: &str) {
    let runs = of(row).flat_map(|case| ["hyper", "blocking"].map(|transport| (case, transport)));
    side_by_side(runs, |(case, transport)| {
        let directory = tempfile::tempdir().unwrap();
        let server = case.serve();
        let ended = export(case, &server.url, transport, &directory.path().join("report"));
        case.judge(transport, &ended);
        server.assert_alone(4);
    });
}

fn export(case: &Case, url: &str, transport: &str, report: &Path) -> Ended {
    let begun = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_segments"))
        .args(["export", "--base-url", url, "--transport", transport])
        .args(["--format", "ndjson", "-v", "--report"])
        .arg(report)
        .args(case.limits.arguments())
        .env_clear()
        .env("BRAZE_API_KEY", case.key)
        // Only a name is asked for over TLS, and no certificate is seen.
        .envs(std::env::var_os("SSL_CERT_FILE").map(|file| ("SSL_CERT_FILE", file)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let took = begun.elapsed();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stderr.contains("panicked"), "{}: {stderr}", case.name);
    assert!(!stdout.contains("CANARY"), "{}: {stdout}", case.name);
    let document = std::fs::read(report).unwrap_or_else(|_| panic!("{}: {stderr}", case.name));
    let report: Value = serde_json::from_slice(&document).unwrap();
    let exit = output.status.code().and_then(|code| u8::try_from(code).ok());
    assert!(exit.is_some(), "{}: {stderr}", case.name);
    Ended {
        exit,
        error: report.get("error").cloned().unwrap_or_default(),
        report,
        segments: stdout
            .lines()
            .map(|line| serde_json::from_str::<Segment>(line).unwrap())
            .collect(),
        text: stderr,
        took,
    }
}
