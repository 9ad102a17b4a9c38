//! What is promised, and what comes out when the promise cannot be kept.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use segments_core::Segment;
use segments_emulator::{Fault, Script, sample};
use segments_tests::cases::side_by_side;
use serde_json::Value;

use crate::support::{emulator, export, names, program, until, wait};

const GOALS: [&str; 3] = ["walk", "complete", "snapshot"];

fn report(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_goal_gives_the_list_in_its_order() {
    let expected = sample(250, 1);
    let server = emulator(250, Script::new());
    for goal in GOALS {
        for order in ["asc", "desc"] {
            let args = ["--goal", goal, "--sort", order];
            let run = export(&server.url(), &args).expect(0);
            let mut read: Vec<Segment> =
                run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if order == "desc" {
                read.reverse();
            }
            assert!(read == expected, "{args:?}");
        }
    }
}

#[test]
fn an_unproven_list_is_3_and_does_not_come_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let output = directory.path().join("out.csv");
    let server = emulator(250, Script::new().then(Fault::ignore_sort_direction().forever()));
    let args = ["--report", path.to_str().unwrap()];
    let run = export(&server.url(), &args).expect(3);
    assert_eq!(run.stdout, "");
    assert!(run.error().contains("sort_direction"), "{run:?}");
    let args = [&args[..], &["--output", output.to_str().unwrap()]].concat();
    export(&server.url(), &args).expect(3);
    assert_eq!(names(directory.path()), ["report.json"]);
    let report = report(&path);
    assert_eq!(report["ended"], false, "{report:#}");
    assert_eq!(report["completeness"], "not_proven", "{report:#}");
    assert!(report["error"]["reason"].is_string(), "{report:#}");
}

#[test]
fn a_list_that_is_too_short_is_3_and_replaces_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let [path, output] = ["report.json", "out.csv"].map(|name| directory.path().join(name));
    let server = emulator(250, Script::new());
    for goal in GOALS {
        fs::write(&output, "old").unwrap();
        let [path, output] = [&path, &output].map(|path| path.to_str().unwrap());
        let args = ["--goal", goal, "--report", path, "-o", output];
        let with = |least| [&args[..], &["--min-segments", least]].concat();
        let run = export(&server.url(), &with("251")).expect(3);
        assert!(run.error().contains("250 segments, fewer than the minimum of 251"));
        assert_eq!(fs::read(output).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["out.csv", "report.json"]);
        assert_eq!(report(Path::new(path))["error"]["reason"], "too_few");
        export(&server.url(), &with("250")).expect(0);
        assert_eq!(fs::read_to_string(output).unwrap().lines().count(), 251);
    }
}

#[test]
fn a_list_that_is_too_short_is_kept_once_and_never_gone_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let server = emulator(3, Script::new());
    for goal in GOALS {
        let args = ["--goal", goal, "--keep-partial", "--min-segments", "4"];
        let run = export(&server.url(), &args).expect(3);
        assert_eq!(run.stdout.lines().count(), 3, "{goal}");
        // It was read to its end.
        assert!(!run.stderr.contains("not the whole list"), "{run:?}");
        assert!(run.stderr.contains("standard output; fewer than --min-segments"), "{run:?}");
        let saved = directory.path().join("saved");
        let args = [&args[..], &["--checkpoint", saved.to_str().unwrap()]].concat();
        export(&server.url(), &args).expect(3);
        assert!(names(directory.path()).is_empty());
    }
}

