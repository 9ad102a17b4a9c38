//! Formats and places of the output.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use segments_core::Segment;
use segments_emulator::{Script, sample};

use crate::support::{emulator, export, finish, names, program, run, wait};

fn read(text: &str) -> Vec<Segment> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_format_holds_the_whole_list() {
    let server = emulator(250, Script::new());
    let expected = sample(250, 1);
    for transport in ["hyper", "blocking"] {
        let run = |format| {
            export(&server.url(), &["--format", format, "--transport", transport]).expect(0).stdout
        };
        assert_eq!(read(&run("ndjson")), expected);
        assert_eq!(serde_json::from_str::<Vec<Segment>>(&run("json")).unwrap(), expected);
        assert_eq!(run("table").lines().count(), 251);
        for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
            let text = run(format);
            let mut reader =
                csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
            let fields = ["id", "name", "analytics_tracking_enabled", "tags"];
            assert_eq!(reader.headers().unwrap(), &fields.to_vec());
            assert_eq!(reader.records().map(Result::unwrap).count(), 250);
        }
    }
    assert_eq!(read(&export(&server.url(), &[]).expect(0).stdout), expected);
    let newest = read(&export(&server.url(), &["--sort", "desc"]).expect(0).stdout);
    assert!(newest.iter().eq(expected.iter().rev()));
}

#[test]
fn p14_an_empty_workspace_is_a_valid_output() {
    let server = emulator(0, Script::new());
    for (format, expected) in
        [("ndjson", ""), ("json", "[]\n"), ("csv", "id,name,analytics_tracking_enabled,tags\n")]
    {
        assert_eq!(export(&server.url(), &["--format", format]).expect(0).stdout, expected);
    }
}

#[test]
fn o10_formulas_are_guarded_and_counted() {
    let server = emulator(0, Script::new());
    let formulas = ["=HYPERLINK(\"http://evil\")", "@SUM(1)", "+1", "-1", "\t=1", "\r=1", "\0=1"];
    server.emulator().with(|workspace| {
        for (id, name) in formulas.iter().enumerate() {
            let segment = Segment::new(id.to_string(), name, true, ["=1"]).unwrap();
            workspace.create(segment).unwrap();
        }
        workspace.create(Segment::new("=id", "plain", true, ["a"]).unwrap()).unwrap();
    });
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let cells = |args: &[&str]| {
            let run = export(&server.url(), &[&["--format", format], args].concat()).expect(0);
            let mut reader =
                csv::ReaderBuilder::new().delimiter(delimiter).from_reader(run.stdout.as_bytes());
            let rows = reader.records().map(Result::unwrap);
            let cells = rows.map(|row| [0, 1, 3].map(|at| row[at].to_owned()));
            (cells.collect::<Vec<_>>(), run.stderr)
        };
        let (guarded, said) = cells(&[]);
        assert!(said.contains("8 cells guarded"), "{said}");
        let triggers = ['=', '+', '-', '@', '\t', '\r', '\0'];
        assert!(guarded.iter().flatten().all(|cell| !cell.starts_with(triggers)), "{guarded:?}");
        let (raw, said) = cells(&["--csv-raw"]);
        assert!(!said.contains("guard"), "{said}");
        for (row, name) in raw.iter().zip(formulas) {
            assert_eq!((row[1].as_str(), row[2].as_str()), (name, "[\"=1\"]"));
        }
        let unguarded =
            guarded.iter().flatten().map(|cell| cell.strip_prefix('\'').unwrap_or(cell));
        assert!(unguarded.eq(raw.iter().flatten()));
    }
}

#[test]
fn o11_quotes_and_line_ends_are_part_of_a_cell() {
    let server = emulator(0, Script::new());
    let names =
        ["a \"quoted\" name", "a, b", "two\nlines", "cr\rlf\r\n", "\"", ";\t|", "a\u{2028}b"];
    server.emulator().with(|workspace| {
        for (id, name) in names.iter().enumerate() {
            let segment = Segment::new(id.to_string(), name, true, [name]).unwrap();
            workspace.create(segment).unwrap();
        }
    });
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let text = export(&server.url(), &["--format", format]).expect(0).stdout;
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), names.len());
        for (row, name) in rows.iter().zip(names) {
            let tags: Vec<String> = serde_json::from_str(&row[3]).unwrap();
            assert_eq!((&row[1], tags[0].as_str()), (name, name));
        }
    }
    let lines = export(&server.url(), &[]).expect(0).stdout;
    assert_eq!(lines.matches('\n').count(), names.len());
    assert!(read(&lines).iter().map(Segment::name).eq(names));
}

