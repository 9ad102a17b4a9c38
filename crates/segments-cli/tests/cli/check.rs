//! `segments check`: one request, its exit codes, and what it finds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segments_core::ApiKey;
use segments_emulator::{Emulator, Fault, Key, Script, Server, Workspace, sample};
use serde_json::{Value, json};

use crate::support::{KEY, Raw, emulator, run};

fn check(url: &str, args: &[&str], code: i32) -> crate::support::Run {
    run(&[&["check", "--base-url", url], args].concat()).expect(code)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn one_request_tells_key_quota_and_clock() {
    // One request to each: a quota is full again when an hour begins.
    let server = || {
        let workspace = Workspace::new().with_key(KEY).with_segments(sample(250, 1));
        Server::spawn(Emulator::new(workspace.with_rate_limit(9))).unwrap()
    };

    let (text, json) = (server(), server());
    let run = check(&text.url(), &[], 0);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines[0], format!("endpoint  {}", text.url()));
    assert_eq!(lines[1], "key       accepted, with the permission segments.list");
    assert_eq!(lines[2], "list      100 segments on the first page");
    assert!(lines[3].starts_with("quota     8 of 9 requests left, which resets at "), "{run:?}");
    assert_eq!(lines[4], "clock     agrees with the server's");
    assert_eq!((lines.len(), &*run.stderr), (5, ""));
    assert_eq!(text.emulator().with(|workspace| workspace.log().total()), 1);

    let found = parsed(&check(&json.url(), &["--format", "json"], 0).stdout);
    assert_eq!(found["ok"], json!(true));
    assert_eq!(found["segments_on_first_page"], json!(100));
    assert_eq!(found["rate_limit"]["remaining"], json!(8));
    assert_eq!(found["clock_ahead_seconds"], json!(0));
    assert!(found["instance"].is_null() && found.get("error").is_none());
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for (server_time, text) in [
        (now + Duration::from_secs(7300), "this machine is 2 hours behind the server"),
        (now.saturating_sub(Duration::from_secs(600)), "ahead of the server"),
    ] {
        let workspace = Workspace::new().with_key(KEY);
        let server = Server::spawn(Emulator::starting_at(workspace, server_time)).unwrap();
        let run = check(&server.url(), &[], 0);
        assert!(run.stdout.contains(text), "{run:?}");
    }
}

#[test]
fn c12_a_check_fails_with_the_code_of_an_export_after_one_request() {
    for (fault, code, reason) in [
        (Fault::status(401), 4, "refused"),
        (Fault::status(403), 4, "refused"),
        (Fault::rate_limited(Duration::from_secs(60)), 5, "rate_limited"),
        (Fault::status(500), 6, "server"),
        (Fault::status(404), 8, "protocol"),
    ] {
        let server = emulator(3, Script::new().then(fault.forever()));
        let run = check(&server.url(), &["--format", "json"], code);
        let found = parsed(&run.stdout);
        assert_eq!(found["ok"], json!(false));
        assert_eq!(found["error"]["reason"], json!(reason), "{run:?}");
        assert!(!run.error().is_empty());
        assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 1);

        let run = check(&server.url(), &[], code);
        assert!(!run.stdout.contains("accepted"), "{run:?}");
    }
    check(&Raw::body("<html>").url, &[], 8);
    check("http://127.0.0.1:9", &[], 7);

    let server = emulator(3, Script::new().then(Fault::stall(0).forever()));
    check(&server.url(), &["--timeout", "200ms"], 7);
}

#[test]
fn a_key_without_the_permission_is_told_from_a_wrong_one() {
    let workspace = Workspace::new().with_key("another-key").with_segments(sample(3, 1));
    let server = Server::spawn(Emulator::new(workspace)).unwrap();
    assert!(check(&server.url(), &[], 4).error().contains("401"));

    server
        .emulator()
        .with(|workspace| workspace.add_key(Key::new(ApiKey::new(KEY).unwrap(), ["users.track"])));
    assert!(check(&server.url(), &[], 4).error().contains("segments.list"));
}
