//! What a Singer tap prints, and when it refuses.

use std::fs;
use std::process::Stdio;

use segments_emulator::{Fault, Script, sample};
use serde_json::{Value, json};

use super::{Place, no_export, read_json};
use crate::support::{KEY, emulator, program, wait};

#[test]
fn a_tap_prints_the_whole_list() {
    let server = emulator(250, Script::new());
    for (goal, is_proven) in [("complete", true), ("snapshot", true), ("walk", false)] {
        let place = Place::new(&server.url(), json!({ "goal": goal }));
        let lines = place.tap(&[]).expect(0);
        assert_eq!(lines.segments(), sample(250, 1), "{goal}");
        assert_eq!(lines.state(), Some(no_export()));

        let proven = ["SCHEMA", "RECORD", "ACTIVATE_VERSION", "STATE"];
        let unproven = ["SCHEMA", "RECORD", "STATE"];
        assert_eq!(lines.types(), if is_proven { &proven[..] } else { &unproven }, "{goal}");
        let versions: Vec<_> =
            lines.all.iter().filter_map(|line| line["version"].as_u64()).collect();
        assert_eq!(versions.len(), if is_proven { 251 } else { 0 });
        assert!(versions.iter().all(|version| *version == versions[0]));
        for line in lines.of_type("RECORD") {
            let time: jiff::Timestamp = line["time_extracted"].as_str().unwrap().parse().unwrap();
            assert!(time <= jiff::Timestamp::now());
        }
        assert!(lines.run.stderr.starts_with("250 segments"), "{:?}", lines.run);
    }
}

#[test]
fn the_key_is_where_the_configuration_says() {
    let server = emulator(1, Script::new());
    for entry in ["api_key", "api_key_env", "api_key_file"] {
        let place = Place::new(&server.url(), json!({ "api_key": null }));
        let value = if entry == "api_key" { KEY } else { "PLACE_OF_KEY" };
        let config = json!({ "base_url": server.url(), entry: value });
        place.write("config.json", &config);
        fs::write(place.path("PLACE_OF_KEY"), KEY).unwrap();

        let mut command = program(&["tap", "--config", "config.json"]);
        command.current_dir(place.0.path()).env("PLACE_OF_KEY", KEY);
        // What is not in the file does not count.
        command.env("BRAZE_API_KEY", "another").env("BRAZE_BASE_URL", "https://rest.example");
        crate::support::finish(command).expect(0);
    }
}

#[test]
fn a_catalog_selects() {
    let server = emulator(3, Script::new());
    let place = Place::new(&server.url(), json!({}));
    let discover = |args: &[&str]| place.text(&[&["tap", "--discover"], args].concat());
    let discovered = discover(&[]).expect(0).stdout;
    for more in [&[][..], &["--state", "state.json"], &["--catalog", "nowhere.json"]] {
        let args = [&["--config", "config.json"], more].concat();
        assert_eq!(discover(&args).expect(0).stdout, discovered);
    }
    let catalog: Value = serde_json::from_str(&discovered).unwrap();

    place.write("catalog.json", &catalog);
    for flag in ["--catalog", "--properties", "-p"] {
        let lines = place.tap(&[flag, "catalog.json"]).expect(0);
        assert_eq!(lines.segments(), sample(3, 1));
    }

    let mut edited = catalog.clone();
    edited["streams"][0]["metadata"][2]["metadata"]["selected"] = false.into();
    place.write("catalog.json", &edited);
    let lines = place.tap(&["--catalog", "catalog.json"]).expect(0);
    let schema = lines.of_type("SCHEMA").next().unwrap()["schema"]["properties"].clone();
    for properties in [&schema, &lines.of_type("RECORD").next().unwrap()["record"]] {
        let names: Vec<_> = properties.as_object().unwrap().keys().collect();
        assert_eq!(names, ["analytics_tracking_enabled", "id", "tags"]);
    }

    edited["streams"][0]["metadata"][0]["metadata"]["selected"] = false.into();
    place.write("catalog.json", &edited);
    let lines = place.tap(&["--catalog", "catalog.json"]).expect(0);
    assert_eq!(lines.run.stdout, "");
    assert!(lines.run.stderr.contains("does not select the stream"), "{:?}", lines.run);
}

