//! The emulator as a command.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};

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
fn what_cannot_be_served_is_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(run(&["serve", "--listen", &address]).expect(2).error().contains("--listen"));
    assert!(run(&["serve", "--listen", "0.0.0.0:0"]).expect(2).error().contains("--allow-remote"));
    run(&["serve", "--load", "/nowhere"]).expect(2);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("list");
    for text in ["[{]", r#"[{"id":"1","name":"n","analytics_tracking_enabled":true}]"#] {
        fs::write(&path, text.replace("}]", "},{\"id\":\"1\"}]")).unwrap();
        let run = run(&["serve", "--load", path.to_str().unwrap()]).expect(2);
        assert!(run.error().contains("--load"), "{run:?}");
    }
}
