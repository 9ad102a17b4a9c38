//! `segments conformance` with commands of every kind, and with the program itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Run, finish, program, run, signal, until, wait};

/// What moves or misleads a single reading of the list, which proves nothing and says so.
const NOT_FOR_WALKS: [&str; 6] =
    ["short-page", "unordered", "stale-cache", "archived", "archived-later", "swapped"];

/// Runs cases as JSON. Commands find other programs by the PATH of the test.
fn judge(arguments: &[&str]) -> (Run, Vec<Value>) {
    let mut command = program(&[&["conformance", "--format", "json"], arguments].concat());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let run = finish(command);

    let findings = serde_json::from_str(&run.stdout).unwrap_or_default();
    (run, findings)
}

/// The verdict of `plain` on a command of a shell, which ends by itself.
fn verdict(script: &str) -> (i32, String) {
    verdict_within("5m", script)
}

/// The same after some time at most.
fn verdict_within(limit: &str, script: &str) -> (i32, String) {
    let (run, findings) = judge(&["--case", "plain", "--timeout", limit, "--", "sh", "-c", script]);
    let verdict = findings[0]["verdict"].as_str().unwrap().to_owned();
    (run.code.unwrap(), verdict)
}

/// The cases with these verdicts, among all for an export with these arguments.
fn wrong(arguments: &[&str]) -> Vec<String> {
    let export = [env!("CARGO_BIN_EXE_segments"), "export"];
    let limits = ["--jobs", "16", "--timeout", "10m", "--"];
    let arguments = [&limits[..], &export, arguments].concat();
    let (run, findings) = judge(&arguments);
    assert!(findings.len() >= 60, "{run:?}");

    let is_right =
        |finding: &&Value| ["whole", "loud"].contains(&finding["verdict"].as_str().unwrap());
    let wrong = findings.iter().filter(|finding| !is_right(finding));
    let wrong: Vec<_> = wrong.map(|finding| finding["case"].as_str().unwrap().to_owned()).collect();
    run.expect(i32::from(!wrong.is_empty()));
    wrong
}

#[test]
fn an_export_is_whole_or_loud() {
    // Enough to outlast a silent server.
    let timeout = ["--timeout", "5s"];
    for goal in ["complete", "snapshot"] {
        assert_eq!(wrong(&[&["--goal", goal], &timeout[..]].concat()), [""; 0]);
    }
}

#[test]
fn a_walk_loses_only_what_one_reading_cannot_see() {
    // A first page that comes late and is read again shows what was edited meanwhile.
    let timeout = ["--timeout", "20s"];
    let arguments = [&["--goal", "walk", "--window", "1"], &timeout[..]].concat();
    assert_eq!(wrong(&arguments), NOT_FOR_WALKS);
}

#[test]
fn every_format_is_read() {
    for format in ["ndjson", "json", "csv", "tsv"] {
        let export = [env!("CARGO_BIN_EXE_segments"), "export", "--format", format];
        let cases = ["--case", "plain", "--case", "odd-ids", "--"];
        judge(&[&cases[..], &export].concat()).0.expect(0);
    }
}

#[test]
fn verdicts_are_those_of_the_command() {
    assert_eq!(verdict("true"), (1, "silent_loss".to_owned()));
    assert_eq!(verdict("echo Done"), (1, "invented".to_owned()));
    assert_eq!(verdict("echo $BRAZE_API_KEY; exit 3"), (1, "leaked_key".to_owned()));
    assert_eq!(verdict("echo $BRAZE_API_KEY >&2"), (1, "leaked_key".to_owned()));
    // A command that always fails is loud, and of no use.
    assert_eq!(verdict("echo no >&2; exit 3"), (1, "loud".to_owned()));
    assert_eq!(verdict("kill -9 $$"), (1, "loud".to_owned()));
    assert_eq!(verdict("yes"), (1, "hung".to_owned()));
}

#[test]
fn a_finding_has_the_same_keys_each_time() {
    let (_, findings) = judge(&["--case", "html", "--", "sh", "-c", "exit 7"]);
    let finding = findings[0].as_object().unwrap();
    let keys: Vec<_> = finding.keys().map(String::as_str).collect();
    let mut expected =
        ["case", "verdict", "found", "expected", "requests", "seconds", "exit_code", "detail"];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(finding["exit_code"], 7);
    assert_eq!(finding["detail"], "exit code 7");
}

/// Whether a process runs, and is no zombie.
fn is_running(id: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", id]).output().unwrap();
    let state = String::from_utf8_lossy(&output.stdout);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// A command that leaves a child behind, whose id is in this file.
fn parent_of_sleep(file: &Path, then: &str) -> String {
    format!("sleep 600 & echo $! > {}; {then}", file.display())
}

fn id_in(file: &Path) -> String {
    fs::read_to_string(file).unwrap().trim().to_owned()
}

#[test]
fn nothing_is_left_of_a_command() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("id");

    // Its child holds the output open. To wait for that is to hang.
    assert_eq!(verdict(&parent_of_sleep(&file, "exit 3")), (1, "loud".to_owned()));
    until(|| !is_running(&id_in(&file)));

    assert_eq!(verdict_within("5s", &parent_of_sleep(&file, "wait")), (1, "hung".to_owned()));
    until(|| !is_running(&id_in(&file)));
}

#[test]
fn a_signal_ends_the_command_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("id");
    let script = parent_of_sleep(&file, "wait");

    let mut command = program(&["conformance", "--case", "plain", "--", "sh", "-c", &script]);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| fs::read_to_string(&file).is_ok_and(|id| id.ends_with('\n')));

    signal(child.id(), "INT");
    wait(child).expect(130);
    until(|| !is_running(&id_in(&file)));
}

#[test]
fn the_table_says_what_is_wrong() {
    let mut command = program(&["conformance", "--case", "plain", "--case", "html", "--", "true"]);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let run = finish(command).expect(1);

    assert!(run.stdout.contains("plain                 SILENT LOSS    0/250"), "{run:?}");
    assert!(run.stdout.contains("\n2 cases: 2 SILENT LOSS\n"), "{run:?}");
    assert!(run.stdout.contains("Nothing goes wrong in plain"), "{run:?}");
    assert!(run.error().starts_with("Error: the command is wrong in 2 of 2 cases."), "{run:?}");
}

#[test]
fn cases_are_listed_without_a_command() {
    let run = run(&["conformance", "--list"]).expect(0);
    assert!(run.stdout.lines().count() >= 60);
    assert!(run.stdout.contains("plain                 nothing goes wrong: 250 segments\n"));
}

/// A client that runs a tap, and prints the records in it.
#[test]
fn a_tap_is_whole_or_loud() {
    let directory = tempfile::tempdir().unwrap();
    let script = format!(
        "config=$(mktemp -p {directory}) && lines=$(mktemp -p {directory}) || exit 1
         printf '{{\"base_url\": \"%s\", \"api_key_env\": \"BRAZE_API_KEY\", \"timeout\": \"5s\"}}' \
             \"$BRAZE_BASE_URL\" > $config
         {program} tap --config $config > $lines || exit
         sed -n 's/^{{\"type\":\"RECORD\",\"stream\":\"segments\",\"record\":\\({{.*}}\\),\"version\":.*/\\1/p' $lines",
        directory = directory.path().display(),
        program = env!("CARGO_BIN_EXE_segments"),
    );
    let (run, findings) = judge(&["--jobs", "16", "--", "sh", "-c", &script]);
    assert!(findings.len() >= 60, "{run:?}");
    run.expect(0);
}