#[test]
fn only_a_walk_writes_before_it_fails() {
    for goal in ["complete", "snapshot"] {
        let server = emulator(250, Script::new().then(Fault::status(400).after(3).forever()));
        let run = export(&server.url(), &["--goal", goal]).expect(8);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_count_is_success_and_says_what_it_rests_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    // Two full pages: their boundary is the same in both orders, so no answer shows it.
    let server = emulator(200, Script::new());
    let args = ["--report", path.to_str().unwrap()];
    let run = export(&server.url(), &args).expect(0);
    assert_eq!(run.stdout.lines().count(), 200);
    assert!(run.stderr.contains("unless one was archived and restored meanwhile"), "{run:?}");
    let report = report(&path);
    assert_eq!(report["completeness"], "complete_by_count", "{report:#}");
    assert!(report["assumptions"].as_array().unwrap().contains(&"no_archive_and_restore".into()));
}

#[test]
fn a_counted_snapshot_is_success_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let server = emulator(250, Script::new().then(Fault::stall(20).after(4)));
    let mut command = program(&["export", "--base-url", &server.url(), "--goal", "snapshot"]);
    command.args(["--window", "1", "--timeout", "3s", "--report", path.to_str().unwrap()]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| server.emulator().with(|workspace| workspace.log().total()) >= 5);
    // An edit between the passes: the attributes of two passes differ, the count does not.
    let id = sample(1, 1)[0].id().to_owned();
    server.emulator().with(|workspace| workspace.rename(&id, "edited").unwrap());
    let run = wait(child).expect(0);
    assert!(run.stdout.lines().next().unwrap().contains("\"edited\""), "{run:?}");
    assert!(run.stderr.contains("(by count)"), "{run:?}");
    let report = report(&path);
    assert_eq!(report["snapshot"]["strength"], "counted", "{report:#}");
    assert_eq!(report["edited_meanwhile"], serde_json::json!([id]));
    assert!(report["assumptions"].as_array().unwrap().contains(&"no_archive_and_restore".into()));
}

#[test]
fn the_report_has_its_fields_whatever_happens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let fields = "goal completeness snapshot segments requests retries passes \
                  missed_by_first_pass unlisted_meanwhile gaps anomalies interval assumptions";
    for goal in GOALS {
        for (faults, code) in
            [(Script::new(), 0), (Script::new().then(Fault::status(400).page(1).forever()), 8)]
        {
            let server = emulator(250, faults);
            let args = ["--goal", goal, "--report", path.to_str().unwrap()];
            export(&server.url(), &args).expect(code);
            let report = report(&path);
            for field in fields.split(' ') {
                assert!(report.get(field).is_some(), "{field} {report:#}");
            }
            assert_eq!(report["goal"], goal);
            let known = ["complete", "complete_by_count", "unverified", "not_proven"];
            assert!(known.contains(&report["completeness"].as_str().unwrap()), "{report:#}");
            assert_eq!(report.get("error").is_some(), code != 0, "{report:#}");
        }
    }
}

#[test]
fn p11_a_long_list() {
    let server = emulator(20_000, Script::new());
    let args = ["--goal", "walk", "--max-pages", "300"];
    let run = export(&server.url(), &args).expect(0);
    let ids: HashSet<&str> = run.stdout.lines().map(|line| &line[..45]).collect();
    assert_eq!((ids.len(), run.stdout.lines().count()), (20_000, 20_000));
}

// The export was proven, and then the list could not be written.
#[test]
fn a_list_that_did_not_arrive_is_not_claimed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    for (goal, claim) in
        [("walk", "unverified"), ("complete", "not_proven"), ("snapshot", "not_proven")]
    {
        let server = emulator(250, Script::new());
        let args = ["--goal", goal, "-o", "/dev/full", "--report", path.to_str().unwrap()];
        export(&server.url(), &args).expect(74);
        let report = report(&path);
        assert_eq!(report["completeness"], claim, "{report:#}");
        assert_eq!((&report["ended"], &report["snapshot"]), (&false.into(), &().into()));
        assert!(report["error"].is_object() && report["assumptions"] == serde_json::json!([]));
    }
}

// The deadline of a goal that proves something is no other error than any.
#[test]
fn after_a_deadline_nothing_is_claimed() {
    let goals = [("walk", "unverified"), ("complete", "not_proven"), ("snapshot", "not_proven")];
    side_by_side(goals.iter(), |(goal, claim)| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        let server = emulator(250, Script::new().then(Fault::stall(20).page(1).forever()));
        // Long enough for one page, however slow it is.
        let args = ["--goal", goal, "--deadline", "5s", "--report", path.to_str().unwrap()];
        export(&server.url(), &args).expect(9);
        let report = report(&path);
        assert_eq!(report["completeness"], *claim, "{report:#}");
        assert!(report["snapshot"].is_null() && report["assumptions"] == serde_json::json!([]));
        // The deadline counts from the start of the program, and the export begins a little later:
        // how much later is the machine's affair. But it went on after the last response.
        let [elapsed, end] = [&report["elapsed"], &report["interval"]["end"]];
        assert!(elapsed.as_f64().unwrap() > end.as_f64().unwrap(), "{report:#}");
    });
}
