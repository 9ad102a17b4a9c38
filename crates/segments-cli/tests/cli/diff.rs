//! What has changed between two exports.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use segments_core::Segment;
use segments_emulator::{Script, ServerThread};
use serde_json::Value;

use crate::support::{Run, emulator, export, finish, program, wait};

/// A list of three segments, and what becomes of it: exported before and after with reports.
fn two_exports(directory: &Path) -> ServerThread {
    let server = emulator(0, Script::new());
    let create = |id: &str, name: &str| {
        let segment = Segment::new(id, name, true, ["x"]).unwrap();
        server.emulator().with(|workspace| workspace.create(segment).unwrap());
    };
    for (id, name) in [("a", "A"), ("b", "B"), ("c", "C")] {
        create(id, name);
    }
    export_to(&server, directory, "old.ndjson");

    create("d", "D");
    server.emulator().with(|workspace| {
        workspace.archive("a").unwrap();
        workspace.rename("b", "Bee").unwrap();
        workspace.retag("b", ["y"]).unwrap();
        workspace.set_tracking("c", false).unwrap();
    });
    export_to(&server, directory, "new.json");
    server
}

fn export_to(server: &ServerThread, directory: &Path, name: &str) {
    let [output, report] = [name.to_owned(), format!("{name}.report")];
    let paths = [output, report].map(|name| directory.join(name).to_str().unwrap().to_owned());
    export(&server.url(), &["-o", &paths[0], "--report", &paths[1]]).expect(0);
}

fn diff(directory: &Path, args: &[&str]) -> Run {
    let mut command = program(&[&["diff"], args].concat());
    command.current_dir(directory);
    finish(command)
}

