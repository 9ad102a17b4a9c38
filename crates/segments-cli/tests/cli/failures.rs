//! What goes wrong, and the exit code that it has.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use segments_emulator::{Emulator, Fault, Script, Server, Workspace};
use segments_tests::peer::Nobody;
use serde_json::Value;

use crate::support::{KEY, Raw, emulator, export, finish, names, run};

fn faulty(fault: Fault) -> Script {
    Script::new().then(fault)
}

#[test]
fn a_refused_key_is_4_and_names_the_permission() {
    let server = Server::spawn(Emulator::new(Workspace::new().with_key("another"))).unwrap();
    let run = export(&server.url(), &[]).expect(4);
    assert!(run.error().contains("segments.list"), "{run:?}");
    assert!(run.error().contains(&server.url()), "{run:?}");
    assert_eq!(run.stdout, "");
    let server = emulator(1, faulty(Fault::status(403).forever()));
    export(&server.url(), &[]).expect(4);
}

#[test]
fn a_far_rate_limit_is_5_at_once() {
    let server = emulator(1, faulty(Fault::rate_limited(Duration::from_secs(1800)).forever()));
    let run = export(&server.url(), &["-v"]).expect(5);
    assert!(!run.stderr.contains("retry in"), "{run:?}");
    assert!(run.error().contains("ry again after 2"), "{run:?}");
}

#[test]
fn lasting_server_errors_are_6() {
    let server = emulator(1, faulty(Fault::status(503).forever()));
    let run = export(&server.url(), &["--max-attempts", "2", "--window", "1", "-v"]).expect(6);
    assert!(run.error().contains("page 0") && run.error().contains("503"), "{run:?}");
    assert_eq!(run.stderr.matches("-> 503").count(), 2, "{run:?}");
}

#[test]
fn a_limiter_that_says_nothing_is_outlasted() {
    for code in [429, 503] {
        let server = emulator(250, faulty(Fault::leaky_bucket(5, 0, code)));
        let run = export(&server.url(), &[]).expect(0);
        assert_eq!(run.stdout.lines().count(), 250, "{code}: {run:?}");
    }
}

#[test]
fn a_limiter_is_not_taken_for_braze_and_the_flags_that_help_are_named() {
    // So slow that nothing passes while it is asked, but the first request.
    for (status, code) in [(429, 5), (503, 6)] {
        let server = emulator(250, faulty(Fault::leaky_bucket(0, 0, status)));
        let run = export(&server.url(), &["--max-attempts", "2"]).expect(code);
        let error = run.error();
        for word in ["hour", "workspace", "Braze"] {
            assert!(!error.contains(word), "{word}: {run:?}");
        }
        assert!(error.contains("--max-attempts") && error.contains("--window 1"), "{run:?}");
    }
}

#[test]
fn passing_errors_are_overcome() {
    let faults = faulty(Fault::status(503).page(1)).then(Fault::cut(10).page(2));
    let server = emulator(250, faults);
    let run = export(&server.url(), &[]).expect(0);
    assert_eq!(run.stdout.lines().count(), 250);
    assert!(run.stderr.contains("2 retries"), "{run:?}");
}

#[test]
fn no_connection_is_7() {
    let nobody = Nobody::new();
    let url = format!("http://{}", nobody.addr());
    let args = ["--max-attempts", "1"];
    let run = export(&url, &args).expect(7);
    assert!(run.error().contains(&url) && !run.stderr.contains("os error"), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 2, "what and where, and what to do: {run:?}");
}

#[test]
fn t13_plain_text_where_tls_is_expected_is_7() {
    let server = Raw::answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    let url = server.url.replace("http:", "https:");
    export(&url, &["--max-attempts", "1"]).expect(7);
}

