//! The state of a run that was interrupted, in the next one.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use segments_core::ApiKey;
use segments_emulator::{Fault, Key, Script, ServerThread, sample};
use serde_json::{Value, json};

use super::{Lines, Place, no_export, requests, set_faults};
use crate::support::{Run, emulator, program, signal, until, wait};

/// Five pages and a half.
const SEGMENTS: usize = 550;

/// From this request on, counted from 0, the server fails.
fn fails_from(request: u32) -> Script {
    Script::new().then(Fault::status(503).after(request).forever())
}

fn one_at_a_time(goal: &str) -> Value {
    json!({ "goal": goal, "window": 1, "max_attempts": 1 })
}

#[test]
fn o18_a_run_goes_on_from_every_page() {
    for goal in ["complete", "snapshot", "walk"] {
        let server = emulator(SEGMENTS, Script::new());
        let place = Place::new(&server.url(), one_at_a_time(goal));
        place.tap(&[]).expect(0);
        let whole = requests(&server);

        for request in 0..u32::try_from(whole).unwrap() {
            let before = requests(&server);
            set_faults(&server, fails_from(request));
            let failed = place.tap(&[]).expect(6);
            let state = failed.state();
            // Before the first page there is nothing to keep.
            assert_eq!(state.is_some(), request > 0);
            if goal != "walk" {
                assert_eq!(failed.segments(), [], "{goal}");
            }

            set_faults(&server, Script::new());
            let resumed = place.tap_from(state.as_ref()).expect(0);
            assert_eq!(resumed.run.stderr.contains("Resuming"), request > 0, "{:?}", resumed.run);
            let segments = [failed.segments(), resumed.segments()].concat();
            assert_eq!(segments, sample(SEGMENTS, 1), "{goal} {request}");
            assert_eq!(resumed.state(), Some(no_export()));
            // The one that failed is the only one that was sent twice. A snapshot may count anew.
            let again = requests(&server) - before - whole;
            assert!(again == 1 || goal == "snapshot", "{goal} {request}: {again}");
        }
    }
}

#[test]
fn o18_a_killed_run_goes_on_from_its_last_state() {
    for goal in ["complete", "walk"] {
        let slow = Fault::delay(Duration::from_millis(300)).forever();
        let server = emulator(SEGMENTS, Script::new().then(slow));
        let place = Place::new(&server.url(), one_at_a_time(goal));
        let mut command = program(&["tap", "--config", "config.json"]);
        command.current_dir(place.0.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();

        let mut printed = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        while !printed.contains(r#""type":"STATE""#) {
            assert!(output.read_line(&mut printed).unwrap() > 0);
        }
        signal(child.id(), "KILL");
        assert_eq!(wait(child).code, None);

        set_faults(&server, Script::new());
        let before = requests(&server);
        let run = Run { code: None, stdout: printed, stderr: String::new() };
        let killed = Lines::new(run);
        let resumed = place.tap_from(killed.state().as_ref()).expect(0);
        assert!(resumed.run.stderr.contains("Resuming"), "{:?}", resumed.run);
        let segments = [killed.segments(), resumed.segments()].concat();
        assert_eq!(segments, sample(SEGMENTS, 1), "{goal}");
        assert!(requests(&server) - before < 11, "{goal}");
    }
}

#[test]
fn o5_a_signal_leaves_a_state() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let server = emulator(SEGMENTS, Script::new().then(Fault::stall(20).after(3).forever()));
        let place = Place::new(&server.url(), one_at_a_time("complete"));
        let mut command = program(&["tap", "--config", "config.json"]);
        command.current_dir(place.0.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        until(|| requests(&server) >= 4);
        signal(child.id(), name);
        let stopped = Lines::new(wait(child)).expect(code);

        set_faults(&server, Script::new());
        let resumed = place.tap_from(stopped.state().as_ref()).expect(0);
        assert!(resumed.run.stderr.contains("3 pages with 300 segments already read"));
        assert_eq!(resumed.segments(), sample(SEGMENTS, 1));
    }
}