#[test]
fn c13_wrong_files_are_refused() {
    let server = emulator(3, Script::new());
    let place = Place::new(&server.url(), json!({}));
    place.write(
        "campaigns.json",
        &json!({ "streams": [{ "stream": "campaigns", "selected": true }] }),
    );
    fs::write(place.path("no.json"), "no").unwrap();
    let twice = r#"{"streams":[{"stream":"segments","selected":true,"selected":false}]}"#;
    fs::write(place.path("twice.json"), twice).unwrap();

    for (args, expected) in [
        (&["tap"][..], "--config"),
        (&["tap", "--config", "nowhere"], "cannot read --config nowhere"),
        (&["tap", "--config", "no.json"], "--config no.json: invalid JSON in line 1"),
        (&["tap", "--config", "campaigns.json"], "either instance or base_url"),
        (&["tap", "--config", "config.json", "--catalog", "no.json"], "--catalog no.json"),
        (
            &["tap", "--config", "config.json", "--catalog", "twice.json"],
            "--catalog twice.json: an object has a name twice, the second time in line 1",
        ),
        (
            &["tap", "--config", "config.json", "--catalog", "campaigns.json"],
            "--catalog campaigns.json: it selects the stream `campaigns`",
        ),
        (&["tap", "--config", "config.json", "--state", "nowhere"], "cannot read --state nowhere"),
        (&["tap", "--config", "no.json", "--discover"], "--config no.json: invalid JSON"),
    ] {
        let run = place.run(args).run.expect(2);
        assert!(run.stdout.is_empty() && run.stderr.contains(expected), "{run:?}");
    }
    assert_eq!(super::requests(&server), 0);
}

#[test]
fn a_failure_has_its_exit_code_and_no_record() {
    let whole = ["SCHEMA"];
    for (fault, code, types) in [
        (Fault::status(401), 4, &whole[..]),
        (Fault::rate_limited(std::time::Duration::from_secs(9999)), 5, &["SCHEMA", "STATE"]),
        (Fault::status(503), 6, &["SCHEMA", "STATE"]),
        (Fault::close(), 7, &["SCHEMA", "STATE"]),
        (Fault::html(), 8, &["SCHEMA", "STATE"]),
        (Fault::stall(20), 9, &["SCHEMA", "STATE"]),
    ] {
        let page = u32::from(code != 4);
        let server = emulator(250, Script::new().then(fault.page(page).forever()));
        let entries = json!({ "max_attempts": 1, "window": 1, "deadline": "5s" });
        let lines = Place::new(&server.url(), entries).tap(&[]).expect(code);
        assert_eq!(lines.types(), types, "{code}");
    }
}

#[test]
fn a_list_that_is_too_short_is_not_printed() {
    let server = emulator(3, Script::new());
    let place = Place::new(&server.url(), json!({ "min_segments": 4 }));
    let lines = place.tap(&[]).expect(3);
    assert_eq!(lines.types(), ["SCHEMA"]);
    assert!(lines.run.error().contains("the list has 3 segments"));

    // A walk prints as it reads, and the failure says that it is not to be relied on.
    let place = Place::new(&server.url(), json!({ "min_segments": 4, "goal": "walk" }));
    assert_eq!(place.tap(&[]).expect(3).types(), ["SCHEMA", "RECORD"]);
}

#[test]
fn o1_a_target_that_went_away_is_a_failure() {
    let server = emulator(250, Script::new());
    let place = Place::new(&server.url(), json!({}));
    let mut command = program(&["tap", "--config", "config.json"]);
    command.current_dir(place.0.path()).stderr(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(74);
}

#[test]
fn unknown_entries_are_said_on_standard_error() {
    let server = emulator(1, Script::new());
    let lines = Place::new(&server.url(), json!({ "gaol": "walk" })).tap(&[]).expect(0);
    assert!(lines.run.stderr.contains("`gaol` is unknown, and ignored; did you mean `goal`?"));
    assert_eq!(lines.types(), ["SCHEMA", "RECORD", "ACTIVATE_VERSION", "STATE"]);

    let catalog = Place::new(&server.url(), json!({}));
    fs::write(catalog.path("state.json"), "").unwrap();
    let lines = catalog.tap(&["--state", "state.json"]).expect(0);
    assert!(!lines.run.stderr.contains("Warning"), "{:?}", lines.run);
    assert_eq!(read_json(&catalog.path("config.json"))["api_key"], KEY);
}
