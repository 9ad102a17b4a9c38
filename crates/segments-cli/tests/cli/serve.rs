//! The emulator as a command.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{KEY, finish, program, run, signal, until, wait};

fn serve(args: &[&str]) -> (Child, String) {
    serve_at("127.0.0.1:0", args)
}

fn serve_at(listen: &str, args: &[&str]) -> (Child, String) {
    let mut command = program(&[&["serve", "--listen", listen], args].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (child, url.trim().to_owned())
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    for name in ["TERM", "INT"] {
        let (mut child, url) = serve(&["--segments", "130"]);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.contains("BRAZE_API_KEY=")).unwrap();
        let key = line.split("BRAZE_API_KEY=").nth(1).unwrap();
        let mut command = program(&["export", "--base-url", &url]);
        command.env("BRAZE_API_KEY", key);
        assert_eq!(finish(command).expect(0).stdout.lines().count(), 130);
        signal(child.id(), name);
        wait(child).expect(0);
    }
}

#[test]
fn segments_faults_and_key_come_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let line = r#"{"id":"1","name":"n","analytics_tracking_enabled":true,"tags":[]}"#;
    let list = write("list", &format!("{line}\n"));
    let faults = write("faults", r#"[{"kind":{"status":{"code":503}}}]"#);
    let key = write("key", KEY);
    let (child, url) = serve(&["--load", &list, "--faults", &faults, "--api-key-file", &key]);
    let run = run(&["export", "--base-url", &url]).expect(0);
    assert_eq!(run.stdout, format!("{line}\n"));
    assert!(run.stderr.contains("1 retry"), "{run:?}");
    signal(child.id(), "TERM");
    assert!(!wait(child).expect(0).stderr.contains("BRAZE_API_KEY"));
}

#[test]
fn e6_a_place_that_cannot_be_had_is_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(run(&["serve", "--listen", &address]).expect(2).error().contains("127.0.0.1:0"));
    assert!(run(&["serve", "--listen", "0.0.0.0:0"]).expect(2).error().contains("--allow-remote"));
    assert!(run(&["serve", "--listen", "[::]:0"]).expect(2).error().contains("--allow-remote"));
    // An address that is kept for documentation, and of no machine.
    let args = ["serve", "--listen", "192.0.2.1:80", "--allow-remote"];
    assert!(run(&args).expect(2).error().contains("of this machine"));
    for address in ["", "127.0.0.1", "127.0.0.1:65536", ":8080", "8080", "http://localhost:0"] {
        run(&["serve", "--listen", address]).expect(2);
    }
    // The top-level domain that never has a host.
    let run = run(&["serve", "--listen", "nowhere.invalid:0"]).expect(2);
    assert!(run.error().contains("cannot resolve nowhere.invalid:0"), "{run:?}");
}

#[test]
fn what_is_printed_can_be_pasted_wherever_it_listens() {
    for (listen, args) in [
        ("127.0.0.1:0", &[][..]),
        ("localhost:0", &[]),
        ("LOCALHOST:0", &[]),
        ("0.0.0.0:0", &["--allow-remote"]),
    ] {
        let (mut child, url) = serve_at(listen, args);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said: Vec<_> = lines.by_ref().take(if args.is_empty() { 2 } else { 3 }).collect();
        let pasted = said.last().unwrap();
        let variables = pasted.split(' ').map(|variable| variable.split_once('=').unwrap());
        let mut command = program(&["export"]);
        command.env_clear().envs(variables);
        assert_eq!(finish(command).expect(0).stdout.lines().count(), 250, "{listen}: {said:?}");
        assert!(pasted.contains(&url), "{said:?}");

        // Who comes from elsewhere is told how.
        let elsewhere = said.iter().any(|line| line.contains("--allow-insecure-http"));
        assert_eq!(elsewhere, !args.is_empty(), "{said:?}");
        signal(child.id(), "TERM");
        wait(child).expect(0);
    }
}

#[test]
fn the_allowance_is_what_it_is_said_to_be() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    fs::write(&key, KEY).unwrap();
    let file = ["--api-key-file", key.to_str().unwrap()];
    // A walk over 150 segments takes three requests. One over 550 takes more than two hours allow,
    // should an hour begin meanwhile.
    for (segments, limit, code) in
        [("550", "2", 5), ("150", "3", 0), ("150", "18446744073709551615", 0)]
    {
        let args = [&file[..], &["--segments", segments, "--rate-limit", limit]].concat();
        let (child, url) = serve(&args);
        let args = ["export", "--base-url", &url, "--goal", "walk", "--window", "1"];
        run(&[&args[..], &["--max-wait", "0s"]].concat()).expect(code);
        signal(child.id(), "TERM");
        wait(child).expect(0);
    }
}

#[test]
fn e6_more_sample_segments_than_fit_are_2_and_the_most_is_named() {
    for count in ["1000001", "10000000000000", "18446744073709551615", "18446744073709551616", "-1"]
    {
        let run = run(&["serve", "--segments", count]).expect(2);
        assert!(run.stderr.contains("0 to 1000000"), "{run:?}");
    }
    for count in ["18446744073709551616", "-1", "many"] {
        run(&["serve", "--rate-limit", count]).expect(2);
    }
}