#[test]
fn a_file_names_its_format() {
    let directory = tempfile::tempdir().unwrap();
    let server = emulator(3, Script::new());
    for (name, start) in [("a.csv", "id,"), ("a.tsv", "id\t"), ("a.json", "[\n"), ("a", "{\"id\"")]
    {
        let path = directory.path().join(name);
        let run = export(&server.url(), &["-o", path.to_str().unwrap()]).expect(0);
        assert_eq!(run.stdout, "");
        assert!(fs::read_to_string(path).unwrap().starts_with(start), "{name}");
    }
    assert_eq!(names(directory.path()).len(), 4);
}

#[test]
fn o1_a_reader_that_leaves_is_no_failure() {
    let server = emulator(3000, Script::new());
    for format in ["ndjson", "csv", "json", "table"] {
        let mut command = program(&["export", "--base-url", &server.url(), "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let run = wait(child).expect(0);
        assert!(!line.is_empty());
        assert_eq!(run.stderr, "", "{format}");
    }
}

#[test]
fn o2_a_full_disk_is_74() {
    let server = emulator(250, Script::new());
    for format in ["ndjson", "csv", "json", "table"] {
        let mut command = program(&["export", "--base-url", &server.url(), "--format", format]);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let run = wait(child).expect(74);
        assert!(run.error().contains("No space left"), "{run:?}");
    }
    let run = export(&server.url(), &["-o", "/dev/full"]).expect(74);
    assert!(run.error().contains("/dev/full"), "{run:?}");
}

#[test]
fn devices_are_written_to_directly() {
    let server = emulator(3, Script::new());
    let run = export(&server.url(), &["--output", "/dev/stdout"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    let run = export(&server.url(), &["--output", "-"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);

    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command =
        program(&["export", "--base-url", &server.url(), "-o", pipe.to_str().unwrap()]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(fs::read_to_string(&pipe).unwrap().lines().count(), 3);
    wait(child).expect(0);
    assert_eq!(names(directory.path()), ["pipe"]);
}

#[test]
fn quiet_is_quiet_and_verbose_tells_no_headers() {
    let server = emulator(250, Script::new());
    assert_eq!(export(&server.url(), &["-q"]).expect(0).stderr, "");
    let run = export(&server.url(), &["-vv"]).expect(0);
    assert!(run.stderr.contains("GET /segments/list?page=1&sort_direction=asc -> 200"), "{run:?}");
    assert!(!run.stderr.to_lowercase().contains("authorization"), "{run:?}");
    let last = run.stderr.lines().last().unwrap();
    assert!(last.starts_with("250 segments"), "{run:?}");
}

#[test]
fn help_begins_with_examples_and_fits_a_terminal() {
    for args in [&["--help"][..], &["export", "--help"], &["get", "-h"], &["serve", "--help"]] {
        let mut command = program(args);
        command.env("COLUMNS", "80");
        let help = finish(command).expect(0).stdout;
        let line = |start: &str| {
            let found = help.lines().position(|line| line.trim_start().starts_with(start));
            found.unwrap_or_else(|| panic!("{start}: {help}"))
        };
        assert!(line("Usage:") < line("Examples:") && line("Examples:") < line("-h, --help"));
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        if args[0] == "export" {
            assert!(line("Exit codes:") < line("130"));
            for part in ["FILE.partial", "--checkpoint", "complete  ", "Where to read:", "Limits:"]
            {
                assert!(help.contains(part), "{part}");
            }
        }
    }
}

#[test]
fn o1_help_is_read_with_head() {
    let mut child = program(&["export", "--help"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(0);
    for args in [&["completions", "bash"][..], &["completions", "zsh"], &["man"], &["--help"]] {
        let run = run(args).expect(0);
        assert!(run.stdout.len() > 500, "{args:?}");
    }
}
