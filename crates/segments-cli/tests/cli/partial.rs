//! `--keep-partial`: what was seen of a list that is not whole, where nobody can take it for one.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use segments_emulator::{Fault, Script};

use crate::support::{emulator, export, finish, names, program, signal, until, wait};

fn ignoring_order() -> Script {
    Script::new().then(Fault::ignore_sort_direction().forever())
}

fn failing() -> Script {
    Script::new().then(Fault::status(400).page(2).forever())
}

#[test]
fn it_goes_to_standard_output_with_a_warning() {
    for (goal, faults, code, count) in [
        ("complete", ignoring_order(), 3, 100),
        ("complete", failing(), 8, 200),
        ("snapshot", failing(), 8, 200),
        ("walk", failing(), 8, 200),
    ] {
        for format in ["ndjson", "csv", "json", "table"] {
            let server = emulator(250, faults.clone());
            let args = ["--keep-partial", "--goal", goal, "--format", format, "--window", "1"];
            let run = export(&server.url(), &args).expect(code);
            let lines = run.stdout.lines().filter(|line| line.contains('-')).count();
            // The descending head may have come, too.
            assert!(lines >= count, "{goal} {format} {lines} {run:?}");
            assert!(run.stderr.contains("Warning: partial: "), "{run:?}");
            assert!(run.stderr.contains("not the whole list"), "{run:?}");
            assert!(!run.error().is_empty());
        }
    }
}

#[test]
fn a_file_keeps_its_name_for_a_whole_list() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.csv");
    fs::write(&path, "old").unwrap();
    for (goal, faults, code) in
        [("complete", ignoring_order(), 3), ("complete", failing(), 8), ("walk", failing(), 8)]
    {
        let server = emulator(250, faults);
        // One at a time, or the failure could overtake the pages before it.
        let more = ["--window", "1", "-o", path.to_str().unwrap()];
        let args = [&["--keep-partial", "--goal", goal][..], &more].concat();
        let run = export(&server.url(), &args).expect(code);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("out.csv.partial"), "{run:?}");
        assert_eq!(names(directory.path()), ["out.csv", "out.csv.partial"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let partial = directory.path().join("out.csv.partial");
        assert!(fs::read_to_string(&partial).unwrap().lines().count() > 100);
        fs::remove_file(partial).unwrap();
    }
}

#[test]
fn of_nothing_there_is_no_part() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.csv");
    let server = emulator(250, Script::new().then(Fault::status(401).forever()));
    for goal in ["complete", "walk"] {
        let args = ["--keep-partial", "--goal", goal, "-o", path.to_str().unwrap()];
        let run = export(&server.url(), &args).expect(4);
        assert!(!run.stderr.contains("partial"), "{run:?}");
        assert!(names(directory.path()).is_empty());
        let run = export(&server.url(), &["--keep-partial", "--goal", goal, "--format", "csv"]);
        assert_eq!(run.expect(4).stdout, "");
    }
}

#[test]
fn a_whole_list_is_not_partial() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out.csv");
    let server = emulator(250, Script::new());
    let run = export(&server.url(), &["--keep-partial", "-o", path.to_str().unwrap()]).expect(0);
    assert!(!run.stderr.contains("partial"), "{run:?}");
    assert_eq!(names(directory.path()), ["out.csv"]);
}

#[test]
fn what_was_seen_before_a_stop_is_kept() {
    let server = emulator(250, Script::new().then(Fault::stall(20).page(2).forever()));
    let mut command = program(&["export", "--base-url", &server.url(), "--keep-partial"]);
    command.args(["--window", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until(|| server.emulator().with(|workspace| workspace.log().total()) >= 4);
    signal(child.id(), "INT");
    let run = wait(child).expect(130);
    assert_eq!(run.stdout.lines().count(), 250, "both heads and the page between: {run:?}");
    assert!(run.stderr.contains("partial: 250 segments"), "{run:?}");
}

#[test]
fn a_full_disk_leaves_no_part() {
    let full = Path::new("/dev/full");
    let server = emulator(250, failing());
    let mut command = program(&["export", "--base-url", &server.url(), "--keep-partial"]);
    command.args(["--output", full.to_str().unwrap()]);
    let run = finish(command).expect(8);
    assert!(run.stderr.contains("Warning: cannot write /dev/full"), "{run:?}");
}
