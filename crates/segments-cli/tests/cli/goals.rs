//! What is promised, and what comes out when the promise cannot be kept.

use std::fs;

use segments_core::Segment;
use segments_emulator::{Fault, Script, sample};
use serde_json::Value;

use crate::support::{emulator, export};

const GOALS: [&str; 3] = ["walk", "complete", "snapshot"];

#[test]
fn every_goal_gives_the_list_in_its_order() {
    let expected = sample(250, 1);
    let server = emulator(250, Script::new());
    for goal in GOALS {
        for transport in ["hyper", "blocking"] {
            for order in ["asc", "desc"] {
                let args = ["--goal", goal, "--transport", transport, "--sort", order];
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
}

#[test]
fn an_unproven_list_is_3_and_does_not_come_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let path = path.to_str().unwrap();
    for transport in ["hyper", "blocking"] {
        let server = emulator(250, Script::new().then(Fault::ignore_sort_direction().forever()));
        let args = ["--goal", "complete", "--transport", transport, "--report", path];
        let run = export(&server.url(), &args).expect(3);
        assert_eq!(run.stdout, "");
        assert!(!run.error().is_empty());
        let report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!(report["ended"], false, "{report:#}");
        assert!(report["error"]["reason"].is_string(), "{report:#}");
    }
}

#[test]
fn only_a_walk_writes_before_it_fails() {
    for goal in ["complete", "snapshot"] {
        for transport in ["hyper", "blocking"] {
            let server = emulator(250, Script::new().then(Fault::status(400).after(3).forever()));
            let run = export(&server.url(), &["--goal", goal, "--transport", transport]).expect(8);
            assert_eq!(run.stdout, "");
        }
    }
}
