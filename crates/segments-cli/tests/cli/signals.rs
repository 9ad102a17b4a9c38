//! Somebody stops the program.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use segments_emulator::{Fault, Script, ServerThread};

use crate::support::{emulator, names, program, signal, until, wait};

fn start(server: &ServerThread, args: &[&str]) -> Child {
    let url = server.url();
    let mut command = program(&[&["export", "--base-url", &url], args].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn asked(server: &ServerThread) -> u64 {
    server.emulator().with(|workspace| workspace.log().total())
}

#[test]
fn o5_each_signal_has_its_code_and_leaves_whole_lines() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for page in 0..3 {
            let faults = Script::new().then(Fault::stall(20).page(page).forever());
            let server = emulator(250, faults);
            let args = ["--goal", "walk", "--window", "1"];
            let child = start(&server, &args);
            until(|| asked(&server) > page.into());
            signal(child.id(), name);
            let run = wait(child).expect(code);
            assert_eq!(run.stdout.lines().count(), 100 * page as usize);
            assert!(page == 0 || run.stdout.ends_with("}\n"));
            assert!(run.error().contains("stopped"), "{run:?}");
        }
    }
}

#[test]
fn o5_a_stopped_export_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.ndjson");
    let report = directory.path().join("report.json");
    let server = emulator(250, Script::new().then(Fault::stall(20).page(2).forever()));
    let args = ["-o", path.to_str().unwrap(), "--report", report.to_str().unwrap()];
    let child = start(&server, &args);
    until(|| asked(&server) >= 3);
    assert!(!names(directory.path()).is_empty());
    signal(child.id(), "INT");
    wait(child).expect(130);
    assert_eq!(names(directory.path()), ["report.json"]);
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("\"stopped\""), "{report}");
}

#[test]
fn o5_a_full_pipe_does_not_hold_it() {
    let server = emulator(3000, Script::new());
    let mut child = start(&server, &["--goal", "walk"]);
    let pipe = child.stdout.take();
    until(|| asked(&server) >= 4);
    sleep(Duration::from_millis(500));
    for _ in 0..2 {
        signal(child.id(), "INT");
        sleep(Duration::from_millis(100));
    }
    wait(child).expect(130);
    drop(pipe);
}

/// A named pipe that nobody opens at its other end.
fn pipe(directory: &Path) -> String {
    let pipe = directory.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe.to_str().unwrap().to_owned()
}

#[test]
fn o17_what_waits_for_a_pipe_is_stopped_and_has_a_deadline() {
    let server = emulator(3, Script::new());
    for flag in ["--output", "--report", "--api-key-file", "--ca-file"] {
        let directory = tempfile::tempdir().unwrap();
        let pipe = pipe(directory.path());
        let output = directory.path().join("out").to_str().unwrap().to_owned();
        let mut args = vec![flag, &pipe];
        if flag == "--report" {
            args.extend(["-o", &output]);
        }
        let child = start(&server, &args);
        let status = format!("/proc/{}/status", child.id());
        until(|| fs::read_to_string(&status).unwrap().contains("\nThreads:\t3"));
        signal(child.id(), "TERM");
        let run = wait(child).expect(143);
        assert!(run.error().contains("stopped by SIGTERM"), "{flag}: {run:?}");
        assert_eq!(names(directory.path()), ["pipe"]);

        args.extend(["--deadline", "300ms"]);
        let run = wait(start(&server, &args)).expect(9);
        assert!(run.error().contains("deadline"), "{flag}: {run:?}");
        assert_eq!(names(directory.path()), ["pipe"]);
    }
    assert_eq!(asked(&server), 0);
}

#[test]
fn o17_an_emulator_that_waits_for_a_pipe_is_stopped() {
    for flag in ["--load", "--faults", "--api-key-file"] {
        let directory = tempfile::tempdir().unwrap();
        let pipe = pipe(directory.path());
        let mut command = program(&["serve", "--listen", "127.0.0.1:0", flag, &pipe]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        until(|| fs::read_to_string(&status).unwrap().contains("\nThreads:\t3"));
        signal(child.id(), "INT");
        let run = wait(child).expect(130);
        assert!(run.error().contains("stopped by Ctrl-C"), "{flag}: {run:?}");
    }
}
