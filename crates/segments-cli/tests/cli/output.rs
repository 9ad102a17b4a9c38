//! Formats and places of the output.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use segments_core::Segment;
use segments_emulator::{Script, sample};

use crate::support::{KEY, emulator, export, finish, names, program, run, wait};

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
fn an_empty_workspace_is_a_valid_output() {
    let server = emulator(0, Script::new());
    for (format, expected) in
        [("ndjson", ""), ("json", "[]\n"), ("csv", "id,name,analytics_tracking_enabled,tags\n")]
    {
        assert_eq!(export(&server.url(), &["--format", format]).expect(0).stdout, expected);
    }
}

#[test]
fn formulas_are_guarded_and_counted() {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        let segment = Segment::new("1", "=1+1", true, ["a"]).unwrap();
        workspace.create(segment).unwrap();
    });
    let run = export(&server.url(), &["--format", "csv"]).expect(0);
    assert!(run.stdout.contains("\n1,'=1+1,true,"), "{run:?}");
    assert!(run.stderr.contains("1 cell guarded"), "{run:?}");
    let run = export(&server.url(), &["--format", "csv", "--csv-raw"]).expect(0);
    assert!(run.stdout.contains("\n1,=1+1,true,") && !run.stderr.contains("guard"), "{run:?}");
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
fn a_reader_that_leaves_is_no_failure() {
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
fn a_full_disk_is_74() {
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
fn unusable_files_are_74_before_anything_is_sent() {
    let server = emulator(1, Script::new());
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing/file");
    for path in [directory.path(), &missing] {
        for flag in ["--output", "--report"] {
            let run = export(&server.url(), &[flag, path.to_str().unwrap()]).expect(74);
            assert_eq!(run.stdout, "");
        }
    }
    assert_eq!(server.emulator().with(|workspace| workspace.log().total()), 0);
    assert!(names(directory.path()).is_empty());
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
fn the_report_keeps_out_of_the_data() {
    for path in ["-", "/dev/stdout"] {
        let run = export("http://127.0.0.1:9", &["--report", path]).expect(2);
        assert_eq!(run.stdout, "");
    }
    export("http://127.0.0.1:9", &["--report", "a", "--output", "a"]).expect(2);
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
fn names_cannot_steer_a_terminal() {
    let server = emulator(0, Script::new());
    server.emulator().with(|workspace| {
        let name = "\u{1b}]0;title\u{7}\r\u{202e}x\u{200b}";
        workspace.create(Segment::new("1", name, true, ["\u{9b}2J"]).unwrap()).unwrap();
    });
    let run = export(&server.url(), &["--format", "table"]).expect(0);
    assert!(run.stdout.chars().all(|c| c == '\n' || !c.is_control()), "{run:?}");
    assert!(run.stdout.contains("\\u{1b}]0;title\\u{7}\\u{d}\\u{202e}x\\u{200b}"), "{run:?}");
}

#[test]
fn closed_streams_are_no_panic() {
    let server = emulator(3, Script::new());
    let binary = env!("CARGO_BIN_EXE_segments");
    for closing in [">&-", "2>&-", ">&- 2>&-", "<&-"] {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("exec {binary} export --base-url {} {closing}", server.url()));
        command.env_clear().env("BRAZE_API_KEY", KEY);
        let run = finish(command);
        assert_ne!(run.code, Some(101), "{closing} {run:?}");
    }
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
fn help_is_read_with_head() {
    let mut child = program(&["export", "--help"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    wait(child).expect(0);
    for args in [&["completions", "bash"][..], &["completions", "zsh"], &["man"], &["--help"]] {
        let run = run(args).expect(0);
        assert!(run.stdout.len() > 500, "{args:?}");
    }
}
