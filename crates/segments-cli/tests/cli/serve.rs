//! The emulator as a command.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{KEY, finish, program, run, signal, wait};

fn serve(args: &[&str]) -> (Child, String) {
    let mut command = program(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
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
    for address in ["", "localhost:80", "127.0.0.1", "127.0.0.1:65536", ":8080", "8080"] {
        run(&["serve", "--listen", address]).expect(2);
    }
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
            sleep(Duration::from_millis(200));
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
        let took = started.elapsed();
        assert!(took < Duration::from_secs(if whole { 2 } else { 3 }), "{took:?}");
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
