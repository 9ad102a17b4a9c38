//! What changes, from now on.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use segments_emulator::{Fault, Script, ServerThread};

use crate::support::{emulator, names, program, signal, until, wait};
use crate::sync::{edit, events, segment};

/// A running watch, and the lines that it writes.
fn watch(server: &ServerThread, state: &str, args: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let all = ["watch", "--base-url", &server.url(), "--state", state, "--every", "100ms"];
    let mut command = program(&[&all[..], args].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, lines)
}

fn next(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    events(&line).remove(0)
}

#[test]
fn changes_come_as_they_happen_until_a_signal() {
    for name in ["INT", "TERM"] {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let server = emulator(0, Script::new());
        edit(&server, |workspace| workspace.create(segment("a")).unwrap());
        let (child, mut lines) = watch(&server, state.to_str().unwrap(), &[]);
        assert_eq!(next(&mut lines), "initial a");
        edit(&server, |workspace| workspace.create(segment("b")).unwrap());
        assert_eq!(next(&mut lines), "created b");
        edit(&server, |workspace| workspace.archive("a").unwrap());
        assert_eq!(next(&mut lines), "removed a");

        signal(child.id(), name);
        assert!(!wait(child).expect(0).stderr.contains("Error"));
        assert_eq!(names(directory.path()), ["state"]);
    }
}

#[test]
fn what_may_pass_is_a_warning_and_what_does_not_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let server = emulator(1, Script::new().then(Fault::status(500).times(2)));
    let args = ["--max-attempts", "1", "--quiet"];
    let (child, mut lines) = watch(&server, state.to_str().unwrap(), &args);
    assert!(next(&mut lines).starts_with("initial "));

    let refuse = Script::new().then(Fault::status(401).forever());
    edit(&server, |workspace| workspace.set_faults(refuse));
    until(|| edit(&server, |workspace| workspace.log().total()) > 4);
    let run = wait(child).expect(4);
    assert!(run.stderr.contains("Warning: page 0 (asc): the server failed"), "{run:?}");
    assert!(run.stderr.contains("The state is unchanged; the list is read again every 100ms."));
    run.error();
}