#[test]
fn tags_that_are_null_are_said_to_be_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("list.json");
    let file = path.to_str().unwrap();
    for (tags, said) in [
        (r#"[null,"a",null]"#, "2 tags are null and are not served"),
        (r#"["a",null]"#, "1 tag is null and is not served"),
        (r#"["null"]"#, ""),
    ] {
        let rest = r#""id":"1","name":"n","analytics_tracking_enabled":true"#;
        fs::write(&path, format!("[{{\"tags\":{tags},{rest}}}]")).unwrap();
        let (child, _) = serve(&["--load", file]);
        signal(child.id(), "TERM");
        let run = wait(child).expect(0);
        let warned = run.stderr.lines().find(|line| line.starts_with("Warning: "));
        let expected = (!said.is_empty()).then(|| format!("Warning: --load {file}: {said}"));
        assert_eq!(warned, expected.as_deref(), "{run:?}");
    }
}

/// How many requests a server has got.
fn requests(url: &str) -> u64 {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let head = "GET /_emulator/log HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<serde_json::Value>(body).unwrap()["total"].as_u64().unwrap()
}

/// The id of the first response of a server.
fn first_request_id() -> String {
    let (child, url) = serve(&[]);
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let head = "GET /segments/list HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    signal(child.id(), "TERM");
    wait(child).expect(0);

    let mut lines = response.lines();
    lines.find_map(|line| line.strip_prefix("x-request-id: ")).expect(&response).to_owned()
}

/// An export that resumes at a restarted server would take its responses for cached ones.
#[test]
fn a_restarted_server_repeats_no_request_id() {
    assert_ne!(first_request_id(), first_request_id());
}

#[test]
fn e7_a_stop_lets_answers_end_and_waits_two_seconds() {
    for (kind, whole) in
        [("{\"delay_ms\":600,\"kind\":\"ordinary\"}", true), ("{\"kind\":{\"stall\":9}}", false)]
    {
        let directory = tempfile::tempdir().unwrap();
        let (faults, key) = (directory.path().join("faults"), directory.path().join("key"));
        fs::write(&faults, format!("[{kind}]")).unwrap();
        fs::write(&key, KEY).unwrap();
        let args = ["--faults", faults.to_str().unwrap(), "--api-key-file", key.to_str().unwrap()];
        let (child, url) = serve(&args);
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        let head = "GET /segments/list HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer";
        write!(stream, "{head} {KEY}\r\n\r\n").unwrap();
        if whole {
            until(|| requests(&url) >= 1);
        } else {
            stream.read_exact(&mut [0; 64]).unwrap();
        }
        let started = Instant::now();
        signal(child.id(), "TERM");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(
            answer.ends_with(b"\"success\"}"),
            whole,
            "{}",
            String::from_utf8_lossy(&answer)
        );
        wait(child).expect(0);
        // What stalls would go on for ever; nothing else is waited for.
        assert!(whole || started.elapsed() >= Duration::from_secs(2));
    }
}

#[test]
fn e8_a_file_of_segments_or_faults_that_is_none_is_2_and_says_where() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let file = path.to_str().unwrap();
    let one = r#"{"id":"1","name":"n","analytics_tracking_enabled":true,"tags":[]}"#;
    for (flag, text, part) in [
        ("--load", "[{]".to_owned(), "line 1"),
        ("--load", format!("{one}\n{one}\n{{\"id\":"), "line 3"),
        ("--load", format!("[\n{one},\n{{\"id\":\"2\"}}]"), "line 3"),
        ("--load", format!("{one}\n{one}"), "same id"),
        (
            "--load",
            format!("[\n{}]", one.replace("\"id\":\"1\",", "")),
            "line 2, column 56: id is missing",
        ),
        ("--load", format!("\n{}", one.replace("\"n\"", "5")), "name: invalid type: integer `5`"),
        ("--load", one.replace("[]", "[7]"), "tags[0]: invalid type: integer `7`"),
        ("--faults", "[\n{\"kind\":{\"status\":{\"code\":99}}}]".to_owned(), "100 to 999"),
        ("--faults", "[{\"times\":\"often\"}]".to_owned(), "[0].times: invalid type"),
        ("--load", "\u{1}".to_owned(), "line 1"),
        ("--faults", "[\n{\"kind\":\"explode\"}]".to_owned(), "line 2"),
        ("--faults", "{}".to_owned(), "line 1"),
        ("--faults", String::new(), "line 1"),
    ] {
        fs::write(&path, text).unwrap();
        let run = run(&["serve", flag, file]).expect(2);
        assert!(run.error().contains(flag) && run.error().contains(part), "{run:?}");
    }
    fs::write(&path, b"\xff").unwrap();
    for flag in ["--load", "--faults"] {
        run(&["serve", flag, file]).expect(2);
        assert!(run(&["serve", flag, "/nowhere"]).expect(2).error().contains("/nowhere"));
    }
}