fn events(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_removal_needs_the_report() {
    let directory = tempfile::tempdir().unwrap();
    let _server = two_exports(directory.path());

    let run = diff(directory.path(), &["old.ndjson", "new.json"]).expect(0);
    let events_of = |run: &Run| {
        let names = events(&run.stdout).into_iter().map(|event| {
            format!("{} {}", event["event"].as_str().unwrap(), event["id"].as_str().unwrap())
        });
        names.collect::<Vec<_>>()
    };
    let edits = ["renamed b", "retagged b", "tracking_changed c"];
    let expected = |gone| [&["created d", gone], &edits[..]].concat();
    assert_eq!(events_of(&run), expected("not_seen a"));
    assert!(run.stderr.contains("1 segment of OLD is not in NEW"), "{run:?}");

    let args = ["old.ndjson", "new.json", "--report", "new.json.report"];
    let run = diff(directory.path(), &args).expect(0);
    assert_eq!(events_of(&run), expected("removed a"));
    assert_eq!(events(&run.stdout)[1]["proof"], "complete");
    assert_eq!(run.stderr, "");

    let run = diff(directory.path(), &[&args[..], &["--format", "table"]].concat()).expect(0);
    assert!(run.stdout.contains("\nrenamed           Bee  was B            b\n"), "{}", run.stdout);
}

#[test]
fn the_exit_code_says_whether_anything_has_changed() {
    let directory = tempfile::tempdir().unwrap();
    let _server = two_exports(directory.path());
    for (new, flag, code) in [
        ("new.json", &[][..], 0),
        ("new.json", &["--exit-code"], 1),
        ("old.ndjson", &["--exit-code"], 0),
        ("missing", &["--exit-code"], 2),
    ] {
        let run = diff(directory.path(), &[&["old.ndjson", new], flag].concat()).expect(code);
        assert_eq!(run.stdout.is_empty(), new != "new.json");
        assert_eq!(run.stderr.contains("Error"), code == 2, "{run:?}");
    }
}

#[test]
fn a_report_of_another_list_or_without_a_claim_proves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = two_exports(directory.path());
    let with =
        |report: &str| diff(directory.path(), &["old.ndjson", "new.json", "--report", report]);

    // What was cut off is shorter than its report says.
    let text = fs::read_to_string(directory.path().join("old.ndjson")).unwrap();
    fs::write(directory.path().join("cut.ndjson"), text.lines().next().unwrap()).unwrap();
    let run =
        diff(directory.path(), &["old.ndjson", "cut.ndjson", "--report", "old.ndjson.report"]);
    assert!(run.expect(2).error().contains("is about 3 segments, and NEW has 1"));
    // Another list of the same length.
    let other = text.replace(r#""id":"a""#, r#""id":"z""#);
    fs::write(directory.path().join("other.ndjson"), other).unwrap();
    let run =
        diff(directory.path(), &["old.ndjson", "other.ndjson", "--report", "old.ndjson.report"]);
    assert!(run.expect(2).error().contains("is not about the segments of NEW"));
    for (text, what) in [
        ("{}", "x is JSON, but not a report"),
        ("[]", "x is JSON, but not a report"),
        ("{\n\"goal\": 5}", "x is JSON, but not a report"),
        ("", "x, line 1: it ends too early"),
        ("{\n\"goal\"", "x, line 2: it ends too early"),
        ("\n\nx", "x, line 3: it is not JSON"),
    ] {
        fs::write(directory.path().join("x"), text).unwrap();
        let error = with("x").expect(2).error();
        assert!(error.contains(&format!("--report {what}.")), "{error}");
    }

    let walk = directory.path().join("walk.report");
    let args = ["--goal", "walk", "--report", walk.to_str().unwrap()];
    export(&server.url(), &args).expect(0);
    let run = with("walk.report").expect(0);
    assert!(
        run.stdout.contains("not_seen") && !run.stdout.contains(r#""event":"removed""#),
        "{run:?}"
    );
    assert!(run.stderr.contains("claims neither"), "{run:?}");
}

#[test]
fn by_its_report_the_new_list_must_be_later() {
    let directory = tempfile::tempdir().unwrap();
    let _server = two_exports(directory.path());
    let report = fs::read_to_string(directory.path().join("new.json.report")).unwrap();
    let mut earlier: Value = serde_json::from_str(&report).unwrap();
    earlier["interval"]["to"] = "2020-06-17T20:57:03Z".into();
    fs::write(directory.path().join("earlier"), earlier.to_string()).unwrap();

    for (old_report, event) in [("earlier", "removed"), ("new.json.report", "not_seen")] {
        let reports = ["--report", "new.json.report", "--old-report", old_report];
        let run = diff(directory.path(), &[&["old.ndjson", "new.json"], &reports[..]].concat());
        let run = run.expect(0);
        assert_eq!(events(&run.stdout)[1]["event"], event, "{run:?}");
        assert_eq!(run.stderr.contains("did not begin after"), event == "not_seen", "{run:?}");
    }

    // Without the other report there is nothing to check.
    let args = ["old.ndjson", "new.json", "--old-report", "earlier"];
    assert!(diff(directory.path(), &args).expect(2).stderr.contains("--report <FILE>"));
}

#[test]
fn lists_come_from_files_that_can_be_read_back_or_from_a_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let _server = two_exports(directory.path());
    fs::write(directory.path().join("list.csv"), "").unwrap();
    let run = diff(directory.path(), &["list.csv", "new.json"]).expect(2);
    assert!(run.error().contains("OLD list.csv is csv"), "{run:?}");
    let run = diff(directory.path(), &["-", "-"]).expect(2);
    assert!(run.error().contains("cannot both be standard input"), "{run:?}");
    fs::write(directory.path().join("bad.ndjson"), "{\"id\":5}").unwrap();
    let run = diff(directory.path(), &["old.ndjson", "bad.ndjson"]).expect(2);
    assert!(run.error().contains("NEW bad.ndjson: line 1, column"), "{run:?}");

    let mut command = program(&["diff", "old.ndjson", "-"]);
    let new = fs::File::open(directory.path().join("new.json")).unwrap();
    command.current_dir(directory.path()).stdin(new).stdout(Stdio::piped()).stderr(Stdio::piped());
    let piped = wait(command.spawn().unwrap()).expect(0).stdout;
    assert_eq!(piped, diff(directory.path(), &["old.ndjson", "new.json"]).stdout);
}
