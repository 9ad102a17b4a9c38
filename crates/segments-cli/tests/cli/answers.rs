//! Answers that are not quite a list of segments, and what a person reads about them.

use std::fs;

use segments_emulator::{Fault, Script};

use crate::support::{Run, emulator, run};

fn export(faults: Script, args: &[&str]) -> Run {
    let server = emulator(3, faults);
    run(&[&["export", "--base-url", &server.url(), "--max-attempts", "1"], args].concat())
}

#[test]
fn j10_a_list_of_nothing_replaces_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("list.json");
    let path = file.to_str().unwrap();
    fs::write(&file, "yesterday").unwrap();
    for (body, words) in [
        (r#"{"message":"success"}"#, "no response had the key \"segments\""),
        (r#"{"catalogs":[{"name":"x"}],"message":"success"}"#, "but \"catalogs\""),
        (r#"{"message":"success","data":{"segments":[]}}"#, "but \"data\""),
        (r#"{"Segments":[],"message":"success"}"#, "but \"Segments\""),
    ] {
        for goal in ["walk", "complete", "snapshot"] {
            let faults = Script::new().then(Fault::body(body).forever());
            let run = export(faults, &["--goal", goal, "-o", path]).expect(8);
            assert!(run.error().contains(words), "{goal} {run:?}");
            assert_eq!(fs::read_to_string(&file).unwrap(), "yesterday");
        }
    }
    // An empty workspace is one.
    let faults =
        Script::new().then(Fault::body(r#"{"segments":[],"message":"success"}"#).forever());
    export(faults, &["-o", path]).expect(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "[]\n");
}

#[test]
fn j5_half_an_emoji_is_named_and_can_be_replaced() {
    let body = r#"{"segments":[{"id":"a","name":"All","analytics_tracking_enabled":true},
        {"id":"b","name":"VIP \ud83d","analytics_tracking_enabled":true,"tags":["\ude00"]}],
        "message":"success"}"#;
    let last = r#"{"segments":[],"message":"success"}"#;
    for goal in ["walk", "complete", "snapshot"] {
        let faults = || {
            Script::new()
                .then(Fault::body(body).page(0).forever())
                .then(Fault::body(last).forever())
        };
        let run = export(faults(), &["--goal", goal]).expect(8);
        let error = run.error();
        assert!(error.contains("segments[1].name contains an unpaired surrogate"), "{error}");
        assert!(error.contains("--replace-invalid-text"), "{error}");

        let directory = tempfile::tempdir().unwrap();
        let report = directory.path().join("report.json");
        let args = ["--goal", goal, "--replace-invalid-text", "--report", report.to_str().unwrap()];
        let run = export(faults(), &args);
        if goal == "walk" {
            let run = run.expect(0);
            assert!(
                run.stdout.contains("\"VIP \u{fffd}\"") && run.stdout.contains("[\"\u{fffd}\"]")
            );
            assert!(run.stderr.contains("; 1 anomaly, see --report"), "{run:?}");
        }
        let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!(report["replaced_texts"], 1, "{goal}");
        assert_eq!(report["anomalies"][0]["kind"], "text_replaced");
    }
    let server = emulator(3, Script::new().then(Fault::body(body)));
    let run = run(&["get", "--base-url", &server.url(), "--replace-invalid-text"]).expect(0);
    assert!(run.stderr.contains("segment b has a name or tag with invalid text"), "{run:?}");
}

#[test]
fn p16_one_page_from_a_cache_says_so() {
    let old = Fault::delay(std::time::Duration::ZERO).header("age", "61");
    let server = emulator(3, Script::new().then(old));
    let run = run(&["get", "--base-url", &server.url()]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    assert!(run.stderr.contains("from a cache: it is 61 seconds old"), "{run:?}");
}
