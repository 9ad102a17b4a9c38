//! The four commands of a source of Airbyte.

use segments_core::{ApiKey, Segment};
use segments_emulator::{Fault, Script, sample};
use serde_json::{Value, json};

use super::{Lines, Place, check_for_key, requests, segment, set_faults};
use crate::support::{KEY, emulator};

const CONFIGURED: &str = "configured_catalog.json";

/// A place with the catalog in which the platform has configured the stream.
fn place(url: &str, entries: Value) -> Place {
    let place = Place::new(url, entries);
    let discovered = place.run(&["airbyte", "discover", "--config", "config.json"]).expect(0);
    let stream = discovered.all[0]["catalog"]["streams"][0].clone();
    let configured = json!({
        "stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite",
        "generation_id": 1, "minimum_generation_id": 1, "sync_id": 7,
    });
    place.write(CONFIGURED, &json!({ "streams": [configured] }));
    place
}

fn read(place: &Place, state: Option<&Value>) -> Lines {
    let args = ["airbyte", "read", "--config", "config.json", "--catalog", CONFIGURED];
    let Some(state) = state else { return place.run(&args) };
    place.write("state.json", &json!([state]));
    place.run(&[&args[..], &["--state", "state.json"]].concat())
}

fn segments(lines: &Lines) -> Vec<Segment> {
    lines.of_type("RECORD").map(|line| segment(&line["record"]["data"])).collect()
}

fn statuses(lines: &Lines) -> Vec<&str> {
    let statuses = lines.of_type("TRACE").map(|line| &line["trace"]["stream_status"]["status"]);
    statuses.filter_map(Value::as_str).collect()
}

fn state(lines: &Lines) -> Option<Value> {
    let state = lines.of_type("STATE").last()?["state"].clone();
    check_for_key(&state["stream"]["stream_state"]);
    Some(state)
}

#[test]
fn a_source_prints_the_whole_list() {
    let server = emulator(250, Script::new());
    for goal in ["complete", "snapshot", "walk"] {
        let lines = read(&place(&server.url(), json!({ "goal": goal })), None).expect(0);
        assert_eq!(segments(&lines), sample(250, 1), "{goal}");
        assert_eq!(statuses(&lines), ["STARTED", "RUNNING", "COMPLETE"]);
        assert_eq!(lines.types(), ["TRACE", "RECORD", "STATE", "TRACE", "LOG"], "{goal}");
        let state = state(&lines).unwrap();
        assert_eq!(state["stream"]["stream_state"]["checkpoint"], Value::Null);
        assert_eq!(state["sourceStats"]["recordCount"], 250);
        // What people should know is in the log of the protocol.
        assert_eq!(lines.run.stderr, "");
    }
}

#[test]
fn o18_a_failed_read_is_resumed() {
    let server = emulator(550, Script::new());
    for goal in ["complete", "walk"] {
        let (before, entries) = (requests(&server), json!({ "goal": goal, "max_attempts": 1 }));
        let place = place(&server.url(), entries);
        read(&place, None).expect(0);
        let whole = requests(&server) - before;

        set_faults(&server, Script::new().then(Fault::status(503).page(4).forever()));
        let failed = read(&place, None).expect(6);
        let types = failed.types();
        assert!(types.ends_with(&["STATE", "LOG", "TRACE"]), "{types:?}");
        assert_eq!(statuses(&failed).last(), Some(&"INCOMPLETE"));
        let errors: Vec<_> =
            failed.of_type("TRACE").filter(|line| line["trace"]["type"] == "ERROR").collect();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0]["trace"]["error"]["failure_type"], "transient_error");

        set_faults(&server, Script::new());
        let before = requests(&server);
        let resumed = read(&place, state(&failed).as_ref()).expect(0);
        assert!(resumed.run.stdout.contains("Resuming the export"));
        assert_eq!([segments(&failed), segments(&resumed)].concat(), sample(550, 1), "{goal}");
        assert!(requests(&server) - before < whole, "{goal}");
    }
}

