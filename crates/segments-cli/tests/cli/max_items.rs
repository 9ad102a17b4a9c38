//! A list that is cut because somebody asked for it, and says so.

use std::fs;

use segments_core::Segment;
use segments_emulator::{Fault, Script, sample};
use serde_json::Value;

use crate::support::{emulator, export, names, run};

const GOALS: [&str; 3] = ["walk", "complete", "snapshot"];

#[test]
fn a_cut_list_is_written_and_is_3() {
    let server = emulator(250, Script::new());
    let expected = sample(250, 1);
    let directory = tempfile::tempdir().unwrap();
    let [report, output] = ["report.json", "out"].map(|name| directory.path().join(name));
    let [report, output] = [&report, &output].map(|path| path.to_str().unwrap());

    for goal in GOALS {
        for most in [1, 99, 100, 101, 200, 249, 250, 251] {
            let is_cut = most < 250;
            let most_text = most.to_string();
            let args = ["--goal", goal, "--format", "ids", "--max-items", &most_text];
            let args = [&args[..], &["--report", report]].concat();
            let code = if is_cut { 3 } else { 0 };

            let piped = export(&server.url(), &args).expect(code);
            let first = expected.iter().take(most).map(Segment::id);
            assert!(piped.stdout.lines().eq(first), "{args:?}");
            export(&server.url(), &[&args[..], &["-o", output]].concat()).expect(code);
            assert_eq!(fs::read_to_string(output).unwrap(), piped.stdout);
            assert_eq!(names(directory.path()), ["out", "report.json"]);

            let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
            assert_eq!(is_cut, report["error"]["reason"] == "cut", "{report:#}");
            assert_eq!(is_cut, report.get("ids_digest").is_none(), "{report:#}");
            if is_cut {
                assert!(piped.error().contains("--max-items leaves out the others"), "{piped:?}");
                let claim = if goal == "walk" { "unverified" } else { "not_proven" };
                assert_eq!(
                    (&report["completeness"], &report["ended"]),
                    (&claim.into(), &false.into())
                );
            }
        }
    }
}

#[test]
fn a_walk_stops_reading_and_another_goal_is_proven_first() {
    let read = |goal: &str, order: &str| {
        let server = emulator(1000, Script::new());
        let args = ["--goal", goal, "--sort", order, "--max-items", "150", "--window", "1"];
        let run = export(&server.url(), &[&args[..], &["--format", "ids"]].concat()).expect(3);
        assert_eq!(run.stdout.lines().count(), 150);
        (server.emulator().with(|workspace| workspace.log().total()), run.stdout)
    };
    let (requests, oldest) = read("walk", "asc");
    assert_eq!(requests, 2);
    assert!(read("complete", "asc").0 >= 20);

    let newest = sample(1000, 1).into_iter().rev();
    let (_, ids) = read("walk", "desc");
    assert!(ids.lines().eq(newest.take(150).map(|segment| segment.id().to_owned())));
    assert_ne!(ids, oldest);
}

#[test]
fn every_format_is_valid_when_it_is_cut() {
    let server = emulator(250, Script::new());
    for goal in GOALS {
        let written = |format| {
            let args = ["--goal", goal, "--max-items", "2", "--format", format];
            export(&server.url(), &args).expect(3).stdout
        };
        let array: Vec<Value> = serde_json::from_str(&written("json")).unwrap();
        assert_eq!(array.len(), 2);
        for (format, lines) in
            [("ndjson", 2), ("csv", 3), ("tsv", 3), ("table", 3), ("markdown", 4)]
        {
            assert_eq!(written(format).lines().count(), lines, "{format}");
        }
    }
}

#[test]
fn a_failure_before_the_cut_stays_one() {
    let fails = || emulator(250, Script::new().then(Fault::status(400).page(1).forever()));
    let args = ["--goal", "walk", "--window", "1", "--max-items"];
    export(&fails().url(), &[&args[..], &["150"]].concat()).expect(8);
    // The page that fails is not needed to know that there is more.
    export(&fails().url(), &[&args[..], &["50"]].concat()).expect(3);

    // What is kept of a list that failed is no longer than that either.
    let partial = ["--keep-partial", "--format", "ids"];
    let args = ["--goal", "complete", "--max-items", "50"];
    let run = export(&fails().url(), &[&args[..], &partial].concat()).expect(8);
    assert_eq!(run.stdout.lines().count(), 50, "{run:?}");
}

#[test]
fn c10_what_cannot_go_together_with_a_cut_is_refused() {
    for args in [
        &["--max-items", "5", "--checkpoint", "saved"][..],
        &["--max-items", "5", "--record", "record"],
        &["--max-items", "5", "--min-segments", "3"],
        &["--max-items", "0"],
        &["--max-items", "-1"],
    ] {
        run(&[&["export", "--instance", "us-01"], args].concat()).expect(2);
    }
}