#[test]
fn what_is_no_page_is_8() {
    let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>";
    for (server, part) in [
        (Raw::answering(html), "HTML"),
        (Raw::body(r#"{"segments":[],"message":"Campaign not found"}"#), "Campaign not found"),
        (Raw::body("null"), "not a valid page"),
        (Raw::answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "400"),
        (Raw::answering("HTTP/1.1 407 Proxy\r\nContent-Length: 0\r\n\r\n"), "407"),
        (Raw::answering("HTTP/1.1 204 No Content\r\n\r\n"), "204"),
    ] {
        let run = export(&server.url, &[]).expect(8);
        assert!(run.error().contains(part) && run.error().contains(&server.url), "{run:?}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_passed_deadline_is_9() {
    let server = emulator(1, faulty(Fault::stall(20).forever()));
    export(&server.url(), &["--deadline", "600ms"]).expect(9);
}

#[test]
fn a_slow_try_is_7() {
    let server = emulator(1, faulty(Fault::drip(Duration::from_millis(200)).forever()));
    let args = ["--timeout", "500ms", "--max-attempts", "1"];
    export(&server.url(), &args).expect(7);
}

#[test]
fn h8_the_limit_of_a_head_can_be_set() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let head = format!("X: {}\r\nContent-Length: {}", "x".repeat(80 << 10), body.len());
    let server = Raw::answering(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}"));
    let get = |limit: &[&str]| run(&[&["get", "--base-url", &server.url], limit].concat());
    assert!(get(&[]).expect(8).error().contains("--max-head"));
    get(&["--max-head", "100KiB"]).expect(0);
}

#[test]
fn an_endless_list_has_an_end() {
    let server = Raw::serving(|mut stream, head| {
        let page = head.split("page=").nth(1).and_then(|rest| rest.split(['&', ' ']).next());
        let page = page.unwrap_or("0");
        let body = format!(
            r#"{{"segments":[{{"id":"{page}","name":"n","analytics_tracking_enabled":true}}],"message":"success"}}"#
        );
        let length = body.len();
        let head = format!("Content-Length: {length}\r\nConnection: close");
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
    });
    let walk = ["--goal", "walk"];
    let run = export(&server.url, &[&walk[..], &["--max-pages", "20"]].concat()).expect(8);
    assert!(run.error().contains("20 pages"), "{run:?}");
    export(&server.url, &[&walk[..], &["--deadline", "500ms"]].concat()).expect(9);
    // The same page for ever is found out without any limit.
    let server = emulator(250, faulty(Fault::ignore_page().forever()));
    for goal in ["walk", "complete", "snapshot"] {
        export(&server.url(), &["--goal", goal]).expect(8);
    }
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("segments.json");
    let path = path.to_str().unwrap();
    let server = emulator(250, faulty(Fault::status(400).page(2).forever()));
    for format in ["ndjson", "json", "csv", "table"] {
        export(&server.url(), &["--output", path, "--format", format]).expect(8);
        assert!(names(directory.path()).is_empty());
    }
    fs::write(path, "old").unwrap();
    export(&server.url(), &["--output", path]).expect(8);
    assert_eq!(fs::read(path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["segments.json"]);
}

#[test]
fn a_failed_walk_streams_whole_lines_only() {
    let server = emulator(250, faulty(Fault::status(400).page(2).forever()));
    let run = export(&server.url(), &["--goal", "walk", "--window", "1"]).expect(8);
    assert_eq!(run.stdout.lines().count(), 200);
    assert!(run.stdout.ends_with("}\n"));
    for format in ["json", "table"] {
        let args = ["--goal", "walk", "--format", format];
        assert_eq!(export(&server.url(), &args).expect(8).stdout, "");
    }
}

#[test]
fn the_report_tells_of_the_failure() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let report = || serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap();
    let args = ["--report", path.to_str().unwrap()];
    let server = emulator(250, faulty(Fault::status(400).page(2).forever()));
    export(&server.url(), &args).expect(8);
    assert_eq!(report()["error"]["reason"], "protocol", "{:#}", report());
    assert_eq!(report()["error"]["page"], 2);
    assert_eq!(report()["ended"], false);
    let server = emulator(250, Script::new());
    export(&server.url(), &args).expect(0);
    assert_eq!(report()["segments"], 250);
    assert!(report().get("error").is_none());
    assert_eq!(names(directory.path()), ["report.json"]);
}

#[test]
fn t7_connections_closed_between_pages_cost_nothing() {
    let server = Raw::serving(|mut stream, head| {
        let body = if head.contains("page=") {
            r#"{"segments":[],"message":"success"}"#
        } else {
            r#"{"segments":[{"id":"a","name":"","analytics_tracking_enabled":true}],"message":"success"}"#
        };
        // Nothing says that the connection ends.
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    let args = ["--goal", "walk", "--window", "1"];
    let run = export(&server.url, &args).expect(0);
    assert_eq!(run.stdout.lines().count(), 1);
    // One to each page at least: the end can meet the next request.
    assert!(server.connections() >= 2);
}

#[test]
fn t17_no_file_descriptor_left_is_said_so() {
    let server = emulator(3000, Script::new());
    let limited = |descriptors: u32, more: &[&str]| {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_segments"), "export", "--base-url"]);
        command.args([&server.url(), "--max-attempts", "1"]).args(more);
        command.env_clear().env("BRAZE_API_KEY", KEY).env("PATH", "/usr/bin:/bin");
        finish(command)
    };
    for (window, expected) in [("4", 0), ("64", 7)] {
        // From so few that nothing can be opened to what should do, or to too few for the window.
        let mut codes = HashSet::new();
        for descriptors in (4..44).step_by(3) {
            let run = limited(descriptors, &["--goal", "walk", "--window", window]);
            let code = run.code.unwrap_or_default();
            assert!([0, 2, 7].contains(&code), "{descriptors} {run:?}");
            if code != 0 {
                assert!(run.error().contains("open files"), "{descriptors} {run:?}");
            }
            if code == 7 {
                let error = run.error();
                assert!(error.contains("no file descriptors are left"), "{descriptors} {run:?}");
                assert!(error.contains("ulimit") && !error.contains("network"), "{run:?}");
            }
            codes.insert(code);
        }
        assert!(codes.contains(&2) && codes.contains(&expected), "{window} {codes:?}");
    }
}