#[test]
fn a_check_says_whether_the_configuration_is_right() {
    let server = emulator(3, Script::new());
    let check = |entries: Value| {
        let place = Place::new(&server.url(), entries);
        let lines = place.run(&["airbyte", "check", "--config", "config.json"]).expect(0);
        lines.all.last().unwrap()["connectionStatus"].clone()
    };
    assert_eq!(check(json!({}))["status"], "SUCCEEDED");

    for (entries, expected) in [
        (json!({ "api_key": "wrong" }), "the server rejected the key"),
        (json!({ "api_key": null }), "it must have api_key"),
        (json!({ "api_key": null, "api_key_file": "/etc/passwd" }), "it must have api_key"),
        (json!({ "base_url": "ftp://rest.example" }), "base_url"),
        (json!({ "base_url": "http://127.0.0.1:1" }), "could not connect"),
        (json!({ "instance": "us-99", "base_url": null }), "instance"),
    ] {
        let found = check(entries);
        assert_eq!(found["status"], "FAILED");
        assert!(found["message"].as_str().unwrap().contains(expected), "{found}");
    }

    let nowhere = Place::new("", json!({})).run(&["airbyte", "check", "--config", "nowhere"]);
    assert_eq!(nowhere.expect(0).all[0]["connectionStatus"]["status"], "FAILED");
}

#[test]
fn c13_a_wrong_configuration_is_an_error_of_configuration() {
    let server = emulator(3, Script::new());
    let place = place(&server.url(), json!({}));
    let refused = |code: i32, args: &[&str]| {
        let lines = place.run(&[&["airbyte"], args].concat()).expect(code);
        assert_eq!(lines.all.len(), 1, "{lines:?}");
        assert_eq!(lines.all[0]["trace"]["error"]["failure_type"], "config_error");
        lines.all[0]["trace"]["error"]["message"].as_str().unwrap().to_owned()
    };

    place.write("bad.json", &json!({ "api_key": KEY }));
    for args in [
        &["discover", "--config", "bad.json"][..],
        &["read", "--config", "bad.json", "--catalog", CONFIGURED],
    ] {
        assert!(refused(2, args).contains("either instance or base_url"));
    }

    let mut catalog: Value = super::read_json(&place.path(CONFIGURED));
    catalog["streams"][0]["sync_mode"] = "cdc".into();
    place.write("other.json", &catalog);
    let args = ["read", "--config", "config.json", "--catalog", "other.json"];
    assert!(refused(2, &args).contains("there is only full_refresh"));

    catalog["streams"] = json!([]);
    place.write("none.json", &catalog);
    let args = ["airbyte", "read", "--config", "config.json", "--catalog", "none.json"];
    assert_eq!(place.run(&args).expect(0).types(), ["LOG"]);
    assert_eq!(requests(&server), 0);

    // Who refuses the key does so in the stream.
    let wrong = super::Place::new(&server.url(), json!({ "api_key": "wrong" }));
    wrong.write(CONFIGURED, &super::read_json(&place.path(CONFIGURED)));
    let lines = read(&wrong, None).expect(4);
    assert_eq!(statuses(&lines), ["STARTED", "INCOMPLETE"]);
    assert!(lines.run.stdout.contains(r#""failure_type":"config_error""#));
}

#[test]
fn o18_a_key_that_was_replaced_reads_from_the_beginning() {
    let server = emulator(550, Script::new());
    let first = place(&server.url(), json!({ "max_attempts": 1 }));
    set_faults(&server, Script::new().then(Fault::status(503).page(4).forever()));
    let state = state(&read(&first, None).expect(6));

    set_faults(&server, Script::new());
    let another = "another-key-of-the-same-workspace";
    let key = segments_emulator::Key::list_only(ApiKey::new(another).unwrap());
    server.emulator().with(|workspace| workspace.add_key(key));
    let second = place(&server.url(), json!({ "api_key": another }));
    let lines = read(&second, state.as_ref()).expect(0);
    let warning = lines.of_type("LOG").next().unwrap()["log"].clone();
    assert_eq!(warning["level"], "WARN");
    assert!(warning["message"].as_str().unwrap().ends_with("it was made with another key"));
    assert_eq!(segments(&lines), sample(550, 1));
}

#[test]
fn a_specification_is_one_message() {
    let lines = Place::new("", json!({})).run(&["airbyte", "spec"]).expect(0);
    assert_eq!(lines.types(), ["SPEC"]);
    let properties = &lines.all[0]["spec"]["connectionSpecification"]["properties"];
    assert_eq!(properties["api_key"]["airbyte_secret"], true);
    assert_eq!(properties["instance"]["enum"][0], "US-01");
}
