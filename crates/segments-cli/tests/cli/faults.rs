//! The catalogue of faults, each with the list on standard output and in a file.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Instant;

use segments_core::Segment;
use segments_tests::cases::{Case, Ended, of, side_by_side};
use serde_json::Value;

use crate::support::{finish, names, program};

segments_tests::rows!(sockets, run);

fn run(row: &str) {
    let runs = of(row).flat_map(|case| [false, true].map(|into_file| (case, into_file)));
    side_by_side(runs, |(case, into_file)| {
        let directory = tempfile::tempdir().unwrap();
        let server = case.serve();
        let ended = export(case, &server.url, into_file, directory.path());
        case.judge("program", &ended);
        server.assert_alone(4);
    });
}

fn export(case: &Case, url: &str, into_file: bool, directory: &Path) -> Ended {
    let (report, list) = (directory.join("report.json"), directory.join("list.ndjson"));
    let mut command = program(&["export", "--base-url", url, "-v"]);
    command.args(["--format", "ndjson"]).args(case.limits.arguments());
    command.args([OsStr::new("--report"), report.as_ref()]).env("BRAZE_API_KEY", case.key);
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        command.env("SSL_CERT_FILE", file);
    }
    if into_file {
        command.args([OsStr::new("--output"), list.as_ref()]);
    }
    let begun = Instant::now();
    let run = finish(command);
    let took = begun.elapsed();
    let report = fs::read(report).unwrap_or_else(|_| panic!("{}: {run:?}", case.name));
    let report: Value = serde_json::from_slice(&report).unwrap();
    let whole = run.code == Some(0);
    let out = if into_file {
        assert_eq!(run.stdout, "", "{}", case.name);
        let expected: &[_] = if whole { &["list.ndjson", "report.json"] } else { &["report.json"] };
        assert_eq!(names(directory), expected, "{}", case.name);
        if whole { fs::read_to_string(list).unwrap() } else { String::new() }
    } else {
        run.stdout
    };
    Ended {
        exit: run.code.and_then(|code| u8::try_from(code).ok()),
        error: report.get("error").cloned().unwrap_or_default(),
        report,
        segments: out.lines().map(|line| serde_json::from_str::<Segment>(line).unwrap()).collect(),
        text: run.stderr,
        took,
    }
}