/// The state of a run that has read three pages.
fn interrupted(place: &Place, server: &ServerThread) -> Value {
    set_faults(server, fails_from(3));
    let state = place.tap(&[]).expect(6).state().unwrap();
    set_faults(server, Script::new());
    state
}

#[test]
fn o18_a_state_that_does_not_fit_is_said_and_not_used() {
    let server = emulator(SEGMENTS, Script::new());
    let place = Place::new(&server.url(), one_at_a_time("complete"));
    let state = interrupted(&place, &server);
    let with = |name: &str, value: Value| {
        let mut state = state.clone();
        state["bookmarks"]["segments"][name] = value;
        state
    };

    let mut damaged = state["bookmarks"]["segments"]["checkpoint"].as_str().unwrap().to_owned();
    damaged.truncate(damaged.len() / 2);
    for (state, why) in [
        (with("began", "2026-01-01T00:00:00Z".into()), "see `resume_within`"),
        (with("began", Value::Null), "it is not one of this program"),
        (with("checkpoint", damaged.into()), "it is damaged"),
        (with("checkpoint", json!({})), "it is not one of this program"),
    ] {
        let lines = place.tap_from(Some(&state)).expect(0);
        let warning = lines.run.stderr.lines().next().unwrap();
        assert!(warning.starts_with("Warning: The state is not used"), "{warning}");
        assert!(warning.ends_with(why), "{warning}");
        assert_eq!(lines.segments(), sample(SEGMENTS, 1));
    }

    for other in [json!({}), json!([]), json!({ "bookmarks": { "campaigns": 1 } })] {
        let lines = place.tap_from(Some(&other)).expect(0);
        assert!(!lines.run.stderr.contains("Warning"), "{:?}", lines.run);
    }
    std::fs::write(place.path("state.json"), "{").unwrap();
    let lines = place.tap(&["--state", "state.json"]).expect(0);
    assert!(lines.run.stderr.contains("The state is not used"), "{:?}", lines.run);
}

#[test]
fn o18_a_state_of_another_workspace_is_not_used() {
    let server = emulator(SEGMENTS, Script::new());
    let place = Place::new(&server.url(), one_at_a_time("complete"));
    let state = interrupted(&place, &server);

    let elsewhere = emulator(3, Script::new());
    let lines = Place::new(&elsewhere.url(), json!({})).tap_from(Some(&state)).expect(0);
    assert!(lines.run.stderr.contains("Warning: The state is not used"), "{:?}", lines.run);
    assert_eq!(lines.segments(), sample(3, 1));

    let lines = Place::new(&server.url(), json!({ "goal": "walk" })).tap_from(Some(&state));
    assert!(lines.run.stderr.contains("Warning: The state is not used"), "{:?}", lines.run);
    assert_eq!(lines.expect(0).segments(), sample(SEGMENTS, 1));

    let another = "another-key-of-the-same-workspace";
    let key = Key::list_only(ApiKey::new(another).unwrap());
    server.emulator().with(|workspace| workspace.add_key(key));
    let lines = Place::new(&server.url(), json!({ "api_key": another })).tap_from(Some(&state));
    assert!(lines.run.stderr.contains("it was made with another key"), "{:?}", lines.run);
    assert_eq!(lines.expect(0).segments(), sample(SEGMENTS, 1));
}

#[test]
fn o18_an_export_that_cannot_be_resumed_is_taken_back() {
    let server = emulator(SEGMENTS, Script::new());
    let place = Place::new(&server.url(), json!({ "window": 1, "min_segments": 1000 }));
    let state = {
        let place = Place::new(&server.url(), one_at_a_time("complete"));
        interrupted(&place, &server)
    };
    let lines = place.tap_from(Some(&state)).expect(3);
    assert!(lines.run.stderr.contains("Resuming"), "{:?}", lines.run);
    assert_eq!(lines.state(), Some(no_export()));
}
