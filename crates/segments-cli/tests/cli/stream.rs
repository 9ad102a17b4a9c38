//! `--stream`: rows before the proof, and never more trust than that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use segments_core::Segment;
use segments_emulator::{Fault, Script, sample};
use serde_json::Value;

use crate::support::{emulator, export, names, program, signal, until, wait};

fn segments(ndjson: &str) -> Vec<Segment> {
    ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_quiet_list_comes_once_in_every_format() {
    let expected: BTreeSet<_> = sample(250, 1).iter().map(|one| one.id().to_owned()).collect();
    let server = emulator(250, Script::new());
    for goal in ["complete", "walk"] {
        for (format, header) in [("ndjson", 0), ("csv", 1), ("tsv", 1), ("markdown", 2), ("ids", 0)]
        {
            let args = ["--stream", "--goal", goal, "--format", format];
            let run = export(&server.url(), &args).expect(0);
            let ids: Vec<_> = run.stdout.lines().skip(header).filter_map(id_in).collect();
            assert_eq!(ids.len(), 250, "{args:?}");
            assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), expected, "{args:?}");
            assert!(!run.stderr.contains("partial"), "{run:?}");
        }
    }
}

/// The first text in a row that looks like a UUID.
fn id_in(row: &str) -> Option<String> {
    let words = row.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.filter(|word| word.len() == 36).map(str::to_owned).next()
}

#[test]
fn the_first_row_comes_before_the_last_response() {
    let server = emulator(250, Script::new().then(Fault::stall(20).page(2).forever()));
    let mut command = program(&["export", "--base-url", &server.url(), "--stream"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    rows.read_line(&mut first).unwrap();
    assert_eq!(segments(&first).len(), 1);

    signal(child.id(), "INT");
    let rest = rows.lines().count();
    let run = wait(child).expect(130);
    let partial = format!("Warning: partial: {} segments written to standard output", rest + 1);
    assert!(run.stderr.contains(&partial), "{run:?}");
}

#[test]
fn a_failure_after_rows_is_told_by_code_and_warning() {
    let unproven = Script::new().then(Fault::ignore_sort_direction().forever());
    let broken = Script::new().then(Fault::status(400).page(2).forever());
    for (faults, code, least) in [(unproven, 3, 100), (broken, 8, 200)] {
        let server = emulator(250, faults);
        for more in [&[][..], &["--keep-partial"]] {
            let args = [&["--stream", "--window", "1", "--format", "csv"][..], more].concat();
            let run = export(&server.url(), &args).expect(code);
            let rows: Vec<_> = run.stdout.lines().skip(1).collect();
            assert!(rows.len() >= least, "{run:?}");
            assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "none comes twice");
            let partial = format!("partial: {} segments written to standard output", rows.len());
            assert!(run.stderr.contains(&partial), "{run:?}");
            assert!(!run.error().is_empty());
        }
    }

    let server = emulator(250, Script::new());
    let run = export(&server.url(), &["--stream", "--min-segments", "251"]).expect(3);
    assert_eq!(run.stdout.lines().count(), 250);
    assert!(run.stderr.contains("standard output; fewer than --min-segments"), "{run:?}");
}

#[test]
fn without_a_row_there_is_no_part() {
    let server = emulator(250, Script::new().then(Fault::status(401).forever()));
    let run = export(&server.url(), &["--stream", "--format", "csv"]).expect(4);
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains("partial"), "{run:?}");
}

#[test]
fn an_edited_segment_comes_again_and_its_last_row_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let edited = sample(250, 1)[75].id().to_owned();
    let read = |format: &str| {
        // Three pages in one order and one in the other, which meets the first three at the next.
        let server = emulator(250, Script::new().then(Fault::stall(20).after(4)));
        let mut command = program(&["export", "--base-url", &server.url(), "--stream"]);
        command.args(["--format", format, "--report", path.to_str().unwrap()]);
        command.args(["--window", "1", "--timeout", "3s"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until(|| server.emulator().with(|workspace| workspace.log().total()) >= 5);
        server.emulator().with(|workspace| workspace.rename(&edited, "edited").unwrap());
        wait(child).expect(0).stdout
    };

    let rows = segments(&read("ndjson"));
    assert_eq!(rows.len(), 251);
    let last: BTreeMap<_, _> = rows.iter().map(|row| (row.id(), row.name())).collect();
    assert_eq!((last.len(), last[&*edited]), (250, "edited"));
    let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!((&report["segments"], &report["completeness"]), (&250.into(), &"complete".into()));

    // An id is not edited.
    assert_eq!(read("ids").lines().count(), 250);
    let of_ids: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(report["ids_digest"].is_string());
    assert_eq!(report["ids_digest"], of_ids["ids_digest"]);
}

#[test]
fn what_cannot_be_streamed_is_refused_before_anything_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.ndjson");
    let file = file.to_str().unwrap();
    let server = emulator(250, Script::new());
    for (args, why) in [
        (&["--goal", "snapshot"][..], "--goal snapshot, which leaves out segments at its end"),
        (&["--output", file], "cannot go with --output"),
        (&["--format", "json"], "no effect on the format json"),
        (&["--format", "table"], "no effect on the format table"),
        (&["--checkpoint", file], "cannot be used with"),
        (&["--record", file], "cannot be used with"),
        (&["--max-items", "5"], "cannot be used with"),
    ] {
        let run = export(&server.url(), &[&["--stream"], args].concat()).expect(2);
        assert!(run.stderr.contains(why), "{args:?} {run:?}");
        assert!(names(directory.path()).is_empty());
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);

    let to_stdout = export(&server.url(), &["--stream", "--output", "-"]).expect(0);
    assert_eq!(to_stdout.stdout.lines().count(), 250);
}
