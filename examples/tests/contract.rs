//! Every example against the emulator: whole lists in spite of faults, and errors that are heard.

use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use segments_emulator::{Emulator, Fault, Script, Server, Workspace, sample};

const KEY: &str = "CANARY-key-of-the-examples";

const PROGRAMS: [(&str, &str); 7] = [
    ("blocking", env!("CARGO_BIN_EXE_blocking")),
    ("hyper", env!("CARGO_BIN_EXE_hyper")),
    ("reqwest", env!("CARGO_BIN_EXE_reqwest")),
    ("tower", env!("CARGO_BIN_EXE_tower")),
    ("by_hand", env!("CARGO_BIN_EXE_by_hand")),
    ("threads", env!("CARGO_BIN_EXE_threads")),
    ("metrics", env!("CARGO_BIN_EXE_metrics")),
];

/// Runs every example against a server of its own, side by side.
fn run_each(segments: usize, faults: &Script, judge: impl Fn(&str, &Output) + Sync) {
    thread::scope(|scope| {
        for (name, executable) in PROGRAMS {
            let judge = &judge;
            scope.spawn(move || {
                let workspace = Workspace::new().with_key(KEY).with_segments(sample(segments, 1));
                let server = Server::spawn(Emulator::new(workspace.with_faults(faults.clone())));
                let server = server.unwrap();
                let output = Command::new(executable)
                    .env("BRAZE_BASE_URL", server.url())
                    .env("BRAZE_API_KEY", KEY)
                    .output()
                    .unwrap();

                let said = [&output.stdout[..], &output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                assert!(!said.contains("CANARY"), "{name}: {said}");
                judge(name, &output);
            });
        }
    });
}

/// Which requests the script of faults costs.
const FAULTY_READING: &str = "\
segments_requests_total{outcome=\"page\",status=\"200\"} 5
segments_requests_total{outcome=\"retry\",status=\"none\"} 2
segments_requests_total{outcome=\"retry\",status=\"429\"} 1
segments_requests_total{outcome=\"retry\",status=\"503\"} 1
segments_retries_total 3
";

/// The counters that do not depend on the clock.
fn counters(said: &str) -> String {
    let is_exact = |line: &&str| {
        ["segments_requests", "segments_retries"].iter().any(|it| line.starts_with(it))
    };

    said.lines().filter(is_exact).flat_map(|line| [line, "\n"]).collect()
}

fn ids(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let id = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone();

    text.lines().map(|line| id(line).as_str().unwrap().to_owned()).collect()
}

#[test]
fn faults_that_pass_cost_no_segment() {
    let faults = Script::new()
        .then(Fault::status(503).page(0))
        .then(Fault::cut(120).page(1))
        .then(Fault::close().page(2))
        .then(Fault::rate_limited(Duration::from_secs(1)).page(2));
    let expected: Vec<_> = sample(250, 1).iter().map(|segment| segment.id().to_owned()).collect();

    run_each(250, &faults, |name, output| {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert_eq!(ids(output), expected, "{name}");
        assert!(said.contains("250 segments, proven complete"), "{name}: {said}");
        if name == "metrics" {
            assert_eq!(counters(&said), FAULTY_READING, "{said}");
        }
    });
}

#[test]
fn a_fault_that_stays_is_an_error_and_no_list() {
    let faults = Script::new().then(Fault::html().page(1).forever());

    run_each(250, &faults, |name, output| {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
        assert!(said.contains("Error: page 1"), "{name}: {said}");
    });
}

#[test]
fn an_empty_workspace_is_an_empty_list() {
    run_each(0, &Script::new(), |name, output| {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
    });
}

#[test]
fn without_its_variables_an_example_says_which_is_missing() {
    for (name, executable) in PROGRAMS {
        let output = Command::new(executable).env_clear().output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("BRAZE_BASE_URL"), "{name}: {said}");
    }
}
